from zcompile import step


@step
def second(value) -> int:
    return 1


@step
def third() -> int:
    return 1
