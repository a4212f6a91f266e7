# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/names/pipeline.py
# Digest: 4ac77f8a6b9089c7

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
}

with DAG(dag_id="1st-pipeline.v2", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="1st-pipeline.v2",
        bundle="bundles/1st_pipeline_v2-86742e98e2db",
    )

    class_ = StepOperator(
        task_id="class",
        entrypoint="pipeline:produce",
        outputs={
            "first_long_output": "int",
            "second_long_output": "int",
            "third_long_output": "int",
        },
    )
    cache_plan >> class_

    step_2nd_step_with_a_rather_long_name = StepOperator(
        task_id="2nd.step-with_a_rather_long_name",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    (
        class_
        >> Label("first_long_output, second_long_output, third_long_output")
        >> step_2nd_step_with_a_rather_long_name
    )

    DAG_ = StepOperator(
        task_id="DAG",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> DAG_

    Label_ = StepOperator(
        task_id="Label",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> Label_

    match_ = StepOperator(
        task_id="match",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> match_

    None_ = StepOperator(
        task_id="None",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> None_

    a_b = StepOperator(
        task_id="a.b",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> a_b

    __import___ = StepOperator(
        task_id="__import__",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> __import___

    datetime_ = StepOperator(
        task_id="datetime",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> datetime_

    print = StepOperator(
        task_id="print",
        entrypoint="pipeline:consume",
        inputs={
            "first": "class.first_long_output",
            "second": "class.second_long_output",
            "third": "class.third_long_output",
        },
        outputs={"output": "int"},
    )
    class_ >> Label("first_long_output, second_long_output, third_long_output") >> print

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
