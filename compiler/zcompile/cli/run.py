"""`zcompile run`: runs a pipeline in this process."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from msgspec.structs import replace

from zcompile.authoring.pipeline import RunOptions
from zcompile.cli.progress import shown_progress
from zcompile.cli.reports import Report, format_option
from zcompile.cli.sources import no_cache_option, read_settings, set_option
from zcompile.cli.tables import duration
from zcompile.compiling import ANALYSIS, LOWERING, compile_source
from zcompile.imports import users_place, users_traceback
from zcompile.problems import listed, nearest
from zcompile.program import Program, Source, Variant
from zcompile.running import new_run_name, run_compiled
from zruntime.diagnostics import Diagnostic
from zruntime.exceptions import ZCompileError
from zruntime.records import Records, RunRecord
from zruntime.settings import store_to_read


@click.command("run", short_help="Run a pipeline here, with the cache.")
@click.argument("pipeline", metavar="PIPELINE", type=click.Path())
@click.option("-c", "--config", type=click.Path(path_type=Path), help="YAML config.")
@set_option
@no_cache_option
@click.option("--run-name", help="Name of the run, which no other run of the pipeline has.")
@click.option("--pipeline", "name", metavar="NAME", help="Which pipeline of the file to run.")
@format_option
def run_command(
    pipeline: str,
    config: Path | None,
    settings: tuple[str, ...],
    no_cache: bool,
    run_name: str | None,
    name: str | None,
    form: str,
) -> None:
    """Run a pipeline in this process, with the same plan and cache as in Airflow.

    Exits with 1 if a step fails; the results of the steps before it are kept.

    \b
    Example:
      zcompile run pipeline.py --set step_2.gamma=0.01
    """
    report = Report(form)
    configs = (config,) if config else ()
    source = Source(Path(pipeline), configs, overrides=read_settings(settings, report))
    switches = RunOptions(enable_cache=False if no_cache else None, run_name=run_name)

    def execute(program: Program) -> Program:
        # As a stage, since the pipeline's modules are only there while it is compiled.
        report.diagnostics(program.diagnostics)
        if not report.failed:
            _run(program, _chosen(program, name), switches, report)
        return program

    program = compile_source(source, (*ANALYSIS, *LOWERING, execute))
    if program.errors:
        report.diagnostics(program.diagnostics)
    sys.exit(report.finish())


def _chosen(program: Program, name: str | None) -> Variant:
    """The pipeline of that name, or the only one."""
    known = {variant.instance.name: variant for variant in program.variants}
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name in known:
        return known[name]
    if name is None:
        raise click.UsageError(
            f"{program.source.file} holds several pipelines: choose one of {listed(known)} with "
            "--pipeline."
        )
    meant = nearest(name, known)
    raise click.UsageError(
        f"{program.source.file} has no pipeline `{name}`. "
        + (f"Did you mean `{meant}`? " if meant else "")
        + f"There are: {listed(known)}."
    )


def _run(program: Program, variant: Variant, switches: RunOptions, report: Report) -> None:
    own = variant.instance.options
    spec = variant.lowered
    options = replace(
        own,
        enable_cache=own.enable_cache if switches.enable_cache is None else switches.enable_cache,
        run_name=switches.run_name or own.run_name or new_run_name(spec.name),
    )
    began = time.time()
    with report.mistakes():
        try:
            with shown_progress(report) as on_change:
                run_compiled(variant.traced, spec, program.project, options, on_change)
        except ZCompileError:
            raise
        except (Exception, SystemExit) as error:
            report.diagnostics([_failure(error)])
    with report.mistakes(), store_to_read(program.source.file) as store:
        record = Records(store).run_named(spec.name, str(options.run_name))
        # One that is older had the name before.
        if record is not None and record.started >= began:
            _tell(record, report)


def _failure(error: BaseException) -> Diagnostic:
    return Diagnostic(
        "ZC164",
        f"A step raised {type(error).__name__}.",
        "The steps before it are cached: mend the step and run the pipeline again.",
        users_place(error),
        details=users_traceback(error),
    )


def _tell(record: RunRecord, report: Report) -> None:
    report.fact("run", record.to_json())
    states = [step.state for step in record.steps]
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    took = f" in {duration(record.ended - record.started)}" if record.ended else ""
    report.say(f"Run {record.name} {record.status}{took}: {told}")
