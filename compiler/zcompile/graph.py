"""A traced pipeline: frozen values that the stages of the compiler pass on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from zcompile.authoring.places import argument_place, value_place
from zruntime.diagnostics import Place
from zruntime.spec import Condition, OutputRef

if TYPE_CHECKING:
    from zcompile.authoring.pipeline import Pipeline
    from zcompile.authoring.step import Step


class Node(Struct, frozen=True):
    """One step of a pipeline.

    Attributes:
        name: Its name in the pipeline.
        step: The step, with its options.
        inputs: Which output each artifact input takes its value from.
        parameters: What code and YAML set; all parameters once the graph is configured.
        enable_cache: The step's own switch.
        cache_version: The author's version of its results.
        cache_ttl: How old a stored result may be to be used, None for any age.
        place: Where the pipeline calls it.
        airflow: Arguments of its Airflow task, from YAML.
        positions: Index of each input that its call gives by position.
        sound: Whether its arguments fit; where they do not, some may be missing here.
        mapped: The inputs that take one item of a list each, if the step is mapped.
        when: On what it depends whether the step runs.
        when_place: Where that is written.
        config_place: Where its instance was made with a config.
    """

    name: str
    step: Step
    inputs: Mapping[str, OutputRef]
    parameters: Mapping[str, Any]
    enable_cache: bool
    cache_version: str
    cache_ttl: timedelta | None
    place: Place | None
    airflow: Mapping[str, Any]
    positions: Mapping[str, int] = field(default_factory=dict)
    sound: bool = True
    mapped: tuple[str, ...] = ()
    when: Condition | None = None
    when_place: Place | None = None
    config_place: Place | None = None

    def parameter_place(self, name: str) -> Place | None:
        """Where code gives a parameter its value: in its call, or in the config handed to it."""
        for call in (self.place, self.config_place):
            found = value_place(call, name)
            if found is not None:
                return found
        is_field = name in self.step.signature.config_fields
        return self.config_place or self.place if is_field else self.input_place(name)

    def input_place(self, name: str) -> Place | None:
        """Where its call gives an input or a parameter its value."""
        return argument_place(self.place, name, self.positions.get(name))


class Graph(Struct, frozen=True):
    """A pipeline's steps, each after the steps that it depends on.

    Attributes:
        pipeline: The pipeline.
        nodes: The steps.
        enable_cache: The pipeline's switch.
        complete: Whether these are all; a mistake in the pipeline's body may hide the rest.
    """

    pipeline: Pipeline
    nodes: tuple[Node, ...]
    enable_cache: bool
    complete: bool = True

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline.name

    def node(self, name: str) -> Node:
        """The step of that name; KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)
