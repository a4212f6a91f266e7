"""trace: runs each pipeline's body with symbolic artifacts, and notes the steps that it calls."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from zcompile.authoring.pipeline import Pipeline, PipelineInstance
from zcompile.authoring.tracing import tracing
from zcompile.config import NO_CONFIG, ConfigFile
from zcompile.graph import Graph
from zcompile.program import Program
from zruntime.exceptions import PipelineConfigurationError, PipelineInterfaceError


def trace(program: Program) -> Program:
    """Traces all variants.

    Raises:
        PipelineInterfaceError, StepInterfaceError: if a pipeline is wired wrongly.
    """
    variants = tuple(
        replace(variant, graph=trace_instance(variant.instance, variant.config))
        for variant in program.variants
    )
    return replace(program, variants=variants)


def trace_instance(instance: PipelineInstance, config: ConfigFile = NO_CONFIG) -> Graph:
    """The graph of a pipeline instance.

    Raises:
        PipelineInterfaceError: if it has no steps, or a parameter is missing or of a wrong type.
        StepInterfaceError: if a step's inputs do not fit.
    """
    pipeline = instance.pipeline
    parameters = _parameters(pipeline, instance.parameters, config)
    slots = {id(step): name for name, step in instance.steps.items()}
    with tracing(slots) as traced:
        pipeline.function(**instance.steps, **parameters)
    if not traced.nodes:
        raise PipelineInterfaceError(
            f"Pipeline `{pipeline.name}` has no steps.",
            remedy="Call at least one step in its body.",
            place=pipeline.place,
            code="ZC202",
        )
    return Graph(pipeline, tuple(traced.nodes.values()), pipeline.enable_cache)


def _parameters(
    pipeline: Pipeline,
    given: Mapping[str, Any],
    config: ConfigFile,
) -> dict[str, Any]:
    configured = config.config.parameters
    for name in configured:
        if name not in pipeline.parameters:
            known = ", ".join(f"`{item}`" for item in pipeline.parameters) or "none"
            raise PipelineConfigurationError(
                f"Pipeline `{pipeline.name}` has no parameter `{name}`.",
                remedy=f"Its parameters are: {known}.",
                place=config.key_place("parameters", name),
                code="ZC310",
            )
    values = {**given, **configured}
    return {
        name: _value(pipeline, argument, values, config if name in configured else NO_CONFIG)
        for name, argument in pipeline.parameters.items()
        if name in values or argument.default is argument.empty
    }


def _value(
    pipeline: Pipeline, argument: inspect.Parameter, values: Mapping[str, Any], config: ConfigFile
) -> Any:
    if argument.name not in values:
        raise PipelineInterfaceError(
            f"Parameter `{argument.name}` of pipeline `{pipeline.name}` has no value.",
            remedy=f"Call `{pipeline.name}({argument.name}=...)`, give it a default, or set it in "
            "the YAML config under `parameters:`.",
            place=pipeline.place,
            code="ZC205",
        )
    value = values[argument.name]
    if argument.annotation is argument.empty:
        return value
    try:
        return TypeAdapter(argument.annotation).validate_python(value)
    except ValidationError as error:
        kind = PipelineConfigurationError if config.path else PipelineInterfaceError
        raise kind(
            f"Parameter `{argument.name}` of pipeline `{pipeline.name}` is {value!r}: "
            f"{error.errors()[0]['msg']}.",
            remedy="Change the value, or the annotation.",
            place=config.value_place("parameters", argument.name) or pipeline.place,
            code="ZC206",
        ) from None
