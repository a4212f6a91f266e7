"""Benchmarks: ``python -m devtools.bench`` measures all, and writes docs/benchmarks.md."""
