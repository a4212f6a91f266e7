"""configure: merges defaults, code and YAML into the parameters and switches of each step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from zcompile.authoring.mistakes import ParameterMistake
from zcompile.authoring.parameters import checked_parameters
from zcompile.authoring.places import field_place, parameter_place
from zcompile.authoring.secrets import SECRET_CODES
from zcompile.config.file import ConfigFile
from zcompile.graph import Graph, Node
from zcompile.problems import Problems, listed, nearest, shown
from zcompile.program import Program
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import (
    MissingStepParameterError,
    PipelineConfigurationError,
    ZCompileError,
)

if TYPE_CHECKING:
    from zcompile.config.models import StepSettings

CACHE_SWITCH = "enable_cache"
"""The seed's place for a step's cache switch is among its parameters."""


def configure(program: Program) -> Program:
    """Configures all variants.

    Adds a PipelineConfigurationError for each name in a config that does not exist and each value
    that is wrong, and a StepInterfaceError for each value in code that is wrong or missing.
    """
    problems = Problems()
    variants = tuple(
        replace(variant, graph=configure_graph(variant.traced, variant.config, problems))
        for variant in program.variants
    )
    if program.errors:
        # What is missing may be so only because of a mistake that was told already.
        problems.drop(MissingStepParameterError)
    return replace(program, variants=variants).with_problems(problems)


def configure_graph(graph: Graph, file: ConfigFile, problems: Problems) -> Graph:
    """A graph whose steps have all of their parameters; YAML wins over code, code over defaults.

    Args:
        graph: A traced graph.
        file: The config.
        problems: Takes the mistakes that `configure` names.
    """
    _check_fail_fast(graph, file, problems)
    names = [node.name for node in graph.nodes]
    for name in file.steps if graph.complete else ():
        if name not in names:
            problems.add(
                _unknown(
                    file, ("steps", name), f"Pipeline `{graph.name}` has no step", names, "ZC310"
                )
            )
    nodes = tuple(_Configuration(node, file, problems).node() for node in graph.nodes)
    enable_cache = graph.enable_cache if file.enable_cache is None else file.enable_cache
    return replace(graph, nodes=nodes, enable_cache=enable_cache)


def _check_fail_fast(graph: Graph, file: ConfigFile, problems: Problems) -> None:
    """Airflow wants all tasks of such a DAG to wait for success, which not all of ours may do."""
    if file.fail_fast and any(node.mapped or node.when for node in graph.nodes):
        problems.add(
            PipelineConfigurationError(
                f"The config's `dag.fail_fast` is true, and pipeline `{graph.name}` has steps that "
                "are mapped or run on a condition.",
                remedy="Leave `fail_fast` out.",
                place=file.value_place("dag", "fail_fast"),
                code="ZC363",
            )
        )


class _Configuration:
    """One step with what its config says of it."""

    def __init__(self, node: Node, file: ConfigFile, problems: Problems) -> None:
        self.traced, self.file, self.problems = node, file, problems
        self.settings = file.steps.get(node.name)
        self.configured = dict(self.settings.parameters) if self.settings else {}

    def node(self) -> Node:
        """The step with its parameters, switch and Airflow arguments."""
        enable_cache = self._cache_switch()
        traced = self.traced
        self._all_known()
        parameters, mistakes = checked_parameters(
            traced.step.function_name,
            traced.step.signature,
            {**traced.parameters, **self.configured},
            wired=traced.inputs,
            templates=True,
        )
        for mistake in mistakes:
            if traced.sound or not mistake.is_missing:
                self.problems.add(self._placed(mistake))
        return replace(
            traced,
            parameters=parameters,
            enable_cache=traced.enable_cache if enable_cache is None else enable_cache,
            **(self._options(self.settings) if self.settings else {}),
        )

    def _options(self, settings: StepSettings) -> dict[str, Any]:
        """What the config says of the step's task, and of how long and for which version a result
        may be used.
        """
        from zcompile.arguments import task_arguments  # a config's models

        options = {name: getattr(settings, name) for name in ("cache_version", "cache_ttl")}
        given = {name: value for name, value in options.items() if value is not None}
        return {**given, "airflow": task_arguments(settings.airflow)}

    def _all_known(self) -> None:
        """Reports the configured parameters that the step does not have, and drops them."""
        signature = self.traced.step.signature
        free = (name for name in signature.inputs if name not in self.traced.inputs)
        known = (*signature.config_fields, *free)
        for name in [*self.configured]:
            if name not in known:
                del self.configured[name]
                keys = ("steps", self.traced.name, "parameters", name)
                message = f"Step `{self.traced.name}` has no parameter"
                self.problems.add(_unknown(self.file, keys, message, known, "ZC345"))

    def _placed(self, mistake: ParameterMistake) -> ZCompileError:
        """A mistake with its place: in the config for what the config sets, else in the code."""
        error, path = mistake.error, mistake.path
        if not path or path[0] not in self.configured:
            remedy = error.remedy.replace("<step name>", self.traced.name)
            related = error.diagnostic.related or self._declared(path)
            error.diagnostic = replace(error.diagnostic, remedy=remedy, related=related)
            return error.at(self._place_in_code(path[0]) if path else self.traced.place)
        return PipelineConfigurationError(
            error.message,
            remedy=error.remedy,
            suggestion=error.diagnostic.suggestion,
            related=error.diagnostic.related,
            place=self.file.value_place("steps", self.traced.name, "parameters", *path),
            code=error.code if error.code in SECRET_CODES else "ZC311",
        )

    def _declared(self, path: tuple[str, ...]) -> tuple[Related, ...]:
        """Where the step declares an argument that is wrong where it is called."""
        step = self.traced.step
        if not path or path[0] not in step.signature.inputs:
            return ()
        place = parameter_place(step.entrypoint, path[0])
        is_default = place == self._place_in_code(path[0])
        return () if is_default else (Related(f"`{path[0]}` is declared here", place),)

    def _place_in_code(self, name: str) -> Place | None:
        """Where the code gives a parameter its value: in the step's call, or as a default."""
        traced, signature = self.traced, self.traced.step.signature
        if name in traced.parameters:
            return traced.input_place(name)
        if name in signature.defaults:
            return parameter_place(traced.step.entrypoint, name)
        if signature.config and name in signature.config_defaults:
            return parameter_place(traced.step.entrypoint, signature.config[0])
        field = signature.config[1].model_fields.get(name) if signature.config else None
        if signature.config and field and not field.is_required():
            return field_place(signature.config[1], name) or traced.place
        return traced.input_place(name)

    def _cache_switch(self) -> bool | None:
        """The step's switch, which the seed keeps among the parameters."""
        signature = self.traced.step.signature
        own = self.settings.enable_cache if self.settings else None
        if CACHE_SWITCH in (*signature.config_fields, *signature.inputs):
            return own
        switch = self.configured.pop(CACHE_SWITCH, None)
        if switch is not None and not isinstance(switch, bool):
            self._wrong_switch(
                f"is {shown(switch)}, not true or false", "Write `true` or `false`.", "ZC312"
            )
            return None
        if None not in (switch, own) and switch != own:
            self._wrong_switch("is set twice, to different values", "Keep one of them.", "ZC313")
        return own if switch is None else switch

    def _wrong_switch(self, problem: str, remedy: str, code: str) -> None:
        keys = ("steps", self.traced.name, "parameters", CACHE_SWITCH)
        self.problems.add(
            PipelineConfigurationError(
                f"`enable_cache` of step `{self.traced.name}` {problem}.",
                remedy=remedy,
                place=self.file.value_place(*keys),
                code=code,
            )
        )


def _unknown(
    file: ConfigFile, keys: tuple[str, ...], message: str, known: Iterable[Any], code: str
) -> PipelineConfigurationError:
    names = list(known)
    return PipelineConfigurationError(
        f"{message} `{keys[-1]}`.",
        remedy=f"There are: {listed(names)}." if names else "There are none.",
        suggestion=nearest(keys[-1], names),
        place=file.key_place(*keys),
        code=code,
    )
