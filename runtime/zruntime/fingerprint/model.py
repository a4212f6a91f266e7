"""The values of a fingerprint: its result, and the nodes of the graph behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from zruntime.diagnostics import Place


class FingerprintWarning(Struct, frozen=True):
    """Something that a fingerprint cannot see, with the line that hides it.

    Attributes:
        code: Stable code of a diagnostic.
        message: What cannot be seen.
        place: The line that hides it.
        remedy: What an author can do about it.
    """

    code: str
    message: str
    place: Place
    remedy: str

    def __str__(self) -> str:
        return f"{self.message} ({self.place})"


class CodeFingerprint(Struct, frozen=True):
    """What an object's code consists of, as far as its project defines it.

    Attributes:
        digest: 64 hexadecimal characters; equal for code that behaves alike.
        parts: Digest of each function, class and value that was reached, by a readable label
            such as ``function `scale` in features.py``. Ordered by label, and for people only.
        packages: Distributions of the third-party code referred to, in order.
        modules: Names of the project's modules reached, in order.
        warnings: What could not be seen, ordered by place.
    """

    digest: str
    parts: Mapping[str, str]
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    warnings: tuple[FingerprintWarning, ...] = ()


class Site(Struct, frozen=True):
    """Where an object was met.

    Attributes:
        label: What people call the object there; empty for one that needs no name.
        place: The code that refers to it.
        name: The module-level name that holds it, if one does.
        names: The namespace of the module that binds `name`.
        explained: Whether the code that makes the object is part of the fingerprint anyway.
    """

    label: str
    place: Place
    name: str = ""
    names: dict[str, Any] | None = None
    explained: bool = False


class Edge(Struct, frozen=True):
    """A reference from one node to the object of another."""

    target: object
    site: Site


class Node(Struct):
    """One function, class, module or value of the graph.

    Attributes:
        digest: Digest of this node alone, with the names of its edges in order.
        label: What people call it; empty for a node that is no part of its own.
        edges: What it refers to, in canonical order.
        packages: Distributions that it refers to directly.
        modules: Names of the project's modules that it belongs to.
        warnings: What cannot be seen from it.
        reads_text: Whether it reads docstrings, comments or positions of code.
        children: The nodes of the edges, once they are built.
    """

    digest: str
    label: str
    edges: tuple[Edge, ...] = ()
    packages: frozenset[str] = frozenset()
    modules: tuple[str, ...] = ()
    warnings: tuple[FingerprintWarning, ...] = ()
    reads_text: bool = False
    children: tuple[Node, ...] | None = None
