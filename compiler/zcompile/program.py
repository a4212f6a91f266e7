"""The values that the compiler's stages pass on: what is asked for, and what has come of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from zcompile.authoring.pipeline import PipelineInstance
from zcompile.config.file import NO_CONFIG, ConfigFile
from zcompile.graph import Graph
from zcompile.problems import Problems
from zruntime.diagnostics import Diagnostic
from zruntime.exceptions import ZCompileError, raise_all
from zruntime.fingerprint import CodeFingerprint
from zruntime.project import Project
from zruntime.spec import PipelineSpec

if TYPE_CHECKING:
    from zcompile.config.overrides import Override


class Source(Struct, frozen=True):
    """What a compile starts from.

    Attributes:
        file: The pipeline file.
        configs: Its YAML configs; each one is a DAG of its own.
        output: The folder of the DAG files.
        overrides: Parameters set for this time only, which win over the configs.
    """

    file: Path
    configs: tuple[Path, ...] = ()
    output: Path = Path("dags")
    overrides: tuple[Override, ...] = ()


class Variant(Struct, frozen=True):
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


class Program(Struct, frozen=True):
    """A pipeline file on its way to DAG files.

    Attributes:
        source: What was asked for.
        project: The project that the file belongs to.
        variants: Its pipelines with their configs.
        errors: The mistakes found so far.
        warnings: What its author should know.
        files: The rendered files, by their path below the output folder.
    """

    source: Source
    project: Project
    variants: tuple[Variant, ...]
    errors: tuple[ZCompileError, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)

    def with_problems(self, problems: Problems) -> Program:
        """This program with further mistakes and warnings."""
        return replace(
            self,
            errors=(*self.errors, *problems.errors),
            warnings=(*self.warnings, *problems.warnings),
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The mistakes and the warnings, each once, ordered by their places."""
        found = (*(error.diagnostic for error in self.errors), *self.warnings)
        return tuple(sorted(dict.fromkeys(found), key=_position))

    def raise_errors(self) -> Program:
        """This program, if it has no mistakes.

        Raises:
            ZCompileError: the first mistake; its `also` holds the others.
        """
        raise_all(self.errors)
        return self


def _position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    place = diagnostic.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)
