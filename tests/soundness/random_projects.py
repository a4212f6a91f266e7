"""Random projects as hypothesis strategies: shapes of code in modules that refer to each other."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from code_shapes import SHAPES, Shape
from hypothesis import strategies as st

MODULES = (
    "base",
    "pkg.deep.core",
    "pkg.deep",
    "pkg.tools",
    "pkg",
    "features",
    "pipeline",
)
"""A module refers to those before it only, so that no import goes in a circle."""
PACKAGES = frozenset({"pkg", "pkg.deep"})
PIPELINE = len(MODULES) - 1


@dataclass(frozen=True)
class Way:
    """A way to refer to a name of another module.

    Attributes:
        name: What it is.
        top: Template of the lines at the top of the module that refers: `$m` is the other module,
            `$u` the name, `$i` a unique suffix.
        local: Template of an import inside of the function that refers; it may be empty.
        use: Template of the expression that stands for the name.
        whole: Whether anything of the other module may be meant.
    """

    name: str
    top: str
    local: str
    use: str
    whole: bool = False

    def __repr__(self) -> str:
        return self.name


def _way(name: str, use: str, top: str = "", local: str = "", *, whole: bool = False) -> Way:
    return Way(name, top, local, use, whole)


IMPORT = "import $m"
IMPORT_AS = "import $m as m$i"

WAYS = (
    _way("from import", "$u", "from $m import $u"),
    _way("from import as", "n$i", "from $m import $u as n$i"),
    _way("import", "$m.$u", IMPORT),
    _way("import as", "m$i.$u", IMPORT_AS),
    _way("from package import module", "$tail.$u", "from $parent import $tail"),
    _way("star import", "$u", "from $m import *"),
    _way("relative import", "n$i", "from $relative import $u as n$i"),
    _way("import in a function", "$u", local="from $m import $u"),
    _way("module import in a function", "m$i.$u", local=IMPORT_AS),
    _way(
        "first import that works",
        "n$i",
        "try:\n    from absent$i import $u as n$i\n"
        "except ImportError:\n    from $m import $u as n$i",
    ),
    _way(
        "import under a condition",
        "n$i",
        "import sys\nif sys.version_info >= (3, 0):\n    from $m import $u as n$i\n"
        "else:\n    n$i = None",
    ),
    _way(
        "type checking import",
        "$u",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from $m import $u",
        "from $m import $u",
    ),
    _way("alias of a module", "alias$i.$u", f"{IMPORT_AS}\nalias$i = m$i", whole=True),
    _way("alias of a name", "alias$i", f"{IMPORT_AS}\nalias$i = m$i.$u"),
    _way("re-export", "n$i", "from $reexport import $u as n$i"),
    _way("re-export by package", "$reexport.$u", "import $reexport"),
    _way("literal getattr", "getattr(m$i, '$u')", IMPORT_AS),
    _way(
        "literal import_module",
        "importlib.import_module('$m').$u",
        "import importlib",
        whole=True,
    ),
    _way("module in a class", "H$i.mod.$u", f"{IMPORT_AS}\nclass H$i:\n    mod = m$i", whole=True),
    _way("name in a class", "H$i.held", f"{IMPORT}\nclass H$i:\n    from $m import $u as held"),
    _way("default of a helper", "h$i()", f"{IMPORT_AS}\ndef h$i(held=m$i.$u):\n    return held"),
    _way("closure of a helper", "h$i()", f"{IMPORT_AS}\nh$i = (lambda held: lambda: held)(m$i.$u)"),
    _way("computed getattr", "getattr(m$i, 'u' + '$number')", IMPORT_AS, whole=True),
    _way("vars of a module", "vars(m$i)['$u']", IMPORT_AS, whole=True),
    _way("dict of a module", "m$i.__dict__['u' + '$number']", IMPORT_AS, whole=True),
    _way("module in a tuple", "mods$i[0].$u", f"{IMPORT_AS}\nmods$i = (m$i,)", whole=True),
    _way(
        "module of a helper", "h$i().$u", f"def h$i():\n    {IMPORT_AS}\n    return m$i", whole=True
    ),
    _way(
        "attrgetter", "operator.attrgetter('$u')(m$i)", f"import operator\n{IMPORT_AS}", whole=True
    ),
    _way(
        "computed import",
        "importlib.import_module('.'.join('$m'.split('.'))).$u",
        "import importlib",
        whole=True,
    ),
    _way("sys.modules", "sys.modules['$m'].$u", f"import sys\n{IMPORT}", whole=True),
    _way(
        "own module by name",
        "getattr(sys.modules[__name__], 'n$i')",
        "import sys\nfrom $m import $u as n$i",
        whole=True,
    ),
    _way("globals", "globals()['n$i']", "from $m import $u as n$i", whole=True),
    _way("eval", "eval('n$i')", "from $m import $u as n$i"),
    _way("resolve_name", "pkgutil.resolve_name('$m:$u')", "import pkgutil", whole=True),
    _way("module attribute on demand", "$m.lazy_$u", IMPORT, whole=True),
    _way("registry", "base.REGISTRY['$u']", "import base\nimport $m"),
)
"""From the plain ones, to which examples shrink, to the obscure ones."""


@dataclass(frozen=True)
class Ref:
    """A reference to the code of another unit."""

    unit: int
    way: Way


@dataclass(frozen=True)
class Unit:
    """A piece of code in a module, which may be a step of the pipeline."""

    shape: Shape | None
    module: int
    numbers: tuple[int, ...]
    refs: tuple[Ref, ...]


@dataclass
class RandomProject:
    """A project as its files, and what edits have to know of it.

    Attributes:
        files: Source by file.
        entry: The module of the pipeline.
        whole: Whether some code may mean any name of a module, so that none is surely unused.
    """

    files: dict[str, str]
    entry: str = "pipeline"
    whole: bool = False


def file_of(module: str) -> str:
    """The file of a module of the project."""
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if module in PACKAGES else f"{path}.py"


PLAIN_WAYS = tuple(way for way in WAYS if not way.whole)
PLAIN_SHAPES = tuple(shape for shape in SHAPES if not shape.whole)
numbers = st.tuples(*[st.integers(1, 9)] * 3)


@st.composite
def units(draw: st.DrawFn) -> tuple[Unit, ...]:
    """Units in the order of their modules; the last ones are steps, and no unit is unused."""
    count = draw(st.integers(2, 8))
    is_plain = draw(st.sampled_from((True, True, False)))
    ways = st.sampled_from(PLAIN_WAYS if is_plain else WAYS)
    shapes = st.sampled_from(PLAIN_SHAPES if is_plain else SHAPES)
    modules = sorted(draw(st.lists(st.integers(0, PIPELINE), min_size=count, max_size=count)))
    made: list[Unit] = []
    for number, module in enumerate(modules):
        targets = st.integers(0, number - 1) if number else st.nothing()
        refs = draw(st.lists(st.builds(Ref, targets, ways), max_size=2)) if number else []
        shape = draw(shapes)
        made.append(Unit(shape, module, draw(numbers), tuple(refs)))
    used = {ref.unit for unit in made for ref in unit.refs}
    left = [number for number in range(count) if number not in used]
    steps = draw(st.integers(1, 3))
    for step in range(steps):
        mine = [*left[step::steps], *draw(st.lists(st.integers(0, count - 1), max_size=2))]
        refs = [Ref(target, draw(ways)) for target in dict.fromkeys(mine)]
        made.append(Unit(None, PIPELINE, draw(numbers), tuple(refs)))
    return tuple(made)


projects = units().map(lambda made: Writer(made).project())


STEP_HEAD = "from zcompile import pipeline, step"

STEP = """
@step
def $u(value: str = "$n1") -> str:
    x = sum(map(ord, value)) % 17
    $local
    return repr([x, $call])
