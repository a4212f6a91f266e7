"""Materializers: how the values of a type are stored and read back."""

from zruntime.materializers import BaseMaterializer, register_materializer

__all__ = ["BaseMaterializer", "register_materializer"]
