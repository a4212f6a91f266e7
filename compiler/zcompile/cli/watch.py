"""`zcompile watch`: compiles at each save."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from zcompile.cli.compile import write_programs
from zcompile.cli.programs import compile_files
from zcompile.cli.reports import Report
from zcompile.cli.sources import config_option, expand, output_option, pipelines_argument
from zcompile.cli.tables import counted
from zcompile.program import Source
from zruntime.project import find_project_root

_WATCHED = (".py", ".yaml", ".yml")
_FIRST = 100
"""Milliseconds until the first compile, when changes are seen already."""
_KEPT = 3600.0
"""Seconds for which code stays that no DAG refers to any more."""


@click.command("watch", short_help="Compile at each save.")
@pipelines_argument
@config_option
@output_option
def watch_command(pipelines: tuple[str, ...], configs: tuple[Path, ...], output: Path) -> None:
    """Compile now and whenever a Python or YAML file of the project is saved, until Ctrl-C.

    On a terminal, each compile takes the place of the one before, so that a mistake is gone from
    the screen when it is mended.

    \b
    Example:
      zcompile watch pipeline.py -c dev.yaml
    """
    from watchfiles import DefaultFilter, watch

    expand(pipelines)  # a pattern that names nothing is wrong usage

    class _Filter(DefaultFilter):
        def __call__(self, change: object, path: str) -> bool:
            is_output = Path(path).is_relative_to(output.absolute())
            return path.endswith(_WATCHED) and not is_output and super().__call__(change, path)  # type: ignore[arg-type]

    is_first = True
    try:
        for changes in watch(
            *_folders(pipelines, configs),
            watch_filter=_Filter(),
            yield_on_timeout=True,
            rust_timeout=_FIRST,
            debounce=400,
            step=50,
        ):
            if changes or is_first:
                _compile(pipelines, configs, output, {Path(path) for _, path in changes})
                is_first = False
    except KeyboardInterrupt:
        return


def _folders(pipelines: Iterable[str], configs: Iterable[Path]) -> list[Path]:
    """The projects' folders, and those of configs that lie elsewhere; none inside another one."""
    roots = {find_project_root(file) for file in expand(pipelines)}
    roots |= {config.absolute().parent for config in configs}
    return [
        folder
        for folder in sorted(roots)
        if folder.is_dir() and not any(other in folder.parents for other in roots)
    ]


def _compile(
    pipelines: tuple[str, ...], configs: tuple[Path, ...], output: Path, changed: set[Path]
) -> None:
    report = Report()
    report.out.clear()
    names = ", ".join(sorted(path.name for path in changed))
    report.say(f"{datetime.now():%H:%M:%S} compiling{f' after {names}' if names else ''}")
    try:
        sources = [Source(file, configs, output) for file in expand(pipelines)]
    except click.UsageError as error:
        report.tell(error.message)
        return
    programs = compile_files(sources)
    for program in programs:
        report.diagnostics(program.diagnostics)
    if not report.failed:
        write_programs(programs, report, _KEPT)
    if not report.finish():
        dags = sum(len(program.variants) for program in programs)
        report.say(f"{counted(dags, 'DAG')} up to date in {output}")
