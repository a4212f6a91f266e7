"""Which materializer takes which value.

Libraries' types are known by name, so that nothing is imported that the user's code did not.
"""

from __future__ import annotations

import dataclasses
import enum
import pathlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from zruntime.exceptions import MaterializerError
from zruntime.materializers.arrays import (
    ArrayClassMaterializer,
    MaskedArrayMaterializer,
    NumpyMaterializer,
    NumpyScalarMaterializer,
    NumpyTextMaterializer,
)
from zruntime.materializers.base import BaseMaterializer, new_materializer, registered_materializer
from zruntime.materializers.composite import CompositeMaterializer
from zruntime.materializers.encoding import CONTAINERS, is_namedtuple, is_plain_type
from zruntime.materializers.figures import FigureMaterializer
from zruntime.materializers.frames import ArrowMaterializer, PandasPickleMaterializer
from zruntime.materializers.images import ImageMaterializer
from zruntime.materializers.paths import PathMaterializer
from zruntime.materializers.pickles import CloudpickleMaterializer, SklearnMaterializer
from zruntime.materializers.plain import (
    DataclassMaterializer,
    JsonMaterializer,
    PydanticMaterializer,
)
from zruntime.materializers.sparse import SparseMaterializer
from zruntime.materializers.tables import PolarsMaterializer, PyarrowMaterializer
from zruntime.materializers.tensors import ModuleMaterializer, TensorMaterializer
from zruntime.naming import resolve

Classes = tuple[type[BaseMaterializer], ...]

_ARRAYS: Final[Classes] = (
    NumpyMaterializer,
    NumpyTextMaterializer,
    MaskedArrayMaterializer,
    ArrayClassMaterializer,
)
_PANDAS: Final[Classes] = (ArrowMaterializer, PandasPickleMaterializer)

_BY_NAME: Final[dict[str, Classes]] = {
    "numpy.ndarray": _ARRAYS,
    "numpy.generic": (NumpyScalarMaterializer,),
    "pandas.DataFrame": _PANDAS,
    "pandas.Series": _PANDAS,
    "pandas.Index": _PANDAS,
    "pandas.api.extensions.ExtensionArray": _PANDAS,
    "pandas.core.frame.DataFrame": _PANDAS,
    "pandas.core.series.Series": _PANDAS,
    "pandas.core.indexes.base.Index": _PANDAS,
    "pandas.core.arrays.base.ExtensionArray": _PANDAS,
    "pyarrow.lib.Table": (PyarrowMaterializer,),
    "pyarrow.lib.RecordBatch": (PyarrowMaterializer,),
    "pyarrow.lib.Array": (PyarrowMaterializer,),
    "pyarrow.lib.ChunkedArray": (PyarrowMaterializer,),
    "polars.dataframe.frame.DataFrame": (PolarsMaterializer,),
    "polars.series.series.Series": (PolarsMaterializer,),
    "scipy.sparse._base._spbase": (SparseMaterializer,),
    "PIL.Image.Image": (ImageMaterializer,),
    "matplotlib.figure.Figure": (FigureMaterializer,),
    "torch.Tensor": (TensorMaterializer,),
    "torch.nn.modules.module.Module": (ModuleMaterializer,),
    "pydantic.main.BaseModel": (PydanticMaterializer, CompositeMaterializer),
    "sklearn.base.BaseEstimator": (SklearnMaterializer,),
}

_ALL: Final[Classes] = (
    JsonMaterializer,
    PydanticMaterializer,
    DataclassMaterializer,
    CompositeMaterializer,
    PathMaterializer,
    *_ARRAYS,
    NumpyScalarMaterializer,
    *_PANDAS,
    PyarrowMaterializer,
    PolarsMaterializer,
    SparseMaterializer,
    SklearnMaterializer,
    ImageMaterializer,
    FigureMaterializer,
    TensorMaterializer,
    ModuleMaterializer,
    CloudpickleMaterializer,
)

UNKNOWN_FORMAT: Final = "ZC530"
"""Code of the error that this version of zcompile does not know the format of an artifact."""

BUILT_IN: Final = {materializer.FORMAT: materializer for materializer in _ALL}
"""All of this package by their format."""


def materializer_for(value: object) -> BaseMaterializer:
    """The materializer of a value: the first along its classes that accepts it.

    At each class, what users registered comes before what is built in. What nothing else accepts
    is pickled.
    """
    for candidate in candidates(type(value)):
        materializer = new_materializer(candidate)
        if materializer.accepts(value):
            return materializer
    return CloudpickleMaterializer()


def candidates(kind: type) -> Iterator[type[BaseMaterializer]]:
    """The materializers that may accept values of exactly this type, best first."""
    seen = set()
    for base in kind.__mro__:
        registered = registered_materializer(base)
        for candidate in (registered, *_built_in(base)) if registered else _built_in(base):
            if candidate not in seen and candidate.accepts_type(kind):
                yield candidate
            seen.add(candidate)


def materializer_named(name: str) -> BaseMaterializer:
    """The materializer that wrote an artifact.

    Args:
        name: A built-in format such as `numpy/1`, or the `module:qualname` of a user's class.

    Raises:
        MaterializerError: if there is none of that name.
    """
    built_in = BUILT_IN.get(name)
    if built_in is not None:
        return new_materializer(built_in)
    if ":" not in name:
        raise MaterializerError(
            f"There is no materializer {name!r} in this version of zcompile.",
            remedy="Use the version that stored the artifact, or run its step again.",
            code=UNKNOWN_FORMAT,
        )
    found = resolve(name)
    if not (isinstance(found, type) and issubclass(found, BaseMaterializer)):
        raise MaterializerError(
            f"{name} is no materializer any more.",
            remedy="Derive it from BaseMaterializer again, or run the step again.",
            code="ZC531",
        )
    return new_materializer(found)


@lru_cache(1024)
def _built_in(kind: type) -> Classes:
    if kind in CONTAINERS or is_namedtuple(kind):
        return (JsonMaterializer, CompositeMaterializer)
    if is_plain_type(kind) or kind is enum.Enum:
        return (JsonMaterializer,)
    if kind is pathlib.Path:
        return (PathMaterializer,)
    named = _BY_NAME.get(f"{kind.__module__}.{kind.__qualname__}")
    if named is not None:
        return named
    if dataclasses.is_dataclass(kind):
        return (DataclassMaterializer, CompositeMaterializer)
    return ()
