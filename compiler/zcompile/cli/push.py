"""`zcompile cache push`: making up for uploads to the remote store that failed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zcompile.cli.reports import Report, format_option
from zcompile.cli.tables import counted
from zruntime.settings import open_store
from zruntime.store.tiered import TieredStore


@click.command("push", short_help="Upload what the remote store missed.")
@format_option
def push_command(form: str) -> None:
    """Upload to the remote store what could not be uploaded before; exit 1 if some still cannot.

    A run stores its results locally where `ZCOMPILE_REMOTE` cannot be reached, and notes what is
    to be uploaded.

    \b
    Example:
      zcompile cache push
    """
    report = Report(form)
    left = 0
    with report.mistakes(), open_store(Path.cwd()) as store:
        if not isinstance(store, TieredStore):
            raise click.UsageError("ZCOMPILE_REMOTE names no remote store.")
        done = store.push()
        left = done.left
        report.fact("uploaded", done.uploaded)
        report.fact("left", left)
        report.fact("dropped", done.dropped)
        told = f"{counted(done.uploaded, 'file')} uploaded to {store.remote.label}"
        report.say(f"{told}; {left} left; {done.dropped} gone from the local store")
        if left:
            report.tell(store.remote.problem)
    sys.exit(report.finish() or int(left > 0))
