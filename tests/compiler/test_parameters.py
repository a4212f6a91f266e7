"""Values of parameters, from code and YAML alike, against what their steps declare."""

from __future__ import annotations

import json
from typing import Any

import pytest
from compiling import zcompile
from projects import Project

from zcompile.exceptions import StepInterfaceError

HEAD = """
from datetime import date, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, Optional, Sequence, Union
from pydantic import BaseModel, Field, SerializeAsAny, field_validator
from zcompile import BaseStepConfig, pipeline, step

class Base(BaseModel):
    x: int = 1

class Derived(Base):
    y: int = 2

class Color(Enum):
    RED = "red"

class Nested(BaseModel):
    size: int = Field(1, alias="theSize")

"""


def with_field(field: str, given: str = "") -> str:
    """A pipeline whose step has a config with one field, and what the config is given."""
    return (
        f"{HEAD}class Config(BaseStepConfig):\n    {field}\n\n"
        "@step\ndef train(config: Config) -> str:\n    return repr(config)\n\n"
        f"@pipeline\ndef p():\n    train({given})\n"
    )


def with_argument(annotation: str, given: str = "", default: str = "") -> str:
    """A pipeline whose step has one argument, and what it is given."""
    default = f" = {default}" if default else ""
    return (
        f"{HEAD}@step\ndef train(x: {annotation}{default}) -> str:\n    return repr(x)\n\n"
        f"@pipeline\ndef p():\n    train({given})\n"
    )


def diagnostics(project: Project, *options: str) -> list[dict[str, Any]]:
    """What a compile says, as JSON."""
    file = project.folder / "pipeline.py"
    told = zcompile(file, "-o", project.folder / "dags", "--format", "json", *options)
    return list(json.loads(told.out)["diagnostics"])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (with_field("x: int = 'many'"), "x: int = 'many'"),
        (with_field("x: int = Field('many')"), "x: int = Field('many')"),
        (with_field("x: Annotated[int, Field(ge=1)] = 0"), "x: Annotated[int, Field(ge=1)] = 0"),
        (with_field("x: list[int] = ['a']"), "x: list[int] = ['a']"),
        (with_argument("int", default="'many'"), "x: int"),
        (with_argument("int", "'many'"), "'many'"),
        (with_argument("list[int]", "x=[1, 'a']"), "[1, 'a']"),
        (with_argument("Literal['a', 'b']", "'c'"), "'c'"),
        (with_argument("Base", "{'x': 'a'}"), "{'x': 'a'}"),
        (with_field("x: int = 1", "x='many'"), "'many'"),
        (with_field("x: int = 1", "Config.model_construct(x='many')"), "train(Config."),
    ],
)
def test_a_value_that_does_not_fit_is_told_where_it_stands(
    source: str, text: str, project: Project
) -> None:
    project.write("pipeline.py", source)
    (found,) = diagnostics(project)
    assert found["code"] == "ZC152"
    line = source.splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 :].startswith(text)
    place = (found["line"], found["column"])
    assert all((item["line"], item["column"]) != place for item in found["related"])


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", "many"),
        ("Annotated[int, Field(ge=1)]", "0"),
        ("Literal['a', 'b']", "c"),
        ("list[int]", "[1, a]"),
        ("Base", "{x: a}"),
        ("date", "soon"),
    ],
)
@pytest.mark.parametrize("source", ["field", "argument"])
def test_a_value_in_yaml_that_does_not_fit(
    annotation: str, value: str, source: str, project: Project
) -> None:
    made = with_field(f"x: {annotation}") if source == "field" else with_argument(annotation)
    project.write("pipeline.py", made)
    config = project.write("c.yaml", f"steps:\n  train:\n    parameters:\n      x: {value}\n")
    (found,) = diagnostics(project, "-c", str(config))
    assert found["code"] == "ZC311"
    assert (found["file"].rpartition("/")[2], found["line"]) == ("c.yaml", 4)


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        ("Any", "(1, 2)", ("a list", "a tuple", "`Any`")),
        ("Any", "{1: 'a'}", ("a str", "a int")),
        ("Any", "{1, 2}", ("a list", "a set")),
        ("Any", "date(2026, 1, 1)", ("a str", "a datetime.date")),
        ("Any", "b'x'", ("a str", "a bytes")),
        ("Any", "Color.RED", ("a str", "Color")),
        ("dict[str, Any]", "{'a': (1,)}", ("a list", "a tuple")),
        ("Base", "Derived()", ("Base", "Derived")),
        ("float", "float('nan')", ("nan",)),
        ("Any", "lambda: 1", ("function",)),
    ],
)
def test_a_value_that_json_cannot_hold_exactly(
    annotation: str, value: str, words: tuple[str, ...], project: Project
) -> None:
    for source in (with_field(f"x: {annotation} = {value}"), with_argument(annotation, value)):
        project.write("pipeline.py", source)
        (found,) = diagnostics(project)
        assert found["code"] in ("ZC154", "ZC146")
        for word in words:
            assert word in f"{found['message']} {found['remedy']}"
        assert "let a step produce" in found["remedy"].lower()


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        ("tuple[int, int]", "(1, 2)", "(1, 2)"),
        ("Sequence[int]", "(1, 2)", "[1, 2]"),
        ("set[int]", "{2, 1}", "{1, 2}"),
        ("dict[int, str]", "{1: 'a'}", "{1: 'a'}"),
        ("date", "date(2026, 1, 1)", "datetime.date(2026, 1, 1)"),
        ("timedelta", "timedelta(days=1)", "datetime.timedelta(days=1)"),
        ("Color", "Color.RED", "<Color.RED: 'red'>"),
        ("bytes", "b'x'", "b'x'"),
        ("Union[int, str]", "'1'", "'1'"),
        ("Base", "Base(x=3)", "Base(x=3)"),
        ("Union[Derived, Base]", "Derived()", "Derived(x=1, y=2)"),
        ("Nested", "Nested(theSize=4)", "Nested(size=4)"),
        ("list[Nested]", "[Nested(theSize=4)]", "[Nested(size=4)]"),
        ("Optional[float]", "1", "1.0"),
        ("Any", "{'a': [1, 2.0, None, True]}", "{'a': [1, 2.0, None, True]}"),
    ],
)
def test_a_value_comes_back_as_it_was(
    annotation: str, value: str, expected: str, project: Project
) -> None:
    module = project.load(with_argument(annotation, value))
    assert module.p().get_step("train").output.read() == expected
    module = project.load(with_field(f"x: {annotation} = {value}"))
    assert module.p().get_step("train").output.read() == f"Config(x={expected})"


