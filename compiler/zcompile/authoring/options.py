"""Options of the decorators."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
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
    """The options of a decorator that there are, if their values are of the right kind.

    Args:
        decorator: Its name, for messages.
        options: What it was given.
        known: The names that there are.
        error: Reported if an option does not exist, or the switch is neither True nor False, or a
            text is none.
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
    for name in ("name", "cache_version"):
        value = checked.get(name)
        if value is not None and not isinstance(value, str):
            del checked[name]
            problems.add(
                error(
                    f"`{name}` of `@{decorator}` is {shown(value)}, which is no text.",
                    remedy="Write it in quotes.",
                    place=argument_place(calling_place(), name),
                    code="ZC134",
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


def returns_no_value(function: Callable[..., Any]) -> bool:
    """Whether calling a function gives a generator or a coroutine, not what it computes."""
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    )
