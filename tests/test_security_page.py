"""docs/security.md: each claim names a test that exists, and the audit tells what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 25


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_the_test_of_a_claim_exists(file: str, test: str) -> None:
    (path,) = (ROOT / "tests").rglob(file)
    assert re.search(rf"^def {test}\(", path.read_text(), re.MULTILINE)


def test_each_claim_names_a_test() -> None:
    for row in re.findall(r"^\|(.+)\|$", PAGE, re.MULTILINE):
        *_, claim, test = (cell.strip() for cell in row.split("|"))
        if claim and test != "test" and "---" not in claim:
            assert "::test_" in test, claim


def test_the_audit_tells_the_age_of_the_lock_and_no_more() -> None:
    command = [sys.executable, "-m", "devtools.audit"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, *_, last = done.stdout.splitlines()
    assert re.fullmatch(
        r"requirements\.lock: \d+ packages, last changed [\d-]{10}, \d+ days ago", first
    )
    assert last.startswith("Vulnerabilities are not looked for here.")
    assert last.split(": ")[1] in PAGE
