"""What a picture shows, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from zruntime.spec import PipelineSpec, StepSpec


class Box(Struct, frozen=True):
    """A step.

    Attributes:
        name: Its name in the pipeline.
        function: Its function's name, and whether it runs for each item of a list.
        state: "cached", "run", "pending" or "skipped" where it is planned, else empty.
    """

    name: str
    function: str
    state: str = ""


class Arrow(Struct, frozen=True):
    """What one step hands to another one, or how its result decides whether the other one runs.

    Attributes:
        producer: The step that it comes from.
        consumer: The step that it leads to.
        label: Names of the artifacts, or the condition.
    """

    producer: str
    consumer: str
    label: str


class Picture(Struct, frozen=True):
    """A pipeline's steps, each after those it depends on, and its edges."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def picture_of(title: str, spec: PipelineSpec, states: Mapping[str, str]) -> Picture:
    """The picture of a pipeline.

    Args:
        title: Its heading.
        spec: The pipeline.
        states: The state of each planned step.
    """
    boxes = tuple(Box(step.name, _function(step), states.get(step.name, "")) for step in spec.steps)
    return Picture(title, boxes, tuple(arrow for step in spec.steps for arrow in _arrows(step)))


def _function(step: StepSpec) -> str:
    if step.mapped:
        return f"{step.function}, for each {', '.join(step.mapped)}"
    return step.function


def _arrows(step: StepSpec) -> list[Arrow]:
    """One arrow from each producer, since several would lie on each other."""
    by_producer: dict[str, dict[str, None]] = {}
    for ref in step.inputs.values():
        by_producer.setdefault(ref.step, {})[ref.output] = None
    if step.when is not None:
        condition = str(step.when).removeprefix(f"{step.when.source.step}.")
        by_producer.setdefault(step.when.source.step, {})[f"if {condition}"] = None
    return [Arrow(producer, step.name, ", ".join(told)) for producer, told in by_producer.items()]
