# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: examples/digits/pipeline.py
# Config: examples/digits/config.yaml
# Digest: 434a03857cb12975

from datetime import timedelta

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

with DAG(
    dag_id="first_pipeline",
    doc_md="Loads the digits and trains a classifier on them.",
    schedule=None,
    catchup=False,
    tags=["example"],
    description="Trains a classifier on the digits data set.",
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10)},
) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="first_pipeline",
        bundle="bundles/first_pipeline-23d7a88a9fef",
    )

    step_1 = StepOperator(
        task_id="step_1",
        entrypoint="pipeline:digits_data_loader",
        code="c8b99ab68de64339ceaa72d6582b87f6367270a7598436e4de85fe93d474f700",
        outputs={
            "X_train": "numpy.ndarray",
            "X_test": "numpy.ndarray",
            "y_train": "numpy.ndarray",
            "y_test": "numpy.ndarray",
        },
        doc_md="Loads the digits dataset as a tuple of flattened numpy arrays.",
    )

    step_2 = StepOperator(
        task_id="step_2",
        entrypoint="pipeline:svc_trainer",
        code="e8a2e48084d7acbc8cca4510f223e2ba3a80ad96f66bff24f2b8114f5ea987ce",
        parameters={"gamma": 0.001},
        inputs={"X_train": "step_1.X_train", "y_train": "step_1.y_train"},
        outputs={"output": "sklearn.base.ClassifierMixin"},
        enable_cache=False,
        doc_md="Train a sklearn SVC classifier.",
    )

    cache_plan >> step_1
    step_1 >> Label("X_train, y_train") >> step_2

    # The trigger form comes last: Airflow would copy it to every task that follows it.
    dag.params["enable_cache"] = Param(
        None,
        type=["null", "boolean"],
        title="enable_cache",
        description="Cache switch of this run; unset: as compiled.",
    )
    dag.params["step_2.gamma"] = Param(0.001, type="number", title="gamma", section="step_2")
