"""How a piece of code changed, as a unified diff, where its former text is still kept."""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from zruntime.bundle import MANIFEST
from zruntime.keys import Change
from zruntime.planning import StepPlan

_LABEL: Final = re.compile(r"(?:(\w+) )?(?:`([^`]+)` in |of )?(\S+\.py)$")
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def code_diff(change: Change, code: Path, bundles: Path) -> str:
    """The difference between the former and the present text of a piece of code.

    Args:
        change: A change of the part "code", from `keys.changes`.
        code: Folder of the present code: a project's root, or a code bundle.
        bundles: Folder of the code bundles, one of which may hold the former text.

    Returns:
        A unified diff without a line feed at its end. Empty where no bundle holds the former code,
        where the text is the same, and where no text changed, as with the value of a default.
    """
    if change.part != "code" or not change.old:
        return ""
    label = _LABEL.match(change.name)
    former = _bundle_with(change, bundles) if label else None
    if label is None or former is None:
        return ""
    name, file = label[2] or "", label[3]
    then, now = _text(former, file, name), _text(code, file, name)
    lines = difflib.unified_diff(then, now, f"{file} in {former.name}", file, lineterm="")
    return "\n".join(lines) if then else ""


def plan_diffs(plan: StepPlan, code: Path, bundles: Path) -> list[str]:
    """The diffs of all code that makes a step, or an instance of it, run; see `code_diff`."""
    changes = (*plan.changes, *(change for item in plan.instances for change in item.changes))
    diffs = (code_diff(change, code, bundles) for change in changes)
    return [diff for diff in dict.fromkeys(diffs) if diff]


def _bundle_with(change: Change, bundles: Path) -> Path | None:
    """The bundle whose manifest knows the former digest of the changed part."""
    for manifest in sorted(bundles.glob(f"*/{MANIFEST}")):
        try:
            known: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["code"]
            parts = [info["parts"] for info in known.values()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if any(found.get(change.name) == change.old for found in parts):
            return manifest.parent
    return None


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
