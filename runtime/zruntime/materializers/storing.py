"""Values into the store, and back."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

from zruntime.exceptions import ArtifactMissingError, MaterializerError, ZCompileError
from zruntime.items import COLLECTED, items_of
from zruntime.materializers.base import BaseMaterializer, new_materializer
from zruntime.materializers.registry import materializer_for, materializer_named
from zruntime.naming import is_importable, resolve, type_name
from zruntime.store.base import ArtifactRef, Store

METADATA_LIMIT: Final = 4096
"""Characters of the JSON text of an artifact's metadata: they are part of each entry and plan."""

T = TypeVar("T")

_log = logging.getLogger("zruntime")


def _no_code(types: frozenset[type]) -> str:
    return ""


def store_value(
    store: Store,
    value: object,
    *,
    materializer: type[BaseMaterializer] | None = None,
    fingerprint_types: Callable[[frozenset[Any]], str] = _no_code,
) -> ArtifactRef:
    """Stores a value as an artifact.

    Args:
        store: Where to.
        value: What a step returned.
        materializer: The class to use; by default the one that fits the value.
        fingerprint_types: Gives the digest of the code of those classes that are project-local.

    Raises:
        MaterializerError: if the value cannot be stored.
        StoreError: if the store cannot be written.
    """
    chosen = _instance(materializer, value) if materializer else materializer_for(value)
    name = _checked_name(type(chosen))
    with store.write_blob() as blob:
        _guarded(chosen, value, lambda: chosen.save(value, blob.file))
    metadata = _metadata(chosen, value)
    types = _guarded(chosen, value, lambda: chosen.local_types(value))
    return ArtifactRef(
        digest=blob.digest,
        size=blob.size,
        type=type_name(chosen.loaded_type(value)),
        materializer=name,
        code=fingerprint_types(types),
        metadata=metadata,
    )


def load_value(store: Store, ref: ArtifactRef) -> Any:
    """Reads an artifact's value.

    Raises:
        MaterializerError: if the bytes or the classes they need cannot be read here.
        ArtifactMissingError: if the artifact is gone from the store.
        ArtifactCorruptError: if it is damaged.
    """
    if ref.materializer == COLLECTED:
        return [load_value(store, item) for item in items_of(store, ref)]
    materializer = materializer_named(ref.materializer)
    path = store.blob(ref)
    try:
        with path.open("rb") as file:
            value = materializer.load(file, _type_of(ref))
        if ref.materializer == materializer.FORMAT and type_name(type(value)) != ref.type:
            raise TypeError(f"it holds a {type_name(type(value))}")
        return value
    except ZCompileError:
        raise
    except Exception as error:  # damaged pickles may raise anything
        if not path.exists():
            raise ArtifactMissingError(
                f"Artifact {ref.digest[:12]} ({path}) was removed while it was read.",
                remedy="The step that made it will be computed again.",
                code="ZC610",
            ) from error
        raise MaterializerError(
            f"The artifact {ref.digest[:12]} of type {ref.type} cannot be read by "
            f"{ref.materializer}: {_reason(error)}.",
            remedy="Check that the libraries it needs are installed in the versions that stored "
            "it, or run its step again without the cache.",
            code="ZC540",
        ) from error


def _instance(materializer: type[BaseMaterializer], value: object) -> BaseMaterializer:
    chosen = new_materializer(materializer)
    if _guarded(chosen, value, lambda: chosen.accepts_type(type(value)) and chosen.accepts(value)):
        return chosen
    raise MaterializerError(
        f"{materializer.__qualname__} cannot store this {type_name(type(value))} exactly.",
        remedy="Choose another materializer for the output, or none.",
        code="ZC541",
    )


def _checked_name(materializer: type[BaseMaterializer]) -> str:
    name = materializer.format_name()
    if ":" in name and not is_importable(materializer):
        raise MaterializerError(
            f"The materializer {name} cannot be imported by name, so nothing could read back "
            "what it stores.",
            remedy="Define it at the top level of a module.",
            code="ZC542",
        )
    return name


def _guarded(chosen: BaseMaterializer, value: object, action: Callable[[], T]) -> T:
    """The result of a materializer's method; what it raises becomes a MaterializerError."""
    try:
        return action()
    except ZCompileError:
        raise
    except Exception as error:  # a user's materializer may raise anything
        kind = type_name(type(value))
        raise MaterializerError(
            f"A value of type {kind} cannot be stored by {chosen.format_name()}: {_reason(error)}.",
            remedy=f"Register a materializer for {kind}: derive a class from BaseMaterializer "
            "and list the type in its ASSOCIATED_TYPES.",
            code="ZC543",
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError):
        return "it is nested too deeply"
    return f"{type(error).__name__}: {str(error).rstrip('.')}"


def _type_of(ref: ArtifactRef) -> type | None:
    try:
        found = resolve(ref.type)
    except MaterializerError:
        return None
    return found if isinstance(found, type) else None


def _metadata(chosen: BaseMaterializer, value: object) -> dict[str, Any]:
    """What is shown of a value, as strict JSON data; what JSON has not is written as text."""
    try:
        facts = {str(name): item for name, item in chosen.describe(value).items()}
        plain: dict[str, Any] = json.loads(_text(facts), parse_constant=str)
    except Exception as error:  # a user's materializer may raise anything; the value is stored
        _log.warning("A %s is stored but not described: %s.", type_name(type(value)), error)
        return {}
    for name in ("preview", *sorted(plain, key=lambda name: -len(_text(plain[name])))):
        if len(_text(plain)) <= METADATA_LIMIT:
            break
        plain.pop(name, None)
    return plain


def _text(data: object) -> str:
    return json.dumps(data, default=str)
