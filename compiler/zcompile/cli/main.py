"""The command `zcompile` and its subcommands, each imported when it is asked for."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from zcompile.cli.defects import CURRENT, DEFECT, WANTS_TRACEBACK, tell_defect
from zcompile.cli.groups import DefaultGroup
from zruntime import __version__

COMMANDS = {
    "compile": "zcompile.cli.compile:compile_command",
    "plan": "zcompile.cli.plan:plan_command",
    "run": "zcompile.cli.run:run_command",
    "diff": "zcompile.cli.diff:diff_command",
    "graph": "zcompile.cli.graph:graph_command",
    "watch": "zcompile.cli.watch:watch_command",
    "init": "zcompile.cli.init:init_command",
    "runs": "zcompile.cli.runs:runs_command",
    "ui": "zcompile.cli.ui:ui_command",
    "cache": "zcompile.cli.cache:cache_command",
    "schema": "zcompile.cli.schema:schema_command",
    "explain": "zcompile.cli.explain:explain_command",
    "completion": "zcompile.cli.completion:completion_command",
}
"""Where each command is found, as `module:name`."""

DEFAULT = "compile"
"""The command that is meant where none is named: `zcompile pipeline.py`."""

INTERRUPTED = 130
EXIT_CODES = {
    0: "fine",
    1: "a mistake in a pipeline or config, a failed run, a difference (diff), a stale file "
    "(--check), a damaged artifact (cache verify), or an answer of no",
    2: "wrong usage of the command",
    DEFECT: "a defect of zcompile (ZC999)",
    INTERRUPTED: "ended by Ctrl-C",
}
"""What each exit code means."""

_EPILOG = (
    """
\b
Examples:
  zcompile pipeline.py                          one DAG in dags/
  zcompile pipeline.py -c dev.yaml -c prod.yaml one DAG for each config
  zcompile pipeline.py --check                  fail if dags/ is not up to date

Exit codes: """
    + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())
    + "."
)


class Commands(DefaultGroup):
    """A group whose commands are imported when they are asked for, with a default one."""

    default = DEFAULT
    own = DefaultGroup.own | {"--version"}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the arguments; a word that looks like a misspelt command is refused."""
        if args and args[0].isalpha() and args[0] not in COMMANDS and not Path(args[0]).exists():
            from zcompile.problems import nearest

            meant = nearest(args[0], COMMANDS)
            if meant:
                raise click.UsageError(
                    f"There is no command `{args[0]}`. Did you mean `{meant}`?", ctx
                )
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order of help."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and files for the default one."""
        return [*super().shell_complete(ctx, incomplete), CompletionItem(incomplete, type="file")]

    def without_arguments(self) -> list[str]:
        """No arguments are wrong usage, which shows the help."""
        return []

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; neither Ctrl-C nor a defect of ours ends it with a traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if WANTS_TRACEBACK:
                raise
            tell_defect(error, ctx.meta.get(CURRENT))
            ctx.exit(DEFECT)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The default command's options, and then the commands."""
        default = self.get_command(ctx, DEFAULT)
        assert default is not None
        default.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group(
    cls=Commands,
    epilog=_EPILOG,
    subcommand_metavar="PIPELINE... | COMMAND",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="zcompile")
def main() -> None:
    """Compile ZenML-style pipelines into Airflow DAG files.

    Each PIPELINE is a Python file, or a pattern in quotes such as 'pipelines/*.py'. It is imported,
    and nothing that it asks to run is executed.
    """
    # What is left at the end is in use, and Python would search all of it for cycles.
    atexit.register(gc.freeze)
    _print_any_name()
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        raise click.UsageError("The working folder does not exist any more.") from None


def _print_any_name() -> None:
    """Makes names that the terminal's encoding lacks come out escaped, on both streams."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
