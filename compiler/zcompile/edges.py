"""The types at both ends of an edge, also where a step is mapped or runs on a condition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, MutableSequence, Sequence
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from zcompile.authoring.places import output_place, parameter_place
from zcompile.authoring.step import Step
from zcompile.graph import Node
from zcompile.hints import Scope, conforms, describe, fits, unresolved_parts
from zcompile.problems import Problems, shown
from zruntime.conditions import FALSE, NEGATED, ORDERED, TRUE
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import StepInterfaceError
from zruntime.spec import OutputRef

Nodes = Mapping[str, Node]

_LISTS = (list, tuple, Sequence, MutableSequence, Collection, Iterable)

NO_LIST = object()
"""Stands for the type of the items of what is no list."""


def annotation(step: Step, hint: Any) -> Any:
    """An annotation, with what only type checkers import where it needs that."""
    return Scope(step.entrypoint, guarded=True).resolved(hint) if unresolved_parts(hint) else hint


def declared_at(step: Step, output: str) -> Place:
    """Where the type of an output is written."""
    return output_place(step.entrypoint, output, [*step.signature.outputs].index(output))


def produced_type(nodes: Nodes, ref: OutputRef) -> Any:
    """The type of an output; that of a mapped step is a list of what each instance returns."""
    producer = nodes[ref.step]
    declared = annotation(producer.step, producer.step.signature.outputs[ref.output])
    return list[declared] if producer.mapped else declared  # type: ignore[valid-type]


def item_type(hint: Any) -> Any:
    """The type of the items of a list's annotation, or `NO_LIST`."""
    if get_origin(hint) is Annotated:
        return item_type(get_args(hint)[0])
    if hint is Any or hint is object or hint in _LISTS:
        return Any
    origin, arguments = get_origin(hint), [item for item in get_args(hint) if item is not ...]
    if origin not in _LISTS:
        return NO_LIST
    return reduce(or_, arguments) if _are_types(arguments) else Any


def _are_types(arguments: Sequence[Any]) -> bool:
    return len(arguments) == 1 or (
        bool(arguments) and all(isinstance(item, type) for item in arguments)
    )


def is_optional(hint: Any) -> bool:
    """Whether an annotation names None among what it takes."""
    return get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint)


def check_mapped_inputs(nodes: Nodes, node: Node, problems: Problems) -> None:
    """Adds a StepInterfaceError for each mapped input that is no list, or has wrong items."""
    for name in node.mapped:
        ref = node.inputs[name]
        produced = produced_type(nodes, ref)
        consumed = annotation(node.step, node.step.signature.inputs[name])
        item = item_type(produced)
        given, taken = describe(produced), describe(consumed)
        if item is NO_LIST:
            message = (
                f"Step `{node.name}` is mapped over output `{ref.output}` of step `{ref.step}`, "
                f"which is `{given}` and no list."
            )
            remedy = "Annotate it as `list[...]`, or pass it whole with `unmapped(...)`."
            code = "ZC172"
        elif not fits(item, consumed):
            message = (
                f"Input `{name}` of step `{node.name}` takes `{taken}`, and is mapped over output "
                f"`{ref.output}` of step `{ref.step}`, which is `{given}`."
            )
            remedy = "Each instance takes one item: change one of the two annotations."
            code = "ZC173"
        else:
            continue
        producer, consumer = nodes[ref.step].step, node.step.entrypoint
        problems.add(
            StepInterfaceError(
                message,
                remedy=remedy,
                place=node.input_place(name),
                related=[
                    Related(f"`{ref.output}` is `{given}`", declared_at(producer, ref.output)),
                    Related(f"`{name}` takes `{taken}`", parameter_place(consumer, name)),
                ],
                code=code,
            )
        )


def check_condition(nodes: Nodes, node: Node, problems: Problems) -> None:
    """Adds a StepInterfaceError for a condition that the type of its output rules out."""
    condition = node.when
    if condition is None or condition.test in (TRUE, FALSE):
        return
    ref = condition.source
    produced = produced_type(nodes, ref)
    values = condition.value if condition.test in ("in", "not in") else [condition.value]
    wrong = [value for value in values if not _comparable(value, produced)]
    ordered = condition.test in ORDERED or NEGATED[condition.test] in ORDERED
    if wrong:
        message = f"is compared with {shown(wrong[0])}, and is `{describe(produced)}`"
        remedy, code = "Compare it with a value of that type, or change the annotation.", "ZC183"
    elif ordered and (condition.value is None or type(condition.value) is bool):
        message = f"is tested with `{condition.test} {shown(condition.value)}`, which has no order"
        remedy, code = "Test it with `==`, `!=` or `isin`, or compare it with a number.", "ZC184"
    else:
        return
    problems.add(
        StepInterfaceError(
            f"Output `{ref.output}` of step `{ref.step}`, on which step `{node.name}` depends, "
            f"{message}.",
            remedy=remedy,
            place=node.when_place,
            related=[
                Related(
                    f"`{ref.output}` is `{describe(produced)}`",
                    declared_at(nodes[ref.step].step, ref.output),
                )
            ],
            code=code,
        )
    )


def _comparable(value: Any, hint: Any) -> bool:
    """Whether values of an annotation can equal a plain value: numbers are compared as such."""
    if conforms(value, hint):
        return True
    if type(value) in (bool, int, float):
        return any(conforms(kind(value), hint) for kind in (bool, int, float)) or _foreign(hint)
    return _foreign(hint)


def _foreign(hint: Any) -> bool:
    """Whether a type may define what its values equal, such as a numpy scalar."""
    plain = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset, type(None))
    return isinstance(hint, type) and hint not in plain
