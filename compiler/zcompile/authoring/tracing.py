"""Tracing: running a pipeline's body with artifacts that only know where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn

from zcompile.authoring.config import BaseStepConfig, config_values
from zcompile.authoring.places import calling_place
from zcompile.graph import Node
from zcompile.hints import conforms
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineInterfaceError, StepInterfaceError
from zruntime.spec import OutputRef

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

    def _no_value(self, what: str) -> NoReturn:
        raise PipelineInterfaceError(
            f"Output `{self.output}` of step `{self.producer}` is {what} in the pipeline's body, "
            "where it has no value yet.",
            remedy="Do that in a step. To unpack several outputs, name each of them: "
            '`Tuple[Annotated[int, "a"], Annotated[int, "b"]]` or `Output(a=int, b=int)`.',
            place=calling_place(),
            code="ZC203",
        )

    def __iter__(self) -> Iterator[Any]:
        self._no_value("iterated over or unpacked")

    def __bool__(self) -> bool:
        self._no_value("used as a condition")

    def __getitem__(self, item: Any) -> Any:
        self._no_value("indexed")

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._no_value("called")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        self._no_value(f"asked for its attribute `{name}`")

    def _operator(self, *others: Any) -> NoReturn:
        self._no_value("compared or calculated with")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _operator
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _operator
    __truediv__ = __rtruediv__ = __matmul__ = __neg__ = __float__ = __int__ = __len__ = _operator
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<output `{self.output}` of step `{self.producer}`>"


class Trace:
    """The steps that a pipeline's body has called so far.

    Args:
        slots: The pipeline's names of the step instances handed to it, by their identity.
    """

    def __init__(self, slots: Mapping[int, str]) -> None:
        self._slots = slots
        self._called: dict[int, Place | None] = {}
        self.nodes: dict[str, Node] = {}

    def add(
        self, step: Step, instance: StepInstance | None, args: tuple[Any, ...], kwargs: Any
    ) -> Artifact | tuple[Artifact, ...] | None:
        """Adds a call of a step and returns its outputs: none, one, or a tuple.

        Raises:
            StepInterfaceError: if the arguments do not fit the step's signature.
        """
        place = calling_place()
        name = self._name(step, instance, place)
        configured = instance is not None and instance.config is not None
        inputs, parameters = _Binding(self, step, name, place, configured).bind(args, kwargs)
        if instance is not None and instance.config is not None:
            parameters = {**config_values(instance.config), **parameters}
        self.nodes[name] = Node(
            name, step, inputs, parameters, step.enable_cache, place, airflow={}
        )
        outputs = tuple(Artifact(self, name, output) for output in step.signature.outputs)
        if not outputs:
            return None
        return outputs[0] if step.signature.single else outputs

    def _name(self, step: Step, instance: StepInstance | None, place: Place | None) -> str:
        slot = self._slots.get(id(instance))
        if slot is not None:
            self._called_once(slot, instance, place)
            return slot
        name = step.custom_name or step.function_name
        taken = {*self.nodes, *self._slots.values()}
        if name not in taken:
            return name
        if step.custom_name:
            raise StepInterfaceError(
                f"Two steps of the pipeline are named `{name}`.",
                remedy="Give each a name of its own with `.with_options(name=...)`.",
                place=place,
                code="ZC143",
            )
        number = 2
        while f"{name}_{number}" in taken:
            number += 1
        return f"{name}_{number}"

    def _called_once(self, slot: str, instance: StepInstance | None, place: Place | None) -> None:
        if id(instance) in self._called:
            function = instance.step.function_name if instance else slot
            raise StepInterfaceError(
                f"Step `{slot}` is called twice in the pipeline.",
                remedy=f"Add an argument for a second instance to the pipeline, and hand it "
                f"another `{function}()`.",
                place=place,
                code="ZC144",
            )
        self._called[id(instance)] = place


class _Binding:
    """The arguments of one call of a step, sorted into artifacts and parameters."""

    def __init__(
        self, trace: Trace, step: Step, name: str, place: Place | None, config_given: bool
    ) -> None:
        self.trace, self.step, self.name, self.place = trace, step, name, place
        self.signature = step.signature
        self.inputs: dict[str, OutputRef] = {}
        self.parameters: dict[str, Any] = {}
        self.config_given = config_given

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[dict[str, OutputRef], dict[str, Any]]:
        names = tuple(self.signature.inputs)
        positional = [value for value in args if not self._take_config(value)]
        if len(positional) > len(names):
            listed = ", ".join(f"`{name}`" for name in names) or "none"
            self._fail(
                f"Step `{self.name}` takes {len(names)} inputs and was given {len(positional)}.",
                f"Its inputs are: {listed}.",
                "ZC140",
            )
        for name, value in zip(names, positional, strict=False):
            self._take(name, value)
        for name, value in kwargs.items():
            self._take_keyword(name, value)
        return self.inputs, self.parameters

    def _take_config(self, value: Any) -> bool:
        config = self.signature.config
        if not isinstance(value, BaseStepConfig):
            return False
        if config is None:
            if any(conforms(value, hint) for hint in self.signature.inputs.values()):
                return False
            self._fail(
                f"Step `{self.name}` takes no config, and was given {value!r}.",
                "Leave it out, or add an argument with a BaseStepConfig to the step.",
                "ZC110",
            )
        if not isinstance(value, config[1]):
            self._fail(
                f"Step `{self.name}` takes a `{config[1].__name__}` as its config, and was given "
                f"{value!r}.",
                f"Write `{config[1].__name__}(...)`.",
                "ZC111",
            )
        if self.config_given:
            self._fail(
                f"Step `{self.name}` was given two configs.",
                f"Give it one `{config[1].__name__}`.",
                "ZC113",
            )
        self.config_given = True
        self.parameters.update(config_values(value))
        return True

    def _take_keyword(self, name: str, value: Any) -> None:
        config = self.signature.config
        if config is not None and name == config[0]:
            if not self._take_config(value):
                self._fail(
                    f"Step `{self.name}` takes a `{config[1].__name__}` as its config, and was "
                    f"given {value!r}.",
                    f"Write `{name}={config[1].__name__}(...)`.",
                    "ZC111",
                )
            return
        if name in self.signature.config_fields:
            self._not_given_twice(name)
            self.parameters[name] = self._no_artifact(name, value)
            return
        if name not in self.signature.inputs:
            known = (*self.signature.inputs, *self.signature.config_fields)
            listed = ", ".join(f"`{item}`" for item in known) or "none"
            self._fail(
                f"Step `{self.name}` has no input `{name}`.", f"Its inputs are: {listed}.", "ZC141"
            )
        self._not_given_twice(name)
        self._take(name, value)

    def _not_given_twice(self, name: str) -> None:
        if name in self.inputs or name in self.parameters:
            self._fail(
                f"Input `{name}` of step `{self.name}` is given twice.",
                "Give it once, by its position or by its name.",
                "ZC142",
            )

    def _take(self, name: str, value: Any) -> None:
        if isinstance(value, Artifact):
            if value.trace is not self.trace:
                self._fail(
                    f"Input `{name}` of step `{self.name}` comes from another pipeline.",
                    "Pass an output of a step of the same pipeline.",
                    "ZC145",
                )
            self.inputs[name] = OutputRef(value.producer, value.output)
        else:
            self.parameters[name] = self._no_artifact(name, value)

    def _no_artifact(self, name: str, value: Any) -> Any:
        """The value of a parameter, which must neither be nor hold what is no plain data."""
        from zcompile.authoring.step import Step, StepInstance

        items = value.values() if isinstance(value, dict) else value
        for item in items if isinstance(value, (list, tuple, set, dict)) else [value]:
            if isinstance(item, (Artifact, Step, StepInstance)):
                self._fail(
                    f"Input `{name}` of step `{self.name}` is {value!r}, which is no output of a "
                    "step.",
                    "Pass the outputs of steps one by one: call the step, and hand on what it "
                    "returns.",
                    "ZC146",
                )
        return value

    def _fail(self, message: str, remedy: str, code: str) -> NoReturn:
        raise StepInterfaceError(message, remedy=remedy, place=self.place, code=code)


@contextmanager
def tracing(slots: Mapping[int, str]) -> Iterator[Trace]:
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
    trace = Trace(slots)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
