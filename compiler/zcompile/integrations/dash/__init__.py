"""The pictures for which ZenML needed Dash; here they need nothing else."""
