"""Steps: what ``@step`` makes of a function, and the instances that a pipeline is built from."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, overload

from zcompile.authoring.artifacts import Artifact, Unknown, current_trace
from zcompile.authoring.asking import askable_problems, taken
from zcompile.authoring.conditions import ArtifactCondition, wrong_condition
from zcompile.authoring.config import BaseStepConfig
from zcompile.authoring.given import Materializers, given_config, read_materializers
from zcompile.authoring.options import checked_options, returns_no_value
from zcompile.authoring.outputs import checked_outputs
from zcompile.authoring.parameters import build_arguments, normalize_parameters
from zcompile.authoring.places import argument_place, calling_place, place_of
from zcompile.authoring.signature import StepSignature, read_signature
from zcompile.problems import Problems, shown
from zruntime.conditions import TRUE
from zruntime.diagnostics import Place
from zruntime.exceptions import StepInterfaceError
from zruntime.functions import StepContext
from zruntime.loading import report

_OPTIONS = (
    *("name", "enable_cache", "cache_version", "cache_ttl", "files", "cache_func"),
    "output_materializers",
)

Duration = timedelta | float | str
Files = str | Path | Sequence[str | Path]


class Step:
    """A step: a function with named, typed inputs and outputs.

    Inside a pipeline's body, calling a step adds it to the pipeline. Outside, calling it makes
    an instance to hand to a pipeline, with its config. `entrypoint` is the function itself.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        enable_cache: bool | None = None,
        cache_version: str = "",
        cache_ttl: timedelta | None = None,
        files: tuple[str, ...] = (),
        cache_func: Callable[..., Any] | None = None,
        output_materializers: Materializers = None,
        when: ArtifactCondition | None = None,
    ) -> None:
        problems = Problems()
        self.when = when
        self.entrypoint = function
        self.signature: StepSignature = read_signature(function, problems)
        self.custom_name = name
        self.cache_version = cache_version
        self.cache_ttl = cache_ttl
        self.files = files
        self.cache_func = cache_func
        if cache_func is not None:
            problems.errors += askable_problems(function.__name__, self.signature, cache_func)
        self._enable_cache = enable_cache
        self.materializers = read_materializers(
            function.__name__, self.signature, output_materializers, problems
        )
        report(problems.errors)
        functools.update_wrapper(self, function)

    @property
    def function_name(self) -> str:
        """The name of the step function."""
        return self.entrypoint.__name__

    @property
    def enable_cache(self) -> bool:
        """The step's own switch: on, unless it takes a StepContext or was switched off."""
        if self._enable_cache is None:
            return self.signature.context is None
        return self._enable_cache

    @property
    def place(self) -> Place:
        """Where the step function is defined."""
        return place_of(self.entrypoint)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the step to the pipeline that is being traced, or makes an instance of it.

        Raises:
            StepInterfaceError: if the arguments do not fit the step.
        """
        trace = current_trace()
        if trace is not None:
            return trace.add(self, None, args, kwargs)
        problems = Problems()
        config = None
        with problems.collecting():
            config = given_config(self.function_name, self.signature, args, kwargs)
        report(problems.errors)
        return StepInstance(self, config)

    def map(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the step to the pipeline that is being traced, once for each item of a list.

        Outputs of steps among the arguments must be lists; each instance takes one item of each.
        Lists that are mapped together must be of one length. What is wrapped in `unmapped(...)`,
        and parameters, every instance takes whole. Each output of the step becomes a list.

        Raises:
            StepInterfaceError: if no pipeline is being traced.
        """
        return _map(self, None, args, kwargs)

    def with_options(
        self,
        *,
        name: str | None = None,
        enable_cache: bool | None = None,
        cache_version: str | None = None,
        cache_ttl: Duration | None = None,
        files: Files | None = None,
        cache_func: Callable[..., Any] | None = None,
        output_materializers: Materializers = None,
        when: Any = None,
    ) -> Step:
        """A copy of the step with other options; those left out stay as they are.

        Args:
            name: Its name in the pipeline.
            enable_cache: Its own cache switch.
            cache_version: To be changed when old results must not be used any more.
            cache_ttl: How old a stored result may be to be used: a timedelta, seconds, or text
                such as ``"90m"`` or ``"1d 12h"``.
            files: Patterns of the files that it reads, whose names and contents enter its key:
                paths relative to the project, or URLs; ``{name}`` stands for a parameter.
            cache_func: Its answer enters the key; it takes those of the step's parameters that
                it has arguments for.
            output_materializers: A materializer class for all outputs or a dict by name.
            when: In a pipeline's body, a condition on an output of a step: the step is skipped
                where it does not hold, and so is what depends on it.
        """
        given = {
            "name": name,
            "enable_cache": enable_cache,
            "cache_version": cache_version,
            "cache_ttl": cache_ttl,
            "files": files,
            "cache_func": cache_func,
        }
        checked = checked_options("with_options", given, _OPTIONS, StepInterfaceError)
        options = {
            "name": self.custom_name,
            "enable_cache": self._enable_cache,
            "cache_version": self.cache_version,
            "cache_ttl": self.cache_ttl,
            "files": self.files,
            "cache_func": self.cache_func,
            **{option: value for option, value in checked.items() if value is not None},
        }
        return Step(
            self.entrypoint,
            **options,
            output_materializers=output_materializers or self.materializers,
            when=self.when if when is None else _condition(when),
        )

    def normalize(
        self,
        parameters: Mapping[str, Any],
        *,
        wired: Collection[str] = (),
    ) -> dict[str, Any]:
        """All parameters as plain JSON data; see `normalize_parameters`."""
        return normalize_parameters(self.function_name, self.signature, parameters, wired=wired)

    def ask(self, function: Callable[..., Any], parameters: Mapping[str, Any]) -> Any:
        """What a function returns for those of the step's parameters that it has arguments for.

        Args:
            function: A `cache_func`.
            parameters: Plain JSON data, as `normalize` gives it.

        Raises:
            Exception: whatever it raises.
        """
        arguments = build_arguments(self.function_name, self.signature, parameters)
        return function(**{name: arguments[name] for name in taken(function, arguments)})

    def call(
        self, inputs: Mapping[str, Any], parameters: Mapping[str, Any], context: StepContext
    ) -> dict[str, Any]:
        """Calls the step function.

        Args:
            inputs: Values of the artifacts it takes. One that is missing, since the step that
                makes it was skipped, is its default or None.
            parameters: Plain JSON data, as `normalize` gives it.
            context: The run it is part of.

        Returns:
            The outputs by name, checked against their annotations.

        Raises:
            StepInterfaceError: if what it returned does not fit its annotation.
        """
        arguments = {**build_arguments(self.function_name, self.signature, parameters), **inputs}
        for name in self.signature.inputs:
            if name not in self.signature.defaults:
                arguments.setdefault(name, None)
        if self.signature.context:
            arguments[self.signature.context] = context
        bound = inspect.signature(self.entrypoint).bind_partial()
        bound.arguments.update(
            {name: arguments[name] for name in bound.signature.parameters if name in arguments}
        )
        returned = self.entrypoint(*bound.args, **bound.kwargs)
        return checked_outputs(self.function_name, self.signature, returned, self.entrypoint)

    def __repr__(self) -> str:
        return f"<step {self.function_name}>"


