"""What is counted of runs: for a collector, and by `zcompile cache stats` from their records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from compiling import PIPELINE, run, told, write_files, zcompile

from zruntime import metrics
from zruntime.keys import KINDS

MAPPED = """
from zcompile import step, pipeline

@step
def items() -> list[int]:
    return [1, 2, 3]

@step
def scaled(item: int) -> int:
    return 10 * item

@pipeline
def each():
    scaled.map(items())
"""


class Counted:
    """A collector that keeps sums by name and step."""

    def __init__(self) -> None:
        self.counters: Counter[tuple[str, str]] = Counter()
        self.timings: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, value: int, tags: Mapping[str, str]) -> None:
        self.counters[name, tags.get("step", "")] += value

    def timing(self, name: str, seconds: float, tags: Mapping[str, str]) -> None:
        assert seconds >= 0
        self.timings[name, tags.get("step", "")] += 1


@pytest.fixture
def counted() -> Iterator[Counted]:
    found = Counted()
    metrics.collect(found)
    yield found
    metrics.collect(None)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "pipeline.py").read_text()
    assert old in text
    (folder / "pipeline.py").write_text(text.replace(old, new))


def test_hits_and_misses_by_the_kind_of_their_reason(folder: Path, counted: Counted) -> None:
    run("one")
    run("two")
    edit(folder, "return 1", "return 2")
    run("three")
    run("four", "--no-cache")
    kinds = Counter({("miss.first", "make"): 1, ("miss.first", "use"): 1})
    kinds += Counter({("miss.code", "make"): 1, ("miss.input", "use"): 1})
    kinds += Counter({("miss.off", "make"): 1, ("miss.off", "use"): 1})
    stored = {key: value for key, value in counted.counters.items() if key[0] == metrics.STORED}
    hits = {("hit", "make"): 1, ("hit", "use"): 1}
    assert counted.counters == kinds | Counter(hits) | Counter(stored)
    assert counted.timings == {("saved", "make"): 1, ("saved", "use"): 1}

    stats = told("cache", "stats")
    assert stats["hits"] == 2
    assert stats["misses"] == {"first": 2, "code": 1, "input": 1, "off": 2}
    assert stats["bytes_made"] == sum(stored.values()) > 0
    assert (stats["waits"], stats["remote_errors"]) == (0, 0)
    shown = zcompile("cache", "stats").out
    assert "2 first, 2 off, 1 code, 1 input" in shown


def test_each_instance_of_a_mapped_step_counts(folder: Path, counted: Counted) -> None:
    write_files(folder, {"pipeline.py": MAPPED})
    run("one")
    run("two")
    edit(folder, "[1, 2, 3]", "[1, 2, 4]")
    run("three")
    assert counted.counters["miss.first", "scaled"] == 3
    assert counted.counters["miss.input", "scaled"] == 1
    assert counted.counters["hit", "scaled"] == 5
    assert counted.timings["saved", "scaled"] == 2
    stats = told("cache", "stats")
    assert (stats["hits"], sum(stats["misses"].values())) == (6, 6)


def test_several_changes_count_once(folder: Path, counted: Counted) -> None:
    edit(folder, "def make() -> int:\n    return 1", "def make(by: int = 1) -> int:\n    return by")
    run("one")
    edit(folder, "return by", "return 2 * by")
    run("two", "--set", "make.by=5")
    assert counted.counters["miss.several", "make"] == 1
    assert {name.removeprefix("miss.") for name, _ in counted.counters if "miss." in name} <= {
        *KINDS
    }


def test_a_remote_store_that_cannot_be_reached_is_counted(
    folder: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").touch()
    monkeypatch.setenv("ZCOMPILE_REMOTE", (folder / "file" / "below").as_uri())
    run("one")
    errors = counted.counters[metrics.REMOTE_ERROR, ""]
    assert errors >= 1
    assert counted.counters[metrics.UPLOADED, ""] == 0
    monkeypatch.delenv("ZCOMPILE_REMOTE")
    assert told("cache", "stats")["remote_errors"] == errors


def test_the_page_lists_the_kinds_of_reasons() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "observability.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", page, re.MULTILINE))
    assert rows == KINDS
