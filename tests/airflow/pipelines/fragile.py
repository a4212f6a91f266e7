"""A step whose process dies the first time, and one that is left to the test to kill."""

import os
import signal
from pathlib import Path

from zcompile import pipeline, step


def died_before() -> bool:
    mark = Path(os.environ["ZCOMPILE_STORE"], "died")
    known = mark.exists()
    mark.touch()
    return known


@step
def dies_once() -> int:
    if not died_before():
        os.kill(os.getpid(), signal.SIGKILL)
    return 7


@step
def doubled(number: int) -> int:
    return number * 2


@pipeline
def fragile():
    doubled(dies_once())