VALIDATED = """x: int = 1

    @field_validator("x")
    @classmethod
    def change(cls, x: int) -> int:
        return {change}"""


def test_a_validator_that_settles_a_default(project: Project) -> None:
    module = project.load(with_field(VALIDATED.format(change="max(x, 5)")))
    assert module.p().get_step("train").parameters == {"x": 5}


def test_a_validator_that_never_settles(project: Project) -> None:
    project.write("pipeline.py", with_field(VALIDATED.format(change="x * 2")))
    (found,) = diagnostics(project)
    assert found["code"] == "ZC154"
    assert "each validation makes another value" in found["message"]


@pytest.mark.parametrize(
    ("annotation", "template", "code"),
    [
        ("str", "{{ ds }}", None),
        ("int", "{{ dag_run.conf.n }}", None),
        ("date", "{{ ds }}", None),
        ("Optional[float]", "{{ var.value.rate }}", None),
        ("Any", "{{ ds }}", None),
        ("list[str]", ["a", "{{ ds }}"], None),
        ("list[int]", ["{{ n }}"], None),
        ("dict[str, str]", {"day": "{{ ds }}"}, None),
        ("str", "{% raw %}{{ no {% endraw %}", None),
        ("str", "{# a comment #}", None),
        ("str", "{{ ds", "ZC155"),
        ("str", "{% if %}", "ZC155"),
        ("str", "{% raw %} more", "ZC155"),
        ("list[str]", ["{{ ds"], "ZC155"),
        ("list[str]", "{{ names }}", "ZC156"),
        ("dict[str, int]", "{{ sizes }}", "ZC156"),
        ("Base", "{{ base }}", "ZC156"),
        ("list[list[int]]", ["{{ row }}"], "ZC156"),
        ("list[int]", ["{{ n }}", "many"], None),
    ],
)
def test_templates_are_checked_as_far_as_they_can_be(
    annotation: str, template: Any, code: str | None, project: Project
) -> None:
    for source in (
        with_field(f"x: {annotation} = {template!r}"),
        with_field(f"x: {annotation}", f"x={template!r}"),
        with_argument(annotation, f"{template!r}"),
        with_argument(annotation, default=f"{template!r}"),
    ):
        project.write("pipeline.py", source)
        assert [item["code"] for item in diagnostics(project)] == ([code] if code else [])


def test_a_template_in_yaml_is_told_with_its_place(project: Project) -> None:
    project.write("pipeline.py", with_argument("str"))
    config = project.write("c.yaml", "steps:\n  train:\n    parameters:\n      x: '{{ ds'\n")
    (found,) = diagnostics(project, "-c", str(config))
    assert found["line"] == 4
    assert "no Airflow template" in found["message"]
    assert "{% raw %}" in found["remedy"]


@pytest.mark.parametrize(
    ("annotation", "template", "expected"),
    [
        ("str", "{{ 'a' * 3 }}", "'aaa'"),
        ("int", "{{ 6 * 7 }}", "42"),
        ("list[str]", ["{{ 1 }}", "b\n"], "['1', 'b\\n']"),
        ("str", "{% raw %}{{ ds }}{% endraw %}", "'{{ ds }}'"),
    ],
)
def test_a_template_that_needs_no_dag_run_is_rendered_by_run(
    annotation: str, template: Any, expected: str, project: Project
) -> None:
    run = project.load(with_argument(annotation, f"{template!r}")).p()
    assert run.get_step("train").output.read() == expected
    again = project.load(with_field(f"x: {annotation} = {template!r}")).p()
    assert again.get_step("train").output.read() == f"Config(x={expected})"


@pytest.mark.parametrize(
    ("annotation", "template", "words"),
    [
        ("str", "{{ ds }}", ("`ds`", "a DAG run only", "outside of Airflow")),
        ("str", "{{ macros.ds_add(ds, 1) }}", ("`ds`, `macros`",)),
        ("str", "{{ 1 / 0 }}", ("ZeroDivisionError",)),
        ("int", "{{ 'many' }}", ("'many'", "valid integer")),
    ],
)
def test_a_template_that_run_cannot_render_names_what_is_missing(
    annotation: str, template: str, words: tuple[str, ...], project: Project
) -> None:
    module = project.load(with_argument(annotation, f"{template!r}"))
    with pytest.raises(StepInterfaceError) as caught:
        module.p()
    for word in ("`x`", "`train`", *words):
        assert word in str(caught.value)
    assert caught.value.place is not None
