from zcompile import pipeline, step


@step
def load(rows: int = 1) -> int:
    return rows


@step
def cache_plan() -> int:
    return 1


@pipeline
def loading():
    load.with_options(name="a_b")()
    load.with_options(name="a-b")()
    load.with_options(name="größe")()
    load.with_options(name="x" * 300)()
    cache_plan()
