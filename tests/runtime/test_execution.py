"""Planning and executing a pipeline: what runs, what is cached, and what is made again."""

import itertools
import threading

import pytest
from fakes import Code, Function, first_time, pipeline_of, run, spec_of, states, with_step
from msgspec.structs import replace

from zruntime.exceptions import MaterializerError
from zruntime.execution import Executor
from zruntime.materializers import BaseMaterializer, load_value
from zruntime.naming import type_name
from zruntime.planning import plan_run
from zruntime.store import MemoryStore

CHAIN = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}),
    spec_of("shown", inputs={"x": "double.output"}, outputs={"output": "str"}),
)


@pytest.fixture
def store():
    with MemoryStore() as store:
        yield store


@pytest.fixture
def code():
    return Code(
        one=Function(lambda start: start),
        double=Function(lambda x: 2 * x),
        shown=Function(lambda x: str(x)),
    )


def calls(code):
    return {name: len(function.calls) for name, function in code.functions.items()}


def test_the_second_run_executes_nothing(store, code):
    assert states(run(CHAIN, store, code, "a")) == dict.fromkeys(
        ("one", "double", "shown"), "completed"
    )
    second = run(CHAIN, store, code, "b")
    assert states(second) == dict.fromkeys(("one", "double", "shown"), "cached")
    assert calls(code) == {"one": 1, "double": 1, "shown": 1}
    assert {step.producer.run for step in second.steps} == {"a"}
    assert all(step.saved is not None for step in second.steps)


def test_a_changed_parameter_runs_the_step_and_what_depends_on_it(store, code):
    run(CHAIN, store, code, "a")
    record = run(with_step(CHAIN, "one", parameters={"start": 2}), store, code, "b")
    assert states(record) == dict.fromkeys(("one", "double", "shown"), "completed")
    assert [step.reason for step in record.steps] == [
        "parameter start 1 -> 2",
        "depends on one",
        "depends on double",
    ]


def test_equal_results_of_other_code_let_the_consumers_hit(store, code):
    run(CHAIN, store, code, "a")
    record = run(with_step(CHAIN, "one", code="edited"), store, code, "b")
    assert states(record) == {"one": "completed", "double": "cached", "shown": "cached"}
    assert calls(code)["double"] == 1


def test_pipelines_share_results_by_content_and_not_by_name(store, code):
    run(CHAIN, store, code, "a")
    renamed = with_step(CHAIN, "one", entrypoint="moved.module:other", function="other")
    assert states(run(replace(renamed, name="another"), store, code, "a")) == dict.fromkeys(
        ("one", "double", "shown"), "cached"
    )


@pytest.mark.parametrize(
    ("run_switch", "pipeline_switch", "step_switch"),
    list(itertools.product((None, True, False), (True, False), (True, False))),
)
def test_the_precedence_of_the_switches(store, code, run_switch, pipeline_switch, step_switch):
    run(CHAIN, store, code, "a")
    pipeline = replace(
        with_step(CHAIN, "one", enable_cache=step_switch), enable_cache=pipeline_switch
    )
    record = run(pipeline, store, code, "b", run_switch)
    is_cached = run_switch is not False and step_switch and (run_switch is True or pipeline_switch)
    assert states(record)["one"] == ("cached" if is_cached else "completed")
    if not is_cached:
        assert "cache switched off" in record.steps[0].reason


def test_a_run_without_lookups_stores_for_the_next_one(store, code):
    run(CHAIN, store, code, "a", enable_cache=False)
    assert states(run(CHAIN, store, code, "b")) == dict.fromkeys(
        ("one", "double", "shown"), "cached"
    )


def test_a_step_without_cache_leaves_no_entry(store, code):
    off = with_step(CHAIN, "one", enable_cache=False)
    run(off, store, code, "a")
    assert plan_run(CHAIN, store, first_time).steps["one"].state == "run"


def test_a_plan_knows_what_waits(store, code):
    plan = plan_run(CHAIN, store, first_time)
    assert {name: step.state for name, step in plan.steps.items()} == {
        "one": "run",
        "double": "pending",
        "shown": "pending",
    }


def test_a_lost_artifact_is_made_again_by_its_step(store, code):
    first = run(CHAIN, store, code, "a")
    plan = plan_run(with_step(CHAIN, "shown", code="edited"), store, first_time)
    assert plan.cached == ("one", "double")
    store.blob(first.steps[1].outputs["output"]).unlink()

    executor = Executor(CHAIN, store, code, "b", plan.artifacts, plan.origins)
    result = executor.execute("shown", lookup=False)
    assert result.state == "completed"
    assert calls(code) == {"one": 1, "double": 2, "shown": 2}


