"""What a worker imports: keys, store, materializers, planning, execution and records."""

__version__ = "0.1.0"
