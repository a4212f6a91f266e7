"""Pipeline files that nobody should write, as data."""

from __future__ import annotations

from compiling import PIPELINE, STEPS

EVIL = """
class Evil:
    def __eq__(s, o): raise RuntimeError("eq")
    def __ne__(s, o): raise RuntimeError("ne")
    def __hash__(s): raise RuntimeError("hash")
    def __repr__(s): raise RuntimeError("repr")
    def __str__(s): raise RuntimeError("str")
    def __bool__(s): raise RuntimeError("bool")
    def __len__(s): raise RuntimeError("len")
    def __iter__(s): raise RuntimeError("iter")
    def __getattr__(s, name): raise RuntimeError("getattr " + name)
"""
"""A class of which every use raises."""

_EVIL_STEPS = f"from typing import Any\n{EVIL}{STEPS}"


def _calling(step: str, call: str) -> str:
    return f"{_EVIL_STEPS}\n{step}\n@pipeline\ndef p():\n    {call}\n"


def _configured(field: str, given: str) -> str:
    return (
        f"{_EVIL_STEPS}\nfrom pydantic import Field\nclass C(BaseStepConfig):\n    {field}\n"
        f"@step\ndef d(c: C) -> int: return 1\n@pipeline\ndef p(s):\n    s()\ni = p(s=d({given}))\n"
    )


VALUES = {
    "as an argument": PIPELINE.replace("use(make())", "use(Evil())") + EVIL,
    "as a default": _calling("@step\ndef d(x: int = Evil()) -> int: return 1", "d()"),
    "as a default of Any": _calling("@step\ndef d(x: Any = Evil()) -> int: return 1", "d()"),
    "as a default of its class": _calling("@step\ndef d(x: Evil = Evil()) -> int: return 1", "d()"),
    "as an annotation": _calling("@step\ndef d(x: Evil()) -> Evil(): return 1", "d(1)"),
    "in a config": _configured("x: Any = None", "C(x=Evil())"),
    "in a config of ints": _configured("x: int", "C(x=Evil())"),
    "as a config's default": _configured("x: Any = Field(default_factory=Evil)", "C()"),
    "as a config": _configured("x: int = 1", "Evil()"),
    "as a step": f"{_EVIL_STEPS}\nstep(Evil())\n",
    "as a switch": f"{_EVIL_STEPS}\n@step(enable_cache=Evil())\ndef d() -> int: return 1\n",
    "as a name": _calling("@step(name=Evil())\ndef d() -> int: return 1", "d()"),
    "as a version": _calling("@step(cache_version=Evil())\ndef d() -> int: return 1", "d()"),
    "as a materializer": _calling(
        "@step(output_materializers=Evil())\ndef d() -> int: return 1", "d()"
    ),
    "as a condition": EVIL + PIPELINE.replace("use(", "use.with_options(when=Evil())("),
    "as a list to map over": EVIL + PIPELINE.replace("use(make())", "use.map(Evil())"),
    "as a global": f"{EVIL}E = Evil()\n" + PIPELINE.replace("return value", "return value or E"),
    "as a slot": f"{_EVIL_STEPS}@pipeline\ndef p(s):\n    s()\ni = p(s=Evil())\n",
    "as a pipeline's parameter": (
        f"{_EVIL_STEPS}@pipeline\ndef p(n: int = 1):\n    use(n)\ni = p.instance(n=Evil())\n"
    ),
    "a cycle": _calling("X = []\nX.append(X)\n@step\ndef d(v: list) -> int: return 1", "d(X)"),
    "a cycle in Any": _calling("X = {}\nX['a'] = X\n@step\ndef d(v: Any) -> int: return 1", "d(X)"),
    "a deep list": _calling(
        "X = []\nfor _ in range(10000): X = [X]\n@step\ndef d(v: list) -> int: return 1", "d(X)"
    ),
    "a huge number": PIPELINE.replace("make()", "10**5000"),
    "half a character": _calling("@step\ndef d(v: str) -> int: return 1", "d('\\udcff')"),
}

