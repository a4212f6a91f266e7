"""Diagnostics as text, as JSON and as annotations of GitHub."""

from __future__ import annotations

import io
import json
import linecache
import re
from pathlib import Path

import pytest
from compiling import PIPELINE, write_files, zcompile
from devtools.docs import DOCS
from rich.console import Console

from zcompile.cli.excerpts import as_text
from zcompile.cli.reports import as_annotation, as_json
from zruntime.diagnostics import WARNING, Diagnostic, Place, Related

DIAGNOSTIC = Diagnostic(
    "ZC148",
    "50% wrong,\nand: so",
    "Do it.",
    Place("a,b:c.py", 3, 5, 9),
    related=(Related("there", Place("other.py", 7)),),
    details="line one\nline two",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    linecache.clearcache()
    return tmp_path


def lines(diagnostic: Diagnostic, width: int = 120) -> list[str]:
    return [line.plain for line in as_text(diagnostic, width)]


def test_the_documented_fields_are_those_of_the_document() -> None:
    text = (DOCS / "diagnostics.md").read_text(encoding="utf-8")
    table = text.partition("## For programs")[2].partition("## ZC")[0]
    documented = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    told = as_json(DIAGNOSTIC)
    assert documented == list(told)
    assert list(told["related"][0]) == ["message", "file", "line", "column", "end_column"]
    assert json.loads(json.dumps(told)) == told
    assert as_json(Diagnostic("ZC1", "m"))["line"] is None


def test_an_annotation_is_escaped() -> None:
    assert as_annotation(DIAGNOSTIC) == (
        "::error title=zcompile ZC148,file=a%2Cb%3Ac.py,line=3,endLine=3,col=5,endColumn=9::"
        "50%25 wrong,%0Aand: so%0Aline one%0Aline two%0Athere: other.py:7:1%0ADo it."
    )
    warning = Diagnostic("ZC1", "m", severity=WARNING)
    assert as_annotation(warning) == "::warning title=zcompile ZC1::m"


def test_wide_characters_and_tabs_keep_the_mark_below_its_text(folder: Path) -> None:
    (folder / "a.py").write_text('\tf("名前", wert=1)\n', encoding="utf-8")
    _, source, mark = lines(Diagnostic("ZC1", "m", place=Place("a.py", 1, 10, 14)))
    assert source == '  1 |  f("名前", wert=1)'
    assert mark == "    |            ^~~~"


def test_a_long_line_is_cut_around_the_mark(folder: Path) -> None:
    (folder / "a.py").write_text("x" * 300 + "WRONG" + "y" * 300 + "\n")
    found = lines(Diagnostic("ZC1", "m", place=Place("a.py", 1, 301, 306)), width=60)
    assert all(len(line) <= 60 for line in found[1:])
    _, source, mark = found
    assert source[mark.index("^") :].startswith("WRONG")
    assert source.endswith("...")
    assert "| ..." in source


def test_numbers_of_lines_are_aligned(folder: Path) -> None:
    (folder / "a.py").write_text("".join(f"line{n}\n" for n in range(1, 13)))
    related = (Related("there", Place("a.py", 2, 1, 5)),)
    found = lines(Diagnostic("ZC1", "m", place=Place("a.py", 12, 1, 5), related=related))
    assert found[1].startswith("  12 | line12")
    assert found[4].startswith("   2 | line2")


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals(
    variables: dict[str, str], coloured: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    write_files(folder, {"pipeline.py": PIPELINE.replace("make())", "make(), vlaue=2)")})
    assert ("\x1b[1;31m" in zcompile("pipeline.py").err) == coloured


def test_a_page_is_set_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, no_color=True)
    monkeypatch.setattr("zcompile.cli.explain.Console", lambda: console)
    zcompile("explain", "ZC148")
    assert "# ZC148" not in screen.getvalue()
    assert "ZC148: An output does not fit" in screen.getvalue()
