"""Records of DAG runs, and lists of items, that workers with stores of their own share."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import Code, Function, first_time, pipeline_of, spec_of, states
from msgspec.structs import replace

from zruntime.execution import Executor
from zruntime.items import collected, forget_items, known_items, remember_items
from zruntime.keys import NO_REASON
from zruntime.planning import plan_run
from zruntime.records import Records, RunRecord
from zruntime.store import ArtifactRef, Producer
from zruntime.store.remote import Remote
from zruntime.store.tiered import Pushed, TieredStore

CHAIN = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}),
)
CODE = Code(one=Function(lambda start: start), double=Function(lambda x: 2 * x))


class Worker:
    """A host with a local store of its own."""

    def __init__(self, folder: Path, name: str, secret: bytes | None = None) -> None:
        remote = Remote((folder / "remote").as_uri())
        self.store = TieredStore(folder / name, remote, secret)
        self.records = Records(self.store)

    def plan(self, name: str = "first") -> RunRecord:
        plan = plan_run(CHAIN, self.store, first_time, False)
        return self.records.start(CHAIN, plan, name, dag_id="dag")

    def execute(self, step: str, before: Worker | None = None) -> RunRecord:
        """Executes a step of the run that some worker planned."""
        run = self.records.joined("dag", "first", CHAIN.steps)
        assert run is not None
        artifacts = {} if before is None else {"one": before.seen().steps[0].outputs}
        executor = Executor(CHAIN, self.store, CODE, run.name, dict(artifacts))
        self.records.step_started(run, CHAIN.step(step), NO_REASON)
        result = executor.execute(step, lookup=False)
        self.records.step_ended(run, CHAIN.step(step), result, NO_REASON)
        return run

    def seen(self) -> RunRecord:
        run = self.records.run_of_dag("dag", "first")
        assert run is not None
        return run


@pytest.fixture
def first(tmp_path: Path) -> Worker:
    return Worker(tmp_path, "first")


@pytest.fixture
def second(tmp_path: Path) -> Worker:
    """A worker that had runs of its own before, so that it counts them otherwise."""
    worker = Worker(tmp_path, "second")
    worker.plan("earlier")
    return worker


def test_a_page_shows_what_all_workers_did(first: Worker, second: Worker, tmp_path: Path) -> None:
    first.plan()
    first.execute("one")
    second.execute("double", before=first)
    page = Worker(tmp_path, "page")
    assert states(page.seen()) == {"one": "completed", "double": "completed"}
    assert page.seen().status == "completed"
    assert states(first.seen()) == states(page.seen())


def test_a_run_of_another_worker_takes_the_place_of_no_own_one(
    first: Worker, second: Worker
) -> None:
    first.plan()
    joined = second.execute("one")
    own = second.records.run_of_dag("dag", "earlier")
    assert own is not None
    assert own.number != joined.number
    assert set(states(own).values()) == {"waiting"}
    assert second.execute("one").number == joined.number


def test_a_run_that_is_planned_again_elsewhere_begins_anew(first: Worker, second: Worker) -> None:
    first.plan()
    first.execute("one")
    second.plan()
    assert states(first.seen()) == {"one": "waiting", "double": "waiting"}
    run = first.records.joined("dag", "first", CHAIN.steps)
    assert run is not None
    assert not first.records.was_executed(run, "one")


def test_a_worker_knows_that_another_has_executed_a_step(first: Worker, second: Worker) -> None:
    first.plan()
    first.execute("one")
    run = second.records.joined("dag", "first", CHAIN.steps)
    assert run is not None
    assert second.records.was_executed(run, "one")
    assert not second.records.was_executed(run, "double")


def test_the_runs_of_a_dag_on_all_workers_are_listed_newest_first(
    first: Worker, second: Worker, tmp_path: Path
) -> None:
    first.plan()
    second.execute("one")
    second.plan("third")
    listed = Worker(tmp_path, "page").records.runs_of_dag("dag")
    assert [run.name for run in listed] == ["third", "first", "earlier"]
    assert states(listed[1]) == {"one": "completed", "double": "waiting"}
    newest = Worker(tmp_path, "page").records.runs_of_dag("dag", limit=1)
    assert [run.name for run in newest] == ["third"]
    assert Worker(tmp_path, "page").records.runs_of_dag("da") == []
    assert first.records.dag_of(Producer("numbers", "third", "one")) == "dag"
    assert first.records.dag_of(Producer("numbers", "absent", "one")) is None


def test_runs_with_odd_names_are_told_apart(first: Worker, tmp_path: Path) -> None:
    odd = ["a//b", "a", "a/b", "../a", "=a", "é" * 60]
    for name in odd:
        first.plan(name)
    page = Worker(tmp_path, "page").records
    for name in odd:
        run = page.run_of_dag("dag", name)
        assert run is not None
        assert run.name == name
    assert {run.name for run in page.runs_of_dag("dag")} == {*odd[:5]}, "the last is too long"


def test_what_was_read_is_read_again_only_if_it_changed(
    first: Worker, second: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    present = Remote.read

    def noted(remote: Remote, name: str) -> bytes | None:
        read.append(name)
        return present(remote, name)

    first.plan()
    first.execute("one")
    page = Worker(tmp_path, "page")
    page.seen()
    monkeypatch.setattr(Remote, "read", noted)
    assert states(page.seen()) == {"one": "completed", "double": "waiting"}
    assert read == []
    second.execute("double", before=page)
    read.clear()
    assert states(page.seen()) == {"one": "completed", "double": "completed"}
    assert [name.rpartition("/")[2] for name in read] == ["=double.json"]


def test_local_runs_stay_local(first: Worker, tmp_path: Path) -> None:
    first.records.start(CHAIN, plan_run(CHAIN, first.store, first_time), "local")
    assert not (tmp_path / "remote" / "rows").exists()


def test_what_happened_while_the_remote_store_was_down_is_made_up_for(
    first: Worker, tmp_path: Path
) -> None:
    (tmp_path / "remote").write_text("not a folder")
    first.plan()
    first.execute("one")
    assert states(first.seen())["one"] == "completed"
    (tmp_path / "remote").unlink()
    assert Worker(tmp_path, "page").records.run_of_dag("dag", "first") is None

    pushed = Worker(tmp_path, "first").store.push()
    assert pushed.left == pushed.dropped == 0
    assert states(Worker(tmp_path, "page").seen()) == {"one": "completed", "double": "waiting"}
    assert Worker(tmp_path, "first").store.push() == Pushed(0, 0, 0)


def test_a_record_that_was_not_signed_with_the_key_is_not_shown(tmp_path: Path) -> None:
    Worker(tmp_path, "forger", b"another key").plan()
    assert Worker(tmp_path, "page", b"the key").records.run_of_dag("dag", "first") is None


def test_the_items_of_a_list_are_known_to_all_until_they_are_forgotten(
    first: Worker, second: Worker
) -> None:
    items = tuple(ArtifactRef(digit * 64, 1, "builtins:int", "json/1") for digit in "ab")
    listed = replace(collected(items), metadata={})
    assert known_items(second.store, listed) is None
    remember_items(first.store, listed, items)
    assert known_items(second.store, listed) == items
    remember_items(first.store, collected(()), ())
    assert known_items(second.store, collected(())) == known_items(first.store, collected(())) == ()
    forget_items(second.store, listed.content)
    assert known_items(second.store, listed) is None
