# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/form/pipeline.py
# Digest: 68c0d1165dd995ae

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
    "count": Param(20, description="Rows to load.", minimum=1, type="integer"),
    "load.count": Param(20, minimum=1, type="integer", section="load"),
    "load.tags": Param(
        ["a", "b"],
        items={"enum": ["a", "b"], "type": "string"},
        type="array",
        uniqueItems=True,
        examples=["a", "b"],
        section="load",
    ),
    "train.gamma": Param(
        0.001,
        description="Kernel coefficient.",
        exclusiveMinimum=0,
        maximum=1,
        type="number",
        title="Gamma",
        section="train",
    ),
    "train.kernel": Param("rbf", enum=["linear", "rbf"], type="string", section="train"),
    "train.seed": Param(None, minimum=0, type=["integer", "null"], section="train"),
    "train.layers": Param(
        [{"width": 8, "activation": "relu"}, {"width": 16, "activation": "relu"}],
        items={
            "properties": {
                "width": {"default": 16, "description": "Units.", "minimum": 1, "type": "integer"},
                "activation": {"default": "relu", "enum": ["relu", "tanh"], "type": "string"},
            },
            "type": "object",
        },
        type="array",
        section="train",
    ),
    "train.solver": Param(
        None,
        enum=["exact", "fast", None],
        type=["string", "null"],
        section="train",
    ),
    "train.since": Param("2026-01-31", format="date", type="string", section="train"),
    "train.note": Param("", type=["string", "null"], section="train"),
    "train.query": Param(
        "select *\nfrom digits",
        type="string",
        format="multiline",
        section="train",
    ),
    "train.extra": Param(
        None,
        type=["array", "boolean", "null", "number", "object", "string"],
        items={"type": ["array", "boolean", "null", "number", "object", "string"]},
        section="train",
    ),
    "train.tree": Param(
        {"name": "root", "children": [{"name": "leaf", "children": []}]},
        schema={
            "properties": {
                "name": {"default": "root", "type": "string"},
                "children": {"default": [], "items": {"$ref": "#/$defs/Tree"}, "type": "array"},
            },
            "type": "object",
            "$defs": {
                "Tree": {
                    "properties": {
                        "name": {"default": "root", "type": "string"},
                        "children": {
                            "default": [],
                            "items": {"$ref": "#/$defs/Tree"},
                            "type": "array",
                        },
                    },
                    "type": "object",
                },
            },
            "section": "train",
        },
    ),
    "train.limit": Param("none", type=["integer", "string"], section="train"),
}

with DAG(dag_id="form", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="form",
        bundle="bundles/form-16a5c2364216",
        entrypoint="pipeline:form_pipeline",
        parameters={"count": 20},
    )

    load = StepOperator(
        task_id="load",
        entrypoint="pipeline:load",
        parameters={"count": 20, "tags": ["a", "b"]},
        outputs={"output": "int"},
    )
    cache_plan >> load

    train = StepOperator(
        task_id="train",
        entrypoint="pipeline:train",
        parameters={
            "gamma": 0.001,
            "kernel": "rbf",
            "seed": None,
            "layers": [{"width": 8, "activation": "relu"}, {"width": 16, "activation": "relu"}],
            "solver": None,
            "since": "2026-01-31",
            "note": "",
            "query": "select *\nfrom digits",
            "extra": None,
            "day": "{{ ds }}",
            "big": 1152921504606846976,
            "tree": {"name": "root", "children": [{"name": "leaf", "children": []}]},
            "limit": "none",
        },
        inputs={"count": "load.output"},
        outputs={"output": "float"},
    )
    load >> Label("output") >> train

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
