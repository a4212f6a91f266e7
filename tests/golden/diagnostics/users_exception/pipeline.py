from helper import table

from zcompile import pipeline, step

TABLE = table("customers")


@step
def load() -> str:
    return TABLE


@pipeline
def loading():
    load()
