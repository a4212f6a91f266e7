"""`zcompile PIPELINE...`: writes DAG files."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from zcompile.cli.reports import Report, format_option
from zcompile.cli.sources import config_option, expand, output_option
from zcompile.problems import Problems
from zcompile.program import Program, Source
from zcompile.stages import compile_source, stale_files, write
from zruntime.diagnostics import Related
from zruntime.exceptions import PipelineInterfaceError


@click.command("compile", short_help="Write DAG files (the default).")
@click.argument("pipelines", nargs=-1, required=True, metavar="PIPELINE...")
@config_option
@output_option
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 if the folder is not up to date."
)
@format_option
def compile_command(
    pipelines: tuple[str, ...], configs: tuple[Path, ...], output: Path, check: bool, form: str
) -> None:
    """Compile pipelines into DAG files; `zcompile pipeline.py` is short for this.

    \b
    Example:
      zcompile compile pipeline.py -c prod.yaml -o dags/
    """
    report = Report(form)
    programs = compile_files([Source(file, configs, output) for file in expand(pipelines)])
    for program in programs:
        report.diagnostics(program.diagnostics)
    if check:
        for program in programs:
            _check(program, report)
    elif not report.failed:
        for program in programs:
            _write(program, report)
    stale = check and report.has("stale")
    sys.exit(report.finish() or int(stale))


def compile_files(sources: Iterable[Source]) -> list[Program]:
    """Compiles pipeline files in memory, and checks that no two of them write the same DAG."""
    programs: list[Program] = []
    for source in sources:
        program = compile_source(source)
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


def _write(program: Program, report: Report) -> None:
    problems = Problems()
    with problems.collecting():
        for path in write(program):
            report.result("written", str(path), f"{program.source.file} -> {path}")
    report.diagnostics(error.diagnostic for error in problems.errors)


def _check(program: Program, report: Report) -> None:
    problems = Problems()
    with problems.collecting():
        for path in () if program.errors else stale_files(program):
            report.result("stale", str(path))
            report.tell(f"{path} is not up to date")
    report.diagnostics(error.diagnostic for error in problems.errors)
