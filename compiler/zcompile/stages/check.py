"""check: compares what steps produce with what their consumers declare, and looks at names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from zcompile.graph import Graph, Node
from zcompile.hints import describe, fits
from zcompile.names import variable_name
from zcompile.program import Notice, Program
from zruntime.exceptions import PipelineInterfaceError, StepInterfaceError
from zruntime.materializers import materializer_for_hint
from zruntime.planning import PLAN_TASK

MAX_NAME = 250
"""Airflow's limit for ids."""

TASK_ID = rf"[A-Za-z0-9_.-]{{1,{MAX_NAME}}}"


def check(program: Program) -> Program:
    """Checks all variants.

    Raises:
        StepInterfaceError: if the types of an edge do not fit.
        PipelineInterfaceError: if a step's name cannot be an Airflow task_id.
    """
    notices = [notice for variant in program.variants for notice in check_graph(variant.traced)]
    return replace(program, notices=(*program.notices, *dict.fromkeys(notices)))


def check_graph(graph: Graph) -> list[Notice]:
    """Checks a configured graph, and returns what its author should know.

    Raises:
        StepInterfaceError, PipelineInterfaceError: as `check`.
    """
    _check_names(graph)
    for node in graph.nodes:
        _check_edges(graph, node)
    return [notice for node in graph.nodes for notice in _pickled_outputs(node)]


def _check_names(graph: Graph) -> None:
    variables: dict[str, Node] = {}
    for node in graph.nodes:
        if not re.fullmatch(TASK_ID, node.name):
            raise PipelineInterfaceError(
                f"A step is named `{node.name}`, which cannot be an Airflow task_id.",
                remedy=f"Use at most {MAX_NAME} letters, digits, `_`, `-` and `.`: "
                "`.with_options(name=...)`.",
                place=node.place,
                code="ZC231",
            )
        if node.name == PLAN_TASK:
            raise PipelineInterfaceError(
                f"A step is named `{PLAN_TASK}`, like the task that plans the run.",
                remedy="Give the step another name.",
                place=node.place,
                code="ZC232",
            )
        other = variables.setdefault(variable_name(node.name), node)
        if other is not node:
            raise PipelineInterfaceError(
                f"Steps `{other.name}` ({other.place}) and `{node.name}` would both be "
                f"`{variable_name(node.name)}` in the DAG file.",
                remedy="Give one of them another name: `.with_options(name=...)`.",
                place=node.place,
                code="ZC233",
            )


def _check_edges(graph: Graph, node: Node) -> None:
    for name, ref in node.inputs.items():
        producer = graph.node(ref.step)
        produced = producer.step.signature.outputs[ref.output]
        consumed = node.step.signature.inputs[name]
        if not fits(produced, consumed):
            raise StepInterfaceError(
                f"Input `{name}` of step `{node.name}` is a {describe(consumed)} "
                f"({node.step.place}), and output `{ref.output}` of step `{ref.step}`, which is "
                f"passed to it, is a {describe(produced)} ({producer.step.place}).",
                remedy="Pass another output, or change one of the two annotations.",
                place=node.place,
                code="ZC148",
            )


def _pickled_outputs(node: Node) -> Iterator[Notice]:
    for name, hint in node.step.signature.outputs.items():
        if name not in node.step.materializers and _only_pickle_takes(hint):
            yield Notice(
                f"Output `{name}` of step `{node.step.function_name}` is a {describe(hint)}, which "
                "no materializer is registered for: it is stored with cloudpickle. Register one "
                "with a subclass of zcompile.materializers.BaseMaterializer that names the type in "
                "ASSOCIATED_TYPES.",
                node.step.place,
            )


def _only_pickle_takes(hint: Any) -> bool:
    materializer = materializer_for_hint(hint)
    return materializer is not None and materializer.FORMAT.startswith("cloudpickle/")
