"""Edits of classes that a step refers to."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import HELPER, Case, case, changed_parts, take

CLASS = """
    class Base:
        def shift(self, x):
            return x + 1
    class Model(Base):
        rate = 3
        def __init__(self, size=4):
            self.size = size
        def fit(self, x):
            return self.shift(x) * self.rate
    def work(x):
        return Model().fit(x)
"""

MADE = """
    import abc, enum
    from dataclasses import dataclass, field
    from typing import Annotated
    import attr
    from pydantic import AfterValidator, BaseModel, field_validator
    def make(n):
        def plus(value):
            return value + n
        {body}
        return Made
    Made = make(1)
    def work(x):
        return Made
    """


def _made(name: str, *lines: str) -> Case:
    """A class that a function makes of its argument."""
    body = "\n        ".join(lines)
    return case(name, MADE.replace("{body}", body), "make(1)", "make(2)")


EDITS = [
    _made("enum made by a function", "class Made(enum.Enum):", "    A = n"),
    _made("model made by a function", "class Made(BaseModel):", "    a: int = n"),
    _made(
        "annotation of a model made by a function",
        "class Made(BaseModel):",
        "    a: Annotated[int, AfterValidator(plus)]",
    ),
    _made(
        "validator of a model made by a function",
        "class Made(BaseModel):",
        "    a: int",
        "    @field_validator('a')",
        "    @classmethod",
        "    def check(cls, value):",
        "        return value + n",
    ),
    _made(
        "default of a method of a class made by a function",
        "class Made:",
        "    def get(self, by=n):",
        "        return by",
    ),
    _made(
        "static method of a class made by a function",
        "class Made:",
        "    @staticmethod",
        "    def get():",
        "        return n",
    ),
    _made(
        "attrs class made by a function",
        "@attr.s",
        "class Made:",
        "    a = attr.ib(default=n)",
        "    b = attr.ib(factory=lambda: n)",
    ),
    _made(
        "dataclass made by a function",
        "@dataclass",
        "class Made:",
        "    a: int = field(default_factory=lambda: n)",
    ),
    case(
        "field of a model that is changed later",
        """
        from pydantic import BaseModel
        class Model(BaseModel):
            size: int = 0
        Model.model_fields["size"].default = 1
        def work(x):
            return Model()
        """,
        "default = 1",
        "default = 2",
    ),
    case(
        "class registered with an abstract one",
        """
        import shapes, kinds
        def work(x):
            return isinstance(shapes.Square(), shapes.Shape)
        """,
        "shapes.Shape.register(shapes.Square)",
        "pass",
        shapes="import abc\nclass Square: pass\nclass Shape(abc.ABC): pass\n",
        kinds="import shapes\nshapes.Shape.register(shapes.Square)\n",
    ),
    case("base class method", CLASS, "x + 1", "x + 2", "class `Base` in pipeline.py"),
    case("method", CLASS, "* self.rate", "/ self.rate", "class `Model` in pipeline.py"),
    case("class attribute", CLASS, "rate = 3", "rate = 4", "class `Model` in"),
    case("default of a method", CLASS, "size=4", "size=5", "class `Model` in"),
    case("other base class", CLASS, "class Model(Base)", "class Model(Base, dict)"),
    case(
        "helper of a method",
        """
        from features import scale
        class Model:
            def fit(self, x):
                return scale(x)
        def work(x):
            return Model().fit(x)
        """,
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "property, static and class method",
        """
        from features import scale
        class Model:
            @property
            def a(self):
                return scale(1)
        def work(x):
            return Model().a
        """,
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "metaclass",
        """
        class Meta(type):
            def size(cls):
                return 1
        class Model(metaclass=Meta):
            pass
        def work(x):
            return Model.size()
        """,
        "return 1",
        "return 2",
    ),
    case(
        "method put on a class later",
        """
        class Model:
            pass
        def fit(self, x):
            return x + 1
        Model.fit = fit
        def work(x):
            return Model().fit(x)
        """,
        "x + 1",
        "x + 2",
    ),
    case(
        "attribute put on a class later",
        "class Model:\n    rate = 1\nModel.rate = 2\ndef work(x):\n    return Model.rate\n",
        "Model.rate = 2",
        "Model.rate = 3",
    ),
    case(
        "class decorator",
        """
        def add(cls):
            cls.extra = lambda self: 1
            return cls
        @add
        class Model:
            pass
        def work(x):
            return Model().extra()
        """,
        "self: 1",
        "self: 2",
    ),
    case(
        "class inside of a function",
        """
        def make(rate):
            class Model:
                def fit(self, x):
                    return x * rate
            return Model
        Model = make(2)
        def work(x):
            return Model().fit(x)
        """,
        "make(2)",
        "make(3)",
    ),
    case(
        "class of an annotation",
        """
        class Model:
            def fit(self):
                return 1
        def work(x: Model):
            return x.fit()
        """,
        "return 1",
        "return 2",
    ),
    case(
        "class of an annotation in quotes",
        """
        from typing import Optional
        class Model:
            def fit(self):
                return 1
        def work(x: "Optional[Model]"):
            return x.fit()
        """,
        "return 1",
        "return 2",
    ),
    case(
        "class of a postponed annotation",
        """
        from __future__ import annotations
        class Model:
            def fit(self):
                return 1
        def work(x: list[Model]):
            return x[0].fit()
        """,
        "return 1",
        "return 2",
    ),
    case(
        "class of a type alias",
        """
        from typing import List
        class Model:
            def fit(self):
                return 1
        Models = List[Model]
        def work(x: Models):
            return x[0].fit()
        """,
        "return 1",
        "return 2",
    ),
    case(
        "pydantic model's default",
        """
        from pydantic import BaseModel
        class Config(BaseModel):
            size: int = 2
        def work(x, config: Config):
            return config.size
        """,
        "= 2",
        "= 3",
        "class `Config` in",
    ),
    case(
        "pydantic validator's helper",
        """
        from features import scale
        from pydantic import BaseModel, field_validator
        class Config(BaseModel):
            size: int = 2
            @field_validator("size")
            @classmethod
            def check(cls, value):
                return scale(value)
        def work(x, config: Config):
            return config.size
        """,
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "pydantic model made by a call",
        """
        from pydantic import create_model
        Config = create_model("Config", size=(int, 1))
        def work(x):
            return Config().size
        """,
        "(int, 1)",
        "(int, 2)",
    ),
    case(
        "enum member",
        """
        from enum import Enum
        class Mode(Enum):
            FAST = 1
        MODE = Mode.FAST
        def work(x):
            return MODE.value
        """,
        "FAST = 1",
        "FAST = 2",
    ),
    case(
        "generic base class",
        """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        class Base(Generic[T]):
            def fit(self):
                return 1
        class Model(Base[int]):
            pass
        def work(x):
            return Model().fit()
        """,
        "return 1",
        "return 2",
        "class `Base` in",
    ),
    case(
        "default of a NamedTuple",
        """
        from typing import NamedTuple
        class Point(NamedTuple):
            x: int = 1
        def work(x):
            return Point()
        """,
        "= 1",
        "= 2",
        "class `Point` in",
    ),
    case(
        "registry of subclasses",
        """
        class Base:
            known = {}
            def __init_subclass__(cls):
                Base.known[cls.__name__] = cls
        class Model(Base):
            def fit(self):
                return 1
        def work(x, name):
            return Base.known[name]().fit()
        """,
        "return 1",
        "return 2",
        "class `Model` in",
    ),
    case(
        "class of an exception handler",
        """
        class Failed(Exception):
            code = 1
        def work(x):
            try:
                return x()
            except Failed as error:
                return error.code
        """,
        "code = 1",
        "code = 2",
    ),
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_makes_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest != after.digest
    assert any(label.startswith(edit.changed) for label in changed_parts(before, after))
