"""`zcompile runs`: the runs of the past, local ones and those of Airflow alike."""

from __future__ import annotations

import sys

import click
from rich.text import Text

from zcompile.cli.groups import DefaultGroup
from zcompile.cli.pastruns import pipeline_option, run_of, runs_of
from zcompile.cli.reports import Report, format_option
from zcompile.cli.rundiff import diff_command
from zcompile.cli.tables import diff_text, duration, moment, size, state_text
from zruntime.records import RunRecord, StepRecord


class _Runs(DefaultGroup):
    default = "list"


@click.group("runs", cls=_Runs, short_help="List the runs of the past, show or compare them.")
def runs_command() -> None:
    """List the runs in the store, show one, or compare two; `zcompile runs` alone lists them.

    The store is that of the project in the working folder, or `ZCOMPILE_STORE`.

    \b
    Examples:
      zcompile runs --pipeline first_pipeline
      zcompile runs show nightly-2026-01-31
    """


runs_command.add_command(diff_command)


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
        newest = sorted(runs_of(pipeline), key=lambda run: run.started, reverse=True)[:limit]
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
