"""`zcompile cache gc`: removing what is of no use any more."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from zcompile.cli.durations import seconds
from zcompile.cli.reports import Report, format_option
from zcompile.cli.stores import opened, step_of
from zcompile.cli.tables import counted, size
from zruntime.store.maintenance import Garbage, collect_garbage

if TYPE_CHECKING:
    from zruntime.retention import Removed

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def _bytes(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """The option `--size-limit` as a number of bytes."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", value.strip().upper())
    if match is None:
        raise click.BadParameter(f"{value!r} is no size; write it as 500MB or 2G.")
    return int(float(match[1]) * _UNITS[match[2]])


@click.command("gc", short_help="Remove what is of no use any more.")
@click.option(
    "--grace",
    metavar="DURATION",
    callback=seconds,
    default="1d",
    show_default=True,
    help="Keep what was stored or used within this time.",
)
@click.option(
    "--keep-runs",
    metavar="N",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Keep what the last N runs of each pipeline used or made.",
)
@click.option(
    "--size-limit",
    metavar="SIZE",
    callback=_bytes,
    help="Evict the least recently used results until the artifacts fit, such as 10GB.",
)
@click.option(
    "--records-older-than",
    "record_age",
    metavar="DURATION",
    callback=seconds,
    help="Remove the records of runs that are older, such as 90d.",
)
@click.option("--dry-run", is_flag=True, help="Remove nothing, and tell what would be removed.")
@format_option
def gc_command(
    grace: float,
    keep_runs: int,
    size_limit: int | None,
    record_age: float | None,
    dry_run: bool,
    form: str,
) -> None:
    """Remove artifacts that no stored result names, and what broken writers left.

    Artifacts of runs that are running stay, and so do pinned ones and those of each pipeline's
    last runs. Without --size-limit no stored result is removed.

    With --records-older-than, records of runs go, too, and what explains the misses of steps that
    no record names any more. Records of the last runs stay, and those of runs that are running or
    whose results are stored.

    \b
    Examples:
      zcompile cache gc --size-limit 10GB --keep-runs 3 --dry-run
      zcompile cache gc --records-older-than 90d
    """
    report = Report(form)
    with report.mistakes(), opened(keep_runs) as (store, usage):
        done = collect_garbage(store, usage, grace=grace, limit=size_limit, dry_run=dry_run)
        records = None
        if record_age is not None:
            from zruntime.retention import remove_records  # takes longer than most commands

            gone = {entry.key for entry in done.entries}
            records = remove_records(
                store, record_age, kept_runs=keep_runs, gone=gone, dry_run=dry_run
            )
        report.fact("garbage", _as_json(done, records) | {"dry_run": dry_run})
        _tell(done, records, report, "would be removed" if dry_run else "removed")
        if size_limit is not None and done.left > size_limit:
            report.say(
                f"{size(done.left - size_limit)} above the limit: pinned artifacts, those of "
                "running and of the last runs, and what was stored or used within the grace stay"
            )
    sys.exit(report.finish())


def _as_json(done: Garbage, records: Removed | None) -> dict[str, object]:
    return {
        "entries": [entry.key for entry in done.entries],
        "artifacts": done.artifacts,
        "files": done.files,
        "bytes": done.size,
        "bytes_left": done.left,
        "records": records and asdict(records),
    }


def _tell(done: Garbage, records: Removed | None, report: Report, verb: str) -> None:
    for entry in done.entries:
        report.say(f"{entry.key[:12]}  {step_of(entry)}")
    told = [counted(len(done.entries), "result"), counted(done.artifacts, "artifact")]
    told.append(f"{counted(done.files, 'broken file')} {verb}")
    report.say(f"{', '.join(told)}: {size(done.size)}; {size(done.left)} left")

    if records:
        told = [counted(records.runs, "record") + " of runs"]
        told.append(f"what explains misses of {counted(records.histories, 'step')}")
        told.append(f"{counted(records.texts, 'text')} of code {verb}")
        report.say(", ".join(told))
