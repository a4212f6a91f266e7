"""Pictures of runs, as the visualizers of ZenML gave them."""

from __future__ import annotations

import atexit
import sys
import threading
from functools import cache
from pathlib import Path

from zcompile.browsing import open_browser
from zcompile.post_execution import PipelineRunView
from zruntime.loading import is_loading
from zruntime.running import log, log_to_the_terminal
from zruntime.settings import open_folder
from zruntime.web.server import PageServer

__all__ = ["PipelineRunLineageVisualizer"]


class PipelineRunLineageVisualizer:
    """Shows the lineage of a run in the browser: steps as circles, artifacts as squares."""

    def visualize(self, run: PipelineRunView) -> str:
        """Opens the page of a run, and goes on.

        The pages are served on 127.0.0.1, port 8050 or the next one that is free, as long as this
        process lives. A script that was started at a terminal waits at its end until Ctrl-C, so
        that they can be looked at.

        Args:
            run: A run, such as ``get_pipeline(name).runs[-1]``.

        Returns:
            The address of the page; an empty text while the module is only compiled.
        """
        if is_loading():
            return ""
        log_to_the_terminal()
        url = _server(run.folder).url_of(run.record)
        log.info("The lineage of run %s is shown at %s", run.name, url)
        open_browser(url)
        return url


@cache
def _server(folder: Path) -> PageServer:
    server = PageServer(lambda: open_folder(folder))
    server.start()
    _wait_at_the_end()
    return server


@cache
def _wait_at_the_end() -> None:
    atexit.register(_wait)


def _wait() -> None:
    """Keeps the pages there for somebody at a terminal, whose script has come to its end."""
    if hasattr(sys, "ps1") or sys.stdin is None or not sys.stdin.isatty():
        return
    log.info("Press Ctrl-C to end.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
