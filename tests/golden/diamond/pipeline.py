from steps import model
from steps.source import split
from zcompile import pipeline


@pipeline
def diamond():
    left, right = split()
    model.join(model.negate(left), model.double(right))
