from zcompile import pipeline, step


@step
def load() -> int:
    return (1, 2


@pipeline
def loading():
    load()
