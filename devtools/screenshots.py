"""``make screenshots``: the pictures in docs/images, of the demo's runs in a real Airflow."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, ViewportSize

from devtools.airflow_client import AirflowClient
from devtools.airflow_server import AirflowServer
from devtools.chromium import chromium
from devtools.demo import DAG_ID, DAGS, ROOT, RUNS

FOLDER = ROOT / "docs" / "images"
SIZE = ViewportSize(width=1280, height=720)
COLOURS = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """A page to show.

    Attributes:
        name: That of its file.
        page: Its address below that of the Dag; ``{0}`` is the id of the first run.
        shows: A text that is there once the page is ready.
        theme: Airflow's.
    """

    name: str
    page: str
    shows: str
    theme: Literal["light", "dark"] = "light"


PICTURES = (
    Picture(
        "lineage",
        "runs/{1}/plugin/zcompile-lineage?step=step_1&output=X_train",
        shows="1 cached, 1 completed",
    ),
    Picture("cached_steps", "plugin/zcompile-cached-steps", shows="From the cache", theme="dark"),
)


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as home,
        AirflowServer(home=Path(home), dags=DAGS) as airflow,
    ):
        airflow.wait_for_dag(DAG_ID)
        runs = []
        for run in RUNS:
            runs.append(airflow.trigger(DAG_ID, conf=run.conf))
            airflow.wait_for_run(DAG_ID, runs[-1])
        take(airflow, runs)


def take(airflow: AirflowClient, runs: Sequence[str]) -> None:
    """Writes the pictures of the demo's three runs in an Airflow."""
    with chromium() as browser:
        for picture in PICTURES:
            url = f"{airflow.url}/dags/{DAG_ID}/{picture.page.format(*runs)}"
            file = FOLDER / f"{picture.name}.png"
            file.write_bytes(_small(_shot(browser, url, picture)))
            print(f"written {file.relative_to(ROOT)}")


def _shot(browser: Browser, url: str, picture: Picture) -> bytes:
    with browser.new_context(color_scheme=picture.theme, viewport=SIZE) as context:
        page = context.new_page()
        page.goto(url)
        page.get_by_text(picture.shows).first.wait_for(timeout=60_000)
        page.wait_for_load_state("networkidle")
        return page.screenshot()


def _small(png: bytes) -> bytes:
    """The picture in as many colours as such pages have: a third of the bytes."""
    smaller = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(smaller, "PNG", optimize=True)
    return smaller.getvalue()


if __name__ == "__main__":
    main()
