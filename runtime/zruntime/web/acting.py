"""What the pages without Airflow may change: forgetting results, and pinning artifacts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from email.message import Message
from typing import Any, Final

from zruntime import actions
from zruntime.exceptions import ArtifactCorruptError, ArtifactMissingError
from zruntime.records import Records
from zruntime.store import LocalStore, MemoryStore
from zruntime.web.answers import Answer, problem, told

LONGEST: Final = 1000
"""Bytes that a request may hold."""


def refused(headers: Message, own: str) -> Answer | None:
    """Why a request is refused, if it does not come from a page of this server.

    Browsers say where a request comes from, and send JSON to another site only if that allows it.

    Args:
        headers: The request's.
        own: Host and port that the server was asked as.
    """
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site not in (None, "same-origin") or origin not in (None, f"http://{own}"):
        return problem(403, "Only the pages of this server may do this.")
    if headers.get("Content-Type") != "application/json":
        return problem(415, "Send JSON, with the Content-Type application/json.")
    return None


def acted(store: LocalStore | MemoryStore, path: Sequence[str], body: bytes) -> Answer:
    """Does what the parts of a path below the API name.

    Raises:
        StoreError: if the store cannot be written.
    """
    match path:
        case ["runs", pipeline, name, "steps", step, *rest]:
            run = Records(store).run_named(pipeline, name)
            found = next((each for each in run.steps if each.name == step), None) if run else None
            if found is None:
                return problem(404, "No such step of a run.")
        case _:
            return problem(404, "There is nothing at this address.")
    match rest, _json(body):
        case ["invalidate"], {}:
            return told({"invalidated": actions.invalidate_result(store, found)})
        case ["outputs", output, "pin"], {"pinned": bool(pinned)} if output in found.outputs:
            try:
                actions.set_pinned(store, found.outputs[output], pinned)
            except (ArtifactMissingError, ArtifactCorruptError) as error:
                return problem(409, error.message)
            return told({"pinned": pinned})
        case _:
            return problem(404, "There is nothing of this kind to do.")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
