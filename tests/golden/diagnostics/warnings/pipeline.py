import importlib

import features

from zcompile import pipeline, step

PLUGINS = [features]


@step
def compute(name: str = "scale") -> int:
    return globals()[name](1) + importlib.import_module(name).x


@step
def plugin(name: str = "scale") -> int:
    return getattr(features, name)(1) + PLUGINS[0].scale(1)


@step
def late() -> int:
    import broken

    return broken.rows()


@step
def typed() -> "list[Decmial]":
    return []


@pipeline
def computing():
    compute()
    plugin()
    late()
    typed()
