"""What a pipeline author imports: steps, pipelines, and the runs of the past.

from zcompile import step, pipeline, BaseStepConfig, Output
"""

from zcompile.authoring.secrets import secret
from zcompile.materializers import BaseMaterializer, register_materializer
from zcompile.pipelines import Pipeline, PipelineInstance, pipeline
from zcompile.post_execution import get_pipeline, get_pipelines
from zcompile.steps import BaseStepConfig, Output, Step, StepContext, StepInstance, step, unmapped
from zruntime import __version__

__all__ = [
    "BaseMaterializer",
    "BaseStepConfig",
    "Output",
    "Pipeline",
    "PipelineInstance",
    "Step",
    "StepContext",
    "StepInstance",
    "__version__",
    "get_pipeline",
    "get_pipelines",
    "pipeline",
    "register_materializer",
    "secret",
    "step",
    "unmapped",
]
