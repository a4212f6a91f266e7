"""Steps that run on a condition, and what becomes of those that depend on them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from compiling import zcompile
from projects import PRELUDE, Mistake, Project

from zcompile.exceptions import PipelineInterfaceError, StepInterfaceError

REPORTS = f"""{PRELUDE}
@step
def score(value: float = 0.5) -> float:
    note("score")
    return value

@step
def report(value: float) -> str:
    note("report")
    return f"score {{value}}"

@step
def mail(text: str) -> None:
    note("mail")

@step
def archive(value: float, text: str = "no report", other: Optional[str] = None) -> str:
    note("archive")
    return text

@pipeline
def p(value: float = 0.5):
    reached = score(value=value)
    text = report.with_options(when=reached > 0.9)(reached)
    mail(text)
    archive(reached, text)
"""


def states(run: Any) -> dict[str, str]:
    return {step.name: step.status for step in run.steps}


def test_a_condition_that_holds_runs_the_step_and_what_depends_on_it(project: Project) -> None:
    run = project.load(REPORTS).p.instance(value=0.95).run()
    assert project.executed() == ["score", "report", "mail", "archive"]
    assert run.get_step("archive").output.read() == "score 0.95"


def test_a_condition_that_does_not_hold_skips_them(project: Project) -> None:
    module = project.load(REPORTS)
    for executed in (["score", "archive"], []):
        run = module.p()
        assert project.executed() == executed
        done = "completed" if executed else "cached"
        assert states(run) == {
            "score": done,
            "report": "skipped",
            "mail": "skipped",
            "archive": done,
        }
        assert run.status == "completed"
        assert run.get_step("report").record.reason == "score.output > 0.9 does not hold"
        assert run.get_step("mail").record.reason == "depends on report, which was skipped"
        assert run.get_step("archive").output.read() == "no report"


def test_a_skipped_step_is_cached_once_its_condition_holds_again(project: Project) -> None:
    module = project.load(REPORTS)
    module.p.instance(value=0.95).run()
    module.p.instance(value=0.5).run()
    project.executed()
    run = module.p.instance(value=0.95).run()
    assert project.executed() == []
    assert set(states(run).values()) == {"cached"}


def on_condition(annotation: str, value: str, condition: str) -> str:
    """A pipeline with a step that makes a value, and one that depends on it."""
    return f"""{PRELUDE}
@step
def make() -> {annotation}:
    return {value}

@step
def then() -> None:
    note("then")

@pipeline
def p():
    made = make()
    then.with_options(when={condition})()
"""


@pytest.mark.parametrize(
    ("annotation", "value", "condition", "runs"),
    [
        ("bool", "True", "made", True),
        ("bool", "True", "~made", False),
        ("bool", "False", "~made", True),
        ("int", "3", "made == 3", True),
        ("int", "3", "made == 3.0", True),
        ("int", "3", "~(made == 3)", False),
        ("int", "3", "made != 3", False),
        ("int", "3", "made >= 3", True),
        ("int", "3", "~(made < 3)", True),
        ("int", "10**30", "made > 5", True),
        ("float", "float('nan')", "~(made > 5)", True),
        ("float", "float('inf')", "made > 5", True),
        ("str", "'b'", "made.isin(['a', 'b'])", True),
        ("str", "'b'", "made.isin({'a', 'c'})", False),
        ("str", "'b'", "~made.isin(('a', 'c'))", True),
        ("str", "'é' * 500", "made == 'é' * 500", True),
        ("str", "'é' * 500", "made == 'é' * 199 + '…'", False),
        ("Optional[str]", "None", "made == None", True),
        ("list[int]", "[]", "made", False),
        ("list[int]", "[0]", "made", True),
        ("dict[str, int]", "{}", "~made", True),
        ("np.ndarray", "np.zeros(1)", "made", False),
        ("np.float64", "np.float64(2)", "made > 1", True),
    ],
)
def test_what_may_be_tested(
    project: Project, annotation: str, value: str, condition: str, runs: bool
) -> None:
    module = project.load(on_condition(annotation, value, condition))
    run = module.p()
    assert project.executed() == (["then"] if runs else [])
    assert states(run)["then"] == ("completed" if runs else "skipped")
    again = module.p()
    assert project.executed() == []
    assert states(again)["then"] == ("cached" if runs else "skipped")


@pytest.mark.parametrize(
    ("annotation", "value", "condition"),
    [
        ("bool", "False", "made"),
        ("int", "3", "made > 3"),
        ("float", "0.5", "made > 0.9"),
        ("str", "'é' * 200", "made == 'é'"),
        ("Optional[str]", "None", "made"),
        ("list[int]", "[]", "made"),
        ("dict[str, int]", "{'a': 1}", "~made"),
    ],
)
def test_the_plan_knows_the_outcome_without_the_artifact(
    project: Project, annotation: str, value: str, condition: str
) -> None:
    module = project.load(on_condition(annotation, value, condition))
    module.p()
    for blob in (project.store / "cas").glob("*/*"):
        blob.chmod(0o600)
        blob.write_bytes(b"?" * blob.stat().st_size)
    planned = zcompile("plan", project.folder / "pipeline.py", "--format", "json")
    steps = json.loads(planned.out)["plans"][0]["steps"]
    assert [step["state"] for step in steps] == ["cached", "skipped"]


def test_a_condition_on_a_list_of_results_and_of_a_mapped_step(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def numbers(items: list[int]) -> list[int]:
    return items

@step
def double(item: int) -> int:
    note("double")
    return item * 2

@step
def total(values: list[int]) -> int:
    note("total")
    return sum(values)

@pipeline
def p(items: list[int]):
    given = numbers(items=items)
    doubled = double.with_options(when=given).map(given)
    total.with_options(when=doubled)(doubled)
"""
    )
    run = module.p.instance(items=[1, 2]).run()
    assert project.executed() == ["double", "double", "total"]
    run = module.p.instance(items=[]).run()
    assert project.executed() == []
    assert states(run) == {"numbers": "completed", "double": "skipped", "total": "skipped"}


