"""What lookups keep in memory of a remote store."""

from __future__ import annotations

from pathlib import Path

import pytest

from zruntime.store.fetched import SMALL, Fetched
from zruntime.store.remote import Remote


@pytest.fixture
def fetched(tmp_path: Path) -> Fetched:
    """Beside 300 files of the most bytes that are fetched."""
    for number in range(300):
        (tmp_path / str(number)).write_bytes(bytes([number % 256]) * SMALL)
    return Fetched(Remote(tmp_path.as_uri()))


def test_a_content_is_kept_until_it_is_taken(fetched: Fetched) -> None:
    assert fetched.fetch("7", SMALL)
    assert fetched.take("7") == b"\x07" * SMALL
    assert fetched.take("7") is None


@pytest.mark.parametrize(("name", "size"), [("7", SMALL - 1), ("7", 1), ("nothing", SMALL)])
def test_a_file_of_another_size_or_none_is_not_kept(fetched: Fetched, name: str, size: int) -> None:
    assert not fetched.fetch(name, size)
    assert fetched.take(name) is None


def test_the_oldest_contents_go_where_there_are_many(fetched: Fetched) -> None:
    names = [str(number) for number in range(300)]
    for name in (*names, *names):
        assert fetched.fetch(name, SMALL)
    kept = [name for name in names if fetched.take(name) is not None]
    assert kept == names[-256:]
    assert fetched.fetch("0", SMALL)
    assert fetched.take("0") is not None
