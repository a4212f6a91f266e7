"""What the steps of a pipeline depend on beside code, parameters and inputs, at compile time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zcompile.authoring.annotations import adapter_of
from zcompile.authoring.asking import required
from zcompile.authoring.filepaths import file_pointers
from zcompile.authoring.places import parameter_place
from zcompile.graph import Graph, Node
from zcompile.problems import Problems, listed, nearest, shown
from zruntime.diagnostics import WARNING, Diagnostic
from zruntime.exceptions import StepInterfaceError
from zruntime.outside.files import kind_of, matching
from zruntime.outside.leaves import filled, leaves, names_in
from zruntime.outside.urls import is_url
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.templates import is_template

_NO_PATHS: Final = (bool, int, float, str)
"""Common annotations of parameters that hold no path."""


def check_cache_func(node: Node, problems: Problems) -> None:
    """Adds a StepInterfaceError for each argument of a step's `cache_func` that is an input."""
    function = node.step.cache_func
    for argument in required(function) if function else ():
        if argument.name in node.inputs:
            problems.add(
                StepInterfaceError(
                    f"`cache_func` of step `{node.step.function_name}` takes `{argument.name}`, "
                    f"which is an output of step `{node.inputs[argument.name].step}` here.",
                    remedy="Leave it out: what inputs hold is part of the key anyway.",
                    place=parameter_place(function, argument.name) if function else node.place,
                    code="ZC139",
                )
            )


def check_files(node: Node, problems: Problems) -> None:
    """Adds a StepInterfaceError for each name in a step's `files` that is no parameter of it."""
    named = {name: None for pattern in node.step.files for name in names_in(pattern)}
    signature = node.step.signature
    known = [*signature.config_fields, *signature.inputs] if named else []
    for name in named:
        source = node.inputs.get(name)
        if name in known and source is None:
            continue
        what = f"an output of step `{source.step}` here" if source else "no parameter of it"
        problems.add(
            StepInterfaceError(
                f"`files` of step `{node.step.function_name}` names `{name}`, which is {what}.",
                remedy=f"In braces it may name: {listed(set(known) - node.inputs.keys())}.",
                suggestion="" if source else nearest(name, known),
                place=node.step.place,
                code="ZC159",
            )
        )


def file_parameters(node: Node) -> dict[str, str]:
    """Where a step's parameters hold paths; see `StepSpec.file_parameters`.

    Raises:
        StepInterfaceError: if a model which holds a path holds itself, too.
    """
    step, signature = node.step.function_name, node.step.signature
    hints = {
        name: hint
        for name, hint in signature.inputs.items()
        if name not in node.inputs and hint not in _NO_PATHS
    }
    if signature.config:
        hints[""] = signature.config[1]
    found: dict[str, str] = {}
    for name, hint in hints.items():
        try:
            found |= file_pointers(name, adapter_of(step, name, hint))
        except RecursionError:
            raise StepInterfaceError(
                f"`{name or 'config'}` of step `{step}` holds paths of files in a model that holds "
                "itself.",
                remedy="Take a list of models that do not hold themselves.",
                place=node.step.place,
                code="ZC153",
            ) from None
    return found


def relative_files(patterns: tuple[str, ...], root: Path) -> tuple[str, ...]:
    """Patterns of files, those within the project relative to it, so that any machine has them."""
    prefix = f"{root}/"
    return tuple(pattern.removeprefix(prefix) for pattern in patterns)


def warn_of_missing(graph: Graph, spec: PipelineSpec, folder: Path, problems: Problems) -> None:
    """Adds a warning for each file that a step declares and that is not on this machine.

    Args:
        graph: The configured graph.
        spec: What it was lowered to.
        folder: What relative paths are relative to.
        problems: Takes the warnings.
    """
    for node, step in zip(graph.nodes, spec.steps, strict=True):
        for message in _missing(step, folder):
            remedy = (
                f"Relative paths are relative to {folder}, or to ZCOMPILE_FILES; correct the path, "
                "or see to it that it is there where the step runs."
            )
            place = node.place or node.step.place
            problems.warn(Diagnostic("ZC440", message, remedy, place, severity=WARNING))


def _missing(step: StepSpec, folder: Path) -> Iterator[str]:
    for pattern in filled(step.files, step.parameters):
        if not (is_url(pattern) or is_template(pattern) or matching(pattern, folder)):
            yield f"No file matches {shown(pattern)}, which step `{step.name}` declares."
    for leaf in leaves(step.parameters, step.file_parameters):
        here = is_template(leaf.path) or kind_of(folder / leaf.path) == leaf.kind
        if leaf.kind != "any" and not here:
            yield (
                f"Parameter `{leaf.name}` of step `{step.name}` is {shown(leaf.path)}, and there "
                f"is no such {leaf.kind} here."
            )
