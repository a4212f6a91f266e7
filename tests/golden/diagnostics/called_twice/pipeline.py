from zcompile import pipeline, step


@step
def load() -> int:
    return 1


@step(name="loader")
def named(rows: int) -> int:
    return rows


@pipeline
def classic(first, second):
    first()
    second()
    first()


@pipeline
def direct():
    named(1)
    named(2)


loader = load()
a = classic(first=load(), second=load())
b = classic(first=loader, second=loader)
