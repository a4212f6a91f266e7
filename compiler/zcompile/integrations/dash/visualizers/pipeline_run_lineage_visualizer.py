"""See `zcompile.visualizers`."""

from zcompile.visualizers import PipelineRunLineageVisualizer

__all__ = ["PipelineRunLineageVisualizer"]
