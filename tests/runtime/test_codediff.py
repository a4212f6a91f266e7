"""A changed piece of code is shown as a diff with the text that an earlier result came from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from fingerprint_projects import take

from zruntime.codediff import LIMIT, CodeTexts
from zruntime.fingerprint import CodeFingerprint
from zruntime.keys import Change, code_changes
from zruntime.store import MemoryStore

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


@dataclass
class Edited:
    """A project before and after an edit, with the texts of the code before it in a store."""

    store: MemoryStore
    before: CodeFingerprint
    after: CodeFingerprint
    folder: Path

    def texts(self) -> CodeTexts:
        return CodeTexts(self.store, self.folder, time.time())

    @property
    def changes(self) -> list[Change]:
        return code_changes(self.before.parts, self.after.parts)


def edited(tmp_path: Path, old: str, new: str) -> Edited:
    store = MemoryStore()
    before = take(tmp_path / "project", BEFORE)
    CodeTexts(store, tmp_path / "project", time.time()).keep(before.parts)
    after = {file: text.replace(old, new) for file, text in BEFORE.items()}
    return Edited(store, before, take(tmp_path / "now", after), tmp_path / "now")


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
    project = edited(tmp_path, old, new)
    (change,) = project.changes
    (diff,) = project.texts().diffs([change])
    lines = diff.splitlines()
    file = change.name.rpartition(" ")[2]
    assert lines[:2] == [f"--- {file} before", f"+++ {file}"]
    assert [line for line in lines[3:] if line[:1] in "+-"] == [removed, added]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("return -x\n", " (method `fit`)"),
        ("return x\n    def score(self, x):\n        return x\n", " (method `score`)"),
        ("return -x\n    def score(self, x):\n        return x\n", " (methods `fit`, `score`)"),
        ("return x\n    size = 2\n", ""),
    ],
    ids=["changed", "new", "both", "attribute"],
)
def test_a_class_tells_which_of_its_methods_changed(new: str, told: str, tmp_path: Path) -> None:
    new = new.replace("\n    ", "\n            ")
    project = edited(tmp_path, "return x\n", new)
    (change,) = (each for each in project.changes if each.name.startswith("class "))
    label = "code: class `Model` in lib/features.py changed"
    assert project.texts().detailed(change).text == f"{label}{told}"
    project.texts().drop(project.before.parts, [])
    assert project.texts().detailed(change).text == label


def test_without_the_former_text_there_is_no_diff(tmp_path: Path) -> None:
    project = edited(tmp_path, "x * 2", "x * 3")
    project.texts().drop(project.before.parts, [])
    assert project.texts().diffs(project.changes) == ()
    assert [*project.store.rows("code/")] == []


def test_a_text_stays_as_long_as_another_result_needs_it(tmp_path: Path) -> None:
    project = edited(tmp_path, "x * 2", "x * 3")
    kept = {*project.store.rows("code/")}
    project.texts().keep(project.after.parts)
    assert len([*project.store.rows("code/")]) == len(kept) + 1
    project.texts().drop(project.after.parts, [project.before.parts])
    assert {*project.store.rows("code/")} == kept


def test_a_file_that_was_edited_after_it_was_loaded_is_not_taken_for_what_ran(
    tmp_path: Path,
) -> None:
    project = edited(tmp_path, "x * 2", "x * 3")
    file = project.folder / "lib" / "features.py"
    CodeTexts(project.store, project.folder, file.stat().st_mtime - 1).keep(project.after.parts)
    again = code_changes(project.after.parts, project.before.parts)
    texts = CodeTexts(project.store, tmp_path / "project", time.time())
    assert texts.diffs(again) == ()


def test_a_value_behind_a_closure_has_no_text_of_its_own(tmp_path: Path) -> None:
    project = edited(tmp_path, "make(2)", "make(3)")
    assert len(project.changes) == 1
    assert project.texts().diffs(project.changes) == ()


def test_long_diffs_are_cut_and_say_so(tmp_path: Path) -> None:
    lines = "".join(f"            x = x + {number}\n" for number in range(2000))
    project = edited(tmp_path, "            return x * 2\n", f"{lines}            return x\n")
    first, last = project.texts().diffs(project.changes)
    assert LIMIT - 100 < len(first) <= LIMIT
    kept = first.count("\n") + 1
    head = "--- lib/features.py before\n+++ lib/features.py\n@@ -1,3 +1,2003 @@\n def scale(x):\n"
    assert first.startswith(head)
    assert last == f"({6 + 2001 - kept} more lines)"
