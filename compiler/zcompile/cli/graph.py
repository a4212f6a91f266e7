"""`zcompile graph`: a picture of a pipeline."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click
from rich.text import Text

from zcompile.cli.pastruns import run_of
from zcompile.cli.plan import plan_variant
from zcompile.cli.programs import compile_files
from zcompile.cli.reports import Report
from zcompile.cli.sources import config_option, expand
from zcompile.compiling import ANALYSIS, LOWERING
from zcompile.pictures import Picture, as_mermaid, as_svg, as_text, picture_of
from zcompile.program import Program, Source
from zruntime.exceptions import ZCompileError
from zruntime.records import Records
from zruntime.settings import store_to_read
from zruntime.web.data import linked
from zruntime.web.html import page_of_run

_FORMATS = ("text", "svg", "mermaid")


@click.command("graph", short_help="Draw a pipeline, or how a run of it went.")
@click.argument("pipelines", nargs=-1, metavar="PIPELINE...", type=click.Path())
@config_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write; by default the picture goes to stdout.",
)
@click.option("--state", is_flag=True, help="Colour what is cached, and what would run.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(_FORMATS),
    help="Kind of picture; by default that of the output's name, or text.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the page of a run: its lineage with all details, in one file that can be sent.",
)
@click.option("--run", metavar="NAME", help="The run that --html shows; by default the newest.")
def graph_command(
    pipelines: tuple[str, ...],
    configs: tuple[Path, ...],
    output: Path | None,
    state: bool,
    kind: str | None,
    html: Path | None,
    run: str | None,
) -> None:
    """Draw the steps of a pipeline and the artifacts that they hand on; nothing is executed.

    With --html, how a run of it went; without PIPELINE, a run of any pipeline.

    \b
    Examples:
      zcompile graph pipeline.py --state
      zcompile graph pipeline.py -o pipeline.svg
      zcompile graph --html run.html
    """
    if not pipelines and html is None:
        raise click.MissingParameter(param_type="argument", param_hint="PIPELINE...")
    if run is not None and html is None:
        raise click.UsageError("--run chooses the run that --html shows.")
    kind = kind or {".svg": "svg", ".mmd": "mermaid"}.get(output.suffix if output else "", "text")
    if kind == "svg" and find_spec("grandalf") is None:
        raise click.UsageError(
            "SVG needs the package grandalf: install zcompile with the extra `graph`, or choose "
            "--format mermaid."
        )
    report = Report()
    sources = [Source(file, configs) for file in expand(pipelines)]
    programs = compile_files(sources, (*ANALYSIS, *LOWERING))
    for program in programs:
        report.diagnostics(program.diagnostics)
    with report.mistakes():
        if html is not None and not report.failed:
            _write_run(html, run, programs, report)
            sys.exit(report.finish())
        pictures = [] if report.failed else [p for each in programs for p in _pictures(each, state)]
        if kind == "svg" and len(pictures) > 1:
            raise click.UsageError("An SVG file holds one pipeline, and these are several.")
        if pictures:
            _put_out(pictures, kind, output, report)
    sys.exit(report.finish())


def _pictures(program: Program, state: bool) -> list[Picture]:
    found = []
    for variant in program.variants:
        steps = plan_variant(program, variant).steps if state else {}
        states = {name: step.state for name, step in steps.items()}
        found.append(picture_of(variant.dag_id, variant.lowered, states))
    return found


def _put_out(pictures: list[Picture], kind: str, output: Path | None, report: Report) -> None:
    if kind == "text" and output is None:
        for picture in pictures:
            report.say(Text(picture.title, style="bold"))
            for line in as_text(picture):
                report.say(line)
        return
    draw = {"svg": as_svg, "mermaid": as_mermaid, "text": _plain}[kind]
    text = "\n".join(draw(picture) for picture in pictures)
    if output is None:
        click.echo(text, nl=False)
        return
    _write(output, text, report)


def _write_run(html: Path, name: str | None, programs: list[Program], report: Report) -> None:
    pipelines = {variant.lowered.name for each in programs for variant in each.variants}
    if len(pipelines) > 1:
        raise click.UsageError("An HTML file holds a run of one pipeline, and these are several.")
    run = run_of(name, next(iter(pipelines), None))
    with store_to_read(Path.cwd()) as store:
        data = linked(Records(store), run)
    _write(html, page_of_run(data), report)


def _write(file: Path, text: str, report: Report) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ZCompileError(
            f"{file} cannot be written: {error.strerror}.",
            remedy="Choose another file.",
            code="ZC420",
        ) from error
    report.say(f"written {file}")


def _plain(picture: Picture) -> str:
    return "\n".join([picture.title, *(line.plain for line in as_text(picture))]) + "\n"
