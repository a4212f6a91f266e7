from consumers import join, shout
from producers import count, load

from zcompile import pipeline


@pipeline
def sentences():
    words, sizes = load()
    join(
        words=sizes,
    )
    shout(text=count())
