"""A changed piece of code is shown as a diff where a bundle still holds its former text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fingerprint_projects import take, write

from zruntime.bundle import CodeFolders
from zruntime.codediff import LIMIT, CodeDiffs
from zruntime.keys import Change, code_changes

BEFORE = {
    "pipeline.py": """
        from lib.features import scale, FACTOR, Model
        from lib.makers import make
        half = make(2)
        def work(x):
            return scale(x) * FACTOR + Model().fit(x) + half(x)
        """,
    "lib/__init__.py": "",
    "lib/features.py": """
        import functools
        FACTOR = 2
        def scale(x):
            # Doubles.
            return x * 2
        class Model:
            def fit(self, x):
                return x
        """,
    "lib/makers.py": """
        def make(by):
            def inner(x):
                return x / by
            return inner
        """,
}


def changed(tmp_path: Path, old: str, new: str, kept: bool = True) -> tuple[list[Change], Path]:
    """The changes between two versions of a project, of which a bundle holds the first."""
    before = take(tmp_path / "project", BEFORE)
    bundle = write(tmp_path / "bundles" / "p-1", BEFORE if kept else {})
    manifest = {"code": {before.digest: {"parts": dict(before.parts), "packages": []}}}
    if kept:
        (bundle / "manifest.json").write_text(json.dumps(manifest))
    after = {file: text.replace(old, new) for file, text in BEFORE.items()}
    found = take(tmp_path / "now", after)
    return code_changes(before.parts, found.parts), tmp_path / "now"


def diffs(found: list[Change], code: Path, bundles: Path) -> tuple[str, ...]:
    return CodeDiffs(CodeFolders(code, bundles)).of(found)


@pytest.mark.parametrize(
    ("old", "new", "removed", "added"),
    [
        ("x * 2", "x * 3", "-    return x * 2", "+    return x * 3"),
        ("FACTOR = 2", "FACTOR = 3", "-FACTOR = 2", "+FACTOR = 3"),
        ("return x\n", "return -x\n", "-        return x", "+        return -x"),
        ("x / by", "x // by", "-    return x / by", "+    return x // by"),
    ],
    ids=["function", "value", "method", "nested function"],
)
def test_the_diff_shows_the_lines_that_changed(
    old: str, new: str, removed: str, added: str, tmp_path: Path
) -> None:
    (change,), code = changed(tmp_path, old, new)
    (diff,) = diffs([change], code, tmp_path / "bundles")
    lines = diff.splitlines()
    file = change.name.rpartition(" ")[2]
    assert lines[:2] == [f"--- {file} in p-1", f"+++ {file}"]
    assert [line for line in lines[3:] if line[:1] in "+-"] == [removed, added]


def test_without_the_former_bundle_there_is_no_diff(tmp_path: Path) -> None:
    (change,), code = changed(tmp_path, "x * 2", "x * 3", kept=False)
    assert diffs([change], code, tmp_path / "bundles") == ()
    assert diffs([change], code, tmp_path / "nowhere") == ()


def test_a_bundle_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (change,), code = changed(tmp_path, "x * 2", "x * 3")
    broken = write(tmp_path / "bundles" / "a-1", {"manifest.json": "{"})
    assert broken.name < "p-1"
    (diff,) = diffs([change], code, tmp_path / "bundles")
    assert "+    return x * 3" in diff


def test_a_value_behind_a_closure_has_no_text_of_its_own(tmp_path: Path) -> None:
    found, code = changed(tmp_path, "make(2)", "make(3)")
    assert len(found) == 1
    assert diffs(found, code, tmp_path / "bundles") == ()


def test_long_diffs_are_cut_and_say_so(tmp_path: Path) -> None:
    lines = "".join(f"            x = x + {number}\n" for number in range(2000))
    found, code = changed(tmp_path, "            return x * 2\n", f"{lines}            return x\n")
    first, last = diffs(found, code, tmp_path / "bundles")
    assert LIMIT - 100 < len(first) <= LIMIT
    kept = first.count("\n") + 1
    head = "--- lib/features.py in p-1\n+++ lib/features.py\n@@ -1,3 +1,2003 @@\n def scale(x):\n"
    assert first.startswith(head)
    assert last == f"({6 + 2001 - kept} more lines)"
