"""What stands for the outputs of steps in a pipeline's body, and the trace that it runs in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NoReturn

from zcompile.authoring.conditions import ArtifactCondition, as_list
from zcompile.authoring.places import calling_place
from zruntime.conditions import FALSE
from zruntime.exceptions import PipelineInterfaceError

if TYPE_CHECKING:
    from zcompile.authoring.tracing import Trace

TRACE: Final[ContextVar[Trace | None]] = ContextVar("zcompile_trace", default=None)
"""See `current_trace`."""


def current_trace() -> Trace | None:
    """The trace in which the calling code runs, if a pipeline's body is being traced."""
    return TRACE.get()


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
