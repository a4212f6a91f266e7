# Compiled by zcompile 0.1.0. Edit the pipeline, not this file, and compile it again.
# Pipeline: tests/golden/fan_out/pipeline.py
# Digest: 50fd95d5f73c68ee

from airflow.sdk import DAG, Label, Param

from zruntime.airflow import CachePlanOperator, ExpandOperator, StepOperator

form = {
    "enable_cache": Param(
        None,
        type=["null", "boolean"],
        description="Cache switch of this run; unset: as compiled.",
    ),
    "score.power": Param(2, type="integer", section="score"),
}

with DAG(dag_id="regional", schedule=None, catchup=False, tags=["zcompile"]) as dag:
    cache_plan = CachePlanOperator(
        task_id="cache_plan",
        pipeline="regional",
        bundle="bundles/regional-67f015be5193",
    )

    regions = StepOperator(
        task_id="regions",
        entrypoint="pipeline:regions",
        outputs={"names": "list[str]", "sizes": "tuple[int, Ellipsis]"},
        doc_md="Lists the regions.",
    )
    cache_plan >> regions

    weight = StepOperator(
        task_id="weight",
        entrypoint="pipeline:weight",
        outputs={"weight": "float"},
    )
    cache_plan >> weight

    expand_score = ExpandOperator(task_id="expand_score", step="score")
    score = StepOperator.partial(
        task_id="score",
        entrypoint="pipeline:score",
        parameters={"power": 2},
        inputs={"name": "regions.names", "size": "regions.sizes", "weight": "weight.weight"},
        outputs={"score": "float"},
        mapped=["name", "size"],
        doc_md="Scores one region.",
        trigger_rule="none_failed",
        map_index_template="{{ task.index }}",
    ).expand(index=expand_score.output)
    regions >> Label("names, sizes") >> expand_score
    weight >> Label("weight") >> expand_score

    expand_marks = ExpandOperator(task_id="expand_marks", step="marks")
    marks = StepOperator.partial(
        task_id="marks",
        entrypoint="pipeline:label",
        inputs={"score": "score.score"},
        outputs={"output": "str"},
        mapped=["score"],
        task_display_name="marks · label",
        trigger_rule="none_failed",
        map_index_template="{{ task.index }}",
    ).expand(index=expand_marks.output)
    score >> Label("score") >> expand_marks

    report = StepOperator(
        task_id="report",
        entrypoint="pipeline:report",
        inputs={"names": "regions.names", "scores": "score.score", "labels": "marks.output"},
        outputs={"output": "dict[str, str]"},
        doc_md="Puts the scores of all regions together.",
    )
    regions >> Label("names") >> report
    score >> Label("score") >> report
    marks >> Label("output") >> report

    # Last, since Airflow copies the form to every task that is made after it.
    dag.params.update(form)
