"""The command line: the one place where results and errors become text and exit codes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from zcompile.program import Notice, Program, Source
from zcompile.stages import compile_source, stale_files, write
from zruntime import __version__
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineInterfaceError, ZCompileError

_EXAMPLES = """
\b
Examples:
  zcompile pipeline.py                          one DAG in dags/
  zcompile pipeline.py -c dev.yaml -c prod.yaml one DAG for each config
  zcompile pipeline.py --check                  fail if dags/ is not up to date

Exit codes: 0 fine, 1 mistakes in a pipeline or config (or stale files with --check), 2 usage.
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("pipelines", nargs=-1, required=True, metavar="PIPELINE...", type=Path)
@click.option(
    "-c", "--config", "configs", multiple=True, type=Path, help="YAML config; one DAG for each."
)
@click.option(
    "-o",
    "--output",
    type=Path,
    default=Path("dags"),
    show_default=True,
    help="Folder of the DAG files, which Airflow reads.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 if the folder is not up to date."
)
@click.version_option(__version__, prog_name="zcompile")
def main(pipelines: tuple[Path, ...], configs: tuple[Path, ...], output: Path, check: bool) -> None:
    """Compile ZenML-style pipelines into Airflow DAG files.

    Each PIPELINE is a Python file. It is imported, and nothing that it asks to run is executed.
    """
    _print_any_name()
    out, err = Console(highlight=False), Console(stderr=True, highlight=False)
    programs = _compile([Source(file, configs, output) for file in pipelines], err)
    failed = len(programs) < len(pipelines)
    if check or not failed:
        for program in programs:
            failed |= _check(program, err) if check else _write(program, out, err)
    sys.exit(1 if failed else 0)


def _compile(sources: list[Source], err: Console) -> list[Program]:
    """The programs of those files that compile; nothing is written before all of them have."""
    programs: list[Program] = []
    for source in sources:
        try:
            program = compile_source(source)
            _writes_no_others_dag(program, programs)
            programs.append(program)
        except ZCompileError as error:
            for each in error.all():
                _show_error(each, err)
    return programs


def _writes_no_others_dag(program: Program, others: list[Program]) -> None:
    for other in others:
        for variant in program.variants:
            if f"{variant.dag_id}.py" in other.files:
                raise PipelineInterfaceError(
                    f"{program.source.file} and {other.source.file} would both write the DAG "
                    f"`{variant.dag_id}`.",
                    remedy="Give one of the pipelines another name with `@pipeline(name=...)`, or "
                    "a config with `dag: dag_id:` of its own.",
                    place=variant.instance.place,
                    code="ZC221",
                )


def _print_any_name() -> None:
    """Makes names that the terminal's encoding lacks come out escaped, on both streams."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _write(program: Program, out: Console, err: Console) -> bool:
    """Writes a program and says so; returns whether that failed."""
    for notice in program.notices:
        _show_notice(notice, err)
    try:
        paths = write(program)
    except ZCompileError as error:
        _show_error(error, err)
        return True
    for path in paths:
        out.print(f"{escape(str(program.source.file))} -> {escape(str(path))}", soft_wrap=True)
    return False


def _check(program: Program, err: Console) -> bool:
    """Names the files that are not up to date; returns whether there are any."""
    try:
        stale = stale_files(program)
    except ZCompileError as error:
        _show_error(error, err)
        return True
    for path in stale:
        err.print(f"{escape(str(path))} is not up to date", soft_wrap=True)
    return bool(stale)


def _show_error(error: ZCompileError, err: Console) -> None:
    err.print(
        f"{_where(error.place)}[bold red]error[/] {error.code}: {escape(error.message)}",
        soft_wrap=True,
    )
    if error.diagnostic.advice:
        err.print(f"  {escape(error.diagnostic.advice)}", soft_wrap=True)


def _show_notice(notice: Notice, err: Console) -> None:
    err.print(
        f"{_where(notice.place)}[bold yellow]warning[/]: {escape(notice.message)}", soft_wrap=True
    )


def _where(place: Place | None) -> str:
    return f"{escape(str(place))}: " if place else ""
