"""JSON schemas of parameters, as Airflow's trigger form renders and validates them.

The form (looked up in Airflow 3.3.2) chooses a field by the schema's `type`, `format`, `enum` and
the `type` of `items`, and follows no `$ref` for that; jsonschema then validates with all of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from operator import getitem
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from zcompile.authoring.annotations import adapter_of
from zruntime.templates import holds_template

Schema = dict[str, Any]

LONGEST = 4000
"""Characters of a schema with all references replaced, up to which they are."""

LARGEST = 2**53
"""The largest integer that a browser knows exactly; others are left out of the form."""

_DEFINITIONS = "$defs"
_ANYTHING = ["array", "boolean", "null", "number", "object", "string"]

_KEYWORDS = frozenset(
    (
        *("$defs", "$ref", "type", "description", "format", "enum", "const", "examples"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("pattern", "minLength", "maxLength", "values_display"),
        *("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
        *("properties", "required", "additionalProperties", "patternProperties"),
        *("minProperties", "maxProperties", "anyOf", "oneOf", "allOf"),
    )
)
"""Keywords that a Param takes over; others mean nothing to Airflow or are for other tools."""

_UNCHECKED = frozenset(
    (
        *("binary", "path", "file-path", "directory-path", "base64url", "json-string"),
        *("ipvanyaddress", "ipvanyinterface", "ipvanynetwork", "multi-host-uri", "uri", "time"),
        *("ipv4network", "ipv6network", "ipv4interface", "ipv6interface"),
    )
)
"""Formats that jsonschema does not check, or checks otherwise than pydantic: a time has no zone."""


@lru_cache(maxsize=1024)
def field_schema(model: type[BaseModel], name: str) -> Schema:
    """The JSON schema of a config's field, with its description; empty where there is none."""
    field = model.model_fields[name]
    hint: Any = getitem(Annotated, (field.annotation, field))
    return _schema(TypeAdapter(hint))


def argument_schema(step: str, name: str, hint: Any) -> Schema:
    """The JSON schema of a step's argument; empty where there is none."""
    return _schema(adapter_of(step, name, hint))


def form_schema(schema: Schema, value: Any) -> Schema | None:
    """The schema of a parameter in the form.

    Args:
        schema: The parameter's JSON schema, as pydantic gives it.
        value: The parameter's value, which the form starts with.

    Returns:
        The schema, or None for what must not be in a form: secrets, and what `is_for_form` says.
    """
    if _is_secret(schema) or not is_for_form(value):
        return None
    definitions = schema.get(_DEFINITIONS, {})
    schema = {key: item for key, item in schema.items() if key not in (_DEFINITIONS, "default")}
    found = _inlined(schema, definitions, ())
    is_long = len(json.dumps(found, default=str)) > LONGEST
    if definitions and (is_long or _recursive(definitions)):
        found = _with_definitions(schema, definitions)
    found = _rendered(found, value)
    return {key: item for key, item in found.items() if key in _KEYWORDS and _is_plain(item)}


def is_for_form(value: Any) -> bool:
    """Whether a value can be in a form: no template, and no integer that browsers would change."""
    return not holds_template(value) and all(abs(item) <= LARGEST for item in _integers(value))


@lru_cache(maxsize=1024)
def _schema(adapter: TypeAdapter[Any]) -> Schema:
    try:
        return adapter.json_schema()
    except (PydanticInvalidForJsonSchema, PydanticUserError):
        return {}


def _is_secret(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_is_secret, schema))
    if not isinstance(schema, Mapping):
        return False
    return schema.get("writeOnly") is True or any(map(_is_secret, schema.values()))


def _integers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _integers(item)


