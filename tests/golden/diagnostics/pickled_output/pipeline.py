from zcompile import Output, pipeline, step


class Model:
    weight = 0.5


@step
def train() -> Output(model=Model, score=float):
    return Model(), 0.5


@pipeline
def training():
    train()
