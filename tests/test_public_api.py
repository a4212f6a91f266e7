"""The public names; adding or removing one is a decision."""

from __future__ import annotations

import importlib

import pytest

PUBLIC = {
    "zcompile": """
        BaseMaterializer BaseStepConfig Output Pipeline PipelineInstance Step StepContext
        StepInstance __version__ get_pipeline get_pipelines pipeline register_materializer secret
        step
        unmapped
    """,
    "zcompile.steps": "BaseStepConfig Output Step StepContext StepInstance step unmapped",
    "zcompile.pipelines": "Pipeline PipelineInstance pipeline",
    "zcompile.post_execution": """
        ArtifactView PipelineRunView PipelineView StepView get_pipeline get_pipelines
    """,
    "zcompile.visualizers": "PipelineRunLineageVisualizer",
    "zcompile.integrations.dash.visualizers.pipeline_run_lineage_visualizer": (
        "PipelineRunLineageVisualizer"
    ),
    "zcompile.materializers": "BaseMaterializer register_materializer",
    "zcompile.exceptions": """
        ArtifactCorruptError ArtifactMissingError BundleError CompileError DuplicateRunNameError
        MaterializerError MissingStepParameterError PipelineConfigurationError
        Diagnostic PipelineInterfaceError Place SecretError StepInterfaceError StoreError
        UnknownNameError ZCompileError
    """,
}


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_are_these(module: str) -> None:
    imported = importlib.import_module(module)
    assert sorted(imported.__all__) == sorted(PUBLIC[module].split())
    for name in imported.__all__:
        assert hasattr(imported, name)


def test_every_exception_is_a_zcompile_error() -> None:
    exceptions = importlib.import_module("zcompile.exceptions")
    for name in set(exceptions.__all__) - {"Place", "Diagnostic"}:
        assert issubclass(getattr(exceptions, name), exceptions.ZCompileError)
