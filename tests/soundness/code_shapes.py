"""The shapes of Python code that random projects are made of, as templates.

Each shape defines something under the name `$u` from which `use` computes a number. In a template,
`$n1` to `$n3` are numbers, `$call` is an expression of `x` that uses other shapes, `$call0` is one
without variables, and a line with `$local` alone holds the imports that `$call` needs in its
function.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Shape:
    """A way to write code.

    Attributes:
        name: What it is.
        source: Template of the statements of a module.
        use: Template of the expression that uses them, given a number `$x`.
        whole: Whether it may mean any name of its module.
    """

    name: str
    source: str
    use: str
    whole: bool = False

    def __repr__(self) -> str:
        return self.name


def _shape(name: str, use: str, source: str, *, whole: bool = False) -> Shape:
    return Shape(name, dedent(source).strip("\n") + "\n", use, whole)


CALL = "$u($x)"

FUNCTIONS = [
    _shape(
        "function",
        CALL,
        """
        def $u(x):
            $local
            return x * $n1 + $call
        """,
    ),
    _shape(
        "defaults",
        CALL,
        """
        def $u(x, by=$n1, *, plus=$call0):
            $local
            return x * by + plus + $call
        """,
    ),
    _shape("lambda", CALL, "$u = lambda x: x * $n1 + $call\n"),
    _shape(
        "closure",
        CALL,
        """
        def ${u}_make(factor, plus=$n2):
            def inner(x):
                $local
                return x * factor + plus + $call
            return inner
        $u = ${u}_make($n1)
        """,
    ),
    _shape(
        "counter in a closure",
        CALL,
        """
        def ${u}_make(total):
            def add(x):
                nonlocal total
                total = x + $n2
                return total
            return lambda x: add(x) + total + $call
        $u = ${u}_make($n1)
        """,
    ),
    _shape(
        "partial",
        CALL,
        """
        import functools
        def ${u}_of(x, factor, plus=0):
            $local
            return x * factor + plus + $call
        $u = functools.partial(${u}_of, factor=$n1, plus=$n2)
        """,
    ),
    _shape(
        "decorator with arguments",
        CALL,
        """
        import functools
        def ${u}_times(count):
            def decorate(function):
                @functools.wraps(function)
                def wrapper(x):
                    return function(x) * count + $n2
                return wrapper
            return decorate
        @${u}_times($n1)
        def $u(x):
            $local
            return x + $call
        """,
    ),
    _shape(
        "plain decorator",
        CALL,
        """
        def ${u}_twice(function):
            return lambda x: function(x) + $n1
        @${u}_twice
        def $u(x):
            $local
            return x + $n2 + $call
        """,
    ),
    _shape(
        "decorator that is an object",
        CALL,
        """
        class ${u}_Scaled:
            def __init__(self, factor):
                self.factor = factor
            def __call__(self, function):
                self.function = function
                return self.run
            def run(self, x):
                return self.function(x) * self.factor + $n2
        @${u}_Scaled($n1)
        def $u(x):
            $local
            return x + $call
        """,
    ),
    _shape(
        "decorator that replaces its function",
        CALL,
        """
        def ${u}_constant(value):
            return lambda function: lambda x: value + x
        @${u}_constant($n1)
        def $u(x):
            return x + $n2
        """,
    ),
    _shape(
        "dispatch table",
        '$u["b"]($x)',
        """
        def ${u}_a(x):
            return x + $n1
        def ${u}_b(x):
            $local
            return x + $n2 + $call
        $u = {"a": ${u}_a, "b": ${u}_b, "c": lambda x: $n3}
        """,
    ),
    _shape(
        "list of functions",
        "sum(f($x) for f in $u)",
        """
        def ${u}_one(x):
            $local
            return x + $call
        $u = [${u}_one, lambda x: x * $n1]
        $u.append(lambda x: x - $n2)
        """,
    ),
    _shape(
        "generator",
        "sum($u($x))",
        """
        def $u(x):
            $local
            for i in range($n1):
                yield i * x
            yield from (j + $call for j in (1, $n2))
        """,
    ),
    _shape(
        "comprehensions",
        CALL,
        """
        ${u}_T = [i * $n1 for i in range(3)]
        def $u(x):
            $local
            pairs = {i: j for i, j in enumerate(${u}_T)}
            kept = sum(v for k, v in pairs.items() if k != $n2)
            return kept + max([x, *{t % 5 for t in ${u}_T}]) + $call
        """,
    ),
    _shape(
        "cached function",
        CALL,
        """
        import functools
        @functools.lru_cache(maxsize=8)
        def $u(x):
            $local
            return x * $n1 + $call
        """,
    ),
    _shape(
        "match",
        CALL,
        """
        def $u(x):
            $local
            match (x % 3, $n1):
                case (0, n):
                    return n + $call
                case (1, $n1 | 77):
                    return $n2 + $call
                case _:
                    return $n3 - x
        """,
    ),
    _shape(
        "walrus",
        CALL,
        """
        def $u(x):
            $local
            if (y := x + $n1) > $n2:
                return y * 2 + $call
            return [z := y, z + $n3][-1]
        """,
    ),
    _shape(
        "coroutine",
        CALL,
        """
        import asyncio
        async def ${u}_inner(x):
            return x + $n1
        async def ${u}_outer(x):
            return await ${u}_inner(x) * $n2
        def $u(x):
            $local
            return asyncio.run(${u}_outer(x)) + $call
        """,
    ),
    _shape(
        "context manager",
        CALL,
        """
        import contextlib
        @contextlib.contextmanager
        def ${u}_open(x):
            yield x + $n1
        def $u(x):
            $local
            with ${u}_open(x) as y:
                return y * $n2 + $call
        """,
    ),
    _shape(
        "single dispatch",
        CALL,
        """
        import functools
        @functools.singledispatch
        def $u(x):
            return $n1
        @$u.register
        def _(x: int):
            $local
            return x + $n2 + $call
        @$u.register(float)
        def _(x):
            return x - $n3
        """,
    ),
    _shape(
        "function with attributes",
        "$u($x) + $u.rate",
        """
        def $u(x):
            $local
            return x * $u.rate + $call
        $u.rate = $n1
        """,
    ),
    _shape(
        "conditional definition",
        CALL,
        """
        if $n1 > 4:
            def $u(x):
                $local
                return x + $n2 + $call
        else:
            def $u(x):
                return x - $n3
        """,
    ),
    _shape(
        "exception",
        CALL,
        """
        class ${u}_Failed(Exception):
            code = $n1
            def __init__(self, x):
                super().__init__(x)
                self.x = x
        def $u(x):
            $local
            try:
                raise ${u}_Failed(x + $n2)
            except (KeyError, ${u}_Failed) as error:
                return error.code + error.x + $call
            finally:
                x = 0
        """,
    ),
    _shape(
        "function made by exec",
        CALL,
        """
        exec("def $u(x):\\n    return x * $n1")
        """,
    ),
    _shape(
        "function in a map",
        CALL,
        """
        import functools, operator
        def ${u}_one(x):
            $local
            return x * $n1 + $call
        def $u(x):
            return functools.reduce(operator.add, map(${u}_one, range($n2)), x)
        """,
    ),
    _shape(
        "sort key",
        "sorted([1, 5, 9, $x], key=$u)[1]",
        """
        import functools
        def ${u}_compare(a, b):
            $local
            return (a * $n1) % 7 - (b * $n2) % 7
        $u = functools.cmp_to_key(${u}_compare)
        """,
    ),
    _shape(
        "bound method",
        CALL,
        """
        class ${u}_C:
            def __init__(self, by):
                self.by = by
            def scale(self, x):
                $local
                return x * self.by + $n2 + $call
        $u = ${u}_C($n1).scale
        """,
    ),
    _shape(
        "type checking import and annotations",
        CALL,
        """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from collections.abc import Sequence
        def $u(x: Sequence[int] | int) -> int:
            $local
            return x + $n1 + $call
        """,
    ),
    _shape(
        "recursion",
        CALL,
        """
        def $u(x, depth=$n1):
            return ${u}_down(x, depth) + $n2
        def ${u}_down(x, depth):
            $local
            return $u(x, depth - 1) if depth > 0 else x + $call
        """,
    ),
    _shape(
        "replaced at the end of its module",
        CALL,
        """
        def $u(x):
            return x + $n1
        def ${u}_better(x, old=$u):
            $local
            return old(x) * $n2 + $call
        $u = ${u}_better
        """,
    ),
    _shape(
        "thread's function",
        CALL,
        """
        from concurrent.futures import ThreadPoolExecutor
        def ${u}_one(x):
            return x + $n1
        def $u(x):
            $local
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(${u}_one, x).result() + $call
        """,
    ),
    _shape(
        "global statement",
        CALL,
        """
        ${u}_state = $n1
        def ${u}_set(x):
            global ${u}_state
            ${u}_state = x + $n2
        ${u}_set($n3)
        def $u(x):
            $local
            return ${u}_state + x + $call
        """,
    ),
    _shape(
        "iterator that has moved on",
        CALL,
        """
        import copy
        ${u}_left = iter([$n1, $n2, $n3])
        next(${u}_left)
        def $u(x):
            $local
            return next(copy.copy(${u}_left)) + x + $call
        """,
    ),
    _shape(
        "random numbers of which some were drawn",
        CALL,
        """
        import copy, random
        ${u}_random = random.Random($n1)
        ${u}_first = [${u}_random.random() for _ in range($n2)]
        def $u(x):
            return copy.copy(${u}_random).randint(0, 99) + x
        """,
    ),
    _shape(
        "settings that are read later",
        CALL,
        """
        import configparser
        ${u}_settings = configparser.ConfigParser()
        def ${u}_fill(settings):
            settings.read_dict({"a": {"size": "$n1"}})
        ${u}_fill(${u}_settings)
        def $u(x):
            $local
            return ${u}_settings.getint("a", "size") + x + $call
        """,
    ),
    _shape(
        "evaluated text",
        CALL,
        """
        ${u}_base = $n1
        def $u(x):
            $local
            return eval("${u}_base + x * $n2") + $call
        """,
    ),
    _shape(
        "names of its own function's module",
        CALL,
        """
        ${u}_base = $n1
        def $u(x):
            return $u.__globals__["${u}_ba" + "se"] + x
        """,
        whole=True,
    ),
]

CLASSES = [
    _shape(
        "class with a base",
        "$u().fit($x)",
        """
        class ${u}_Base:
            rate = $n1
            def shift(self, x):
                return x + $n2
        class $u(${u}_Base):
            def fit(self, x):
                $local
                return self.shift(x) * self.rate + $call
        """,
    ),
    _shape(
        "super over two bases",
        "$u().fit($x)",
        """
        class ${u}_Root:
            def fit(self, x):
                return x + $n1
        class ${u}_A(${u}_Root):
            def fit(self, x):
                return super().fit(x) * $n2
        class ${u}_B(${u}_Root):
            def fit(self, x):
                $local
                return super().fit(x) - $n3 + $call
        class $u(${u}_A, ${u}_B):
            pass
        """,
    ),
    _shape(
        "property, class method and static method",
        "$u.make($x).double",
        """
        class $u:
            size = $n1
            def __init__(self, x):
                self.x = x
            @property
            def double(self):
                return self.x * 2 + self.extra(self.x)
            @classmethod
            def make(cls, x):
                return cls(x + cls.size)
            @staticmethod
            def extra(x):
                $local
                return $n2 + $call
        """,
    ),
    _shape(
        "cached property",
        "$u($x).value",
        """
        import functools
        class $u:
            def __init__(self, x):
                self.x = x
            @functools.cached_property
            def value(self):
                $local
                return self.x * $n1 + ($call if (x := self.x) else 0)
        """,
    ),
    _shape(
        "dataclass",
        "$u($x).total()",
        """
        from dataclasses import dataclass, field
        @dataclass
        class $u:
            x: int
            size: int = $n1
            items: list = field(default_factory=lambda: [$n2])
            def __post_init__(self):
                self.size += $n3
            def total(self):
                $local
                x = self.x
                return x + self.size + sum(self.items) + $call
        """,
    ),
    _shape(
        "dataclass instance",
        "$u.size + $u.other($x)",
        """
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class ${u}_Config:
            size: int = $n1
            rate: float = 0.5
            def other(self, x):
                $local
                return x * self.rate + $call
        $u = ${u}_Config(rate=$n2)
        """,
    ),
    _shape(
        "enum",
        "$u.FAST.cost($x) + $u(2).value",
        """
        from enum import Enum
        class $u(Enum):
            FAST = 1
            SLOW = 2
            def cost(self, x):
                $local
                return self.value * $n1 + x + $call
        """,
    ),
    _shape(
        "enum of numbers",
        "$u.A + $u.B.weight + $u.default().value + $x",
        """
        from enum import IntEnum
        class $u(IntEnum):
            A = $n1
            B = $n1 + $n2
            @property
            def weight(self):
                return self.value * $n3
            @classmethod
            def default(cls):
                return cls.B
        """,
    ),
    _shape(
        "named tuple",
        "$u($x).total()",
        """
        from typing import NamedTuple
        class $u(NamedTuple):
            a: int
            b: int = $n1
            def total(self):
                $local
                x = self.a
                return self.a + self.b * $n2 + $call
        """,
    ),
    _shape(
        "namedtuple by a call",
        "sum($u($x))",
        """
        from collections import namedtuple
        $u = namedtuple("$u", "a b c", defaults=[$n1, $n2])
        """,
    ),
    _shape(
        "pydantic model",
        "$u(size=$x).total()",
        """
        from pydantic import BaseModel, Field, field_validator
        class $u(BaseModel):
            size: int
            rate: int = $n1
            more: list[int] = Field(default_factory=lambda: [$n2])
            @field_validator("size")
            @classmethod
            def check(cls, value):
                return value + $n3
            def total(self):
                $local
                x = self.size
                return x * self.rate + sum(self.more) + $call
        """,
    ),
    _shape(
        "pydantic instance",
        "$u.size + $u.inner.deep + $x",
        """
        from pydantic import BaseModel
        class ${u}_Inner(BaseModel):
            deep: int = $n1
        class ${u}_Config(BaseModel):
            size: int = $n2
            inner: ${u}_Inner = ${u}_Inner()
        $u = ${u}_Config(size=$n3)
        """,
    ),
    _shape(
        "metaclass",
        "$u.size($x) + len($u)",
        """
        class ${u}_Meta(type):
            def size(cls, x):
                $local
                return x * $n1 + $call
            def __len__(cls):
                return $n2
            def __new__(meta, name, bases, names):
                names["extra"] = $n3
                return super().__new__(meta, name, bases, names)
        class $u(metaclass=${u}_Meta):
            pass
        """,
    ),
    _shape(
        "registry of subclasses",
        "$u.known['b']().fit($x)",
        """
        class $u:
            known = {}
            def __init_subclass__(cls, key, **kwargs):
                super().__init_subclass__(**kwargs)
                cls.bonus = $n1
                $u.known[key] = cls
        class ${u}_A($u, key="a"):
            def fit(self, x):
                return x
        class ${u}_B($u, key="b"):
            def fit(self, x):
                $local
                return x * $n2 + self.bonus + $call
        """,
    ),
    _shape(
        "subclasses found by their base",
        "sum(c().fit($x) for c in $u.__subclasses__())",
        """
        class $u:
            pass
        class ${u}_A($u):
            def fit(self, x):
                $local
                return x * $n1 + $call
        """,
    ),
    _shape(
        "descriptor",
        "$u($x).value",
        """
        class ${u}_Scaled:
            def __init__(self, factor):
                self.factor = factor
            def __set_name__(self, owner, name):
                self.name = name
            def __get__(self, instance, owner):
                x = instance.x
                $local
                return x * self.factor + len(self.name) + $call
        class $u:
            value = ${u}_Scaled($n1)
            def __init__(self, x):
                self.x = x + $n2
        """,
    ),
    _shape(
        "method put on a class later",
        "$u().fit($x)",
        """
        class $u:
            def fit(self, x):
                return x + $n1
        def ${u}_fit(self, x):
            $local
            return x - $n2 + $call
        $u.fit = ${u}_fit
        """,
    ),
    _shape(
        "class decorator",
        "$u().extra($x)",
        """
        def ${u}_add(by):
            def decorate(cls):
                cls.extra = lambda self, x: x * by + cls.base + $call
                return cls
            return decorate
        @${u}_add($n1)
        class $u:
            base = $n2
        """,
    ),
    _shape(
        "class inside of a function",
        "$u().fit($x)",
        """
        def ${u}_make(rate):
            class Model:
                plus = $n2
                def fit(self, x):
                    $local
                    return x * rate + self.plus + $call
            return Model
        $u = ${u}_make($n1)
        """,
    ),
    _shape(
        "class inside of a class",
        "$u.Inner().fit($x)",
        """
        class $u:
            class Inner:
                rate = $n1
                def fit(self, x):
                    $local
                    return x * self.rate + $call
        """,
    ),
    _shape(
        "class made by type()",
        "$u().fit($x)",
        """
        def ${u}_fit(self, x):
            $local
            return x + self.size + $call
        $u = type("$u", (), {"size": $n1, "fit": ${u}_fit})
        """,
    ),
    *(
        _shape(
            f"{name} made by a function",
            "$u().get($x)",
            f"""
            import dataclasses, pydantic
            def ${{u}}_make(given):
                {decorator}
                class Made{base}:
                    size: int = {default}
                    def get(self, x, plus=given):
                        return x * self.size + plus + self.extra()
                    @staticmethod
                    def extra():
                        return given + $n2
                return Made
            $u = ${{u}}_make($n1)
            """,
        )
        for name, decorator, base, default in (
            ("model", "", "(pydantic.BaseModel)", "given"),
            (
                "dataclass",
                "@dataclasses.dataclass",
                "",
                "dataclasses.field(default_factory=lambda: given)",
            ),
        )
    ),
    _shape(
        "enum made by a function",
        "$u.A.value + $x",
        """
        import enum
        def ${u}_make(size):
            class Made(enum.Enum):
                A = size
            return Made
        $u = ${u}_make($n1)
        """,
    ),
    _shape(
        "class registered with an abstract one",
        CALL,
        """
        import abc
        class ${u}_Base(abc.ABC):
            pass
        class ${u}_Other:
            pass
        if $n1 > $n2:
            ${u}_Base.register(${u}_Other)
        def $u(x):
            return isinstance(${u}_Other(), ${u}_Base) + x
        """,
    ),
    _shape(
        "class built in a loop",
        "$u().m2($x)",
        """
        class $u:
            for i in range($n1 % 3 + 3):
                locals()[f"m{i}"] = lambda self, x, i=i: x * i + $n2
        """,
    ),
    _shape(
        "operators",
        "(($u($x) + $u($n1)) @ 3)[1]",
        """
        class $u:
            def __init__(self, x):
                self.x = x
            def __add__(self, other):
                return $u(self.x + other.x + $n2)
            def __matmul__(self, n):
                $local
                x = self.x
                return [n, x * n + $call]
        """,
    ),
    _shape(
        "attributes on demand",
        "$u().anything + $u()['k'] + $x",
        """
        class $u:
            def __getattr__(self, name):
                return len(name) * $n1
            def __getitem__(self, key):
                return $n2
        """,
    ),
    _shape(
        "getattr dispatch on an instance",
        "$u().run('b', $x)",
        """
        class $u:
            def do_a(self, x):
                return x + $n1
            def do_b(self, x):
                $local
                return x + $n2 + $call
            def run(self, name, x):
                return getattr(self, "do_" + name)(x)
        """,
    ),
    _shape(
        "abstract base and protocol",
        CALL,
        """
        import abc
        from typing import Protocol
        class ${u}_P(Protocol):
            def fit(self, x: int) -> int: ...
        class ${u}_Base(abc.ABC):
            @abc.abstractmethod
            def size(self): ...
            def fit(self, x):
                return self.size() * x
        class ${u}_C(${u}_Base):
            def size(self):
                x = $n2
                $local
                return $n1 + $call
        def ${u}_run(model: ${u}_P, x: int):
            return model.fit(x)
        def $u(x):
            return ${u}_run(${u}_C(), x)
        """,
    ),
    _shape(
        "generic base",
        "$u().fit($x)",
        """
        from typing import Generic, TypeVar
        ${u}_T = TypeVar("${u}_T")
        class ${u}_Base(Generic[${u}_T]):
            def fit(self, x):
                $local
                return x * $n1 + $call
        class $u(${u}_Base[int]):
            pass
        """,
    ),
    _shape(
        "slots",
        "$u($x).a + $u.b",
        """
        class $u:
            __slots__ = ("a",)
            b = $n1
            def __init__(self, a):
                self.a = a * $n2
        """,
    ),
    _shape(
        "partial method and dispatching method",
        "$u().double($x) + $u().kind($x)",
        """
        import functools
        class $u:
            def scale(self, x, by):
                $local
                return x * by + $call
            double = functools.partialmethod(scale, by=$n1)
            @functools.singledispatchmethod
            def kind(self, x):
                return $n2
            @kind.register
            def _(self, x: int):
                return x - $n3
        """,
    ),
    _shape(
        "class attributes that are objects",
        "$u.table['f']($x) + $u.config.size",
        """
        class ${u}_Config:
            def __init__(self, size):
                self.size = size
        class $u:
            config = ${u}_Config($n1)
            @staticmethod
            def helper(x):
                $local
                return x + $n2 + $call
            table = {"f": helper.__func__, "g": $n3}
        """,
    ),
    _shape(
        "attribute set in a loop",
        "$u.a + $u.b + $x",
        """
        class $u:
            a = b = 0
        for ${u}_name, ${u}_value in {"a": $n1, "b": $n2}.items():
            setattr($u, ${u}_name, ${u}_value + $call0)
        """,
    ),
    _shape(
        "callable instance",
        CALL,
        """
        class ${u}_F:
            def __init__(self, by):
                self.by = by
            def __call__(self, x):
                $local
                return x * self.by + $n2 + $call
        $u = ${u}_F($n1)
        """,
    ),
    _shape(
        "context manager class",
        CALL,
        """
        class ${u}_C:
            def __enter__(self):
                return $n1
            def __exit__(self, *error):
                return True
        def $u(x):
            $local
            with ${u}_C() as y:
                return x + y + $call
        """,
    ),
    _shape(
        "iterator class",
        "sum($u($x))",
        """
        class $u:
            def __init__(self, x):
                self.left = [x, $n1, $n2]
            def __iter__(self):
                return self
            def __next__(self):
                if not self.left:
                    raise StopIteration
                return self.left.pop() * $n3
        """,
    ),
    _shape(
        "subclass of a builtin",
        "$u(a=$x).total()",
        """
        class $u(dict):
            def __missing__(self, key):
                return $n1
            def total(self):
                x = self["a"]
                $local
                return x + self["nothing"] + $call
        """,
    ),
    _shape(
        "class with a guard against subclasses and keywords",
        "$u.total + $x",
        """
        class ${u}_Base:
            def __init_subclass__(cls, plus=0):
                cls.total = cls.start + plus
        class $u(${u}_Base, plus=$n1):
            start = $n2
        """,
    ),
]

VALUES = [
    _shape("number", "($u + $x)", "$u = $n1\n"),
    _shape("computed number", "($u + $x)", "$u = $n1 + $call0\n"),
    _shape("text", "(len($u) + int($u[0]) + $x)", '$u = "$n1" + "a" * $n2\n'),
    _shape("formatted text", "(len($u) + $x)", '${u}_c = $call0\n$u = f"{$n1:0{$n2}d}|{${u}_c}"\n'),
    _shape("tuple", "($u[1] + $x)", "$u = (1, $n1, 3)\n"),
    _shape("nested data", '($u["a"][1]["b"] + $x)', '$u = {"a": [1, {"b": $n1}], "c": {$n2}}\n'),
    _shape("set", "(sum($u) + $x)", "$u = frozenset({$n1, $n2, 30})\n"),
    _shape("set of texts", '(len($u) + ("a$n1" in $u) + $x)', '$u = {"a$n2", "b", "c"}\n'),
    _shape(
        "dict filled in a loop",
        "(sum($u.values()) + $x)",
        """
        $u = {}
        for ${u}_i in range($n1):
            $u[${u}_i] = ${u}_i * $n2 + $call0
        """,
    ),
    _shape(
        "added up in a loop",
        "($u + $x)",
        """
        $u = 0
        for ${u}_i in (1, $n1):
            $u += ${u}_i * $n2
        """,
    ),
    _shape(
        "set through globals()",
        "($u + $x)",
        'globals()["$u"] = $n1 + $call0\n',
    ),
    _shape(
        "set on its module",
        "($u + $x)",
        "import sys\nsetattr(sys.modules[__name__], '$u', $n1 + $call0)\n",
    ),
    _shape(
        "unpacked",
        "($u + $x)",
        "${u}_a, *$u = $n1, $n2, 3\n$u = $u[0]\n",
    ),
    _shape(
        "namespace",
        "($u.a.b + $x)",
        "import types\n$u = types.SimpleNamespace(a=types.SimpleNamespace(b=$n1))\n",
    ),
    _shape(
        "read-only mapping",
        "($u['a'] + $x)",
        "import types\n$u = types.MappingProxyType({'a': $n1})\n",
    ),
    _shape(
        "default dict",
        "($u['a'] + $x)",
        "import collections\n$u = collections.defaultdict(lambda: $n1)\n",
    ),
    _shape(
        "chain map",
        "($u['a'] + $u['b'] + $x)",
        "import collections\n$u = collections.ChainMap({'a': $n1}, {'b': $n2})\n",
    ),
    _shape(
        "user dict",
        "($u['a'] + $x)",
        "import collections\n$u = collections.UserDict(a=$n1)\n",
    ),
    _shape(
        "deque",
        "($u[0] + len($u) + $x)",
        "import collections\n$u = collections.deque([$n1, $n2], maxlen=2)\n$u.append($n3)\n",
    ),
    _shape(
        "decimal, fraction and date",
        "(int($u[0] * 10) + $u[1].numerator + $u[2].day + $x)",
        """
        import datetime, decimal, fractions
        $u = decimal.Decimal("1.$n1"), fractions.Fraction($n2, 7), datetime.date(2024, 1, $n3)
        """,
    ),
    _shape(
        "pattern",
        "(len($u.sub('', 'abc$n1$n1')) + $x)",
        "import re\n$u = re.compile('[a$n1]')\n",
    ),
    _shape(
        "bytes layout",
        "($u.size + $x)",
        "import struct\n$u = struct.Struct('${n1}s')\n",
    ),
    _shape(
        "text template",
        "(len($u.substitute(a=$x)) + $x)",
        "import string\n$u = string.Template('*' * $n1 + '$${a}')\n",
    ),
    _shape(
        "item getter and method caller",
        "($u[0]([4, 5, 6, 7, 8]) + $u[1]('banana') + $x)",
        """
        import operator
        $u = operator.itemgetter($n1 % 5), operator.methodcaller("count", "a", $n2 % 3)
        """,
    ),
    _shape(
        "context variable",
        "($u.get() + $x)",
        "import contextvars\n$u = contextvars.ContextVar('$u', default=$n1)\n",
    ),
    _shape(
        "context variable that is set",
        "($u.get() + $x)",
        "import contextvars\n$u = contextvars.ContextVar('$u')\n$u.set($n1)\n",
    ),
    _shape(
        "thread-local value",
        "($u.size + $x)",
        "import threading\n$u = threading.local()\n$u.size = $n1\n",
    ),
    _shape(
        "weak reference",
        "($u().size + $x)",
        """
        import weakref
        class ${u}_C:
            size = $n1
            def __init__(self, more):
                self.size += more
        ${u}_KEPT = ${u}_C($n2)
        $u = weakref.ref(${u}_KEPT)
        """,
    ),
    _shape(
        "array",
        "(int($u.sum()) + $x)",
        "import numpy as np\n$u = np.arange(3) * $n1 + $call0\n",
    ),
    _shape(
        "instance with state",
        "($u.a + $u.b[0] + $x)",
        """
        class ${u}_C:
            def __init__(self, a):
                self.a, self.b = a, [$n2]
        $u = ${u}_C($n1)
        """,
    ),
    _shape(
        "instance changed later",
        "($u.a + $u.c + $x)",
        """
        class ${u}_C:
            a = 1
        $u = ${u}_C()
        $u.a = $n1
        vars($u)["c"] = $n2
        """,
    ),
    _shape(
        "instance with private state",
        "($u.get() + $x)",
        """
        class ${u}_C:
            def __init__(self, a):
                self.__a = a
                self._b = {"k": (a, $n2)}
            def get(self):
                return self.__a + self._b["k"][1]
        $u = ${u}_C($n1)
        """,
    ),
    _shape(
        "typed dict and alias",
        "($u['a'] + $x)",
        """
        from typing import TypedDict
        class ${u}_T(TypedDict):
            a: int
        $u: ${u}_T = {"a": $n1}
        """,
    ),
    _shape(
        "lock and logger beside a number",
        "($u.value + $x)",
        """
        import logging, threading
        class ${u}_C:
            def __init__(self):
                self.lock, self.log = threading.Lock(), logging.getLogger("$u")
                self.value = $n1
        $u = ${u}_C()
        """,
    ),
    _shape(
        "iterator's source",
        "(next(iter($u)) + $x)",
        "$u = range($n1, 50)\n",
    ),
    _shape(
        "module as a value",
        "$u[0].gcd($x, 12)",
        "import math\n$u = [math, $n1]\n",
    ),
]

SHAPES = (*FUNCTIONS, *CLASSES, *VALUES)
