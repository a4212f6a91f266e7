"""What the runtime asks of the functions of steps and pipelines, and gives to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from zruntime.spec import StepSpec


class StepContext(Struct, frozen=True):
    """What a step may ask of the run it is part of.

    A step that takes one is not cached unless its ``enable_cache`` says so, since its result may
    depend on the run.
    """

    pipeline_name: str
    run_name: str
    step_name: str


class StepFunction(Protocol):
    """A step as the runtime calls it; `zcompile.steps.Step` is one."""

    def normalize(
        self, parameters: Mapping[str, Any], *, wired: Collection[str] = ()
    ) -> dict[str, Any]:
        """All parameters as plain JSON data, validated."""

    def call(
        self, inputs: Mapping[str, Any], parameters: Mapping[str, Any], context: StepContext
    ) -> dict[str, Any]:
        """Calls the function and returns its checked outputs by name."""

    def ask(self, function: Callable[..., Any], parameters: Mapping[str, Any]) -> Any:
        """What a function returns for those of the step's parameters that it takes."""


class PipelineFunction(Protocol):
    """A pipeline as a worker asks it; `zcompile.pipelines` has those that are."""

    def changed_parameters(
        self, compiled: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """What other parameters of the pipeline change: by step, the values before and after."""


class CodeSource(Protocol):
    """Where the functions of steps come from: live objects, or a code bundle."""

    def load(self, step: StepSpec) -> StepFunction:
        """The step's function."""

    def cache_func(self, step: StepSpec) -> Callable[..., Any]:
        """The function whose answer enters the step's key; it has one."""

    def fingerprint_types(self, types: Iterable[Any]) -> str:
        """Fingerprint of those that are the project's own, or an empty string."""
