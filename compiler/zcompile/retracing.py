"""The pipeline's own parameters in a DAG run: its body is traced again with other values.

A body may do anything with a parameter. What may change in a DAG run is what steps are given; which
steps there are, and how they are wired, is compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zcompile.authoring.pipeline import PipelineInstance
from zcompile.config.file import NO_CONFIG
from zcompile.graph import Graph
from zcompile.problems import Problems, listed
from zcompile.stages.trace import trace_instance
from zruntime.exceptions import PipelineInterfaceError


def changed_parameters(
    instance: PipelineInstance, compiled: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """What other parameters of a pipeline change: by step, each value before and after.

    Args:
        instance: The pipeline.
        compiled: Its parameters in the compiled DAG.
        wanted: Those of this run.

    Raises:
        PipelineInterfaceError: if a value does not fit, or changes more than what steps are given.
    """
    before, after = (_traced(instance, values) for values in (compiled, wanted))
    if _shape(before) != _shape(after):
        names = [name for name in wanted if repr(wanted[name]) != repr(compiled.get(name))]
        raise PipelineInterfaceError(
            f"Another value of {listed(names)} would change which steps pipeline "
            f"`{instance.name}` has, or how they are connected, which is compiled.",
            remedy="Set it in a YAML config, under `parameters:`, and compile one more DAG of it.",
            place=instance.pipeline.place,
            code="ZC208",
        )
    changed: dict[str, dict[str, tuple[Any, Any]]] = {}
    for old, new in zip(before.nodes, after.nodes, strict=True):
        for name, value in new.parameters.items():
            known = old.parameters[name]
            if repr(known) != repr(value):
                changed.setdefault(new.name, {})[name] = (known, value)
    return changed


def _traced(instance: PipelineInstance, parameters: Mapping[str, Any]) -> Graph:
    made = PipelineInstance(
        instance.pipeline,
        instance.steps,
        {**instance.parameters, **parameters},
        instance.options,
    )
    problems = Problems()
    graph = trace_instance(made, NO_CONFIG, problems)
    problems.raise_all()
    return graph


def _shape(graph: Graph) -> list[Any]:
    return [
        (node.name, node.step.entrypoint, node.inputs, node.mapped, node.when, {*node.parameters})
        for node in graph.nodes
    ]
