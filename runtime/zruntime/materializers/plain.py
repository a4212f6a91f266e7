"""Plain data, pydantic models and dataclasses, as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any, BinaryIO, ClassVar, Final

from zruntime.materializers import decoding, encoding
from zruntime.materializers.base import BaseMaterializer

_SHOWN: Final = 200
"""Characters of a string that are shown."""


class JsonMaterializer(BaseMaterializer):
    """None, numbers, strings, bytes, dates, enum members, and containers of them."""

    FORMAT: ClassVar[str] = "json/1"

    def __init__(self) -> None:
        self._data = b""
        self._types: frozenset[type] = frozenset()

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """Exactly the types of `encoding`; subclasses could hold more than JSON shows."""
        return encoding.is_plain_type(kind)

    def accepts(self, value: Any) -> bool:
        """Whether everything inside `value` is plain data, too."""
        try:
            self._data, self._types = encoding.dump(value)
        except (encoding.NotPlainError, RecursionError):
            return False
        return True

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the JSON that `accepts` made."""
        file.write(self._data)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Reads the value back."""
        return decoding.load(file.read())

    def describe(self, value: Any) -> dict[str, Any]:
        """The number of items of a container; a short value itself."""
        if isinstance(value, (list, tuple, dict, set, frozenset)):
            return {"items": len(value)}
        if isinstance(value, int) and value.bit_length() > 64:
            return {"bits": value.bit_length()}
        if isinstance(value, str) and len(value) > _SHOWN:
            return {"value": value[: _SHOWN - 1] + "…"}
        plain = value is None or isinstance(value, (bool, int, float, str))
        return {"value": value} if plain else {}

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes of the enum members, models and dataclasses inside."""
        return self._types


class PydanticMaterializer(JsonMaterializer):
    """pydantic models with plain fields; nothing is validated again on loading."""

    FORMAT: ClassVar[str] = "pydantic/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """All models."""
        return True

    def describe(self, value: Any) -> dict[str, Any]:
        """The names of the fields."""
        return {"fields": list(type(value).model_fields)}


class DataclassMaterializer(JsonMaterializer):
    """Dataclasses with plain fields; `__init__` and `__post_init__` do not run on loading."""

    FORMAT: ClassVar[str] = "dataclass/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """All dataclasses, but no subclass of one that is no dataclass itself."""
        return "__dataclass_fields__" in vars(kind)

    def describe(self, value: Any) -> dict[str, Any]:
        """The names of the fields."""
        return {"fields": [field.name for field in dataclasses.fields(value)]}
