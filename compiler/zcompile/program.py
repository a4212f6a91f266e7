"""The values that the compiler's stages pass on: what is asked for, and what has come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zcompile.authoring.pipeline import PipelineInstance
from zcompile.config import NO_CONFIG, ConfigFile
from zcompile.graph import Graph
from zruntime.diagnostics import Place
from zruntime.fingerprint import CodeFingerprint
from zruntime.project import Project
from zruntime.spec import PipelineSpec


@dataclass(frozen=True, slots=True)
class Source:
    """What a compile starts from.

    Attributes:
        file: The pipeline file.
        configs: Its YAML configs; each one is a DAG of its own.
        output: The folder of the DAG files.
    """

    file: Path
    configs: tuple[Path, ...] = ()
    output: Path = Path("dags")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that compiles and that its author should know."""

    message: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A pipeline together with one of its configs; it becomes one DAG.

    Attributes:
        dag_id: The DAG's id and the name of its file.
        instance: The pipeline instance.
        config: The config, `NO_CONFIG` if there is none.
        graph: Its steps, once traced.
        code: The fingerprint of each step's code, by step name, once computed.
        spec: What the runtime gets, once lowered.
    """

    dag_id: str
    instance: PipelineInstance
    config: ConfigFile = NO_CONFIG
    graph: Graph | None = None
    code: Mapping[str, CodeFingerprint] = field(default_factory=dict)
    spec: PipelineSpec | None = None

    @property
    def traced(self) -> Graph:
        """The graph of a traced variant."""
        assert self.graph is not None, "the trace stage comes first"
        return self.graph

    @property
    def lowered(self) -> PipelineSpec:
        """The spec of a lowered variant."""
        assert self.spec is not None, "the lower stage comes first"
        return self.spec


@dataclass(frozen=True, slots=True)
class Program:
    """A pipeline file on its way to DAG files.

    Attributes:
        source: What was asked for.
        project: The project that the file belongs to.
        variants: Its pipelines with their configs.
        notices: What its author should know.
        files: The rendered files, by their path below the output folder.
    """

    source: Source
    project: Project
    variants: tuple[Variant, ...]
    notices: tuple[Notice, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
