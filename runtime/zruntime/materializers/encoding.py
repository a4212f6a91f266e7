"""Plain Python data as JSON from which exactly the same data can be read back.

JSON's own types stand for themselves. Everything else is an object with the key "~" that names
its kind, and "v" for its content: `(1, b"x")` is
`{"~": "tuple", "v": [1, {"~": "bytes", "v": "eA=="}]}`.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import json
import pathlib
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from zruntime.exceptions import MaterializerError
from zruntime.materializers import scalars
from zruntime.materializers.atoms import ATOMS, NotPlainError, has_surrogate, tagged
from zruntime.materializers.decoding import from_tree, load, slot_names
from zruntime.materializers.refusals import refuse
from zruntime.naming import is_importable, type_name

MAX_DEPTH: Final = 100
"""Containers nested deeper are not taken: reading them back needs a stack frame for each."""

CONTAINERS: Final = (
    *(list, tuple, dict, set, frozenset),
    *(deque, Counter, OrderedDict, defaultdict),
)
"""Types of which the items decide whether a value is plain."""


def is_plain_type(kind: type) -> bool:
    """Whether values of exactly this type can be plain; containers depend on their items."""
    known = kind in ATOMS or kind in _ENCODERS or issubclass(kind, enum.Enum)
    return known or is_namedtuple(kind) or scalars.is_pandas(kind)


def is_namedtuple(kind: type) -> bool:
    """Whether a class is a tuple whose items have names."""
    fields = getattr(kind, "_fields", None)
    return issubclass(kind, tuple) and type(fields) is tuple and kind is not tuple


def is_model(kind: type) -> bool:
    """Whether a class is a pydantic model's."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)


def dump(value: object) -> tuple[bytes, frozenset[type]]:
    """The canonical JSON of a value, and the classes whose instances it holds.

    Takes None, bool, int, float, complex, str, bytes, bytearray, Decimal, Fraction, UUID, range,
    slice, Ellipsis, members of enums and flags, the types of `datetime`, time zones, tuples, named
    tuples, lists, dicts, sets, frozensets, the containers of `collections`, pydantic models,
    dataclasses, and scalars of numpy and pandas.

    Raises:
        NotPlainError: for anything else, for subclasses, and where the same list, dict, set or
            object is reached twice, which JSON cannot tell.
    """
    encoder = _Encoder()
    data = _text(encoder.encode(value)).encode()
    if encoder.types:
        _check(lambda: _text(_Encoder().encode(load(data))).encode() == data)
    return data, frozenset(encoder.types)


def to_tree(
    value: object, part: Callable[[Any], bool]
) -> tuple[object, list[Any], frozenset[type]]:
    """JSON data for a value that holds other values than plain ones.

    Args:
        value: What `dump` takes, with other values inside.
        part: Whether such another value may be referred to by number.

    Returns:
        The tree, the values that it refers to, and the classes whose instances it holds.

    Raises:
        NotPlainError: as of `dump`, and where `part` is false.
    """
    encoder = _Encoder(part)
    tree = encoder.encode(value)
    if encoder.types:
        again = _Encoder(part)
        _check(lambda: again.encode(from_tree(tree, encoder.parts.__getitem__)) == tree)
    return tree, encoder.parts, frozenset(encoder.types)


def _text(tree: object) -> str:
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _check(reads_back: Callable[[], bool]) -> None:
    """Instances of users' classes may have methods that get in the way; only trying tells."""
    try:
        same = reads_back()
    except Exception as error:
        raise NotPlainError(str(error)) from error
    if not same:
        raise NotPlainError("it reads back as another value")


class _Encoder:
    def __init__(self, part: Callable[[Any], bool] | None = None) -> None:
        self.types: set[type] = set()
        self.parts: list[Any] = []
        self._part = part
        self._depth = 0
        self._seen: dict[int, object] = {}

    def encode(self, value: Any) -> object:
        atom = ATOMS.get(type(value))
        if atom is not None:
            return atom(value)
        handler = _ENCODERS.get(type(value)) or _object_encoder(type(value))
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotPlainError(f"it is nested more than {MAX_DEPTH} levels deep")
        tree = handler(self, value)
        self._depth -= 1
        return tree

    def other(self, value: Any) -> object:
        """A value of another library's class, or a part."""
        if (content := scalars.from_numpy(value)) is not None:
            return tagged("numpy", content)
        if (content := scalars.from_pandas(value, self.encode)) is not None:
            return tagged("pandas", content)
        if isinstance(value, pathlib.PurePath) and not _is_there(value):
            return tagged("path", [type(value).__name__, str(value)])
        inside = self._depth > 1
        if self._part is None or not inside or not self._part(value):
            refuse(value)
            raise NotPlainError(f"it holds a {type_name(type(value))}")
        self.enter(value)
        self.parts.append(value)
        return tagged("part", len(self.parts) - 1)

    @contextmanager
    def without_parts(self) -> Iterator[None]:
        part, self._part = self._part, None
        yield
        self._part = part

    def enter(self, value: object) -> None:
        if id(value) in self._seen:
            raise NotPlainError("it holds the same object twice")
        self._seen[id(value)] = value

    def name(self, kind: Any) -> str:
        if not is_importable(kind):
            raise NotPlainError(f"{type_name(kind)} cannot be imported")
        self.types.add(kind)
        return type_name(kind)


