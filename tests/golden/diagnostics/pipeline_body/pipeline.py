from zcompile import pipeline, step


@step
def load() -> list[int]:
    return [1]


@step
def total(values: list[int]) -> int:
    return sum(values)


@pipeline
def looping():
    for value in load():
        total(value)


@pipeline
def branching():
    if total(load()) > 3:
        total(load())


@pipeline
def nested():
    looping()


@pipeline
def unpacking():
    first, second = load()


@pipeline
def printing(limit: int):
    print(load().shape)


@pipeline
def typed(limit: "Nowhere" = 3):
    load()
