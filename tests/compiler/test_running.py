"""Running steps: what they return, what they raise, what becomes of the rest."""

from __future__ import annotations

import shutil
import traceback

import pytest
from projects import PRELUDE, Project

from zcompile.exceptions import StepInterfaceError


def returning(annotation: str, value: str) -> str:
    """A pipeline of one step, which returns the value."""
    return f"""{PRELUDE}
import numpy.typing

T = TypeVar("T")

@step
def make() -> {annotation}:
    return {value}

@pipeline
def p():
    make()
"""


PAIR = "Output(a=int, b=str)"
NAMED = "Tuple[Annotated[int, 'a'], Annotated[str, 'b']]"


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        ("int", "'one'", ("`output`", "int", "str", "'one'")),
        ("int", "(1, 2)", ("`output`", "int", "tuple", "(1, 2)")),
        ("int", "None", ("`output`", "int", "NoneType")),
        ("bool", "1", ("`output`", "bool", "int")),
        ("np.ndarray", "[1]", ("`output`", "numpy.ndarray", "list")),
        ("Dict[str, int]", "{'a': 'b'}", ("Dict[str, int]", "dict")),
        ("list[float]", "[1.0, 'a']", ("list[float]", "list")),
        ("Optional[int]", "'a'", ("Optional[int]", "str")),
        ("int | None", "1.5", ("int | None", "float")),
        ("Annotated[int, 'count']", "'a'", ("`count`", "int", "str")),
        (PAIR, "(1, 'a', 2)", ("2 outputs", "a, b", "3 values")),
        (NAMED, "(1, 'a', 2)", ("2 outputs", "a, b", "3 values")),
        (PAIR, "(1,)", ("2 outputs", "1 values")),
        ("Output(a=int, b=int, c=int)", "(1, 2)", ("3 outputs", "a, b, c", "2 values")),
        (PAIR, "[1, 'a']", ("2 outputs", "list", "return a, b")),
        (PAIR, "'ab'", ("2 outputs", "str", "return a, b")),
        (PAIR, "('a', 1)", ("`a`", "int", "str")),
        (PAIR, "None", ("2 outputs", "NoneType")),
        ("None", "1", ("`-> None`", "int", "Annotate what it returns")),
        ("None", "0", ("`-> None`", "int")),
    ],
)
def test_a_wrong_value(
    annotation: str, value: str, words: tuple[str, ...], project: Project
) -> None:
    module = project.load(returning(annotation, value))
    with pytest.raises(StepInterfaceError) as caught:
        module.p()
    for word in ("`make`", *words):
        assert word in str(caught.value)
    assert caught.value.remedy
    assert caught.value.place is not None
    assert caught.value.place.file == str(project.folder / "pipeline.py")
    assert module.p.get_runs()[-1].status == "failed"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("Dict[str, int]", "{'a': 1}"),
        ("list[float]", "[1.5, 2.0]"),
        ("list[float]", "[1, 2.0]"),
        ("float", "1"),
        ("Optional[int]", "None"),
        ("Optional[int]", "3"),
        ("int | None", "None"),
        ("Union[int, str]", "'a'"),
        ("Tuple[int, str]", "(1, 'a')"),
        ("tuple[int, ...]", "(1, 2, 3)"),
        ("set[str]", "{'a'}"),
        ("Any", "(1, [2])"),
        ("T", "1"),
        ("Literal['a', 'b']", "'b'"),
        ("np.typing.NDArray[np.int64]", "np.arange(3)"),
        ("list[np.ndarray]", "[np.arange(3)]"),
        ("Sequence[int]", "[1, 2]"),
        ("Mapping[str, Any]", "{'a': [1]}"),
        ("Output(only=list[int])", "[1]"),
    ],
)
def test_generics_and_unions(annotation: str, value: str, project: Project) -> None:
    source = returning(annotation, value).replace("    make()", "    show(make())")
    consumed = "list[int]" if annotation.startswith("Output") else annotation
    show = f"@step\ndef show(data: {consumed}) -> str:\n    return repr(data)\n\n@pipeline"
    module = project.load(source.replace("@pipeline", show))
    expected = repr(eval(value, vars(module)))
    run = module.p()
    assert run.get_step("show").output.read() == expected
    assert repr(run.get_step("make").output.read()) == expected


def test_a_step_that_returns_nothing_can_be_cached(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def tell() -> None:
    note("tell")

@pipeline
def p():
    assert tell() is None
"""
    )
    assert module.p().get_step("tell").outputs == {}
    assert module.p().get_step("tell").status == "cached"
    assert project.executed() == ["tell"]


@pytest.mark.parametrize("lost", [".", "index", "cas", "tmp", "locks"])
def test_a_store_that_is_deleted_between_two_runs_is_made_again(
    lost: str, project: Project
) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def tell() -> int:
    note("tell")
    return 1

@pipeline
def p():
    tell()
"""
    )
    module.p()
    shutil.rmtree(project.store / lost)
    assert module.p().get_step("tell").output.read() == 1
    assert module.p().get_step("tell").status == "cached"
    assert len(project.executed()) == (1 if lost in ("tmp", "locks") else 2)


