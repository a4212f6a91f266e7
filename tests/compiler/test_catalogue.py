"""Each code has a page whose examples are true, and `zcompile explain` shows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue_examples import codes_of, examples
from compiling import zcompile

import zruntime
from zcompile import catalogue as module
from zcompile.catalogue import catalogue
from zruntime import exceptions
from zruntime.diagnostics import UNFORESEEN

PACKAGES = (Path(module.__file__).parent, Path(zruntime.__file__).parent)
CODE = re.compile(r"ZC\d{3}")
ERRORS = {
    name
    for name, value in vars(exceptions).items()
    if isinstance(value, type) and issubclass(value, exceptions.ZCompileError)
}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for file in package.rglob("*.py"):
            yield file, ast.parse(file.read_bytes())


def used_codes() -> set[str]:
    return {
        node.value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
    }


def test_every_code_has_a_page_and_every_page_a_use() -> None:
    assert set(catalogue()) == used_codes()


def test_every_error_names_its_code() -> None:
    """An error without a code would be told as a defect of zcompile's own."""
    without = [
        f"{file}:{node.lineno}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ERRORS
        and "code" not in {keyword.arg for keyword in node.keywords}
    ]
    assert without == []


@pytest.mark.parametrize("code", catalogue())
def test_a_page_says_what_it_has_to(code: str) -> None:
    page = catalogue()[code]
    sections = re.findall(r"(?m)^## (.*)$", page.body)
    assert page.code == code
    assert page.title
    assert page.title[-1] not in ".:"
    assert sections in ([], ["Why", "Example", "Mended"], ["Example", "Mended"])
    assert bool(sections) == (code != UNFORESEEN)


@pytest.mark.parametrize("code", [code for code in catalogue() if code != UNFORESEEN])
def test_the_example_gives_the_code_and_the_mended_one_none(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.delenv("ZCOMPILE_STORE")
    wrong, mended = examples(catalogue()[code])
    assert codes_of(wrong, wrong.commands) == {code}
    assert codes_of(mended, mended.commands or wrong.commands) == set()


def test_explain() -> None:
    result = zcompile("explain", "zc148")
    assert (result.code, result.err) == (0, "")
    assert result.out == catalogue()["ZC148"].markdown
    assert "annotat" in result.out


def test_explain_lists_all() -> None:
    result = zcompile("explain")
    assert [line.partition(" ")[0] for line in result.out.splitlines()] == [*catalogue()]


def test_explain_names_the_nearest_codes() -> None:
    result = zcompile("explain", "ZC147x")
    assert result.code == 2
    assert "There is no code ZC147x. Did you mean `ZC147`?" in result.err
    assert zcompile("explain", "nonsense").code == 2
