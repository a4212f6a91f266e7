"""How the outputs of steps become the inputs of others."""

from __future__ import annotations

import pytest
from projects import PRELUDE, Mistake, Project

from zcompile.exceptions import PipelineInterfaceError, StepInterfaceError, ZCompileError

STEPS = """
@step
def loader() -> int:
    return 1

@step
def texts() -> list[str]:
    return ["a"]

@step
def arrays() -> np.ndarray:
    return np.zeros(2)

@step
def pair() -> Output(left=int, right=str):
    return 1, "a"

@step
def trainer(X: np.ndarray, count: int = 1, *, rate: float = 0.1) -> float:
    note("trainer")
    return rate

@step
def numbers(data: list[int]) -> None:
    note("numbers")

"""


def mistake(
    name: str, body: str, *words: str, error: type[ZCompileError] = StepInterfaceError
) -> Mistake:
    """A pipeline with a wrong body, all of it in one line."""
    return Mistake(name, f"{STEPS}@pipeline\ndef run():\n    {body}", words, error)


MISTAKES = [
    mistake("too many", "trainer(arrays(), 1, 0.1, 4)", "`trainer`", "3 inputs", "given 4", "`X`"),
    mistake("missing", "trainer()", "`trainer`", "missing", "`X`", "Pass an output"),
    mistake("unexpected", "trainer(arrays(), size=1)", "`trainer`", "`size`", "`rate`"),
    mistake("given twice", "trainer(arrays(), X=arrays())", "`trainer`", "`X`", "Give it once"),
    mistake("a number", "trainer(5)", "`trainer`", "`X`", "no output of a step", "Let a step"),
    mistake(
        "an array", "trainer(np.zeros(3))", "`trainer`", "`X`", "no output of a step", "ndarray"
    ),
    mistake("an object", "trainer(object())", "`trainer`", "`X`", "no output of a step", "object"),
    mistake("a step itself", "trainer(arrays)", "`trainer`", "`X`", "no output of a step", "call"),
    mistake(
        "several at once", "trainer(pair())", "`trainer`", "`X`", "no output of a step", "one by"
    ),
    mistake("in a list", "numbers([loader(), loader()])", "`numbers`", "`data`", "one by one"),
    mistake(
        "types that do not fit",
        "trainer(loader())",
        "Input `X` of step `trainer` takes `numpy.ndarray`",
        "output `output` of step `loader`",
        "which is `int`",
        "pipeline.py:24:13",
        "pipeline.py:8:17",
        "change one of the two annotations",
    ),
    mistake("items that do not fit", "numbers(texts())", "`numbers`", "list[int]", "list[str]"),
    mistake(
        "two steps of one name",
        "a = loader.with_options(name='one'); a(); a()",
        "`one`",
        "with_options(name=...)",
    ),
    mistake(
        "unpacking the only output",
        "a, b = loader()",
        "`loader`",
        "name each of them",
        error=PipelineInterfaceError,
    ),
    mistake(
        "a condition on an output",
        "loader() if loader() else None",
        "`loader`",
        "condition",
        "with_options(when=...)",
        error=PipelineInterfaceError,
    ),
    mistake(
        "a comparison of an output as a condition in the body",
        "loader() == 1 and texts()",
        "loader.output == 1",
        "with_options(when=...)",
        error=PipelineInterfaceError,
    ),
    mistake(
        "arithmetic with an output",
        "trainer(arrays() + 1)",
        "`arrays`",
        "Do that in a step",
        error=PipelineInterfaceError,
    ),
    mistake(
        "an attribute of an output",
        "arrays().shape",
        "`arrays`",
        "`shape`",
        "Do that in a step",
        error=PipelineInterfaceError,
    ),
]


@pytest.mark.parametrize("case", MISTAKES, ids=str)
def test_a_wrong_connection(case: Mistake, project: Project) -> None:
    case.check(project)


def test_an_instance_called_twice(project: Project) -> None:
    source = f"""{STEPS}
@pipeline
def p(first):
    first()
    first()

def run():
    p(loader()).run()
"""
    Mistake("", source, ("`first`", "called twice", "`loader()`"), StepInterfaceError).check(
        project
    )


