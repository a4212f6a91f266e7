from zcompile import pipeline, step


@step
def load() -> int:
    return 1


@step
def double(value: int) -> int:
    return 2 * value


def helper():
    return 1


@pipeline
def doubles(loader, doubler, rounds: int = 1):
    doubler(loader())


a = doubles(load(), double(), 1, 2)
b = doubles(load())
c = doubles(loader=load, doubler=helper)
d = doubles(load(), doubler=double(), loader=load(), roundz=3)
e = doubles(load(), double(), rounds="many")


@pipeline
def starred(*steps, **more): ...


@pipeline
def generating(loader):
    yield loader()
