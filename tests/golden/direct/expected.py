# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/direct/pipeline.py
# Config: tests/golden/direct/config.yaml
# Digest: 0dc0fffa6ff478a7

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

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
        bundle="bundles/sweep-ef6080eb2c18",
    )

    load = StepOperator(
        task_id="load",
        entrypoint="pipeline:load",
        code="c741e345be1302da70f0b4a276ad85fa3369350c34fbba34b8fd26a0650a2f66",
        parameters={"count": 20},
        outputs={"X": "list[float]", "y": "list[int]"},
        doc_md="Makes `count` samples.",
    )

    train = StepOperator(
        task_id="train",
        entrypoint="pipeline:train",
        code="8a780ac9a6e7a7cb6bfd418e9f688bd6fad77656b55db563a1e7fc8158a47ee5",
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

    train_2 = StepOperator(
        task_id="train_2",
        entrypoint="pipeline:train",
        code="8a780ac9a6e7a7cb6bfd418e9f688bd6fad77656b55db563a1e7fc8158a47ee5",
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

    winner = StepOperator(
        task_id="winner",
        entrypoint="pipeline:best",
        code="26bad12573b373d2c417127e00d9788dcfb3ac797a4890917f2939885126eedd",
        inputs={"first": "train.output", "second": "train_2.output"},
        outputs={"output": "float"},
        cache_version="2",
        enable_cache=False,
    )

    cache_plan >> load
    load >> Label("X, y") >> train
    load >> Label("X, y") >> train_2
    train >> Label("output") >> winner
    train_2 >> Label("output") >> winner

    # The trigger form comes last: Airflow would copy it to every task that follows it.
    dag.params["enable_cache"] = Param(
        None,
        type=["null", "boolean"],
        title="enable_cache",
        description="Cache switch of this run; unset: as compiled.",
    )
    dag.params["load.count"] = Param(20, type="integer", title="count", section="load")
    dag.params["train.gamma"] = Param(0.5, type="number", title="gamma", section="train")
    dag.params["train.kernel"] = Param(
        "rbf",
        enum=["linear", "rbf"],
        type="string",
        title="kernel",
        section="train",
    )
    dag.params["train.solver"] = Param(
        "exact",
        enum=["exact", "fast"],
        type="string",
        title="solver",
        section="train",
    )
    dag.params["train.bounds"] = Param(
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
        title="bounds",
        section="train",
    )
    dag.params["train.seed"] = Param(None, type=["integer", "null"], title="seed", section="train")
    dag.params["train_2.gamma"] = Param(5.0, type="number", title="gamma", section="train_2")
    dag.params["train_2.kernel"] = Param(
        "linear",
        enum=["linear", "rbf"],
        type="string",
        title="kernel",
        section="train_2",
    )
    dag.params["train_2.solver"] = Param(
        "fast",
        enum=["exact", "fast"],
        type="string",
        title="solver",
        section="train_2",
    )
    dag.params["train_2.bounds"] = Param(
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
        title="bounds",
        section="train_2",
    )
    dag.params["train_2.seed"] = Param(7, type=["integer", "null"], title="seed", section="train_2")