def test_a_classic_step_instance_keeps_its_name(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def flag() -> bool:
    return False

@step
def then() -> None:
    note("then")

@pipeline
def p(first, second):
    second.with_options(when=first())()
"""
    )
    run = module.p(first=module.flag(), second=module.then()).run()
    assert states(run) == {"first": "completed", "second": "skipped"}


def test_a_value_that_cannot_be_tested_fails_at_run_time(project: Project) -> None:
    module = project.load(on_condition("Any", "'a'", "made > 3"))
    for _ in range(2):
        with pytest.raises(StepInterfaceError, match="cannot be tested with a str") as caught:
            module.p()
        assert caught.value.code == "ZC186"


STEPS = """
@step
def number() -> int:
    return 1

@step
def text() -> str:
    return "a"

@step
def use(item: int = 0) -> None:
    note("use")

kept = []

@pipeline
def other():
    kept.append(number())
"""


def mistake(
    name: str, when: str, *words: str, error: type[Exception] = StepInterfaceError
) -> Mistake:
    body = f"use.with_options(when={when})()"
    return Mistake(name, f"{STEPS}\n@pipeline\ndef run():\n    {body}", words, error)  # type: ignore[arg-type]


MISTAKES = [
    ("ZC180", mistake("a bool", "True", "True", "when=score > 0.9")),
    ("ZC180", mistake("a function", "number", "no condition")),
    ("ZC181", mistake("another output", "number() == number()", "compares with", "a step compare")),
    ("ZC181", mistake("an array", "number() == np.zeros(2)", "compares with")),
    ("ZC181", mistake("no list", "number().isin('abc')", "compares with 'abc'")),
    ("ZC183", mistake("another type", "number() == 'one'", "compared with 'one'", "`int`")),
    ("ZC183", mistake("one of another type", "text().isin(['a', 1])", "compared with 1", "`str`")),
    ("ZC184", mistake("no order", "number() > True", "`> True`", "no order")),
    (
        "ZC185",
        mistake(
            "two at once",
            "number() > 1 and number() < 3",
            "number.output > 1",
            "let a step make one",
            error=PipelineInterfaceError,
        ),
    ),
]


@pytest.mark.parametrize(("code", "wrong"), MISTAKES, ids=[str(item) for _, item in MISTAKES])
def test_a_wrong_condition(code: str, wrong: Mistake, project: Project) -> None:
    error = wrong.check(project)
    assert error.code == code


def test_a_condition_on_an_output_of_another_pipeline(project: Project) -> None:
    module = project.load(
        PRELUDE + STEPS + "\n@pipeline\ndef run():\n    use.with_options(when=kept[0])()\n"
    )
    module.other()
    with pytest.raises(StepInterfaceError, match="another pipeline") as caught:
        module.run()
    assert caught.value.code == "ZC182"
