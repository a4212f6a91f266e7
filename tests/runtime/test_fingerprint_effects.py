"""What an import does to other people's objects, and code that may reach any name or module."""

from __future__ import annotations

from pathlib import Path

import pytest
from fingerprint_projects import HELPER, Case, case, changed_parts, take

WORK = "def work(x):\n    return x\n"

SEED = """
    import random
    import numpy as np
    def seed_all(seed):
        import os
        random.seed(seed)
        np.random.seed(seed)
"""

CONFIG = """
    import configparser
    P = configparser.ConfigParser()
    def fill(parser):
        parser.read_dict({"a": {"k": "1"}})
    """

EFFECTS = [
    case(
        "object of another module that is changed",
        """
        import config
        config.P.read_dict({"a": {"k": "1"}})
        def work(x):
            return config.P.get("a", "k")
        """,
        '"1"',
        '"2"',
        "import of pipeline.py",
        config="import configparser\nP = configparser.ConfigParser()\n",
    ),
    case(
        "object of another module that is handed to a function",
        """
        import config
        config.fill(config.P)
        def work(x):
            return config.P.get("a", "k")
        """,
        '"1"',
        '"2"',
        "function `fill` in config.py",
        config=CONFIG,
    ),
    case(
        "class that a decorator registers elsewhere",
        """
        import accessors
        import pandas as pd
        def work(x):
            return pd.Series([x]).probe.size()
        """,
        "return 1",
        "return 2",
        "import of accessors.py",
        accessors="""
        import pandas as pd
        @pd.api.extensions.register_series_accessor("probe")
        class Probe:
            def __init__(self, series):
                self.series = series
            def size(self):
                return 1
        """,
    ),
    case(
        "seed of a package",
        "import numpy as np\nnp.random.seed(1)\n" + WORK,
        "seed(1)",
        "seed(2)",
        "import of pipeline.py",
    ),
    case(
        "seed by a name of its own",
        "from random import seed\nseed(1)\n" + WORK,
        "seed(1)",
        "seed(2)",
    ),
    case(
        "seed from a constant",
        "import random\nSEED = 1\nrandom.seed(SEED)\n" + WORK,
        "SEED = 1",
        "SEED = 2",
        "value `SEED` in pipeline.py",
    ),
    case(
        "seed in a helper",
        "from seeds import seed_all\nseed_all(1)\n" + WORK,
        "seed_all(1)",
        "seed_all(2)",
        "import of pipeline.py",
        seeds=SEED,
    ),
    case(
        "helper that seeds",
        "from seeds import seed_all\nseed_all(1)\n" + WORK,
        "np.random.seed(seed)",
        "np.random.seed(seed + 1)",
        "function `seed_all` in seeds.py",
        seeds=SEED,
    ),
    case(
        "seed in a module that another one imports",
        "import features\n" + WORK,
        "seed(1)",
        "seed(2)",
        "import of lib/__init__.py",
        features="from lib.tools import size\n",
        lib__init="import random\nrandom.seed(1)\n",
        lib__tools="size = 1\n",
    ),
    case(
        "import for its effects only",
        "def work(x):\n    import patches\n    return x\n",
        "seed(1)",
        "seed(2)",
        "import of patches.py",
        patches="import random\nrandom.seed(1)\n",
    ),
    case(
        "function put into a package's module",
        "import colorsys, patches\ndef work(x):\n    return colorsys.rgb_to_yiq(x)\n",
        "return 1",
        "return 2",
        "function `mine` in patches.py",
        patches="import colorsys\ndef mine(x):\n    return 1\ncolorsys.rgb_to_yiq = mine\n",
    ),
    case(
        "method put on a package's class",
        "import patches\nfrom sched import scheduler as S\ndef work(x):\n    return S(x).mine()\n",
        "return 1",
        "return 2",
        patches="""
        import sched
        def mine(self):
            return 1
        setattr(sched.scheduler, "mine", mine)
        """,
    ),
    case(
        "option of a package under a condition",
        "import sys\nimport warnings\nif sys.version_info > (3,):\n"
        "    warnings.filterwarnings('once', 'b a')\n" + WORK,
        "b a",
        "b b",
    ),
    case(
        "environment variable",
        "import os\nos.environ['FP_RATE'] = '1'\ndef work(x):\n    return os.getenv('FP_RATE')\n",
        "'1'",
        "'2'",
    ),
    case(
        "attribute of what a call returns",
        "import decimal\ndecimal.getcontext().prec = 28 + 5 * 0\n" + WORK,
        "5 * 0",
        "6 * 0",
    ),
]

UNRELATED = [
    case(
        "import of a module without effects",
        WORK,
        "def work",
        "import features\ndef work",
        features=HELPER,
    ),
    case("log", "import logging\nlogging.info('a')\n" + WORK, "'a'", "'b'"),
    case("printed text", "print('a')\n" + WORK, "'a'", "'b'"),
    case("path of imports", "import sys\nsys.path.append('a')\n" + WORK, "'a'", "'b'"),
    case(
        "registration of another function",
        """
        TABLE = {}
        def register(name, function):
            TABLE[name] = function
        def other(x):
            return 1
        register("other", other)
        def work(x):
            return x
        """,
        "return 1",
        "return 2",
    ),
    case(
        "seed that is only set when the file runs as a script",
        WORK + "if __name__ == '__main__':\n    import random\n    random.seed(1)\n",
        "seed(1)",
        "seed(2)",
    ),
    case(
        "value set on its own module",
        "import sys\nsetattr(sys.modules[__name__], 'A', 1)\n"
        "setattr(sys.modules['pipeline'], 'B', 2)\n" + WORK,
        "1",
        "3",
    ),
    case(
        "seed in a function that no one calls",
        "import random\ndef seed():\n    random.seed(1)\n" + WORK,
        "seed(1)",
        "seed(2)",
    ),
]

