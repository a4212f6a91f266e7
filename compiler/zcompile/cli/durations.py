"""Durations in options of the command line."""

from __future__ import annotations

import re

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """The callback of an option that is a duration: seconds, None if it is not given.

    Raises:
        click.BadParameter: if it is none.
    """
    if value is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip().lower())
    if match is None:
        raise click.BadParameter(f"{value!r} is no duration; write it as 30m, 12h or 7d.")
    return float(match[1]) * _SECONDS[match[2]]
