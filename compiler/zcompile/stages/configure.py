"""configure: merges defaults, code and YAML into the parameters and switches of each step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from zcompile.config import ConfigFile, StepSettings
from zcompile.graph import Graph, Node
from zcompile.problems import listed, nearest
from zcompile.program import Program
from zruntime.exceptions import (
    MissingStepParameterError,
    PipelineConfigurationError,
    StepInterfaceError,
)

CACHE_SWITCH = "enable_cache"
"""The seed's place for a step's cache switch is among its parameters."""


def configure(program: Program) -> Program:
    """Configures all variants.

    Raises:
        PipelineConfigurationError: if a config names what does not exist or sets a wrong value.
        StepInterfaceError: if a value set in code is wrong or missing.
    """
    variants = tuple(
        replace(variant, graph=configure_graph(variant.traced, variant.config))
        for variant in program.variants
    )
    return replace(program, variants=variants)


def configure_graph(graph: Graph, file: ConfigFile) -> Graph:
    """A graph whose steps have all of their parameters; YAML wins over code, code over defaults.

    Raises:
        PipelineConfigurationError, StepInterfaceError: as `configure`.
    """
    config = file.config
    names = [node.name for node in graph.nodes]
    for name in config.steps:
        if name not in names:
            raise _unknown(file, ("steps", name), f"Pipeline `{graph.name}` has no step", names)
    nodes = tuple(
        _configure_node(node, config.steps.get(node.name, StepSettings()), file)
        for node in graph.nodes
    )
    enable_cache = graph.enable_cache if config.enable_cache is None else config.enable_cache
    return replace(graph, nodes=nodes, enable_cache=enable_cache)


def _configure_node(node: Node, settings: StepSettings, file: ConfigFile) -> Node:
    parameters, enable_cache = _cache_switch(node, settings, file)
    signature = node.step.signature
    known = (*signature.config_fields, *(n for n in signature.inputs if n not in node.inputs))
    for name in parameters:
        if name not in known:
            keys = ("steps", node.name, "parameters", name)
            raise _unknown(file, keys, f"Step `{node.name}` has no parameter", known)
    try:
        normalized = node.step.normalize(
            {**node.parameters, **parameters}, wired=node.inputs, templates=True
        )
    except MissingStepParameterError as error:
        error.at(node.place)
        raise
    except StepInterfaceError as error:
        error.at(node.place)
        raise _blame(node, parameters, file, error) from None
    return replace(
        node,
        parameters=normalized,
        enable_cache=node.enable_cache if enable_cache is None else enable_cache,
        airflow=settings.airflow.model_dump(exclude_none=True),
    )


def _cache_switch(
    node: Node, settings: StepSettings, file: ConfigFile
) -> tuple[dict[str, Any], bool | None]:
    """The parameters without the switch that the seed keeps among them, and the switch."""
    parameters = dict(settings.parameters)
    signature = node.step.signature
    if CACHE_SWITCH in (*signature.config_fields, *signature.inputs):
        return parameters, settings.enable_cache
    switch = parameters.pop(CACHE_SWITCH, None)
    if switch is not None and not isinstance(switch, bool):
        raise PipelineConfigurationError(
            f"`enable_cache` of step `{node.name}` is {switch!r}, not true or false.",
            remedy="Write `true` or `false`.",
            place=file.key_place("steps", node.name, "parameters", CACHE_SWITCH),
            code="ZC312",
        )
    if None not in (switch, settings.enable_cache) and switch != settings.enable_cache:
        raise PipelineConfigurationError(
            f"`enable_cache` of step `{node.name}` is set twice, to different values.",
            remedy="Keep one of them.",
            place=file.key_place("steps", node.name, "enable_cache"),
            code="ZC313",
        )
    return parameters, settings.enable_cache if switch is None else switch


def _blame(
    node: Node, configured: dict[str, Any], file: ConfigFile, error: StepInterfaceError
) -> StepInterfaceError | PipelineConfigurationError:
    """The error as one of the config, if the code alone is right."""
    guilty = [name for name in configured if f"`{name}" in error.message]
    if not guilty or file.path is None:
        return error
    return PipelineConfigurationError(
        error.message,
        remedy=error.remedy,
        place=file.value_place("steps", node.name, "parameters", guilty[0]),
        code="ZC311",
    )


def _unknown(
    file: ConfigFile, keys: tuple[str, ...], message: str, known: Iterable[str]
) -> PipelineConfigurationError:
    names = list(known)
    return PipelineConfigurationError(
        f"{message} `{keys[-1]}`.",
        remedy=f"There are: {listed(names)}.",
        suggestion=nearest(keys[-1], names),
        place=file.key_place(*keys),
        code="ZC310",
    )
