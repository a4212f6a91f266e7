"""`zcompile plan`: what a run would take from the cache, what it would run, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from zcompile.cli.programs import compile_files, variant_json
from zcompile.cli.reports import Report, format_option
from zcompile.cli.sources import (
    config_option,
    expand,
    no_cache_option,
    pipelines_argument,
    read_settings,
    set_option,
)
from zcompile.cli.tables import counted, diff_text, duration, state_text
from zcompile.compiling import ANALYSIS, LOWERING
from zcompile.imports import importing_from, module_address
from zcompile.isolation import undisturbed
from zcompile.program import Program, Source, Variant
from zcompile.running import local_outside, local_spec
from zruntime.cycles import without_collections
from zruntime.planning import CACHED, Plan, StepPlan, plan_run
from zruntime.records import Records
from zruntime.settings import store_to_read


@click.command("plan", short_help="Tell what would be cached, what would run, and why.")
@pipelines_argument
@config_option
@set_option
@no_cache_option
@format_option
def plan_command(
    pipelines: tuple[str, ...],
    configs: tuple[Path, ...],
    settings: tuple[str, ...],
    no_cache: bool,
    form: str,
) -> None:
    """Tell what a run would take from the cache and what it would run, and why.

    No step is executed and nothing is recorded; a step's cache_func is called. The reason is what
    differs from the nearest earlier result of the step. A step is pending where its key depends on
    a step that runs first: it is cached all the same if that step gives the same result as before.
    Code that changed is shown as a diff.

    \b
    Example:
      zcompile plan pipeline.py -c prod.yaml --set step_2.gamma=0.01
    """
    report = Report(form)
    overrides = read_settings(settings, report)
    sources = [Source(file, configs, overrides=overrides) for file in expand(pipelines)]
    programs = compile_files(sources, (*ANALYSIS, *LOWERING))
    for program in programs:
        report.diagnostics(program.diagnostics)
    for program in () if report.failed else programs:
        with report.mistakes():
            for variant in program.variants:
                plan = plan_variant(program, variant, False if no_cache else None)
                _tell(program, variant, plan, report)
    sys.exit(report.finish())


def plan_variant(program: Program, variant: Variant, enable_cache: bool | None = None) -> Plan:
    """What a local run of a lowered variant would take from the cache and what it would run.

    Raises:
        StepInterfaceError: for templates that only a DAG run renders, as a local run would.
        StoreError: if the store cannot be used.
    """
    spec = local_spec(variant.traced, variant.lowered)
    asking = _asking(program) if any(step.cache_func for step in spec.steps) else nullcontext()
    with store_to_read(program.source.file) as store, without_collections(), asking:
        explain = Records(store, code=program.project.root).history.explainer(spec.name)
        observe = local_outside(variant.traced, program.project, store).observe
        return plan_run(spec, store, explain, enable_cache, observe)


@contextmanager
def _asking(program: Program) -> Iterator[None]:
    """A context in which functions of the user's may import their modules, and print."""
    _, folder = module_address(program.source.file.absolute())
    with importing_from(folder), undisturbed():
        yield


def _step_json(step: StepPlan) -> dict[str, Any]:
    return {
        "name": step.name,
        "state": step.state,
        "reason": step.reason.text,
        "changes": [change.to_json() for change in step.reason.changes],
        "diffs": list(step.reason.diffs),
        "key": step.key,
        "producer": step.producer.to_json() if step.producer else None,
        "seconds_saved": step.saved,
        "instances": [_step_json(instance) for instance in step.instances],
    }


def _tell(program: Program, variant: Variant, plan: Plan, report: Report) -> None:
    steps = [_step_json(step) for step in plan.steps.values()]
    report.result("plans", {**variant_json(program, variant), "steps": steps})
    config = f" with {variant.config.path}" if variant.config.path else ""
    report.say(Text(f"{variant.dag_id}{config}", style="bold"))
    report.rows([[state_text(step.state), name, _why(step)] for name, step in plan.steps.items()])
    planned = [part for step in plan.steps.values() for part in (step, *step.instances)]
    for diff in dict.fromkeys(diff for part in planned for diff in part.reason.diffs):
        report.say(diff_text(diff))
    states = [step.state for step in plan.steps.values()]
    told = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    if plan.cached:
        told.append(f"{duration(sum(step.saved or 0 for step in plan.steps.values()))} saved")
    report.say(", ".join(told))


def _why(step: StepPlan) -> str:
    if step.instances:
        cached = sum(instance.state == CACHED for instance in step.instances)
        return f"{cached} of {counted(len(step.instances), 'instance')} cached"
    if step.state == CACHED and step.producer:
        return f"run {step.producer.run} computed it in {duration(step.saved or 0)}"
    return step.reason.text
