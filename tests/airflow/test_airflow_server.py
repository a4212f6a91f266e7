"""The harness itself: what the other tests of this folder rely on."""

from __future__ import annotations

import time

import pytest
from devtools.airflow_client import AirflowError, wait_until
from devtools.airflow_server import AirflowServer

DAG = """
from airflow.sdk import Param, dag, task

@dag(dag_id="harness", params={"n": Param(1, type="integer")})
def harness():
    @task
    def double(params=None):
        print("doubling", params["n"])
        return params["n"] * FACTOR

    @task
    def check(value):
        if value > 100:
            raise ValueError(f"{value} is too large")

    check(double())

harness()
"""


@pytest.fixture(scope="module")
def server(airflow: AirflowServer) -> AirflowServer:
    (airflow.dags / "harness.py").write_text(DAG.replace("FACTOR", "2"))
    airflow.wait_for_dag("harness")
    return airflow


def test_a_run_and_what_the_client_reads_of_it(server: AirflowServer) -> None:
    run_id = server.trigger("harness", conf={"n": 21}, run_id="first")
    assert run_id == "first"
    assert server.wait_for_run("harness", run_id) == "success"
    assert server.task_states("harness", run_id) == {"double": "success", "check": "success"}
    assert server.xcom("harness", run_id, "double") == 42
    assert "doubling 21" in server.log("harness", run_id, "double")
    assert server.get("dags/harness/dagRuns/first")["conf"]["n"] == 21


def test_a_failing_task_fails_the_run_and_clearing_it_runs_it_again(server: AirflowServer) -> None:
    run_id = server.trigger("harness", conf={"n": 51})
    assert server.wait_for_run("harness", run_id) == "failed"
    assert server.task_states("harness", run_id)["check"] == "failed"
    cleared = server.clear("harness", run_id, ["double"], downstream=True)
    assert cleared == ["check", "double"]
    assert server.wait_for_run("harness", run_id) == "failed"
    tries = {t["task_id"]: t["try_number"] for t in server.task_instances("harness", run_id)}
    assert tries == {"double": 2, "check": 2}


def test_waiting_for_a_newer_dag_sees_the_change(server: AirflowServer) -> None:
    (server.dags / "harness.py").write_text(DAG.replace("FACTOR", "3"))
    server.wait_for_dag("harness", newer_than=time.time())
    run_id = server.trigger("harness", conf={"n": 10})
    assert server.wait_for_run("harness", run_id) == "success"
    assert server.xcom("harness", run_id, "double") == 30


def test_errors_show_what_airflow_said(server: AirflowServer) -> None:
    with pytest.raises(AirflowError, match=r"absent.*not found"):
        server.trigger("absent")
    broken = server.dags / "broken.py"
    broken.write_text("from airflow.sdk import dag\nimport no_such_module\n")
    wait_until(lambda: server.import_errors() or None, timeout=60, failure=lambda: "no error shown")
    with pytest.raises(AirflowError, match=r"(?s)did not appear.*No module named 'no_such_module'"):
        server.wait_for_dag("broken", timeout=0)
    broken.unlink()


def test_a_server_that_cannot_start_shows_the_log(server: AirflowServer) -> None:
    other = AirflowServer(
        home=server.home.parent / "other",
        dags=server.dags,
        env={"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////no/such/folder/airflow.db"},
    )
    with pytest.raises(AirflowError, match="unable to open database file"):
        other.start()
