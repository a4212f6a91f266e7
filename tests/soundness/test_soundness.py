"""No edit of any project makes a cached run differ from one without a cache."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fresh_runs import Runs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_edits import ADDED, Edit, edited, edits, is_harmless
from random_projects import RandomProject, projects

EXAMPLES = int(os.environ.get("FUZZ_PROJECTS", "300"))
EDITS = 5
NEEDLESS = 0.01
"""Share of the edits that cannot matter after which a step may run again all the same."""

ADDRESS = re.compile(r"(?<= at )0x[0-9a-f]+")

FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_PROJECTS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runs, Runs]]:
    """Two servers that differ in what must not matter: hash seed and working folder."""
    made = tuple(Runs(seed, tmp_path_factory.mktemp(f"cwd{seed}")) for seed in (1, 2))
    yield made[0], made[1]
    for server in made:
        server.close()


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where there is one, since the stores wait for the disk at each result."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


class Trial:
    """One project under its edits, with its store."""

    def __init__(self, servers: tuple[Runs, Runs], folder: Path, counts: Counter[str]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.servers, self.folder, self.counts = servers, folder, counts
        self.number = 0

    def run(self, project: RandomProject) -> tuple[dict[str, Any], dict[str, Any]]:
        """A cached run, and one without a cache in another process, of the same source."""
        self.number += 1
        code = _write(self.folder / f"code{self.number}", project)
        # Each server takes both parts in turn, so that results pass from one to the other.
        cached, oracle = self.servers[:: 1 if self.number % 2 else -1]
        fresh = self.folder / f"oracle{self.number}"
        cached.ask(code, project.entry, self.folder / "store", enable_cache=True)
        oracle.ask(code, project.entry, fresh, enable_cache=False)
        found, truth = cached.answer(), oracle.answer()
        if values(found) != values(truth) and self._is_random(code, project, truth):
            self.counts["not deterministic"] += 1
            return truth, truth
        return found, truth

    def _is_random(self, code: Path, project: RandomProject, truth: dict[str, Any]) -> bool:
        """Whether runs without a cache differ among themselves, as texts of sets do."""
        for server in self.servers:
            fresh = self.folder / "again"
            shutil.rmtree(fresh, ignore_errors=True)
            server.ask(code, project.entry, fresh, enable_cache=False)
            if values(server.answer()) != values(truth):
                return True
        return False


def values(answer: dict[str, Any]) -> list[str]:
    """What each step computed, without the one that some edits add, and how the run failed.

    Addresses are left out: a process's own say nothing of the result.
    """
    found = [ADDRESS.sub("", str(value)) for name, _, value in answer["steps"] if name != ADDED]
    return [*found, answer["error"]]


def executed(answer: dict[str, Any]) -> list[str]:
    """The steps that were not cached, without the one that some edits add."""
    return [name for name, state, _ in answer["steps"] if state != "cached" and name != ADDED]


def _write(folder: Path, project: RandomProject) -> Path:
    for name, text in project.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").touch()
    return folder


@pytest.mark.timeout(1800)  # hundreds of projects: a busy machine takes longer than for others
def test_no_edit_of_a_random_project_leads_to_a_stale_result(
    servers: tuple[Runs, Runs], memory: Path
) -> None:
    counts: Counter[str] = Counter()
    needless: list[tuple[Edit, RandomProject]] = []

    @FUZZ
    @given(projects, st.lists(edits, min_size=EDITS, max_size=EDITS))
    def check(project: RandomProject, todo: list[Edit]) -> None:
        trial = Trial(servers, memory / "trial", counts)
        found, before = trial.run(project)
        if before["error"]:
            counts["broken"] += 1
            return
        counts["projects"] += 1
        assert values(found) == values(before)
        for edit in todo:
            after = edited(project, edit)
            if after is None:
                counts["nothing to edit"] += 1
                continue
            project = after
            found, truth = trial.run(project)
            assert values(found) == values(truth), f"stale after {edit}"
            if is_harmless(edit):
                counts["harmless"] += 1
                assert values(truth) == values(before), f"not harmless: {edit}"
                if before["error"] == "" and executed(found):
                    counts["needless"] += 1
                    needless.append((edit, project))
            else:
                counts["meaningful"] += 1
                counts["other results"] += values(truth) != values(before)
                counts["errors"] += truth["error"] != ""
            before = truth

    check()
    print(dict(counts))
    assert counts["broken"] <= counts["projects"] / 10, "too many projects do not run at all"
    assert counts["needless"] <= NEEDLESS * counts["harmless"], needless
    assert counts["other results"] > counts["meaningful"] / 4, "the edits are too harmless"
