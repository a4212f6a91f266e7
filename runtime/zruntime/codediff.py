"""How code changed, as unified diffs, where its former text is still kept."""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from zruntime.bundle import MANIFEST, CodeFolders
from zruntime.keys import Change

LIMIT: Final = 8_000
"""Characters of the diffs of a step, which are part of its record."""

_LABEL: Final = re.compile(r"(?:`([^`]+)` in |^import of |^module )(\S+\.py)$")
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class CodeDiffs:
    """How the present code differs from that of former bundles, which are read once.

    Args:
        folders: Where both are.
    """

    def __init__(self, folders: CodeFolders) -> None:
        self._folders = folders
        self._made: dict[tuple[str, Any, Any], str] = {}

    def of(self, changes: Iterable[Change]) -> tuple[str, ...]:
        """The difference between the former and the present text of each piece of code.

        Args:
            changes: Changes of a key, from `keys.changes`; those of other parts have no text.

        Returns:
            Unified diffs without a line feed at their ends, of `LIMIT` characters at most. There
            is none where no bundle holds the former code, and where no text changed, as with the
            value of a default.
        """
        found = (self._known(change) for change in changes if change.part == "code")
        return tuple(_shortened(diff for diff in dict.fromkeys(found) if diff))

    def _known(self, change: Change) -> str:
        key = (change.name, change.old, change.new)
        if key not in self._made:
            self._made[key] = self._diff(change)
        return self._made[key]

    def _diff(self, change: Change) -> str:
        label = _LABEL.search(change.name)
        former = self._bundle_with(change) if label and change.old else None
        if label is None or former is None:
            return ""
        name, file = label[1] or "", label[2]
        then, now = _text(former, file, name), _text(self._folders.code, file, name)
        lines = difflib.unified_diff(then, now, f"{file} in {former.name}", file, lineterm="")
        return "\n".join(lines) if then else ""

    def _bundle_with(self, change: Change) -> Path | None:
        """The bundle whose manifest knows the former digest of the changed part."""
        for bundle, parts in self._manifests:
            if any(found.get(change.name) == change.old for found in parts):
                return bundle
        return None

    @cached_property
    def _manifests(self) -> list[tuple[Path, list[Mapping[str, str]]]]:
        """The bundles, and the parts of the code of each of their steps."""
        found: list[tuple[Path, list[Mapping[str, str]]]] = []
        for manifest in sorted(self._folders.bundles.glob(f"*/{MANIFEST}")):
            try:
                known = json.loads(manifest.read_text(encoding="utf-8"))["code"]
                found.append((manifest.parent, [dict(info["parts"]) for info in known.values()]))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
        return found


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


def _text(folder: Path, file: str, name: str) -> list[str]:
    """The lines of a definition or of the statements that bind a name; of a module without one."""
    # A bundle holds modules as they are imported, which may be from below the project's root.
    parts = Path(file).parts
    candidates = (folder.joinpath(*parts[start:]) for start in range(len(parts)))
    path = next((found for found in candidates if found.is_file()), None)
    if path is None:
        return []
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError):
        return []
    lines = text.splitlines()
    if not name:
        return lines
    return [line for node in _named(tree, name) for line in _lines(node, lines)]


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
