"""Tracing: running a pipeline's body with artifacts that only know where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn

from zcompile.authoring.conditions import ArtifactCondition, as_list, lowered_condition
from zcompile.authoring.config import config_values
from zcompile.authoring.places import calling_place
from zcompile.graph import Node
from zcompile.problems import Problems
from zruntime.conditions import FALSE
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import PipelineInterfaceError, StepInterfaceError
from zruntime.spec import Condition

if TYPE_CHECKING:
    from zcompile.authoring.step import Step, StepInstance

_current: ContextVar[Trace | None] = ContextVar("zcompile_trace", default=None)


def current_trace() -> Trace | None:
    """The trace in which the calling code runs, if a pipeline's body is being traced."""
    return _current.get()


class Artifact:
    """An output of a step in a pipeline's body: no value yet, only where it will come from."""

    __slots__ = ("output", "producer", "trace")

    def __init__(self, trace: Trace, producer: str, output: str) -> None:
        self.trace = trace
        self.producer = producer
        self.output = output

    def _no_value(self, what: str, remedy: str = "Do that in a step.") -> NoReturn:
        raise PipelineInterfaceError(
            f"Output `{self.output}` of step `{self.producer}` is {what} in the pipeline's body, "
            "where it has no value yet.",
            remedy=remedy,
            place=calling_place(),
            code="ZC203",
        )

    def __iter__(self) -> Iterator[Any]:
        self._no_value(
            "iterated over or unpacked",
            "For a step for each item write `step.map(...)`. To unpack several outputs, name each "
            'of them where the step returns them: `Tuple[Annotated[int, "a"], Annotated[int, '
            '"b"]]` or `Output(a=int, b=int)`.',
        )

    def __bool__(self) -> bool:
        self._no_value(
            "used as a condition",
            "Hand it to the step that depends on it: `step.with_options(when=...)`.",
        )

    def __getitem__(self, item: Any) -> Any:
        self._no_value("indexed")

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._no_value("called")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        self._no_value(f"asked for its attribute `{name}`")

    def __eq__(self, other: object) -> Any:
        return ArtifactCondition(self, "==", other)

    def __ne__(self, other: object) -> Any:
        return ArtifactCondition(self, "!=", other)

    def __lt__(self, other: object) -> ArtifactCondition:
        return ArtifactCondition(self, "<", other)

    def __le__(self, other: object) -> ArtifactCondition:
        return ArtifactCondition(self, "<=", other)

    def __gt__(self, other: object) -> ArtifactCondition:
        return ArtifactCondition(self, ">", other)

    def __ge__(self, other: object) -> ArtifactCondition:
        return ArtifactCondition(self, ">=", other)

    def __invert__(self) -> ArtifactCondition:
        return ArtifactCondition(self, FALSE)

    def isin(self, choices: Iterable[Any]) -> ArtifactCondition:
        """The condition that the value will be one of these."""
        return ArtifactCondition(self, "in", as_list(choices))

    def _operator(self, *others: Any) -> NoReturn:
        self._no_value("calculated with")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _operator
    __truediv__ = __rtruediv__ = __matmul__ = __neg__ = __float__ = __int__ = __len__ = _operator
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<output `{self.output}` of step `{self.producer}`>"


class Unknown:
    """What a step returns in a pipeline's body where a mistake hides what it is."""

    def __iter__(self) -> Iterator[Any]:
        raise TraceEndedError


class TraceEndedError(Exception):
    """The rest of a pipeline's body cannot be traced, because of a mistake that is noted."""


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
        from zcompile.authoring.wiring import Wiring

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
    if _current.get() is not None:
        raise PipelineInterfaceError(
            "A pipeline is called in another pipeline's body.",
            remedy="Call its steps instead.",
            place=calling_place(),
            code="ZC204",
        )
    trace = Trace(slots, problems)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
