"""`zcompile cache`: what is stored, and looking after it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from msgspec.structs import asdict
from rich.text import Text

from zcompile.cli.garbage import gc_command
from zcompile.cli.pins import pin_command, unpin_command
from zcompile.cli.push import push_command
from zcompile.cli.reports import Report, format_option
from zcompile.cli.stores import AnyStore, opened, step_of
from zcompile.cli.tables import counted, duration, moment, size
from zcompile.problems import listed, nearest
from zruntime.exceptions import UnknownNameError
from zruntime.settings import store_folder
from zruntime.store import Entry
from zruntime.store.maintenance import (
    Totals,
    Usage,
    entry_size,
    statistics,
    verify,
)
from zruntime.store.pins import pinned


@click.group("cache", short_help="See what is stored, remove it, check it.")
def cache_command() -> None:
    """See what is stored, remove it, check it, and share it.

    The store is that of the project in the working folder, or `ZCOMPILE_STORE`.

    \b
    Examples:
      zcompile cache ls
      zcompile cache gc --size-limit 10GB --dry-run
    """


for command in (gc_command, pin_command, unpin_command, push_command):
    cache_command.add_command(command)


@cache_command.command("ls", short_help="List stored results.")
@click.argument("names", nargs=-1, metavar="[STEP|KEY]...")
@format_option
def ls_command(names: tuple[str, ...], form: str) -> None:
    """List stored results, those used last first; all, or those of steps or keys.

    A KEY may be cut after its first six characters or later. A STEP may name its pipeline:
    first_pipeline.step_1.

    \b
    Example:
      zcompile cache ls step_1
    """
    report = Report(form)
    with report.mistakes(), opened() as (store, usage):
        found = _matching(store, usage, names)
        found.sort(key=usage.last_use, reverse=True)
        report.fact("entries", [_entry_json(entry, usage) for entry in found])
        rows = [
            [entry.key[:12], size(entry_size(entry)), moment(usage.last_use(entry)), step_of(entry)]
            for entry in found
        ]
        report.rows(rows, ("key", "size", "last used", "step"))
        if not found:
            report.tell(f"The store in {store_folder(Path.cwd())} is empty.")
    sys.exit(report.finish())


@cache_command.command("show", short_help="Show a stored result and its artifacts.")
@click.argument("name", metavar="STEP|KEY")
@format_option
def show_command(name: str, form: str) -> None:
    """Show stored results with their artifacts.

    \b
    Example:
      zcompile cache show 3f2a9c
    """
    report = Report(form)
    with report.mistakes(), opened() as (store, usage):
        for entry in _matching(store, usage, (name,)):
            report.result("entries", _entry_json(entry, usage))
            _tell(entry, usage, store, report)
    sys.exit(report.finish())


@cache_command.command("invalidate", short_help="Forget results, so that steps run again.")
@click.argument("names", nargs=-1, required=True, metavar="STEP|KEY...")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@format_option
def invalidate_command(names: tuple[str, ...], yes: bool, form: str) -> None:
    """Forget stored results of steps or keys, so that the steps run again.

    Their artifacts stay for the runs that made them, until `zcompile cache gc`.

    \b
    Example:
      zcompile cache invalidate first_pipeline.step_1
    """
    report = Report(form)
    with report.mistakes(), opened() as (store, usage):
        found = _matching(store, usage, names)
        for entry in found:
            report.say(f"{entry.key[:12]}  {step_of(entry)}")
        if not yes:
            many = "this result" if len(found) == 1 else f"these {len(found)} results"
            click.confirm(f"Forget {many}?", abort=True, err=True)
        for entry in found:
            store.invalidate(entry.key)
        report.fact("invalidated", [entry.key for entry in found])
        report.say(f"{len(found)} forgotten")
    sys.exit(report.finish())


@cache_command.command("verify", short_help="Read all artifacts and compare their digests.")
@format_option
def verify_command(form: str) -> None:
    """Read all artifacts and compare them with their digests; exit 1 if one is damaged.

    A damaged file is set aside in the folder `corrupt` of the store, and the step that made it
    runs again when its result is wanted.

    \b
    Example:
      zcompile cache verify
    """
    report = Report(form)
    damaged = 0
    with report.mistakes(), opened() as (store, _):
        done = verify(store)
        damaged = len(done.damaged)
        report.fact("artifacts", done.artifacts)
        report.fact("bytes", done.size)
        report.fact("damaged", list(done.damaged))
        report.fact("incomplete", [entry.key for entry in done.lost])
        for message in done.damaged:
            report.say(message)
        for entry in done.lost:
            report.say(f"{entry.key[:12]}  {step_of(entry)} lacks an artifact: it will run again")
        report.say(
            f"{counted(done.artifacts, 'artifact')} read, {size(done.size)}; {damaged} damaged"
        )
    sys.exit(report.finish() or int(damaged > 0))


@cache_command.command("stats", short_help="Tell the store's size and what takes it.")
@click.option(
    "--top", type=click.IntRange(1), default=10, show_default=True, help="At most so many steps."
)
@format_option
def stats_command(top: int, form: str) -> None:
    """Tell the store's size, what the cache has saved, and the steps whose results take most.

    Hits, misses and waits are those of the recorded runs; docs/observability.md lists the kinds
    of reasons.

    \b
    Example:
      zcompile cache stats --top 3
    """
    report = Report(form)
    with report.mistakes(), opened() as (store, usage):
        found = statistics(store)
        steps = [
            {"pipeline": pipeline, "step": step, "entries": count, "bytes": total}
            for (pipeline, step), (count, total) in found.steps.items()
        ]
        report.fact("store", str(store_folder(Path.cwd())))
        for name in ("entries", "artifacts", "set_aside"):
            report.fact(name, getattr(found, name))
        report.fact("bytes", found.size)
        report.fact("unused_bytes", found.unused)
        report.fact("remote_errors", found.remote_errors)
        for name, value in asdict(usage.totals).items():
            report.fact(name, value)
        report.fact("steps", steps)
        report.rows(
            [
                ["store", str(store_folder(Path.cwd()))],
                ["results", str(found.entries)],
                ["artifacts", f"{found.artifacts}, {size(found.size)}"],
                ["unused", size(found.unused)],
                ["set aside", f"{found.set_aside} damaged"],
                *_told(usage.totals),
                ["remote errors", str(found.remote_errors)],
            ]
        )
        rows = [
            [size(total), str(count), f"{pipeline}.{step}"]
            for (pipeline, step), (count, total) in [*found.steps.items()][:top]
        ]
        report.rows(rows, ("size", "results", "step"))
    sys.exit(report.finish())


def _told(totals: Totals) -> list[list[str]]:
    """What all recorded runs came to, as rows."""
    misses = totals.misses.most_common()
    kinds = ", ".join(f"{count} {kind}" for kind, count in misses)
    return [
        ["hits", f"{totals.hits}, {duration(totals.seconds_saved)} saved"],
        ["misses", f"{totals.misses.total()}, {size(totals.bytes_made)} made"],
        ["by reason", kinds or "none"],
        ["waits", f"{totals.waits} for other processes, {duration(totals.seconds_waited)}"],
    ]


def _matching(store: AnyStore, usage: Usage, names: tuple[str, ...]) -> list[Entry]:
    """The entries of these steps and keys, or all if none is named.

    Raises:
        UnknownNameError: if a name matches none.
    """
    entries = [*store.entries()]
    if not names:
        return entries
    steps = {entry.key: _steps(entry, usage) for entry in entries}
    found: dict[str, Entry] = {}
    for name in names:
        matching = [
            entry
            for entry in entries
            if name in steps[entry.key] or (len(name) >= 6 and entry.key.startswith(name))
        ]
        if not matching:
            known = sorted({step for each in steps.values() for step in each if "." not in step})
            raise UnknownNameError(
                f"No stored result is of a step or key `{name}`.",
                suggestion=nearest(name, known),
                remedy=f"Steps with results: {listed(known)}. A key needs six characters or more.",
                code="ZC805",
            )
        found |= {entry.key: entry for entry in matching}
    return [*found.values()]


def _steps(entry: Entry, usage: Usage) -> set[str]:
    """The names of the steps whose result an entry was, with and without their pipelines."""
    made = (entry.producer.pipeline, entry.producer.step)
    found = {made, *usage.steps.get(entry.key, ())}
    return {name for pipeline, step in found for name in (step, f"{pipeline}.{step}")}


def _entry_json(entry: Entry, usage: Usage) -> dict[str, object]:
    return {**entry.to_json(), "bytes": entry_size(entry), "last_used": usage.last_use(entry)}


def _tell(entry: Entry, usage: Usage, store: AnyStore, report: Report) -> None:
    report.say(Text(entry.key, style="bold"))
    report.rows(
        [
            ["step", step_of(entry)],
            ["run", entry.producer.run],
            ["computed", f"{moment(entry.created)} in {duration(entry.duration)}"],
            ["last used", moment(usage.last_use(entry))],
        ]
    )
    stored, pins = {blob.digest for blob in store.blobs.stored()}, pinned(store)
    rows = [
        [
            name,
            size(ref.size),
            ref.type.replace(":", "."),
            ref.digest,
            "gone" if ref.digest not in stored else "pinned" if ref.digest in pins else "",
        ]
        for name, ref in entry.outputs.items()
    ]
    report.rows(rows, ("output", "size", "type", "digest", ""))
