"""Pages that ask for a run again and again: they are told of each change, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import Code, Function, first_time, pipeline_of, spec_of

from zruntime.execution import Executor
from zruntime.keys import NO_REASON
from zruntime.planning import plan_run
from zruntime.records import Records, RunRecord
from zruntime.store import LocalStore
from zruntime.store.pins import pin
from zruntime.store.remote import Remote
from zruntime.store.tiered import TieredStore
from zruntime.web.polled import RunAnswers

SPEC = pipeline_of(spec_of("one"), spec_of("double", inputs={"x": "one.output"}))
CODE = Code(one=Function(lambda: 1), double=Function(lambda x: 2 * x))


class Page:
    """A page of a DAG run that polls its server."""

    def __init__(self, store: LocalStore, run: str) -> None:
        self._store, self._run, self._answers = store, run, RunAnswers()
        self._tag = ""
        self.read = 0
        self.shown: dict[str, Any] = {}

    def poll(self) -> bool:
        """Whether something had changed."""
        answer = self._answers.answer(self._store, self._find, ("dag", self._run), True, self._tag)
        assert answer is not None
        if answer.status == 304:
            return False
        self._tag, self.shown = answer.headers["ETag"], json.loads(answer.body)
        return True

    def is_told_of(self, change: Callable[[], object]) -> bool:
        """Whether the page hears of a change, and of no other afterwards."""
        change()
        told = self.poll()
        return told and not self.poll()

    @property
    def states(self) -> list[str]:
        return [step["state"] for step in self.shown["steps"]]

    def _find(self, records: Records) -> RunRecord | None:
        self.read += 1
        return records.run_of_dag("dag", self._run)


class Host:
    """A host whose tasks plan and execute a run."""

    def __init__(self, store: LocalStore) -> None:
        self.store, self.records = store, Records(store)

    def plan(self, name: str) -> RunRecord:
        plan = plan_run(SPEC, self.store, first_time)
        return self.records.start(SPEC, plan, name, dag_id="dag")

    def execute(self, run: RunRecord, step: str) -> None:
        executor = Executor(SPEC, self.store, CODE, run.name, {})
        result = executor.execute(step, lookup=False)
        self.records.step_ended(run, SPEC.step(step), result, NO_REASON)

    def start(self, run: RunRecord, step: str) -> None:
        self.records.step_started(run, SPEC.step(step), NO_REASON)


@pytest.fixture(params=["local", "remote"])
def hosts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Host, LocalStore]]:
    """A host of tasks, and the store of the server: the same one, or that of another host."""
    if request.param == "local":
        with LocalStore(tmp_path / "store") as store:
            yield Host(store), store
        return
    remote = (tmp_path / "remote").as_uri()
    with (
        TieredStore(tmp_path / "worker", Remote(remote)) as worker,
        TieredStore(tmp_path / "server", Remote(remote)) as server,
    ):
        yield Host(worker), server


def test_a_page_is_told_of_each_change_of_its_run(hosts: tuple[Host, LocalStore]) -> None:
    host, store = hosts
    run = host.plan("first")
    page = Page(store, "first")
    assert page.poll()
    assert page.states == ["waiting", "waiting"]
    assert page.is_told_of(lambda: host.start(run, "one"))
    assert page.is_told_of(lambda: host.execute(run, "one"))
    assert page.states == ["completed", "waiting"]
    assert page.is_told_of(lambda: host.plan("first"))
    assert page.states == ["cached", "waiting"]


def test_what_has_not_changed_is_not_read_again(hosts: tuple[Host, LocalStore]) -> None:
    host, store = hosts
    run = host.plan("first")
    page = Page(store, "first")
    changes = [page.poll() for _ in range(20)]
    assert changes == [True] + [False] * 19
    assert page.read <= 3
    host.plan("second")
    assert not page.poll()
    assert page.is_told_of(lambda: host.start(run, "one"))


def test_a_page_is_told_of_pins_and_of_the_end_of_the_run_it_leads_to(
    hosts: tuple[Host, LocalStore],
) -> None:
    host, store = hosts
    first = host.plan("producing")
    host.execute(first, "one")
    host.plan("taking")
    page = Page(store, "taking")
    for _ in range(3):
        page.poll()
    step = page.shown["steps"][0]
    assert (step["state"], step["producer_dag_id"]) == ("cached", "dag")
    digest = step["outputs"]["output"]["digest"]
    assert page.is_told_of(lambda: pin(store, digest))
    assert page.shown["pinned"] == [digest]
    if not store.shared_at:
        assert page.is_told_of(lambda: host.records.remove(first))
        assert page.shown["steps"][0]["producer_dag_id"] is None
