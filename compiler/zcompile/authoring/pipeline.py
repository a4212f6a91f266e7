"""Pipelines: what ``@pipeline`` makes of a function, and the instances that run or compile."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, overload

from zcompile.authoring.options import check_options
from zcompile.authoring.places import calling_place, place_of
from zcompile.authoring.step import Step, StepInstance
from zcompile.hints import type_of
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineInterfaceError
from zruntime.loading import NotRun, is_loading, note_run

_OPTIONS = ("name", "enable_cache")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How an instance is run; None leaves a choice to the pipeline."""

    config_path: Path | None = None
    enable_cache: bool | None = None
    run_name: str | None = None


class Pipeline:
    """A pipeline: a function whose body calls steps.

    Arguments without annotation and default take step instances (the classic style); others are
    the pipeline's parameters. Calling a pipeline with its step instances makes an instance of it;
    a pipeline that takes none is run by calling it.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        enable_cache: bool = True,
        options: RunOptions | None = None,
    ) -> None:
        self.function = function
        self.name = name or function.__name__
        self.enable_cache = enable_cache
        self.options = options or RunOptions()
        self.slots, self.parameters = _read_arguments(self.name, function)
        functools.update_wrapper(self, function)

    @property
    def place(self) -> Place:
        """Where the pipeline function is defined."""
        return place_of(self.function)

    @property
    def file(self) -> Path:
        """The file in which the pipeline function is defined."""
        return Path(self.function.__code__.co_filename)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Makes an instance, or runs a pipeline that takes no step instances.

        Raises:
            PipelineInterfaceError: if the arguments do not fit the pipeline.
        """
        instance = self.instance(*args, **kwargs)
        return instance if self.slots else instance.run()

    def instance(self, *args: Any, **kwargs: Any) -> PipelineInstance:
        """An instance with the given steps and parameters; runs nothing.

        Raises:
            PipelineInterfaceError: if the arguments do not fit the pipeline.
        """
        steps, parameters = _bind(self, args, kwargs)
        return PipelineInstance(self, steps, parameters, self.options)

    def with_options(
        self,
        *,
        config_path: str | Path | None = None,
        enable_cache: bool | None = None,
        run_name: str | None = None,
    ) -> Pipeline:
        """A copy whose runs have these options; those left out stay as they are."""
        return Pipeline(
            self.function,
            name=self.name,
            enable_cache=self.enable_cache,
            options=_merged(self.options, config_path, enable_cache, run_name),
        )

    def get_runs(self) -> Any:
        """The runs of this pipeline, oldest first."""
        return _runs_of(self.name, self.file)

    def __repr__(self) -> str:
        return f"<pipeline {self.name}>"


class PipelineInstance:
    """A pipeline with its step instances and parameters."""

    def __init__(
        self,
        pipeline: Pipeline,
        steps: Mapping[str, StepInstance],
        parameters: Mapping[str, Any],
        options: RunOptions,
    ) -> None:
        self.pipeline = pipeline
        self.steps = steps
        self.parameters = parameters
        self.options = options
        self.place = calling_place()

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline.name

    def with_options(
        self,
        *,
        config_path: str | Path | None = None,
        enable_cache: bool | None = None,
        run_name: str | None = None,
    ) -> PipelineInstance:
        """A copy whose runs have these options; those left out stay as they are."""
        options = _merged(self.options, config_path, enable_cache, run_name)
        return PipelineInstance(self.pipeline, self.steps, self.parameters, options)

    def run(
        self,
        *,
        config_path: str | Path | None = None,
        enable_cache: bool | None = None,
        run_name: str | None = None,
    ) -> Any:
        """Runs the pipeline in this process and returns the run.

        Args:
            config_path: A YAML config for this run.
            enable_cache: Overrides the pipeline's cache switch for this run.
            run_name: A name that no other run of this pipeline has.

        Raises:
            DuplicateRunNameError: if the pipeline has a run of that name.
            ZCompileError: if the pipeline or its config is wrong.
            Exception: whatever a step raises.
        """
        if is_loading():
            note_run(self)
            return NotRun()
        from zcompile.running import run_pipeline

        return run_pipeline(self, _merged(self.options, config_path, enable_cache, run_name))

    def get_runs(self) -> Any:
        """The runs of this pipeline, oldest first."""
        return _runs_of(self.name, self.pipeline.file)

    def __repr__(self) -> str:
        return f"<instance of pipeline {self.name}>"


@overload
def pipeline(function: Callable[..., Any], /) -> Pipeline: ...
@overload
def pipeline(
    *, name: str | None = None, enable_cache: bool = True
) -> Callable[[Callable[..., Any]], Pipeline]: ...
def pipeline(
    function: Callable[..., Any] | None = None, /, **options: Any
) -> Pipeline | Callable[[Callable[..., Any]], Pipeline]:
    """Turns a function into a pipeline; as ``@pipeline`` or with options as ``@pipeline(...)``.

    Args:
        function: The function whose body calls the steps.
        options: ``name``, the function's name by default; ``enable_cache``, False to run all
            steps without looking for cached results.

    Raises:
        PipelineInterfaceError: if the function cannot be a pipeline.
    """
    if function is not None:
        return Pipeline(_a_function(function))
    check_options("pipeline", options, _OPTIONS, PipelineInterfaceError)
    return lambda decorated: Pipeline(_a_function(decorated), **options)


