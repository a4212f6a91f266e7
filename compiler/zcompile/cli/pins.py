"""`zcompile cache pin` and `unpin`: artifacts that no garbage collection removes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from zcompile.cli.reports import Report, format_option
from zcompile.cli.stores import AnyStore, step_of
from zcompile.cli.tables import size
from zruntime.exceptions import UnknownNameError
from zruntime.items import item_lists
from zruntime.settings import store_to_read
from zruntime.store.pins import pin, pinned, unpin

_SHORTEST = 6
"""Characters of a digest that may stand for it."""


@click.command("pin", short_help="Keep artifacts for good, or list those that are kept.")
@click.argument("digests", nargs=-1, metavar="[DIGEST]...")
@format_option
def pin_command(digests: tuple[str, ...], form: str) -> None:
    """Keep artifacts from being removed by `zcompile cache gc`; without a DIGEST, list them.

    A DIGEST, as `zcompile cache show` tells it, may be cut after its first six characters or
    later.

    \b
    Example:
      zcompile cache pin 3f2a9c
    """
    report = Report(form)
    with report.mistakes(), store_to_read(Path.cwd()) as store:
        sizes = {blob.digest: blob.size for blob in store.blobs.stored()}
        for digest in _meant(digests, (*sizes, *item_lists(store)), "artifact", "show STEP"):
            pin(store, digest)
        found = sorted(pinned(store))
        report.fact("pinned", found)
        makers = _makers(store)
        report.rows(
            [
                [digest, size(sizes[digest]) if digest in sizes else "", makers.get(digest, "")]
                for digest in found
            ],
            ("digest", "size", "output"),
        )
        if not found:
            report.tell("No artifact is pinned.")
    sys.exit(report.finish())


@click.command("unpin", short_help="Let pinned artifacts be removed again.")
@click.argument("digests", nargs=-1, required=True, metavar="DIGEST...")
@format_option
def unpin_command(digests: tuple[str, ...], form: str) -> None:
    """Let pinned artifacts be removed again, once nothing else keeps them.

    \b
    Example:
      zcompile cache unpin 3f2a9c
    """
    report = Report(form)
    with report.mistakes(), store_to_read(Path.cwd()) as store:
        found = _meant(digests, pinned(store), "pinned artifact", "pin")
        for digest in found:
            unpin(store, digest)
            report.say(f"{digest} unpinned")
        report.fact("unpinned", found)
    sys.exit(report.finish())


def _meant(digests: Iterable[str], known: Iterable[str], what: str, told_by: str) -> list[str]:
    """The digests that begin as these do.

    Args:
        digests: What was given.
        known: The digests that may be meant.
        what: What they are digests of.
        told_by: The command of `zcompile cache` that tells them.

    Raises:
        UnknownNameError: if one is the beginning of none or of several.
    """
    known = sorted(known)
    found = []
    for digest in digests:
        matching = [each for each in known if each.startswith(digest.lower())]
        if len(digest) < _SHORTEST or len(matching) != 1:
            many = "Several" if len(digest) >= _SHORTEST and matching else "No"
            raise UnknownNameError(
                f"{many} {what}{'s' if many == 'Several' else ''} can be meant by `{digest}`.",
                remedy=f"Give {_SHORTEST} characters or more of a digest that `zcompile cache "
                f"{told_by}` tells.",
                code="ZC807",
            )
        found += matching
    return found


def _makers(store: AnyStore) -> dict[str, str]:
    """The step and output that each artifact of a stored result is of."""
    return {
        ref.digest: f"{step_of(entry)}.{name}"
        for entry in store.entries()
        for name, ref in entry.outputs.items()
    }
