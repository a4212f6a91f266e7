"""The YAML config of a pipeline."""

from zcompile.config.models import DAG_ID, DagArguments, PipelineConfig, StepSettings, TaskArguments
from zcompile.config.overrides import Override, read_override, with_overrides
from zcompile.config.reading import NO_CONFIG, ConfigFile, read_config

__all__ = [
    "DAG_ID",
    "NO_CONFIG",
    "ConfigFile",
    "DagArguments",
    "Override",
    "PipelineConfig",
    "StepSettings",
    "TaskArguments",
    "read_config",
    "read_override",
    "with_overrides",
]
