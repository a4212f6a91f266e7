"""`zcompile runs diff`: what differs between two runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from zcompile.cli.pastruns import pipeline_option, run_of, runs_of
from zcompile.cli.reports import Report, format_option
from zcompile.cli.tables import counted, diff_text, duration, moment
from zruntime.exceptions import UnknownNameError
from zruntime.records import RunRecord
from zruntime.settings import store_to_read

if TYPE_CHECKING:
    from zruntime.comparing import StepComparison


@click.command("diff", short_help="Tell what differs between two runs.")
@click.argument("before", required=False)
@click.argument("after", required=False)
@pipeline_option
@format_option
def diff_command(before: str | None, after: str | None, pipeline: str | None, form: str) -> None:
    """Tell what differs between two runs of a pipeline: code, parameters, inputs and results.

    AFTER is the newest run unless it is given, and BEFORE the one before it.

    \b
    Examples:
      zcompile runs diff
      zcompile runs diff nightly-2026-01-30 nightly-2026-01-31
    """
    from zruntime.comparing import DIFFERENT, compare

    report = Report(form)
    with report.mistakes():
        then, now = _chosen(before, after, pipeline)
        with store_to_read(Path.cwd()) as store:
            steps = compare(then, now, store)
        report.fact("before", then.to_json())
        report.fact("after", now.to_json())
        report.fact("steps", [step.to_json() for step in steps])
        for sign, run in (("-", then), ("+", now)):
            report.say(f"{sign} {run.name}, {run.status}, started {moment(run.started)}")
        different = [step for step in steps if step.verdict in DIFFERENT]
        report.rows([_row(step, then, now) for step in different])
        for diff in dict.fromkeys(diff for step in different for diff in step.diffs):
            report.say(diff_text(diff))
        told = counted(len(different), "step") if different else "no step"
        verb = "differs" if len(different) < 2 else "differ"
        report.say(f"{told} of {len(steps)} {verb}")
    sys.exit(report.finish())


def _chosen(
    before: str | None, after: str | None, pipeline: str | None
) -> tuple[RunRecord, RunRecord]:
    """The two runs to compare."""
    if before is not None:
        then = run_of(before, pipeline)
        return then, run_of(after, then.pipeline)
    now = run_of(None, pipeline)
    earlier = [run for run in runs_of(now.pipeline) if run.number < now.number]
    if not earlier:
        raise UnknownNameError(
            f"There is no run of `{now.pipeline}` before `{now.name}` yet.",
            remedy="Run the pipeline once more: `zcompile run`.",
            code="ZC804",
        )
    return earlier[-1], now


def _row(step: StepComparison, then: RunRecord, now: RunRecord) -> list[str | Text]:
    took = " -> ".join(_took(step.name, run) for run in (then, now))
    told = "; ".join(change.text for change in step.changes)
    return [Text(step.verdict, style="bold"), step.name, took, told]


def _took(name: str, run: RunRecord) -> str:
    step = next((step for step in run.steps if step.name == name), None)
    if step is None:
        return "none"
    is_timed = step.duration is not None and step.state != "cached"
    return duration(step.duration or 0.0) if is_timed else step.state
