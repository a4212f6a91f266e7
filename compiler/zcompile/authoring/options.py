"""Options of the decorators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from zcompile.authoring.places import argument_place, calling_place, keyword_place
from zcompile.problems import Problems, listed, nearest, shown
from zruntime.exceptions import ZCompileError
from zruntime.loading import report


def checked_options(
    decorator: str,
    options: Mapping[str, Any],
    known: Collection[str],
    error: type[ZCompileError],
) -> dict[str, Any]:
    """The options of a decorator that there are, if its cache switch is one.

    Args:
        decorator: Its name, for messages.
        options: What it was given.
        known: The names that there are.
        error: Reported if an option does not exist, or the switch is neither True nor False.
    """
    problems = Problems()
    checked = {name: value for name, value in options.items() if name in known}
    for name in options:
        if name not in known:
            problems.add(
                error(
                    f"`@{decorator}` has no option `{name}`.",
                    remedy=f"Its options are: {listed(known)}.",
                    suggestion=nearest(name, known),
                    place=keyword_place(calling_place(), name),
                    code="ZC130",
                )
            )
    switch = checked.get("enable_cache")
    if switch is not None and not isinstance(switch, bool):
        del checked["enable_cache"]
        problems.add(
            error(
                f"`enable_cache` of `@{decorator}` is {shown(switch)}.",
                remedy="Write `True` or `False`.",
                place=argument_place(calling_place(), "enable_cache"),
                code="ZC131",
            )
        )
    report(problems.errors)
    return checked
