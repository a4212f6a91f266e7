"""The code fingerprint: what a step's result depends on, as far as its project defines it.

    obj -> Graph (one Node per function, class, module and value) -> one digest

`analysis` reads source text once per code object, `names` looks names up in the live modules,
`values` turns data into plain data, `draft` and `graph` put nodes together. The digest covers the
nodes in the order in which they are first reached, with their edges as numbers; names of modules
and files and line numbers are no part of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from zruntime.diagnostics import Place
from zruntime.fingerprint.draft import FILES_UNSEEN, module_name
from zruntime.fingerprint.graph import Graph
from zruntime.fingerprint.model import CodeFingerprint, Edge, FingerprintWarning, Node, Site
from zruntime.fingerprint.origins import Origin, Origins, is_own
from zruntime.fingerprint.source import load_source
from zruntime.hashing import combine, digest_value
from zruntime.project import Project

__all__ = [
    "FILES_UNSEEN",
    "CodeFingerprint",
    "FingerprintWarning",
    "Fingerprinter",
    "fingerprint",
    "fingerprint_types",
]


class Fingerprinter:
    """Fingerprints that share their work; valid as long as no module changes, as in one compile.

    Args:
        project: Whose code is followed.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._graph = Graph(project)

    def fingerprint(self, obj: object) -> CodeFingerprint:
        """The fingerprint of a function, class, partial, method, step or any value."""
        site = Site("value", Place("", 1))
        root = self._graph.node(Edge(_unwrap(obj), site))
        reached, text = self._walk(root)
        warnings = {warning for node in reached for warning in node.warnings}
        modules = tuple(sorted({name for node in reached for name in node.modules}))
        reads_text = any(node.reads_text for node in reached)
        texts = self._texts(modules) if reads_text else {}
        return CodeFingerprint(
            digest=digest_value((text, sorted(texts.values()))) if texts else digest_value(text),
            parts={**_parts(reached), **texts},
            packages=tuple(sorted({name for node in reached for name in node.packages})),
            modules=modules,
            warnings=tuple(sorted(warnings, key=_by_place)),
        )

    def _texts(self, modules: Iterable[str]) -> dict[str, str]:
        """Digests of the whole texts of modules, for code that reads some of them."""
        found = {}
        for name in modules:
            main = vars(sys.modules["__main__"])
            names = main if module_name(main) == name else vars(sys.modules.get(name, object))
            file = names.get("__file__")
            if file and (source := load_source(file)):
                label = f"text of {self.project.relative(file)}"
                found[label] = digest_value(source.text)
        return found

    def _walk(self, root: Node) -> tuple[list[Node], str]:
        """All nodes in order of first visit, depth first, and the graph as canonical text.

        A node without children is written as its digest, so that equal values are alike whether
        or not they are one object; any other one gets a number and a line.
        """
        numbers: dict[int, int] = {}
        reached: list[Node] = []
        stack = [root]
        while stack:
            node = stack.pop()
            if id(node) not in numbers:
                numbers[id(node)] = len(reached)
                reached.append(node)
                stack.extend(reversed(self._graph.children(node)))
        inner = [node for node in reached if node.children]
        numbers = {id(node): number for number, node in enumerate(inner)}
        lines = [root.digest]
        for node in inner:
            children = self._graph.children(node)
            tokens = (str(numbers.get(id(child), child.digest)) for child in children)
            lines.append(f"{node.digest} {' '.join(tokens)}")
        return reached, "\n".join(lines)


def fingerprint(obj: object, project: Project) -> CodeFingerprint:
    """The fingerprint of an object as its modules are now.

    Args:
        obj: A function, class, partial, method, step or any value.
        project: Whose code is followed; other code counts by its distribution.
    """
    return Fingerprinter(project).fingerprint(obj)


def fingerprint_types(types: Iterable[Any], project: Project) -> str:
    """One digest of those types that the project defines; empty if it defines none of them."""
    origins, fingerprinter = Origins(project), Fingerprinter(project)
    local = {cls for cls in types if origins.of_class(cls) is Origin.LOCAL}
    return combine(sorted(fingerprinter.fingerprint(cls).digest for cls in local)) if local else ""


def _unwrap(obj: object) -> object:
    while is_own(type(obj).__module__) and getattr(obj, "__wrapped__", None) is not None:
        obj = obj.__wrapped__  # type: ignore[attr-defined]
    return obj


def _parts(reached: Iterable[Node]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for node in reached:
        if node.label:
            found.setdefault(node.label, set()).add(node.digest)
    return {
        label: combine(sorted(digests)) if len(digests) > 1 else next(iter(digests))
        for label, digests in sorted(found.items())
    }


def _by_place(warning: FingerprintWarning) -> tuple[str, int, int, str]:
    place = warning.place
    return (place.file, place.line, place.column, warning.message)
