from zcompile import Output, step


@step
def split() -> Output(left=int, right=int):
    return 1, 2
