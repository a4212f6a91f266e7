from zcompile import pipeline, step


@step
def load(rows: int = 1, limit: float = 0.5) -> int:
    return rows


@pipeline
def loading(factor: int = 1):
    load()
    load()
