"""The command line: the one place where results and errors become text and exit codes."""

from zcompile.cli.main import main

__all__ = ["main"]
