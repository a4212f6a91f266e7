"""Reading a YAML config from a file; every key and value knows its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zcompile.config.models import DagArguments, PipelineConfig, StepSettings, TaskArguments
from zcompile.problems import Problems, listed, nearest
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineConfigurationError

MAX_BYTES = 4 * 1024 * 1024
"""Size at which a config is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config that has been read.

    Attributes:
        config: What it says.
        path: Its file; None for the config of a pipeline that has none.
        complete: Whether all of the file was understood; where it was not, `config` lacks the
            parts that were wrong, and what they would have set is unknown.
    """

    config: PipelineConfig = field(default_factory=PipelineConfig)
    path: Path | None = None
    complete: bool = True
    _root: yaml.Node | None = field(default=None, repr=False, compare=False)

    def key_place(self, *keys: str) -> Place | None:
        """Where a nested key is written, or the deepest of its parents that is there."""
        return _place(self.path, self._root, keys)

    def value_place(self, *keys: str) -> Place | None:
        """Where the value of a nested key is written; the place of the key for a long value."""
        return _place(self.path, self._root, keys, value=True)


NO_CONFIG = ConfigFile()


_KEY_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, for which a repeated key is an error and aliases are refused.

    A config has no use for aliases, and nested ones can make a small file fill the memory.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
            kind = node.tag.rpartition(":")[2]
            raise yaml.MarkedYAMLError(
                problem=f"{_shown(node.value)} is no {kind}", problem_mark=node.start_mark
            ) from None
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag not in _KEY_TAGS:
                raise yaml.MarkedYAMLError(
                    problem="a key is no text, which it is in quotes",
                    problem_mark=key_node.start_mark,
                )
            if key_node.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key `{key_node.value}` is there twice",
                    problem_mark=key_node.start_mark,
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


def read_config(path: Path, problems: Problems) -> ConfigFile:
    """Reads a YAML config; what is wrong with it is added to the problems.

    Args:
        path: The file.
        problems: Takes a PipelineConfigurationError for each mistake: the file cannot be read, is
            no YAML, or has a key or a value that a config does not have.

    Returns:
        The config, without the parts that are wrong.
    """
    try:
        data, root = _parse(path, _read_text(path))
    except PipelineConfigurationError as error:
        problems.add(error)
        return ConfigFile(path=path, complete=False)
    if not isinstance(data, dict):
        kind = "empty" if data is None else f"a {type(data).__name__}"
        problems.add(
            PipelineConfigurationError(
                f"The config {path} is {kind} where a mapping is expected.",
                remedy="Write keys such as `enable_cache:` or `steps:` at its top level.",
                place=Place(str(path), 1),
                code="ZC303",
            )
        )
        return ConfigFile(path=path, complete=False)
    try:
        return ConfigFile(PipelineConfig.model_validate(data), path, _root=root)
    except ValidationError as error:
        wrong = error.errors()
    for details in wrong:
        problems.add(_invalid(path, root, details))
    rest = PipelineConfig.model_validate(_without(data, [item["loc"] for item in wrong]))
    return ConfigFile(rest, path, complete=False, _root=root)


def _without(data: Mapping[str, Any], wrong: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
    """The data without the values at these places; every key of a config may be left out."""
    pruned = dict(data)
    for first, *inner in wrong:
        child = pruned.get(str(first))
        if inner and inner != ["[key]"] and isinstance(child, Mapping):
            pruned[str(first)] = _without(child, [tuple(inner)])
        else:
            pruned.pop(str(first), None)
    return pruned


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PipelineConfigurationError(
            f"The config {path} cannot be read: {error.strerror}.",
            remedy="Check the path given with -c.",
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


def _parse(path: Path, text: str) -> tuple[Any, yaml.Node | None]:
    try:
        root = yaml.compose(text, Loader=_Loader)
        loader = _Loader(text)
        try:
            return loader.get_single_data(), root
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise PipelineConfigurationError(
            f"The config {path} is no valid YAML: {problem}.",
            remedy="Indent with spaces, and write each key once.",
            place=Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path), 1),
            code="ZC302",
        ) from None
    except RecursionError:
        raise PipelineConfigurationError(
            f"The config {path} is nested too deeply.",
            remedy="Move deep values into files that a step reads.",
            place=Place(str(path), 1),
            code="ZC343",
        ) from None


def _invalid(
    path: Path, root: yaml.Node | None, details: ErrorDetails
) -> PipelineConfigurationError:
    keys = tuple(str(item) for item in details["loc"] if item != "[key]")
    name = ".".join(keys)
    if details["type"] == "extra_forbidden":
        known = _known_keys(keys[:-1])
        return PipelineConfigurationError(
            f"The config has an unknown key `{name}`.",
            remedy=f"Known keys: {listed(known)}.",
            suggestion=nearest(keys[-1], known),
            place=_place(path, root, keys),
            code="ZC304",
        )
    if details["type"] in ("model_type", "dict_type"):
        message = f"The config's `{name}` is {_shown(details['input'])}, not a mapping."
        remedy = f"Write its keys on lines of their own below `{keys[-1]}:`, further indented."
    else:
        problem = details["msg"].removeprefix("Value error, ")
        message = f"The config's `{name}` is {_shown(details['input'])}: {problem}."
        remedy = "Change the value, or leave the key out."
    place = _place(path, root, keys, value=True)
    return PipelineConfigurationError(message, remedy=remedy, place=place, code="ZC344")


def _shown(value: Any) -> str:
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _known_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    model: type[BaseModel] = PipelineConfig
    for index, key in enumerate(keys):
        if key == "steps":
            model = StepSettings
        elif key == "dag":
            model = DagArguments
        elif key in ("default_args", "airflow") and index:
            model = TaskArguments
    return tuple(model.model_fields)


def _place(
    path: Path | None, root: yaml.Node | None, keys: tuple[str, ...], *, value: bool = False
) -> Place | None:
    """The place of the deepest of nested keys that the document holds, or of its value."""
    if path is None:
        return None
    key, node = None, root
    for name in keys:
        if not isinstance(node, yaml.MappingNode):
            break
        match = next(((k, v) for k, v in node.value if k.value == name), None)
        if match is None:
            value = False
            break
        key, node = match
    shown = node if value and isinstance(node, yaml.ScalarNode) and node.value else key
    if shown is None:
        return Place(str(path), 1)
    start, end = shown.start_mark, shown.end_mark
    on_one_line = start.line == end.line
    return Place(
        str(path), start.line + 1, start.column + 1, end.column + 1 if on_one_line else None
    )
