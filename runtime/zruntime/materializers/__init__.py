"""Materializers: a step's output value as the bytes of an immutable artifact, and back."""

from zruntime.materializers.arrays import (
    MaskedArrayMaterializer,
    NumpyMaterializer,
    NumpyScalarMaterializer,
)
from zruntime.materializers.base import (
    BaseMaterializer,
    register_materializer,
    scoped_registrations,
)
from zruntime.materializers.composite import CompositeMaterializer
from zruntime.materializers.frames import ArrowMaterializer, PandasPickleMaterializer
from zruntime.materializers.hints import materializer_for_hint
from zruntime.materializers.paths import PathMaterializer
from zruntime.materializers.pickles import CloudpickleMaterializer, SklearnMaterializer
from zruntime.materializers.plain import (
    DataclassMaterializer,
    JsonMaterializer,
    PydanticMaterializer,
)
from zruntime.materializers.registry import UNKNOWN_FORMAT, materializer_for, materializer_named
from zruntime.materializers.storing import load_value, store_value

__all__ = [
    "BaseMaterializer",
    "register_materializer",
    "scoped_registrations",
    "materializer_for",
    "materializer_for_hint",
    "UNKNOWN_FORMAT",
    "materializer_named",
    "store_value",
    "load_value",
    "JsonMaterializer",
    "PydanticMaterializer",
    "DataclassMaterializer",
    "CompositeMaterializer",
    "NumpyMaterializer",
    "NumpyScalarMaterializer",
    "MaskedArrayMaterializer",
    "ArrowMaterializer",
    "PandasPickleMaterializer",
    "SklearnMaterializer",
    "PathMaterializer",
    "CloudpickleMaterializer",
]
