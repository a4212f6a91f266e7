"""The authoring API: steps, pipelines, and the trace that turns their calls into a graph."""
