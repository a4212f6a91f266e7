"""Steps that are mapped over a list: instances, their results, and what is cached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from projects import PRELUDE, Mistake, Project

from zcompile.exceptions import StepInterfaceError, UnknownNameError
from zruntime.records import Records
from zruntime.store import LocalStore
from zruntime.store.maintenance import collect_garbage, statistics
from zruntime.usage import usage_of

NUMBERS = f"""{PRELUDE}
@step
def numbers(items: list[int] = [1, 2, 3]) -> list[int]:
    note("numbers")
    return items

@step
def factor(by: int = 10) -> int:
    return by

@step
def scaled(number: int, by: int, plus: int = 0) -> int:
    note(f"scaled{{number}}")
    return number * by + plus

@step
def total(values: list[int]) -> int:
    note("total")
    return sum(values)

@pipeline
def p(items: list[int] = [1, 2, 3], by: int = 10):
    each = scaled.map(numbers(items=items), by=unmapped(factor(by=by)), plus=1)
    total(each)
"""


def states(run: Any) -> dict[str, str]:
    return {step.name: step.status for step in run.steps}


def instances(run: Any, name: str) -> list[str]:
    return [instance.state for instance in run.get_step(name).record.instances]


def test_a_mapped_step_runs_once_for_each_item_and_its_results_are_a_list(
    project: Project,
) -> None:
    run = project.load(NUMBERS).p()
    assert project.executed() == ["numbers", "scaled1", "scaled2", "scaled3", "total"]
    assert run.get_step("scaled").output.read() == [11, 21, 31]
    assert run.get_step("total").output.read() == 63
    assert run.get_step("scaled").record.reason == ("3 of 3 instances: first run of this instance")


def test_a_second_run_takes_all_instances_from_the_cache(project: Project) -> None:
    module = project.load(NUMBERS)
    module.p()
    project.executed()
    run = module.p()
    assert project.executed() == []
    assert set(states(run).values()) == {"cached"}
    assert instances(run, "scaled") == ["cached"] * 3
    assert run.get_step("scaled").output.read() == [11, 21, 31]


@pytest.mark.parametrize(
    ("items", "again"),
    [
        ([1, 2, 3, 4], ["scaled4"]),
        ([4, 1, 2, 3], ["scaled4"]),
        ([3, 2], []),
        ([1, 1], []),
        ([], []),
    ],
    ids=["one more", "one more in front", "fewer in another order", "one twice", "none"],
)
def test_only_new_items_are_computed(project: Project, items: list[int], again: list[str]) -> None:
    module = project.load(NUMBERS)
    module.p()
    project.executed()
    run = module.p.instance(items=items).run()
    assert project.executed() == ["numbers", *again, "total"]
    assert run.status == "completed"
    assert run.get_step("scaled").output.read() == [item * 10 + 1 for item in items]
    assert run.get_step("total").output.read() == sum(item * 10 + 1 for item in items)


def test_the_same_results_in_another_way_let_the_reducing_step_hit(project: Project) -> None:
    module = project.load(NUMBERS)
    module.p()
    project.edit("pipeline.py", "return number * by + plus", "return plus + by * number")
    project.executed()
    run = project.load().p()
    assert project.executed() == ["scaled1", "scaled2", "scaled3"]
    assert states(run)["total"] == "cached"
    assert "`scaled` in pipeline.py changed" in run.get_step("scaled").record.reason


def test_a_change_of_what_all_instances_share_runs_all_of_them(project: Project) -> None:
    module = project.load(NUMBERS)
    module.p()
    project.executed()
    run = module.p.instance(by=20).run()
    assert project.executed() == ["scaled1", "scaled2", "scaled3", "total"]
    assert "input by changed" in run.get_step("scaled").record.reason


def test_a_run_without_cache_runs_all_instances(project: Project) -> None:
    module = project.load(NUMBERS)
    module.p()
    project.executed()
    run = module.p.with_options(enable_cache=False)()
    assert project.executed() == ["numbers", "scaled1", "scaled2", "scaled3", "total"]
    assert run.get_step("scaled").record.reason == (
        "3 of 3 instances: cache switched off for this run"
    )


def test_a_list_that_was_cached_before_a_step_was_mapped_over_it(project: Project) -> None:
    whole = NUMBERS[: NUMBERS.index("@pipeline")]
    project.load(f"{whole}@pipeline\ndef p():\n    total(numbers(items=[1, 2, 3]))\n").p()
    project.executed()
    run = project.load(NUMBERS).p()
    assert project.executed() == ["scaled1", "scaled2", "scaled3", "total"]
    assert states(run)["numbers"] == "cached"


def test_results_are_mapped_over_again_and_lists_together(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def words() -> Output(names=list[str], sizes=Tuple[int, ...]):
    return ["a", "b"], (2, 3)

@step
def repeated(text: str, count: int) -> Output(long=str, length=int):
    return text * count, count

@step
def marked(text: str, length: int) -> str:
    return f"{{text}}/{{length}}"

@step
def joined(texts: Sequence[str]) -> str:
    return " ".join(texts)

@pipeline
def p():
    names, sizes = words()
    texts, lengths = repeated.map(names, count=sizes)
    joined(marked.map(texts, lengths))
"""
    )
    assert module.p().get_step("joined").output.read() == "aa/2 bbb/3"
    assert set(states(module.p()).values()) == {"cached"}


