# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/arguments/pipeline.py
# Config: tests/golden/arguments/config.yaml
# Digest: 58bfc545977f9336

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, Asset, AssetAlias, AssetAll, AssetAny, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator
from zruntime.airflow.timetables import AssetOrTimeSchedule, CronTriggerTimetable

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
}

with DAG(
    dag_id="orders",
    doc_md="Described in README.md\n",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(
            "30 6 * * mon-fri",
            timezone="Europe/Berlin",
            interval=timedelta(days=1),
        ),
        assets=AssetAny(
            Asset("raw_orders"),
            AssetAll(Asset("s3://lake/customers"), AssetAlias("late_orders")),
        ),
    ),
    catchup=False,
    start_date=datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")),
    end_date=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    owner_links={"sales": "https://example.com/sales", "data": "mailto:data@example.com"},
    dag_display_name="Orders, day by day",
    max_consecutive_failed_dag_runs=3,
    dagrun_timeout=timedelta(minutes=90),
    fail_fast=True,
    tags=["zcompile"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=90),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "owner": "sales",
        "depends_on_past": True,
        "wait_for_downstream": True,
    },
) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="orders",
        bundle="bundles/orders-ecb4018aa6db",
        on_hit="success",
    )

    load_orders = StepOperator(
        task_id="load_orders",
        entrypoint="pipeline:load_orders",
        outputs={"output": "int"},
        doc_md="Loads the orders.",
        trigger_rule="all_success",
        execution_timeout=timedelta(minutes=10),
        max_active_tis_per_dag=1,
        outlets=[
            Asset(
                name="orders",
                uri="s3://lake/orders",
                group="sales",
                extra={"owner": "data", "days": [1, 2]},
            ),
            AssetAlias("late_orders"),
        ],
    )
    cache_plan >> load_orders

    report_orders = StepOperator(
        task_id="report_orders",
        entrypoint="pipeline:report_orders",
        inputs={"orders": "load_orders.output"},
        outputs={"output": "int"},
        trigger_rule="all_success",
        run_as_user="reporter",
        doc_md="Writes the report.",
        task_display_name="Report",
        inlets=[Asset("orders")],
        outlets=[Asset("file:///reports/orders.html")],
    )
    load_orders >> Label("output") >> report_orders

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
