"""The JSON Schema of a YAML config, by which an editor completes and checks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from zcompile.authoring.annotations import annotation_of
from zcompile.authoring.pipeline import Pipeline
from zcompile.config.models import PipelineConfig
from zcompile.graph import Graph, Node
from zcompile.hints import known
from zcompile.program import Program

SCHEMA_FILE = "zcompile.schema.json"
"""The file that `modeline` names, beside the config."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": r"\$\{env:[A-Za-z_]"}
_SECRET = r"^\$\{secret:.+\}$"
_NARROW = ("number", "integer", "boolean")


def modeline(file: str = SCHEMA_FILE) -> str:
    """The first line of a config, which tells editors where its schema is.

    Args:
        file: The schema's path, relative to the config, or its URL.
    """
    return f"# yaml-language-server: $schema={file}"


def schema(programs: Iterable[Program] = ()) -> dict[str, Any]:
    """The JSON Schema of a config.

    Args:
        programs: Traced programs, whose steps and parameters are the only ones that it then allows;
            without any, the schema of every config.
    """
    found = PipelineConfig.model_json_schema()
    graphs = [variant.graph for program in programs for variant in program.variants]
    steps = {node.name: node for graph in graphs if graph for node in graph.nodes}
    if steps:
        _narrow(found, [graph for graph in graphs if graph], steps)
    return {"$schema": _DIALECT, **_for_editors(found)}


def _narrow(found: dict[str, Any], graphs: list[Graph], steps: Mapping[str, Node]) -> None:
    """Puts the steps and parameters of pipelines in the place of any."""
    definitions = found["$defs"]
    pipelines = {graph.pipeline.name: graph.pipeline for graph in graphs}
    of_pipelines = {
        name: schema
        for pipeline in pipelines.values()
        for name, schema in _pipeline_parameters(pipeline, definitions)
    }
    found["properties"]["parameters"] |= _exactly(of_pipelines)
    settings = definitions["StepSettings"]
    sections = {}
    for name, node in steps.items():
        own = {**settings, "properties": dict(settings["properties"])}
        parameters = _exactly(dict(_step_parameters(node, definitions)))
        parameters["properties"].setdefault("enable_cache", {"type": "boolean"})
        own["properties"]["parameters"] = {**settings["properties"]["parameters"], **parameters}
        own["description"] = (node.step.__doc__ or settings["description"]).strip()
        sections[name] = own
    found["properties"]["steps"] |= _exactly(sections)


def _exactly(properties: dict[str, Any]) -> dict[str, Any]:
    return {"properties": properties, "additionalProperties": False}


def _pipeline_parameters(
    pipeline: Pipeline, definitions: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, argument in pipeline.parameters.items():
        yield name, _of(argument.annotation, f"{pipeline.name}.{name}", definitions)


def _step_parameters(
    node: Node, definitions: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    signature = node.step.signature
    prefix = node.step.function_name
    if signature.config:
        for name, field in signature.config[1].model_fields.items():
            found = _of(annotation_of(field), f"{prefix}.{name}", definitions)
            description = {"description": field.description} if field.description else {}
            yield name, {**found, **description}
    for name, hint in signature.inputs.items():
        if name not in node.inputs:
            yield name, _of(hint, f"{prefix}.{name}", definitions)


def _of(hint: Any, prefix: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of an annotation; what it defines is added to the definitions."""
    try:
        found = TypeAdapter(known(hint)).json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    except (PydanticInvalidForJsonSchema, PydanticUserError, NameError):
        return {}
    for name, item in found.pop("$defs", {}).items():
        definitions[f"{prefix}.{name}"] = item
    return found


def _for_editors(found: Any) -> Any:
    """A schema as editors read it best.

    It has no titles and defaults that pydantic made, and a reference to an environment variable may
    stand for any scalar. Texts of different kinds may overlap, so that one of them is enough.
    """
    if isinstance(found, list):
        return [_for_editors(item) for item in found]
    if not isinstance(found, dict):
        return found
    inner: dict[str, Any] = {}
    for key, item in found.items():
        if key in ("properties", "$defs"):
            inner[key] = {name: _for_editors(each) for name, each in item.items()}
        elif key in ("enum", "const", "examples"):
            inner[key] = item
        elif key not in ("title", "default"):
            inner["anyOf" if key == "oneOf" else key] = _for_editors(item)
    if inner.get("writeOnly"):
        return {**inner, "pattern": _SECRET}
    is_narrow = "enum" in inner or "const" in inner or inner.get("type") in _NARROW
    if not is_narrow and not (inner.get("type") == "string" and "pattern" in inner):
        return inner
    description = {"description": inner.pop("description")} if "description" in inner else {}
    return {**description, "anyOf": [inner, _REFERENCE]}
