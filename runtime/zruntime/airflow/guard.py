"""What protects the plugin's API beside Airflow's permissions: against pages of other sites, and
against browsers that take an answer for a page.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from airflow.configuration import conf
from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer: it is data or a script, and nothing that it holds is ever a page."""


class AnswersAreNoPages:
    """Adds `HEADERS` to all answers of an app.

    Args:
        app: The app.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


def requires_same_site(request: Request) -> None:
    """Refuses what pages of other sites have a browser send with the cookie of its user.

    Browsers tell where a request comes from: in `Sec-Fetch-Site`, or in `Origin` where Airflow is
    served over plain HTTP. They send JSON to another site only if that allows it, which Airflow
    does for the sites in its `access_control_allow_origins`. What tells neither is no browser.

    Raises:
        HTTPException: 403 for a request of another site, 415 for one that is not JSON.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        same = site == "same-origin"
    else:
        same = origin is None or urlsplit(origin).netloc in _own_names(request)
    if not same:
        raise HTTPException(403, "Only pages of this Airflow may do this.")
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "Send JSON, with the Content-Type application/json.")


def _own_names(request: Request) -> set[str]:
    """Host and port of this server, as it was asked and, behind a proxy, as it is set up."""
    configured = urlsplit(conf.get("api", "base_url", fallback="")).netloc
    return {request.headers.get("Host", ""), configured} - {""}
