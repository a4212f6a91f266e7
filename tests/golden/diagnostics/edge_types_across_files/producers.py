from zcompile import Output, step


@step
def load() -> Output(
    words=list[str],
    sizes=list[int],
):
    return ["a"], [1]


@step
def count() -> int:
    return 1