def _a_function(function: Any) -> Callable[..., Any]:
    if not inspect.isfunction(function):
        raise PipelineInterfaceError(
            f"`@pipeline` decorates a function, not {function!r}.",
            remedy="Write `@pipeline` above a `def`, and options as keywords.",
            place=calling_place(),
            code="ZC200",
        )
    return function


def _read_arguments(
    name: str, function: Callable[..., Any]
) -> tuple[tuple[str, ...], dict[str, inspect.Parameter]]:
    slots: list[str] = []
    parameters: dict[str, inspect.Parameter] = {}
    for argument in _signature(name, function).parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            stars = "*" if argument.kind is argument.VAR_POSITIONAL else "**"
            raise PipelineInterfaceError(
                f"Pipeline `{name}` takes `{stars}{argument.name}`: its steps must be named.",
                remedy="Replace it with one argument for each step.",
                place=place_of(function),
                code="ZC201",
            )
        if argument.kind is argument.POSITIONAL_ONLY:
            raise PipelineInterfaceError(
                f"Pipeline `{name}` takes `{argument.name}` by its position only.",
                remedy="Remove the `/`: steps and parameters have names.",
                place=place_of(function),
                code="ZC201",
            )
        if argument.annotation in (argument.empty, Step, StepInstance) and (
            argument.default is argument.empty
        ):
            slots.append(argument.name)
        else:
            parameters[argument.name] = argument
    return tuple(slots), parameters


def _signature(name: str, function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except Exception as error:  # an annotation may be any expression
        raise PipelineInterfaceError(
            f"The annotations of pipeline `{name}` cannot be evaluated: {error}.",
            remedy="Import the types it names at the top of the module, not under `TYPE_CHECKING`.",
            place=place_of(function),
            code="ZC207",
        ) from error


def _bind(
    pipeline: Pipeline, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[dict[str, StepInstance], dict[str, Any]]:
    """The arguments of an instantiation, sorted into step instances and parameters."""
    names = tuple(inspect.signature(pipeline.function).parameters)
    if len(args) > len(names):
        _fail(
            f"Pipeline `{pipeline.name}` takes {len(names)} steps and was given {len(args)}.",
            f"Its arguments are: {_listed(names)}.",
            "ZC210",
        )
    given = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name not in names:
            _fail(
                f"Pipeline `{pipeline.name}` has no argument `{name}`.",
                f"Its arguments are: {_listed(names)}.",
                "ZC211",
            )
        if name in given:
            _fail(
                f"Argument `{name}` of pipeline `{pipeline.name}` is given twice.",
                "Give it once, by its position or by its name.",
                "ZC212",
            )
        given[name] = value
    missing = [name for name in pipeline.slots if name not in given]
    if missing:
        _fail(
            f"Pipeline `{pipeline.name}` is missing its step{'s' * (len(missing) > 1)} "
            f"{_listed(missing)}.",
            f"Hand each an instance: `{pipeline.name}({missing[0]}=<a step>())`.",
            "ZC213",
        )
    steps = {name: _a_step(pipeline, name, given[name]) for name in pipeline.slots}
    _all_different(pipeline, steps)
    return steps, {name: value for name, value in given.items() if name not in pipeline.slots}


def _a_step(pipeline: Pipeline, slot: str, value: Any) -> StepInstance:
    if isinstance(value, Step):
        name = value.function_name
        _fail(
            f"Argument `{slot}` of pipeline `{pipeline.name}` is the step `{name}` itself, not an "
            "instance of it: missing brackets.",
            f"Write `{slot}={name}()`.",
            "ZC214",
        )
    if not isinstance(value, StepInstance):
        _fail(
            f"Argument `{slot}` of pipeline `{pipeline.name}` is {value!r}, not a step.",
            "Decorate the function with `@step` and hand over an instance, as in `my_step()`; a "
            f"parameter of the pipeline needs an annotation, as in `{slot}: {type_of(value)}`.",
            "ZC215",
        )
    return value


def _all_different(pipeline: Pipeline, steps: Mapping[str, StepInstance]) -> None:
    seen: dict[int, str] = {}
    for slot, instance in steps.items():
        if id(instance) in seen:
            function = instance.step.function_name
            _fail(
                f"Pipeline `{pipeline.name}` was given one instance of step `{function}` as both "
                f"`{seen[id(instance)]}` and `{slot}`.",
                f"Make an instance for each: `{function}()`.",
                "ZC216",
            )
        seen[id(instance)] = slot


def _merged(
    options: RunOptions,
    config_path: str | Path | None,
    enable_cache: bool | None,
    run_name: str | None,
) -> RunOptions:
    return RunOptions(
        config_path=options.config_path if config_path is None else Path(config_path),
        enable_cache=options.enable_cache if enable_cache is None else enable_cache,
        run_name=run_name or options.run_name,
    )


def _runs_of(name: str, file: Path) -> Any:
    if is_loading():
        return NotRun()
    from zcompile.post_execution import runs_of

    return runs_of(name, file)


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _fail(message: str, remedy: str, code: str) -> NoReturn:
    raise PipelineInterfaceError(message, remedy=remedy, place=calling_place(), code=code)
