"""`zcompile schema`: the JSON Schema of configs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from zcompile.cli.programs import compile_files
from zcompile.cli.reports import Report
from zcompile.cli.sources import expand
from zcompile.compiling import ANALYSIS
from zcompile.config.schema import schema
from zcompile.program import Source


@click.command("schema", short_help="Print the JSON Schema of configs, for editors.")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE...]", type=click.Path())
def schema_command(pipelines: tuple[str, ...]) -> None:
    """Print the JSON Schema of a config, by which editors complete and check it.

    With a PIPELINE, the schema knows its steps and their parameters. A config names its schema in
    its first line: `# yaml-language-server: $schema=zcompile.schema.json`.

    \b
    Example:
      zcompile schema pipeline.py > zcompile.schema.json
    """
    report = Report()
    programs = compile_files([Source(Path(file)) for file in expand(pipelines)], ANALYSIS)
    for program in programs:
        report.diagnostics(program.diagnostics)
    if not report.failed:
        click.echo(json.dumps(schema(programs), indent=2))
    sys.exit(report.finish())
