"""configure: merges defaults, code and YAML into the parameters and switches of each step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from zcompile.config import PipelineConfig, StepSettings, place_in
from zcompile.graph import Graph, Node
from zcompile.program import Program
from zruntime.exceptions import (
    MissingStepParameterError,
    PipelineConfigurationError,
    Place,
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
        replace(variant, graph=configure_graph(variant.traced, variant.config, variant.config_path))
        for variant in program.variants
    )
    return replace(program, variants=variants)


def configure_graph(graph: Graph, config: PipelineConfig, path: Path | None) -> Graph:
    """A graph whose steps have all of their parameters; YAML wins over code, code over defaults.

    Raises:
        PipelineConfigurationError, StepInterfaceError: as `configure`.
    """
    names = [node.name for node in graph.nodes]
    for name in config.steps:
        if name not in names:
            raise _unknown(path, ("steps", name), f"Pipeline `{graph.name}` has no step", names)
    nodes = tuple(
        _configure_node(node, config.steps.get(node.name, StepSettings()), path)
        for node in graph.nodes
    )
    enable_cache = graph.enable_cache if config.enable_cache is None else config.enable_cache
    return replace(graph, nodes=nodes, enable_cache=enable_cache)


def _configure_node(node: Node, settings: StepSettings, path: Path | None) -> Node:
    parameters, enable_cache = _cache_switch(node, settings, path)
    signature = node.step.signature
    known = (*signature.config_fields, *(n for n in signature.inputs if n not in node.inputs))
    for name in parameters:
        if name not in known:
            keys = ("steps", node.name, "parameters", name)
            raise _unknown(path, keys, f"Step `{node.name}` has no parameter", known)
    try:
        normalized = node.step.normalize(
            {**node.parameters, **parameters}, wired=node.inputs, templates=True
        )
    except MissingStepParameterError as error:
        error.place = error.place or node.place
        raise
    except StepInterfaceError as error:
        error.place = error.place or node.place
        raise _blame(node, parameters, path, error) from None
    return replace(
        node,
        parameters=normalized,
        enable_cache=node.enable_cache if enable_cache is None else enable_cache,
        airflow=settings.airflow.model_dump(exclude_none=True),
    )


def _cache_switch(
    node: Node, settings: StepSettings, path: Path | None
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
            place=_place(path, "steps", node.name, "parameters", CACHE_SWITCH),
            code="ZC312",
        )
    if None not in (switch, settings.enable_cache) and switch != settings.enable_cache:
        raise PipelineConfigurationError(
            f"`enable_cache` of step `{node.name}` is set twice, to different values.",
            remedy="Keep one of them.",
            place=_place(path, "steps", node.name, "enable_cache"),
            code="ZC313",
        )
    return parameters, settings.enable_cache if switch is None else switch


def _blame(
    node: Node, configured: dict[str, Any], path: Path | None, error: StepInterfaceError
) -> StepInterfaceError | PipelineConfigurationError:
    """The error as one of the config, if the code alone is right."""
    guilty = [name for name in configured if f"`{name}" in error.message]
    if not guilty or path is None:
        return error
    return PipelineConfigurationError(
        error.message,
        remedy=error.remedy,
        place=place_in(path, "steps", node.name, "parameters", guilty[0]),
        code="ZC311",
    )


def _unknown(
    path: Path | None, keys: tuple[str, ...], message: str, known: Iterable[str]
) -> PipelineConfigurationError:
    names = list(known)
    nearest = difflib.get_close_matches(keys[-1], names, n=1)
    hint = f"Did you mean `{nearest[0]}`? " if nearest else ""
    listed = ", ".join(f"`{name}`" for name in names) or "none"
    return PipelineConfigurationError(
        f"{message} `{keys[-1]}`.",
        remedy=f"{hint}There are: {listed}.",
        place=_place(path, *keys),
        code="ZC310",
    )


def _place(path: Path | None, *keys: str) -> Place | None:
    return place_in(path, *keys) if path else None
