from zcompile import pipeline, step


@step
def load(rows: int = 1) -> int:
    return rows


@pipeline
def loading():
    load()