def test_lists_of_different_lengths_fail_at_the_mapped_step(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def lists() -> Output(a=list[int], b=list[int]):
    return [1, 2], [3]

@step
def add(a: int, b: int) -> int:
    return a + b

@pipeline
def p():
    a, b = lists()
    add.map(a, b)
"""
    )
    for _ in range(2):
        with pytest.raises(StepInterfaceError, match="`a` has 2, `b` has 1") as caught:
            module.p()
        assert caught.value.code == "ZC174"
    run = module.p.get_runs()[-1]
    assert states(run) == {"lists": "cached", "add": "failed"}


def test_what_is_no_list_fails_where_its_annotation_did_not_tell(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def make() -> Any:
    return "abc"

@step
def use(letter: str) -> None:
    pass

@pipeline
def p():
    use.map(make())
"""
    )
    with pytest.raises(StepInterfaceError, match="is a str") as caught:
        module.p()
    assert caught.value.code == "ZC175"


def test_an_instance_that_fails_leaves_the_others_cached(project: Project) -> None:
    module = project.load(NUMBERS)
    project.edit("pipeline.py", "return number * by", "1 / (number - 2)\n    return number * by")
    module = project.load()
    with pytest.raises(ZeroDivisionError):
        module.p()
    run = module.p.get_runs()[-1]
    assert run.status == "failed"
    assert instances(run, "scaled") == ["completed", "failed", "waiting"]
    assert run.get_step("scaled").record.error == "instance 1: ZeroDivisionError: division by zero"


def test_a_lost_item_or_result_is_made_again(project: Project) -> None:
    module = project.load(NUMBERS)
    module.p()
    project.executed()
    for blob in (project.store / "cas").glob("*/*"):
        if blob.read_bytes() in (b"2", b"21"):
            blob.unlink()
    run = module.p.instance(by=10).run()
    assert project.executed() == ["scaled2"]
    assert run.get_step("scaled").output.read() == [11, 21, 31]


def test_the_list_of_a_mapped_step_has_no_file(project: Project) -> None:
    run = project.load(NUMBERS).p()
    with pytest.raises(UnknownNameError, match="no file of its own"):
        _ = run.get_step("scaled").output.uri


def test_a_classic_step_instance_is_mapped_in_the_body(project: Project) -> None:
    module = project.load(
        NUMBERS.replace(
            "def p(items: list[int] = [1, 2, 3], by: int = 10):", "def p(one, two):"
        ).replace(
            "scaled.map(numbers(items=items), by=unmapped(factor(by=by)), plus=1)",
            "two.map(one(), by=3)",
        )
    )
    run = module.p(one=module.numbers(), two=module.scaled()).run()
    assert run.get_step("two").output.read() == [3, 6, 9]


STEPS = """
@step
def number() -> int:
    return 1

@step
def numbers() -> list[int]:
    return [1]

@step
def texts() -> list[str]:
    return ["a"]

@step
def use(item: int, other: int = 0) -> int:
    note("use")
    return item
"""


def mistake(name: str, body: str, *words: str) -> Mistake:
    return Mistake(name, f"{STEPS}\n@pipeline\ndef run():\n    {body}", words, StepInterfaceError)


MISTAKES = [
    ("ZC170", mistake("over nothing", "use.map(unmapped(number()))", "`use`", "over nothing")),
    ("ZC171", mistake("over values", "use.map([1, 2])", "`use`", "[1, 2]", "from a step")),
    ("ZC172", mistake("over a number", "use.map(number())", "`use`", "`int` and no list")),
    ("ZC173", mistake("over texts", "use.map(texts())", "`item`", "takes `int`", "list[str]")),
    ("ZC148", mistake("a list as an item", "use(use.map(numbers()))", "`item`", "list[int]")),
    (
        "ZC176",
        Mistake(
            "outside", f"{STEPS}\ndef run():\n    use.map(1)", ("outside",), StepInterfaceError
        ),
    ),
]


@pytest.mark.parametrize(("code", "wrong"), MISTAKES, ids=[str(item) for _, item in MISTAKES])
def test_a_wrong_map(code: str, wrong: Mistake, project: Project) -> None:
    error = wrong.check(project)
    assert error.code == code


def test_an_edge_of_wrong_items_shows_both_places(project: Project) -> None:
    wrong = dict(MISTAKES)["ZC173"]
    related = wrong.check(project).diagnostic.related
    assert [item.message for item in related] == ["`output` is `list[str]`", "`item` takes `int`"]


def test_garbage_collection_keeps_the_items_and_results_of_stored_lists(project: Project) -> None:
    module = project.load(NUMBERS)
    module.p.instance(items=[1, 2, 9]).run()
    module.p()
    project.executed()
    with LocalStore(project.store) as store:
        found = collect_garbage(store, usage_of(Records(store)), grace=-1)
        assert found.artifacts == 0
    assert set(states(module.p()).values()) == {"cached"}
    assert project.executed() == []
    with LocalStore(project.store) as store:
        lists = [entry for entry in store.entries() if entry.producer.step == "numbers"]
        (entry,) = (at for at in lists if "9" in store.blob(at.outputs["output"]).read_text())
        store.forget(entry.key)
        collect_garbage(store, usage_of(Records(store)), grace=-1)
        assert statistics(store).unused == 0
    run = module.p.instance(items=[1, 2, 9]).run()
    assert project.executed() == ["numbers"]
    assert run.get_step("scaled").output.read() == [11, 21, 91]


def test_the_example_runs_at_once_and_from_the_cache_the_second_time(project: Project) -> None:
    example = Path(__file__).parents[2] / "examples" / "fan_out" / "pipeline.py"
    project.write("pipeline.py", example.read_text(encoding="utf-8"))
    for ran in (True, False):
        done = project.python("pipeline.py")
        assert done.returncode == 0, done.stderr
        assert ("of all cases" in done.stdout) is ran
