"""The Airflow plugin of zcompile: the pages **Lineage** of Dag runs, **Cached steps** of Dags, and
**Artifact cache** in the navigation.

Every Airflow process imports this module, so it imports next to nothing itself: the API is built
when the API server receives the first request for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from airflow.plugins_manager import AirflowPlugin

from zruntime.airflow import preload
from zruntime.airflow.links import LINEAGE_ROUTE, LINKS, root_path
from zruntime.web.bundles import version

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

URL_PREFIX: Final = "/zcompile"


class WebApp:
    """The ASGI app of the plugin, built at its first request."""

    @cached_property
    def app(self) -> FastAPI:
        """The app itself."""
        from zruntime.airflow.web import create_app

        return create_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def bundle_url(name: str) -> str:
    """Where browsers load a bundle; the version in it makes them load it anew after an upgrade.

    Args:
        name: File name of the bundle.
    """
    return f"{root_path()}{URL_PREFIX}/static/{name}?v={version(name)}"


APPS: Final = [{"name": "zcompile", "app": WebApp(), "url_prefix": URL_PREFIX}]

# Airflow looks a page up among the browser's globals by its name, which is also the tab's label: it
# must not be the name of anything that browsers define.
PAGES: Final = [
    {
        "name": "Lineage",
        "destination": "dag_run",
        "url_route": LINEAGE_ROUTE,
        "bundle_url": bundle_url("lineage.js"),
    },
    {
        "name": "Cached steps",
        "destination": "dag",
        "url_route": "zcompile-cached-steps",
        "bundle_url": bundle_url("cached.js"),
    },
    {
        "name": "Artifact cache",
        "destination": "nav",
        "category": "browse",
        "url_route": "zcompile-artifact-cache",
        "bundle_url": bundle_url("cache.js"),
    },
]
LISTENERS: Final[list[Any]] = [preload]


class ZCompilePlugin(AirflowPlugin):
    """Adds the pages, the API that they ask, and links to them from the pages of tasks."""

    name = "zcompile"
    fastapi_apps = APPS
    react_apps = PAGES
    operator_extra_links = LINKS
    listeners = LISTENERS
