from zcompile import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def loading():
    load()
