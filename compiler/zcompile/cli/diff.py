"""`zcompile diff`: what a compile would change in the DAG files, in meaning."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from zcompile.cli.programs import compile_files, variant_json
from zcompile.cli.reports import Report, format_option
from zcompile.cli.sources import config_option, expand, output_option, pipelines_argument
from zcompile.dagfile import DagFile, read_dag_file
from zcompile.differences import Difference, differences
from zcompile.program import Program, Source, Variant
from zruntime.exceptions import CompileError

NEW = "new"
SAME = "same"
EQUIVALENT = "equivalent"
DIFFERENT = "different"


@click.command("diff", short_help="Tell what a compile would change in the DAG files.")
@pipelines_argument
@config_option
@output_option
@format_option
def diff_command(
    pipelines: tuple[str, ...], configs: tuple[Path, ...], output: Path, form: str
) -> None:
    """Tell what a compile would change: steps, parameters, edges, arguments of the DAG, and code.

    DAG files are read, never executed, and nothing is written. Exits with 1 if something differs
    in meaning; files that differ in comments or layout only are equivalent.

    \b
    Example:
      zcompile diff pipeline.py -c prod.yaml -o dags/
    """
    report = Report(form)
    programs = compile_files([Source(file, configs, output) for file in expand(pipelines)])
    for program in programs:
        report.diagnostics(program.diagnostics)
    is_different = False
    for program in () if report.failed else programs:
        for variant in program.variants:
            with report.mistakes():
                is_different |= _diff(program, variant, report)
    sys.exit(report.finish() or int(is_different))


def _diff(program: Program, variant: Variant, report: Report) -> bool:
    """Tells how a DAG file differs; whether it does so in meaning."""
    name = f"{variant.dag_id}.py"
    file = program.source.output / name
    read = _reader(program.source.output)
    text, fresh = read(name), program.files[name]
    after = read_dag_file(fresh, program.files.get)
    before = read_dag_file(text, read) if text is not None else None
    assert after is not None, "a rendered DAG file can be read"
    found = differences(before or DagFile(), after)
    if text is None:
        state = NEW
    elif text == fresh and not found:
        state = SAME
    else:
        state = DIFFERENT if found or before is None else EQUIVALENT
    document = {**variant_json(program, variant), "dag_file": str(file), "state": state}
    changes = found if state == DIFFERENT else []
    report.result("dags", {**document, "changes": [change.to_json() for change in changes]})
    report.say(Text(f"{file}: {state}", style="bold" if state == DIFFERENT else ""))
    report.rows([["", _subject(change), _coloured(change)] for change in changes])
    return state in (NEW, DIFFERENT)


def _reader(output: Path) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        try:
            return (output / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CompileError(
                f"{output / path} cannot be read: {error.strerror}.",
                remedy="Choose another output folder with -o.",
                code="ZC420",
            ) from error

    return read


def _subject(change: Difference) -> str:
    return change.step or "DAG"


def _coloured(change: Difference) -> Text:
    if change.old is None:
        return Text(change.text, style="green")
    return Text(change.text, style="red" if change.new is None else "yellow")
