from zcompile import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def empty():
    load


@pipeline
def loading(loader):
    loader()


one = loading(loader=load())
other = loading(loader=load())


@pipeline(name="Loading")
def shouted():
    load()


@pipeline(name="load everything!")
def everything():
    load()
