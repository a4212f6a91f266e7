"""Answers that a browser asks for again and again, and is told when they have not changed."""

from __future__ import annotations

import json
from typing import Any, Final

from msgspec import Struct, field

from zruntime.hashing import digest_bytes

_JSON: Final = {"Content-Type": "application/json"}


class Answer(Struct, frozen=True):
    """An HTTP answer: its status, its body and the headers about it."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer(value: Any, if_none_match: str = "") -> Answer:
    """A value as JSON; 304 without a body if the client has it.

    Args:
        value: Plain JSON data.
        if_none_match: The tags of what the client has, as its header of that name tells them.
    """
    body = json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    tag = f'"{digest_bytes(body)[:32]}"'
    given = unchanged(tag)
    if has(tag, if_none_match):
        return given
    return Answer(200, body, {**given.headers, **_JSON})


def has(tag: str, if_none_match: str) -> bool:
    """Whether a client has the answer of a tag."""
    # Proxies that compress mark the tag as weak.
    return tag in [known.strip().removeprefix("W/") for known in if_none_match.split(",")]


def unchanged(tag: str) -> Answer:
    """That the answer of a tag, which the client has, has not changed."""
    return Answer(304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})


def told(value: Any) -> Answer:
    """Plain JSON data that is asked for once."""
    return Answer(200, json.dumps(value).encode(), _JSON)


def problem(status: int, detail: str) -> Answer:
    """An answer that says in words why there is no other."""
    return Answer(status, json.dumps({"detail": detail}).encode(), _JSON)