def _is_plain(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _reference(schema: Mapping[str, Any]) -> str:
    """The name of the definition that a schema refers to, or an empty string."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _inlined(schema: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """A schema with its references replaced; one to itself ends as any object."""
    if isinstance(schema, list):
        return [_inlined(item, definitions, inside) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    name = _reference(schema)
    if name in definitions:
        if name in inside:
            return {"type": "object"}
        target = _inlined(definitions[name], definitions, (*inside, name))
        return {**target, **{key: item for key, item in schema.items() if key != "$ref"}}
    return _tidy({key: _inlined(item, definitions, inside) for key, item in schema.items()})


def _recursive(definitions: Mapping[str, Any]) -> bool:
    """Whether a definition contains itself, so that it cannot be replaced for good."""

    def reaches(name: str, goal: str, seen: set[str]) -> bool:
        if name in seen:
            return False
        seen.add(name)
        found = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', json.dumps(definitions[name])))
        return goal in found or any(reaches(item, goal, seen) for item in found & {*definitions})

    return any(reaches(name, name, set()) for name in definitions)


def _with_definitions(schema: Schema, definitions: Mapping[str, Any]) -> Schema:
    """A schema with its references kept, except for the outermost, whose type the form needs."""
    outer = {**definitions.get(_reference(schema), {}), **schema}
    outer.pop("$ref", None)
    for key in ("items", "additionalProperties"):
        name = _reference(outer.get(key, {})) if isinstance(outer.get(key), Mapping) else ""
        if "type" in definitions.get(name, {}):
            outer[key] = {"type": definitions[name]["type"], **outer[key]}
    for key in ("anyOf", "oneOf"):
        if key in outer:
            outer[key] = [_typed(option, definitions) for option in outer[key]]
    tidied = {name: _tidy_all(item) for name, item in definitions.items()}
    return {**_tidy_all(outer), _DEFINITIONS: tidied}


def _typed(option: Schema, definitions: Mapping[str, Any]) -> Schema:
    target = definitions.get(_reference(option), {})
    return {"type": target["type"], **option} if "type" in target else option


def _tidy_all(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tidy_all(item) for item in schema]
    if isinstance(schema, Mapping):
        return _tidy({key: _tidy_all(item) for key, item in schema.items()})
    return schema


def _tidy(schema: Schema) -> Schema:
    """A schema without the titles that pydantic makes up, and with types in a list if it may."""
    if isinstance(schema.get("title"), str):
        schema = {key: item for key, item in schema.items() if key != "title"}
    if "pattern" in schema and not _is_pattern(schema["pattern"]):
        schema = {key: item for key, item in schema.items() if key != "pattern"}
    if schema.get("format") in _UNCHECKED:
        schema = {key: item for key, item in schema.items() if key != "format"}
    return _options_as_types(schema)


def _is_pattern(pattern: object) -> bool:
    """Whether Python reads a pattern too; pydantic's is that of Rust."""
    try:
        re.compile(str(pattern))
    except re.error:
        return False
    return True


def _options_as_types(schema: Schema) -> Schema:
    """`anyOf` with the types of its options in one list, which is all that the form looks at."""
    options = schema.get("anyOf") or schema.get("oneOf") or []
    if not options or not all("type" in option for option in options):
        return schema
    rest = {key: item for key, item in schema.items() if key != "anyOf"}
    null = {"type": "null"}
    others = [option for option in options if option != null]
    types = list(dict.fromkeys(kind for option in options for kind in _types(option)))
    if all(option.keys() == {"type"} for option in options) and "anyOf" in schema:
        return {**rest, "type": types}
    if len(others) == 1 and null in options and "$ref" not in others[0]:
        merged = {**others[0], **rest, "type": [*_types(others[0]), "null"]}
        if "enum" in merged:
            merged["enum"] = [*merged["enum"], None]
        if "const" in merged:
            merged["enum"] = [merged.pop("const"), None]
        return merged
    return {**schema, "type": types}


def _types(schema: Schema) -> list[str]:
    kinds = schema["type"]
    return list(kinds) if isinstance(kinds, list) else [kinds]


def _rendered(schema: Schema, value: Any) -> Schema:
    """A schema with what makes the form show the right kind of field for a value."""
    found = dict(schema)
    if "type" not in found:
        values = [found["const"]] if "const" in found else found.get("enum", [])
        found["type"] = list(dict.fromkeys(map(_type_of, values))) or _ANYTHING
    types = _types(found)
    if "array" in types:
        found.pop("examples", None)  # The form would let people select some of these as items.
        found.update(_array_keywords(found))
    if value == "" and types == ["string"]:
        # The form wants a text where null is no option, and takes the empty one for none.
        found["type"] = ["string", "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    if isinstance(value, str):
        if found.get("format") == "date-time" and not re.search(r"(Z|[+-]\d\d:\d\d)$", value):
            del found["format"]  # A format that asks for a time zone.
        if "\n" in value and not found.keys() & {"format", "enum"}:
            found["format"] = "multiline"
    return found


def _type_of(value: Any) -> str:
    """JSON schema's name for the type of a plain value."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return names.get(type(value), "object")


def _array_keywords(schema: Schema) -> Schema:
    """Keywords for an array: choices to select some of, or items that are edited as JSON."""
    items = schema.get("items")
    known = items if isinstance(items, Mapping) else {}
    if "type" not in known:
        return {"items": {**known, "type": _ANYTHING}}
    if known["type"] == "string" and "enum" in known:
        return {"examples": known["enum"]}
    return {}
