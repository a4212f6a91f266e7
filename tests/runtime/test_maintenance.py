"""Looking after a store: what a collection removes and keeps, checks, numbers."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import Code, Function, first_time, pipeline_of, run, spec_of, with_step

from zruntime.exceptions import ArtifactMissingError
from zruntime.items import remember_items
from zruntime.planning import plan_run
from zruntime.records import Records
from zruntime.store import ArtifactRef, Entry, LocalStore, MemoryStore, Producer
from zruntime.store.maintenance import (
    GRACE,
    Usage,
    collect_garbage,
    statistics,
    verify,
)
from zruntime.store.pins import pin, pinned, unpin
from zruntime.usage import RUNNING_FOR, usage_of

NOW = 2e9
OLD = NOW - 2 * GRACE

AnyStore = LocalStore | MemoryStore


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    opened = LocalStore(tmp_path / "store") if request.param == "local" else MemoryStore()
    with opened:
        yield opened


def write(store: AnyStore, data: bytes, modified: float = OLD) -> ArtifactRef:
    with store.write_blob() as blob:
        blob.file.write(data)
    ref = ArtifactRef(blob.digest, blob.size, "builtins.bytes", "bytes")
    path = store.blob(ref)
    os.utime(path, (modified, modified))
    return ref


def save(store: AnyStore, key: str, data: bytes, created: float = OLD) -> ArtifactRef:
    ref = write(store, data, created)
    producer = Producer("digits", "run 1", f"step_{key}")
    store.save(Entry(key, {"output": ref}, producer, duration=1.0, created=created))
    return ref


def digests(store: AnyStore) -> set[str]:
    return {blob.digest for blob in store.blobs.stored()}


def test_what_no_entry_names_is_removed_and_the_rest_stays(store: AnyStore) -> None:
    kept = save(store, "a", b"kept")
    write(store, b"nobody's")
    done = collect_garbage(store, Usage(), clock=lambda: NOW)
    assert (done.artifacts, done.size, done.left) == (1, 8, 4)
    assert digests(store) == {kept.digest}
    assert store.lookup("a") is not None


def test_what_is_young_stays_since_its_entry_may_come(store: AnyStore) -> None:
    young = write(store, b"young", NOW - GRACE / 2)
    assert collect_garbage(store, Usage(), clock=lambda: NOW).artifacts == 0
    assert digests(store) == {young.digest}
    assert collect_garbage(store, Usage(), grace=0, clock=lambda: NOW).artifacts == 1


def test_storing_the_same_bytes_again_makes_an_artifact_young(store: AnyStore) -> None:
    write(store, b"bytes")
    with store.write_blob() as blob:
        blob.file.write(b"bytes")
    assert not store.blobs.remove(blob.digest, before=NOW - 1e9)
    assert digests(store) == {blob.digest}


def test_a_dry_run_tells_the_same_and_removes_nothing(store: AnyStore) -> None:
    write(store, b"nobody's")
    save(store, "a", b"evicted")
    before = digests(store)
    arguments = {"limit": 0, "clock": lambda: NOW}
    told = collect_garbage(store, Usage(), dry_run=True, **arguments)
    assert digests(store) == before
    assert store.lookup("a") is not None
    assert collect_garbage(store, Usage(), **arguments) == told
    assert digests(store) == set()
    assert store.lookup("a") is None


def test_a_limit_evicts_what_was_used_least_recently(store: AnyStore) -> None:
    for number, key in enumerate("abc"):
        save(store, key, key.encode() * 10, OLD + number)
    usage = Usage(used={"a": OLD + 10})
    done = collect_garbage(store, usage, limit=20, clock=lambda: NOW)
    assert [entry.key for entry in done.entries] == ["b"]
    assert [entry.key for entry in store.entries()] == ["a", "c"]
    assert done.left == 20


def test_an_artifact_of_two_entries_goes_with_the_last_of_them(store: AnyStore) -> None:
    save(store, "a", b"shared", OLD)
    save(store, "b", b"shared", OLD + 1)
    save(store, "c", b"else", OLD + 2)
    done = collect_garbage(store, Usage(), limit=5, clock=lambda: NOW)
    assert [entry.key for entry in done.entries] == ["a", "b"]
    assert done.left == 4


def test_a_limit_takes_nothing_that_was_used_just_now(store: AnyStore) -> None:
    save(store, "a", b"a")
    usage = Usage(used={"a": NOW})
    assert collect_garbage(store, usage, limit=0, clock=lambda: NOW).entries == ()


def test_a_limit_takes_no_result_whose_artifacts_are_kept_anyway(store: AnyStore) -> None:
    kept = save(store, "a", b"kept", OLD)
    save(store, "b", b"gone", OLD + 1)
    usage = Usage(kept=frozenset({kept.digest}))
    done = collect_garbage(store, usage, limit=0, clock=lambda: NOW)
    assert [entry.key for entry in done.entries] == ["b"]
    assert done.left == 4
    assert store.lookup("a") is not None


def test_the_items_of_lists_count_for_a_limit_and_go_with_their_list(store: AnyStore) -> None:
    items = [write(store, b"first"), write(store, b"second")]
    remember_items(store, save(store, "a", b"list", OLD), items)
    save(store, "b", b"else", OLD + 1)
    assert collect_garbage(store, Usage(), limit=19, clock=lambda: NOW).entries == ()
    done = collect_garbage(store, Usage(), limit=18, clock=lambda: NOW)
    assert [entry.key for entry in done.entries] == ["a"]
    assert (done.artifacts, done.size, done.left) == (3, 15, 4)


def test_a_pinned_artifact_stays_until_it_is_unpinned(store: AnyStore) -> None:
    kept = save(store, "a", b"kept", OLD)
    alone = write(store, b"nobody's")
    for ref in (kept, alone):
        pin(store, ref.digest)
    done = collect_garbage(store, Usage(), limit=0, clock=lambda: NOW)
    assert (done.entries, done.artifacts) == ((), 0)
    assert pinned(store) == {kept.digest, alone.digest}
    for ref in (kept, alone):
        unpin(store, ref.digest)
    done = collect_garbage(store, Usage(), limit=0, clock=lambda: NOW)
    assert ([entry.key for entry in done.entries], done.artifacts) == (["a"], 2)
    assert digests(store) == set()


def test_a_pinned_list_keeps_its_items(store: AnyStore) -> None:
    items = [write(store, b"first"), write(store, b"second")]
    made = write(store, b"list")
    remember_items(store, made, items)
    pin(store, made.digest)
    collect_garbage(store, Usage(), limit=0, clock=lambda: NOW)
    assert digests(store) == {made.digest, *(item.digest for item in items)}


def test_an_entry_without_its_artifact_is_removed(store: AnyStore) -> None:
    ref = save(store, "a", b"a")
    store.blob(ref).unlink()
    done = collect_garbage(store, Usage(), clock=lambda: NOW)
    assert [entry.key for entry in done.entries] == ["a"]
    assert list(store.entries()) == []


def test_leftovers_of_dead_writers_are_removed(tmp_path: Path) -> None:
    with LocalStore(tmp_path) as store:
        for name, modified in (("tmp/old", OLD), ("tmp/new", NOW), ("corrupt/old", OLD)):
            (tmp_path / name).write_bytes(b"x")
            os.utime(tmp_path / name, (modified, modified))
        assert collect_garbage(store, Usage(), clock=lambda: NOW).files == 2
    assert [file.name for file in (tmp_path / "tmp").iterdir()] == ["new"]


PIPELINE = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}, enable_cache=False),
)


def code() -> Code:
    return Code(one=Function(lambda start: start), double=Function(lambda x: 2 * x))


def age(store: AnyStore) -> None:
    for blob in store.blobs.stored():
        os.utime(store.blob(ArtifactRef(blob.digest, blob.size, "", "")), (OLD, OLD))


def test_artifacts_of_the_newest_run_stay_though_no_entry_names_them(store: AnyStore) -> None:
    run(PIPELINE, store, code(), "first")
    age(store)
    records = Records(store)
    assert collect_garbage(store, usage_of(records), clock=lambda: NOW).artifacts == 0
    (record,) = records.runs("numbers")
    assert store.blob(record.steps[1].outputs["output"]).exists()


@pytest.mark.parametrize("kept_runs", [0, 1, 2, 9])
def test_as_many_of_the_newest_runs_as_wanted_keep_their_artifacts(
    kept_runs: int, store: AnyStore
) -> None:
    made = []
    for number in range(3):
        pipeline = with_step(PIPELINE, "one", parameters={"start": number})
        made.append(run(pipeline, store, code(), f"run {number}"))
    age(store)
    usage = usage_of(Records(store), kept_runs=kept_runs)
    collect_garbage(store, usage, limit=0, clock=lambda: NOW)
    kept = made[max(0, 3 - kept_runs) :]
    wanted = {
        ref.digest for record in kept for step in record.steps for ref in step.outputs.values()
    }
    assert digests(store) == wanted
    found = [entry.producer.run for entry in store.entries()]
    assert sorted(found) == [record.name for record in kept]


def test_artifacts_of_a_running_run_stay(store: AnyStore) -> None:
    run(PIPELINE, store, code(), "first")
    records = Records(store)
    running = records.start(PIPELINE, plan_run(PIPELINE, store, first_time), "running")
    newest = plan_run(pipeline_of(spec_of("other")), store, first_time)
    records.start(pipeline_of(spec_of("other")), newest, "newest")
    for entry in store.entries():
        store.forget(entry.key)
    age(store)
    (needed,) = (ref.digest for step in running.steps for ref in step.outputs.values())
    collect_garbage(store, usage_of(records), clock=lambda: NOW)
    assert digests(store) == {needed}
    dead = usage_of(records, clock=lambda: running.started + RUNNING_FOR + 1)
    collect_garbage(store, dead, clock=lambda: NOW)
    assert digests(store) == set()


def test_a_step_whose_input_was_collected_makes_it_again(store: AnyStore) -> None:
    run(PIPELINE, store, code(), "first")
    for entry in store.entries():
        store.forget(entry.key)
    age(store)
    collect_garbage(store, Usage(), clock=lambda: NOW)
    functions = code()
    run(PIPELINE, store, functions, "second")
    assert len(functions.functions["one"].calls) == 1


def test_usage_counts_hits_and_their_seconds(store: AnyStore) -> None:
    for name in ("first", "second", "third"):
        run(PIPELINE, store, code(), name)
    usage = usage_of(Records(store))
    (entry,) = store.entries()
    assert usage.totals.hits == 2
    assert usage.totals.seconds_saved == pytest.approx(2 * entry.duration)
    assert usage.steps[entry.key] == {("numbers", "one")}
    assert usage.last_use(entry) >= entry.created


def test_verify_sets_damaged_artifacts_aside(store: AnyStore) -> None:
    ref = save(store, "a", b"right")
    save(store, "b", b"fine")
    path = store.blob(ref)
    path.chmod(0o600)
    path.write_bytes(b"wrong")
    found = verify(store)
    assert (found.artifacts, len(found.damaged)) == (2, 1)
    assert ref.digest[:12] in found.damaged[0]
    assert [entry.key for entry in found.lost] == ["a"]
    assert store.lookup("a") is None
    assert store.lookup("b") is not None
    assert verify(store).damaged == ()
    assert statistics(store).set_aside == 1


def test_statistics_name_what_takes_most(store: AnyStore) -> None:
    save(store, "a", b"a")
    save(store, "b", b"bbb")
    write(store, b"nobody's")
    found = statistics(store)
    assert (found.entries, found.artifacts, found.size, found.unused) == (2, 3, 12, 8)
    assert list(found.steps.items()) == [
        (("digits", "step_b"), (1, 3)),
        (("digits", "step_a"), (1, 1)),
    ]


def _look_up_until_told(root: Path, ref: ArtifactRef, start: object, results: object) -> None:
    with LocalStore(root) as store:
        outcomes = set()
        start.set()  # type: ignore[attr-defined]
        while "miss" not in outcomes:
            try:
                entry = store.lookup("a")
                outcomes.add("hit" if entry and store.blob(ref).read_bytes() == b"a" else "miss")
            except (ArtifactMissingError, FileNotFoundError):
                outcomes.add("miss")
            except BaseException as error:
                results.put(repr(error))  # type: ignore[attr-defined]
                raise
        results.put("fine")  # type: ignore[attr-defined]


def test_who_reads_meanwhile_has_a_miss(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    with LocalStore(tmp_path) as store:
        ref = save(store, "a", b"a")
        arguments = (tmp_path, ref, start, results)
        reader = context.Process(target=_look_up_until_told, args=arguments)
        reader.start()
        assert start.wait(60)
        collect_garbage(store, Usage(), limit=0, clock=lambda: NOW)
        assert results.get(timeout=60) == "fine"
        reader.join(60)
