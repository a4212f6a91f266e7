"""Steps: ``@step``, their configs, named outputs and context."""

from zcompile.authoring.config import BaseStepConfig, Output, StepContext
from zcompile.authoring.mapping import unmapped
from zcompile.authoring.step import Step, StepInstance, step

__all__ = ["BaseStepConfig", "Output", "Step", "StepContext", "StepInstance", "step", "unmapped"]
