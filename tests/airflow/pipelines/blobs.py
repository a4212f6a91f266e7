"""An artifact of a megabyte, and two steps that read it."""

from zcompile import pipeline, step

SIZE = 1_000_000


@step
def make() -> bytes:
    return bytes(SIZE)


@step
def measure(data: bytes) -> int:
    return len(data)


@step(enable_cache=False)
def check(data: bytes, size: int) -> bool:
    return len(data) == size


@pipeline
def blobs():
    data = make()
    check(data, measure(data))
