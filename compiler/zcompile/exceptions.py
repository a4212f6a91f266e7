"""The exceptions of zcompile; see `zruntime.exceptions` for their tree."""

from zruntime.diagnostics import Diagnostic, Place
from zruntime.exceptions import (
    ArtifactCorruptError,
    ArtifactMissingError,
    BundleError,
    CompileError,
    DuplicateRunNameError,
    MaterializerError,
    MissingStepParameterError,
    PipelineConfigurationError,
    PipelineInterfaceError,
    SecretError,
    StepInterfaceError,
    StoreError,
    UnknownNameError,
    ZCompileError,
)

__all__ = [
    "ArtifactCorruptError",
    "ArtifactMissingError",
    "BundleError",
    "CompileError",
    "Diagnostic",
    "DuplicateRunNameError",
    "MaterializerError",
    "MissingStepParameterError",
    "PipelineConfigurationError",
    "PipelineInterfaceError",
    "Place",
    "SecretError",
    "StepInterfaceError",
    "StoreError",
    "UnknownNameError",
    "ZCompileError",
]
