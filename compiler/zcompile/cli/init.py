"""`zcompile init`: a new project that runs at once."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import click

from zcompile.cli.reports import Report
from zcompile.compiling import ANALYSIS, compile_source
from zcompile.config.schema import SCHEMA_FILE, schema
from zcompile.problems import listed
from zcompile.program import Source
from zcompile.scaffold import PIPELINE_FILE, project_files


@click.command("init", short_help="Make a new project that runs at once.")
@click.argument("name", metavar="NAME", type=click.Path())
def init_command(name: str) -> None:
    """Make a new project in the folder NAME: a pipeline, its config, a README and a .gitignore.

    The config's first line names a JSON Schema, by which editors complete and check it.

    Files that exist are never overwritten: if there is one, nothing is written.

    \b
    Example:
      zcompile init line-fit && cd line-fit && zcompile run pipeline.py
    """
    report = Report()
    folder = Path(name)
    title = folder.absolute().name
    if not title.isprintable() or not title:
        raise click.UsageError(f"{name!r} is no name of a project.")
    files = project_files(title)
    taken = [file for file in (*files, SCHEMA_FILE) if (folder / file).exists()]
    if taken:
        raise click.UsageError(f"{folder} has {listed(taken)} already, and nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
            report.say(f"written {folder / file}")
        program = compile_source(Source(folder / PIPELINE_FILE), ANALYSIS)
        text = json.dumps(schema([program]), indent=2)
        (folder / SCHEMA_FILE).write_text(f"{text}\n", encoding="utf-8")
        report.say(f"written {folder / SCHEMA_FILE}")
    except OSError as error:
        message = f"{error.filename or folder} cannot be written: {error.strerror}."
        raise click.UsageError(message) from None
    report.say(f"Next: cd {shlex.quote(name)} && zcompile run pipeline.py")
    sys.exit(report.finish())
