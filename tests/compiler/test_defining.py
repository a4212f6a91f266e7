"""Functions that can be steps, and those that cannot."""

from __future__ import annotations

import pytest
from projects import Mistake, Project

from zcompile import StepContext, step
from zcompile.exceptions import StepInterfaceError

CONFIG = """
class Config(BaseStepConfig):
    gamma: float = 0.1

class Other(BaseStepConfig):
    size: int = 1

"""


def mistake(name: str, source: str, *words: str) -> Mistake:
    """A step called `trainer` that cannot be defined."""
    return Mistake(name, CONFIG + source, ("`trainer`", *words), StepInterfaceError)


MISTAKES = [
    mistake(
        "input and output of one name",
        "@step\ndef trainer(data: int) -> Output(data=int): ...",
        "`data`",
        "an input and an output",
        "a name of its own",
    ),
    mistake(
        "input and config field of one name",
        "@step\ndef trainer(config: Config, gamma: float) -> int: ...",
        "`gamma`",
        "an input and a config field",
        "a name of its own",
    ),
    mistake(
        "config field and output of one name",
        "@step\ndef trainer(config: Config) -> Output(gamma=float): ...",
        "`gamma`",
        "a config field and an output",
    ),
    mistake(
        "two outputs of one name",
        "@step\ndef trainer() -> Tuple[Annotated[int, 'a'], Annotated[int, 'a']]: ...",
        "`a`",
        "two outputs",
        "a name of its own",
    ),
    mistake(
        "two configs",
        "@step\ndef trainer(one: Config, two: Other) -> int: ...",
        "`one`, `two`",
        "Keep one config argument",
    ),
    mistake(
        "two contexts",
        "@step\ndef trainer(one: StepContext, two: StepContext) -> int: ...",
        "`one`, `two`",
        "Keep one StepContext argument",
    ),
    mistake(
        "argument without annotation",
        "@step\ndef trainer(data) -> int: ...",
        "`data`",
        "Write its type",
    ),
    mistake("no return annotation", "@step\ndef trainer(data: int): ...", "return", "`-> None`"),
    mistake("star arguments", "@step\ndef trainer(*data: int) -> int: ...", "`*data`", "Replace"),
    mistake(
        "star star arguments", "@step\ndef trainer(**data: int) -> int: ...", "`**data`", "Replace"
    ),
    mistake(
        "a value as annotation of an argument",
        "@step\ndef trainer(data: 5) -> int: ...",
        "`data`",
        "Write a type",
    ),
    mistake(
        "a tuple of types as return annotation",
        "@step\ndef trainer() -> (int, str): ...",
        "no type",
        "Tuple[Annotated",
    ),
    mistake(
        "the class Output as return annotation", "@step\ndef trainer() -> Output: ...", "Output(a="
    ),
    mistake("no outputs in Output", "@step\ndef trainer() -> Output(): ...", "-> None"),
    mistake(
        "an output name with a space",
        "@step\ndef trainer() -> Annotated[int, 'row count']: ...",
        "'row count'",
        "letters, digits and underscores",
    ),
    mistake(
        "an output name that is a keyword",
        "@step\ndef trainer() -> Tuple[Annotated[int, 'class'], Annotated[int, 'b']]: ...",
        "'class'",
        "letters, digits and underscores",
    ),
    mistake(
        "a default that is no config",
        "@step\ndef trainer(config: Config = 5) -> int: ...",
        "`config`",
        "`Config`",
        "5",
    ),
    mistake("a generator", "@step\ndef trainer() -> int:\n    yield 1", "plain function"),
    mistake("a coroutine", "@step\nasync def trainer() -> int: ...", "plain function"),
    mistake(
        "an asynchronous generator", "@step\nasync def trainer() -> int:\n    yield 1", "plain"
    ),
]


@pytest.mark.parametrize("case", MISTAKES, ids=str)
def test_a_function_that_cannot_be_a_step(case: Mistake, project: Project) -> None:
    error = case.check(project)
    assert error.place is not None
    assert error.place.file == str(project.folder / "pipeline.py")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("@step\nclass Trainer: ...", "decorates a function"),
        ("step('trainer')", "options as keywords"),
        ("@step(cache=False)\ndef trainer() -> int: ...", "no option `cache`"),
        ("@step(enable_cache='no')\ndef trainer() -> int: ...", "`True` or `False`"),
    ],
)
def test_wrong_use_of_the_decorator(source: str, words: str, project: Project) -> None:
    Mistake("", source, (words,), StepInterfaceError).check(project)


def test_keyword_only_and_positional_only_arguments_are_ordinary_inputs(project: Project) -> None:
    module = project.load(
        """
        from zcompile import pipeline, step

        @step
        def one() -> int:
            return 1

        @step
        def join(first: int, /, second: int, *, third: int, fourth: int = 4) -> list[int]:
            return [first, second, third, fourth]

        @pipeline
        def p():
            join(one(), second=one(), third=3)
        """
    )
    step_view = module.p().get_step("join")
    assert step_view.output.read() == [1, 1, 3, 4]
    assert list(step_view.inputs) == ["first", "second"]
    assert step_view.parameters == {"third": 3, "fourth": 4}


def test_caching_is_on_unless_the_step_takes_a_context_or_says_otherwise() -> None:
    def plain() -> int:
        return 1

    def in_context(context: StepContext) -> int:
        return 1

    assert step(plain).enable_cache is True
    assert step(enable_cache=False)(plain).enable_cache is False
    assert step(in_context).enable_cache is False
    assert step(enable_cache=True)(in_context).enable_cache is True
    assert step(in_context).with_options(enable_cache=True).enable_cache is True
    assert step(plain).with_options(name="x").enable_cache is True
