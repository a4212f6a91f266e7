"""pandas frames, series and indexes, as Arrow IPC files where these are exact."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from zruntime.materializers import decoding, encoding, parts, previews
from zruntime.materializers.base import BaseMaterializer
from zruntime.materializers.pickles import PickleMaterializer
from zruntime.materializers.tables import canonical

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_KEY: Final = b"zcompile"
"""Of the schema's metadata: what `_facts` tells."""

_COMPARABLE: Final = frozenset(
    {str, bytes, bool, int, float, type(None), decimal.Decimal, dt.date, dt.datetime, dt.time}
)
"""Types of objects in a column of which `==` gives one truth value."""


class _FrameMaterializer(BaseMaterializer):
    """What the two formats share."""

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """pandas' own classes: subclasses may hold more than their columns."""
        return kind.__module__.partition(".")[0] == "pandas"

    def describe(self, value: Any) -> dict[str, Any]:
        """The number of rows, the columns with their dtypes, at most 50, and the first rows."""
        head = value[: previews.HEAD]
        if not hasattr(value, "columns"):
            name = getattr(value, "name", None)
            preview = previews.of_table(["" if name is None else name], [(item,) for item in head])
            dtype = str(getattr(value, "dtype", "object"))
            return {"rows": len(value), "dtype": dtype, "preview": preview}
        pairs = zip(value.columns, value.dtypes, strict=True)
        shown = itertools.islice(pairs, previews.SCHEMA)
        rows = head.iloc[:, : previews.COLUMNS].itertuples(index=False, name=None)
        return {
            "rows": len(value),
            "columns": [{"name": str(name), "dtype": str(dtype)} for name, dtype in shown],
            "column_count": len(value.columns),
            "preview": previews.of_table(list(value.columns[: previews.COLUMNS]), rows),
        }


class ArrowMaterializer(_FrameMaterializer):
    """Arrow IPC, checked to read back as the same frame."""

    FORMAT: ClassVar[str] = "pandas/1"

    def __init__(self) -> None:
        self._data: Any = None

    def accepts(self, value: Any) -> bool:
        """Whether pyarrow is installed and gives back the same frame; `attrs` do not count."""
        try:
            import pyarrow as pa
        except ImportError:
            return False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # of names that it turns into text
                self._data = _write(value)
            _assert_same(_read(pa.BufferReader(self._data)), value)
        except Exception:  # pyarrow and pandas raise a dozen types for what they cannot convert
            return False
        return True

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the file that `accepts` made."""
        file.write(memoryview(self._data))

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """A frame whose columns may be mapped from the file; changing it copies them."""
        import pyarrow as pa

        return _read(pa.py_buffer(parts.memory_of(file)))


class PandasPickleMaterializer(_FrameMaterializer, PickleMaterializer):
    """Pickle, for what Arrow does not give back exactly."""

    FORMAT: ClassVar[str] = "pandas-pickle/1"


def _write(value: Any) -> pa.Buffer:
    import pyarrow as pa

    table = canonical(pa.Table.from_pandas(_as_frame(value)))
    facts = encoding.dump(_facts(value))[0]
    table = table.replace_schema_metadata({**table.schema.metadata, _KEY: facts})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _as_frame(value: Any) -> pd.DataFrame:
    import pandas as pd

    if isinstance(value, pd.Series):
        return value.to_frame("values")
    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, pd.Index):
        return pd.DataFrame(index=value)
    return pd.DataFrame({"values": value})


def _facts(value: Any) -> dict[str, Any]:
    """What an Arrow table does not know of `value`."""
    import pandas as pd

    if isinstance(value, pd.Series):
        return {"kind": "series", "name": value.name}
    if isinstance(value, pd.Index):
        return {"kind": "index"}
    if not isinstance(value, pd.DataFrame):
        return {"kind": "array"}
    columns: Any = value.columns
    if type(columns) is pd.RangeIndex:
        return {"kind": "frame", "range": (columns.start, columns.stop, columns.step)}
    return {"kind": "frame"}


def _from_frame(frame: pd.DataFrame, facts: dict[str, Any]) -> Any:
    import pandas as pd

    if facts["kind"] == "series":
        return frame["values"].rename(facts["name"])
    if facts["kind"] == "index":
        return frame.index
    if facts["kind"] == "array":
        return frame["values"].array
    if "range" in facts:
        start, stop, step = facts["range"]
        frame.columns = pd.RangeIndex(start, stop, step, name=frame.columns.name)
    return frame


def _read(source: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    with pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    frame = table.to_pandas()
    if int(pd.__version__.partition(".")[0]) < 3:
        frame = frame.copy()  # Arrow's memory is read-only, and only pandas 3 copies on write
    return _from_frame(frame, decoding.load(table.schema.metadata[_KEY]))


def _assert_same(loaded: Any, value: Any) -> None:
    """Raises AssertionError unless both are equal in values, types, index and names."""
    import pandas as pd

    if type(loaded) is not type(value):
        raise AssertionError("another class")
    if isinstance(value, pd.Index):
        _assert_same_index(loaded, value)
        return
    if not isinstance(value, (pd.Series, pd.DataFrame)):
        pd.testing.assert_extension_array_equal(loaded, value, check_exact=True)
        if loaded.dtype != value.dtype:
            raise AssertionError("another dtype")
        return
    options: Any = {"check_exact": True, "check_index_type": "exact"}
    if isinstance(value, pd.Series):
        pd.testing.assert_series_equal(loaded, value, **options)
        _assert_same_objects(loaded, value)
    else:
        pd.testing.assert_frame_equal(loaded, value, **options)
        _assert_same_index(loaded.columns, value.columns)
        for column in range(value.shape[1]):
            _assert_same_objects(loaded.iloc[:, column], value.iloc[:, column])
    _assert_same_index(loaded.index, value.index)


def _assert_same_index(loaded: pd.Index[Any], value: pd.Index[Any]) -> None:
    import pandas as pd

    pd.testing.assert_index_equal(loaded, value, exact=True, check_exact=True)
    if getattr(loaded, "freq", None) != getattr(value, "freq", None):
        raise AssertionError("another frequency")
    for level in range(value.nlevels):
        _assert_same_objects(loaded.get_level_values(level), value.get_level_values(level))


def _assert_same_objects(loaded: Any, value: Any) -> None:
    """pandas' own comparison takes None for NaN and 1 for True in columns of objects."""
    if value.dtype != object:
        return
    for one, other in zip(loaded, value, strict=True):
        if type(one) is not type(other) or type(one) not in _COMPARABLE:
            raise AssertionError("another type of object")
        if one != other and one == one:
            raise AssertionError("another object")
