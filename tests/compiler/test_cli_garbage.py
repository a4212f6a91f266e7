"""`zcompile cache gc`, `pin` and `unpin`: what is removed and what stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiling import PIPELINE, run, states, told, write_files, zcompile

EVERYTHING = ("--grace", "0s", "--size-limit", "0B", "--keep-runs", "0")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_collection_keeps_results_unless_there_is_a_limit() -> None:
    run("one")
    assert told("cache", "gc", "--grace", "0s")["garbage"]["artifacts"] == 0
    dry = zcompile("cache", "gc", *EVERYTHING, "--dry-run").out.splitlines()
    assert dry[-1] == "2 results, 1 artifact, 0 broken files would be removed: 1 B; 0 B left"
    assert states() == ["cached", "cached"]
    done = zcompile("cache", "gc", *EVERYTHING).out.splitlines()
    assert done[-1] == dry[-1].replace("would be removed", "removed")
    assert sorted(done[:-1]) == sorted(dry[:-1])
    assert states() == ["completed", "completed"]


MAPPED = """
from zcompile import step, pipeline

@step
def numbers() -> list[int]:
    return [1, 2, 3]

@step
def double(number: int) -> int:
    return 2 * number

@pipeline
def fan():
    double.map(numbers())
"""


def test_a_collection_keeps_the_items_of_lists(folder: Path) -> None:
    write_files(folder, {"pipeline.py": MAPPED})
    run("one")
    assert told("cache", "gc", "--grace", "0s")["garbage"]["artifacts"] == 0
    assert told("cache", "stats")["unused_bytes"] == 0
    assert len(told("cache", "ls", "double")["entries"]) == 3
    assert states() == ["cached", "cached"]
    assert len(told("cache", "gc", *EVERYTHING)["garbage"]["entries"]) == 4
    assert states() == ["completed", "completed"]


@pytest.mark.parametrize(
    "option",
    [
        ("--grace", "soon"),
        ("--grace", "1"),
        ("--size-limit", "big"),
        ("--keep-runs", "-1"),
        ("--records-older-than", "90"),
        ("--nonsense",),
    ],
)
def test_wrong_options_are_wrong_usage(option: tuple[str, ...]) -> None:
    result = zcompile("cache", "gc", *option)
    assert result.code == 2
    assert option[-1] in result.err


def test_the_last_runs_are_kept_though_the_limit_is_lower(folder: Path) -> None:
    for number in (1, 2, 3):
        write_files(
            folder, {"pipeline.py": PIPELINE.replace("return 1", f"return {number}{'0' * 9}")}
        )
        run(f"run {number}")
    limited = ("cache", "gc", "--grace", "0s", "--size-limit", "5B")
    dry = told(*limited, "--keep-runs", "2", "--dry-run")["garbage"]
    assert (len(dry["entries"]), dry["artifacts"], dry["bytes_left"]) == (2, 1, 20)
    out = zcompile(*limited, "--keep-runs", "2").out
    assert "2 results, 1 artifact, 0 broken files removed: 10 B; 20 B left\n" in out
    assert "15 B above the limit: pinned artifacts, those of running and of the last runs" in out
    assert states() == ["cached", "cached"]
    assert told(*limited)["garbage"]["bytes_left"] == 10
    assert states() == ["cached", "cached"]


def test_records_of_old_runs_are_removed_where_that_is_wanted(folder: Path) -> None:
    run("first")
    run("second")
    run("third")
    assert told("cache", "gc")["garbage"]["records"] is None
    wanted = ("cache", "gc", "--records-older-than", "0s")
    dry = zcompile(*wanted, "--dry-run").out.splitlines()
    assert (
        dry[-1]
        == "1 record of runs, what explains misses of 0 steps, 0 texts of code would be removed"
    )
    assert zcompile(*wanted).out.splitlines()[-1] == dry[-1].replace("would be removed", "removed")
    assert [line["name"] for line in told("runs")["runs"]] == ["third", "first"]

    write_files(folder, {"pipeline.py": PIPELINE.replace("make", "produce")})
    run("renamed")
    records = told(*wanted, *EVERYTHING)["garbage"]["records"]
    assert records == {"runs": 2, "histories": 1, "texts": 1}
    assert [line["name"] for line in told("runs")["runs"]] == ["renamed"]


def test_a_pinned_artifact_stays_as_a_hit() -> None:
    run("one")
    (entry,) = told("cache", "ls", "make")["entries"]
    digest = entry["outputs"]["output"]["digest"]
    assert told("cache", "pin", digest[:8])["pinned"] == [digest]
    assert "simple." in zcompile("cache", "pin").out
    assert f"{digest}  pinned" in zcompile("cache", "show", "make").out
    assert told("cache", "gc", *EVERYTHING)["garbage"]["artifacts"] == 0
    assert states() == ["cached", "cached"]

    assert zcompile("cache", "unpin", digest).out == f"{digest} unpinned\n"
    assert told("cache", "pin")["pinned"] == []
    assert told("cache", "gc", *EVERYTHING)["garbage"]["artifacts"] == 1
    assert states() == ["completed", "completed"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pin", "abcdef"), "No artifact can be meant by `abcdef`."),
        (("pin", "ab"), "that `zcompile cache show STEP` tells"),
        (("unpin", "abcdef"), "No pinned artifact can be meant by `abcdef`."),
        (("unpin", ""), "that `zcompile cache pin` tells"),
    ],
)
def test_a_digest_that_means_no_artifact(arguments: tuple[str, str], message: str) -> None:
    run("one")
    result = zcompile("cache", *arguments)
    assert result.code == 1
    assert message in result.err
    assert told("cache", "pin")["pinned"] == []
