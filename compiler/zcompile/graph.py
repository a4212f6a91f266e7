"""A traced pipeline: frozen values that the stages of the compiler pass on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zruntime.diagnostics import Place
from zruntime.spec import OutputRef

if TYPE_CHECKING:
    from zcompile.authoring.pipeline import Pipeline
    from zcompile.authoring.step import Step


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a pipeline.

    Attributes:
        name: Its name in the pipeline.
        step: The step, with its options.
        inputs: Which output each artifact input takes its value from.
        parameters: What code and YAML set; all parameters once the graph is configured.
        enable_cache: The step's own switch.
        place: Where the pipeline calls it.
        airflow: Arguments of its Airflow task, from YAML.
    """

    name: str
    step: Step
    inputs: Mapping[str, OutputRef]
    parameters: Mapping[str, Any]
    enable_cache: bool
    place: Place | None
    airflow: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """A pipeline's steps, each after the steps that it depends on."""

    pipeline: Pipeline
    nodes: tuple[Node, ...]
    enable_cache: bool

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