def test_an_instance_called_outside_of_a_pipeline(project: Project) -> None:
    source = f"{STEPS}\ndef run():\n    loader()()"
    words = ("`loader`", "outside of a pipeline", "`loader.entrypoint(...)`")
    Mistake("", source, words, StepInterfaceError).check(project)


def test_an_output_of_another_pipeline(project: Project) -> None:
    source = f"""{STEPS}
kept = []

@pipeline
def one():
    kept.append(arrays())

@pipeline
def two():
    trainer(kept[0])

def run():
    one()
    two()
"""
    words = ("`trainer`", "`X`", "another pipeline", "the same pipeline")
    Mistake("", source, words, StepInterfaceError).check(project)


JOIN = """
@step
def join(first: int, second: int, third: int) -> list[int]:
    return [first, second, third]

@step
def number(value: int) -> int:
    return value

"""


@pytest.mark.parametrize(
    "call",
    ["join(a, b, c)", "join(first=a, second=b, third=c)", "join(a, third=c, second=b)"],
)
def test_positional_keyword_and_mixed_inputs(call: str, project: Project) -> None:
    body = f"a, b, c = number(1), number(2), number(3)\n    {call}"
    module = project.load(f"{PRELUDE}{JOIN}@pipeline\ndef p():\n    {body}\n")
    joined = module.p().get_step("join")
    assert joined.output.read() == [1, 2, 3]
    assert [item.parent_step.name for item in joined.inputs.values()] == [
        "number",
        "number_2",
        "number_3",
    ]


@pytest.mark.parametrize(
    ("produced", "value", "consumed"),
    [
        ("int", "1", "float"),
        ("list[int]", "[1]", "list[float]"),
        ("int", "1", "Optional[float]"),
        ("int", "1", "Optional[int]"),
        ("int", "1", "int | None"),
        ("Any", "1", "int"),
        ("int", "1", "Any"),
        ("object", "1", "int"),
        ("Dict[str, int]", "{'a': 1}", "dict[str, int]"),
        ("list[int]", "[1]", "list"),
        ("list", "[1]", "list[int]"),
        ("list[int]", "[1]", "Sequence[int]"),
        ("np.ndarray", "np.zeros(2)", "np.typing.NDArray[np.float64]"),
        ("Annotated[int, 'count']", "1", "int"),
        ("bool", "True", "int"),
    ],
)
def test_types_that_fit(produced: str, value: str, consumed: str, project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
import numpy.typing

@step
def make() -> {produced}:
    return {value}

@step
def take(data: {consumed}) -> str:
    return repr(data)

@pipeline
def p():
    take(make())
"""
    )
    expected = repr(eval(value, vars(module)))
    assert module.p().get_step("take").output.read() == expected


@pytest.mark.parametrize(
    ("produced", "consumed"),
    [
        ("float", "int"),
        ("str", "int"),
        ("Optional[int]", "int"),
        ("list[int]", "list[str]"),
        ("dict[str, int]", "dict[int, int]"),
        ("list[float]", "list[int]"),
    ],
)
def test_types_that_do_not_fit(produced: str, consumed: str, project: Project) -> None:
    source = f"""
@step
def make() -> {produced}: ...

@step
def take(data: {consumed}) -> None: ...

@pipeline
def run():
    take(make())
"""
    words = ("`make`", "`take`", "`data`", "change one of the two annotations")
    Mistake("", source, words, StepInterfaceError).check(project)


def test_a_type_without_materializer_is_pickled_and_the_author_is_told(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
class Model:
    weight = 3

@step
def train() -> Model:
    return Model()

@step
def score(model: Model) -> int:
    return model.weight

@pipeline
def p():
    score(train())
"""
    )
    assert module.p().get_step("score").output.read() == 3
    compiled = project.python("-m", "zcompile", "pipeline.py")
    assert compiled.returncode == 0
    told = " ".join(compiled.stderr.split())
    for word in ("warning", "`output`", "`train`", "Model", "cloudpickle", "BaseMaterializer"):
        assert word in told


def test_a_value_that_cannot_be_stored_names_how_to_register_a_materializer(
    project: Project,
) -> None:
    module = project.load(
        f"""{PRELUDE}
import threading

@step
def lock() -> Any:
    return threading.Lock()

@pipeline
def p():
    lock()
"""
    )
    with pytest.raises(ZCompileError, match="BaseMaterializer") as caught:
        module.p()
    assert "lock" in str(caught.value)
