"""Records of runs."""

import pytest
from fakes import Code, Function, first_time, pipeline_of, run, spec_of

from zruntime.exceptions import DuplicateRunNameError
from zruntime.history import KEPT
from zruntime.keys import Reason
from zruntime.planning import plan_run
from zruntime.records import Records
from zruntime.store import MemoryStore, Producer

PIPELINE = pipeline_of(
    spec_of("one", parameters={"start": 1}), spec_of("double", inputs={"x": "one.output"})
)


@pytest.fixture
def store():
    with MemoryStore() as store:
        yield store


@pytest.fixture
def records(store):
    return Records(store)


@pytest.fixture
def code():
    return Code(one=Function(lambda start: start), double=Function(lambda x: 2 * x))


def start(records, store, name, dag_id=None):
    plan = plan_run(PIPELINE, store, first_time)
    return records.start(PIPELINE, plan, name, dag_id=dag_id)


def test_runs_are_listed_oldest_first(store, records, code):
    for name in ("b", "a", "c"):
        run(PIPELINE, store, code, name)
    assert [record.name for record in records.runs("numbers")] == ["b", "a", "c"]
    assert records.pipelines() == ["numbers"]
    assert list(records.runs("unknown")) == []


def test_a_name_is_taken_once(store, records):
    start(records, store, "mine")
    with pytest.raises(DuplicateRunNameError, match="`mine`"):
        start(records, store, "mine")
    assert [record.name for record in records.runs("numbers")] == ["mine"]


def test_a_dag_run_that_is_planned_again_keeps_its_place(store, records):
    first = start(records, store, "manual", dag_id="numbers")
    assert start(records, store, "manual", dag_id="numbers").number == first.number


def test_variants_of_a_pipeline_may_have_runs_of_the_same_id(store, records):
    dev = start(records, store, "scheduled", dag_id="numbers_dev")
    prod = start(records, store, "scheduled", dag_id="numbers_prod")
    assert dev.number != prod.number
    assert records.run_of_dag("numbers_dev", "scheduled").number == dev.number
    assert records.run_of_dag("numbers_prod", "scheduled").number == prod.number
    assert records.run_of_dag("numbers_dev", "other") is None


def test_the_dag_of_a_producer_is_known(store, records):
    start(records, store, "in_airflow", dag_id="numbers_dag")
    start(records, store, "local")
    assert records.dag_of(Producer("numbers", "in_airflow", "one")) == "numbers_dag"
    assert records.dag_of(Producer("numbers", "local", "one")) is None
    assert records.dag_of(Producer("numbers", "forgotten", "one")) is None


def test_the_status_of_a_run_follows_from_its_steps(store, records):
    record = start(records, store, "a")

    def status():
        return records.run("numbers", record.number).status

    one = PIPELINE.steps[0]
    assert status() == "running"
    records.step_started(record, one, Reason("first run of this step"))
    assert status() == "running"
    records.step_failed(record, one, 0.0, Reason("first run of this step"), ValueError("no"))
    assert status() == "failed"
    failed = records.run("numbers", record.number).steps[0]
    assert (failed.error, failed.reason) == ("ValueError: no", "first run of this step")


def test_a_finished_run_has_an_end(store, records, code):
    record = run(PIPELINE, store, code, "a")
    assert record.status == "completed"
    assert record.ended >= record.started
    assert record.to_json()["steps"][1]["inputs"] == {"x": {"step": "one", "output": "output"}}


def test_history_is_bounded_and_does_not_repeat_itself(store, records):
    for number in range(3 * KEPT):
        records.history.remember("numbers", "one", f"key {number}", {"code": str(number)})
    assert len(records.history.parts("numbers", "one")) == KEPT
    records.history.remember("numbers", "one", f"key {3 * KEPT - 1}", {"code": "last"})
    records.history.remember("numbers", "one", f"key {3 * KEPT - 3}", {"code": "again"})
    assert [parts["code"] for parts in records.history.parts("numbers", "one")][-1] == "again"
    assert len(records.history.parts("numbers", "one")) == KEPT


def test_fields_of_a_newer_version_are_left_out(store, records):
    record = start(records, store, "a")
    records.step_started(record, PIPELINE.steps[0], Reason("first run of this step"))
    (row,) = store.rows("step/")
    store.put(row, {**store.get(row), "invented": 1})
    assert records.run("numbers", record.number).steps[0].reason == "first run of this step"
