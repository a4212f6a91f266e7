"""Edits of a step, its helpers and constants, by every way in which a name can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import HELPER, Case, case, changed_parts, take

IMPORTS_HELPER = """
    from features import scale
    def work(x):
        return scale(x)
"""

EDITS = [
    case("body", "def work(x):\n    return x + 1\n", "x + 1", "x + 2", "function `work` in"),
    case("operator", "def work(x):\n    return x + 1\n", "+", "-"),
    case("constant type", "def work(x):\n    return 1\n", "return 1", "return 1.0"),
    case("constant bool", "def work(x):\n    return 1\n", "return 1", "return True"),
    case("annotation", "def work(x: int):\n    return x\n", "int", "float"),
    case("default", "def work(x=1):\n    return x\n", "x=1", "x=2", "default `x` of `work`"),
    case("keyword default", "def work(*, x=1):\n    return x\n", "x=1", "x=2", "default `x`"),
    case(
        "default from a constant",
        "START = 1\ndef work(x=START):\n    return x\n",
        "START = 1",
        "START = 2",
        "default `x` of `work`",
    ),
    case(
        "helper in the same module",
        "def scale(x):\n    return x * 2\ndef work(x):\n    return scale(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in pipeline.py",
    ),
    case(
        "helper of a helper",
        "def a(x):\n    return x\ndef b(x):\n    return a(x)\ndef work(x):\n    return b(x)\n",
        "def a(x):\n    return x",
        "def a(x):\n    return -x",
        "function `a` in",
    ),
    case(
        "helper in another module",
        IMPORTS_HELPER,
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "helper by module",
        "import features\ndef work(x):\n    return features.scale(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "helper by import as",
        "import lib.features as f\ndef work(x):\n    return f.scale(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in lib/features.py",
        lib__init="",
        lib__features=HELPER,
    ),
    case(
        "helper by dotted import",
        "import lib.features\ndef work(x):\n    return lib.features.scale(x)\n",
        "x * 2",
        "x * 3",
        lib__init="",
        lib__features=HELPER,
    ),
    case(
        "helper in a folder without __init__",
        "from lib import features\ndef work(x):\n    return features.scale(x)\n",
        "x * 2",
        "x * 3",
        lib__features=HELPER,
    ),
    case(
        "helper by re-export",
        "import lib\ndef work(x):\n    return lib.scale(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in lib/features.py",
        lib__init="from .features import scale\n",
        lib__features=HELPER,
    ),
    case(
        "helper by relative import",
        "from lib.model import fit\ndef work(x):\n    return fit(x)\n",
        "x * 2",
        "x * 3",
        lib__init="",
        lib__features=HELPER,
        lib__model="from .features import scale\ndef fit(x):\n    return scale(x)\n",
    ),
    case(
        "helper by star import",
        "from features import *\ndef work(x):\n    return scale(x)\n",
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "import in a function",
        "def work(x):\n    from features import scale\n    return scale(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "module import in a function",
        "def work(x):\n    import lib.features\n    return lib.features.scale(x)\n",
        "x * 2",
        "x * 3",
        lib__init="",
        lib__features=HELPER,
    ),
    case(
        "import as in a function, used by a nested one",
        """
        def work(x):
            import features as f
            def inner(y):
                return f.scale(y)
            return inner(x)
        """,
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "relative import in a function",
        "from lib.model import fit\ndef work(x):\n    return fit(x)\n",
        "x * 2",
        "x * 3",
        lib__init="",
        lib__features=HELPER,
        lib__model="def fit(x):\n    from . import features\n    return features.scale(x)\n",
    ),
    case(
        "literal getattr on a module",
        "import features\ndef work(x):\n    return getattr(features, 'scale')(x)\n",
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "literal import_module",
        """
        import importlib
        def work(x):
            return importlib.import_module("features").scale(x)
        """,
        "x * 2",
        "x * 3",
        features=HELPER,
    ),
    case(
        "module constant",
        "FACTOR = 2\ndef work(x):\n    return x * FACTOR\n",
        "FACTOR = 2",
        "FACTOR = 3",
        "value `FACTOR` in pipeline.py",
    ),
    case(
        "constant of another module",
        "from settings import FACTOR as F\ndef work(x):\n    return x * F\n",
        "FACTOR = 2",
        "FACTOR = 3",
        "value `FACTOR` in settings.py",
        settings="FACTOR = 2\n",
    ),
    case(
        "constant by module",
        "import settings\ndef work(x):\n    return x * settings.FACTOR\n",
        "FACTOR = 2",
        "FACTOR = 3",
        "value `FACTOR` in settings.py",
        settings="FACTOR = 2\n",
    ),
    case(
        "constant read in a nested function",
        """
        FACTOR = 2
        def work(x):
            def inner(y):
                return [z * FACTOR for z in y]
            return inner(x)
        """,
        "FACTOR = 2",
        "FACTOR = 3",
    ),
    case(
        "constant whose name is a comprehension's variable elsewhere",
        """
        size = 2
        def work(x):
            return [size for size in x] + [size]
        """,
        "size = 2",
        "size = 3",
    ),
    case(
        "constant read through a global statement",
        """
        size = 2
        def work(x):
            global size
            return size + x
        """,
        "size = 2",
        "size = 3",
    ),
    case(
        "class attribute of the same name as a constant",
        "size = 2\nclass A:\n    size = size + 1\ndef work(x):\n    return A.size\n",
        "size = 2\n",
        "size = 3\n",
    ),
    case(
        "other class of a package",
        "from sklearn.svm import SVC as M\ndef work(x):\n    return M()\n",
        "import SVC as M",
        "import LinearSVC as M",
        "function `work` in",
    ),
    case(
        "other package behind a name",
        "import json as codec\ndef work(x):\n    return codec.dumps(x)\n",
        "import json",
        "import pickle",
    ),
    case(
        "builtin hidden by a helper",
        "def work(x):\n    return sum(x)\n",
        "def work(x):",
        "def sum(x):\n    return 0\ndef work(x):",
    ),
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_makes_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest != after.digest
    assert any(label.startswith(edit.changed) for label in changed_parts(before, after))
