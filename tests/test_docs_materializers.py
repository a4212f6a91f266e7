"""The page on materializers tells of every format, and its examples run and are cached."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from zruntime.materializers.registry import BUILT_IN

PAGE = (Path(__file__).parents[1] / "docs" / "materializers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE)


def test_every_format_is_on_the_page() -> None:
    assert set(re.findall(r"`([a-z-]+/\d+)`", PAGE)) == set(BUILT_IN)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_and_is_cached_the_second_time(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZCOMPILE_STORE", str(tmp_path / "store"))
    (tmp_path / "pipeline.py").write_text(example, encoding="utf-8")
    first, second = (run(tmp_path) for _ in range(2))
    steps = len(re.findall(r"Step \w+ has finished", first))
    assert steps >= 1
    assert "cloudpickle" not in first
    assert "Using cached version" not in first
    assert len(re.findall(r"Using cached version", second)) == steps


def run(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "pipeline.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
