"""Annotations: reading them, and whether values and other annotations fit them."""

from zcompile.hints.conforming import conforms
from zcompile.hints.describing import describe, type_of
from zcompile.hints.fitting import fits
from zcompile.hints.resolving import Scope, known, unresolved_parts
from zcompile.hints.structure import without_none

__all__ = [
    "Scope",
    "conforms",
    "describe",
    "fits",
    "known",
    "type_of",
    "unresolved_parts",
    "without_none",
]
