"""Edits behind closures, decorators, lambdas, tables of functions and other indirections."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import HELPER, Case, case, changed_parts, take

RETRY = """
    import functools
    def times(count):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(*args):
                for _ in range(count):
                    result = function(*args)
                return result
            return wrapper
        return decorate
"""

EDITS = [
    case(
        "closure value",
        """
        def make(factor):
            def inner(x):
                return x * factor
            return inner
        scale = make(2)
        def work(x):
            return scale(x)
        """,
        "make(2)",
        "make(3)",
        "closure `factor` of `make`",
    ),
    case(
        "closure function",
        """
        def double(x):
            return x * 2
        def make(function):
            return lambda x: function(x)
        scale = make(double)
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
        "function `double` in",
    ),
    case(
        "argument of a decorator",
        """
        from decorators import times
        @times(2)
        def scale(x):
            return x * 2
        def work(x):
            return scale(x)
        """,
        "@times(2)",
        "@times(3)",
        "closure `count` of `wrapper`",
        decorators=RETRY,
    ),
    case(
        "decorator",
        """
        from decorators import times
        @times(2)
        def scale(x):
            return x * 2
        def work(x):
            return scale(x)
        """,
        "return result",
        "return -result",
        decorators=RETRY,
    ),
    case(
        "decorated helper",
        """
        from decorators import times
        @times(2)
        def scale(x):
            return x * 2
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
        "function `scale` in pipeline.py",
        decorators=RETRY,
    ),
    case(
        "decorator that is an object",
        """
        class Scaled:
            def __init__(self, factor):
                self.factor = factor
            def __call__(self, function):
                return lambda x: self.factor * function(x)
        @Scaled(2)
        def scale(x):
            return x
        def work(x):
            return scale(x)
        """,
        "Scaled(2)",
        "Scaled(3)",
    ),
    case(
        "cached helper",
        """
        import functools
        @functools.lru_cache
        def scale(x):
            return x * 2
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
        "function `scale` in",
    ),
    case(
        "context manager",
        """
        import contextlib
        @contextlib.contextmanager
        def opened(x):
            yield x * 2
        def work(x):
            with opened(x) as y:
                return y
        """,
        "x * 2",
        "x * 3",
        "function `opened` in",
    ),
    case(
        "single dispatch",
        """
        import functools
        @functools.singledispatch
        def scale(x):
            return x
        @scale.register
        def _(x: int):
            return x * 2
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
    ),
    case(
        "helper vectorized by a package",
        """
        import numpy as np
        @np.vectorize
        def scale(x):
            return x * 2
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
    ),
    case(
        "helper in a numpy ufunc",
        """
        import numpy as np
        def double(x):
            return x * 2
        scale = np.frompyfunc(double, 1, 1)
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
    ),
    case(
        "lambda in a global",
        "scale = lambda x: x * 2\ndef work(x):\n    return scale(x)\n",
        "x * 2",
        "x * 3",
        "value `scale` in pipeline.py",
    ),
    case(
        "constant of a lambda",
        "FACTOR = 2\nscale = lambda x: x * FACTOR\ndef work(x):\n    return scale(x)\n",
        "FACTOR = 2",
        "FACTOR = 3",
        "value `FACTOR` in",
    ),
    case(
        "helper of a lambda, by module",
        "import features\nf = lambda x: features.scale(x)\ndef work(x):\n    return f(x)\n",
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "dispatch table",
        """
        def double(x):
            return x * 2
        def triple(x):
            return x * 3
        TABLE = {"a": double, "b": triple}
        def work(x):
            return TABLE["a"](x)
        """,
        '"a": double',
        '"a": triple',
    ),
    case(
        "function of a dispatch table",
        """
        def double(x):
            return x * 2
        TABLE = {"a": [double]}
        def work(x):
            return TABLE["a"][0](x)
        """,
        "x * 2",
        "x * 3",
        "function `double` in",
    ),
    case(
        "registry that a decorator fills",
        """
        TABLE = {}
        def register(function):
            TABLE[function.__name__] = function
            return function
        @register
        def double(x):
            return x * 2
        def work(x, name):
            return TABLE[name](x)
        """,
        "x * 2",
        "x * 3",
        "function `double` in",
    ),
    case(
        "function in a set",
        "def a(x):\n    return 1\nALL = {a}\ndef work(x):\n    return [f(x) for f in ALL]\n",
        "return 1",
        "return 2",
    ),
    case(
        "name of a function in a list",
        "def mean(x):\n    return 1\nALL = [mean]\ndef work(x):\n    return ALL[0].__name__\n",
        "mean",
        "average",
    ),
    case(
        "partial's argument",
        """
        from functools import partial
        def scale(x, factor):
            return x * factor
        double = partial(scale, factor=2)
        def work(x):
            return double(x)
        """,
        "factor=2",
        "factor=3",
        "value `double` in",
    ),
    case(
        "partial's function",
        """
        from functools import partial
        def scale(x, factor):
            return x * factor
        double = partial(scale, factor=2)
        def work(x):
            return double(x)
        """,
        "x * factor",
        "x / factor",
        "function `scale` in",
    ),
    case(
        "partial of a package's function",
        """
        from functools import partial
        import numpy as np
        total = partial(np.sum, axis=0)
        def work(x):
            return total(x)
        """,
        "np.sum",
        "np.max",
    ),
    case(
        "bound method",
        """
        class Scaler:
            def __init__(self, factor):
                self.factor = factor
            def scale(self, x):
                return x * self.factor
        scale = Scaler(2).scale
        def work(x):
            return scale(x)
        """,
        "Scaler(2)",
        "Scaler(3)",
    ),
    case(
        "recursion",
        "def f(x):\n    return f(x - 1) if x else 0\ndef work(x):\n    return f(x)\n",
        "else 0",
        "else 1",
    ),
    case(
        "mutual recursion",
        """
        def even(x):
            return odd(x - 1) if x else True
        def odd(x):
            return even(x - 1) if x else False
        def work(x):
            return even(x)
        """,
        "else False",
        "else None",
        "function `odd` in",
    ),
    case(
        "attribute of a function",
        "def f(x):\n    return x\nf.rate = 1\ndef work(x):\n    return f.rate\n",
        "f.rate = 1",
        "f.rate = 2",
    ),
    case(
        "computed access to a module",
        "import features\ndef work(x, n):\n    return getattr(features, n)(x)\n",
        "x * 2",
        "x * 3",
        "module features.py",
        features=HELPER,
    ),
    case(
        "names reached through globals",
        "def scale(x):\n    return x * 2\ndef work(x, n):\n    return globals()[n](x)\n",
        "x * 2",
        "x * 3",
    ),
    case(
        "function made by exec",
        "exec('def scale(x):\\n    return x * 2')\ndef work(x):\n    return scale(x)\n",
        "x * 2",
        "x * 3",
    ),
    case(
        "deeply nested expression",
        "A = 1\ndef work(x):\n    return " + " + ".join(["x"] * 900) + " + A\n",
        "A = 1\n",
        "A = 2\n",
        "value `A` in",
    ),
    case(
        "helper of a coroutine",
        "async def h(x):\n    return 1\nasync def work(x):\n    return await h(x)\n",
        "return 1",
        "return 2",
        "function `h` in",
    ),
    case(
        "function that a module makes up on demand",
        "import features\ndef work(x):\n    return features.lazy(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER + "def __getattr__(name):\n    return scale\n",
    ),
    case(
        "function put into another module",
        "import features, patches\ndef work(x):\n    return features.scale(x)\n",
        "return 1",
        "return 2",
        "function `better` in patches.py",
        features=HELPER,
        patches="""
        import features
        def better(x):
            return 1
        features.scale = better
        """,
    ),
    case(
        "import that depends on what is installed",
        """
        try:
            from no_such_package import scale
        except ImportError:
            from features import scale
        def work(x):
            return scale(x)
        """,
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_makes_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest != after.digest
    assert any(label.startswith(edit.changed) for label in changed_parts(before, after))
