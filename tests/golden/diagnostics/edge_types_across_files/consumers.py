from zcompile import step


@step
def join(
    words: list[str],
) -> str:
    return " ".join(words)


@step
def shout(text: str) -> str:
    return text.upper()
