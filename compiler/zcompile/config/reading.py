"""Reading a YAML config from a file; every key and value knows its place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zcompile.config.checks import contradictions
from zcompile.config.file import ConfigFile, Keys, place_in
from zcompile.config.models import PipelineConfig
from zcompile.config.sections import known_keys, reasons
from zcompile.config.tree import Branch, Leaf, Tree, find, plain
from zcompile.problems import Problems, listed, nearest
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineConfigurationError


def read_config(
    path: Path, problems: Problems, environ: Mapping[str, str] | None = None
) -> ConfigFile:
    """Reads a YAML config; what is wrong with it is added to the problems.

    Args:
        path: The file.
        problems: Takes a PipelineConfigurationError for each mistake: the file or one that it
            extends cannot be read, is no YAML, refers to an environment variable that is not set,
            or has a key or a value that a config does not have.
        environ: The environment variables, this process's by default.

    Returns:
        The config, without the parts that are wrong.
    """
    from zcompile.config.extending import read_tree  # PyYAML, which a run without config spares

    root, complete = read_tree(path, problems, os.environ if environ is None else environ)
    if not isinstance(root, Branch):
        if complete:
            problems.add(_no_mapping(path, root))
        return ConfigFile(path=path, complete=False)
    data = plain(root)
    try:
        config = PipelineConfig.model_validate(data)
    except ValidationError as error:
        complete = False
        wrong = _mistakes(root, error)
        for keys, details in wrong:
            problems.add(_invalid(path, root, keys, details))
        config = PipelineConfig.model_validate(
            _without(data, [_argument(keys) for keys, _ in wrong])
        )
    file = ConfigFile(config, path, complete, root)
    for keys, problem, remedy, code in contradictions(config):
        place = file.value_place(*keys)
        problems.add(PipelineConfigurationError(problem, remedy=remedy, place=place, code=code))
    return file


def _no_mapping(path: Path, root: Tree | None) -> PipelineConfigurationError:
    data = plain(root) if root is not None else None
    kind = "empty" if data is None else f"a {type(data).__name__}"
    return PipelineConfigurationError(
        f"The config {path} is {kind} where a mapping is expected.",
        remedy="Write keys such as `enable_cache:` or `steps:` at its top level.",
        place=Place(str(path), 1),
        code="ZC303",
    )


def _mistakes(root: Branch, error: ValidationError) -> list[tuple[Keys, ErrorDetails]]:
    """What is wrong, by nested keys; for a value that none of several types fits, once."""
    found: dict[Keys, ErrorDetails] = {}
    for details in error.errors():
        keys: Keys = ()
        for item in map(str, details["loc"]):
            if isinstance(find(root, keys).node, Leaf):
                break
            if not (item.startswith("<") and item.endswith(">")) and item != "[key]":
                keys = (*keys, item)
        if keys in found:
            found[keys]["msg"] += f"; or: {details['msg']}"
        else:
            found[keys] = details
    return list(found.items())


def _without(data: Mapping[str, Any], wrong: Iterable[Keys]) -> dict[str, Any]:
    """The data without the values at these keys."""
    pruned = dict(data)
    for first, *inner in wrong:
        child = pruned.get(first)
        if inner and isinstance(child, Mapping):
            pruned[first] = _without(child, [tuple(inner)])
        else:
            pruned.pop(first, None)
    return pruned


def _argument(keys: Keys) -> Keys:
    """The keys up to an argument of the DAG or a task, which may be left out as a whole."""
    depth = {"dag": 2, "steps": 3}.get(keys[0], 1)
    if keys[depth - 1 : depth] in (("default_args",), ("airflow",)):
        depth += 1
    return keys[:depth]


def _invalid(
    path: Path, root: Tree, keys: Keys, details: ErrorDetails
) -> PipelineConfigurationError:
    name = ".".join(keys)
    if details["type"] == "extra_forbidden":
        return _unknown_key(path, root, keys)
    code = details["type"] if details["type"].startswith("ZC") else "ZC344"
    shown = _shown(details["input"])
    if details["type"] in ("model_type", "dict_type", "model_attributes_type"):
        message = f"The config's `{name}` is {shown}, not a mapping."
        remedy = f"Write its keys on lines of their own below `{keys[-1]}:`, further indented."
    elif details["type"] == "missing":
        message = f"The config's `{name}` is missing."
        remedy = f"Add `{keys[-1]}:`."
    else:
        problem = details["msg"].removeprefix("Value error, ")
        message = f"The config's `{name}` is {shown}: {problem}."
        remedy = "Change the value, or leave the key out."
    place = place_in(path, root, keys, value=True)
    return PipelineConfigurationError(message, remedy=remedy, place=place, code=code)


def _unknown_key(path: Path, root: Tree, keys: Keys) -> PipelineConfigurationError:
    name, key = ".".join(keys), keys[-1]
    known, reserved = known_keys(keys[:-1]), reasons(keys[:-1])
    place = place_in(path, root, keys)
    if key in reserved:
        return PipelineConfigurationError(
            f"The config cannot set `{name}`: {reserved[key]}.",
            remedy="Leave it out.",
            place=place,
            code="ZC322",
        )
    return PipelineConfigurationError(
        f"The config has an unknown key `{name}`.",
        remedy=f"Known keys: {listed(known)}.",
        suggestion=nearest(key, known),
        place=place,
        code="ZC304",
    )


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=True)
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