def test_a_damaged_artifact_is_made_again_by_its_step(store, code):
    first = run(CHAIN, store, code, "a")
    plan = plan_run(with_step(CHAIN, "shown", code="edited"), store, first_time)
    file = store.blob(first.steps[0].outputs["output"])
    file.chmod(0o600)
    file.write_bytes(b"9" * file.stat().st_size)
    damaged = store.blob(first.steps[1].outputs["output"])
    damaged.chmod(0o600)
    damaged.write_bytes(b"9" * damaged.stat().st_size)

    executor = Executor(CHAIN, store, code, "b", plan.artifacts, plan.origins)
    executor.execute("shown", lookup=False)
    assert code.functions["shown"].calls[-1][0] == {"x": 2}


def as_stored_by(store, materializer, key_of):
    """Replaces what wrote the artifact of a recorded step, as another version would have it."""
    entry = store.lookup(key_of.key)
    ref = replace(entry.outputs["output"], materializer=materializer)
    store.save(replace(entry, outputs={"output": ref}))


def test_a_result_in_a_format_of_another_version_is_computed_again(store, code):
    first = run(CHAIN, store, code, "a")
    as_stored_by(store, "json/99", first.steps[1])
    plan = plan_run(CHAIN, store, first_time)
    assert plan.cached == ("one",)
    assert plan.steps["double"].reason.text == (
        "this version of zcompile cannot read its result (json/99)"
    )
    second = run(CHAIN, store, code, "b")
    assert states(second) == {"one": "cached", "double": "completed", "shown": "cached"}
    assert plan_run(CHAIN, store, first_time).cached == ("one", "double", "shown")


@pytest.mark.parametrize(
    "materializer",
    ["no_such_module:Materializer", "fakes:Code", "numpy/1"],
    ids=["module is gone", "no materializer any more", "bytes cannot be read"],
)
def test_an_input_that_cannot_be_read_is_made_again_by_its_step(materializer, store, code):
    first = run(CHAIN, store, code, "a")
    as_stored_by(store, materializer, first.steps[1])
    second = run(with_step(CHAIN, "shown", code="edited"), store, code, "b")
    assert calls(code) == {"one": 1, "double": 2, "shown": 2}
    assert load_value(store, second.steps[2].outputs["output"]) == "2"
    third = run(with_step(CHAIN, "shown", code="edited again"), store, code, "c")
    assert states(third) == {"one": "cached", "double": "cached", "shown": "completed"}


class Unloadable(BaseMaterializer):
    def save(self, value, file):
        file.write(b"1")

    def load(self, file, data_type):
        raise OSError("no driver")


def test_what_this_run_made_is_not_made_again_if_it_cannot_be_read(store, code):
    pipeline = with_step(CHAIN, "double", materializers={"output": type_name(Unloadable)})
    with pytest.raises(MaterializerError, match="no driver"):
        run(pipeline, store, code, "a")
    assert calls(code) == {"one": 1, "double": 1, "shown": 0}
    with pytest.raises(MaterializerError, match="no driver"):
        run(pipeline, store, code, "b")
    assert calls(code) == {"one": 1, "double": 2, "shown": 0}


def test_a_step_that_fails_stores_nothing_and_keeps_what_came_before(store):
    broken = Code(
        one=Function(lambda start: start),
        double=Function(lambda x: 1 // 0),
        shown=Function(lambda x: str(x)),
    )
    with pytest.raises(ZeroDivisionError):
        run(CHAIN, store, broken, "a")
    plan = plan_run(CHAIN, store, first_time)
    assert plan.cached == ("one",)
    assert plan.steps["double"].state == "run"


def test_a_value_that_cannot_be_stored_leaves_no_entry(store, code):
    code.functions["double"] = Function(lambda x: threading.Lock())
    with pytest.raises(MaterializerError, match="lock"):
        run(CHAIN, store, code, "a")
    assert plan_run(CHAIN, store, first_time).cached == ("one",)


def test_a_second_worker_waits_for_the_first_and_takes_its_result(store):
    inside, go = threading.Event(), threading.Event()

    def slow(start):
        inside.set()
        assert go.wait(30)
        return start

    pipeline = pipeline_of(CHAIN.steps[0])
    code = Code(one=Function(slow))
    results = []

    def work():
        results.append(Executor(pipeline, store, code, "a").execute("one", lookup=True))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert inside.wait(30)
    go.set()
    for thread in threads:
        thread.join(30)
    assert sorted(result.state for result in results) == ["cached"] * 3 + ["completed"]
    assert len(code.functions["one"].calls) == 1
