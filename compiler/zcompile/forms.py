"""The trigger form: every parameter of a step as a typed Airflow Param."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from zcompile.authoring.parameters import plain_argument
from zcompile.graph import Graph, Node
from zcompile.hints import Scope
from zcompile.literals import Code, call, literal
from zcompile.program import Variant
from zcompile.schemas import argument_schema, field_schema, form_schema
from zruntime.exceptions import StepInterfaceError

_SWITCH = {
    "0": None,
    "type": ["null", "boolean"],
    "description": "Cache switch of this run; unset: as compiled.",
}

_OWN = frozenset(["default", "description", "schema", "source"])
"""Arguments of Param itself, which are no keywords of a schema."""


def form_params(
    graph: Graph, own: Mapping[str, tuple[Any, Any]] = MappingProxyType({})
) -> dict[str, Code]:
    """The DAG's params: the run's cache switch, and a section with the parameters of each step.

    Args:
        graph: The pipeline.
        own: Annotation and value of each of the pipeline's own parameters; they stand beside the
            switch.
    """
    params = {"enable_cache": call("Param", _SWITCH, 4, len('"enable_cache": ,'))}
    for name, (hint, value) in own.items():
        schema = form_schema(argument_schema(graph.name, name, hint), value)
        if schema is not None:
            params[name] = _param(value, schema, len(literal(name)) + 3)
    for node in graph.nodes:
        for name, value in node.parameters.items():
            schema = _schema(node, name, value)
            if schema is not None:
                key = f"{node.name}.{name}"
                params[key] = _param(value, {**schema, "section": node.name}, len(literal(key)) + 3)
    return params


def _schema(node: Node, name: str, value: Any) -> dict[str, Any] | None:
    """The schema of a parameter that is in the form."""
    signature = node.step.signature
    if not signature.config or name not in signature.config_fields:
        function = node.step.function_name
        return form_schema(argument_schema(function, name, signature.inputs[name]), value)
    model = signature.config[1]
    found = form_schema(field_schema(model, name), value)
    title = model.model_fields[name].title
    return {**found, "title": title} if found is not None and title else found


def _param(value: Any, schema: dict[str, Any], prefix: int) -> Code:
    """A Param whose schema is its keyword arguments, or a dict where a keyword is none of those."""
    described = {key: item for key, item in schema.items() if key == "description"}
    rest = {key: item for key, item in schema.items() if key != "description"}
    if not all(key.isidentifier() and not keyword.iskeyword(key) for key in rest) or _OWN & {*rest}:
        rest = {"schema": rest}
    return call("Param", {"0": value, **described, **rest}, 4, prefix)


def entrypoint(variant: Variant, module: str) -> str:
    """Where a worker finds the pipeline, as `module:name`; empty where it has no name."""
    instance = variant.instance
    as_is = not instance.steps and not instance.parameters
    for name, value in vars(sys.modules.get(module, sys)).items():
        if value is instance or (as_is and value is instance.pipeline):
            return f"{module}:{name}"
    return ""


def form_parameters(variant: Variant) -> dict[str, tuple[Any, Any]]:
    """Annotation and plain value of each of the pipeline's own parameters that JSON can hold."""
    pipeline = variant.instance.pipeline
    given = {**variant.instance.parameters, **variant.config.parameters}
    scope = Scope(pipeline.function)
    found: dict[str, tuple[Any, Any]] = {}
    for name, argument in pipeline.parameters.items():
        value = given.get(name, argument.default)
        if argument.annotation is argument.empty or value is argument.empty:
            continue
        hint = scope.resolved(argument.annotation)
        try:
            found[name] = (hint, plain_argument(pipeline.name, name, hint, value))
        except StepInterfaceError:
            continue
    return found