FUNCTIONS = {
    "a generator pipeline": PIPELINE.replace("    use(make())", "    yield use(make())"),
    "an async pipeline": PIPELINE.replace("def simple", "async def simple"),
    "an async step": PIPELINE.replace("def make", "async def make"),
    "a generator step": PIPELINE.replace("return 1", "yield 1"),
    "a method": _calling("class K:\n    @step\n    def m(self: int) -> int: return 1", "K.m(1)"),
    "a class method": f"{STEPS}class K:\n    @step\n    @classmethod\n    def c(cls) -> int: ...\n",
    "a lambda": _calling("f = step(lambda: 1)", "f()"),
    "a builtin": f"{STEPS}f = step(len)\n",
    "a class": f"{STEPS}@step\nclass F: ...\n",
    "a step of a step": f"{STEPS}f = step(make)\n",
    "a pipeline of a step": f"{STEPS}f = pipeline(make)\n",
    "a step of a pipeline": f"{PIPELINE}f = step(simple)\n",
    "an executed text": _calling("exec('@step\\ndef e() -> int:\\n    return 1\\n')", "e()"),
    "a module of its own": _calling(
        "g = {}\nexec('from zcompile import step\\n@step\\ndef e() -> int: ...\\n', g)\ne = g['e']",
        "e()",
    ),
    "a wrong signature": _calling(
        "def e() -> int: return 1\ne.__signature__ = 3\ne = step(e)", "e()"
    ),
    "wrong annotations": _calling(
        "def e() -> int: return 1\ne.__annotations__ = {'return': 5, 3: 4}\ne = step(e)", "e()"
    ),
    "a wrong name": _calling(
        "def e() -> int: return 1\ne.__name__ = 'a b\\n'\ne.__module__ = None\ne = step(e)", "e()"
    ),
    "a wrong docstring": _calling("make.__doc__ = 5", "make()") + "p.__doc__ = 3\n",
    "options of a wrong kind": _calling(
        "@step(name=3, cache_version=4)\ndef d() -> int: return 1", "d()"
    ),
    "run options of a wrong kind": f"{PIPELINE}simple.with_options(run_name=3)()\n",
    "a config path of a wrong kind": f"{PIPELINE}x = simple.with_options(config_path=3)\n",
    "a pipeline that calls itself": f"{STEPS}@pipeline\ndef p():\n    p()\n",
    "a body that calls itself": f"{STEPS}@pipeline\ndef p():\n    p.function()\n",
    "a thread": _calling(
        "import threading", "t = threading.Thread(target=make); t.start(); t.join()"
    ),
    "a recursive type": _calling(
        "from typing import Union, List\nJ = Union[int, List['J']]\n@step\ndef d(v: J) -> J: ...",
        "d(d(1))",
    ),
    "a metaclass": _calling(
        """
class M(type):
    def __instancecheck__(c, o): raise RuntimeError("ic")
    def __subclasscheck__(c, o): raise RuntimeError("sc")
    def __eq__(c, o): raise RuntimeError("eq")
    def __hash__(c): raise RuntimeError("hash")
    def __repr__(c): raise RuntimeError("repr")
    def __getattr__(c, n): raise RuntimeError("getattr " + n)
class X(metaclass=M): ...
@step
def d() -> X: ...
@step
def t(x: X) -> None: ...""",
        "t(d())",
    ),
    "a schema that raises": _calling(
        "class T:\n    @classmethod\n    def __get_pydantic_core_schema__(c, *a): raise OSError\n"
        "@step\ndef d(v: T = 1) -> int: ...",
        "d()",
    ),
    "a dump that raises": _configured("def model_dump(self, **k): raise OSError", "C()"),
}

