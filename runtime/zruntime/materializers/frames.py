"""pandas frames, series and indexes, as Arrow IPC files where these are exact."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from zruntime.materializers import decoding, encoding, pickling
from zruntime.materializers.base import BaseMaterializer

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_COLUMNS_SHOWN: Final = 50

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
        """The number of rows, and the columns with their dtypes, at most 50."""
        if not hasattr(value, "columns"):
            return {"rows": len(value), "dtype": str(getattr(value, "dtype", "object"))}
        shown = itertools.islice(zip(value.columns, value.dtypes, strict=True), _COLUMNS_SHOWN)
        columns = [{"name": str(name), "dtype": str(dtype)} for name, dtype in shown]
        return {"rows": len(value), "columns": columns, "column_count": len(value.columns)}


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

        return _read(pa.memory_map(file.name))


class PandasPickleMaterializer(_FrameMaterializer):
    """Pickle, for what Arrow does not give back exactly."""

    FORMAT: ClassVar[str] = "pandas-pickle/1"

    def __init__(self) -> None:
        self._types: frozenset[type] = frozenset()

    def save(self, value: Any, file: BinaryIO) -> None:
        """Pickles the frame."""
        self._types = pickling.dump(value, file)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """Unpickles the frame."""
        return pickling.load(file)

    def local_types(self, value: Any) -> frozenset[type]:
        """Classes of all objects in the columns."""
        return self._types


def _write(value: Any) -> pa.Buffer:
    import pyarrow as pa

    table = _canonical(pa.Table.from_pandas(_as_frame(value)))
    facts = encoding.dump(_facts(value))[0]
    table = table.replace_schema_metadata({**table.schema.metadata, _KEY: facts})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _canonical(table: pa.Table) -> pa.Table:
    """The same table as whole columns: equal frames may be chunked or sliced in other ways.

    Arrow writes all the memory that a slice of strings was cut from.
    """
    import numpy as np

    if table.get_total_buffer_size() > table.nbytes:
        table = table.take(np.arange(table.num_rows))
    return table.combine_chunks()


def _as_frame(value: Any) -> pd.DataFrame:
    import pandas as pd

    if isinstance(value, pd.Series):
        return value.to_frame("values")
    return value if isinstance(value, pd.DataFrame) else pd.DataFrame(index=value)


def _facts(value: Any) -> dict[str, Any]:
    """What an Arrow table does not know of `value`."""
    import pandas as pd

    if isinstance(value, pd.Series):
        return {"kind": "series", "name": value.name}
    if isinstance(value, pd.Index):
        return {"kind": "index"}
    columns = value.columns
    if type(columns) is pd.RangeIndex:
        return {"kind": "frame", "range": (columns.start, columns.stop, columns.step)}
    return {"kind": "frame"}


def _from_frame(frame: pd.DataFrame, facts: dict[str, Any]) -> Any:
    import pandas as pd

    if facts["kind"] == "series":
        return frame["values"].rename(facts["name"])
    if facts["kind"] == "index":
        return frame.index
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
