"""Tools for working on zcompile: a local Airflow, the demo, setup. Not part of the distribution."""
