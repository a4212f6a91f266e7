from pydantic import Field

from zcompile import BaseStepConfig, Output, pipeline, step

NASTY = "O'Brien said \"{{ no }}\" {% raw %} \\ \\n \t \r\n \x00 \u2028 \U0001f600 Zürich </script> ''' \"\"\""


class Texts(BaseStepConfig):
    quoted: str = Field("both \" and '", description=NASTY)
    single: str = "it's"
    double: str = 'a "word"'
    path: str = "C:\\new\\table"
    lines: str = "one\ntwo\n"
    foreign: str = "naïve 東京 \U0001f600 \u202e"
    control: str = "\x00\x1b[31m\r\x85\u2028"
    code: str = "'); import os  # "
    long: str = "word " * 2000
    solid: str = "x" * 300
    nested: dict[str, list[str]] = {"it's": ["a'b\"c", "\\"], "": []}


@step
def write(texts: Texts) -> Output(result=str):
    """O'Brien's "step": {{ ds }} {% if %} \\ back\\slash & <b>Zürich</b>.

    Indented by the source, not by its author; see readme.md"""
    return texts.quoted


@step
def read(text: str, suffix: str = NASTY + "{% endraw %}") -> None:
    pass


read.__doc__ = "paragraph of words\n" * 550


@pipeline(name="strings")
def texts(writer, reader):
    reader(writer())


texts.__doc__ = NASTY

strings = texts(write(), read())
