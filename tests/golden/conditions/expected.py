# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/conditions/pipeline.py
# Digest: d97add38261af251

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, ConditionOperator, ExpandOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
}

with DAG(dag_id="release", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="release",
        bundle="bundles/release-0c8dbd768d0b",
    )

    trained = StepOperator(
        task_id="trained",
        entrypoint="pipeline:trained",
        outputs={"accuracy": "float", "kind": "str", "rows": "list[int]"},
    )
    cache_plan >> trained

    is_better = StepOperator(
        task_id="is_better",
        entrypoint="pipeline:is_better",
        inputs={"accuracy": "trained.accuracy"},
        outputs={"output": "bool"},
    )
    trained >> Label("accuracy") >> is_better

    when_published = ConditionOperator(
        task_id="when_published",
        step="published",
        condition=("is_better.output", "is true"),
    )
    published = StepOperator(
        task_id="published",
        entrypoint="pipeline:published",
        inputs={"accuracy": "trained.accuracy"},
        outputs={"address": "str"},
        doc_md="Publishes the model.",
    )
    is_better >> Label("output") >> when_published
    when_published >> published
    trained >> Label("accuracy") >> published

    announced = StepOperator(
        task_id="announced",
        entrypoint="pipeline:announced",
        inputs={"address": "published.address"},
        doc_md="Runs only if the model was published.",
    )
    published >> Label("address") >> announced

    when_explained = ConditionOperator(
        task_id="when_explained",
        step="explained",
        condition=("trained.kind", "not in", ["svc", "it's"]),
    )
    explained = StepOperator(
        task_id="explained",
        entrypoint="pipeline:explained",
        inputs={"kind": "trained.kind"},
        outputs={"output": "str"},
    )
    trained >> Label("kind") >> when_explained
    when_explained >> explained
    trained >> Label("kind") >> explained

    when_checked = ConditionOperator(
        task_id="when_checked",
        step="checked",
        condition=("trained.accuracy", "<=", 0.5),
    )
    expand_checked = ExpandOperator(task_id="expand_checked", step="checked")
    checked = StepOperator.partial(
        task_id="checked",
        entrypoint="pipeline:checked",
        inputs={"row": "trained.rows"},
        outputs={"output": "int"},
        mapped=["row"],
        trigger_rule="none_failed",
        map_index_template="{{ task.index }}",
    ).expand(index=expand_checked.output)
    trained >> Label("accuracy") >> when_checked
    when_checked >> expand_checked
    trained >> Label("rows") >> expand_checked

    when_archived = ConditionOperator(
        task_id="when_archived",
        step="archived",
        condition=("trained.rows", "is false"),
    )
    archived = StepOperator(
        task_id="archived",
        entrypoint="pipeline:archived",
        inputs={
            "accuracy": "trained.accuracy",
            "address": "published.address",
            "note": "explained.output",
        },
        optional=["address", "note"],
        doc_md="Runs in any case.",
    )
    trained >> Label("rows") >> when_archived
    when_archived >> archived
    trained >> Label("accuracy") >> archived
    published >> Label("address") >> archived
    explained >> Label("output") >> archived

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
