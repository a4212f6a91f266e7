"""The trigger form: JSON schemas of parameters as arguments of Airflow's Param."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Param
from airflow.sdk.exceptions import ParamValidationError
from compiling import write_files

from zcompile.compiling import compile_source
from zcompile.forms import form_params
from zcompile.program import Source

CONFIG = """
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Network
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID
from pydantic import AnyUrl, AwareDatetime, BaseModel, EmailStr, Field, HttpUrl, SecretStr
from zcompile import BaseStepConfig, pipeline, step

class Level(IntEnum):
    LOW = 1
    HIGH = 2

class Color(Enum):
    RED = "red"

class Tree(BaseModel):
    name: str = "root"
    children: list["Tree"] = []

class Point(BaseModel):
    x: int = Field(0, ge=0, alias="theX")
    label: Optional[str] = None

class Cat(BaseModel):
    kind: Literal["cat"] = "cat"

class Dog(BaseModel):
    kind: Literal["dog"] = "dog"

class Config(BaseStepConfig):
    x: {annotation} = {default}

@step
def s(config: Config, y: {annotation} = {default}) -> None: ...

@pipeline
def p():
    s()
"""

ANY = ["array", "boolean", "null", "number", "object", "string"]

FIELDS: dict[str, tuple[str, str, str]] = {
    "bounds": (
        "int",
        "Field(3, ge=1, le=9, description='How many', title='Count')",
        "3, description='How many', maximum=9, minimum=1, type='integer', title='Count'",
    ),
    "optional": ("Optional[int]", "None", "None, type=['integer', 'null']"),
    "union": ("Union[int, str]", "1", "1, type=['integer', 'string']"),
    "literal": ("Literal['a', 'b']", "'a'", "'a', enum=['a', 'b'], type='string'"),
    "an optional literal": (
        "Optional[Literal['a', 'b']]",
        "None",
        "None, enum=['a', 'b', None], type=['string', 'null']",
    ),
    "an optional of one value": (
        "Optional[Literal['a']]",
        "None",
        "None, enum=['a', None], type=['string', 'null']",
    ),
    "enum": ("Level", "Level.LOW", "1, enum=[1, 2], type='integer'"),
    "date": ("date", "date(2026, 1, 31)", "'2026-01-31', format='date', type='string'"),
    "a moment": (
        "datetime",
        "datetime(2026, 1, 31, tzinfo=timezone.utc)",
        "'2026-01-31T00:00:00Z', format='date-time', type='string'",
    ),
    "a moment without zone": (
        "datetime",
        "datetime(2026, 1, 31)",
        "'2026-01-31T00:00:00', type='string'",
    ),
    "time": ("time", "time(12, 30)", "'12:30:00', type='string'"),
    "duration": ("timedelta", "timedelta(hours=1)", "'PT1H', format='duration', type='string'"),
    "any": ("Any", "'x'", f"'x', type={ANY}, items={{'type': {ANY}}}"),
    "list": ("list[int]", "[1, 2]", "[1, 2], items={'type': 'integer'}, type='array'"),
    "a list of anything": ("list", "[1]", f"[1], items={{'type': {ANY}}}, type='array'"),
    "a list of choices": (
        "list[Literal['a', 'b']]",
        "['a']",
        "['a'], items={'enum': ['a', 'b'], 'type': 'string'}, examples=['a', 'b'], type='array'",
    ),
    "tuple": (
        "tuple[int, str]",
        "(1, 'a')",
        "[1, 'a'], prefixItems=[{'type': 'integer'}, {'type': 'string'}], type='array', "
        f"minItems=2, maxItems=2, items={{'type': {ANY}}}",
    ),
    "an empty text": ("str", "''", "'', type=['string', 'null']"),
    "lines": ("str", "'a\\nb'", "'a\\nb', type='string', format='multiline'"),
    "endless bound": ("float", "Field(1.0, le=inf)", "1.0, type='number'"),
    "a pattern that Python does not know": (
        "Annotated[str, Field(pattern=r'^\\p{{L}}+$')]".replace("{{", "{").replace("}}", "}"),
        "'abc'",
        "'abc', type='string'",
    ),
    "keywords that are none of a Param's": (
        "int",
        "Field(1, json_schema_extra={'not': {}, 'if': 1, 'source': 'x', 'a-b': 1})",
        "1, type='integer'",
    ),
    "a model": (
        "Point",
        "Point(theX=3)",
        "{'theX': 3, 'label': None}, type='object', properties={'theX': {'default': 0, "
        "'minimum': 0, 'type': 'integer'}, 'label': {'default': None, "
        "'type': ['string', 'null']}}",
    ),
}


def params(folder: Path, annotation: str, default: str) -> dict[str, Any]:
    """The params of a field and of an argument, as the DAG file makes them."""
    text = CONFIG.replace("{annotation}", annotation)
    field, _, argument = text.rpartition("{default}")
    plain = default if "Field(" not in default else default.partition("(")[2].partition(",")[0]
    write_files(folder, {"pipeline.py": field.replace("{default}", default) + plain + argument})
    program = compile_source(Source(folder / "pipeline.py"))
    assert not program.errors, program.errors
    (variant,) = program.variants
    return {**form_params(variant.traced)}


def call(source: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, such as those of a Param."""
    return eval(source, {"Param": lambda *args, **kwargs: (args, kwargs)})  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_becomes_a_param(name: str, tmp_path: Path) -> None:
    annotation, default, expected = FIELDS[name]
    found = params(tmp_path, annotation, default)
    assert list(found) == ["enable_cache", "s.x", "s.y"]
    args, kwargs = call(found["s.x"])
    assert kwargs.pop("section") == "s"
    assert (args, kwargs) == call(f"Param({expected})")


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        ("SecretStr", "None"),
        ("Optional[SecretStr]", "None"),
        ("list[SecretStr]", "[]"),
        ("int", str(2**53 + 1)),
        ("list[int]", str([2**60])),
        ("str", "'{{ ds }}'"),
        ("list[str]", "['{{ ds }}']"),
    ],
)
def test_what_is_not_in_the_form(annotation: str, default: str, tmp_path: Path) -> None:
    if default == "None" and annotation == "SecretStr":
        annotation = "Optional[SecretStr]"
    assert list(params(tmp_path, annotation, default)) == ["enable_cache"]


