"""Every digest recipe of zcompile, in one place.

Digests are 64 hexadecimal characters of blake3. A recipe feeds the hash with an unambiguous
encoding: each part carries its type and its length, so that 1, 1.0, True and "1" differ, and
("ab", "c") differs from ("a", "bc"). `tests/runtime/test_hashing.py` pins literal digests: changing
one is a decision, and bumps `RECIPE`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from blake3 import blake3
from msgspec import Struct, field

RECIPE: Final = 1
"""Version of the key recipe; part of every key."""


class Hasher:
    """An incremental digest of bytes."""

    def __init__(self) -> None:
        self._hash = blake3()
        self.size = 0

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Adds bytes; `data` is any C-contiguous buffer."""
        self._hash.update(data)
        self.size += memoryview(data).nbytes

    def hexdigest(self) -> str:
        """The digest of all bytes so far: 64 hexadecimal characters."""
        return self._hash.hexdigest()


def digest_bytes(data: bytes | bytearray | memoryview) -> str:
    """The digest of a buffer's bytes."""
    return blake3(data).hexdigest()


def digest_value(value: object) -> str:
    """The digest of plain data, distinguishing types.

    Args:
        value: None, bool, int, float, complex, str, bytes, or tuples, lists, dicts, sets and
            frozensets of them. Dicts and sets do not depend on their order.

    Raises:
        TypeError: for any other type.
    """
    return digest_bytes(encode(value))


def encode(value: object) -> bytes:
    """The unambiguous encoding of plain data behind `digest_value`; same arguments and errors."""
    kind = type(value)
    if kind is str:  # most of what is encoded
        payload = value.encode("utf-8", "surrogatepass")  # type: ignore[attr-defined]
        return b"s%d:%s" % (len(payload), payload)
    found = _ENCODINGS.get(kind)
    if found is None:
        raise TypeError(f"cannot encode a {kind.__module__}.{kind.__qualname__}")
    tag, payload_of = found
    payload = payload_of(value)
    return b"%s%d:%s" % (tag, len(payload), payload)


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _number(value: complex) -> bytes:
    return repr(value).encode()


def _sequence(value: Iterable[object]) -> bytes:
    return b"".join([encode(item) for item in value])


def _mapping(value: Mapping[object, object]) -> bytes:
    return b"".join(sorted([encode(key) + encode(item) for key, item in value.items()]))


def _set(value: Iterable[object]) -> bytes:
    return b"".join(sorted(map(encode, value)))


_ENCODINGS: Final[Mapping[type, tuple[bytes, Callable[[Any], bytes]]]] = {
    type(None): (b"n", lambda _: b""),
    bool: (b"b", lambda value: b"1" if value else b"0"),
    int: (b"i", _number),
    float: (b"f", _number),
    complex: (b"c", _number),
    str: (b"s", _text),
    bytes: (b"y", bytes),
    tuple: (b"t", _sequence),
    list: (b"l", _sequence),
    dict: (b"d", _mapping),
    set: (b"e", _set),
    frozenset: (b"z", _set),
}
"""The tag and the payload of each type."""


class KeyParts(Struct, frozen=True):
    """What decides whether a step has to run again.

    Attributes:
        code: Digest of the step's code fingerprint.
        packages: Installed version of each distribution that the code refers to.
        parameters: Parameter values as plain JSON data.
        inputs: Content digest of each input.
        outputs: Declared type and materializer of each output.
        cache_version: The author's own version of the step's results.
        files: Content digest of each declared file.
        answer: What the step's own function for its key returned; empty without one.
    """

    code: str
    packages: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    cache_version: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    answer: tuple[Any, ...] = ()


def step_key(parts: KeyParts) -> str:
    """The cache key of one computation.

    Names of pipelines, steps and runs, paths and artifact ids are no part of it, so pipelines
    share results.
    """
    return digest_value(
        (
            "step",
            RECIPE,
            parts.code,
            dict(parts.packages),
            dict(parts.parameters),
            dict(parts.inputs),
            dict(parts.outputs),
            parts.cache_version,
            dict(parts.files),
            *parts.answer,
        )
    )


def content_digest(blob: str, code: str = "") -> str:
    """The digest under which an artifact enters its consumers' keys.

    Args:
        blob: Digest of the stored bytes.
        code: Fingerprint of the project-local classes whose instances the artifact holds, if
            any: their methods run in the consumer, so their code is part of the content.
    """
    return digest_value(("artifact", blob, code)) if code else blob


def folder_digest(files: Mapping[str, str]) -> str:
    """The digest of many files: of the digest of each by its name.

    Args:
        files: Digests by names; those of folders end in a slash, and have an empty digest.
    """
    return digest_value(("folder", dict(files)))


def version_digest(kind: str, version: str) -> str:
    """The digest that stands for a remote file whose bytes are not read.

    Args:
        kind: What its file system knows of it, such as "etag".
        version: What that is.
    """
    return digest_value(("version", kind, version))


def combine(parts: Iterable[str]) -> str:
    """One digest for a sequence of digests, in order."""
    return digest_value(("sequence", list(parts)))


def row_digest(name: str, text: str) -> str:
    """The digest by which a row of the store shows that it is whole and has its own name."""
    return digest_value(("row", name, text))


def row_signature(secret: bytes, name: str, text: str) -> str:
    """The signature of a row: HMAC-SHA256 (RFC 2104) as 64 hexadecimal characters.

    Args:
        secret: The signing key.
        name: The row's name: a signed row counts under no other one.
        text: What is signed.
    """
    return hmac.new(secret, encode(("signed row", name, text)), "sha256").hexdigest()
