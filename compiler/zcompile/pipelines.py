"""Pipelines: ``@pipeline`` and what it makes."""

from zcompile.authoring.pipeline import Pipeline, PipelineInstance, pipeline

__all__ = ["Pipeline", "PipelineInstance", "pipeline"]
