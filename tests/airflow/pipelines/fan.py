"""A list that is worked on item by item, reduced, and reported if the sum is large."""

from zcompile import pipeline, step, unmapped


@step
def numbers(count: int = 3) -> list[int]:
    return list(range(count))


@step
def factor() -> int:
    return 10


@step
def scaled(number: int, by: int) -> int:
    return number * by


@step
def shown(number: int) -> str:
    return str(number)


@step
def total(values: list[int]) -> int:
    return sum(values)


@step
def report(value: int) -> str:
    return f"total {value}"


@step
def mail(text: str) -> None:
    """Runs only if there is a report."""


@step
def archive(value: int, texts: list[str], text: str = "no report") -> str:
    return f"{value} {texts} {text}"


@pipeline
def fan():
    each = scaled.map(numbers(), by=unmapped(factor()))
    texts = shown.map(each)
    value = total(each)
    text = report.with_options(when=value > 40)(value)
    mail(text)
    archive(value, texts, text)
