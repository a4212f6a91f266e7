# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/settings/pipeline.py
# Config: tests/golden/settings/config.yaml
# Digest: ca734f4a6f35c70d

from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
    "transform_step.rate": Param(0.25, type="number", section="transform_step"),
}

with DAG(
    dag_id="nightly.configured-v2",
    schedule="30 4 * * mon-fri",
    catchup=True,
    start_date=datetime(2026, 1, 31, 6, tzinfo=timezone.utc),
    end_date=datetime(2027, 1, 31, 4, tzinfo=timezone.utc),
    tags=["night", "model"],
    description="Every night.",
    max_active_runs=1,
    max_active_tasks=4,
    dagrun_timeout=timedelta(hours=2),
    is_paused_upon_creation=True,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=90),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "pool_slots": 1,
        "owner": "data-team",
    },
) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="configured",
        bundle="bundles/configured-29ef0c356e39",
        on_hit="success",
    )

    extract_step = StepOperator(
        task_id="extract_step",
        entrypoint="pipeline:extract",
        outputs={"output": "int"},
        enable_cache=False,
        retries=0,
        execution_timeout=timedelta(seconds=0.5),
        pool="small",
        queue="cpu",
        priority_weight=5,
        weight_rule="absolute",
        owner="extractors",
        executor_config={"resources": {"cpu": 1, "gpu": None}, "labels": ["a", "b"]},
    )
    cache_plan >> extract_step

    transform_step = StepOperator(
        task_id="transform_step",
        entrypoint="pipeline:transform",
        parameters={"rate": 0.25, "day": "{{ ds }}"},
        inputs={"value": "extract_step.output"},
        outputs={"output": "int"},
        enable_cache=False,
    )
    extract_step >> Label("output") >> transform_step

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
