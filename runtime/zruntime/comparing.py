"""What differs between two runs of a pipeline, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from zruntime.codediff import kept_diffs
from zruntime.contrast import contrast
from zruntime.history import History
from zruntime.keys import Change, changed_items, changes
from zruntime.planning import instance_name
from zruntime.recorded import RunRecord, StepRecord
from zruntime.store import Store

SAME: Final = "same"
CHANGED: Final = "changed"
INPUTS: Final = "other inputs"
RESULT: Final = "other result"
PENDING: Final = "not known yet"
ADDED: Final = "added"
REMOVED: Final = "removed"

DIFFERENT: Final = frozenset({CHANGED, INPUTS, RESULT, ADDED, REMOVED})
"""The verdicts on steps that differ."""

_RECORDED: Final = {"parameter", "input"}
"""Parts of a key that are compared as they are recorded: a step that failed has no key."""

_NOT_ENDED: Final = {"waiting", "running"}
_MADE: Final = {"completed", "cached"}


class StepComparison(Struct, frozen=True):
    """A step in two runs.

    Attributes:
        name: Its name in the pipeline.
        verdict: "same"; "changed" if its code, parameters or other things of its own differ;
            "other inputs" if only what it was given differs; "other result" if nothing else does;
            "added" or "removed" if only the later or only the earlier run has it; "not known yet"
            if nothing differs so far, and it has not ended in one of them.
        changes: What differs. Parts are those of keys, and "source", of an input, "state",
            "instances" and "result"; the old and new values of inputs and results are digests.
        diffs: Unified diffs of the code that differs, where both texts are still kept.
    """

    name: str
    verdict: str
    changes: tuple[Change, ...] = ()
    diffs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "changes": [change.to_json() for change in self.changes],
            "diffs": list(self.diffs),
        }


def compare(before: RunRecord, after: RunRecord, store: Store) -> list[StepComparison]:
    """Compares the steps of two runs of a pipeline.

    Durations are no differences, nor is that a result was cached in one of them; that a step failed
    or did not run is.

    Args:
        before: The earlier run.
        after: The later run.
        store: Where the texts of their code are kept.

    Returns:
        The steps of the later run in its order, then those that only the earlier one has.
    """
    history = History(store)
    then, now = _Run(before, history), _Run(after, history)
    compared = [_compared(step, then, now, store) for step in after.steps]
    removed = (step.name for step in before.steps if step.name not in now.steps)
    return [*compared, *(StepComparison(name, REMOVED) for name in removed)]


class _Run:
    """The steps of a run by name, and what their records leave out."""

    def __init__(self, record: RunRecord, history: History) -> None:
        self.steps = {step.name: step for step in record.steps}
        self._pipeline = record.pipeline
        self._history = history

    def parts(self, step: StepRecord) -> Mapping[str, Any]:
        """What the key of a step, or of an instance of it, was made of; empty if it had none."""
        if step.parts or not step.instances:
            return step.parts
        found = (
            self._history.parts_of(self._pipeline, instance_name(step.name, at.index), at.key)
            for at in step.instances
            if at.key
        )
        return next(filter(None, found), {})

    def has_ended(self, step: str) -> bool:
        """Whether nothing more is going to be known of a step."""
        return step not in self.steps or self.steps[step].state not in _NOT_ENDED

    def content(self, source: Mapping[str, str]) -> str | None:
        """The digest of what an output was; None where it was not made."""
        step = self.steps.get(source["step"])
        ref = step.outputs.get(source["output"]) if step else None
        return ref.content if ref else None


def _compared(step: StepRecord, then: _Run, now: _Run, store: Store) -> StepComparison:
    former = then.steps.get(step.name)
    if former is None:
        return StepComparison(step.name, ADDED)
    own = [*_key_changes(former, step, then, now), *_wiring(former, step)]
    given = [*_inputs(former, step, then, now)]
    ended = then.has_ended(step.name) and now.has_ended(step.name)
    results = [*_results(former, step)] if ended else []
    candidates = ((own, CHANGED), (given, INPUTS), (results, RESULT), (not ended, PENDING))
    verdict = next((name for found, name in candidates if found), SAME)
    return StepComparison(step.name, verdict, (*own, *given, *results), kept_diffs(store, own))


def _key_changes(former: StepRecord, step: StepRecord, then: _Run, now: _Run) -> Iterator[Change]:
    """What differs of what a step is made of, beside its inputs."""
    before, after = then.parts(former), now.parts(step)
    if before and after:
        yield from (found for found in changes(after, [before]) if found.part not in _RECORDED)
    elif former.function != step.function:
        text = f"code: function `{former.function}` -> `{step.function}`"
        yield Change("code", "", former.function, step.function, text)
    for name, old, new in changed_items(former.parameters, step.parameters):
        yield Change("parameter", name, old, new, f"parameter {contrast(name, old, new)}")


def _wiring(former: StepRecord, step: StepRecord) -> Iterator[Change]:
    """Where inputs come from, if that differs."""
    before, after = (
        {name: f"{at['output']} of {at['step']}" for name, at in record.inputs.items()}
        for record in (former, step)
    )
    for name, old, new in changed_items(before, after):
        text = f"input {name}: {old or 'none'} -> {new or 'none'}"
        yield Change("source", name, old, new, text)


def _inputs(former: StepRecord, step: StepRecord, then: _Run, now: _Run) -> Iterator[Change]:
    """The inputs that are other artifacts, as far as they are made."""
    for name in [name for name in step.inputs if name in former.inputs]:
        one, other = former.inputs[name], step.inputs[name]
        if then.has_ended(one["step"]) and now.has_ended(other["step"]):
            old, new = then.content(one), now.content(other)
            if old != new:
                yield Change("input", name, old, new, f"input {name} is another artifact")


def _results(former: StepRecord, step: StepRecord) -> Iterator[Change]:
    """How two ends of a step differ: whether there were results, and which."""
    one, other = former.state, step.state
    if one != other and not {one, other} <= _MADE:
        yield Change("state", "", one, other, f"state {one} -> {other}")
    was, now = (None if at.instances is None else len(at.instances) for at in (former, step))
    if was != now:
        yield Change("instances", "", was, now, contrast("instances", was, now))
    before, after = (
        {name: ref.content for name, ref in record.outputs.items()} for record in (former, step)
    )
    for name, old, new in changed_items(before, after):
        what = "the result" if name == "output" else f"result {name}"
        verb = "is another one" if old and new else "is new" if new else "was not made"
        yield Change("result", name, old, new, f"{what} {verb}")
