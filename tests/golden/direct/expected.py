# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/direct/pipeline.py
# Config: tests/golden/direct/config.yaml
# Digest: e44ac601ccde2284

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
    "count": Param(20, type="integer"),
    "low": Param(0.5, type="number"),
    "load.count": Param(20, type="integer", section="load"),
    "train.gamma": Param(0.5, type="number", section="train"),
    "train.kernel": Param("rbf", enum=["linear", "rbf"], type="string", section="train"),
    "train.solver": Param("exact", enum=["exact", "fast"], type="string", section="train"),
    "train.bounds": Param(
        {"low": 0.0, "high": 1.0},
        properties={
            "low": {"default": 0.0, "type": "number"},
            "high": {
                "default": 1.0,
                "description": "Upper end",
                "exclusiveMinimum": 0,
                "type": "number",
            },
        },
        type="object",
        section="train",
    ),
    "train.seed": Param(None, type=["integer", "null"], section="train"),
    "train_2.gamma": Param(5.0, type="number", section="train_2"),
    "train_2.kernel": Param("linear", enum=["linear", "rbf"], type="string", section="train_2"),
    "train_2.solver": Param("fast", enum=["exact", "fast"], type="string", section="train_2"),
    "train_2.bounds": Param(
        {"low": 0.0, "high": 2.0},
        properties={
            "low": {"default": 0.0, "type": "number"},
            "high": {
                "default": 1.0,
                "description": "Upper end",
                "exclusiveMinimum": 0,
                "type": "number",
            },
        },
        type="object",
        section="train_2",
    ),
    "train_2.seed": Param(7, type=["integer", "null"], section="train_2"),
}

with DAG(
    dag_id="sweep",
    doc_md="Trains twice, and keeps the better model.",
    schedule=None,
    catchup=False,
    tags=["zcompile"],
) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="sweep",
        bundle="bundles/sweep-1ada56f3ba37",
        entrypoint="pipeline:sweep",
        parameters={"count": 20, "low": 0.5},
    )

    load = StepOperator(
        task_id="load",
        entrypoint="pipeline:load",
        parameters={"count": 20},
        outputs={"X": "list[float]", "y": "list[int]"},
        doc_md="Makes `count` samples.",
    )
    cache_plan >> load

    train = StepOperator(
        task_id="train",
        entrypoint="pipeline:train",
        parameters={
            "gamma": 0.5,
            "kernel": "rbf",
            "solver": "exact",
            "bounds": {"low": 0.0, "high": 1.0},
            "seed": None,
        },
        inputs={"X": "load.X", "y": "load.y"},
        outputs={"output": "float"},
    )
    load >> Label("X, y") >> train

    train_2 = StepOperator(
        task_id="train_2",
        entrypoint="pipeline:train",
        parameters={
            "gamma": 5.0,
            "kernel": "linear",
            "solver": "fast",
            "bounds": {"low": 0.0, "high": 2.0},
            "seed": 7,
        },
        inputs={"X": "load.X", "y": "load.y"},
        outputs={"output": "float"},
    )
    load >> Label("X, y") >> train_2

    winner = StepOperator(
        task_id="winner",
        entrypoint="pipeline:best",
        inputs={"first": "train.output", "second": "train_2.output"},
        outputs={"output": "float"},
        cache_version="2",
        enable_cache=False,
    )
    train >> Label("output") >> winner
    train_2 >> Label("output") >> winner

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
