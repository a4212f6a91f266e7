"""scikit-learn estimators, and everything that no other materializer takes, as pickles."""

from __future__ import annotations

import logging
from typing import Any, BinaryIO, ClassVar

from zruntime.materializers import pickling
from zruntime.materializers.base import BaseMaterializer
from zruntime.naming import type_name

_log = logging.getLogger("zruntime")

_warned: set[str] = set()


class CloudpickleMaterializer(BaseMaterializer):
    """The last resort: its bytes are tied to the versions of the libraries that wrote them."""

    FORMAT: ClassVar[str] = "cloudpickle/1"

    def __init__(self) -> None:
        self._types: frozenset[type] = frozenset()

    def save(self, value: Any, file: BinaryIO) -> None:
        """Pickles the value; warns the first time that a type is stored in this way."""
        self._types = pickling.dump(value, file)
        _warn_once(type_name(type(value)))

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Unpickles the value."""
        return pickling.load(file)

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes of all objects inside, and functions that are held by name."""
        return self._types


class SklearnMaterializer(CloudpickleMaterializer):
    """scikit-learn estimators: equal fits give equal bytes."""

    FORMAT: ClassVar[str] = "sklearn/1"

    def save(self, value: Any, file: BinaryIO) -> None:
        """Pickles the estimator."""
        self._types = pickling.dump(value, file)

    def describe(self, value: Any) -> dict[str, Any]:
        """The class and its parameters; those that are objects by their class."""
        parameters = value.get_params(deep=False)
        shown = {name: _shown(item) for name, item in parameters.items()}
        return {"estimator": type(value).__qualname__, "parameters": shown}


def _shown(value: object) -> object:
    plain = value is None or isinstance(value, (bool, int, float, str))
    return value if plain else type(value).__qualname__


def _warn_once(name: str) -> None:
    if name in _warned:
        return
    _warned.add(name)
    _log.warning(
        "A value of type %s is stored with cloudpickle, which other versions of its libraries may "
        "not read; register a materializer for it (a subclass of BaseMaterializer with this type "
        "in its ASSOCIATED_TYPES).",
        name,
    )
