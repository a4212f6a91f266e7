"""Options of the decorators and of `with_options`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from zcompile.authoring.places import argument_place, calling_place, keyword_place
from zcompile.problems import Problems, listed, nearest, shown
from zruntime.exceptions import ZCompileError
from zruntime.loading import report
from zruntime.outside.urls import url_label
from zruntime.templates import is_template

_PASSWORD: Final = re.compile(r"://[^/@\s]*:[^/@\s]*@")


class _WrongOptionError(Exception):
    """The value of an option is of the wrong kind: what it is not, a remedy, and a code."""

    def __init__(self, problem: str, remedy: str, code: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.code = problem, remedy, code


def checked_options(
    decorator: str,
    options: Mapping[str, Any],
    known: Collection[str],
    error: type[ZCompileError],
) -> dict[str, Any]:
    """The options of a decorator that there are, if their values are of the right kind.

    Args:
        decorator: Its name, for messages.
        options: What it was given; None stands for an option that is left out.
        known: The names that there are.
        error: Reported for each option that does not exist, and each value of the wrong kind.
    """
    problems = Problems()
    checked: dict[str, Any] = {}
    for name, value in options.items():
        if name not in known:
            problems.add(
                error(
                    f"`{decorator}` has no option `{name}`.",
                    remedy=f"Its options are: {listed(known)}.",
                    suggestion=nearest(name, known),
                    place=keyword_place(calling_place(), name),
                    code="ZC130",
                )
            )
            continue
        try:
            checked[name] = value if value is None else _READERS.get(name, _as_it_is)(value)
        except _WrongOptionError as wrong:
            problems.add(
                error(
                    f"`{name}` of `{decorator}` is {url_label(shown(value))}{wrong.problem}.",
                    remedy=wrong.remedy,
                    place=argument_place(calling_place(), name),
                    code=wrong.code,
                )
            )
    report(problems.errors)
    return checked


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongOptionError(", which is no text", "Write it in quotes.", "ZC134")
    return value


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongOptionError("", "Write `True` or `False`.", "ZC131")
    return value


def _duration(value: Any) -> timedelta:
    from zcompile.config.values import Period

    try:
        return TypeAdapter[timedelta](Period).validate_python(value)
    except ValidationError:
        raise _WrongOptionError(
            ", which is no duration",
            'Write a timedelta, seconds, or text such as `"90m"`, `"1d 12h"` or `"P1D"`.',
            "ZC135",
        ) from None


def _files(value: Any) -> tuple[str, ...]:
    patterns = [value] if isinstance(value, (str, Path)) else value
    if not isinstance(patterns, (list, tuple)) or not all(
        isinstance(item, (str, Path)) and str(item).isprintable() and item for item in patterns
    ):
        raise _WrongOptionError(
            ", which is no list of paths",
            'Write paths, patterns or URLs: `files=["data/*.csv", "s3://bucket/prices.parquet"]`.',
            "ZC136",
        )
    if any(is_template(str(item)) for item in patterns):
        raise _WrongOptionError(
            ", which holds a template",
            "Name a parameter in braces, `{folder}/*.csv`, whose value may be a template.",
            "ZC136",
        )
    if any(_PASSWORD.search(str(item)) for item in patterns):
        raise _WrongOptionError(
            ", where a URL holds a password",
            "Leave it out: credentials come from where the protocol looks for them, such as "
            "environment variables.",
            "ZC136",
        )
    return tuple(map(str, patterns))


def _function(value: Any) -> Callable[..., Any]:
    if not inspect.isfunction(value) or returns_no_value(value):
        raise _WrongOptionError(
            ", which is no plain function",
            "Give the function itself, without calling it: `cache_func=last_update`.",
            "ZC137",
        )
    return value


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "name": _text,
    "cache_version": _text,
    "enable_cache": _switch,
    "cache_ttl": _duration,
    "files": _files,
    "cache_func": _function,
}
"""What makes of an option's value the one that is kept."""


def returns_no_value(function: Callable[..., Any]) -> bool:
    """Whether calling a function gives a generator or a coroutine, not what it computes."""
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    )