"""

REGISTRY = """\
REGISTRY = {}


def register(name, value):
    REGISTRY[name] = value
"""


LAZY = """\
def __getattr__(name):
    if name.startswith("lazy_"):
        return globals()[name.removeprefix("lazy_")]
    raise AttributeError(name)
"""


class Writer:
    """Writes the modules of a project."""

    def __init__(self, made: tuple[Unit, ...]) -> None:
        self.units = made
        self.top: dict[str, list[str]] = {module: [] for module in MODULES}
        self.body: dict[str, list[str]] = {module: [] for module in MODULES}
        self.tail: dict[str, list[str]] = {module: [] for module in MODULES}
        self.whole = False

    def project(self) -> RandomProject:
        """The project."""
        self.body["base"].append(REGISTRY)
        self.top["pipeline"].append(STEP_HEAD)
        for number, unit in enumerate(self.units):
            self._unit(number, unit)
        self.body["pipeline"].append(self._pipeline())
        files = {file_of(module): self._module(module) for module in MODULES}
        return RandomProject(files, whole=self.whole)

    def _module(self, module: str) -> str:
        future = "from __future__ import annotations\n"
        body = "\n\n".join(self.body[module])
        parts = [
            "\n".join(dict.fromkeys(self.top[module])),
            body,
            *dict.fromkeys(self.tail[module]),
        ]
        text = "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
        return future + text.replace(future, "") if future in text else text

    def _unit(self, number: int, unit: Unit) -> None:
        module = MODULES[unit.module]
        source = STEP if unit.shape is None else unit.shape.source
        self.whole = self.whole or (unit.shape is not None and unit.shape.whole)
        calls, calls0, local = ["x % 5"], ["1"], []
        for position, ref in enumerate(unit.refs):
            call, line = self._reference(f"{number}_{position}", module, ref)
            at_top = "$call0" in source or "$local" not in source
            if at_top and line:
                self.top[module].append(line)
                line = ""
            calls.append(Template(call).substitute(x="x"))
            calls0.append(Template(call).substitute(x="4"))
            if line:
                local.append(line)
        text = Template(_with_local(source, local)).substitute(
            _numbers(unit),
            u=f"u{number}",
            call=", ".join(calls) if unit.shape is None else f"({' + '.join(calls)})",
            call0=f"({' + '.join(calls0)})",
        )
        self.body[module].append(text)

    def _reference(self, i: str, module: str, ref: Ref) -> tuple[str, str]:
        """The template of an expression of `$x` for a reference, and the import it needs."""
        target = self.units[ref.unit]
        name, owner = f"u{ref.unit}", MODULES[target.module]
        way = ref.way
        parent, _, tail = owner.rpartition(".")
        known = {"m": owner, "u": name, "i": i, "number": str(ref.unit), "tail": tail}
        known |= {"parent": parent or owner, "reexport": owner, "relative": owner}
        if owner == module:
            way = _in_own_module(way)
        elif way.name == "from package import module" and not parent:
            way = WAYS[2]
        elif way.name == "relative import":
            known["relative"] = _relative(module, owner)
        elif "re-export" in way.name:
            known["reexport"] = self._reexport(module, owner, name)
        elif way.name == "module attribute on demand":
            self.tail[owner].append(LAZY)
        elif way.name == "registry":
            if owner == "base":
                self.tail[owner].append(f"register('{name}', {name})")
            else:
                self.top[owner].append("import base")
                self.tail[owner].append(f"base.register('{name}', {name})")
        if way.top:
            self.top[module].append(Template(way.top).substitute(known))
        use = Template(way.use).substitute(known)
        assert target.shape is not None, "no unit refers to a step"
        # Of an expression that is no name, the subclasses may be those of any class.
        is_name = all(part.isidentifier() for part in use.split("."))
        any_class = "__subclasses__" in target.shape.use and not is_name
        self.whole = self.whole or way.whole or any_class
        call = Template(target.shape.use).safe_substitute(_numbers(target), u=use)
        return call, Template(way.local).substitute(known)

    def _reexport(self, module: str, owner: str, name: str) -> str:
        """A package between the two modules that gives the name on; else the owner itself."""
        for package in ("pkg.deep", "pkg"):
            place = MODULES.index(package)
            if MODULES.index(owner) < place < MODULES.index(module):
                self.top[package].append(f"from {owner} import {name}")
                return package
        return owner

    def _pipeline(self) -> str:
        steps = [number for number, unit in enumerate(self.units) if unit.shape is None]
        lines = [f"    v = u{steps[0]}()", *(f"    v = u{number}(v)" for number in steps[1:])]
        return "\n".join(["@pipeline", "def p():", *lines]) + "\n"


def _numbers(unit: Unit) -> dict[str, str]:
    return {f"n{at}": str(value) for at, value in enumerate(unit.numbers, start=1)}


def _in_own_module(way: Way) -> Way:
    uses = {
        "globals": "globals()['$u']",
        "eval": "eval('$u')",
        "own module by name": "getattr(sys.modules[__name__], '$u')",
    }
    use = uses.get(way.name)
    if use is None:
        return Way("same module", "", "", "$u")
    return Way(way.name, "import sys", "", use, way.whole)


def _relative(module: str, owner: str) -> str:
    """How a module of the same package is imported from it; the full name where it is in none."""
    package = module if module in PACKAGES else module.rpartition(".")[0]
    if not package or not owner.startswith(package + "."):
        return owner
    return f".{owner.removeprefix(package + '.')}"


def _with_local(source: str, local: list[str]) -> str:
    lines = []
    for line in source.split("\n"):
        if line.strip() == "$local":
            if local:
                lines.append(line.replace("$local", "; ".join(local)))
        else:
            lines.append(line)
    return "\n".join(lines)
