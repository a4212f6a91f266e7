"""What a materializer is, and which ones users registered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, ClassVar, TypeVar, get_origin, overload

from zruntime.exceptions import MaterializerError
from zruntime.naming import type_name

_REGISTERED: dict[type, type[BaseMaterializer]] = {}
_changes = 0


class BaseMaterializer(ABC):
    """Turns a value into the bytes of an immutable artifact, and back.

    A subclass that lists `ASSOCIATED_TYPES` is used for values of these types and of their
    subclasses. Equal values should give equal bytes, so that steps which consume them hit the
    cache. One instance handles one value: `accepts`, `save`, `describe`, `local_types`, in this
    order, or `load`.

    Attributes:
        ASSOCIATED_TYPES: Types for which defining the class registers it.
        FORMAT: Name and version of a built-in format; a user's class goes by its own name.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = ()
    FORMAT: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        types = cls.__dict__.get("ASSOCIATED_TYPES", ())
        if not isinstance(types, tuple):
            raise MaterializerError(
                f"ASSOCIATED_TYPES of {cls.__qualname__} is no tuple of types: {types!r}.",
                remedy="Write ASSOCIATED_TYPES = (MyType,).",
                code="ZC520",
            )
        for kind in types:
            register_materializer(kind, cls)

    @abstractmethod
    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes `value` to `file`, which cannot seek."""

    @abstractmethod
    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Reads the value back.

        Args:
            file: The artifact, opened for reading; `file.name` is its path.
            data_type: The type that the value had, if it can be imported here.
        """

    def describe(self, value: Any) -> Mapping[str, Any]:
        """Small facts about `value` for people, such as its shape; nothing by default.

        A `preview` among them is shown on a run's page; `previews` tells its form.
        """
        return {}

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes whose code belongs to `value`: changing them changes what it does.

        A function that the value holds by name may be among them.
        """
        return frozenset({type(value)})

    def loaded_type(self, value: Any) -> type:
        """The class of what `load` will give back; that of `value` by default."""
        return type(value)

    def accepts(self, value: Any) -> bool:
        """Whether `load` will give back just this value; if not, another materializer is used."""
        return True

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """Whether values of the type can be accepted at all; subclasses are, by default."""
        return True

    @classmethod
    def format_name(cls) -> str:
        """The name under which artifacts record who wrote them."""
        built_in = cls.__module__.startswith(__name__.rpartition(".")[0] + ".")
        return cls.FORMAT if built_in else type_name(cls)


M = TypeVar("M", bound=type[BaseMaterializer])


@overload
def register_materializer(kind: type, materializer: M) -> M: ...


@overload
def register_materializer(kind: type) -> Callable[[M], M]: ...


def register_materializer(kind: type, materializer: Any = None) -> Any:
    """Uses `materializer` for values of type `kind` and its subclasses; the latest one wins.

    Without `materializer` it is a decorator of the materializer's class.

    Raises:
        MaterializerError: if `kind` is no class or `materializer` no materializer class.
    """
    if not isinstance(kind, type) or get_origin(kind) is not None:
        raise MaterializerError(
            f"A materializer is registered for a class, not for {kind!r}.",
            remedy="For a generic such as list[int], register it for its class, list.",
            code="ZC521",
        )
    if materializer is None:
        return partial(register_materializer, kind)
    if not (isinstance(materializer, type) and issubclass(materializer, BaseMaterializer)):
        raise MaterializerError(
            f"{materializer!r} is not a materializer class.",
            remedy="Derive a class from BaseMaterializer and give the class, not an instance.",
            code="ZC522",
        )
    _register({**_REGISTERED, kind: materializer})
    return materializer


def registered_materializer(kind: type) -> type[BaseMaterializer] | None:
    """The materializer that a user registered for exactly this type."""
    return _REGISTERED.get(kind)


@contextmanager
def scoped_registrations() -> Iterator[None]:
    """A context at whose end what was registered in it is forgotten."""
    before = dict(_REGISTERED)
    try:
        yield
    finally:
        _register(before)


def registrations() -> int:
    """How often what is registered has changed: what was worked out before may be outdated."""
    return _changes


def _register(materializers: Mapping[type, type[BaseMaterializer]]) -> None:
    global _changes
    _changes += 1
    _REGISTERED.clear()
    _REGISTERED.update(materializers)


def new_materializer(materializer: type[BaseMaterializer]) -> BaseMaterializer:
    """An instance for one value.

    Raises:
        MaterializerError: if the class lacks a method or its constructor fails.
    """
    try:
        return materializer()
    except Exception as error:  # a user's constructor may raise anything
        raise MaterializerError(
            f"The materializer {type_name(materializer)} cannot be created: {error}.",
            remedy="Define its methods save and load, and no arguments for its constructor.",
            code="ZC523",
        ) from error
