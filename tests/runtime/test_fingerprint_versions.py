"""The same code has the same fingerprint on every Python that the project supports.

`make test-matrix` runs this on each of them. A change of these digests makes results that are
stored a miss, and every DAG file anew.
"""

from __future__ import annotations

import pytest
from fingerprint_projects import importable, load, write

from zruntime.fingerprint import Fingerprinter
from zruntime.project import Project

SHAPES = """
from __future__ import annotations
import abc, collections.abc, contextlib, contextvars, enum, functools, itertools, operator, re
import json, os.path, pathlib, threading, typing
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Optional
from uuid import UUID
from zoneinfo import ZoneInfo
import numpy as np
from pydantic import BaseModel, Field

one_lambda = lambda x, y=1: x + y
two_lambdas = {"double": lambda x: x * 2, "half": lambda x: x / 2}
def _adder(number):
    return lambda x: x + number
closure = _adder(3)
partial = functools.partial(_adder, 3)
aliases = [list[int], dict[str, "list[int]"], Optional[int], int | None, typing.Union[int, str]]
forms = [Any, Literal["a"], Annotated[int, "m"], collections.abc.Callable[[int], str]]
variables = [
    typing.TypeVar("T", bound=int), typing.ParamSpec("P"), typing.NewType("Id", int)
]
numbers = [1, 2.5, 1j, True, Decimal("1.5"), Fraction(1, 3), 10**40]
times = [datetime(2020, 1, 1, tzinfo=timezone.utc), timedelta(days=1), ZoneInfo("Europe/Berlin")]
texts = ["\\u2ffc", "\\U0001fae8", b"\\xff", re.compile(r"\\d+", re.I), UUID(int=5)]
paths = [pathlib.Path("a/b"), pathlib.PurePosixPath("c"), pathlib.Path]
boxes = [Counter("ab"), defaultdict(list, a=[1]), OrderedDict(a=1), deque([1], 3), {"b", 1}]
getters = [operator.itemgetter(1), operator.attrgetter("a.b"), operator.methodcaller("f", 1)]
tools = [threading.Lock, contextvars.ContextVar("v", default=3), functools.cached_property]
array = np.arange(6).reshape(2, 3)
Point = namedtuple("Point", "x y")
class Tup(typing.NamedTuple):
    a: int = 1
class Keys(typing.TypedDict, total=False):
    a: int
class Color(enum.Enum):
    RED = 1
    BLUE = enum.auto()
class Bits(enum.Flag):
    X = enum.auto()
    Y = enum.auto()
class Base(abc.ABC):
    kind: typing.ClassVar[str] = "base"
    @abc.abstractmethod
    def run(self) -> Any: ...
class Child(Base):
    __slots__ = ("x",)
    key = staticmethod(lambda self: 1)
    def run(self): return super().run()
    @property
    def size(self): return 1
    @functools.cached_property
    def cached(self): return 2
    @classmethod
    def make(cls): return cls()
class Folder(pathlib.PurePosixPath):
    pass
class Box(typing.Generic[typing.TypeVar("T")]):
    pass
@dataclass(frozen=True, order=True)
class Data:
    a: int = 1
    b: list[int] = field(default_factory=list)
class Model(BaseModel):
    a: int = Field(1, ge=0)
class Tree(BaseModel):
    children: list["Tree"] = []
    named: Optional[dict[str, tuple["Tree", ...]]] = None
    other: list["Tree"] | Literal["Tree"] = "Tree"
instances = [Data(), Model(), Color.BLUE, Bits.X | Bits.Y, Tup(), Point(1, 2)]
@functools.singledispatch
def dispatch(x): return 0
@dispatch.register
def _(x: int): return 1
@functools.lru_cache(maxsize=None)
def remembered(x): return x
@contextlib.contextmanager
def context(): yield 1
def fstring(x, w=3):
    return f"{x!r:>{w}}" f"a{x=}" "b" f"{x:%Y}" f"{{}}" f"{x:}" f'{f"{x}"}' "\\u2ffc"
def match(x):
    match x:
        case [1, *rest] if rest: return rest
        case {"a": 1, **others}: return others
        case Data(a=1) | None: return 0
        case _: return x
async def coroutine(x):
    async with x as y:
        return [i async for i in y]
def comprehensions(x):
    return [[j for j in i] for i in x if i], {a: b for a, b in x}, {c for c in x if (n := c)}
def handlers(x):
    try:
        return 1 / x
    except (ZeroDivisionError, ValueError) as error:
        return str(error)
    finally:
        os.path.join("a", "b")
def signature(a, /, b: pathlib.Path, *args: Annotated[int, "m"], c: int = 3, **k: Any) -> Any:
    "Docstring."
    return isinstance(a, pathlib.Path)
def imports(x):
    from pathlib import Path as Place
    import json as j
    return Place(x), j.dumps(x), itertools.chain(x), np.mean(x)
def nested(x):
    def inner(y):
        nonlocal x
        x += y
        return lambda: x
    class Inner:
        value = x
    return inner, Inner
"""

PINNED = {
    "one_lambda": "b591d387293acd28",
    "two_lambdas": "c10ff704ce068ef6",
    "closure": "ba1cbafc934c5c7b",
    "partial": "957308ae68f59b3b",
    "aliases": "c1283ac7f0327a91",
    "forms": "47e62234d2cc0278",
    "variables": "89a24ed1c16e78a3",
    "numbers": "38d932dde6018de8",
    "times": "18ca6d692c00ea19",
    "texts": "09942503bb15cb6e",
    "paths": "421d2680c37d4c16",
    "boxes": "cadfa241b03e7137",
    "getters": "d2d35d52b7ccb0cc",
    "tools": "e3f54808401b8bcd",
    "array": "8c693eef3b41532a",
    "Point": "ce2ce068da92fd74",
    "Tup": "2aa794c935d23949",
    "Keys": "70cbed3af5c6a0b3",
    "Color": "759d8af84636845a",
    "Bits": "a96f7e51663ae34e",
    "Base": "4838fbac47b50624",
    "Child": "71deb0e7ab777501",
    "Folder": "d49c1f9a9a21e350",
    "Box": "47b3bfae5e4c58e8",
    "Data": "eb7ad87683bf4d2b",
    "Model": "af0f7aadf2de31a8",
    "Tree": "04a65997376bf22e",
    "instances": "bc0fdc2a4a42c68d",
    "dispatch": "931046aa7023148c",
    "remembered": "74a51db8ef28d487",
    "context": "2682ceee4ee84246",
    "fstring": "8222184704fff7b9",
    "match": "184709433ca3b54a",
    "coroutine": "e7760864b26db2c0",
    "comprehensions": "16308da8d94e2edb",
    "handlers": "d5919a2d687de0eb",
    "signature": "32857d7aa5f364a9",
    "imports": "35a214f4cf9176e9",
    "nested": "940e4ddd49827fc9",
}


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The beginning of the digest of a function that returns each of the names above."""
    folder = tmp_path_factory.mktemp("shapes")
    uses = "".join(f"def use_{name}():\n    return {name}\n" for name in PINNED)
    write(folder, {"shapes.py": SHAPES + uses})
    with importable(folder):
        fingerprinter = Fingerprinter(Project(folder))
        uses_of = {name: load("shapes", f"use_{name}") for name in PINNED}
        return {name: fingerprinter.fingerprint(use).digest[:16] for name, use in uses_of.items()}


@pytest.mark.parametrize("name", PINNED)
def test_code_of_every_shape_has_its_pinned_fingerprint(name: str, digests: dict[str, str]) -> None:
    assert digests[name] == PINNED[name]
