"""How the code of an earlier result has changed since, as unified diffs."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Final

from msgspec.structs import replace

from zruntime.fingerprint.syntax import FUNCTIONS, canonical
from zruntime.keys import Change
from zruntime.store import Store

LIMIT: Final = 8_000
"""Characters of the diffs of a step, which are part of its record."""

_ROWS: Final = "code/"

_LONGEST: Final = 100_000
"""Characters of a text that is kept."""

_LABEL: Final = re.compile(r"(?:`([^`]+)` in |^import of |^module )(\S+\.py)$")
_DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)


class CodeTexts:
    """The texts of the code that results came from, and how they differ from the present ones.

    A piece of code is known by its label and its digest, as in `CodeFingerprint.parts`.

    Args:
        store: Where the texts are kept.
        folder: Folder of the present code: a project's root, or a code bundle.
        loaded: Unix time at which that code had been loaded, in seconds. Files that were edited
            later are left out.
    """

    def __init__(self, store: Store, folder: Path, loaded: float) -> None:
        self._store, self._folder, self._loaded = store, folder, loaded
        self._files: dict[Path, tuple[list[str], ast.Module] | None] = {}
        self._kept: set[str] = set()

    def keep(self, parts: Mapping[str, str]) -> None:
        """Keeps the texts of a result's code."""
        for label, digest in parts.items():
            row = _row(label, digest)
            if row in self._kept:
                continue
            self._kept.add(row)
            text = self._text(label)
            if text and len(text) <= _LONGEST:
                self._store.add(row, text)

    def drop(self, parts: Mapping[str, str], needed: Collection[Mapping[str, str]]) -> None:
        """Forgets the texts of a result's code, but for those that other results need."""
        for label, digest in parts.items():
            if all(other.get(label) != digest for other in needed):
                self._store.delete(_row(label, digest))

    def diffs(self, changes: Iterable[Change]) -> tuple[str, ...]:
        """The difference between the former and the present text of each piece of code.

        Args:
            changes: Changes of a key, from `keys.changes`; those of other parts have no text.

        Returns:
            Unified diffs without a line feed at their ends, of `LIMIT` characters at most. There
            is none where the former text is not kept, and where no text changed, as with the
            value behind a closure.
        """
        found = (self._diff(change) for change in changes if change.part == "code" and change.old)
        return tuple(_shortened(diff for diff in dict.fromkeys(found) if diff))

    def detailed(self, change: Change) -> Change:
        """The change with its words; those of a class name the methods that differ."""
        is_class = change.part == "code" and change.name.startswith("class ")
        former = self._store.get(_row(change.name, change.old)) if is_class and change.old else None
        if former is None:
            return change
        then, now = _methods(former), _methods(self._text(change.name))
        names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
        told = ", ".join(f"`{name}`" for name in names)
        noun = "method" if len(names) == 1 else "methods"
        return replace(change, text=f"{change.text} ({noun} {told})") if names and now else change

    def _diff(self, change: Change) -> str:
        former = self._store.get(_row(change.name, change.old))
        if former is None:
            return ""
        return _unified(change.name, former, self._text(change.name))

    def _text(self, label: str) -> str:
        """The text of a definition or of the statements that bind a name; of a module without one.

        Empty if there is none, or if it may be another one than the code that was loaded.
        """
        match = _LABEL.search(label)
        file = self._file(match[2]) if match else None
        if match is None or file is None:
            return ""
        lines, tree = file
        if not match[1]:
            return "\n".join(lines)
        return "\n".join(line for node in _named(tree, match[1]) for line in _lines(node, lines))

    def _file(self, name: str) -> tuple[list[str], ast.Module] | None:
        # A bundle holds modules as they are imported, which may be from below the project's root.
        parts = Path(name).parts
        candidates = (self._folder.joinpath(*parts[start:]) for start in range(len(parts)))
        path = next((found for found in candidates if found.is_file()), None)
        if path is None:
            return None
        if path not in self._files:
            self._files[path] = self._read(path)
        return self._files[path]

    def _read(self, path: Path) -> tuple[list[str], ast.Module] | None:
        try:
            text = path.read_text(encoding="utf-8")
            is_older = path.stat().st_mtime <= self._loaded
            return (text.splitlines(), ast.parse(text)) if is_older else None
        except (OSError, ValueError, SyntaxError):
            return None


def kept_diffs(store: Store, changes: Iterable[Change]) -> tuple[str, ...]:
    """The difference between two former texts of each piece of code, where both are kept.

    Args:
        store: Where the texts are kept.
        changes: Changes of a key, as `CodeTexts.diffs` takes them.

    Returns:
        Unified diffs, as `CodeTexts.diffs` gives them.
    """
    found = []
    for change in changes:
        if change.part == "code" and change.name and change.old and change.new:
            old, new = (store.get(_row(change.name, at)) for at in (change.old, change.new))
            found += [_unified(change.name, old, new)] if old and new else []
    return tuple(_shortened(diff for diff in dict.fromkeys(found) if diff))


def _unified(label: str, old: str, new: str) -> str:
    file = label.rpartition(" ")[2]
    lines = old.splitlines(), new.splitlines()
    return "\n".join(difflib.unified_diff(*lines, f"{file} before", file, lineterm=""))


def _methods(text: str) -> dict[str, str]:
    """What the methods of a class do, by their names."""
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    methods = (item for node in classes for item in node.body if isinstance(item, FUNCTIONS))
    return {method.name: canonical(method) for method in methods}


def kept_texts(store: Store) -> dict[str, tuple[tuple[str, str], str]]:
    """The texts that are kept, by row: the label and the digest of their code, and themselves."""
    found = {}
    for row, text in store.items(_ROWS):
        digest, _, label = row.removeprefix(_ROWS).partition("/")
        found[row] = (label, digest), text
    return found


def _row(label: str, digest: str) -> str:
    return f"{_ROWS}{digest}/{label}"


def _shortened(diffs: Iterable[str]) -> Iterator[str]:
    """The diffs, as much of them as is kept, and how many lines are not."""
    room, left_out = LIMIT, 0
    for diff in diffs:
        kept: list[str] = []
        for line in diff.split("\n"):
            room -= len(line) + 1
            if room >= 0:
                kept.append(line)
            else:
                left_out += 1
        if kept:
            yield "\n".join(kept)
    if left_out:
        yield f"({left_out} more lines)"


def _named(node: ast.AST, name: str) -> Iterator[ast.stmt]:
    """The statements that define a name; that of a nested one is dotted."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _DEFINITIONS):
            first, _, rest = name.partition(".")
            if child.name == name:
                yield child
            elif child.name == first and rest:
                yield from _named(child, rest)
        elif isinstance(child, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            names = (found for target in targets for found in ast.walk(target))
            if any(isinstance(found, ast.Name) and found.id == name for found in names):
                yield child
        elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _named(child, name)


def _lines(node: ast.stmt, lines: list[str]) -> list[str]:
    first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])
    return dedent("\n".join(lines[first - 1 : node.end_lineno])).split("\n")
