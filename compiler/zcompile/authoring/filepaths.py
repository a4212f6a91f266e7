"""pydantic's `FilePath` and `DirectoryPath`: where they stand in parameters, checked late.

A file need not be where a pipeline is compiled, and relative paths are relative to the project, not
to the folder that one happens to be in. So that such a path exists is checked where its step runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.types import PathType
from pydantic_core import SchemaValidator

from zruntime.outside.leaves import ANY_ITEM, pointer

_KINDS: Final = {"file-path": "file", "directory-path": "folder"}
"""What a path leads to, by the format that pydantic's JSON schemas tell."""

_ANEW: Final[Any] = (
    {"_use_prebuilt": False} if "prebuilt" in str(SchemaValidator.__text_signature__) else {}
)
"""Has pydantic build the validators of models inside anew; between 2.11 and 2.13 it cannot."""

_CHECKS: Final = (PathType.validate_file, PathType.validate_directory)


def late_validator(schema: Any) -> SchemaValidator | None:
    """A validator that takes paths of files which do not exist; None where there are none.

    Args:
        schema: The core schema of an annotation.
    """
    late = _checked_late(schema)
    return None if late is schema else SchemaValidator(late, **_ANEW)


def _checked_late(schema: Any) -> Any:
    """A core schema without the checks that files exist; the same object if it has none."""
    if isinstance(schema, list):
        items = [_checked_late(item) for item in schema]
        return items if _differ(items, schema) else schema
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "function-after" and schema["function"]["function"] in _CHECKS:
        return _checked_late(schema["schema"])
    values = [_checked_late(item) for item in schema.values()]
    if not _differ(values, list(schema.values())):
        return schema
    return dict(zip(schema, values, strict=True))


def _differ(some: list[Any], others: list[Any]) -> bool:
    return any(one is not other for one, other in zip(some, others, strict=True))


@lru_cache(maxsize=1024)
def file_pointers(name: str, adapter: TypeAdapter[Any]) -> dict[str, str]:
    """Where values of an annotation hold paths of files, and what those lead to.

    Args:
        name: The name that such a value has among the parameters; empty for a config, whose fields
            are parameters themselves.
        adapter: What validates the annotation.

    Returns:
        Kinds by JSON pointers; see `zruntime.spec.StepSpec.file_parameters`.

    Raises:
        RecursionError: if a model which holds such a path holds itself, too.
    """
    if _checked_late(adapter.core_schema) is adapter.core_schema:
        return {}
    try:
        schema = adapter.json_schema(mode="serialization")
    except PydanticInvalidForJsonSchema:  # it is no parameter, but takes an artifact
        return {}
    found: dict[str, str] = {}
    root = (name,) if name else ()
    for steps, kind in _paths(schema, root, schema.get("$defs", {})):
        where = pointer(*steps)
        found[where] = kind if found.get(where, kind) == kind else "any"
    return {where: kind for where, kind in found.items() if kind}


def _paths(
    schema: Mapping[str, Any], steps: tuple[str, ...], definitions: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where texts may stand, and what they lead to; those that are no paths, to an empty string."""
    if "$ref" in schema:
        yield from _paths(definitions[schema["$ref"].rpartition("/")[2]], steps, definitions)
    if schema.get("format") in _KINDS:
        yield steps, _KINDS[schema["format"]]
    elif schema.get("type") == "string" or "const" in schema or "enum" in schema:
        yield steps, ""
    for name, inner in schema.get("properties", {}).items():
        yield from _paths(inner, (*steps, name), definitions)
    for index, inner in enumerate(schema.get("prefixItems", ())):
        yield from _paths(inner, (*steps, str(index)), definitions)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _paths(schema[key], (*steps, ANY_ITEM), definitions)
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(key, ()):
            yield from _paths(inner, steps, definitions)
