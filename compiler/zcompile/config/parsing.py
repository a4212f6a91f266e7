"""YAML text to a tree; every mistake in it that does not hide the rest is told at once.

Plain scalars are read as YAML 1.2 defines them, so that `no`, `on`, `1_000`, `12:30` and
`2026-01-31` are texts, as they look.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from zcompile.config.environment import Filled, fill
from zcompile.config.tree import Branch, Entry, Leaf, Row, Tree, plain
from zcompile.problems import Problems
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import PipelineConfigurationError, raise_all

MAX_BYTES = 4 * 1024 * 1024
"""Size at which a config is taken for a mistake."""

MAX_COPIES = 20_000
"""How many values the aliases of a config may repeat; nested ones can fill the memory."""

_TAG = "tag:yaml.org,2002:"
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_SCALARS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": ("|".join((*_TRUE, *_FALSE)), list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "merge": (r"<<", ["<"]),
}
_PATTERNS = {tag: re.compile(pattern) for tag, (pattern, _) in _SCALARS.items()}


class _Loader(yaml.SafeLoader):
    """Composes nodes whose plain scalars have the tags of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 the base class fills it


for _name, (_pattern, _first) in _SCALARS.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^(?:{_pattern})$"), _first)


def parse(path: Path, problems: Problems, environ: Mapping[str, str]) -> tuple[Tree | None, bool]:
    """Reads a YAML file.

    Args:
        path: The file.
        problems: Takes a PipelineConfigurationError for each mistake.
        environ: The environment variables that it may refer to.

    Returns:
        The document, None for one that cannot be read or is empty; whether all of it was read.
    """
    before = len(problems.errors)
    try:
        root = _compose(path, _read_text(path), problems)
        tree = _Reader(path, problems, environ).tree(root) if root is not None else None
    except PipelineConfigurationError as error:
        problems.add(error)
        return None, False
    except RecursionError:
        problems.add(
            PipelineConfigurationError(
                f"The config {path} is nested too deeply.",
                remedy="Move deep values into files that a step reads.",
                place=Place(str(path), 1),
                code="ZC343",
            )
        )
        return None, False
    return tree, len(problems.errors) == before


def parse_value(text: str, place: Place, environ: Mapping[str, str]) -> Any:
    """The value of a text that stands alone, such as on a command line, read as in a file.

    Args:
        text: The text.
        place: Where it is written.
        environ: The environment variables that it may refer to.

    Raises:
        PipelineConfigurationError: if it cannot be read.
    """
    problems = Problems()
    try:
        root = yaml.compose(text, Loader=_Loader)
        tree = _Reader(Path(place.file), problems, environ).tree(root) if root else None
    except (yaml.YAMLError, RecursionError) as error:
        raise PipelineConfigurationError(
            f"{_shown(text)} is no valid YAML: {_problem(error)}.",
            remedy="Write it as in a config; text with special characters goes in quotes.",
            place=place,
            code="ZC314",
        ) from None
    # Places inside of the text are relative to it.
    raise_all(
        PipelineConfigurationError(
            error.message, remedy=error.diagnostic.remedy, place=place, code="ZC314"
        )
        for error in problems.errors
    )
    return plain(tree) if tree else None


