"""scikit-learn estimators, and everything that no other materializer takes, as pickles."""

from __future__ import annotations

import logging
from typing import Any, BinaryIO, ClassVar

from zruntime.materializers import pickling, previews
from zruntime.materializers.base import BaseMaterializer
from zruntime.materializers.refusals import refuse
from zruntime.naming import type_name

_log = logging.getLogger("zruntime")

_warned: set[str] = set()


class PickleMaterializer(BaseMaterializer):
    """What is stored as a pickle; its bytes are tied to the versions of the libraries."""

    def __init__(self) -> None:
        self._types: frozenset[type] = frozenset()

    def save(self, value: Any, file: BinaryIO) -> None:
        """Pickles the value."""
        self._types = pickling.dump(value, file)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Unpickles the value."""
        return pickling.load(file)

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes of all objects inside, and functions that are held by name."""
        return self._types


class CloudpickleMaterializer(PickleMaterializer):
    """The last resort."""

    FORMAT: ClassVar[str] = "cloudpickle/1"

    def save(self, value: Any, file: BinaryIO) -> None:
        """Pickles the value; warns the first time that a type is stored in this way.

        Raises:
            MaterializerError: for what no artifact can stand for, such as a generator.
        """
        refuse(value)
        super().save(value, file)
        _warn_once(type_name(type(value)))

    def describe(self, value: Any) -> dict[str, Any]:
        """The class: the text of an object may be long in the making."""
        return {"preview": previews.of_text(type_name(type(value)))}


class SklearnMaterializer(PickleMaterializer):
    """scikit-learn estimators: equal fits give equal bytes."""

    FORMAT: ClassVar[str] = "sklearn/1"

    def describe(self, value: Any) -> dict[str, Any]:
        """The class and its parameters; those that are objects by their class."""
        parameters = value.get_params(deep=False)
        shown = {name: _shown(item) for name, item in parameters.items()}
        return {
            "estimator": type(value).__qualname__,
            "parameters": shown,
            "preview": previews.of_text(" ".join(repr(value).split())),
        }


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
