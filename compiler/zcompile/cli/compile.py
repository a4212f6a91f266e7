"""`zcompile PIPELINE...`: writes DAG files."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from zcompile.cli.config_values import tell_config_values
from zcompile.cli.durations import seconds
from zcompile.cli.programs import compile_files
from zcompile.cli.reports import Report, format_option
from zcompile.cli.sources import config_option, expand, output_option, pipelines_argument
from zcompile.compiling import stale_files, write
from zcompile.program import Program, Source


@click.command("compile", short_help="Write DAG files (the default).")
@pipelines_argument
@config_option
@output_option
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 if the folder is not up to date."
)
@click.option(
    "--explain-config",
    "explain",
    is_flag=True,
    help="Write nothing; show each parameter and setting, and where its value comes from.",
)
@click.option(
    "--keep-bundles",
    "grace",
    metavar="DURATION",
    callback=seconds,
    default="7d",
    show_default=True,
    help="For how long code stays that no DAG refers to any more, for runs that began before.",
)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@format_option
def compile_command(
    pipelines: tuple[str, ...],
    configs: tuple[Path, ...],
    output: Path,
    check: bool,
    explain: bool,
    grace: float,
    strict: bool,
    form: str,
) -> None:
    """Compile pipelines into DAG files; `zcompile pipeline.py` is short for this.

    \b
    Examples:
      zcompile compile pipeline.py -c prod.yaml -o dags/
      zcompile pipeline.py -c prod.yaml --explain-config
    """
    report = Report(form, strict=strict)
    sources = [Source(file, configs, output) for file in expand(pipelines)]
    if explain:
        tell_config_values(sources, report)
        sys.exit(report.finish())
    programs = compile_files(sources)
    for program in programs:
        report.diagnostics(program.diagnostics)
    if check:
        for program in programs:
            with report.mistakes():
                _check(program, report)
    elif not report.failed:
        write_programs(programs, report, grace)
    stale = check and report.has("stale")
    sys.exit(report.finish() or int(stale))


def write_programs(programs: Iterable[Program], report: Report, grace: float) -> None:
    """Writes rendered programs, and tells each file that was written, kept or removed."""
    for program in programs:
        with report.mistakes():
            _write(program, report, grace)


def _write(program: Program, report: Report, grace: float) -> None:
    done = write(program, grace)
    for path in (*done.dags, *done.bundles):
        state = "written" if path in done.changed else "unchanged"
        report.result(state, str(path), f"{state} {path}")
    for path in done.removed:
        report.result("removed", str(path), f"removed {path}")


def _check(program: Program, report: Report) -> None:
    for path in () if program.errors else stale_files(program):
        report.result("stale", str(path))
        report.tell(f"{path} is not up to date")
