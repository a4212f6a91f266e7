"""Code that reads the text of code, finds modules, or finds names in texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import Case, case, changed_parts, take

OBJECT = """
import sys
class Tools:
    def size(self):
        return 1
sys.modules[__name__] = Tools()
"""
"""A module that puts an object in its own place."""

READ = [
    case(
        "module that is looked for",
        "import importlib.util\n"
        "def work(x):\n    return importlib.util.find_spec('features') is not None\n",
        "SIZE = 1",
        "SIZE = 2",
        features="SIZE = 1\n",
    ),
    case(
        "variable in a query",
        "LIMIT = 1\ndef work(x):\n    return x.query('a > @LIMIT')\n",
        "LIMIT = 1",
        "LIMIT = 2",
        "value `LIMIT` in pipeline.py",
    ),
    case(
        "module that is an object",
        "import tools\ndef work(x):\n    return tools.size()\n",
        "return 1",
        "return 2",
        tools=OBJECT,
    ),
    case(
        "module that is an object, imported in a function",
        "def work(x):\n    import tools\n    return tools.size()\n",
        "return 1",
        "return 2",
        tools=OBJECT,
    ),
    *(
        case(
            f"text that is read: {reading}",
            f"import inspect, features\ndef work(x):\n    return {reading}\n",
            "A docstring.",
            "Another one.",
            "text of features.py",
            features='def scale(x):\n    """A docstring."""\n    return x\n',
        )
        for reading in ("features.scale.__doc__", "inspect.getsource(features.scale)")
    ),
    case(
        "docstring of a module that is read",
        "import features\ndef work(x):\n    return features.__doc__\n",
        "A docstring.",
        "Another one.",
        features='"""A docstring."""\n',
    ),
]

UNREAD = [
    case(
        "docstring that a decorator copies",
        """
        import features
        def plain(function):
            def wrapper(x):
                return function(x)
            wrapper.__doc__ = function.__doc__
            return wrapper
        @plain
        def work(x):
            return features.scale(x)
        """,
        "A docstring.",
        "Another one.",
        features='def scale(x):\n    """A docstring."""\n    return x\n',
    ),
    case(
        "text of a module that is not reached",
        "import features\ndef work(x):\n    return work.__doc__\n",
        "A docstring.",
        "Another one.",
        features='def scale(x):\n    """A docstring."""\n    return x\n',
    ),
]


@pytest.mark.parametrize("edit", READ, ids=str)
def test_an_edit_makes_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest != after.digest
    assert any(label.startswith(edit.changed) for label in changed_parts(before, after))


@pytest.mark.parametrize("edit", UNREAD, ids=str)
def test_an_edit_does_not_make_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest == after.digest
