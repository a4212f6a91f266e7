"""Names of classes and functions, inside and outside of the script that is running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zruntime.exceptions import MaterializerError
from zruntime.naming import is_importable, resolve, type_name

SCRIPT = """
import json
from zruntime.naming import is_importable, resolve, type_name

class Model:
    class Inner:
        pass

def build():
    pass

if __name__ == "__main__":
    import pipeline
    print(json.dumps({
        "class": type_name(Model),
        "inner": type_name(Model.Inner),
        "function": type_name(build),
        "resolved": resolve("pipeline:Model.Inner") is Model.Inner,
        "imported": type_name(pipeline.Model),
        "importable": [is_importable(Model), is_importable(pipeline.Model)],
    }))
"""


class Outer:
    class Inner:
        pass


def run_script(folder: Path, *arguments: str) -> dict[str, object]:
    (folder / "pipeline.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("arguments", [("pipeline.py",), ("-m", "pipeline")])
def test_a_scripts_classes_are_named_as_if_it_were_imported(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    found = run_script(tmp_path, *arguments)
    assert found["class"] == found["imported"] == "pipeline:Model"
    assert found["inner"] == "pipeline:Model.Inner"
    assert found["function"] == "pipeline:build"
    assert found["resolved"] is True


def test_only_the_scripts_own_class_counts_as_importable_in_a_script(tmp_path: Path) -> None:
    assert run_script(tmp_path, "pipeline.py")["importable"] == [True, False]


@pytest.mark.parametrize("thing", [Path, Outer, Outer.Inner, json.dumps, resolve])
def test_resolve_undoes_type_name(thing: object) -> None:
    assert resolve(type_name(thing)) is thing
    assert is_importable(thing)


def test_locals_have_names_that_cannot_be_resolved() -> None:
    class Local:
        pass

    assert type_name(Local).endswith("<locals>.Local")
    assert not is_importable(Local)
    with pytest.raises(MaterializerError, match=r"inside a function.*top level"):
        resolve(type_name(Local))


def test_a_missing_module_is_named_with_the_remedy() -> None:
    with pytest.raises(MaterializerError, match=r"Module no_such_module.*Install no_such_module"):
        resolve("no_such_module:Thing")


def test_a_module_that_fails_on_import_is_named_with_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fails_on_import.py").write_text("raise ValueError('no database')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MaterializerError, match=r"fails_on_import.*ValueError: no database"):
        resolve("fails_on_import:Thing")


def test_a_name_that_its_module_lacks_is_an_error() -> None:
    with pytest.raises(MaterializerError, match=r"Module json has no Missing\.Part"):
        resolve("json:Missing.Part")
