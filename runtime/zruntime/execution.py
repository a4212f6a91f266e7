"""Executing a step: look its result up, or compute and store it; the same everywhere it runs."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from zruntime.conditions import holds, outcome
from zruntime.exceptions import (
    ArtifactCorruptError,
    ArtifactMissingError,
    MaterializerError,
    StoreError,
)
from zruntime.formats import usable_entry
from zruntime.functions import CodeSource, StepContext
from zruntime.hashing import step_key
from zruntime.items import forget_items, instance_inputs, known_items
from zruntime.keys import describe_parts, key_parts
from zruntime.materializers import (
    UNKNOWN_FORMAT,
    BaseMaterializer,
    load_value,
    materializer_named,
    store_value,
)
from zruntime.outside import Observed, Outside
from zruntime.planning import collect
from zruntime.secrets import EnvironmentSecrets
from zruntime.spec import Condition, OutputRef, PipelineSpec, StepSpec
from zruntime.splitting import split
from zruntime.store import ArtifactRef, Entry, Producer, Store

log = logging.getLogger("zruntime")

T = TypeVar("T")


class StepResult(Struct, frozen=True):
    """How a step ended.

    Attributes:
        state: "completed" if it was computed now, "cached" if a stored result was used.
        key: Its key; empty where none can be told, and it is stored for this run only.
        parts: The parts of the key, as `describe_parts` gives them.
        outputs: Its artifacts by output name.
        producer: The step run that computed them.
        started: Unix time, in seconds.
        duration: Seconds until the result was there.
        saved: Seconds that a cached result had taken to compute, else None.
        waited: Seconds until no other process computed the same result.
        caveat: Why a result that was computed will not be found by later runs, in words.
    """

    state: str
    key: str
    parts: Mapping[str, Any]
    outputs: Mapping[str, ArtifactRef]
    producer: Producer
    started: float
    duration: float
    saved: float | None = None
    waited: float = 0.0
    caveat: str = ""


class OnMiss(Protocol):
    """Is told that a step's result is not stored, before it is computed."""

    def __call__(self, parts: Mapping[str, Any], unusable: str) -> None:
        """Takes the parts of the key, and why a result that is stored is not used, in words."""


def _ignore(parts: Mapping[str, Any], unusable: str) -> None:
    pass


_LOSSES: Final = 16
"""How often a step waits for the same artifact to be made again; a disk may lose all of them."""


class _LostError(Exception):
    """An artifact cannot be read; the step that it is an output of has to make it again."""

    def __init__(self, ref: OutputRef) -> None:
        super().__init__(str(ref))
        self.ref = ref


