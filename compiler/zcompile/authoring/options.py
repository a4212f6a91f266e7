"""Options of the decorators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from zcompile.authoring.places import calling_place
from zruntime.exceptions import ZCompileError


def check_options(
    decorator: str,
    options: Mapping[str, Any],
    known: Collection[str],
    error: type[ZCompileError],
) -> None:
    """Checks the names of a decorator's options, and its cache switch.

    Args:
        decorator: Its name, for messages.
        options: What it was given.
        known: The names that there are.
        error: Raised if an option does not exist, or the switch is neither True nor False.
    """
    for name in options:
        if name not in known:
            raise error(
                f"`@{decorator}` has no option `{name}`.",
                remedy=f"Its options are: {', '.join(f'`{item}`' for item in known)}.",
                place=calling_place(),
            )
    switch = options.get("enable_cache")
    if switch is not None and not isinstance(switch, bool):
        raise error(
            f"`enable_cache` of `@{decorator}` is {switch!r}.",
            remedy="Write `True` or `False`.",
            place=calling_place(),
        )