MODULES = {
    "an exception": "raise ValueError('a\\nb')",
    "an exception of its own": "class E(BaseException): ...\nraise E('x')",
    "an exception without text": (
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E"
    ),
    "the end of the process": "raise SystemExit",
    "the end of a generator": "raise GeneratorExit",
    "the end of an iteration": "raise StopIteration",
    "an exception of click": "import click\nraise click.exceptions.Exit(0)",
    "wrong usage of click": "import click\nraise click.UsageError('x')",
    "a broken pipe": "raise BrokenPipeError",
    "an exception of zcompile": "from zcompile.exceptions import *\nraise StoreError('mine')",
    "a group": "raise __import__('exceptiongroup').ExceptionGroup('g', [ValueError(1)])",
    "no recursion": "def f(): f()\nf()",
    "no text": "",
    "a wrong coding": "# coding: nonsense\nx = 1\n",
    "deep parentheses": "x = " + "(" * 5000 + ")" * 5000,
    "deep attributes": f"x = 1\ny = x{'.real' * 20000}\n",
    "deep sums": f"x = 1{'+1' * 50000}\n",
    "a star import": "from zcompile import *\nfrom zcompile.steps import *\n",
    "a relative import": "from . import steps\n",
    "an import of itself": "from pipeline import simple\n",
    "another file name": f"__file__ = 3\n{PIPELINE}",
    "another module name": f"__name__ = 'other'\n{PIPELINE}",
    "no attributes": f"def __getattr__(n): raise RuntimeError(n)\n{PIPELINE}",
    "no module": f"import sys\nsys.modules['pipeline'] = None\n{PIPELINE}",
    "no entry": f"import sys\ndel sys.modules[__name__]\n{PIPELINE}",
    "an executed error": "exec('def (')",
    "its own end": f"import os\nos.unlink(__file__)\n{PIPELINE}",
    "its own change": f"open(__file__, 'w').write('(')\n{PIPELINE}",
}
"""What a pipeline file holds that is loaded."""

PROCESSES = {
    "prints": (
        "print('a')\nimport os, sys\nos.write(1, b'raw')\nsys.__stdout__.write('x')\n"
        f"os.system('echo sub')\n{PIPELINE}"
    ),
    "another folder": f"import os\nos.chdir('/')\n{PIPELINE}",
    "no folder": (
        "import os, tempfile\nf = tempfile.mkdtemp()\nos.chdir(f)\nos.rmdir(f)\n" + PIPELINE
    ),
    "closed streams": f"import sys\nsys.stdout.close()\nsys.stderr.close()\n{PIPELINE}",
    "closed files": f"import os\nos.close(1)\nos.close(2)\n{PIPELINE}",
    "no streams": f"import sys\nsys.stdout = sys.stderr = None\n{PIPELINE}",
    "no search path": f"import sys\nsys.path = None\n{PIPELINE}",
    "a search path of anything": f"import sys\nsys.path[:0] = [3, b'x', '\\0']\n{PIPELINE}",
    "no modules": f"import sys\nsys.modules = {{}}\n{PIPELINE}",
    "modules of anything": (
        "import sys\nsys.modules['weird'] = 3\nsys.modules[7] = None\nclass L:\n"
        f"    def __getattr__(s, n): raise RuntimeError(n)\nsys.modules['lazy'] = L()\n{PIPELINE}"
    ),
    "no open": f"import builtins\nbuiltins.open = None\n{PIPELINE}",
    "no isinstance": f"import builtins\nbuiltins.isinstance = lambda *a: 1 / 0\n{PIPELINE}",
    "no len": f"import builtins\ndel builtins.len\n{PIPELINE}",
    "no json": f"import json\njson.dumps = None\n{PIPELINE}",
    "no imports": (
        "import sys\nclass F:\n    def find_spec(self, *a): raise RuntimeError('hook')\n"
        f"sys.meta_path.insert(0, F())\n{PIPELINE}"
    ),
    "a trace": f"import sys\nsys.settrace(lambda *a: 1 / 0)\n{PIPELINE}",
    "little recursion": f"import sys\nsys.setrecursionlimit(150)\n{PIPELINE}",
}
"""What a pipeline file does to the process that loads it."""
