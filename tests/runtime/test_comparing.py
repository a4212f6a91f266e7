"""Two runs of a pipeline, compared step by step."""

import pytest
from fakes import Code, Function, pipeline_of, run, spec_of, with_step

from zruntime.comparing import compare
from zruntime.history import History
from zruntime.keys import Change, Reason
from zruntime.planning import StepPlan, plan_run
from zruntime.records import Records
from zruntime.store import MemoryStore

PIPELINE = pipeline_of(
    spec_of("one", parameters={"start": 1}),
    spec_of("double", inputs={"x": "one.output"}),
    spec_of("other"),
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
        other=Function(lambda: 5),
    )


def verdicts(before, after, store):
    return {step.name: step.verdict for step in compare(before, after, store)}


def texts(before, after, store):
    return {step.name: [at.text for at in step.changes] for step in compare(before, after, store)}


def test_a_cached_run_is_the_same_as_the_one_that_computed(store, code):
    runs = [run(PIPELINE, store, code, name) for name in "ab"]
    assert set(verdicts(*runs, store).values()) == {"same"}
    assert set(map(tuple, texts(*runs, store).values())) == {()}


def test_a_parameter_changes_its_step_and_the_inputs_of_those_after_it(store, code):
    before = run(PIPELINE, store, code, "a")
    changed = with_step(PIPELINE, "one", parameters={"start": 2})
    after = run(changed, store, code, "b")
    assert verdicts(before, after, store) == {
        "one": "changed",
        "double": "other inputs",
        "other": "same",
    }
    assert texts(before, after, store)["one"] == [
        "parameter start 1 -> 2",
        "the result is another one",
    ]
    assert texts(before, after, store)["double"][0] == "input x is another artifact"


def test_code_that_changed_without_an_effect_leaves_its_consumers_the_same(store, code):
    before = run(PIPELINE, store, code, "a")
    label = "function `one` in m.py"
    changed = with_step(PIPELINE, "one", code="d" * 64, code_parts={label: "d" * 64})
    after = run(changed, store, code, "b")
    assert verdicts(before, after, store)["one"] == "changed"
    assert verdicts(before, after, store)["double"] == "same"
    assert texts(before, after, store)["one"] == [f"code: {label} is new"]


def test_the_same_step_with_another_result_is_told(store, code):
    before = run(PIPELINE, store, code, "a", enable_cache=False)
    code.functions["other"] = Function(lambda: 6)
    after = run(PIPELINE, store, code, "b", enable_cache=False)
    assert verdicts(before, after, store)["other"] == "other result"


def test_steps_of_one_run_only(store, code):
    before = run(PIPELINE, store, code, "a")
    smaller = pipeline_of(*PIPELINE.steps[:2])
    after = run(smaller, store, code, "b")
    assert verdicts(before, after, store)["other"] == "removed"
    assert verdicts(after, before, store)["other"] == "added"


def test_a_step_that_failed_differs_from_one_that_did_not(store, code):
    before = run(PIPELINE, store, code, "a")
    records = Records(store)
    changed = with_step(PIPELINE, "one", parameters={"start": 0})
    plan = plan_run(changed, store, records.history.explainer("numbers"))
    started = records.start(changed, plan, "b")
    now = records.run("numbers", started.number)
    assert verdicts(before, now, store) == {
        "one": "changed",
        "double": "not known yet",
        "other": "same",
    }
    error = ValueError("no")
    records.step_failed(started, changed.step("one"), started.started, Reason(), error)
    now = records.run("numbers", started.number)
    assert texts(before, now, store)["one"] == [
        "parameter start 1 -> 0",
        "state completed -> failed",
        "the result was not made",
    ]


def test_a_step_that_takes_another_output_is_told(store, code):
    before = run(PIPELINE, store, code, "a")
    rewired = pipeline_of(
        PIPELINE.steps[0], PIPELINE.steps[2], spec_of("double", inputs={"x": "other.output"})
    )
    after = run(rewired, store, code, "b")
    assert texts(before, after, store)["double"][:2] == [
        "input x: output of one -> output of other",
        "input x is another artifact",
    ]


def test_the_diff_of_two_former_texts_is_given_while_both_are_kept(store, code):
    label = "function `one` in m.py"

    def version(digit, text):
        made = with_step(PIPELINE, "one", code=digit * 64, code_parts={label: digit * 64})
        store.put(f"code/{digit * 64}/{label}", text)
        return run(made, store, code, digit)

    first, second, _ = version("a", "x = 1"), version("b", "x = 2"), version("c", "x = 3")
    (diff,) = compare(first, second, store)[0].diffs
    assert diff.splitlines()[3:] == ["-x = 1", "+x = 2"]
    store.delete(f"code/{'a' * 64}/{label}")
    assert compare(first, second, store)[0].diffs == ()


def test_a_mapped_step_is_compared_by_its_count_and_its_code(store, code):
    mapped = pipeline_of(
        spec_of("one", outputs={"output": "builtins:list"}),
        spec_of("double", inputs={"x": "one.output"}, mapped=("x",)),
    )
    records = Records(store)

    def expanded(name, count, digit):
        plan = plan_run(mapped, store, records.history.explainer("numbers"))
        started = records.start(mapped, plan, name)
        plans = [StepPlan("double", "cached", key=f"{digit}{index}") for index in range(count)]
        records.step_expanded(started, mapped.step("double"), plans, Reason())
        parts = {"code": digit, "code_parts": {"module m.py": digit}, "packages": {}}
        rest = {"outputs": {}, "cache_version": "", "recipe": 1, "files": {}, "answer": []}
        unused = {"parameters": {}, "inputs": {}, "origins": {}, "paths": {}}
        records.history.remember("numbers", "double[0]", f"{digit}0", {**parts, **rest, **unused})
        return records.run("numbers", started.number)

    before, after = expanded("a", 1, "a"), expanded("b", 2, "b")
    assert texts(before, after, store)["double"] == [
        "code: module m.py changed",
        "instances 1 -> 2",
    ]
    assert History(store).parts_of("numbers", "double[0]", "gone") == {}


def test_a_change_is_plain_data(store, code):
    before = run(PIPELINE, store, code, "a")
    after = run(with_step(PIPELINE, "one", parameters={"start": 2}), store, code, "b")
    told = compare(before, after, store)[0].to_json()
    assert (told["name"], told["verdict"], told["diffs"]) == ("one", "changed", [])
    assert Change(**told["changes"][0]) == Change(
        "parameter", "start", 1, 2, "parameter start 1 -> 2"
    )
