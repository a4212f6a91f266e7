"""See `zcompile.visualizers`."""
