import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "shared"))

from loose import rows

from zcompile import pipeline, step


@step
def load() -> int:
    return rows()


@pipeline
def loading():
    load()
