"""Where the values of a pipeline's config come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from zcompile.authoring.places import argument_place, field_place, parameter_place
from zcompile.compiling import ANALYSIS, programs
from zcompile.config.assets import Section
from zcompile.config.overrides import OPTION
from zcompile.graph import Graph, Node
from zcompile.program import Source, Variant
from zruntime.diagnostics import Place

CODE, CONFIG, DEFAULT = "code", "config", "default"


class ConfigValue(Struct, frozen=True):
    """A value, and where it comes from.

    Attributes:
        dag_id: The DAG that it belongs to.
        name: Its keys in a config, joined by dots, such as `steps.step_2.parameters.gamma`.
        value: The value, as plain data where it is a parameter.
        origin: "default", "code", "config", or "--set".
        place: Where it is written; None for a default of zcompile's own.
        variables: The environment variables that it was taken from.
        overrides: The place in the code whose value it takes the place of, if there is one.
    """

    dag_id: str
    name: str
    value: Any
    origin: str
    place: Place | None
    variables: tuple[str, ...] = ()
    overrides: Place | None = None


def explain_config(source: Source) -> tuple[ConfigValue, ...]:
    """Every parameter and switch of a pipeline file, and every argument that a config sets.

    Args:
        source: The pipeline file with its configs.

    Raises:
        ZCompileError: if the pipeline or a config is wrong.
    """
    traced: tuple[Variant, ...] = ()
    for stage, program in enumerate(programs(source, ANALYSIS)):
        traced = program.variants if stage == 1 else traced
        if stage == len(ANALYSIS):
            # While the user's modules are loaded, which tell where their classes are.
            return tuple(_values(program.raise_errors().variants, traced))
    program.raise_errors()
    return ()


def _values(configured: tuple[Variant, ...], traced: tuple[Variant, ...]) -> Iterator[ConfigValue]:
    for variant, before in zip(configured, traced, strict=True):
        yield from _Variant(variant, before.traced).values()


class _Variant:
    """A configured variant, and its graph as the code made it."""

    def __init__(self, variant: Variant, traced: Graph) -> None:
        self.variant, self.traced, self.file = variant, traced, variant.config

    def values(self) -> Iterator[ConfigValue]:
        graph, config = self.variant.traced, self.file.config
        pipeline = graph.pipeline
        yield self._switch(("enable_cache",), graph.enable_cache, pipeline.place)
        yield from self._pipeline_parameters()
        yield from self._arguments(("dag",), config.dag)
        for node in graph.nodes:
            yield from self._step(node, self.traced.node(node.name))

    def _pipeline_parameters(self) -> Iterator[ConfigValue]:
        instance = self.variant.instance
        pipeline = instance.pipeline
        for name, argument in pipeline.parameters.items():
            keys = ("parameters", name)
            declared = parameter_place(pipeline.function, name)
            given = instance.parameters
            code = argument_place(instance.place, name) if name in given else None
            if name in self.file.parameters:
                yield self._configured(keys, self.file.parameters[name], code)
            else:
                value = given.get(name, argument.default)
                yield self._of(keys, value, CODE if code else DEFAULT, code or declared)

    def _step(self, node: Node, before: Node) -> Iterator[ConfigValue]:
        settings = self.file.steps.get(node.name)
        keys = ("steps", node.name)
        for name, value in node.parameters.items():
            inner = (*keys, "parameters", name)
            code = before.parameter_place(name) if name in before.parameters else None
            if settings and name in settings.parameters:
                yield self._configured(inner, value, code)
            elif code:
                yield self._of(inner, value, CODE, code)
            else:
                yield self._of(inner, value, DEFAULT, _default_place(node, name))
        seed = (*keys, "parameters", "enable_cache")
        switch = seed if self.file.sets(*seed) else (*keys, "enable_cache")
        yield self._switch(switch, node.enable_cache, node.step.place)
        for option in ("cache_version", "cache_ttl"):
            if self.file.sets(*keys, option):
                yield self._configured((*keys, option), getattr(node, option))
        if settings:
            yield from self._arguments((*keys, "airflow"), settings.airflow)

    def _arguments(self, keys: tuple[str, ...], section: Section) -> Iterator[ConfigValue]:
        for name in type(section).model_fields:
            inner = (*keys, name)
            value = getattr(section, name)
            if isinstance(value, Section) and name == "default_args":
                yield from self._arguments(inner, value)
            elif self.file.sets(*inner):
                yield self._configured(inner, value)

    def _switch(self, keys: tuple[str, ...], value: bool, code: Place) -> ConfigValue:
        if self.file.sets(*keys):
            return self._configured(keys, value)
        return self._of(keys, value, CODE, code)

    def _configured(
        self, keys: tuple[str, ...], value: Any, overrides: Place | None = None
    ) -> ConfigValue:
        place = self.file.value_place(*keys)
        by_option = place is not None and place.file == OPTION
        variables = () if by_option else self.file.variables(*keys)
        origin = OPTION if by_option else CONFIG
        return ConfigValue(
            self.variant.dag_id, ".".join(keys), value, origin, place, variables, overrides
        )

    def _of(
        self, keys: tuple[str, ...], value: Any, origin: str, place: Place | None
    ) -> ConfigValue:
        return ConfigValue(self.variant.dag_id, ".".join(keys), value, origin, place)


def _default_place(node: Node, name: str) -> Place | None:
    """Where a parameter is declared, and so its default written."""
    config = node.step.signature.config
    if config and name in config[1].model_fields:
        return field_place(config[1], name)
    return parameter_place(node.step.entrypoint, name)
