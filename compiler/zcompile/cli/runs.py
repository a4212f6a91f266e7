"""`zcompile runs`: the runs of the past, local ones and those of Airflow alike."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.text import Text

from zcompile.cli.groups import DefaultGroup
from zcompile.cli.reports import Report, format_option
from zcompile.cli.tables import diff_text, duration, moment, size, state_text
from zcompile.problems import listed, nearest
from zruntime.exceptions import UnknownNameError
from zruntime.records import Records, RunRecord, StepRecord
from zruntime.settings import store_to_read

pipeline_option = click.option("--pipeline", metavar="NAME", help="Only runs of this pipeline.")


class _Runs(DefaultGroup):
    default = "list"


@click.group("runs", cls=_Runs, short_help="List the runs of the past, or show one.")
def runs_command() -> None:
    """List the runs in the store, or show one of them; `zcompile runs` alone lists them.

    The store is that of the project in the working folder, or `ZCOMPILE_STORE`.

    \b
    Examples:
      zcompile runs --pipeline first_pipeline
      zcompile runs show nightly-2026-01-31
    """


@runs_command.command("list", short_help="List runs, the newest first.")
@pipeline_option
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many."
)
@format_option
def list_command(pipeline: str | None, limit: int, form: str) -> None:
    """List runs, the newest first.

    \b
    Example:
      zcompile runs list --limit 5
    """
    report = Report(form)
    with report.mistakes():
        newest = sorted(_runs(pipeline), key=lambda run: run.started, reverse=True)[:limit]
        report.fact("runs", [run.to_json() for run in newest])
        heads = ("state", "run", "started", "took", "steps")
        report.rows([_run_row(run) for run in newest], heads)
        if not newest:
            report.tell("There are no runs yet.")
    sys.exit(report.finish())


@runs_command.command("show", short_help="Show the steps of a run.")
@click.argument("run", required=False)
@pipeline_option
@format_option
def show_command(run: str | None, pipeline: str | None, form: str) -> None:
    """Show the steps of the run of that name, or of the newest run.

    \b
    Example:
      zcompile runs show --pipeline first_pipeline
    """
    report = Report(form)
    with report.mistakes():
        found = run_of(run, pipeline)
        report.fact("run", found.to_json())
        report.say(Text(found.name, style="bold"))
        ran = f"{found.pipeline}, started {moment(found.started)}"
        report.say(Text.assemble(state_text(found.status), f"  {ran}"))
        report.rows([_step_row(step) for step in found.steps])
        for diff in dict.fromkeys(diff for step in found.steps for diff in step.diffs):
            report.say(diff_text(diff))
    sys.exit(report.finish())


def _runs(pipeline: str | None) -> list[RunRecord]:
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
    runs = sorted(_runs(pipeline), key=lambda run: run.started)
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


def _run_row(run: RunRecord) -> list[str | Text]:
    took = duration(run.ended - run.started) if run.ended else ""
    states = [step.state for step in run.steps]
    steps = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return [state_text(run.status), run.name, moment(run.started), took, steps]


def _step_row(step: StepRecord) -> list[str | Text]:
    took = duration(step.duration) if step.duration is not None else ""
    if step.state == "cached":
        made = f"by run {step.producer.run}" if step.producer else ""
        return [state_text(step.state), step.name, "", f"{made}, {duration(step.saved or 0)} saved"]
    told = [step.error or step.reason]
    told += [f"{name}: {size(ref.size)}" for name, ref in step.outputs.items()]
    return [state_text(step.state), step.name, took, "; ".join(filter(None, told))]
