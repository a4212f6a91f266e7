"""The trigger form: JSON schemas of parameters as arguments of Airflow's Param."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from compiling import write_files

from zcompile.forms import form_params
from zcompile.program import Source
from zcompile.stages import compile_source

CONFIG = """
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID
from pydantic import BaseModel, Field, HttpUrl, SecretStr
from zcompile import BaseStepConfig, pipeline, step

class Level(IntEnum):
    LOW = 1

class Tree(BaseModel):
    children: list["Tree"] = []

class Config(BaseStepConfig):
    x: {annotation} = {default}

@step
def s(config: Config) -> None: ...

@pipeline
def p():
    s()
"""

FIELDS: dict[str, tuple[str, str, str]] = {
    "bounds": (
        "int",
        "Field(3, ge=1, le=9, description='How many')",
        "3, description='How many', maximum=9, minimum=1, type='integer'",
    ),
    "optional": ("Optional[int]", "None", "None, type=['integer', 'null']"),
    "union": ("Union[int, str]", "1", "1, anyOf=[{'type': 'integer'}, {'type': 'string'}]"),
    "literal": ("Literal['a', 'b']", "'a'", "'a', enum=['a', 'b'], type='string'"),
    "enum": ("Level", "Level.LOW", "1, enum=[1], type='integer'"),
    "date": ("date", "date(2026, 1, 31)", "'2026-01-31', format='date', type='string'"),
    "any": ("Any", "[1]", "[1]"),
    "list": ("list[int]", "[1, 2]", "[1, 2], items={'type': 'integer'}, type='array'"),
    "endless bound": ("float", "Field(1.0, le=inf)", "1.0, type='number'"),
    "a keyword of Python": (
        "int",
        "Field(1, json_schema_extra={'not': {}, 'if': 1, 'source': 'x', 'a-b': 1})",
        "1, type='integer'",
    ),
    "a model that holds itself": ("Tree", "Tree()", None),
}


def param(folder: Path, annotation: str, default: str) -> Any:
    text = CONFIG.format(annotation=annotation, default=default)
    write_files(folder, {"pipeline.py": text})
    (variant,) = compile_source(Source(folder / "pipeline.py")).variants
    params = form_params(variant.traced)
    assert list(params) == ["enable_cache", "s.x"]
    return eval(params["s.x"], {"Param": lambda *args, **kwargs: (args, kwargs)})


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_becomes_a_param(name: str, tmp_path: Path) -> None:
    annotation, default, expected = FIELDS[name]
    args, kwargs = param(tmp_path, annotation, default)
    assert kwargs.pop("section") == "s"
    if expected is None:
        assert kwargs["type"] == "object"
        return
    wanted = eval(f"f({expected})", {"f": lambda *args, **kwargs: (args, kwargs)})
    assert (args, kwargs) == wanted
