"""Removing the records of old runs."""

import multiprocessing
from pathlib import Path

import pytest
from fakes import Code, Function, first_time, pipeline_of, run, spec_of, with_step

from zruntime.codediff import kept_texts
from zruntime.history import histories
from zruntime.keys import Reason
from zruntime.planning import plan_run
from zruntime.records import Records
from zruntime.retention import Removed, remove_records
from zruntime.store import LocalStore, MemoryStore
from zruntime.usage import RUNNING_FOR

DAY = 24 * 3600.0
PIPELINE = pipeline_of(
    spec_of("one", parameters={"start": 1}), spec_of("double", inputs={"x": "one.output"})
)


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path):
    with LocalStore(tmp_path / "store") if request.param == "local" else MemoryStore() as opened:
        yield opened


def code():
    return Code(
        one=Function(lambda start: start),
        double=Function(lambda x: 2 * x),
        other=Function(lambda: 0),
    )


def runs(store, pipeline="numbers"):
    return [record.name for record in Records(store).runs(pipeline)]


def age(store, name, days):
    """Makes the record of a run older."""
    run = Records(store).run_named("numbers", name)
    row = f"run/numbers/{run.number}"
    planned = store.get(row)
    steps = [
        {**step, "started": step["started"] and step["started"] - days * DAY}
        for step in planned["steps"]
    ]
    store.put(row, {**planned, "started": planned["started"] - days * DAY, "steps": steps})
    for row, step in list(store.items(f"step/numbers/{run.number}/")):
        store.put(row, {**step, "started": step["started"] - days * DAY})


def rows(store):
    return {name.split("/")[0] for name in store.rows("")}


def test_records_of_old_runs_go_and_those_of_young_ones_stay(store):
    for name in ("makes", "old", "young", "newest"):
        run(PIPELINE, store, code(), name)
    for name in ("makes", "old"):
        age(store, name, 100)
    before = list(store.rows(""))
    told = remove_records(store, 90 * DAY, dry_run=True)
    assert told == Removed(runs=1)
    assert list(store.rows("")) == before
    assert remove_records(store, 90 * DAY) == told
    # The run that computed what is stored is where its results say that they come from.
    assert runs(store) == ["makes", "young", "newest"]
    assert not any("old" in row for row in store.rows(""))
    assert remove_records(store, 90 * DAY) == Removed()


def test_the_record_of_a_run_goes_with_the_last_of_its_results(store):
    run(PIPELINE, store, code(), "makes")
    run(PIPELINE, store, code(), "newest")
    age(store, "makes", 100)
    keys = {entry.key for entry in store.entries()}
    assert remove_records(store, 90 * DAY, gone=keys, dry_run=True).runs == 1
    assert remove_records(store, 90 * DAY).runs == 0
    for key in keys:
        store.forget(key)
    assert remove_records(store, 90 * DAY).runs == 1
    assert runs(store) == ["newest"]


@pytest.mark.parametrize(("kept", "left"), [(0, 1), (1, 1), (3, 3), (9, 4)])
def test_the_newest_runs_stay_at_least_one(kept, left, store):
    names = ["a", "b", "c", "d"]
    for name in names:
        run(PIPELINE, store, code(), name)
        age(store, name, 100)
    for entry in store.entries():
        store.forget(entry.key)
    remove_records(store, 90 * DAY, kept_runs=kept)
    assert runs(store) == names[4 - left :]
    assert run(PIPELINE, store, code(), "next").number == 5


def test_a_run_that_is_running_stays_until_it_is_taken_for_dead(store):
    records = Records(store)
    plan = plan_run(PIPELINE, store, first_time)
    running = records.start(PIPELINE, plan, "running", dag_id="numbers")
    run(PIPELINE, store, code(), "newest")
    assert remove_records(store, 0.0).runs == 0
    later = running.started + RUNNING_FOR + 1
    assert remove_records(store, 0.0, clock=lambda: later).runs == 1
    assert records.run_of_dag("numbers", "running") is None
    assert runs(store) == ["newest"]


def test_an_old_run_a_step_of_which_was_cleared_lately_stays(store):
    records = Records(store)
    old = records.start(PIPELINE, plan_run(PIPELINE, store, first_time), "old", dag_id="numbers")
    records.step_failed(old, PIPELINE.steps[0], 0.0, Reason("first run"), ValueError("no"))
    age(store, "old", 100)
    run(PIPELINE, store, code(), "newest")
    records.step_started(old, PIPELINE.steps[1], Reason("cleared"))
    assert remove_records(store, 90 * DAY).runs == 0


def test_a_run_that_is_planned_again_meanwhile_stays(store):
    records = Records(store)
    seen = records.start(
        PIPELINE, plan_run(PIPELINE, store, first_time), "manual", dag_id="numbers"
    )
    records.start(PIPELINE, plan_run(PIPELINE, store, first_time), "manual", dag_id="numbers")
    assert not records.remove(seen)
    assert records.run_of_dag("numbers", "manual") is not None


def test_variants_of_a_pipeline_are_removed_one_by_one(store):
    records = Records(store)
    plan = plan_run(PIPELINE, store, first_time)
    dev = records.start(PIPELINE, plan, "scheduled", dag_id="dev")
    prod = records.start(PIPELINE, plan, "scheduled", dag_id="prod")
    assert records.remove(prod)
    assert records.run_named("numbers", "scheduled") == dev
    assert records.run_of_dag("dev", "scheduled") == dev
    assert records.run_of_dag("prod", "scheduled") is None


def test_what_explains_misses_goes_with_the_last_record_that_names_its_step(store):
    run(pipeline_of(spec_of("other")), store, code(), "old")
    age(store, "old", 100)
    run(PIPELINE, store, code(), "newest")
    for entry in store.entries():
        store.forget(entry.key)
    assert remove_records(store, 90 * DAY) == Removed(runs=1, histories=1)
    assert [name for name, _ in histories(store).values()] == ["numbers/double", "numbers/one"]


def test_texts_of_code_go_that_no_record_and_no_history_names(store, tmp_path):
    source = tmp_path / "pipeline.py"
    source.write_text("def one(): ...\ndef other(): ...\n")
    history = Records(store, code=tmp_path).history
    for name in ("one", "other"):
        parts = {"code": name, "code_parts": {f"`{name}` in pipeline.py": f"digest of {name}"}}
        history.remember("numbers", name, f"key of {name}", parts)
    run(PIPELINE, store, code(), "newest")
    assert len(kept_texts(store)) == 2
    assert remove_records(store, 90 * DAY) == Removed(histories=1, texts=1)
    ((label, digest), text) = next(iter(kept_texts(store).values()))
    assert (label, digest, text) == ("`one` in pipeline.py", "digest of one", "def one(): ...")


def work(root: Path, number: int) -> int:
    """Runs a pipeline again and again, or removes all records that may be removed."""
    with LocalStore(root) as store:
        if number == 0:
            return sum(remove_records(store, 0.0).runs for _ in range(30))
        for n in range(10):
            pipeline = with_step(PIPELINE, "one", parameters={"start": n})
            record = run(pipeline, store, code(), f"run {n} of {number}")
            assert record.status == "completed"
        return 0


def test_records_are_removed_while_runs_go_on(tmp_path):
    root = tmp_path / "store"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        removed = sum(pool.starmap(work, [(root, number) for number in range(4)], 1))
    with LocalStore(root) as store:
        records = Records(store)
        assert len(runs(store)) + removed == 30
        assert all(record.status == "completed" for record in records.runs("numbers"))
        steps = list(store.rows("step/"))
        assert {int(name.split("/")[2]) for name in steps} <= {*records.numbers("numbers")}
