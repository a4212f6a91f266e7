"""`zcompile runs` and `zcompile cache`: what has run, what is stored, and looking after it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from compiling import PIPELINE, run, states, told, write_files, zcompile

from zcompile.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": PIPELINE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_has_run(own_store: Path) -> None:
    assert told("runs")["runs"] == []
    assert "no runs yet" in zcompile("runs").err
    assert "is empty" in zcompile("cache", "ls").err
    assert told("cache", "stats")["entries"] == 0
    assert told("runs", "show", code=1)["diagnostics"][0]["code"] == "ZC804"
    assert not own_store.exists()


def test_runs_are_listed_newest_first() -> None:
    for name in ("one", "two", "three"):
        run(name)
    assert [each["name"] for each in told("runs")["runs"]] == ["three", "two", "one"]
    assert [each["name"] for each in told("runs", "list", "--limit", "1")["runs"]] == ["three"]
    head, first, *_ = zcompile("runs").out.splitlines()
    assert head.split()[:2] == ["state", "run"]
    assert first.split()[:2] == ["completed", "three"]
    assert first.endswith("2 cached")


def test_a_run_is_shown_with_its_steps() -> None:
    run("one")
    run("two")
    assert told("runs", "show")["run"]["name"] == "two"
    shown = zcompile("runs", "show", "one").out
    assert "completed  make" in shown
    assert "first run of this step" in shown
    assert "by run one" in zcompile("runs", "show", "two").out
    wrong = zcompile("runs", "show", "on")
    assert wrong.code == 1
    assert "Did you mean `one`?" in wrong.err
    assert "Did you mean `simple`?" in zcompile("runs", "--pipeline", "simpel").err


def test_two_runs_are_compared(folder: Path) -> None:
    run("one")
    alone = zcompile("runs", "diff")
    assert (alone.code, "before `one`" in alone.err) == (1, True)
    run("two")
    assert zcompile("runs", "diff").out.endswith("no step of 2 differs\n")
    file = folder / "pipeline.py"
    file.write_text(file.read_text().replace("return 1", "return 2"))
    run("three")
    shown = zcompile("runs", "diff", "one").out
    assert "changed       make" in shown
    assert "other inputs  use" in shown
    assert "+    return 2" in shown
    assert told("runs", "diff", "one", "three") == told("runs", "diff", "one")
    assert [step["verdict"] for step in told("runs", "diff", "one")["steps"]] == [
        "changed",
        "other inputs",
    ]
    assert "Did you mean `two`?" in zcompile("runs", "diff", "one", "tow").err


def test_results_are_listed_and_shown() -> None:
    run("one")
    entries = told("cache", "ls")["entries"]
    assert {entry["producer"]["step"] for entry in entries} == {"make", "use"}
    (entry,) = told("cache", "ls", "simple.make")["entries"]
    key = entry["key"]
    assert told("cache", "show", key[:8])["entries"][0]["key"] == key
    shown = zcompile("cache", "show", "make").out
    for word in (key, "simple.make", "one", entry["outputs"]["output"]["digest"], "builtins.int"):
        assert word in shown
    wrong = zcompile("cache", "show", "mak")
    assert wrong.code == 1
    assert "Did you mean `make`?" in wrong.err


def test_an_invalidated_step_runs_again() -> None:
    run("one")
    assert states() == ["cached", "cached"]
    assert told("cache", "invalidate", "make", "--yes")["invalidated"]
    assert states() == ["completed", "cached"]


def test_invalidating_asks_first() -> None:
    run("one")
    no = CliRunner().invoke(main, ["cache", "invalidate", "make"], input="n\n")
    assert no.exit_code == 1
    assert "Forget this result?" in no.stderr
    assert states() == ["cached", "cached"]
    yes = CliRunner().invoke(main, ["cache", "invalidate", "make", "use"], input="y\n")
    assert yes.exit_code == 0
    assert "Forget these 2 results?" in yes.stderr
    assert "2 forgotten" in yes.stdout


def test_a_damaged_artifact_is_found_and_made_again(own_store: Path) -> None:
    run("one")
    assert zcompile("cache", "verify").code == 0
    (entry,) = told("cache", "ls", "make")["entries"]
    digest = entry["outputs"]["output"]["digest"]
    file = own_store / "cas" / digest[:2] / digest
    os.chmod(file, 0o600)  # noqa: PTH101
    file.write_bytes(b"!")
    found = told("cache", "verify", code=1)
    assert digest[:12] in found["damaged"][0]
    assert entry["key"] in found["incomplete"]
    assert (own_store / "corrupt" / digest).exists()
    assert "completed" in states()
    assert zcompile("cache", "verify").code == 0


def test_statistics() -> None:
    run("one")
    run("two")
    found = told("cache", "stats")
    assert (found["entries"], found["hits"]) == (2, 2)
    assert {step["step"] for step in found["steps"]} == {"make", "use"}
    assert "2 results" not in zcompile("cache", "stats", "--top", "1").out
    assert "simple.make" in zcompile("cache", "stats").out


def test_a_store_that_cannot_be_used(own_store: Path) -> None:
    own_store.write_text("no folder")
    for command in (("runs",), ("cache", "ls"), ("plan", "pipeline.py")):
        result = zcompile(*command)
        assert result.code == 1
        assert "error ZC600: The store in" in result.err


def test_results_that_could_not_be_uploaded_are_pushed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = folder / "shared"
    shared.touch()  # a file where the remote store's folder should be
    monkeypatch.setenv("ZCOMPILE_REMOTE", shared.as_uri())
    run("one")
    waiting = told("cache", "push", code=1)
    assert waiting["uploaded"] == 0
    assert waiting["left"] > len(told("cache", "ls")["entries"]), "artifacts and results"
    assert "cannot be reached" in zcompile("cache", "push").err
    shared.unlink()
    assert told("cache", "push")["uploaded"] == waiting["left"]
    assert "0 files uploaded to file://" in zcompile("cache", "push").out
    assert len([*(shared / "ac").iterdir()]) == len(told("cache", "ls")["entries"])


def test_pushing_needs_a_remote_store() -> None:
    result = zcompile("cache", "push")
    assert result.code == 2
    assert "ZCOMPILE_REMOTE" in result.err


def test_a_fresh_checkout_finds_the_results_of_the_remote_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZCOMPILE_REMOTE", (folder / "shared").as_uri())
    run("one")
    monkeypatch.setenv("ZCOMPILE_STORE", str(folder / "fresh"))
    plan = told("plan", "pipeline.py")["plans"][0]
    assert {step["state"] for step in plan["steps"]} == {"cached"}
    assert set(states()) == {"cached"}
