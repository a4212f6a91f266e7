from zcompile import pipeline, step


@step
def load() -> int:
    import helper

    return helper.VALUE


@pipeline
def loading():
    load()
