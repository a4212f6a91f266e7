# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/diamond/pipeline.py
# Digest: 84f48319a9a45527

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

with DAG(dag_id="diamond", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="diamond",
        bundle="bundles/diamond-a30f4d22609f",
    )

    split = StepOperator(
        task_id="split",
        entrypoint="steps.source:split",
        code="c151eda4958d0afb7cfe5deffe9500498c13b62fd670ecaa89e6b2544dbf9914",
        outputs={"left": "int", "right": "int"},
    )

    negate = StepOperator(
        task_id="negate",
        entrypoint="steps.model:negate",
        code="4d38a877840f2ac8b6577c22b38e3b5de7b0573e742f1acbd1d665e9f02b5543",
        inputs={"value": "split.left"},
        outputs={"output": "int"},
    )

    double = StepOperator(
        task_id="double",
        entrypoint="steps.model:double",
        code="e4d079af98c32cd7dcfd007b481dbf9f0bc1b66755e380669debafb034e9d091",
        inputs={"value": "split.right"},
        outputs={"output": "int"},
    )

    join = StepOperator(
        task_id="join",
        entrypoint="steps.model:join",
        code="ac26fbacd2926a1a06bfb8274fa60b01319412b5c6d2b97c0c57e80f10339c0d",
        inputs={"left": "negate.output", "right": "double.output"},
    )

    cache_plan >> split
    split >> Label("left") >> negate
    split >> Label("right") >> double
    negate >> Label("output") >> join
    double >> Label("output") >> join

    # The trigger form comes last: Airflow would copy it to every task that follows it.
    dag.params["enable_cache"] = Param(
        None,
        type=["null", "boolean"],
        title="enable_cache",
        description="Cache switch of this run; unset: as compiled.",
    )
