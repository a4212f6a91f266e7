"""check: compares what steps produce with what their consumers declare, and looks at names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zcompile.authoring.places import parameter_place
from zcompile.authoring.step import Step
from zcompile.edges import (
    annotation,
    check_condition,
    check_mapped_inputs,
    declared_at,
    produced_type,
)
from zcompile.graph import Graph, Node
from zcompile.hints import describe, fits, unresolved_parts, without_none
from zcompile.names import variable_name
from zcompile.outside import check_cache_func, check_files
from zcompile.problems import Problems, shown
from zcompile.program import Program
from zruntime.diagnostics import WARNING, Diagnostic, Place, Related
from zruntime.exceptions import MaterializerError, PipelineInterfaceError, StepInterfaceError
from zruntime.materializers import materializer_for_hint
from zruntime.naming import is_importable
from zruntime.planning import PLAN_TASK, condition_task, expand_task

MAX_NAME = 250
"""Airflow's limit for ids."""

_TASK_ID = re.compile(rf"[A-Za-z0-9_.-]{{1,{MAX_NAME}}}")


def check(program: Program) -> Program:
    """Checks all variants.

    Adds a StepInterfaceError for each edge whose types do not fit, a PipelineInterfaceError for
    each step whose name cannot be an Airflow task_id, a MaterializerError for each materializer
    that no other process can import, a warning for each output that only a pickle can hold, and one
    for each annotation of which a part cannot be resolved.
    """
    problems = Problems()
    for variant in program.variants:
        check_graph(variant.traced, problems)
    return program.with_problems(problems)


def check_graph(graph: Graph, problems: Problems) -> None:
    """Checks a configured graph; see `check` for what may be wrong."""
    _check_names(graph, problems)
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        _check_annotations(node.step, problems)
        _check_edges(nodes, node, problems)
        check_mapped_inputs(nodes, node, problems)
        check_condition(nodes, node, problems)
        _check_materializers(node, problems)
        check_cache_func(node, problems)
        check_files(node, problems)


def _check_names(graph: Graph, problems: Problems) -> None:
    variables: dict[str, Node] = {}
    for node in graph.nodes:
        owners = {task: variables.setdefault(variable_name(task), node) for task in _tasks(node)}
        shared = next((task for task, owner in owners.items() if owner is not node), None)
        other = owners[shared or node.name]
        related = [Related("the other step", other.place)] if other.place else []
        if not all(_TASK_ID.fullmatch(task) for task in owners):
            message = f"A step is named {shown(node.name)}, which cannot be an Airflow task_id."
            remedy = (
                f"Use at most {MAX_NAME} letters, digits, `_`, `-` and `.`: "
                "`.with_options(name=...)`."
            )
            code, related = "ZC231", []
        elif node.name == PLAN_TASK:
            message = f"A step is named `{PLAN_TASK}`, like the task that plans the run."
            remedy = "Give the step another name."
            code, related = "ZC232", []
        elif shared is not None:
            message = (
                f"Steps `{other.name}` and `{node.name}` would both be "
                f"`{variable_name(shared)}` in the DAG file."
            )
            remedy = "Give one of them another name: `.with_options(name=...)`."
            code = "ZC233"
        else:
            continue
        problems.add(
            PipelineInterfaceError(
                message, remedy=remedy, place=node.place, code=code, related=related
            )
        )


def _tasks(node: Node) -> list[str]:
    """Names of the tasks that a step becomes."""
    tasks = [node.name]
    if node.mapped:
        tasks.append(expand_task(node.name))
    if node.when is not None:
        tasks.append(condition_task(node.name))
    return tasks


def _check_annotations(step: Step, problems: Problems) -> None:
    for name, hint in step.signature.inputs.items():
        for part in unresolved_parts(annotation(step, hint)):
            place = parameter_place(step.entrypoint, name)
            problems.warn(_unresolved(part, f"argument `{name}`", step, place))
    for name, hint in step.signature.outputs.items():
        for part in unresolved_parts(annotation(step, hint)):
            problems.warn(_unresolved(part, f"output `{name}`", step, declared_at(step, name)))


def _unresolved(part: str, what: str, step: Step, place: Place) -> Diagnostic:
    return Diagnostic(
        "ZC190",
        f"`{part}` in the annotation of {what} of step `{step.function_name}` cannot be resolved "
        "to a type, so it is taken to fit everything.",
        "Import the type at the top of the module that defines the step, or correct the "
        "annotation.",
        place,
        severity=WARNING,
    )


def _check_edges(nodes: Mapping[str, Node], node: Node, problems: Problems) -> None:
    for name, ref in node.inputs.items():
        if name in node.mapped:
            continue
        producer = nodes[ref.step].step
        produced = produced_type(nodes, ref)
        consumed = annotation(node.step, node.step.signature.inputs[name])
        if fits(produced, consumed):
            continue
        given, taken = describe(produced), describe(consumed)
        problems.add(
            StepInterfaceError(
                f"Input `{name}` of step `{node.name}` takes `{taken}`, and is given output "
                f"`{ref.output}` of step `{ref.step}`, which is `{given}`.",
                remedy=_remedy(produced, consumed),
                place=node.input_place(name),
                related=[
                    Related(f"`{ref.output}` is `{given}`", declared_at(producer, ref.output)),
                    Related(
                        f"`{name}` takes `{taken}`", parameter_place(node.step.entrypoint, name)
                    ),
                ],
                code="ZC148",
            )
        )


def _remedy(produced: Any, consumed: Any) -> str:
    rest = without_none(produced)
    only_none = rest is not produced and fits(rest, consumed)
    advice = "pass another output, or change one of the two annotations."
    return f"It may be None: {advice}" if only_none else advice.capitalize()


def _check_materializers(node: Node, problems: Problems) -> None:
    for name, materializer in node.step.materializers.items():
        if not is_importable(materializer):
            problems.add(
                MaterializerError(
                    f"The materializer `{materializer.__qualname__}` of output `{name}` of step "
                    f"`{node.step.function_name}` cannot be imported by its name, so nothing "
                    "could read back what it stores.",
                    remedy="Define it at the top level of a module.",
                    place=node.step.place,
                    code="ZC542",
                )
            )
    for name, hint in node.step.signature.outputs.items():
        if name not in node.step.materializers and _only_pickle_takes(hint):
            problems.warn(
                Diagnostic(
                    "ZC149",
                    f"Output `{name}` of step `{node.step.function_name}` is `{describe(hint)}`, "
                    "which no materializer is registered for: it is stored with cloudpickle.",
                    "Register one with a subclass of zcompile.materializers.BaseMaterializer that "
                    "names the type in ASSOCIATED_TYPES.",
                    declared_at(node.step, name),
                    severity=WARNING,
                )
            )


def _only_pickle_takes(hint: Any) -> bool:
    materializer = materializer_for_hint(hint)
    return materializer is not None and materializer.FORMAT.startswith("cloudpickle/")
