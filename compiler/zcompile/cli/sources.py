"""The arguments that most commands take: pipeline files, configs, and the folder of DAG files."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from zcompile.cli.reports import Report
from zcompile.config.overrides import Override, read_override

pipelines_argument = click.argument(
    "pipelines", nargs=-1, required=True, metavar="PIPELINE...", type=click.Path()
)

config_option = click.option(
    "-c",
    "--config",
    "configs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="YAML config; one DAG for each.",
)


def _complete_setting(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """`step.parameter=` of the pipeline files that were named, for shells."""
    from zcompile.compiling import ANALYSIS, compile_source
    from zcompile.program import Source

    found: dict[str, None] = {}
    # An option that has no value yet leaves the arguments before it unassigned.
    for file in (word for word in context.args if word.endswith(".py")):
        for variant in compile_source(Source(Path(file)), ANALYSIS).variants:
            nodes = variant.graph.nodes if variant.graph else ()
            found |= dict.fromkeys(
                f"{parameter}=" for parameter in variant.instance.pipeline.parameters
            )
            found |= dict.fromkeys(
                f"{node.name}.{name}=" for node in nodes for name in node.parameters
            )
    return [name for name in found if name.startswith(incomplete)]


set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    shell_complete=_complete_setting,
    metavar="STEP.PARAMETER=VALUE",
    help="Set a parameter for this time, over code and config; VALUE is YAML. "
    "PARAMETER=VALUE sets one of the pipeline.",
)

no_cache_option = click.option(
    "--no-cache", is_flag=True, help="Look no stored result up; results are still stored."
)

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("dags"),
    show_default=True,
    help="Folder of the DAG files, which Airflow reads.",
)


def expand(patterns: Iterable[str]) -> list[Path]:
    """The files that patterns stand for, each once, those of a pattern in alphabetical order.

    Raises:
        click.UsageError: if a pattern stands for no file.
    """
    files: dict[Path, None] = {}
    for pattern in patterns:
        is_pattern = glob.has_magic(pattern) and not Path(pattern).exists()
        found = sorted(glob.glob(pattern, recursive=True)) if is_pattern else [pattern]  # noqa: PTH207
        if not found:
            raise click.UsageError(f"No file matches {pattern}.")
        files |= dict.fromkeys(map(Path, found))
    return [*files]


def read_settings(settings: Sequence[str], report: Report) -> tuple[Override, ...]:
    """The overrides that `--set` gives; wrong ones are told."""
    found = []
    for line, text in enumerate(settings, start=1):
        with report.mistakes():
            found.append(read_override(text, line))
    return tuple(found)
