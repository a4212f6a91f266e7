"""Compiling the pipeline files that a command names, in memory."""

from __future__ import annotations

from collections.abc import Iterable

from zcompile.compiling import STAGES, Stage, compile_source
from zcompile.problems import Problems
from zcompile.program import Program, Source, Variant
from zruntime.cycles import without_collections
from zruntime.diagnostics import Related
from zruntime.exceptions import PipelineInterfaceError


def compile_files(sources: Iterable[Source], stages: tuple[Stage, ...] = STAGES) -> list[Program]:
    """Compiles pipeline files in memory, and checks that no two of them write the same DAG."""
    programs: list[Program] = []
    with without_collections():
        for source in sources:
            program = compile_source(source, stages)
            programs.append(_different(program, programs))
    return programs


def _different(program: Program, others: Iterable[Program]) -> Program:
    problems = Problems()
    taken = {variant.dag_id: other for other in others for variant in other.variants}
    for variant in program.variants:
        other = taken.get(variant.dag_id)
        if other is None:
            continue
        place = next(item for item in other.variants if item.dag_id == variant.dag_id)
        related = [Related("the other pipeline", place.instance.pipeline.place)]
        problems.add(
            PipelineInterfaceError(
                f"{program.source.file} and {other.source.file} would both write the DAG "
                f"`{variant.dag_id}`.",
                remedy="Give one of the pipelines another name with `@pipeline(name=...)`, or a "
                "config with `dag: dag_id:` of its own.",
                place=variant.instance.pipeline.place,
                related=related,
                code="ZC221",
            )
        )
    return program.with_problems(problems)


def variant_json(program: Program, variant: Variant) -> dict[str, str | None]:
    """What a variant is and what it was made of, as plain JSON data."""
    config = variant.config.path
    return {
        "pipeline": variant.instance.name,
        "dag_id": variant.dag_id,
        "file": str(program.source.file),
        "config": str(config) if config else None,
    }
