# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/outside/pipeline.py
# Config: tests/golden/outside/config.yaml
# Digest: eaa812d6f057b945

from datetime import timedelta

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
    "read.table": Param("data/orders.csv", type="string", section="read"),
    "read.more": Param([], items={"type": "string"}, type="array", section="read"),
    "read.images": Param(None, type=["string", "null"], section="read"),
    "read.region": Param("north", type="string", section="read"),
    "query.table": Param("orders", type="string", section="query"),
}

with DAG(dag_id="outside", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="outside",
        bundle="bundles/outside-f02f1eb4725f",
    )

    read = StepOperator(
        task_id="read",
        entrypoint="pipeline:read",
        parameters={"table": "data/orders.csv", "more": [], "images": None, "region": "north"},
        outputs={"output": "int"},
        cache_ttl=timedelta(hours=36),
        files=["pipeline.py", "s3://bucket/{region}/*.parquet"],
        file_parameters={"table": "file", "more/*": "file", "images": "folder"},
    )
    cache_plan >> read

    query = StepOperator(
        task_id="query",
        entrypoint="pipeline:query",
        parameters={"table": "orders"},
        outputs={"output": "int"},
        cache_ttl=timedelta(minutes=90),
        cache_func="pipeline:newest_row",
    )
    cache_plan >> query

    joined = StepOperator(
        task_id="joined",
        entrypoint="pipeline:joined",
        inputs={"left": "read.output", "right": "query.output"},
        outputs={"output": "int"},
        cache_version="b",
        cache_ttl=timedelta(hours=2),
        cache_func="pipeline:joined.cache_func",
    )
    read >> Label("output") >> joined
    query >> Label("output") >> joined

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
