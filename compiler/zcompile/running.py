"""Running a pipeline in this process: the same plan, keys and execution as in Airflow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from zcompile.authoring.pipeline import PipelineInstance, RunOptions
from zcompile.authoring.templates import rendered
from zcompile.config.file import NO_CONFIG, ConfigFile
from zcompile.graph import Graph
from zcompile.post_execution import PipelineRunView
from zcompile.problems import Problems
from zcompile.stages.check import check_graph
from zcompile.stages.configure import configure_graph
from zcompile.stages.fingerprint import fingerprint_graph
from zcompile.stages.lower import lower_graph
from zcompile.stages.trace import trace_instance
from zruntime.cycles import without_collections
from zruntime.exceptions import StepInterfaceError
from zruntime.execution import Executor
from zruntime.fingerprint import Fingerprinter, fingerprint_types
from zruntime.functions import StepFunction
from zruntime.outside import Outside
from zruntime.planning import Plan, plan_run
from zruntime.project import Project, find_project_root
from zruntime.records import Records, RunRecord, StepRecord
from zruntime.running import log, log_to_the_terminal, run_steps
from zruntime.secrets import EnvironmentSecrets
from zruntime.settings import files_folder, kept_store
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import Store
from zruntime.templates import holds_template


class LiveCode:
    """The step functions of a traced pipeline, as they are in this process."""

    def __init__(self, graph: Graph, project: Project) -> None:
        self._graph = graph
        self._project = project

    def load(self, step: StepSpec) -> StepFunction:
        """The step's function."""
        return self._graph.node(step.name).step

    def cache_func(self, step: StepSpec) -> Callable[..., Any]:
        """The function whose answer enters the step's key."""
        function = self._graph.node(step.name).step.cache_func
        assert function is not None
        return function

    def fingerprint_types(self, types: Iterable[Any]) -> str:
        """Fingerprint of those that are the project's own, or an empty string."""
        return fingerprint_types(types, self._project)


def run_pipeline(instance: PipelineInstance, options: RunOptions) -> PipelineRunView:
    """Runs a pipeline instance and returns the run.

    Raises:
        ZCompileError: if the pipeline or its config is wrong, or the store cannot be used.
        Exception: whatever a step raises; the steps before it stay cached.
    """
    log_to_the_terminal()
    project = Project(find_project_root(instance.pipeline.file))
    with without_collections():
        run = _start(*_compile(instance, options, project), project, options)
        if run.is_cached:
            return run.finish()
    return run.finish()


def run_compiled(
    graph: Graph,
    spec: PipelineSpec,
    project: Project,
    options: RunOptions,
    on_change: Callable[[StepRecord], None] = lambda _: None,
) -> PipelineRunView:
    """Runs a compiled pipeline and returns the run.

    Args:
        graph: Its configured graph, with the live steps.
        spec: What it was lowered to.
        project: The project that it belongs to.
        options: How it is run; its config is part of the graph.
        on_change: Told of each step's record as it is written.

    Raises:
        ZCompileError: if a parameter is a template of what only a DAG run has, or the store cannot
            be used.
        Exception: whatever a step raises; the steps before it stay cached.
    """
    return _start(graph, spec, project, options, on_change).finish()


class _StartedRun(Struct, frozen=True):
    """A run that is planned and recorded, and whose steps come next."""

    executor: Executor
    records: Records
    record: RunRecord
    plan: Plan
    root: Path
    started: float

    @property
    def is_cached(self) -> bool:
        """Whether no step is executed, so that none of the user's code is."""
        return len(self.plan.cached) == len(self.record.steps)

    def finish(self) -> PipelineRunView:
        """Runs the steps and returns the run.

        Raises:
            Exception: whatever a step raises; the steps before it stay cached.
        """
        run = self.record
        run_steps(self.executor, self.records, run, self.plan)
        log.info("Pipeline run %s has finished in %.3fs.", run.name, time.time() - self.started)
        if not self.is_cached:
            # A disk may lose what it was given.
            run = self.records.run(run.pipeline, run.number) or run
        return PipelineRunView(run, self.root)


def _start(
    graph: Graph,
    spec: PipelineSpec,
    project: Project,
    options: RunOptions,
    on_change: Callable[[StepRecord], None] = lambda _: None,
) -> _StartedRun:
    spec = local_spec(graph, spec)
    store = kept_store(graph.pipeline.file)
    records = Records(store, on_change, project.root)
    _announce(spec, options.enable_cache)
    name = options.run_name or new_run_name(spec.name)
    started = time.time()
    outside = local_outside(graph, project, store)
    explain = records.history.explainer(spec.name)
    plan = plan_run(spec, store, explain, options.enable_cache, outside.observe)
    run = records.start(spec, plan, name, enable_cache=options.enable_cache)
    executor = Executor(
        spec,
        store,
        LiveCode(graph, project),
        name,
        plan.artifacts,
        plan.origins,
        plan.skipped,
        outside=outside,
    )
    return _StartedRun(executor, records, run, plan, store.root, started)


def local_spec(graph: Graph, spec: PipelineSpec) -> PipelineSpec:
    """A compiled pipeline with its templates rendered, for a run outside of Airflow.

    Raises:
        StepInterfaceError: for each template of what only a DAG run has, and each one that renders
            to a value which its parameter does not take.
    """
    problems = Problems()
    steps = list(spec.steps)
    for index, step in enumerate(steps):
        if holds_template(step.parameters):
            node = graph.node(step.name)
            try:
                values = rendered(step.function, step.parameters)
                plain = node.step.normalize(values, wired=tuple(step.inputs))
                steps[index] = replace(step, parameters=plain)
            except StepInterfaceError as error:
                problems.add(error.at(node.place))
    problems.raise_all()
    return replace(spec, steps=tuple(steps))


def local_outside(graph: Graph, project: Project, store: Store) -> Outside:
    """Looks at what a pipeline's steps depend on outside, on this machine."""
    code = LiveCode(graph, project)
    return Outside(files_folder(project.root), code, store, EnvironmentSecrets())


def new_run_name(pipeline: str) -> str:
    """A run name of a pipeline's name and the time, down to microseconds."""
    return datetime.now().strftime(f"{pipeline.replace('%', '%%')}-%d_%b_%y-%H_%M_%S_%f")


def _compile(
    instance: PipelineInstance, options: RunOptions, project: Project
) -> tuple[Graph, PipelineSpec]:
    problems = Problems()
    config = _read(options.config_path, problems) if options.config_path else NO_CONFIG
    graph = trace_instance(instance, config, problems)
    graph = configure_graph(graph, config, problems)
    check_graph(graph, problems)
    problems.raise_all()
    for warning in problems.warnings:
        log.debug("%s", warning.message)
    code = fingerprint_graph(graph, Fingerprinter(project))
    return graph, lower_graph(graph, code, project)


def _read(path: Path, problems: Problems) -> ConfigFile:
    from zcompile.config.reading import read_config  # its models, which a run without config spares

    return read_config(path, problems)


def _announce(spec: PipelineSpec, enable_cache: bool | None) -> None:
    """Tells what is run; in one record, which takes as long as looking a step up."""
    lines = [
        f"Creating run for pipeline: {spec.name}",
        f"Cache {'enabled' if spec.enable_cache else 'disabled'} for pipeline {spec.name}",
        f"Using stack default to run pipeline {spec.name}...",
    ]
    if enable_cache is not None:
        lines.append(
            "Runtime configuration overwriting the pipeline cache settings to "
            f"enable_cache={enable_cache} for this pipeline run. The default caching strategy is "
            "retained for future pipeline runs."
        )
    log.info("\n".join(lines))