class Executor:
    """Executes the steps of one run of a pipeline.

    Args:
        pipeline: The pipeline, with the parameters of this run.
        store: Where results are looked up and stored.
        code: Where the step functions come from.
        run: The run's name.
        artifacts: Artifacts known so far: by step name, by output name. It is added to.
        origins: The run that computed each step's artifacts, where it is not this one.
        skipped: Names of the steps that do not run because of a condition. It is added to.
        outside: Looks at what steps depend on outside; by default it takes secrets from this
            process's environment, and paths as relative to its working folder.
    """

    def __init__(
        self,
        pipeline: PipelineSpec,
        store: Store,
        code: CodeSource,
        run: str,
        artifacts: Mapping[str, Mapping[str, ArtifactRef]] | None = None,
        origins: Mapping[str, str] | None = None,
        skipped: Collection[str] = (),
        clock: Callable[[], float] = time.time,
        outside: Outside | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.store = store
        self.code = code
        self.run = run
        self.artifacts = dict(artifacts or {})
        self.origins = dict(origins or {})
        self.skipped = set(skipped)
        self.clock = clock
        self.outside = outside or Outside(Path(), code, store, EnvironmentSecrets())
        self._mapped_over = pipeline.mapped_over()
        self._instances: dict[str, list[dict[str, ArtifactRef]]] = {}
        self._unreadable: set[tuple[str, str]] = set()

    def execute(
        self, name: str, *, lookup: bool, index: int | None = None, on_miss: OnMiss = _ignore
    ) -> StepResult:
        """Ends a step with a result: a stored one, or one that is computed and stored now.

        An input whose artifact has gone, is damaged or cannot be read here is made again by the
        step it came from.

        Args:
            name: The step's name in the pipeline.
            lookup: Whether a stored result may be used.
            index: Which instance of a mapped step, from 0; None for a step that is not mapped.
            on_miss: Is told if no stored result is found.

        Raises:
            StoreError: if the store cannot be read or written.
            MaterializerError: if an output cannot be stored.
            Exception: whatever the step raises.
        """
        step = self.pipeline.step(name)
        return self._retrying(lambda: self._execute(step, lookup, index, on_miss))

    def _execute(
        self, step: StepSpec, lookup: bool, index: int | None, on_miss: OnMiss
    ) -> StepResult:
        inputs = self._whole_inputs(step) if index is None else self.instances(step.name)[index]
        result = self._attempt(step, inputs, lookup, on_miss)
        if index is None:
            self.artifacts[step.name] = result.outputs
            for output in self._mapped_over.get(step.name, ()):
                self._items(OutputRef(step.name, output))
        self.origins[step.name] = result.producer.run
        return result

    def _retrying(self, action: Callable[[], T]) -> T:
        """The result of an action, for which lost artifacts are made again."""
        losses: Counter[str] = Counter()
        while True:
            try:
                return action()
            except _LostError as lost:
                name = lost.ref.step
                losses[name] += 1
                if losses[name] > _LOSSES and lost.__cause__ is not None:
                    raise lost.__cause__ from None
                log.warning("Step %s has to run again: its result cannot be read.", name)
                self._instances.clear()
                if name in self.artifacts:
                    forget_items(self.store, self.artifacts[name][lost.ref.output].content)
                self._produce(name)

    def _produce(self, name: str) -> None:
        """Makes the artifacts of a step, from stored results where there are some."""
        step = self.pipeline.step(name)
        if not step.mapped:
            self.execute(name, lookup=True)
            return
        indices = range(len(self.instances(name)))
        self.collect(name, [self.execute(name, lookup=True, index=at).outputs for at in indices])

    def instances(self, name: str) -> Sequence[Mapping[str, ArtifactRef]]:
        """The inputs of each instance of a mapped step.

        Raises:
            StepInterfaceError: if the lists that it is mapped over differ in their lengths, or are
                none.
        """
        if name not in self._instances:
            step = self.pipeline.step(name)
            self._instances[name] = self._retrying(
                lambda: instance_inputs(
                    step,
                    self._whole_inputs(step),
                    {key: self._items(step.inputs[key]) for key in step.mapped},
                )
            )
        return self._instances[name]

    def collect(self, name: str, instances: Sequence[Mapping[str, ArtifactRef]]) -> None:
        """Makes the outputs of a mapped step from those of all of its instances."""
        self.artifacts[name] = collect(self.pipeline.step(name), instances, self.store)

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds; its value is loaded where its artifact does not note it.

        Raises:
            StepInterfaceError: if the value cannot be tested.
        """
        return self._retrying(lambda: self._test(condition))

    def _test(self, condition: Condition) -> bool:
        ref = self._artifact(condition.source)
        passed = outcome(condition, ref)
        return holds(condition, self._load(condition.source, ref)) if passed is None else passed

    def _whole_inputs(self, step: StepSpec) -> dict[str, ArtifactRef]:
        return {
            name: self._artifact(ref)
            for name, ref in step.inputs.items()
            if name not in step.mapped and ref.step not in self.skipped
        }

    def _items(self, ref: OutputRef) -> tuple[ArtifactRef, ...]:
        found = self._artifact(ref)
        return split(self.store, ref, found, self._load, self.code.fingerprint_types)

    def _attempt(
        self,
        step: StepSpec,
        inputs: Mapping[str, ArtifactRef],
        lookup: bool,
        on_miss: OnMiss,
    ) -> StepResult:
        started = self.clock()
        observed = self.outside.observe(step)
        parts = key_parts(step, inputs, observed)
        key = "" if observed.problem else step_key(parts)
        described = describe_parts(step, parts, self.input_origins(step), observed)
        wanted, lookup = lookup, lookup and not observed.problem
        entry, unusable = self._lookup(step, key) if lookup else (None, observed.problem)
        waited = 0.0
        if entry is None:
            with self._lease(step, key) as waited:
                entry, unusable = self._lookup(step, key) if lookup else (None, observed.problem)
                if entry is None:
                    if wanted:
                        on_miss(described, unusable)
                    outputs = self._compute(step, inputs)
                    done = self._result("completed", key, described, outputs, started, step)
                    return self._kept(step, observed, replace(done, waited=waited))
        log.info("Using cached version of %s.", step.function)
        hit = self._result("cached", key, described, entry.outputs, started, step)
        return replace(hit, producer=entry.producer, saved=entry.duration, waited=waited)

    def _lookup(self, step: StepSpec, key: str) -> tuple[Entry | None, str]:
        """See `usable_entry`; one with an artifact that could not be read is not used either."""
        entry, unusable = usable_entry(self.store, step, key)
        formats = map(_format, entry.outputs.values()) if entry else ()
        return (entry if self._unreadable.isdisjoint(formats) else None), unusable

    def _kept(self, step: StepSpec, observed: Observed, done: StepResult) -> StepResult:
        """A result that is stored for later runs, if what it was made from is still the same."""
        if not (step.enable_cache and done.key):
            return done
        changed = self.outside.changed(step, observed)
        if changed:
            caveat = f"not kept for later runs, since while it ran {changed}"
            log.warning("The result of step %s is %s.", step.name, caveat)
            return replace(done, key="", caveat=caveat)
        self._save(Entry(done.key, done.outputs, done.producer, done.duration, self.clock()))
        return done

    def _save(self, entry: Entry) -> None:
        # The artifacts are stored, so the run can go on; only a later run computes this again.
        try:
            self.store.save(entry)
        except StoreError as error:
            log.warning("A result was computed, but cannot be found again: %s", error)

    def _artifact(self, ref: OutputRef) -> ArtifactRef:
        if ref.step not in self.artifacts:
            self._produce(ref.step)
        return self.artifacts[ref.step][ref.output]

    def input_origins(self, step: StepSpec) -> dict[str, dict[str, str]]:
        """Who made each input of a step: ``{"step": ..., "run": ...}``."""
        return {
            name: {"step": ref.step, "run": self.origins.get(ref.step, self.run)}
            for name, ref in step.inputs.items()
        }

    def _lease(self, step: StepSpec, key: str) -> AbstractContextManager[float]:
        return self.store.lease(key) if step.enable_cache and key else nullcontext(0.0)

    def _compute(self, step: StepSpec, inputs: Mapping[str, ArtifactRef]) -> dict[str, ArtifactRef]:
        function = self.code.load(step)
        values = {name: self._load(step.inputs[name], ref) for name, ref in inputs.items()}
        context = StepContext(self.pipeline.name, self.run, step.name)
        outputs = function.call(values, self.outside.arguments(step), context)
        return {
            name: store_value(
                self.store,
                value,
                materializer=_chosen(step, name),
                fingerprint_types=self.code.fingerprint_types,
            )
            for name, value in outputs.items()
        }

    def _load(self, source: OutputRef, ref: ArtifactRef) -> Any:
        try:
            return load_value(self.store, ref)
        except (ArtifactMissingError, ArtifactCorruptError) as error:
            log.warning("%s", error)
            raise _LostError(source) from error
        except MaterializerError as error:
            if _format(ref) in self._unreadable or not self._may_become_readable(source, error):
                raise
            log.warning("%s", error)
            self._unreadable.update(map(_format, (ref, *(known_items(self.store, ref) or ()))))
            raise _LostError(source) from error

    def _may_become_readable(self, source: OutputRef, error: MaterializerError) -> bool:
        """Whether it may help to compute an artifact again that cannot be read.

        What this run made with this version of zcompile would come out the same.
        """
        is_older = self.origins.get(source.step, self.run) != self.run
        return is_older or error.code == UNKNOWN_FORMAT

    def _result(
        self,
        state: str,
        key: str,
        parts: Mapping[str, Any],
        outputs: Mapping[str, ArtifactRef],
        started: float,
        step: StepSpec,
    ) -> StepResult:
        producer = Producer(self.pipeline.name, self.run, step.name)
        duration = max(0.0, self.clock() - started)
        return StepResult(state, key, parts, outputs, producer, started, duration)


def _chosen(step: StepSpec, output: str) -> type[BaseMaterializer] | None:
    """The materializer that the author chose for an output."""
    name = step.materializers.get(output)
    return type(materializer_named(name)) if name else None


def _format(ref: ArtifactRef) -> tuple[str, str]:
    """An artifact's bytes and how they are read."""
    return ref.digest, ref.materializer
