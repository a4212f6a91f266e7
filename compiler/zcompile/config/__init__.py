"""The YAML config of a pipeline."""
