"""Why a step of a DAG run runs is told in the same words wherever it is told."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from airflow_projects import PIPELINES, Project
from devtools.airflow_server import AirflowServer

REASON = "code: function `scale` in features.py changed"
DIFF = """--- features.py before
+++ features.py
@@ -1,2 +1,2 @@
 def scale(number: int) -> int:
-    return number * 2
+    return number * 3"""


def test_a_reason_is_the_same_in_logs_plan_record_and_api(
    airflow: AirflowServer, tmp_path: Path
) -> None:
    source = PIPELINES / "chain"
    with Project(
        airflow, source, tmp_path / "chain", "reasons_chain", {}, own_store=False
    ) as project:
        project.compile()
        project.run()
        project.edit("features.py", "number * 2", "number * 3")
        project.compile()
        run = project.run()

    told = f"scaled: {REASON}.\n{DIFF}"
    assert told in run.log("cache_plan")
    assert told in run.log("scaled")
    assert run.plan["steps"]["scaled"]["reason"] == REASON
    record = next(step for step in run.record.steps if step.name == "scaled")
    assert (record.reason, record.diffs) == (REASON, (DIFF,))
    path = f"/zcompile/api/dags/reasons_chain/runs/{quote(run.run_id, safe='')}"
    answer = {step["name"]: step for step in airflow.fetch("GET", path)["steps"]}
    assert (answer["scaled"]["reason"], answer["scaled"]["diffs"]) == (REASON, [DIFF])

    consequence = f"input left changed (made by scaled in run {run.run_id})"
    assert run.plan["steps"]["total"]["reason"] == "depends on scaled"
    assert f"total: {consequence}." in run.log("total")
    assert answer["total"]["reason"] == consequence
    assert answer["shifted"]["reason"] == ""
