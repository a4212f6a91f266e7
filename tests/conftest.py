"""One browser for all tests that look at pages."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from devtools.chromium import chromium, installed
from playwright.sync_api import Browser, Page, expect


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without it the tests that need it are skipped, except in CI."""
    if installed() is None and not os.environ.get("CI"):
        pytest.skip("needs chromium: apt-get install chromium")
    # Airflow's own page and a graph of 500 steps take longer than 5 s on a machine that is busy.
    expect.set_options(timeout=30_000)
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a visitor."""
    with browser.new_context(viewport={"width": 1400, "height": 800}) as own:
        yield own.new_page()
