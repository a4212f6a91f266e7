"""Functions that can be pipelines, their instances, and names of runs."""

from __future__ import annotations

import pytest
from projects import PRELUDE, Mistake, Project

from zcompile.exceptions import DuplicateRunNameError, PipelineInterfaceError

STEPS = """
@step
def loader() -> int:
    note("loader")
    return 1

@step
def trainer(data: int) -> int:
    note("trainer")
    return data + 1

@pipeline
def classic(first, second):
    second(first())

@pipeline
def tuned(first, rate: float = 0.1):
    first()

"""


def mistake(name: str, run: str, *words: str) -> Mistake:
    """Code that makes or runs a pipeline."""
    lines = run.replace("\n", "\n    ")
    source = f"{STEPS}def run():\n    {lines}"
    return Mistake(name, source, words, PipelineInterfaceError)


MISTAKES = [
    mistake(
        "too many",
        "classic(loader(), trainer(), trainer())",
        "`classic`",
        "takes 2 steps",
        "given 3",
        "`first`, `second`",
    ),
    mistake("one missing", "classic(loader())", "`classic`", "`second`", "classic(second="),
    mistake("all missing", "classic()", "`classic`", "`first`, `second`", "classic(first="),
    mistake("unexpected", "classic(loader(), third=trainer())", "`classic`", "`third`", "`second`"),
    mistake(
        "given twice",
        "classic(loader(), trainer(), first=loader())",
        "`classic`",
        "`first`",
        "once",
    ),
    mistake(
        "one instance twice",
        "one = loader()\nclassic(one, one)",
        "`classic`",
        "`first`",
        "`second`",
        "`loader`",
        "`loader()`",
    ),
    mistake(
        "missing brackets",
        "classic(loader, trainer())",
        "`classic`",
        "`first`",
        "missing brackets",
        "`first=loader()`",
    ),
    mistake(
        "not a step",
        "classic(5, trainer())",
        "`first`",
        "`classic`",
        "5, not a step",
        "an instance of a step",
    ),
    mistake(
        "a plain function",
        "classic(print, trainer())",
        "`first`",
        "`classic`",
        "not a step",
        "@step",
    ),
    mistake("no steps", "@pipeline\ndef empty(): ...\nempty()", "`empty`", "no steps", "Call at"),
    mistake(
        "star arguments",
        "@pipeline\ndef many(*steps): ...",
        "`many`",
        "`*steps`",
        "one argument for each step",
    ),
    mistake(
        "star star arguments", "@pipeline\ndef many(**steps): ...", "`many`", "`**steps`", "one arg"
    ),
    mistake("a slash", "@pipeline\ndef few(first, /): ...", "`few`", "`first`", "Remove the `/`"),
    mistake("no function", "pipeline(5)", "5", "`@pipeline`", "above a `def`"),
    mistake("wrong option", "pipeline(cache=True)", "`@pipeline`", "`cache`", "`enable_cache`"),
    mistake("wrong switch", "pipeline(enable_cache='no')", "`enable_cache`", "'no'", "`True`"),
    mistake(
        "annotation that cannot be evaluated",
        "@pipeline\ndef broken(size: 'Missing'): ...",
        "`broken`",
        "Missing",
        "Import the types",
    ),
    mistake(
        "a parameter of the wrong type",
        "tuned(loader(), rate='fast').run()",
        "`tuned`",
        "`rate`",
        "'fast'",
        "Change the value",
    ),
    mistake(
        "a parameter without value",
        "@pipeline\ndef sized(size: int):\n    loader()\nsized()",
        "`sized`",
        "`size`",
        "under `parameters:`",
    ),
    mistake(
        "a pipeline in a pipeline",
        "@pipeline\ndef inner():\n    loader()\n@pipeline\ndef outer():\n    inner()\nouter()",
        "another pipeline",
        "Call its steps instead",
    ),
]


@pytest.mark.parametrize("case", MISTAKES, ids=str)
def test_a_wrong_pipeline(case: Mistake, project: Project) -> None:
    case.check(project)


def test_one_instance_runs_any_number_of_times(project: Project) -> None:
    module = project.load(PRELUDE + STEPS)
    instance = module.classic(module.loader(), second=module.trainer())
    assert [instance.run().status for _ in range(3)] == ["completed"] * 3
    assert project.executed() == ["loader", "trainer"]
    assert len(instance.get_runs()) == 3
    assert len({run.name for run in instance.get_runs()}) == 3


def test_a_run_name_is_used_once(project: Project) -> None:
    module = project.load(PRELUDE + STEPS)
    instance = module.classic(module.loader(), module.trainer())
    assert instance.run(run_name="friday").name == "friday"
    project.executed()
    with pytest.raises(DuplicateRunNameError, match=r"`classic`.*`friday`.*another run_name"):
        instance.run(run_name="friday", enable_cache=False)
    assert project.executed() == []
    assert instance.run(run_name="saturday").status == "completed"
    assert [run.name for run in instance.get_runs()] == ["friday", "saturday"]


def test_two_pipelines_may_have_runs_of_one_name(project: Project) -> None:
    module = project.load(PRELUDE + STEPS)
    assert module.tuned(module.loader()).run(run_name="friday").name == "friday"
    assert module.classic(module.loader(), module.trainer()).run(run_name="friday").name == "friday"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1\n", ("pipeline.py", "holds no pipeline", "@pipeline")),
        (
            PRELUDE + STEPS + "@pipeline(name='one')\ndef a():\n    loader()\n\n"
            "@pipeline(name='one')\ndef b():\n    loader()\n",
            ("Two pipelines", "`one`", "@pipeline(name=...)", "dag_id"),
        ),
        (
            PRELUDE + "@pipeline\ndef empty(): ...\n",
            ("`empty`", "no steps", "Call at least one step"),
        ),
    ],
    ids=["no pipeline", "two DAGs of one name", "no steps"],
)
def test_files_that_cannot_be_compiled(
    source: str, words: tuple[str, ...], project: Project
) -> None:
    project.write("pipeline.py", source)
    compiled = project.python("-m", "zcompile", "pipeline.py")
    assert compiled.returncode == 1
    for word in words:
        assert word in compiled.stderr
    assert "Traceback" not in compiled.stderr
    assert not (project.folder / "dags").exists()
