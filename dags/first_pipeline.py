# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: examples/digits/pipeline.py
# Config: examples/digits/config.yaml
# Digest: 7d4af6333bab1816

from datetime import timedelta

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
    "step_2.gamma": Param(0.001, type="number", section="step_2"),
}

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
        bundle="bundles/first_pipeline-359702e87d77",
    )

    step_1 = StepOperator(
        task_id="step_1",
        entrypoint="pipeline:digits_data_loader",
        outputs={
            "X_train": "numpy.ndarray",
            "X_test": "numpy.ndarray",
            "y_train": "numpy.ndarray",
            "y_test": "numpy.ndarray",
        },
        doc_md="Loads the digits dataset as a tuple of flattened numpy arrays.",
    )
    cache_plan >> step_1

    step_2 = StepOperator(
        task_id="step_2",
        entrypoint="pipeline:svc_trainer",
        parameters={"gamma": 0.001},
        inputs={"X_train": "step_1.X_train", "y_train": "step_1.y_train"},
        outputs={"output": "sklearn.base.ClassifierMixin"},
        enable_cache=False,
        doc_md="Train a sklearn SVC classifier.",
    )
    step_1 >> Label("X_train, y_train") >> step_2

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
