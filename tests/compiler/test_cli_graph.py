"""`zcompile graph`: pictures of a pipeline as text, SVG and Mermaid."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from compiling import write_files, zcompile

from zcompile.pictures import Arrow, Box, Picture, as_mermaid, as_svg, as_text

SOURCE = """
from zcompile import Output, step, pipeline

@step
def load() -> Output(train=int, test=int):
    return 1, 2

@step
def fit(rows: int) -> float:
    return 1.0

@step
def score(model: float, rows: int) -> float:
    return 2.0

@pipeline
def ml():
    train, test = load()
    score(fit(train), test)
"""

SVG = "{http://www.w3.org/2000/svg}"
ODD = "</text><script>&\"'{}]]>\x07ü"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {"pipeline.py": SOURCE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_text_names_where_inputs_come_from() -> None:
    result = zcompile("graph", "pipeline.py")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "ml",
        "● load",
        "● fit",
        "  └─ train ← load",
        "● score",
        "  ├─ output ← fit",
        "  └─ test ← load",
    ]


def test_states_are_those_of_the_plan() -> None:
    assert "● load  run" in zcompile("graph", "pipeline.py", "--state").out
    assert zcompile("run", "pipeline.py").code == 0
    assert "● score  cached" in zcompile("graph", "pipeline.py", "--state").out
    assert ":::cached" in zcompile("graph", "pipeline.py", "--state", "--format", "mermaid").out


def test_svg_shows_steps_and_artifacts(folder: Path) -> None:
    result = zcompile("graph", "pipeline.py", "-o", "ml.svg")
    assert (result.code, result.out) == (0, "written ml.svg\n")
    root = ET.fromstring((folder / "ml.svg").read_text(encoding="utf-8"))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert sorted(texts) == sorted(["ml", "load", "fit", "score", "train", "test", "output"])
    edges = [item for item in root.iter(f"{SVG}path") if item.get("class") == "edge"]
    assert len(edges) == 3


def test_svg_layers_follow_the_edges(folder: Path) -> None:
    root = ET.fromstring(zcompile("graph", "pipeline.py", "--format", "svg").out)
    boxes = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}rect") is not None]
    tops = {}
    for box in boxes:
        rect, title = box.find(f"{SVG}rect"), box.find(f"{SVG}title")
        assert rect is not None
        assert title is not None
        assert title.text is not None
        tops[title.text.split()[0]] = float(rect.get("y", ""))
    assert tops["load"] < tops["fit"] < tops["score"]


def test_svg_is_the_same_each_time() -> None:
    first = zcompile("graph", "pipeline.py", "--format", "svg")
    assert zcompile("graph", "pipeline.py", "--format", "svg") == first


def odd_picture() -> Picture:
    boxes = (Box(ODD, ODD, "cached"), Box("b", "b"))
    return Picture(ODD, boxes, (Arrow(ODD, "b", ODD * 3),))


def test_names_are_no_markup() -> None:
    root = ET.fromstring(as_svg(odd_picture()))
    assert not list(root.iter(f"{SVG}script"))
    assert ODD.replace("\x07", "\N{REPLACEMENT CHARACTER}") in [item.text for item in root.iter()]
    mermaid = as_mermaid(odd_picture())
    assert not re.search(r"script>|&|'|\x07", mermaid)
    assert len(mermaid.splitlines()) == 5
    assert "\x07" not in as_text(odd_picture())[0].plain


def test_a_single_step_and_unconnected_ones() -> None:
    boxes = tuple(Box(f"step_{index}", "work") for index in range(3))
    root = ET.fromstring(as_svg(Picture("alone", boxes, ())))
    lefts = {rect.get("x") for rect in root.iter(f"{SVG}rect")}
    assert len(lefts) == 4


def test_mistakes_are_told(folder: Path) -> None:
    write_files(folder, {"wrong.py": "1 / 0\n"})
    result = zcompile("graph", "wrong.py", "--format", "svg")
    assert (result.code, result.out) == (1, "")
    assert "ZC401" in result.err
    unwritable = zcompile("graph", "pipeline.py", "-o", "no/folder.svg")
    assert unwritable.code == 1
    assert "error ZC420: no/folder.svg cannot be written" in unwritable.err


def test_several_pipelines(folder: Path) -> None:
    write_files(folder, {"other.py": SOURCE.replace("def ml", "def other")})
    both = zcompile("graph", "*.py", "--format", "mermaid")
    assert both.out.count("flowchart TD") == 2
    assert zcompile("graph", "*.py", "--format", "svg").code == 2


def test_conditions_and_mapped_steps_are_told(folder: Path) -> None:
    source = """
        from zcompile import step, pipeline

        @step
        def numbers() -> list[int]:
            return [1, 2]

        @step
        def double(number: int) -> int:
            return 2 * number

        @step
        def total(values: list[int]) -> int:
            return sum(values)

        @pipeline
        def fan():
            total(double.map(numbers()))
    """
    write_files(folder, {"pipeline.py": source})
    assert "● double  double, for each number" in zcompile("graph", "pipeline.py").out


def test_a_page_shows_the_newest_run_of_the_pipeline(folder: Path) -> None:
    for _ in range(2):
        assert zcompile("run", "pipeline.py").code == 0
    newest = json.loads(zcompile("runs", "show", "--format", "json").out)["run"]["name"]
    for arguments in ((), ("pipeline.py",), ("--run", newest)):
        result = zcompile("graph", *arguments, "--html", "run.html")
        assert (result.code, result.out) == (0, "written run.html\n")
        text = (folder / "run.html").read_text("utf-8")
        assert f"<title>ml: {newest}</title>" in text
        assert text.count("</script>") == 3


def test_a_page_of_a_run_that_is_not_there() -> None:
    assert "There are no runs yet." in zcompile("graph", "--html", "run.html").err
    unknown = zcompile("graph", "pipeline.py", "--html", "run.html")
    assert "No pipeline `ml` has run here." in unknown.err


def test_what_belongs_to_pages_needs_one() -> None:
    assert "Missing argument" in zcompile("graph").err
    assert (
        "--run chooses the run that --html shows"
        in zcompile("graph", "pipeline.py", "--run", "x").err
    )