REACHED = [
    case(
        "name that a whole module imports",
        "import lib\ndef work(x, n):\n    return getattr(lib, n)(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in lib/features.py",
        lib__init="from lib.features import scale\n",
        lib__features=HELPER,
    ),
    case(
        "name that the module of globals() imports",
        "from features import *\ndef work(x, n):\n    return globals()[n](x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "name in evaluated text",
        "from features import scale\ndef work(x):\n    return eval('scale(x)')\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "import in executed text",
        "def work(x):\n    exec('import features; features.scale(1)')\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "literal name in sys.modules",
        "import sys\nimport features\ndef work(x):\n    return sys.modules['features'].scale(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "text that names a function",
        "import pkgutil\ndef work(x):\n    return pkgutil.resolve_name('features:scale')(x)\n",
        "x * 2",
        "x * 3",
        "function `scale` in features.py",
        features=HELPER,
    ),
    case(
        "module of a computed name",
        "import importlib\ndef work(x, n):\n    return importlib.import_module(n).scale(x)\n",
        "x * 2",
        "x * 3",
        "module plugins/one.py",
        plugins__init="",
        plugins__one=HELPER,
    ),
    case(
        "function that imports, kept in a value",
        """
        import functools, importlib
        load = functools.partial(importlib.import_module, package="plugins")
        def work(x, n):
            return load("." + n).scale(x)
        """,
        "x * 2",
        "x * 3",
        "module plugins/one.py",
        plugins__init="",
        plugins__one=HELPER,
    ),
    case(
        "file that is run",
        "import runpy\ndef work(x):\n    return runpy.run_path('features.py')['scale'](x)\n",
        "x * 2",
        "x * 3",
        "module features.py",
        features=HELPER,
    ),
    case(
        "names of another function's module",
        "from features import scale\ndef work(x):\n    return scale.__globals__['SIZE']\n",
        "SIZE = 1",
        "SIZE = 2",
        "module features.py",
        features=HELPER + "SIZE = 1\n",
    ),
    case(
        "subclass that only its base knows",
        """
        class Base:
            pass
        class Model(Base):
            def fit(self, x):
                return 1
        def work(x):
            return [cls().fit(x) for cls in Base.__subclasses__()]
        """,
        "return 1",
        "return 2",
        "class `Model` in pipeline.py",
    ),
    case(
        "subclass that a method of its base looks for",
        """
        class Base:
            @classmethod
            def all(cls):
                return cls.__subclasses__()
        class Model(Base):
            def fit(self, x):
                return 1
        def work(x):
            return [cls().fit(x) for cls in Base.all()]
        """,
        "return 1",
        "return 2",
        "class `Model` in pipeline.py",
    ),
    case(
        "getattr of the module's own",
        "import features\ndef work(x):\n    return getattr(features, 'scale')(x)\n",
        "def work(x)",
        "def getattr(*args):\n    return 1\ndef work(x)",
        features=HELPER,
    ),
    case(
        "value of a thread, and of a context",
        """
        import contextvars, threading
        LOCAL, RATE = threading.local(), contextvars.ContextVar("rate")
        LOCAL.size = 1
        RATE.set(1)
        def work(x):
            return LOCAL.size + RATE.get()
        """,
        "size = 1",
        "size = 2",
    ),
]


@pytest.mark.parametrize("edit", [*EFFECTS, *REACHED], ids=str)
def test_an_edit_makes_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest != after.digest
    assert any(label.startswith(edit.changed) for label in changed_parts(before, after))


@pytest.mark.parametrize("edit", UNRELATED, ids=str)
def test_an_edit_does_not_make_the_step_run_again(edit: Case, tmp_path: Path) -> None:
    before, after = take(tmp_path / "a", edit.before), take(tmp_path / "b", edit.after)
    assert before.digest == after.digest


def test_a_computed_import_takes_all_modules_into_the_bundle(tmp_path: Path) -> None:
    files = {
        "pipeline.py": "import importlib\nimport numpy\n"
        "def work(x, n):\n    return importlib.import_module(n).scale(x)\n",
        "plugins/__init__.py": "",
        "plugins/one.py": HELPER + "import yaml\n",
        "dags/.airflowignore": "bundles/\n",
        "dags/pipeline.py": "# Compiled by zcompile 1.0\n1 / 0\n",
        "dags/bundles/pipeline-1/pipeline.py": "1 / 0\n",
        ".venv/lib/other.py": "1 / 0\n",
    }
    found = take(tmp_path, files)
    assert found.modules == ("pipeline", "plugins", "plugins.one")
    assert found.packages == ("numpy", "pyyaml")
    assert [warning.code for warning in found.warnings] == ["ZC431"]
