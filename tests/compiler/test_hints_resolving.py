"""Annotations that are written as text, and names in them that only type checkers know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from compiling import write_files, zcompile
from projects import Project

from zcompile.hints import Scope, unresolved_parts

HEAD = "from zcompile import step, pipeline\n"

BODY = """
@step
def make() -> "list[Row]":
    return []

@step
def take(rows: {consumed}) -> int:
    return len(rows)

@pipeline
def p():
    take(make())
"""


def diagnostics(project: Project, *files: str) -> list[dict[str, Any]]:
    """What a compile says, as JSON."""
    paths = [project.folder / name for name in files or ("pipeline.py",)]
    told = zcompile(*paths, "-o", project.folder / "dags", "--format", "json")
    return list(json.loads(told.out)["diagnostics"])


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
@pytest.mark.parametrize(
    ("consumed", "code"), [("list['Row']", None), ("'list[Row]'", None), ("list[int]", "ZC148")]
)
def test_forward_references_are_checked(
    future: str, consumed: str, code: str | None, project: Project
) -> None:
    # The class is defined below the steps, so that text is the only way to name it there.
    source = f"{future}{HEAD}{BODY.format(consumed=consumed)}\nclass Row:\n    pass\n"
    project.write("pipeline.py", source)
    found = [item["code"] for item in diagnostics(project) if item["severity"] == "error"]
    assert found == ([code] if code else [])


def test_both_places_of_an_edge_across_files(project: Project) -> None:
    write_files(
        project.folder,
        {
            "makers.py": f"{HEAD}\n@step\ndef make() -> tuple[int, str]:\n    return 1, 'a'\n",
            "takers.py": f"{HEAD}\n@step\ndef take(pair: tuple[int, int]) -> None: ...\n",
            "pipeline.py": (
                f"{HEAD}from makers import make\nfrom takers import take\n"
                "@pipeline\ndef p():\n    take(make())\n"
            ),
        },
    )
    (found,) = diagnostics(project)
    assert found["code"] == "ZC148"
    assert found["file"].endswith("pipeline.py")
    assert (found["line"], found["column"]) == (6, 10)
    places = [(item["file"].rpartition("/")[2], item["line"]) for item in found["related"]]
    assert places == [("makers.py", 4), ("takers.py", 4)]


def test_the_place_of_one_output_of_several(project: Project) -> None:
    project.write(
        "pipeline.py",
        f"""{HEAD}
from typing import Annotated, Tuple

@step
def make() -> Tuple[Annotated[int, "one"], Annotated[str, "other"]]:
    return 1, "a"

@step
def take(text: int) -> None: ...

@pipeline
def p():
    one, other = make()
    take(other)
""",
    )
    (found,) = diagnostics(project)
    assert found["related"][0]["column"] == 44
    assert found["related"][0]["end_column"] == 67


GUARDED = f"""
from __future__ import annotations
from typing import TYPE_CHECKING
{HEAD}
if TYPE_CHECKING:
    from decimal import Decimal
    from nowhere import Frame

@step
def make() -> Decimal: ...

@step
def take(number: {{consumed}}) -> None: ...

@pipeline
def p():
    take(make())
"""


@pytest.mark.parametrize(
    ("consumed", "codes"),
    [
        ("Decimal", []),
        ("int", ["ZC148"]),
        ("Frame", ["ZC190"]),
        ("Frame | None", ["ZC190"]),
        ("int | Missing", ["ZC190"]),
        ("dict[str, Frame]", ["ZC148", "ZC190"]),
        ("print", ["ZC190"]),
        ("1 +", ["ZC190"]),
    ],
)
def test_what_only_type_checkers_import(consumed: str, codes: list[str], project: Project) -> None:
    project.write("pipeline.py", GUARDED.format(consumed="'1 +'" if "+" in consumed else consumed))
    found = [item for item in diagnostics(project) if item["code"] != "ZC149"]
    assert sorted(item["code"] for item in found) == codes
    for item in found:
        if item["code"] == "ZC190":
            assert item["severity"] == "warning"
            assert "argument `number`" in item["message"]
            assert (item["line"], item["column"]) == (14, 10)


def test_a_pipeline_with_an_annotation_that_is_not_resolved_runs(project: Project) -> None:
    source = GUARDED.format(consumed="Frame").replace("-> Decimal: ...", "-> Frame: return 3")
    run = project.load(source.replace("-> None: ...", "-> int: return number + 1")).p()
    assert run.get_step("take").output.read() == 4


def test_a_named_output_of_an_unknown_type_is_still_an_output_of_its_own() -> None:
    def function(x: Any) -> Any: ...

    function.__annotations__["return"] = "Tuple[Annotated[Frame, 'a'], Annotated[int, 'b']]"
    names = "from typing import Annotated, Tuple\ndef function() -> 'x': ..."
    space: dict[str, Any] = {}
    exec(names, space)
    scope = Scope(space["function"])
    hint = scope.resolved(function.__annotations__["return"])
    assert unresolved_parts(hint) == ["Frame"]
    assert [item.__metadata__ for item in hint.__args__] == [("a",), ("b",)]


def test_an_alias_that_names_itself() -> None:
    space: dict[str, Any] = {}
    exec(
        "from typing import Union\n"
        "Json = Union[dict[str, 'Json'], list['Json'], int]\n"
        "def function(data: 'Json') -> None: ...",
        space,
    )
    scope = Scope(space["function"])
    assert unresolved_parts(scope.resolved("Json")) == []
