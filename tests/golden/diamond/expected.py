# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/diamond/pipeline.py
# Digest: 5aa66f78e449dbcc

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
}

with DAG(dag_id="diamond", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="diamond",
        bundle="bundles/diamond-00f3af411bcf",
    )

    split = StepOperator(
        task_id="split",
        entrypoint="steps.source:split",
        outputs={"left": "int", "right": "int"},
    )
    cache_plan >> split

    negate = StepOperator(
        task_id="negate",
        entrypoint="steps.model:negate",
        inputs={"value": "split.left"},
        outputs={"output": "int"},
    )
    split >> Label("left") >> negate

    double = StepOperator(
        task_id="double",
        entrypoint="steps.model:double",
        inputs={"value": "split.right"},
        outputs={"output": "int"},
    )
    split >> Label("right") >> double

    join = StepOperator(
        task_id="join",
        entrypoint="steps.model:join",
        inputs={"left": "negate.output", "right": "double.output"},
    )
    negate >> Label("output") >> join
    double >> Label("output") >> join

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