def _is_there(path: pathlib.PurePath) -> bool:
    """Whether it has content; else a path is no more than its name."""
    return isinstance(path, pathlib.Path) and path.exists()


def _object_encoder(kind: type) -> Callable[[_Encoder, Any], object]:
    if issubclass(kind, enum.Enum):
        return _enum
    if is_namedtuple(kind):
        return _namedtuple
    if is_model(kind):
        return _model
    if dataclasses.is_dataclass(kind) and kind.__new__ is object.__new__:
        return _dataclass
    return _Encoder.other


def _bytearray(encoder: _Encoder, value: bytearray) -> object:
    encoder.enter(value)
    return tagged("bytearray", base64.b64encode(value).decode())


def _slice(encoder: _Encoder, value: slice) -> object:
    return tagged("slice", list(map(encoder.encode, (value.start, value.stop, value.step))))


def _list(encoder: _Encoder, value: list[Any]) -> object:
    encoder.enter(value)
    return [encoder.encode(item) for item in value]


def _tuple(encoder: _Encoder, value: tuple[Any, ...]) -> object:
    return tagged("tuple", [encoder.encode(item) for item in value])


def _set(encoder: _Encoder, value: set[Any]) -> object:
    encoder.enter(value)
    return tagged("set", _sorted(encoder, value))


def _frozenset(encoder: _Encoder, value: frozenset[Any]) -> object:
    return tagged("frozenset", _sorted(encoder, value))


def _sorted(encoder: _Encoder, items: Collection[Any]) -> list[object]:
    """The items in the order of their text; parts have none."""
    if any(isinstance(item, pathlib.Path) and item.exists() for item in items):
        raise MaterializerError(
            "A set of paths has no order in which their content could be stored.",
            code="ZC555",
            remedy="Return a list of them, or their names as str.",
        )
    with encoder.without_parts():
        return sorted((encoder.encode(item) for item in items), key=_text)


def _dict(encoder: _Encoder, value: dict[Any, Any]) -> object:
    encoder.enter(value)
    if all(type(key) is str and key != "~" and not has_surrogate(key) for key in value):
        return {key: encoder.encode(item) for key, item in value.items()}
    return tagged("dict", _pairs(encoder, value))


def _pairs(encoder: _Encoder, value: Mapping[Any, Any]) -> list[list[object]]:
    return [[encoder.encode(key), encoder.encode(item)] for key, item in value.items()]


def _ordered(encoder: _Encoder, value: OrderedDict[Any, Any] | Counter[Any]) -> object:
    """torch keeps the versions of a model's layers in an attribute of such a dict."""
    encoder.enter(value)
    attributes = [encoder.encode(vars(value))] if vars(value) else []
    return tagged(type(value).__name__, [_pairs(encoder, value), *attributes])


def _defaultdict(encoder: _Encoder, value: defaultdict[Any, Any]) -> object:
    encoder.enter(value)
    factory: Any = value.default_factory
    if factory is not None and not isinstance(factory, (type, types.FunctionType)):
        raise NotPlainError(f"it makes defaults with {factory!r}")
    name = None if factory is None else encoder.name(factory)
    return tagged("defaultdict", [name, _pairs(encoder, value)])


def _deque(encoder: _Encoder, value: deque[Any]) -> object:
    encoder.enter(value)
    return tagged("deque", [[encoder.encode(item) for item in value], value.maxlen])


def _namedtuple(encoder: _Encoder, value: Any) -> object:
    if getattr(value, "__dict__", None) or len(value) != len(value._fields):
        raise NotPlainError("it is a tuple with further attributes")
    items = dict(zip(value._fields, tuple(value), strict=True))
    return tagged("namedtuple", [encoder.name(type(value)), encoder.encode(items)])


def _enum(encoder: _Encoder, value: enum.Enum) -> object:
    kind = type(value)
    if value.name is not None and kind.__members__.get(value.name) is value:
        return tagged("enum", [encoder.name(kind), value.name])
    if isinstance(value, enum.Flag) and type(value.value) is int:
        return tagged("flag", [encoder.name(kind), value.value])
    raise NotPlainError(f"{value!r} is no member of {type_name(kind)}")


def _model(encoder: _Encoder, value: Any) -> object:
    encoder.enter(value)
    return tagged("model", [encoder.name(type(value)), encoder.encode(value.__getstate__())])


def _dataclass(encoder: _Encoder, value: Any) -> object:
    encoder.enter(value)
    name = encoder.name(type(value))
    attributes = dict(getattr(value, "__dict__", {}))
    attributes.update(
        (slot, getattr(value, slot)) for slot in slot_names(type(value)) if hasattr(value, slot)
    )
    return tagged("dataclass", [name, encoder.encode(attributes)])


_ENCODERS: Final[dict[type, Callable[[_Encoder, Any], object]]] = {
    bytearray: _bytearray,
    slice: _slice,
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
    deque: _deque,
    Counter: _ordered,
    OrderedDict: _ordered,
    defaultdict: _defaultdict,
}
