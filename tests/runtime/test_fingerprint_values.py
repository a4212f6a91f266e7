"""Edits of module-level values that a step reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import Case, case, changed_parts, take

ITERATORS = {
    "list iterator": "iter([1, 2, 3])",
    "counter": "itertools.count(5)",
    "map": "map(abs, [1, 2, 3])",
    "generator": "numbers(3)",
}
MOVING = """
    import itertools, random
    def numbers(stop):
        for number in range(stop):
            yield number
    VALUE = {value}
    {used}
    def work(x):
        return next(VALUE)
    """
USED_TOOLS = {
    "random numbers": "FIRST = VALUE.random()",
    "random numbers in a function": "FIRST = numbers(VALUE)",
}

EDITS = [
    *(
        case(
            f"{name} that has moved on",
            MOVING.replace("{value}", value).replace("{used}", "next(VALUE)"),
            "\nnext(VALUE)\n",
            "\nnext(VALUE), next(VALUE)\n",
        )
        for name, value in ITERATORS.items()
    ),
    *(
        case(
            f"{name} that were drawn",
            MOVING.replace("{value}", "random.Random(1)").replace("{used}", used),
            f"\n{used}\n",
            f"\n{used}, VALUE.random()\n",
        )
        for name, used in USED_TOOLS.items()
    ),
    case(
        "module constant's type",
        "FACTOR = 2\ndef work(x):\n    return x * FACTOR\n",
        "FACTOR = 2",
        "FACTOR = 2.0",
    ),
    case(
        "order of a dict",
        "COLUMNS = {'a': 1, 'b': 2}\ndef work(x):\n    return list(COLUMNS)\n",
        "{'a': 1, 'b': 2}",
        "{'b': 2, 'a': 1}",
    ),
    case(
        "computed constant",
        "def make():\n    return [1, 2]\nTABLE = make()\ndef work(x):\n    return TABLE[x]\n",
        "[1, 2]",
        "[1, 3]",
        "value `TABLE` in pipeline.py",
    ),
    case(
        "dataclass instance",
        """
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class Config:
            size: int = 2
        CONFIG = Config(size=3)
        def work(x):
            return CONFIG.size
        """,
        "size=3",
        "size=4",
        "value `CONFIG` in",
    ),
    case(
        "pydantic instance",
        """
        from pydantic import BaseModel
        class Config(BaseModel):
            size: int = 2
        CONFIG = Config(size=3)
        def work(x):
            return CONFIG.size
        """,
        "size=3",
        "size=4",
        "value `CONFIG` in",
    ),
    case(
        "enum choice",
        """
        from enum import Enum
        class Mode(Enum):
            FAST = 1
            SLOW = 2
        MODE = Mode.FAST
        def work(x):
            return MODE.value
        """,
        "MODE = Mode.FAST",
        "MODE = Mode.SLOW",
        "value `MODE` in",
    ),
    case(
        "namedtuple",
        """
        from collections import namedtuple
        Point = namedtuple("Point", "x y")
        ORIGIN = Point(0, 0)
        def work(x):
            return ORIGIN
        """,
        "Point(0, 0)",
        "Point(0, 1)",
    ),
    case(
        "instance with slots",
        """
        class Config:
            __slots__ = ("size",)
            def __init__(self, size):
                self.size = size
        CONFIG = Config(1)
        def work(x):
            return CONFIG.size
        """,
        "Config(1)",
        "Config(2)",
        "value `CONFIG` in",
    ),
    case(
        "subclass of a dict",
        """
        class Config(dict):
            pass
        CONFIG = Config(size=1)
        def work(x):
            return CONFIG["size"]
        """,
        "size=1",
        "size=2",
    ),
    case(
        "instance inside of an instance",
        """
        class Node:
            def __init__(self, value, child=None):
                self.value, self.child = value, child
        ROOT = Node(1, Node(2))
        def work(x):
            return ROOT.child.value
        """,
        "Node(2)",
        "Node(3)",
        "value `ROOT` in",
    ),
    case(
        "numpy array",
        "import numpy as np\nWEIGHTS = np.array([1, 2])\ndef work(x):\n    return x @ WEIGHTS\n",
        "[1, 2]",
        "[1, 3]",
        "value `WEIGHTS` in",
    ),
    case(
        "dtype of an array",
        "import numpy as np\nW = np.array([1, 2], 'int32')\ndef work(x):\n    return x @ W\n",
        "int32",
        "int64",
    ),
    case(
        "table",
        "import pandas as pd\nT = pd.DataFrame({'a': ['x', 'y']})\ndef work(x):\n    return T\n",
        "'y'",
        "'z'",
    ),
    case(
        "decimal, date and pattern",
        """
        import datetime, decimal, re
        ALL = [datetime.date(2024, 1, 1), decimal.Decimal("1.0"), re.compile("a+")]
        def work(x):
            return ALL
        """,
        '"a+"',
        '"a*"',
    ),
    case(
        "default factory",
        """
        from collections import defaultdict
        COUNTS = defaultdict(lambda: 1)
        def work(x):
            return COUNTS[x]
        """,
        "lambda: 1",
        "lambda: 2",
    ),
    case(
        "estimator made by a helper",
        """
        from sklearn.svm import SVC
        def make(gamma):
            return SVC(gamma=gamma)
        MODEL = make(0.1)
        def work(x):
            return MODEL.fit(x)
        """,
        "make(0.1)",
        "make(0.2)",
        "value `MODEL` in pipeline.py",
    ),
    case(
        "helper that makes an estimator in another module",
        "from models import MODEL as M\ndef work(x):\n    return M.fit(x)\n",
        "SVC(gamma=1)",
        "SVC(gamma=2)",
        "function `make` in models.py",
        models="""
        from sklearn.svm import SVC
        def make():
            return SVC(gamma=1)
        MODEL = make()
        """,
    ),
    case(
        "value that is read and written",
        "LOG = [1]\ndef work(x):\n    LOG.append(x)\n    return len(LOG)\n",
        "LOG = [1]",
        "LOG = [1, 2]",
    ),
    case(
        "estimator that is changed after it was made",
        """
        from sklearn.svm import SVC
        MODEL = SVC()
        MODEL.set_params(gamma=1)
        def work(x):
            return MODEL.fit(x)
        """,
        "gamma=1",
        "gamma=2",
    ),
    case(
        "estimator in an instance",
        """
        from sklearn.svm import SVC
        class Config:
            def __init__(self, model):
                self.model = model
        CONFIG = Config(SVC(gamma=1))
        def work(x):
            return CONFIG.model.fit(x)
        """,
        "gamma=1",
        "gamma=2",
        "value `CONFIG` in",
    ),
    case(
        "seed of a generator",
        """
        import numpy as np
        RANDOM = np.random.default_rng(1)
        def work(x):
            return RANDOM.normal()
        """,
        "rng(1)",
        "rng(2)",
    ),
    case("huge number", "N = 10**5000\ndef work(x):\n    return N\n", "**5000", "**5001"),
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_makes_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest != after.digest
    assert any(label.startswith(edit.changed) for label in changed_parts(before, after))
