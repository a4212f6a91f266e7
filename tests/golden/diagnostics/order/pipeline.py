from a_steps import first
from b_steps import second, third

from zcompile import pipeline, step


@step
def own(value: int):
    return value


@pipeline
def ordered():
    first()
    second(third(unknown=1))
    own(third(1))
