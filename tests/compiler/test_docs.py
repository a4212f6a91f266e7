"""The generated reference pages are up to date."""

from __future__ import annotations

import pytest
from devtools.docs import DOCS, GENERATED


@pytest.mark.parametrize("name", GENERATED)
def test_the_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == GENERATED[name](), "run `make docs`"