VALUES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("int", "Field(3, ge=1, le=9)", [1, 9], [0, 10, "3", None, 1.5]),
    ("float", "Field(0.5, gt=0, lt=1)", [0.1], [0, 1, "0.5"]),
    ("bool", "True", [False], ["yes", 1]),
    ("str", "Field('ab', min_length=1, max_length=3, pattern='^[a-z]+$')", ["abc"], ["", "A", 3]),
    ("str", "''", ["", "x", None], [1]),
    ("Level", "Level.LOW", [2], [3, "1", None]),
    ("Optional[Color]", "Color.RED", [None, "red"], ["blue"]),
    ("Literal['a', 1]", "'a'", [1], ["b"]),
    ("Optional[float]", "None", [1.5, None], ["x"]),
    ("Union[int, list[str]]", "1", [["a"], 2], ["a", [1], None]),
    ("date", "date(2026, 1, 31)", ["2026-02-01"], ["31.1.2026", "soon", 1]),
    ("datetime", "datetime(2026, 1, 31)", ["2026-02-01T10:00:00", "2026-02-01T10:00:00Z"], [[]]),
    ("AwareDatetime", "datetime(2026, 1, 31, tzinfo=timezone.utc)", ["2026-02-01T01:00:00Z"], [1]),
    ("time", "time(12, 30)", ["12:30", "12:30:00"], [1]),
    ("timedelta", "timedelta(days=1, microseconds=5)", ["PT1H"], ["an hour"]),
    ("Decimal", "Decimal('1.10')", ["2.50"], [[]]),
    ("UUID", "UUID(int=5)", ["0f8fad5b-d9cb-469f-a165-70867728950e"], ["five"]),
    ("Path", "Path('data.csv')", ["other.csv"], [1]),
    ("HttpUrl", "HttpUrl('http://localhost/a')", ["https://example.org"], [1]),
    ("IPv4Network", "IPv4Network('10.0.0.0/8')", ["10.0.0.0/16"], [1.5]),
    ("bytes", "b'x'", ["y"], [1]),
    ("Any", "None", [1, "a", [1, {"b": None}], {"c": True}], []),
    ("list[int]", "[1]", [[]], [["a"], 1, None]),
    ("set[int]", "{1, 2}", [[3]], [[1, 1]]),
    ("tuple[int, str]", "(1, 'a')", [[2, "b"]], [[1], [1, 2], [1, "a", 2]]),
    ("dict[str, int]", "{'a': 1}", [{}], [{"a": "b"}, []]),
    ("Point", "Point()", [{"theX": 1}, {}], [{"theX": -1}, {"theX": "a"}, []]),
    ("Optional[Point]", "None", [{"theX": 1}, None], [{"theX": -1}, "a"]),
    ("list[Point]", "[Point(theX=1)]", [[{}]], [[{"theX": -1}], [1]]),
    ("Union[Cat, Dog]", "Dog()", [{"kind": "cat"}], [{"kind": "cow"}, 1]),
    (
        "Annotated[Union[Cat, Dog], Field(discriminator='kind')]",
        "Dog()",
        [{"kind": "cat"}],
        [{"kind": "cow"}, []],
    ),
    ("Tree", "Tree(children=[Tree()])", [{"children": [{"children": []}]}], [{"children": [1]}]),
    ("list[Tree]", "[]", [[{"children": []}]], [[{"children": [{"name": 1}]}]]),
    ("Optional[Tree]", "None", [{"name": "a"}, None], [{"name": 1}, 1]),
]


@pytest.mark.parametrize(("annotation", "default", "right", "wrong"), VALUES)
def test_airflow_takes_what_fits_and_refuses_the_rest(
    annotation: str, default: str, right: list[Any], wrong: list[Any], tmp_path: Path
) -> None:
    found = params(tmp_path, annotation, default)
    param: Param = eval(found["s.x"], {"Param": Param})
    other: Param = eval(found["s.y"], {"Param": Param})
    assert param.resolve() == other.resolve(), "the default is valid"
    assert param.schema["section"] == "s"
    assert "type" in param.schema, "the form shows it as what it is"
    for value in right:
        assert param.resolve(value) == value
    for value in wrong:
        with pytest.raises(ParamValidationError):
            param.resolve(value)


def test_a_large_schema_keeps_its_references(tmp_path: Path) -> None:
    fields = "".join(f"    field_{n}: int = Field(0, ge=-{n})\n" for n in range(40))
    text = CONFIG.replace("class Config", f"class Many(BaseModel):\n{fields}\nclass Config")
    text = text.replace("x: {annotation} = {default}", "x: tuple[Many, Many, Many] = ()")
    text = text.replace(", y: {annotation} = {default}", "")
    write_files(tmp_path, {"pipeline.py": text.replace("= ()", "= (Many(), Many(), Many())")})
    (variant,) = compile_source(Source(tmp_path / "pipeline.py")).variants
    source = form_params(variant.traced)["s.x"]
    assert source.count("field_39") == 4, "three values and one definition"
    param: Param = eval(source, {"Param": Param})
    assert len(param.resolve()) == 3
    with pytest.raises(ParamValidationError):
        param.resolve([{"field_3": -3}, {}, {"field_39": -40}])
