"""What is read from the drawing of a run."""

from __future__ import annotations

from playwright.sync_api import Page


def dashed_links(page: Page) -> int:
    """How many links are dashed: each ends in an arrow, which has two lines."""
    paths = page.locator(".zc-dashed").evaluate_all(
        "paths => paths.map((path) => path.getAttribute('d')).join('')"
    )
    return str(paths).count("L") // 2
