"""pyarrow tables, batches and arrays, and polars frames and series, as Arrow IPC files."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from zruntime.materializers import parts, previews
from zruntime.materializers.base import BaseMaterializer

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

_COLUMN: Final = "values"
"""Name of the one column as which an array or a series is stored."""

_KIND: Final = b"zcompile"
"""Of the schema's metadata: what was stored as a table."""


def canonical(table: pa.Table) -> pa.Table:
    """The same table as whole columns: equal ones may be chunked or sliced in other ways.

    Arrow writes all the memory that a slice of strings was cut from.
    """
    import numpy as np

    if table.get_total_buffer_size() > table.nbytes:
        table = table.take(np.arange(table.num_rows))
    return table.unify_dictionaries().combine_chunks()


def columns_of(schema: Any, limit: int) -> list[dict[str, str]]:
    """Names and types of the first columns."""
    pairs = list(zip(schema.names, schema.types, strict=True))[:limit]
    return [{"name": str(name), "dtype": str(dtype)} for name, dtype in pairs]


class PyarrowMaterializer(BaseMaterializer):
    """Tables, record batches, arrays and chunked arrays of pyarrow; a large one is mapped."""

    FORMAT: ClassVar[str] = "pyarrow/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """pyarrow's own classes."""
        return kind.__module__.partition(".")[0] == "pyarrow"

    def accepts(self, value: Any) -> bool:
        """Whether the schema reads back as it is: extension types have to be registered."""
        import pyarrow as pa

        schema = _as_table(value).schema
        again = pa.ipc.read_schema(schema.serialize())
        return bool(again.equals(schema, check_metadata=True))

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes an Arrow IPC file of one batch."""
        import pyarrow as pa

        table = canonical(_as_table(value))
        kind = next(name for name in _KINDS if isinstance(value, getattr(pa, name)))
        metadata = {**(table.schema.metadata or {}), _KIND: kind.encode()}
        table = table.replace_schema_metadata(metadata)
        with pa.ipc.new_file(pa.PythonFile(file, "w"), table.schema) as writer:
            writer.write_table(table)

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """The table, batch or array."""
        import pyarrow as pa

        with pa.ipc.open_file(pa.py_buffer(parts.memory_of(file))) as reader:
            table = reader.read_all()
        table.validate()
        metadata = dict(table.schema.metadata)
        kind = metadata.pop(_KIND).decode()
        table = table.replace_schema_metadata(metadata or None)
        return _KINDS[kind](table)

    def describe(self, value: Any) -> dict[str, Any]:
        """The number of rows, the columns with their types, and the first rows."""
        table = _as_table(value)
        names = table.schema.names
        head = table.slice(0, previews.HEAD).select(list(range(min(len(names), previews.COLUMNS))))
        rows = list(zip(*(column.to_pylist() for column in head.columns), strict=True))
        return {
            "rows": table.num_rows,
            "columns": columns_of(table.schema, previews.SCHEMA),
            "column_count": len(names),
            "preview": previews.of_table(names, rows),
        }


class PolarsMaterializer(BaseMaterializer):
    """Frames and series of polars."""

    FORMAT: ClassVar[str] = "polars/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """polars' own classes."""
        return kind.__module__.partition(".")[0] == "polars"

    def accepts(self, value: Any) -> bool:
        """Whether no column holds Python objects."""
        return not any("Object" in str(dtype) for dtype in _as_frame(value).dtypes)

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes an Arrow IPC file of one batch, and whether it was a series."""
        frame = _as_frame(value)
        parts.write(
            file,
            self.FORMAT,
            {"series": frame is not value},
            [("arrow", partial(_write_polars, frame))],
        )

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """The frame or the series."""
        import polars as pl

        facts, ((_, stored),) = parts.read(file, self.FORMAT)
        frame = pl.read_ipc(io.BytesIO(parts.memory_of(stored)))
        return frame.to_series() if facts["series"] else frame

    def describe(self, value: Any) -> dict[str, Any]:
        """The number of rows, the columns with their types, and the first rows."""
        frame = _as_frame(value)
        names = frame.columns
        head = frame.head(previews.HEAD).select(names[: previews.COLUMNS])
        shown = list(zip(names, frame.dtypes, strict=True))[: previews.SCHEMA]
        return {
            "rows": frame.height,
            "columns": [{"name": name, "dtype": str(dtype)} for name, dtype in shown],
            "column_count": len(names),
            "preview": previews.of_table(names, head.rows()),
        }


def _as_table(value: Any) -> pa.Table:
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    return pa.table({_COLUMN: value})


def _as_batch(table: pa.Table) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [_as_array(column) for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _as_array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if hasattr(combined, "chunks") else combined


_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "Table": lambda table: table,
    "RecordBatch": _as_batch,
    "ChunkedArray": lambda table: table.column(0),
    "Array": lambda table: _as_array(table.column(0)),
}
"""What gives back a value of each class of pyarrow."""


def _as_frame(value: Any) -> pl.DataFrame:
    import polars as pl

    return value.to_frame() if isinstance(value, pl.Series) else value


def _write_polars(frame: pl.DataFrame, file: BinaryIO) -> None:
    """Texts lie in one run in the older Arrow layout; the views of the newer one depend on how
    the frame came about."""
    import polars as pl

    target = io.BytesIO()
    oldest = pl.CompatLevel.oldest()
    frame.rechunk().write_ipc(target, compression="uncompressed", compat_level=oldest)
    file.write(target.getbuffer())
