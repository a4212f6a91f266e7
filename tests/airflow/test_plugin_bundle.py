"""The committed bundle is the one that its sources build."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from zruntime.web.bundles import DIST

UI = DIST.parent / "ui"
SETTINGS = ("package-lock.json", "package.json", "tsconfig.json", "vite.config.ts")
LARGEST = 200_000
"""Bytes of a compressed bundle that a page may cost."""

REMEDY = f"build it again: npm ci && npm run build, in {UI.relative_to(DIST.parents[3])}"


def test_it_is_built_from_the_sources_that_are_there() -> None:
    stamp = json.loads((DIST / "build.json").read_text("utf-8"))
    assert stamp["sources"] == sources_digest(UI), f"the bundle is stale; {REMEDY}"


def test_it_is_what_the_build_wrote() -> None:
    stamp = json.loads((DIST / "build.json").read_text("utf-8"))
    bundles = {path.name: sha256(path) for path in DIST.glob("*.js")}
    assert stamp["bundles"] == bundles, f"a bundle was edited; {REMEDY}"
    assert {path.name for path in DIST.iterdir()} == {"build.json", *bundles}


def test_it_is_small() -> None:
    for bundle in DIST.glob("*.js"):
        assert len(gzip.compress(bundle.read_bytes())) < LARGEST, bundle.name


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((UI / "package-lock.json").read_text("utf-8"))
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def sources_digest(ui: Path) -> str:
    """The digest that `ui/scripts/stamp.mjs` computes."""
    names = [path.relative_to(ui).as_posix() for path in ui.glob("src/**/*") if path.is_file()]
    lines = [f"{sha256(ui / name)}  {name}\n" for name in sorted([*SETTINGS, *names])]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
