"""The trigger form: every parameter of a step as a typed Airflow Param."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

from zcompile.graph import Graph, Node
from zcompile.literals import Code, call, literal
from zruntime.templates import holds_template

_SWITCH = {
    "0": None,
    "type": ["null", "boolean"],
    "description": "Cache switch of this run; unset: as compiled.",
}

_SCHEMA = frozenset(
    [
        "type",
        "description",
        "format",
        "enum",
        "const",
        "examples",
        "pattern",
        "items",
        "prefixItems",
        "properties",
        "required",
        "additionalProperties",
        "uniqueItems",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "anyOf",
        "oneOf",
        "allOf",
    ]
)
"""Keywords of JSON schema that a Param takes over; others could be arguments of Param itself."""


def form_params(graph: Graph) -> dict[str, Code]:
    """The DAG's params: the run's cache switch, and a section with the parameters of each step."""
    params = {"enable_cache": call("Param", _SWITCH, 4, len('"enable_cache": ,'))}
    for node in graph.nodes:
        for name, value in node.parameters.items():
            if holds_template(value):
                continue
            key = f"{node.name}.{name}"
            arguments = {"0": value, **_schema(node, name), "section": node.name}
            params[key] = call("Param", arguments, 4, len(literal(key)) + 3)
    return params


def _schema(node: Node, name: str) -> dict[str, Any]:
    """The JSON schema of a parameter, without references, as Airflow's form reads it."""
    config = node.step.signature.config
    if config and name in config[1].model_fields:
        field = config[1].model_fields[name]
        hint = Annotated.__class_getitem__((field.annotation, field))  # type: ignore[attr-defined]
    else:
        hint = node.step.signature.inputs[name]
    try:
        schema = TypeAdapter(hint).json_schema()
    except PydanticInvalidForJsonSchema:
        return {}
    plain = _inlined(schema, schema.get("$defs", {}), ())
    return {key: value for key, value in plain.items() if key in _SCHEMA and _is_plain(value)}


def _is_plain(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _inlined(schema: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """A schema with its references replaced; a model that contains itself ends as any object."""
    if isinstance(schema, list):
        return [_inlined(item, definitions, inside) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference:
        if reference in inside:
            return {"type": "object"}
        target = _inlined(definitions[reference], definitions, (*inside, reference))
        return {**target, **{key: item for key, item in schema.items() if key != "$ref"}}
    plain = {
        key: _inlined(item, definitions, inside) for key, item in schema.items() if key != "$defs"
    }
    if isinstance(plain.get("title"), str):
        del plain["title"]
    return _type_list(plain)


def _type_list(schema: dict[str, Any]) -> dict[str, Any]:
    """``anyOf`` of an only type and null as a list of types, which Airflow's form understands."""
    options = schema.get("anyOf", [])
    null = {"type": "null"}
    others = [option for option in options if option != null]
    if len(others) == 1 and null in options and isinstance(others[0].get("type"), str):
        rest = {key: item for key, item in schema.items() if key != "anyOf"}
        return {**others[0], **rest, "type": [others[0]["type"], "null"]}
    return schema