def _read_text(path: Path) -> str:
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise OSError(errno.EINVAL, "It is no regular file")
        raw = path.read_bytes()
    except OSError as error:
        raise PipelineConfigurationError(
            f"The config {path} cannot be read: {error.strerror}.",
            remedy="Check the path given with -c.",
            code="ZC301",
        ) from None
    except ValueError as error:
        raise PipelineConfigurationError(
            f"The config {str(path)!r} cannot be read: {error}.",
            remedy="Check the path.",
            code="ZC301",
        ) from None
    if len(raw) > MAX_BYTES:
        raise PipelineConfigurationError(
            f"The config {path} has {len(raw)} bytes, more than the {MAX_BYTES} allowed.",
            remedy="Move large values into files that a step reads.",
            code="ZC341",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PipelineConfigurationError(
            f"The config {path} is not UTF-8.",
            remedy="Save it as UTF-8.",
            place=Place(str(path), line),
            code="ZC342",
        ) from None


def _compose(path: Path, text: str, problems: Problems) -> yaml.Node | None:
    """The document's root; every line that is indented with tabs is told, not only the first."""
    lines = text.splitlines(keepends=True)
    told: set[int] = set()
    while True:
        try:
            return yaml.compose("".join(lines), Loader=_Loader)
        except yaml.YAMLError as error:
            place = _error_place(path, text, error)
            line = place.line - 1
            indent = re.match(r"[ \t]*", lines[line])[0] if line < len(lines) else ""  # type: ignore[index]
            if "\t" in indent and line not in told:
                told.add(line)
                problems.add(_tab(Place(str(path), line + 1, 1, len(indent) + 1)))
                lines[line] = indent.replace("\t", "  ") + lines[line][len(indent) :]
            elif told:
                return None
            else:
                raise _invalid_yaml(path, error, place) from None


def _error_place(path: Path, text: str, error: yaml.YAMLError) -> Place:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return Place(str(path), mark.line + 1, mark.column + 1)
    position = getattr(error, "position", 0)
    start = text.rfind("\n", 0, position) + 1
    return Place(str(path), text.count("\n", 0, position) + 1, position - start + 1)


def _tab(place: Place) -> PipelineConfigurationError:
    return PipelineConfigurationError(
        "A line is indented with a tab, which YAML does not allow.",
        remedy="Indent with spaces.",
        place=place,
        code="ZC302",
    )


def _invalid_yaml(path: Path, error: yaml.YAMLError, place: Place) -> PipelineConfigurationError:
    return PipelineConfigurationError(
        f"The config {path} is no valid YAML: {_problem(error)}.",
        remedy="Indent with spaces, and put text with special characters in quotes.",
        place=place,
        code="ZC302",
    )


def _problem(error: Exception) -> str:
    return getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)


