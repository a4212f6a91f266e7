"""Single values of numpy and pandas as plain data; neither is imported unless one is there."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from typing import Any, Final

_KINDS: Final = "biufcmMSU"
"""Kinds of numpy dtypes that are told in full by a short text."""


_PANDAS: Final = frozenset({"Timestamp", "Timedelta", "Period", "Interval", "NaTType", "NAType"})
"""Names of pandas' classes of single values."""


def is_pandas(kind: type) -> bool:
    """Whether `from_pandas` can take values of exactly this type."""
    return kind.__qualname__ in _PANDAS and kind.__module__.partition(".")[0] == "pandas"


def from_numpy(value: Any) -> list[str] | None:
    """The dtype and the bytes of a numpy scalar; None for what is no simple one."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.generic):
        return None
    dtype = value.dtype
    if dtype.kind not in _KINDS or dtype.char in "gG" or dtype.metadata or not dtype.itemsize:
        return None
    content = [dtype.str, base64.b64encode(value.tobytes()).decode()]
    again = to_numpy(content)  # numpy takes zeros off the ends of strings
    same = type(again) is type(value) and again.tobytes() == value.tobytes()
    return content if same else None


def to_numpy(content: Any) -> Any:
    """The scalar that `from_numpy` described."""
    import numpy as np

    name, data = content
    return np.ndarray((), np.dtype(name), base64.b64decode(data, validate=True))[()]


def from_pandas(value: Any, encode: Callable[[Any], Any]) -> list[Any] | None:
    """What tells all of a Timestamp, Timedelta, Period, Interval, NaT or NA; None for others.

    Args:
        value: Anything.
        encode: Turns plain data and the ends of intervals into JSON data.
    """
    pandas: Any = sys.modules.get("pandas")
    if pandas is None:
        return None
    if value is pandas.NaT or value is pandas.NA:
        return [str(value)]
    if type(value) is pandas.Timestamp:
        number = int(value.asm8.view("i8"))
        return ["Timestamp", number, value.unit, _from_zone(value.tzinfo, encode)]
    if type(value) is pandas.Timedelta:
        return ["Timedelta", int(value.asm8.view("i8")), value.unit]
    if type(value) is pandas.Period:
        return ["Period", value.ordinal, value.freqstr]
    if type(value) is pandas.Interval:
        return ["Interval", encode(value.left), encode(value.right), value.closed]
    return None


def _from_zone(zone: Any, encode: Callable[[Any], Any]) -> Any:
    """A time zone; one of pytz, which pandas 2 takes for a name, is a list."""
    pytz: Any = sys.modules.get("pytz")
    if pytz is not None and isinstance(zone, pytz.tzinfo.BaseTzInfo) and zone.zone:
        return ["pytz", zone.zone]
    return encode(zone)


def to_pandas(decode: Callable[[Any], Any], content: Any) -> Any:
    """The value that `from_pandas` described."""
    import numpy as np
    import pandas as pd

    name, *rest = content
    if name == "Timestamp":
        number, unit, zone = rest
        naive = pd.Timestamp(np.datetime64(number, unit))
        if isinstance(zone, list):
            import pytz

            zone = pytz.timezone(zone[1])
        else:
            zone = decode(zone)
        return naive if zone is None else naive.tz_localize("UTC").tz_convert(zone)
    if name == "Timedelta":
        return pd.Timedelta(np.timedelta64(*rest))
    if name == "Period":
        return pd.Period(ordinal=rest[0], freq=rest[1])
    if name == "Interval":
        return pd.Interval(decode(rest[0]), decode(rest[1]), rest[2])
    return {"NaT": pd.NaT, "<NA>": pd.NA}[name]
