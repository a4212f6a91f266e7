"""trace: runs each pipeline's body with symbolic artifacts, and notes the steps that it calls."""

from __future__ import annotations

import inspect
from typing import Any

from msgspec.structs import replace
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zcompile.authoring.annotations import validated
from zcompile.authoring.artifacts import TraceEndedError
from zcompile.authoring.pipeline import Pipeline, PipelineInstance
from zcompile.authoring.places import argument_place, parameter_place
from zcompile.authoring.secrets import told
from zcompile.authoring.tracing import tracing
from zcompile.config.file import ConfigFile
from zcompile.graph import Graph
from zcompile.hints import Scope
from zcompile.imports import users_errors
from zcompile.problems import Problems, listed, nearest
from zcompile.program import Program, Variant
from zruntime.diagnostics import Related
from zruntime.exceptions import (
    PipelineConfigurationError,
    PipelineInterfaceError,
    StepInterfaceError,
    ZCompileError,
)
from zruntime.loading import collecting_mistakes


def trace(program: Program) -> Program:
    """Traces all variants.

    Adds a PipelineInterfaceError or StepInterfaceError for each step that is wired wrongly, and
    a CompileError for a body that raises.
    """
    problems = Problems()
    variants = tuple(_trace_variant(variant, problems) for variant in program.variants)
    return replace(program, variants=variants).with_problems(problems)


def _trace_variant(variant: Variant, problems: Problems) -> Variant:
    pipeline = variant.instance.pipeline
    graph = Graph(pipeline, (), pipeline.enable_cache, complete=False)
    with (
        problems.collecting(),
        collecting_mistakes() as mistakes,
        users_errors(pipeline.file),
    ):
        graph = trace_instance(variant.instance, variant.config, problems)
    for mistake in mistakes:
        problems.add(mistake)
    return replace(variant, graph=graph)


def trace_instance(instance: PipelineInstance, config: ConfigFile, problems: Problems) -> Graph:
    """The graph of a pipeline instance.

    Args:
        instance: The pipeline with its steps and parameters.
        config: Sets further parameters of the pipeline.
        problems: Takes a StepInterfaceError for each input of a step that does not fit, and a
            PipelineInterfaceError for a pipeline without steps, for each parameter of it that is
            missing or wrong, and for what only a step may do with an artifact.
    """
    pipeline = instance.pipeline
    parameters = _Parameters(pipeline, instance, config, problems)
    arguments = parameters.values()
    slots = {id(step): name for name, step in instance.steps.items()}
    ended = not parameters.sound or parameters.guessed
    with tracing(slots, problems) as traced:
        try:
            if parameters.sound:
                pipeline.function(**instance.steps, **arguments)
        except TraceEndedError:
            ended = True
        except PipelineInterfaceError as error:
            problems.add(error)
            ended = True
    if not traced.nodes and not ended:
        problems.add(
            PipelineInterfaceError(
                f"Pipeline `{pipeline.name}` has no steps.",
                remedy="Call at least one step in its body.",
                place=pipeline.place,
                code="ZC202",
            )
        )
    complete = traced.complete and not ended
    return Graph(pipeline, tuple(traced.nodes.values()), pipeline.enable_cache, complete)


class _Parameters:
    """The pipeline's own parameters, of which YAML wins over code."""

    def __init__(
        self,
        pipeline: Pipeline,
        instance: PipelineInstance,
        config: ConfigFile,
        problems: Problems,
    ) -> None:
        self.pipeline, self.instance = pipeline, instance
        self.config, self.problems = config, problems
        self.configured = config.parameters
        self.given = {**instance.parameters, **self.configured}
        self.sound = True
        self.guessed = False

    def values(self) -> dict[str, Any]:
        """The arguments by name.

        `guessed` tells whether a default stands for one that is wrong, so that the body can be
        traced for further mistakes, and `sound` whether there is a value for each.
        """
        self._all_known()
        arguments = {}
        for name, argument in self.pipeline.parameters.items():
            if name in self.given:
                arguments[name] = self._checked(argument, self.given[name])
            elif argument.default is argument.empty:
                self._missing(name)
        return arguments

    def _all_known(self) -> None:
        known = tuple(self.pipeline.parameters)
        for name in self.configured:
            if name not in known:
                self.problems.add(
                    PipelineConfigurationError(
                        f"Pipeline `{self.pipeline.name}` has no parameter `{name}`.",
                        remedy=f"Its parameters are: {listed(known)}.",
                        suggestion=nearest(name, known),
                        place=self.config.key_place("parameters", name),
                        code="ZC346",
                    )
                )

    def _missing(self, name: str) -> None:
        self.sound = False
        meant = {nearest(given, self.pipeline.parameters) for given in self.configured}
        if not self.config.complete or name in meant:
            return
        self.problems.add(
            PipelineInterfaceError(
                f"Parameter `{name}` of pipeline `{self.pipeline.name}` has no value.",
                remedy=f"Call `{self.pipeline.name}({name}=...)`, give it a default, or set it in "
                "the YAML config under `parameters:`.",
                place=parameter_place(self.pipeline.function, name),
                code="ZC205",
            )
        )

    def _checked(self, argument: inspect.Parameter, value: Any) -> Any:
        if argument.annotation is argument.empty:
            return value
        try:
            hint = Scope(self.pipeline.function).resolved(argument.annotation)
            return validated(self.pipeline.name, argument.name, hint, value)
        except ValidationError as error:
            for details in error.errors():
                self.problems.add(self._wrong(argument.name, details))
        except StepInterfaceError as error:
            self.problems.add(error.at(parameter_place(self.pipeline.function, argument.name)))
        if argument.default is argument.empty:
            self.sound = False
            return value
        self.guessed = True
        return argument.default

    def _wrong(self, name: str, details: ErrorDetails) -> ZCompileError:
        path = (name, *map(str, details["loc"]))
        hint = self.pipeline.parameters[name].annotation
        in_yaml = name in self.configured
        kind = PipelineConfigurationError if in_yaml else PipelineInterfaceError
        place = argument_place(self.instance.place, name)
        declared = parameter_place(self.pipeline.function, name)
        return kind(
            f"Parameter `{'.'.join(path)}` of pipeline `{self.pipeline.name}` is "
            f"{told(details['input'], hint)}: {details['msg']}.",
            remedy="Change the value, or the annotation.",
            place=self.config.value_place("parameters", *path) if in_yaml else place,
            related=[Related(f"`{name}` is declared here", declared)],
            code="ZC206",
        )
