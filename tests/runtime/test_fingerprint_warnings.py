"""What a fingerprint cannot see is told, with the line that hides it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import HELPER, importable, load, take, write

from zruntime.fingerprint import fingerprint
from zruntime.project import Project

HIDING = {
    "getattr on a module": (
        "import features\ndef work(x, n):\n    return getattr(features, n)(x)\n",
        "pipeline.py:3:20",
        "module `features` is used as a value",
    ),
    "vars of a module": (
        "import features\ndef work(x, n):\n    return vars(features)[n](x)\n",
        "pipeline.py:3:17",
        "module `features` is used as a value",
    ),
    "__dict__ of a module": (
        "import features\ndef work(x, n):\n    return features.__dict__[n](x)\n",
        "pipeline.py:3:12",
        "module `features.__dict__` is used as a value",
    ),
    "file beside the code": (
        "def work(x):\n    return open(__file__ + '.txt')\n",
        "pipeline.py:2:17",
        "`__file__` leads to files of the project",
    ),
    "folder of the code": (
        "import pathlib\nHERE = pathlib.Path(__file__)\ndef work(x):\n    return HERE / x\n",
        "pipeline.py:4:12",
        "value `HERE` in pipeline.py leads to files of the project",
    ),
    "resource of a package": (
        "from importlib.resources import files\ndef work(x):\n    return files('features')\n",
        "pipeline.py:3:12",
        "`files` leads to files of the project",
    ),
    "find_spec": (
        "from importlib import util\ndef work(x):\n    return util.find_spec(x)\n",
        "pipeline.py:3:12",
        "`util.find_spec` is called with a computed name",
    ),
    "module of a function": (
        "import inspect\ndef work(x):\n    return inspect.getmodule(x)\n",
        "pipeline.py:3:12",
        "`inspect.getmodule` is called with a computed name",
    ),
    "module in a variable": (
        "import features\ndef work(x, n):\n    y = features\n    return y.scale(x)\n",
        "pipeline.py:3:9",
        "module `features` is used as a value",
    ),
    "module in a list": (
        "import features\nPLUGINS = [features]\ndef work(x):\n    return PLUGINS[0].scale(x)\n",
        "pipeline.py:4:12",
        "value `PLUGINS` in pipeline.py holds module `features`",
    ),
    "globals": (
        "def work(x, n):\n    y = 1\n    return globals()[n](x)\n",
        "pipeline.py:3:12",
        "`globals` can reach any name",
    ),
    "eval": ("def work(x):\n    return eval(x)\n", "pipeline.py:2:12", "`eval` can reach any"),
    "exec": ("def work(x):\n    exec(x)\n", "pipeline.py:2:5", "`exec` can reach any name"),
    "sys.modules": (
        "import sys\ndef work(x):\n    return sys.modules[__name__]\n",
        "pipeline.py:3:12",
        "`sys.modules` can reach any name",
    ),
    "import_module": (
        "import importlib\ndef work(x):\n    return importlib.import_module(x).scale(x)\n",
        "pipeline.py:3:12",
        "`importlib.import_module` is called with a computed name",
    ),
    "__import__": (
        "def work(x):\n    return __import__(x)\n",
        "pipeline.py:2:12",
        "`__import__` is called with a computed name",
    ),
    "import_module in a lambda": (
        "from importlib import import_module\nf = lambda x: import_module(x)\n"
        "def work(x):\n    return f(x)\n",
        "pipeline.py:2:15",
        "`import_module` is called with a computed name",
    ),
    "broken module": (
        "def work(x):\n    import broken\n    return broken.scale(x)\n",
        "pipeline.py:3:12",
        "module `broken` cannot be imported (ZeroDivisionError",
    ),
    "estimator in a closure": (
        """
        from sklearn.svm import SVC
        def make(model):
            def inner(x):
                return model.fit(x)
            return inner
        fit = make(SVC())
        def work(x):
            return fit(x)
        """,
        "pipeline.py:5:16",
        "closure `model` of `make` in pipeline.py holds what cannot be compared between runs (skl",
    ),
}
SEEN = {
    "literal import": "def work(x):\n    return __import__('features').scale(x)\n",
    "attribute of a module": "import features\ndef work(x):\n    features.SIZE = 2\n",
    "method called eval": "import pandas as pd\ndef work(x):\n    return pd.DataFrame().eval(x)\n",
    "variable called eval": "def work(eval):\n    return eval(1)\n",
    "logger and lock": """
        import logging, threading
        class Guard:
            def __init__(self):
                self.lock = threading.Lock()
                self.log = logging.getLogger("a")
        GUARD = Guard()
        def make(lock=threading.Lock()):
            def inner(x):
                with lock, GUARD.lock:
                    return x
            return inner
        inner = make()
        def work(x):
            return inner(x)
        """,
    "estimator at module level": """
        from sklearn.svm import SVC
        MODELS = {"svc": SVC()}
        def work(x, model=SVC()):
            return MODELS["svc"].fit(x)
        """,
    "object of a package": "from scipy.stats import norm\ndef work(x):\n    return norm.pdf(x)\n",
    "open file": "OUT = open('/dev/null')\ndef work(x):\n    OUT.write(x)\n",
}


@pytest.mark.parametrize("name", HIDING)
def test_what_hides_code_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    source, place, message = HIDING[name]
    files = {"pipeline.py": source, "features.py": HELPER, "broken.py": "1 / 0\n"}
    (warning,) = take(tmp_path, files).warnings
    assert str(warning.place) == place
    assert warning.message.startswith(message)


@pytest.mark.parametrize("name", SEEN)
def test_what_can_be_seen_is_not_warned_about(name: str, tmp_path: Path) -> None:
    files = {"pipeline.py": SEEN[name], "features.py": HELPER + "SIZE = 1\n"}
    assert take(tmp_path, files).warnings == ()


def test_a_module_that_is_neither_local_nor_installed_is_warned_about(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", {"loose_module.py": HELPER})
    source = "from loose_module import scale\ndef work(x):\n    return scale(x)\n"
    inside = write(tmp_path / "inside", {"pipeline.py": source})
    with importable(elsewhere), importable(inside):
        found = fingerprint(load("pipeline", "work"), Project(inside))
    (warning,) = found.warnings
    assert "module `loose_module` lies outside of the project" in warning.message
    assert warning.place.file == "pipeline.py"


def test_warnings_are_ordered_by_line(tmp_path: Path) -> None:
    source = "def work(x):\n    eval(x)\n    exec(x)\n    return globals()\n"
    lines = [warning.place.line for warning in take(tmp_path, {"pipeline.py": source}).warnings]
    assert lines == [2, 3, 4]
