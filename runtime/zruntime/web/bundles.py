"""The built bundles of the pages, and the version by which browsers cache them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

DIST: Final = Path(__file__).parent / "dist"
"""Folder of the built bundles; `build.json` in it says what they were built from."""


def version(name: str) -> str:
    """The version of a bundle, 12 hexadecimal characters that change with its content.

    Args:
        name: Its file name in `DIST`.

    Raises:
        OSError: if the bundles were not built.
        KeyError: if there is no bundle of that name.
    """
    return _digests()[name][:12]


def names() -> frozenset[str]:
    """The file names of the bundles.

    Raises:
        OSError: if the bundles were not built.
    """
    return frozenset(_digests())


def _digests() -> dict[str, str]:
    stamp = json.loads((DIST / "build.json").read_text("utf-8"))
    return dict(stamp["bundles"])
