"""Edits which leave what a step computes as it is, so that it need not run again."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import HELPER, Case, case, take

STEPS = """
import functools
class Step:
    __module__ = "zcompile.steps"
    def __init__(self, function, **options):
        self.options = options
        functools.update_wrapper(self, function)
def step(function=None, **options):
    if function is None:
        return lambda function: Step(function, **options)
    return Step(function, **options)
step.__module__ = "zcompile.steps"
"""
TWO = "def a(x):\n    return 1\ndef b(x):\n    return 2\n"
SWAPPED = "def b(x):\n    return 2\ndef a(x):\n    return 1\n"
EDITS = [
    case("comment", "def work(x):\n    return x\n", "return x", "# why\n    return x"),
    case("docstring", 'def work(x):\n    """A."""\n    return x\n', "A.", "B."),
    case("new docstring", "def work(x):\n    return x\n", "return", '"""A."""\n    return'),
    case("formatting", "def work(x):\n    return f(x, 'a')\n", "f(x, 'a')", 'f(\n  x, "a",\n )'),
    case("number format", "def work(x):\n    return 1000\n", "1000", "1_000"),
    case("type comment", "def work(x):\n    y = x\n    return y\n", "= x", "= x  # type: int"),
    case("blank lines above", "def work(x):\n    return x\n", "def work", "\n\n\ndef work"),
    case(
        "docstring of a helper",
        "from features import scale\ndef work(x):\n    return scale(x)\n",
        "return x * 2",
        '"""Doubles."""\n    return x * 2',
        features=HELPER,
    ),
    case(
        "docstring of a class and its method",
        """
        class A:
            size = 1
            def f(self):
                return 1
        def work(x):
            return A().f()
        """,
        "def f(self):\n",
        "'More.'\n    def f(self):\n        'Does.'\n",
    ),
    case(
        "order of methods",
        "class A:\n    def f(self):\n        return 1\n    def g(self, x=1):\n        return 2\n"
        "def work(x):\n    return A().f()\n",
        "    def f(self):\n        return 1\n    def g(self, x=1):\n        return 2\n",
        "    def g(self, x=1):\n        return 2\n    def f(self):\n        return 1\n",
    ),
    case("order of functions", TWO + "def work(x):\n    return a(x) + b(x)\n", TWO, SWAPPED),
    case(
        "order of functions, step first",
        TWO + "def work(x):\n    return a(x) + b(x)\n",
        TWO + "def work(x):\n    return a(x) + b(x)\n",
        "def work(x):\n    return a(x) + b(x)\n" + SWAPPED,
    ),
    case("unused helper", TWO + "def work(x):\n    return a(x)\n", "return 2", "return 3"),
    case(
        "new helper", "def work(x):\n    return x\n", "def work", "def b():\n    return 2\ndef work"
    ),
    case("unused constant", "A = 1\ndef work(x):\n    return x\n", "A = 1", "A = 2"),
    case("unused import", "def work(x):\n    return x\n", "def work", "import json\ndef work"),
    case(
        "unused helper of another module",
        "import features\ndef work(x):\n    return features.scale(x)\n",
        "return 5",
        "return 6",
        features=HELPER + "def other(x):\n    return 5\n",
    ),
    case(
        "unrelated step",
        "def work(x):\n    return x\ndef other(x):\n    return x * work(x)\n",
        "x * work",
        "x + work",
    ),
    case(
        "comment beside a lambda",
        "scale = lambda x: x * 2\ndef work(x):\n    return scale(x)\n",
        "scale = lambda x: x * 2",
        "# doubles\n\nscale = (\n    lambda x:\n    x * 2\n)",
    ),
    case(
        "variable of the same name as a constant",
        "size = 1\ndef work(x):\n    size = x\n    return size\n",
        "size = 1",
        "size = 2",
    ),
    case(
        "parameter of the same name as a helper",
        "def scale(x):\n    return 1\ndef work(scale):\n    return scale\n",
        "return 1",
        "return 2",
    ),
    case(
        "variable of a comprehension",
        "size = 1\ndef work(x):\n    return [size for size in x]\n",
        "size = 1",
        "size = 2",
    ),
    case(
        "variable of an outer function",
        "size = 1\ndef work(size):\n    def inner():\n        return size\n    return inner()\n",
        "size = 1",
        "size = 2",
    ),
    case(
        "names bound by with, except, for, match and :=",
        """
        a = b = c = d = e = f = 1
        def work(x):
            for a in x:
                with a as b:
                    try:
                        match b:
                            case [c, *d]:
                                return c, d
                            case {"k": 1, **f}:
                                return f
                    except ValueError as error:
                        return a, b, error, (e := 1), e
        """,
        "f = 1",
        "f = 2",
    ),
    case(
        "word of a Literal or Annotated",
        """
        from typing import Annotated, Literal
        left = right = 1
        def work(x: Literal["left"]) -> Annotated[int, "right"]:
            return x
        """,
        "right = 1",
        "right = 2",
    ),
    case("word in a string", "left = 1\ndef work(x):\n    return 'left'\n", "left = 1", "left = 2"),
    case(
        "order of a set",
        "NAMES = {'a', 'b', 'c'}\ndef work(x):\n    return x in NAMES\n",
        "'a', 'b', 'c'",
        "'c', 'a', 'b'",
    ),
    case(
        "same value written otherwise",
        "SIZE = 4\ndef work(x):\n    return SIZE\n",
        "SIZE = 4",
        "SIZE = 2 + 2",
    ),
    case(
        "log that is only written",
        """
        from collections import Counter
        LOG = []
        COUNT = Counter()
        def work(x):
            LOG.append(x)
            COUNT["a"] += x
            return x
        """,
        "LOG = []",
        "LOG = [0]",
    ),
    case(
        "counter that is only counted",
        "N = 0\ndef work(x):\n    global N\n    N += 1\n    return x\n",
        "N = 0",
        "N = 5",
    ),
    case(
        "name of a logger",
        """
        import logging
        LOG = logging.getLogger('a')
        def work(x):
            LOG.info(x)
            return x
        """,
        "'a'",
        "'b'",
    ),
    case(
        "options of zcompile's decorator",
        """
        from steps import step
        @step(enable_cache=True)
        def work(x):
            return x
        """,
        "enable_cache=True",
        "enable_cache=False",
        steps=STEPS,
    ),
    case(
        "zcompile's decorator without brackets",
        """
        import steps
        @steps.step
        def work(x):
            return x
        """,
        "@steps.step\n",
        "@steps.step(cache_ttl='1d')\n",
        steps=STEPS,
    ),
    case(
        "zcompile's own code",
        """
        from steps import step
        @step
        def other(x):
            return x
        def work(x):
            return other.__wrapped__(x)
        """,
        "self.options = options",
        "self.options = dict(options)",
        steps=STEPS,
    ),
    case(
        "main guard of a module that is used as a value",
        "import features\ndef work(x, n):\n    return getattr(features, n)(x)\n",
        "print(1)",
        "print(2)",
        features=HELPER + "if __name__ == '__main__':\n    print(1)\n",
    ),
    case(
        "order of single dispatch",
        """
        import functools
        @functools.singledispatch
        def f(x):
            return x
        @f.register
        def a(x: int):
            return 1
        @f.register
        def b(x: str):
            return 2
        def work(x):
            return f(x)
        """,
        "@f.register\ndef a(x: int):\n    return 1\n@f.register\ndef b(x: str):\n    return 2\n",
        "@f.register\ndef b(x: str):\n    return 2\n@f.register\ndef a(x: int):\n    return 1\n",
    ),
    case(
        "unused name of a helper's module",
        "from features import scale\ndef work(x):\n    return scale(x)\n",
        "SIZE = 1",
        "SIZE = 2",
        features=HELPER + "SIZE = 1\n",
    ),
    case(
        "docstring of a decorated helper",
        """
        import functools
        def decorate(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)
            return wrapper
        class Decorate:
            def __init__(self, function):
                functools.update_wrapper(self, function)
            def __call__(self, *args):
                return self.__wrapped__(*args)
        @functools.lru_cache
        @Decorate
        @decorate
        def scale(x):
            "Doubles."
            return x
        def work(x):
            return scale(x)
        """,
        "Doubles.",
        "Triples.",
    ),
    case(
        "docstring of a dataclass and a pydantic model",
        """
        from dataclasses import dataclass, field
        from pydantic import BaseModel
        @dataclass
        class A:
            "Old."
            x: list = field(default_factory=list)
        class B(BaseModel):
            "Old."
            x: int = 1
        def work(x):
            return A(), B()
        """,
        "Old.",
        "New.",
    ),
    case(
        "lines above a class",
        """
        class A:
            @property
            def size(self):
                return 1
            def fit(self):
                return 2
        def work(x):
            return A().fit()
        """,
        "class A:\n",
        "# The model.\n\n\nclass A:\n    # Its size.\n",
    ),
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_does_not_make_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest == after.digest
    assert before.parts == after.parts
