"""The past: pipelines that have run, their runs, steps and artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zruntime.exceptions import UnknownNameError, ZCompileError
from zruntime.loading import NotRun, is_loading
from zruntime.materializers import load_value
from zruntime.records import Records, RunRecord, StepRecord
from zruntime.settings import open_folder, store_folder
from zruntime.store import ArtifactRef

__all__ = [
    "ArtifactView",
    "PipelineRunView",
    "PipelineView",
    "StepView",
    "get_pipeline",
    "get_pipelines",
]


class ArtifactView:
    """An output of a step in a run."""

    def __init__(
        self,
        run: PipelineRunView,
        step: str,
        name: str,
        ref: ArtifactRef,
        items: Sequence[ArtifactRef] | None = None,
    ) -> None:
        self._run = run
        self._step = step
        self._ref = ref
        self._items = items
        self.name = name

    @property
    def uri(self) -> str:
        """Path of the file that holds the artifact.

        Raises:
            UnknownNameError: if it is the list of a mapped step's results, which has no file but
                those of its items.
        """
        if self._items is not None:
            raise UnknownNameError(
                f"The list `{self.name}` of mapped step `{self._step}` has no file of its own.",
                remedy="Read it with `.read()`.",
                code="ZC806",
            )
        with open_folder(self._run.folder) as store:
            return str(store.blob(self._ref))

    @property
    def data_type(self) -> str:
        """The value's type as ``module.qualname``."""
        return self._ref.type.replace(":", ".")

    @property
    def digest(self) -> str:
        """Digest of the stored bytes."""
        return self._ref.digest

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self._ref.size

    @property
    def producer_step(self) -> StepView:
        """The step that computed the artifact; for a cached one, that of an earlier run.

        It is the step of this run where the earlier run is not recorded.
        """
        return self._run.producer_of(self._step)

    @property
    def parent_step(self) -> StepView:
        """The step of this run that the artifact is an output of."""
        return self._run.get_step(self._step)

    @property
    def is_cached(self) -> bool:
        """Whether an earlier run computed it."""
        return self.parent_step.is_cached

    def read(self) -> Any:
        """The artifact's value.

        Raises:
            StoreError: if its file is gone or damaged.
            MaterializerError: if the value cannot be made of the file.
        """
        with open_folder(self._run.folder) as store:
            if self._items is not None:
                return [load_value(store, item) for item in self._items]
            return load_value(store, self._ref)

    def __repr__(self) -> str:
        return f"<artifact {self.name} of step {self._step}>"


class StepView:
    """A step in a run."""

    def __init__(self, run: PipelineRunView, record: StepRecord) -> None:
        self._run = run
        self.record = record
        self.name = record.name

    @property
    def status(self) -> str:
        """ "completed", "cached", "running", "failed", "waiting" or "skipped"."""
        return self.record.state

    @property
    def is_cached(self) -> bool:
        """Whether a stored result was used."""
        return self.record.state == "cached"

    @property
    def reason(self) -> str:
        """Why it was not cached, in words; empty if it was."""
        return self.record.reason

    @property
    def diffs(self) -> tuple[str, ...]:
        """Unified diffs of the code that changed since, where its former text was still kept."""
        return self.record.diffs

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters as plain JSON data."""
        return self.record.parameters

    @property
    def inputs(self) -> dict[str, ArtifactView]:
        """The artifacts that the step took; those that no step has made yet are left out."""
        found = {}
        for name, source in self.record.inputs.items():
            outputs = self._run.get_step(source["step"]).outputs
            if source["output"] in outputs:
                found[name] = outputs[source["output"]]
        return found

    @property
    def outputs(self) -> dict[str, ArtifactView]:
        """The artifacts that the step gave."""
        instances = self.record.instances
        return {
            name: ArtifactView(
                self._run,
                self.name,
                name,
                ref,
                None if instances is None else [made.outputs[name] for made in instances],
            )
            for name, ref in self.record.outputs.items()
        }

    @property
    def output(self) -> ArtifactView:
        """The only output.

        Raises:
            ZCompileError: if the step has none, or several.
        """
        outputs = self.outputs
        if len(outputs) != 1:
            listed = ", ".join(f"`{name}`" for name in outputs) or "none"
            raise ZCompileError(
                f"Step `{self.name}` has {len(outputs)} outputs: {listed}.",
                remedy="Choose one with `.outputs[name]`.",
                code="ZC802",
            )
        return next(iter(outputs.values()))

    def __repr__(self) -> str:
        return f"<step {self.name}: {self.status}>"


class PipelineRunView:
    """A run of a pipeline."""

    def __init__(self, record: RunRecord, folder: Path) -> None:
        self.record = record
        self.folder = folder
        self.name = record.name

    @property
    def status(self) -> str:
        """ "completed", "failed" or "running"."""
        return self.record.status

    @property
    def steps(self) -> list[StepView]:
        """The steps, each after the steps it depends on."""
        return [StepView(self, step) for step in self.record.steps]

    def get_step(self, name: str) -> StepView:
        """The step of that name.

        Raises:
            UnknownNameError: if the run has none; the remedy lists those it has.
        """
        for step in self.steps:
            if step.name == name:
                return step
        listed = ", ".join(f"`{step.name}`" for step in self.steps)
        raise UnknownNameError(
            f"Run `{self.name}` has no step `{name}`.",
            remedy=f"Its steps are: {listed}.",
            code="ZC800",
        )

    def producer_of(self, name: str) -> StepView:
        """The step, in this or an earlier run, which computed the outputs of a step of this run."""
        step = self.get_step(name)
        producer = step.record.producer
        if producer is None or (producer.pipeline, producer.run) == (
            self.record.pipeline,
            self.name,
        ):
            return step
        runs = PipelineView(producer.pipeline, self.folder).runs
        found = [run for run in runs if run.name == producer.run]
        return found[0].get_step(producer.step) if found else step

    def __repr__(self) -> str:
        return f"<run {self.name}: {self.status}>"


class PipelineView:
    """A pipeline that has run."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    @property
    def runs(self) -> list[PipelineRunView]:
        """Its runs, oldest first."""
        with open_folder(self._folder) as store:
            return [PipelineRunView(run, self._folder) for run in Records(store).runs(self.name)]

    def get_run(self, name: str) -> PipelineRunView:
        """The run of that name.

        Raises:
            UnknownNameError: if there is none; the remedy lists the newest ones.
        """
        runs = self.runs
        for run in runs:
            if run.name == name:
                return run
        listed = ", ".join(f"`{run.name}`" for run in runs[-5:])
        raise UnknownNameError(
            f"Pipeline `{self.name}` has no run `{name}`.",
            remedy=f"Its newest are: {listed}.",
            code="ZC801",
        )

    def __repr__(self) -> str:
        return f"<pipeline {self.name}>"


def get_pipelines() -> Any:
    """All pipelines that have runs in the store, in alphabetical order."""
    if is_loading():
        return NotRun()
    folder = store_folder()
    with open_folder(folder) as store:
        return [PipelineView(name, folder) for name in Records(store).pipelines()]


def get_pipeline(name: str) -> Any:
    """The pipeline of that name, or None if it has never run."""
    if is_loading():
        return NotRun()
    return next((view for view in get_pipelines() if view.name == name), None)


def runs_of(name: str, start: Path) -> list[PipelineRunView]:
    """The runs of a pipeline that is defined in the file `start`, oldest first."""
    return PipelineView(name, store_folder(start)).runs
