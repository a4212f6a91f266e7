"""Which materializer a declared type leads to, before there is a value."""

from __future__ import annotations

import inspect
import types
import typing
from functools import lru_cache
from typing import Any, Final

from zruntime.materializers.base import BaseMaterializer, registrations
from zruntime.materializers.composite import CompositeMaterializer
from zruntime.materializers.encoding import CONTAINERS
from zruntime.materializers.pickles import CloudpickleMaterializer, SklearnMaterializer
from zruntime.materializers.plain import (
    DataclassMaterializer,
    JsonMaterializer,
    PydanticMaterializer,
)
from zruntime.materializers.registry import candidates

_NESTABLE: Final = (JsonMaterializer, PydanticMaterializer, DataclassMaterializer)
"""Materializers whose values JSON containers may hold."""


def materializer_for_hint(hint: Any) -> type[BaseMaterializer] | None:
    """The materializer of values that are annotated with `hint`.

    Annotated, Optional and NewType are looked through, of other generics the class counts. A
    container is JSON if its items are, and composite if each of them can be stored by itself.

    Returns:
        None where only the value can tell: Any, object, type variables, unions, abstract classes,
        and containers of these. `CloudpickleMaterializer` where no other fits.
    """
    hint = _stripped(hint)
    if hint is None or hint is type(None):
        return JsonMaterializer
    if type(hint) is type and hint not in CONTAINERS:
        return _for_class(hint, registrations())
    if typing.get_origin(hint) is typing.Literal:
        return _common([materializer_for_hint(type(item)) for item in typing.get_args(hint)])
    kind = typing.get_origin(hint) or hint
    if kind in CONTAINERS:
        return _for_container(typing.get_args(hint))
    return _for_class(kind, registrations()) if isinstance(kind, type) else None


def _stripped(hint: Any) -> Any:
    """`hint` without what does not change its values' materializer."""
    if type(hint) is type:
        return hint
    if typing.get_origin(hint) is typing.Annotated:
        return _stripped(typing.get_args(hint)[0])
    if isinstance(hint, typing.NewType):
        return _stripped(hint.__supertype__)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        others = [item for item in typing.get_args(hint) if item is not type(None)]
        return _stripped(others[0]) if len(others) == 1 else hint
    return hint


def _for_container(items: tuple[Any, ...]) -> type[BaseMaterializer] | None:
    found = [materializer_for_hint(item) for item in items if item is not ...]
    if not found or None in found:
        return None
    if all(item in _NESTABLE for item in found):
        return JsonMaterializer
    own = any(":" in item.format_name() for item in found if item is not None)
    last_resort = own or CloudpickleMaterializer in found
    return CloudpickleMaterializer if last_resort else CompositeMaterializer


def _common(found: list[type[BaseMaterializer] | None]) -> type[BaseMaterializer] | None:
    return found[0] if len(set(found)) == 1 else None


@lru_cache(maxsize=1024)
def _for_class(kind: type, registrations: int) -> type[BaseMaterializer] | None:
    if kind in (Any, object):
        return None
    first = next(candidates(kind), None)
    if first is not None:
        return first
    if kind.__module__.partition(".")[0] == "sklearn":
        return SklearnMaterializer  # mixins such as ClassifierMixin, which estimators derive from
    if inspect.isabstract(kind) or getattr(kind, "_is_protocol", False):
        return None
    return CloudpickleMaterializer