def test_a_process_may_run_pipelines_in_one_store_after_another(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def tell() -> int:
    return 1

@pipeline
def p():
    tell()
"""
    )
    states = []
    for store in ("one", "two", "one", "two"):
        monkeypatch.setenv("ZCOMPILE_STORE", str(project.folder / store))
        states.append(module.p().get_step("tell").status)
    assert states == ["completed", "completed", "cached", "cached"]


FAILING = f"""{PRELUDE}
@step
def load() -> int:
    note("load")
    return 1

@step
def train(data: int) -> int:
    note("train")
    raise ValueError("no convergence")

@step
def score(model: int) -> int:
    note("score")
    return model

@pipeline
def p():
    score(train(load()))
"""


def test_a_step_that_raises(project: Project) -> None:
    module = project.load(FAILING)
    with pytest.raises(ValueError, match=r"^no convergence$") as caught:
        module.p()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename == str(project.folder / "pipeline.py")
    assert last.line == 'raise ValueError("no convergence")'
    assert project.executed() == ["load", "train"]
    run = module.p.get_runs()[-1]
    assert run.status == "failed"
    assert [step.status for step in run.steps] == ["completed", "failed", "waiting"]
    assert run.get_step("train").record.error == "ValueError: no convergence"
    assert run.get_step("train").outputs == {}
    assert list(run.get_step("train").inputs) == ["data"]
    assert run.get_step("score").inputs == {}


def test_the_next_run_starts_from_the_steps_that_were_finished(project: Project) -> None:
    with pytest.raises(ValueError):
        project.load(FAILING).p()
    project.executed()
    run = project.load(FAILING.replace('raise ValueError("no convergence")', "return 2")).p()
    assert project.executed() == ["train", "score"]
    assert [step.status for step in run.steps] == ["cached", "completed", "completed"]
    assert [run.status for run in run_statuses(project)] == ["failed", "completed"]


def run_statuses(project: Project) -> list[object]:
    """The runs of the pipeline in the project's store."""
    runs: list[object] = project.load().p.get_runs()
    return runs


def test_an_interrupted_run_is_failed(project: Project) -> None:
    module = project.load(FAILING.replace('ValueError("no convergence")', "KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        module.p()
    assert module.p.get_runs()[-1].status == "failed"


def test_a_script_whose_step_raises_ends_with_its_traceback(project: Project) -> None:
    project.write("pipeline.py", FAILING + "\np()\n")
    done = project.python("pipeline.py")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "Step train has started."
    assert done.stderr.splitlines()[-1] == "ValueError: no convergence"
    assert 'raise ValueError("no convergence")' in done.stderr


def test_postponed_annotations(project: Project) -> None:
    module = project.load(
        """
        from __future__ import annotations

        from typing import Annotated, Tuple

        from zcompile import BaseStepConfig, Output, StepContext, pipeline, step

        class Config(BaseStepConfig):
            size: int = 2

        @step
        def split(config: Config) -> Output(left=list[int], right=list[int]):
            return [1] * config.size, [2]

        @step
        def join(
            left: list[int], right: list[int], context: StepContext
        ) -> Tuple[Annotated[list[int], "both"], Annotated[str, "by"]]:
            return left + right, context.step_name

        @pipeline
        def p(times: int = 1):
            join(*split(size=times))
        """
    )
    run = module.p(times=3)
    assert run.get_step("join").outputs["both"].read() == [1, 1, 1, 2]
    assert run.get_step("join").outputs["by"].read() == "join"


def test_steps_in_several_modules(project: Project) -> None:
    project.write("lib/__init__.py", "")
    project.write(
        "lib/loading.py",
        """
        from notes import note
        from zcompile import step

        START = 1

        @step
        def load() -> int:
            note("load")
            return START
        """,
    )
    project.write(
        "training.py",
        """
        from notes import note
        from zcompile import step
        from lib import scaling

        @step
        def train(data: int) -> int:
            note("train")
            return scaling.scale(data)
        """,
    )
    project.write("lib/scaling.py", "def scale(x):\n    return x * 2\n")
    source = """
        from zcompile import pipeline
        from lib.loading import load
        from training import train

        @pipeline
        def p():
            train(load())
        """
    assert project.load(source).p().get_step("train").output.read() == 2
    assert project.executed() == ["load", "train"]
    project.edit("lib/scaling.py", "x * 2", "x * 3")
    assert project.load().p().get_step("train").output.read() == 3
    assert project.executed() == ["train"]
    project.edit("lib/loading.py", "START = 1", "START = 2")
    assert project.load().p().get_step("train").output.read() == 6
    assert project.executed() == ["load", "train"]


def test_a_context_tells_of_the_run(project: Project) -> None:
    module = project.load(
        f"""{PRELUDE}
@step
def tell(context: StepContext) -> list[str]:
    note("tell")
    return [context.pipeline_name, context.run_name, context.step_name]

@pipeline
def p():
    tell()
"""
    )
    run = module.p.with_options(run_name="first")()
    assert run.get_step("tell").output.read() == ["p", "first", "tell"]
    module.p()
    assert project.executed() == ["tell", "tell"]
