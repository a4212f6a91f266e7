"""Tracing: running a pipeline's body with artifacts that only know where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zcompile.authoring.artifacts import TRACE, Artifact, Unknown
from zcompile.authoring.conditions import lowered_condition
from zcompile.authoring.config import config_values
from zcompile.authoring.places import calling_place
from zcompile.authoring.step import Step, StepInstance
from zcompile.authoring.wiring import Wiring
from zcompile.graph import Node
from zcompile.problems import Problems
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import PipelineInterfaceError, StepInterfaceError
from zruntime.spec import Condition


class Trace:
    """The steps that a pipeline's body has called so far.

    Args:
        slots: The pipeline's names of the step instances handed to it, by their identity.
        problems: Takes a StepInterfaceError for each argument that does not fit its step.

    Attributes:
        nodes: The steps by name.
        complete: Whether the outputs of all of them are known.
    """

    def __init__(self, slots: Mapping[int, str], problems: Problems) -> None:
        self._slots = slots
        self._called: set[str] = set()
        self.problems = problems
        self.nodes: dict[str, Node] = {}
        self.complete = True

    def add(
        self,
        step: Step,
        instance: StepInstance | None,
        args: tuple[Any, ...],
        kwargs: Any,
        *,
        mapped: bool = False,
    ) -> Artifact | tuple[Artifact, ...] | Unknown | None:
        """Adds a call of a step and returns its outputs: none, one, or a tuple.

        A step that is mapped is called once for each item of the outputs that it is given.
        """
        place = calling_place()
        name = self._name(step, instance, place)
        config = instance.config if instance is not None else None
        given = config_values(config) if config is not None else {}
        wiring = Wiring(self, step, name, place, config_given=config is not None)
        wiring.mapping = mapped
        inputs, parameters = wiring.bind(args, kwargs)
        self.nodes[name] = Node(
            name=name,
            step=step,
            inputs=inputs,
            parameters={**given, **parameters},
            enable_cache=step.enable_cache,
            cache_version=step.cache_version,
            cache_ttl=step.cache_ttl,
            place=place,
            airflow={},
            positions=wiring.positions,
            sound=wiring.sound,
            mapped=tuple(wiring.mapped),
            when=self._condition(step, name),
            when_place=None if step.when is None else step.when.place,
            config_place=instance.place if instance is not None and config else None,
        )
        if not step.signature.knows_outputs:
            self.complete = False
            return Unknown()
        outputs = tuple(Artifact(self, name, output) for output in step.signature.outputs)
        if not outputs:
            return None
        return outputs[0] if step.signature.single else outputs

    def _name(self, step: Step, instance: StepInstance | None, place: Place | None) -> str:
        slot = self._slot(instance)
        if slot is not None and slot not in self._called:
            self._called.add(slot)
            return slot
        name = slot or step.custom_name or step.function_name
        if not self._is_taken(name):
            return name
        if slot is not None:
            self._called_twice(slot, step.function_name, place)
        elif step.custom_name:
            self._same_name(name, place)
        number = 2
        while self._is_taken(f"{name}_{number}"):
            number += 1
        return f"{name}_{number}"

    def _is_taken(self, name: str) -> bool:
        return name in self.nodes or name in self._slots.values()

    def _slot(self, instance: StepInstance | None) -> str | None:
        """The pipeline's name of an instance, or of the one that it is a copy of.

        A copy that was given a name, or that is made of an instance which was called, is another
        step.
        """
        slot = self._slots.get(id(instance))
        if slot is not None or instance is None or instance.origin is None:
            return slot
        slot = self._slots.get(id(instance.origin))
        renamed = instance.step.custom_name != instance.origin.step.custom_name
        return None if renamed or slot in self._called else slot

    def _condition(self, step: Step, name: str) -> Condition | None:
        if step.when is None:
            return None
        return lowered_condition(step.when, name, self, self.problems)

    def _same_name(self, name: str, place: Place | None) -> None:
        first = self.nodes[name].place if name in self.nodes else None
        self.problems.add(
            StepInterfaceError(
                f"Two steps of the pipeline are named `{name}`.",
                remedy="Give each a name of its own with `.with_options(name=...)`.",
                place=place,
                related=[Related("the first one", first)] if first else (),
                code="ZC143",
            )
        )

    def _called_twice(self, slot: str, function: str, place: Place | None) -> None:
        first = self.nodes[slot].place
        self.problems.add(
            StepInterfaceError(
                f"Step `{slot}` is called twice in the pipeline.",
                remedy=f"Add an argument for a second instance to the pipeline, and hand it "
                f"another `{function}()`.",
                place=place,
                related=[Related("the first call", first)] if first else (),
                code="ZC144",
            )
        )


@contextmanager
def tracing(slots: Mapping[int, str], problems: Problems) -> Iterator[Trace]:
    """A context in which calls of steps are added to the trace it gives.

    Raises:
        PipelineInterfaceError: if a pipeline's body is being traced already.
    """
    if TRACE.get() is not None:
        raise PipelineInterfaceError(
            "A pipeline is called in another pipeline's body.",
            remedy="Call its steps instead.",
            place=calling_place(),
            code="ZC204",
        )
    trace = Trace(slots, problems)
    token = TRACE.set(trace)
    try:
        yield trace
    finally:
        TRACE.reset(token)
