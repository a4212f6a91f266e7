from functools import partial

from zcompile import pipeline, step
from zcompile.materializers import BaseMaterializer


@step(enable_cahce=False)
def load() -> int:
    return 1


@step(enable_cache="no", name="double")
def double(value: int) -> int:
    return 2 * value


@step(output_materializers={"outptu": BaseMaterializer, "output": int})
def store(value: int) -> int:
    return value


def make_materializer():
    class Text(BaseMaterializer):
        def save(self, value, file): ...

        def load(self, file, data_type): ...

    return Text


@step(output_materializers=make_materializer())
def text() -> str:
    return "a"


@pipeline(enable_cache=1)
def training():
    store(double(load()))
    text()


square = step(partial(pow, exp=2))
