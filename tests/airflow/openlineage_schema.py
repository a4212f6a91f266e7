"""Validates OpenLineage events against the classes that OpenLineage generates from its schema."""

from __future__ import annotations

import pkgutil
from enum import Enum
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlparse

import attr
from beartype.door import is_bearable
from openlineage.client import generated
from openlineage.client.event_v2 import RunEvent
from openlineage.client.facet_v2 import BaseFacet

_MODULES: Final = [
    import_module(f"{generated.__name__}.{module.name}")
    for module in pkgutil.iter_modules(generated.__path__)
]
_FACETS: Final[dict[str, type]] = {
    kind._get_schema(): kind
    for module in _MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, BaseFacet)
}
"""The classes of facets by the addresses of their schemas."""


def assert_follows_schema(event: dict[str, Any]) -> None:
    """Checks that an event has what its schema demands, and in its standard facets nothing else.

    Raises:
        AssertionError, TypeError, ValueError: if not.
    """
    assert event["schemaURL"] == RunEvent._get_schema()
    _built(RunEvent, event)


def _built(kind: Any, data: dict[str, Any]) -> Any:
    """An object of a class from plain data; attrs demands and checks its fields."""
    hints = get_type_hints(kind)
    known = {field.name: field for field in attr.fields(kind)}
    if issubclass(kind, BaseFacet) and "/spec/facets/" in kind._get_schema():
        assert data.keys() <= known.keys()
    given = {field.alias: name for name, field in known.items() if field.init and name in data}
    return kind(**{alias: _value(hints[name], data[name]) for alias, name in given.items()})


def _value(hint: Any, value: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        wanted = next(kind for kind in arguments if kind is not NoneType)
        return None if value is None else _value(wanted, value)
    if origin is list:
        return [_value(arguments[0], item) for item in value]
    if origin is dict:
        return {name: _value(arguments[1], item) for name, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, BaseFacet):
        addresses = [urlparse(value[name]) for name in ("_producer", "_schemaURL")]
        assert all(address.scheme and address.netloc for address in addresses)
        return _built(_FACETS.get(value["_schemaURL"], hint), value)
    if attr.has(hint):
        return _built(hint, value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    assert is_bearable(value, hint)
    return value
