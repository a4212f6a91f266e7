"""The recorded runs that commands are about, by their names."""

from __future__ import annotations

from pathlib import Path

import click

from zcompile.problems import listed, nearest
from zruntime.exceptions import UnknownNameError
from zruntime.records import Records, RunRecord
from zruntime.settings import store_to_read

pipeline_option = click.option("--pipeline", metavar="NAME", help="Only runs of this pipeline.")


def runs_of(pipeline: str | None) -> list[RunRecord]:
    """The runs of a pipeline, oldest first, or those of all.

    Raises:
        UnknownNameError: if there is no such pipeline.
    """
    with store_to_read(Path.cwd()) as store:
        records = Records(store)
        known = records.pipelines()
        if pipeline is not None and pipeline not in known:
            raise UnknownNameError(
                f"No pipeline `{pipeline}` has run here.",
                suggestion=nearest(pipeline, known),
                remedy=f"Those that have are: {listed(known)}.",
                code="ZC803",
            )
        chosen = known if pipeline is None else [pipeline]
        return [run for name in chosen for run in records.runs(name)]


def run_of(name: str | None, pipeline: str | None) -> RunRecord:
    """The run of that name, or the newest one; of a pipeline, or of any.

    Raises:
        UnknownNameError: if there is no such run or pipeline.
    """
    runs = sorted(runs_of(pipeline), key=lambda run: run.started)
    matching = [run for run in runs if name in (None, run.name)]
    if matching:
        return matching[-1]
    if name is None:
        raise UnknownNameError(
            "There are no runs yet.", remedy="Run a pipeline: `zcompile run`.", code="ZC804"
        )
    names = [run.name for run in runs]
    raise UnknownNameError(
        f"There is no run `{name}`.",
        suggestion=nearest(name, names),
        remedy=f"The newest are: {listed(names[-5:])}.",
        code="ZC801",
    )
