from zcompile import step


@step
def first() -> int:
    return 1


@step(nam="x")
def unused(*values: int) -> int:
    return 1
