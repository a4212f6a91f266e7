"""Plain data, pydantic models and dataclasses, as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any, BinaryIO, ClassVar

from zruntime.materializers import decoding, encoding, previews
from zruntime.materializers.atoms import NotPlainError
from zruntime.materializers.base import BaseMaterializer


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
        except (NotPlainError, RecursionError):
            return False
        return True

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the JSON that `accepts` made."""
        file.write(self._data)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Reads the value back."""
        return decoding.load(file.read())

    def describe(self, value: Any) -> dict[str, Any]:
        """The number of items of a container and the first ones; a short value itself."""
        if type(value) in encoding.CONTAINERS or encoding.is_namedtuple(type(value)):
            return previews.of_items(value)
        if isinstance(value, str):
            return {"length": len(value), "preview": previews.of_text(value)}
        if isinstance(value, (int, float)):
            return previews.of_metric(value)
        return {"preview": previews.of_text(previews.shortened(value, previews.TEXT))}

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
        """The names of the fields and their values."""
        return {"fields": list(type(value).model_fields), **previews.of_items(value)}


class DataclassMaterializer(JsonMaterializer):
    """Dataclasses with plain fields; `__init__` and `__post_init__` do not run on loading."""

    FORMAT: ClassVar[str] = "dataclass/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """All dataclasses, but no subclass of one that is no dataclass itself."""
        return "__dataclass_fields__" in vars(kind)

    def describe(self, value: Any) -> dict[str, Any]:
        """The names of the fields and their values."""
        fields = [field.name for field in dataclasses.fields(value)]
        return {"fields": fields, **previews.of_items(value)}