class _Reader:
    """Makes the tree of a composed document; mistakes are told, and left out."""

    def __init__(self, path: Path, problems: Problems, environ: Mapping[str, str]) -> None:
        self.file, self.problems, self.environ = str(path), problems, environ
        self._trees: dict[int, Tree] = {}
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()
        self._loader = _Loader("")

    def tree(self, node: yaml.Node) -> Tree:
        known = self._trees.get(id(node))
        if known is not None:
            return known
        if id(node) in self._open:
            self._mistake(
                "An alias stands inside of the value that it repeats.",
                "Write the value out.",
                node,
                "ZC305",
            )
            return self._broken(node)
        self._open.add(id(node))
        tree = self._made(node)
        self._open.discard(id(node))
        self._trees[id(node)] = tree
        children = _children(node)
        size = 1 + sum(self._sizes.get(id(child), 1) for child in children)
        if size - len(self._trees) > MAX_COPIES:
            self._mistake(
                f"The aliases in this value repeat more than {MAX_COPIES} values.",
                "Write the values out, or move them into a file that a step reads.",
                node,
                "ZC305",
            )
            tree, size = self._broken(node), 1
            self._trees[id(node)] = tree
        self._sizes[id(node)] = size
        return tree

    def _made(self, node: yaml.Node) -> Tree:
        tag = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.ScalarNode):
            return self._leaf(node, tag)
        if isinstance(node, yaml.SequenceNode):
            if tag != "seq":
                self._no_tag(node)
            items = [self.tree(item) for item in node.value]
            if any(map(_is_broken, items)):
                return self._broken(node)
            return Row(tuple(items), self._place(node))
        if tag != "map":
            self._no_tag(node)
        return self._branch(node)

    def _branch(self, node: yaml.Node) -> Branch:
        entries: dict[str, Entry] = {}
        inherited: list[Branch] = []
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                inherited += self._inherited(value)
            elif key.tag != f"{_TAG}str":
                self._mistake(
                    f"The key {_shown(key.value)} is no text.", "Put it in quotes.", key, "ZC321"
                )
            elif key.value in entries:
                self._mistake(
                    f"The key `{key.value}` is there twice.",
                    "Keep one of them.",
                    key,
                    "ZC320",
                    [Related("the other one", entries[key.value].place)],
                )
            else:
                entries[key.value] = Entry(self._place(key), self.tree(value))
        entries = {key: entry for key, entry in entries.items() if not _is_broken(entry.value)}
        for branch in inherited:
            entries = {**branch.entries, **entries}
        return Branch(entries, self._place(node))

    def _inherited(self, node: yaml.Node) -> list[Branch]:
        """The mappings that `<<` brings in; an earlier one wins over a later one."""
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        trees = [self.tree(item) for item in items]
        branches = [tree for tree in trees if isinstance(tree, Branch)]
        if len(branches) < len(trees):
            self._mistake(
                "`<<` takes in what is no mapping.",
                "Give it the alias of a mapping, as in `<<: *defaults`.",
                node,
                "ZC330",
            )
        return branches

    def _leaf(self, node: yaml.ScalarNode, tag: str) -> Leaf:
        place = self._place(node) if node.value or node.style else None
        filled = fill(node.value, self.environ) if tag == "str" else Filled(node.value)
        if filled.missing or filled.broken:
            self._not_there(node, filled)
            return self._broken(node)
        text = filled.text
        if filled.whole and not node.style:
            resolved = self._loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
            tag = str(resolved).removeprefix(_TAG)
        try:
            value = _scalar(tag, text)
        except (ValueError, OverflowError):
            what = "a number" if tag in ("int", "float") else "text" if tag == "str" else tag
            self._mistake(
                f"{_shown(text)} cannot be read as {what}.", "Change the value.", node, "ZC330"
            )
            return self._broken(node)
        except KeyError:
            self._no_tag(node)
            return self._broken(node)
        return Leaf(value, place, filled.variables)

    def _not_there(self, node: yaml.Node, filled: Filled) -> None:
        for name in filled.missing:
            self._mistake(
                f"The environment variable `{name}` is not set.",
                f"Set it, or give it a default: `${{env:{name}:-value}}`.",
                node,
                "ZC336",
            )
        for text in filled.broken:
            self._mistake(
                f"`{text}` refers to no environment variable.",
                "Write `${env:NAME}` or `${env:NAME:-default}`; `$${` stands for `${` itself.",
                node,
                "ZC336",
            )

    def _broken(self, node: yaml.Node) -> Leaf:
        return Leaf(None, self._place(node), broken=True)

    def _no_tag(self, node: yaml.Node) -> None:
        self._mistake(
            f"The tag `{node.tag}` is not supported.",
            "Write plain text, numbers, lists and mappings.",
            node,
            "ZC330",
        )

    def _mistake(
        self,
        message: str,
        remedy: str,
        node: yaml.Node,
        code: str,
        related: Iterable[Related] = (),
    ) -> None:
        place = self._place(node)
        self.problems.add(
            PipelineConfigurationError(
                message, remedy=remedy, place=place, code=code, related=related
            )
        )

    def _place(self, node: yaml.Node) -> Place:
        start, end = node.start_mark, node.end_mark
        on_one_line = start.line == end.line
        return Place(
            self.file, start.line + 1, start.column + 1, end.column + 1 if on_one_line else None
        )


def _is_broken(tree: Tree) -> bool:
    return isinstance(tree, Leaf) and tree.broken


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _scalar(tag: str, text: str) -> Any:
    """The value of a scalar.

    Raises:
        ValueError: if the text is none of that type, or holds half of a character.
        KeyError: if the type is not known.
    """
    if tag in ("str", "merge"):
        text.encode()
        return text
    if not _PATTERNS[tag].fullmatch(text):
        raise ValueError(text)
    if tag == "null":
        return None
    if tag == "bool":
        return text in _TRUE
    if tag == "float":
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
