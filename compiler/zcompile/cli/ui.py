"""`zcompile ui`: the lineage of runs in the browser, without Airflow."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zcompile.browsing import open_browser
from zcompile.cli.reports import Report
from zruntime.settings import store_folder, store_to_read
from zruntime.web.server import HOST, PORT, PageServer


@click.command("ui", short_help="Show runs and their lineage in the browser.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to serve on; by default {PORT}, or the next one that is free.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser.")
def ui_command(port: int | None, no_browser: bool) -> None:
    """Serve the runs in the store, and the lineage of each, on this machine until Ctrl-C.

    The store is that of the project in the working folder, or `ZCOMPILE_STORE`. Only browsers on
    this machine reach the pages.

    \b
    Example:
      zcompile ui --port 8060
    """
    report = Report()
    with report.mistakes():
        with store_to_read(Path.cwd()):
            report.say(f"runs in {store_folder(Path.cwd())}")
        try:
            server = PageServer(lambda: store_to_read(Path.cwd()), port)
        except OSError as error:
            raise click.UsageError(
                f"Port {port} of {HOST} cannot be used: {error.strerror}."
            ) from error
        report.say(f"{server.url}  (Ctrl-C ends it)")
        if not no_browser:
            open_browser(server.url)
        try:
            server.serve()
        except KeyboardInterrupt:
            server.close()
    sys.exit(report.finish())
