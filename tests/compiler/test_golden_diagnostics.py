"""What the command line says of projects with mistakes, word for word."""

from __future__ import annotations

import pytest
from devtools.telling import expectations, tell, told_cases


@pytest.mark.parametrize(
    ("case", "form"), [(case, form) for case in told_cases() for form in expectations(case)]
)
def test_what_is_told_is_as_expected(case: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    expected = expectations(case)[form].read_text(encoding="utf-8")
    assert tell(case, form) == expected, "run `make golden`, and read the diff"
