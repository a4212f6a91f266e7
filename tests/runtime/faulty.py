"""A pipeline that faults are injected into, and what other processes do to its store."""

from __future__ import annotations

import logging
import os
import random
import sys
from pathlib import Path
from typing import Any

from fakes import Code, Function, pipeline_of, spec_of

from zruntime.execution import Executor
from zruntime.materializers import load_value
from zruntime.planning import looks_up, plan_run
from zruntime.records import Records
from zruntime.running import run_steps
from zruntime.store import LocalStore
from zruntime.store.maintenance import collect_garbage, verify
from zruntime.usage import usage_of

CHAIN = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}),
    spec_of("shown", inputs={"x": "double.output"}, outputs={"output": "str"}),
)
CACHED = dict.fromkeys(("one", "double", "shown"), "cached")
COMPLETED = dict.fromkeys(CACHED, "completed")


def chain_from(start: int) -> Any:
    """The pipeline with another parameter."""
    return pipeline_of(spec_of("one", parameters={"start": start}), *CHAIN.steps[1:])


def chain_code() -> Code:
    return Code(
        one=Function(lambda start: start),
        double=Function(lambda x: 2 * x),
        shown=Function(lambda x: str(x)),
    )


def run_chain(store: LocalStore, name: str, start: int = 1) -> dict[str, str]:
    """Runs the pipeline, checks its last value in the store, and gives the states of its steps.

    It looks at what the run did, since a disk may lose its record.
    """
    pipeline, code = chain_from(start), chain_code()
    records = Records(store)
    plan = plan_run(pipeline, store, records.history.explainer(pipeline.name))
    record = records.start(pipeline, plan, name)
    executor = Executor(pipeline, store, code, name, plan.artifacts, plan.origins)
    run_steps(executor, records, record, plan)
    assert load_value(store, executor.artifacts["shown"]["output"]) == str(2 * start)
    called = {name for name, function in code.functions.items() if function.calls}
    return {step: "completed" if step in called else "cached" for step in code.functions}


def take(root: Path, log: Path, number: int) -> str:
    """One of many processes that want the same result; it notes that it computes."""

    def compute(start: int) -> int:
        with log.open("a") as file:
            file.write(f"{number}\n")
        return start

    with LocalStore(root) as store:
        executor = Executor(CHAIN, store, Code(one=Function(compute)), f"run {number}")
        return executor.execute("one", lookup=True).state


def use(root: Path, seed: int) -> int:
    """One of many processes that run pipelines over a store which others clean; counts its hits."""
    choose = random.Random(seed)
    hits = 0
    with LocalStore(root) as store:
        for n in range(40):
            found = run_chain(store, f"run {n} of {seed}", choose.randrange(30))
            hits += [*found.values()].count("cached")
    return hits


def clean(root: Path, done: Path) -> int:
    """Collects garbage and verifies until a file appears; counts the damage that was found."""
    damaged = 0
    with LocalStore(root) as store:
        while not done.exists():
            collect_garbage(store, usage_of(Records(store)), limit=0)
            damaged += len(verify(store).damaged)
    return damaged


def wait_for_input(start: int) -> int:
    """A step that says that it has begun, and ends when it is told so."""
    print("begun", flush=True)
    sys.stdin.readline()
    return start


def main(root: Path, what: str) -> None:
    """A process of its own, which a test starts, stops and kills."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    with LocalStore(root) as store:
        if what == "hold":
            executor = Executor(CHAIN, store, Code(one=Function(wait_for_input)), "held")
            print(executor.execute("one", lookup=looks_up(CHAIN, CHAIN.steps[0], None)).state)
        elif what == "run":
            print(*run_chain(store, f"run of {os.getpid()}").values())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
