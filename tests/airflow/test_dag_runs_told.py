"""What runs of a DAG tell others: OpenLineage events, and nowhere a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from airflow_projects import Project, Run
from devtools.airflow_client import wait_until
from devtools.airflow_server import AirflowServer
from openlineage_schema import assert_follows_schema
from receivers import LineageReceiver, StatsdReceiver

PIPELINES = Path(__file__).with_name("pipelines")
SECRET = "hunter2-of-the-runs"
TASKS = {"cache_plan", "table", "counted", "failing"}


@dataclass(frozen=True)
class Told:
    """Two runs of a DAG, of which the second takes two steps from the cache, and their events."""

    project: Project
    runs: list[Run]
    events: list[dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def told(airflow: AirflowServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    receiver = LineageReceiver()
    folder = tmp_path_factory.mktemp("told") / "project"
    with Project(
        airflow, PIPELINES / "counted.py", folder, "counted_tables", {}, own_store=False
    ) as project:
        project.faults(env={"A_PASSWORD": SECRET, "OPENLINEAGE_URL": receiver.url})
        project.compile()
        runs = [project.run(), project.run()]
        for run, tasks in zip(runs, (TASKS, {"cache_plan", "failing"}), strict=True):
            wait_until(
                lambda run=run, tasks=tasks: receiver.of_run(run.run_id).keys() == tasks or None,
                timeout=60,
                failure=lambda: f"events of {[event['job']['name'] for event in receiver.events]}",
            )
        yield Told(project, runs, [receiver.of_run(run.run_id) for run in runs])
    receiver.close()


def facet(event: dict[str, Any]) -> dict[str, Any]:
    """The run facet of zcompile without what all facets have."""
    found = event["run"]["facets"]["zcompile"]
    return {name: value for name, value in found.items() if not name.startswith("_")}


def test_the_events_follow_the_schema_of_openlineage(told: Told) -> None:
    for events in told.events:
        for event in events.values():
            assert_follows_schema(event)


def test_the_event_of_a_step_that_ran(told: Told) -> None:
    event, record = told.events[0]["table"], told.runs[0].record.steps[0]
    assert event["eventType"] == "COMPLETE"
    assert event["job"]["name"] == "counted_tables.table"
    artifact, (output,) = record.outputs["output"], event["outputs"]
    assert event["inputs"] == []
    assert (output["namespace"], output["name"]) == (
        "zcompile://default",
        "counted_tables.table.output",
    )
    assert output["facets"]["version"]["datasetVersion"] == artifact.digest
    assert [(field["name"], field["type"]) for field in output["facets"]["schema"]["fields"]] == [
        ("name", artifact.metadata["columns"][0]["dtype"]),
        ("number", "int64"),
    ]
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert output["outputFacets"]["outputStatistics"]["size"] == artifact.size
    assert output["facets"]["zcompile"]["cached"] is False
    assert facet(event) == {
        "pipeline": "counted_tables",
        "step": "table",
        "state": "completed",
        "key": record.key,
        "reason": "first run of this step",
        "reasonKind": "first",
        "madeBy": {"pipeline": "counted_tables", "run": told.runs[0].run_id, "step": "table"},
    }
    (taken,) = told.events[0]["counted"]["inputs"]
    assert (taken["name"], taken["facets"]) == (output["name"], output["facets"])


def test_the_event_of_a_plan_tells_what_was_cached(told: Told) -> None:
    first, second = (events["cache_plan"] for events in told.events)
    assert first["inputs"] == []
    assert [step["state"] for step in facet(first)["steps"]] == ["run", "run", "run"]
    assert [(step["step"], step["state"]) for step in facet(second)["steps"]] == [
        ("table", "cached"),
        ("counted", "cached"),
        ("failing", "run"),
    ]
    record = told.runs[1].record.steps[0]
    cached = facet(second)["steps"][0]
    assert (cached["key"], cached["savedSeconds"]) == (record.key, record.saved)
    assert cached["madeBy"]["run"] == told.runs[0].run_id
    table = second["inputs"][0]
    assert table["name"] == "counted_tables.table.output"
    assert table["facets"]["zcompile"]["cached"] is True
    assert table["facets"]["zcompile"]["digest"] == record.outputs["output"].digest
    assert second["outputs"] == []


def test_the_event_of_a_step_that_failed(told: Told) -> None:
    event = told.events[1]["failing"]
    assert event["eventType"] == "FAIL"
    assert facet(event)["state"] == "failed"
    (number,) = event["inputs"]
    assert number["facets"]["zcompile"]["cached"] is True
    assert number["facets"]["zcompile"]["madeBy"]["run"] == told.runs[0].run_id
    assert event["outputs"] == []


def test_a_secret_is_in_nothing_that_a_run_leaves_behind(
    told: Told, statsd: StatsdReceiver
) -> None:
    """Its value is printed and raised by the steps themselves, too."""
    airflow, run = told.project.airflow, told.runs[0]
    assert run.records["counted"] == "completed"
    assert "the password is" in run.log("counted")
    page = f"/zcompile/api/dags/{run.dag_id}/runs"
    paths = [page, f"{page}/{quote(run.run_id, safe='')}", "/zcompile/api/cache"]
    pages = [airflow.fetch("GET", path) for path in paths]
    xcoms = [
        run.airflow.get(f"dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task}/xcomEntries")
        for task in TASKS
    ]
    texts = {
        "DAG file": told.project.dag_file.read_text(),
        "XComs": json.dumps([run.plan, xcoms, run.xcom("counted")]),
        "logs": "\n".join(run.log(task) for task in TASKS),
        "records": repr(run.record),
        "pages": json.dumps(pages),
        "metrics": repr(statsd.of_pipeline("counted_tables")),
        "events": json.dumps(told.events),
    }
    assert [name for name, text in texts.items() if SECRET in text] == []
    # Not what the scheduler writes to its console, where Airflow repeats task logs unmasked.
    folders = (told.project.store, airflow.dags, airflow.home / "logs")
    files = [file for folder in folders for file in folder.rglob("*")]
    found = [file for file in files if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert found == []
