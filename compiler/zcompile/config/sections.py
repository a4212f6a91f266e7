"""The keys that each section of a config knows, found by the keys that lead to it."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from zcompile.config.assets import Section
from zcompile.config.models import PipelineConfig


def known_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys of the section at nested keys, such as `("dag", "default_args")`."""
    names = (name for model in _models(keys) for name in model.model_fields)
    return tuple(dict.fromkeys(names))


def reasons(keys: tuple[str, ...]) -> Mapping[str, str]:
    """The keys that the section knows and does not take, each with the reason."""
    found: dict[str, str] = {}
    for model in _models(keys):
        found |= getattr(model, "RESERVED", {})
    return found


def _models(keys: tuple[str, ...]) -> list[type[Section]]:
    """The models that the value at nested keys may be of."""
    models: list[type[Section]] = [PipelineConfig]
    inner: list[Any] = []
    for key in keys:
        inner = [item for hint in inner for item in _inside(hint)]
        for model in models:
            if key in model.model_fields:
                inner.append(model.model_fields[key].annotation)
        models = [model for hint in inner for model in _direct(hint)]
    return models


def _direct(hint: Any) -> Iterator[type[Section]]:
    """The sections that a value of an annotation may be."""
    if isinstance(hint, type) and issubclass(hint, Section):
        yield hint
    elif get_origin(hint) is Annotated:
        yield from _direct(get_args(hint)[0])
    elif get_origin(hint) in (Union, types.UnionType):
        for item in get_args(hint):
            yield from _direct(item)


def _inside(hint: Any) -> Iterator[Any]:
    """The annotations of the items of a dict or tuple."""
    if get_origin(hint) is Annotated:
        yield from _inside(get_args(hint)[0])
    elif get_origin(hint) in (Union, types.UnionType):
        for item in get_args(hint):
            yield from _inside(item)
    elif get_origin(hint) in (dict, tuple):
        yield get_args(hint)[-1 if get_origin(hint) is dict else 0]
