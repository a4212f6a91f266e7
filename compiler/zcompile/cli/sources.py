"""The arguments that most commands take: pipeline files, configs, and the folder of DAG files."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

import click

config_option = click.option(
    "-c", "--config", "configs", multiple=True, type=Path, help="YAML config; one DAG for each."
)

output_option = click.option(
    "-o",
    "--output",
    type=Path,
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