class StepInstance:
    """A step with its config, ready to take a place in a pipeline."""

    def __init__(
        self,
        step: Step,
        config: BaseStepConfig | None = None,
        origin: StepInstance | None = None,
    ) -> None:
        self.step = step
        self.config = config
        self.origin = origin
        self.place = calling_place()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the instance to the pipeline that is being traced.

        Raises:
            StepInterfaceError: if no pipeline is being traced, or the arguments do not fit.
        """
        trace = current_trace()
        if trace is None:
            name = self.step.function_name
            raise StepInterfaceError(
                f"An instance of step `{name}` was called outside of a pipeline.",
                remedy=f"Call it in a pipeline's body, or call `{name}.entrypoint(...)`.",
                place=calling_place(),
                code="ZC133",
            )
        return trace.add(self.step, self, args, kwargs)

    def map(self, *args: Any, **kwargs: Any) -> Any:
        """Adds the instance to the pipeline, once for each item of a list; see `Step.map`."""
        return _map(self.step, self, args, kwargs)

    def with_options(self, **options: Any) -> StepInstance:
        """A copy with other options; see `Step.with_options`."""
        return StepInstance(self.step.with_options(**options), self.config, self.origin or self)

    def with_return_materializers(self, materializers: Materializers) -> StepInstance:
        """A copy which stores its outputs, all or those named, with the given materializers."""
        return self.with_options(output_materializers=materializers)

    def __repr__(self) -> str:
        return f"<instance of step {self.step.function_name}>"


@overload
def step(function: Callable[..., Any], /) -> Step: ...
@overload
def step(
    *,
    name: str | None = None,
    enable_cache: bool | None = None,
    cache_version: str = "",
    cache_ttl: Duration | None = None,
    files: Files = (),
    cache_func: Callable[..., Any] | None = None,
    output_materializers: Materializers = None,
) -> Callable[[Callable[..., Any]], Step]: ...
def step(
    function: Callable[..., Any] | None = None, /, **options: Any
) -> Step | Callable[[Callable[..., Any]], Step]:
    """Turns a function into a step; as ``@step`` or with options as ``@step(...)``.

    Args:
        function: The function; each argument and the return value are annotated.
        options: ``name`` in direct-style pipelines; ``enable_cache``, the step's own switch;
            ``cache_version``, to be changed when old results must not be used any more;
            ``cache_ttl``, how old a stored result may be to be used, such as ``"1d 12h"``;
            ``files``, patterns of the files that it reads, whose names and contents enter its key;
            ``cache_func``, a function whose answer enters the key, see docs/caching.md;
            ``output_materializers``, a materializer class for all outputs or a dict by name.

    Raises:
        StepInterfaceError: if the function's signature or an option does not fit a step.
    """
    if function is not None:
        return Step(_a_function(function))
    checked = checked_options("@step", options, _OPTIONS, StepInterfaceError)
    given = {name: value for name, value in checked.items() if value is not None}
    return lambda decorated: Step(_a_function(decorated), **given)


def _map(step: Step, instance: StepInstance | None, args: tuple[Any, ...], kwargs: Any) -> Any:
    trace = current_trace()
    if trace is None:
        raise StepInterfaceError(
            f"Step `{step.function_name}` is mapped outside of a pipeline's body.",
            remedy="Call `.map` in a function with `@pipeline`, on an output of a step.",
            place=calling_place(),
            code="ZC176",
        )
    return trace.add(step, instance, args, kwargs, mapped=True)


def _condition(when: Any) -> ArtifactCondition | None:
    if isinstance(when, ArtifactCondition):
        return when
    if isinstance(when, Artifact):
        return ArtifactCondition(when, TRUE)
    trace = current_trace()
    error = wrong_condition(when, argument_place(calling_place(), "when"))
    if trace is None:
        raise error
    if not isinstance(when, Unknown):
        trace.problems.add(error)
    return None


def _a_function(function: Any) -> Callable[..., Any]:
    if not inspect.isfunction(function):
        raise StepInterfaceError(
            f"`@step` decorates a function, not {shown(function)}.",
            remedy="Write `@step` above a `def`, and options as keywords: `@step(name=...)`.",
            place=calling_place(),
            code="ZC100",
        )
    if returns_no_value(function):
        error = StepInterfaceError(
            f"Step `{function.__name__}` is a generator or coroutine, whose result is no value.",
            remedy="Write a plain function that returns its outputs.",
            place=place_of(function),
            code="ZC132",
        )
        report([error])
    return function
