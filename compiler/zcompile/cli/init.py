"""`zcompile init`: a new project that runs at once."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from zcompile.cli.reports import Report
from zcompile.problems import listed
from zcompile.scaffold import project_files


@click.command("init", short_help="Make a new project that runs at once.")
@click.argument("name", metavar="NAME", type=click.Path())
def init_command(name: str) -> None:
    """Make a new project in the folder NAME: a pipeline, its config, a README and a .gitignore.

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
    taken = [file for file in files if (folder / file).exists()]
    if taken:
        raise click.UsageError(f"{folder} has {listed(taken)} already, and nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
            report.say(f"written {folder / file}")
    except OSError as error:
        message = f"{error.filename or folder} cannot be written: {error.strerror}."
        raise click.UsageError(message) from None
    report.say(f"Next: cd {shlex.quote(name)} && zcompile run pipeline.py")
    sys.exit(report.finish())
