"""Pipelines: what ``@pipeline`` makes of a function, and the instances that run or compile."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, overload

from msgspec import Struct

from zcompile.authoring.instantiation import Instantiation, read_arguments
from zcompile.authoring.options import checked_options, returns_no_value
from zcompile.authoring.places import calling_place, calling_position, place_of
from zcompile.authoring.step import StepInstance
from zcompile.problems import Problems, shown
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineInterfaceError
from zruntime.loading import NotRun, is_loading, note_run, report

_OPTIONS = ("name", "enable_cache")


class RunOptions(Struct, frozen=True):
    """How an instance is run; None leaves a choice to the pipeline."""

    config_path: Path | None = None
    enable_cache: bool | None = None
    run_name: str | None = None


class Pipeline:
    """A pipeline: a function whose body calls steps.

    Arguments without annotation and default take step instances (the classic style); others are
    the pipeline's parameters. Calling a pipeline with its step instances makes an instance of it;
    a pipeline that takes none is run by calling it.

    Attributes:
        sound: Whether its function can be a pipeline; only while a module is compiled are mistakes
            collected, and can there be a pipeline that is not.
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
        problems = Problems()
        self.names, self.slots, self.parameters = read_arguments(self.name, function, problems)
        functools.update_wrapper(self, function)
        self.sound = not problems.errors and not returns_no_value(function)
        report(problems.errors)

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
        problems = Problems()
        given = Instantiation(self.name, self.names, self.slots, problems)
        steps, parameters = given.bind(args, kwargs)
        report(problems.errors)
        sound = self.sound and not problems.errors
        return PipelineInstance(self, steps, parameters, self.options, sound=sound)

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

    def changed_parameters(
        self, compiled: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """See `zcompile.retracing.changed_parameters`."""
        return self.instance().changed_parameters(compiled, wanted)

    def get_runs(self) -> Any:
        """The runs of this pipeline, oldest first."""
        return _runs_of(self.name, self.file)

    def __repr__(self) -> str:
        return f"<pipeline {self.name}>"


class PipelineInstance:
    """A pipeline with its step instances and parameters.

    Attributes:
        sound: Whether its arguments fit the pipeline; only while a module is compiled are mistakes
            collected, and can there be an instance that is not.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        steps: Mapping[str, StepInstance],
        parameters: Mapping[str, Any],
        options: RunOptions,
        *,
        sound: bool = True,
    ) -> None:
        self.sound = sound
        self.pipeline = pipeline
        self.steps = steps
        self.parameters = parameters
        self.options = options
        self._position = calling_position()

    @property
    def place(self) -> Place | None:
        """Where it was made."""
        return self._position.place if self._position else None

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
        return PipelineInstance(
            self.pipeline, self.steps, self.parameters, options, sound=self.sound
        )

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

    def changed_parameters(
        self, compiled: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """See `zcompile.retracing.changed_parameters`."""
        from zcompile.retracing import changed_parameters

        return changed_parameters(self, compiled, wanted)

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
    checked = checked_options("@pipeline", options, _OPTIONS, PipelineInterfaceError)
    return lambda decorated: Pipeline(_a_function(decorated), **checked)


def _a_function(function: Any) -> Callable[..., Any]:
    if not inspect.isfunction(function):
        raise PipelineInterfaceError(
            f"`@pipeline` decorates a function, not {shown(function)}.",
            remedy="Write `@pipeline` above a `def`, and options as keywords.",
            place=calling_place(),
            code="ZC200",
        )
    if returns_no_value(function):
        error = PipelineInterfaceError(
            f"Pipeline `{function.__name__}` is a generator or coroutine, whose body does not run "
            "when it is called.",
            remedy="Write a plain function that calls steps.",
            place=place_of(function),
            code="ZC209",
        )
        report([error])
    return function


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
