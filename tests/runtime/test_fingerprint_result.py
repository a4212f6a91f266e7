"""What a fingerprint says beside its digest, and objects other than functions."""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fingerprint_projects import HELPER, importable, load, take, write

from zruntime.fingerprint import Fingerprinter, fingerprint, fingerprint_types
from zruntime.project import Project

PROJECT = {
    "pipeline.py": """
        import numpy as np
        from sklearn.svm import SVC
        from lib.features import scale, Model as M
        from lib import FACTOR

        def make(factor):
            def inner(x):
                return x * factor
            return inner

        triple = make(3)
        half = lambda x: x / 2

        def work(x: np.ndarray, model: M, rate=0.5):
            import yaml
            yaml.dump(x)
            return SVC().fit(half(triple(scale(x)))) * FACTOR * rate
        """,
    "lib/__init__.py": "import json\nFACTOR = 2\n",
    "lib/features.py": """
        import json
        class Model:
            pass
        def scale(x):
            return json.dumps(x)
        """,
}


def test_parts_are_named_after_what_people_wrote(tmp_path: Path) -> None:
    assert list(take(tmp_path, PROJECT).parts) == [
        "class `Model` in lib/features.py",
        "closure `factor` of `make` in pipeline.py",
        "default `rate` of `work` in pipeline.py",
        "function `make.inner` in pipeline.py",
        "function `scale` in lib/features.py",
        "function `work` in pipeline.py",
        "value `FACTOR` in lib/__init__.py",
        "value `half` in pipeline.py",
    ]


def test_packages_are_distributions_without_the_standard_library(tmp_path: Path) -> None:
    assert take(tmp_path, PROJECT).packages == ("numpy", "pyyaml", "scikit-learn")


def test_modules_are_those_of_the_project(tmp_path: Path) -> None:
    assert take(tmp_path, PROJECT).modules == ("lib", "lib.features", "pipeline")


def test_an_import_in_a_function_does_not_load_its_package(tmp_path: Path) -> None:
    source = "def work(x):\n    from diskcache.core import Cache\n    return Cache(x)\n"
    assert take(tmp_path, {"pipeline.py": source}).packages == ("diskcache",)


def test_a_missing_package_is_no_error(tmp_path: Path) -> None:
    source = "def work(x):\n    import no_such_package as n\n    return n.f(x)\n"
    found = take(tmp_path, {"pipeline.py": source})
    assert (found.packages, found.warnings) == ((), ())


def test_only_the_helper_is_blamed_for_its_change(tmp_path: Path) -> None:
    before = take(tmp_path / "a", PROJECT)
    changed = PROJECT["lib/features.py"].replace("dumps(x)", "dumps(-x)")
    after = take(tmp_path / "b", {**PROJECT, "lib/features.py": changed})
    differing = [label for label in before.parts if before.parts[label] != after.parts[label]]
    assert differing == ["function `scale` in lib/features.py"]


def test_moving_and_renaming_files_changes_nothing(tmp_path: Path) -> None:
    moved = {
        "other/run.py": PROJECT["pipeline.py"]
        .replace("lib.features", "code.deep")
        .replace("from lib import", "from code.numbers import"),
        "code/deep.py": PROJECT["lib/features.py"],
        "code/numbers.py": PROJECT["lib/__init__.py"],
    }
    moved = {name.replace("code/", "mylib/"): text for name, text in moved.items()}
    moved = {name: text.replace("code.", "mylib.") for name, text in moved.items()}
    before = take(tmp_path / "a", PROJECT)
    after = take(tmp_path / "b" / "c", moved, "other.run:work")
    assert before.digest == after.digest
    assert sorted(before.parts.values()) == sorted(after.parts.values())


@pytest.mark.parametrize(
    "value", ["Path(__file__).parent / 'data'", "str(Path(__file__).resolve().parent) + '/data'"]
)
def test_a_path_below_the_project_is_the_same_in_every_checkout(value: str, tmp_path: Path) -> None:
    source = f"from pathlib import Path\nDATA = {value}\ndef work(x):\n    return DATA\n"
    here, there = (take(tmp_path / name, {"pipeline.py": source}) for name in ("a", "b"))
    assert here.digest == there.digest
    other = take(tmp_path / "c", {"pipeline.py": source.replace("data", "files")})
    assert other.digest != here.digest


def test_helpers_of_one_maker_differ_by_their_closures(tmp_path: Path) -> None:
    source = """
        def make(factor):
            return lambda x: x * factor
        TABLE = [make(2), make(3)]
        def work(x):
            return [f(x) for f in TABLE]
        """
    before = take(tmp_path / "a", {"pipeline.py": source})
    swapped = source.replace("make(2), make(3)", "make(3), make(2)")
    assert take(tmp_path / "b", {"pipeline.py": swapped}).digest != before.digest


def test_equal_values_are_alike_whether_or_not_they_are_one_object(tmp_path: Path) -> None:
    source = "A = [1, 2]\nB = A\ndef work(x):\n    return A, B\n"
    one = take(tmp_path / "a", {"pipeline.py": source})
    two = take(tmp_path / "b", {"pipeline.py": source.replace("B = A", "B = [1, 2]")})
    assert one.digest == two.digest


def test_values_that_hold_themselves_have_a_fingerprint(tmp_path: Path) -> None:
    source = """
        class Node:
            def __init__(self, value):
                self.value, self.next = value, self
        LOOP = [1]
        LOOP.append(LOOP)
        NODE = Node(1)
        def work(x):
            return LOOP, NODE, TABLE
        TABLE = {"work": work}
        """
    before = take(tmp_path / "a", {"pipeline.py": source})
    assert before.digest == take(tmp_path / "b", {"pipeline.py": source}).digest
    after = take(tmp_path / "c", {"pipeline.py": source.replace("Node(1)", "Node(2)")})
    assert before.digest != after.digest


@pytest.mark.parametrize("depth", [10, 90, 250, 400, 100_000])
def test_a_value_may_be_nested_however_deeply(depth: int, tmp_path: Path) -> None:
    source = f"""
        DEEP = []
        for _ in range({depth}):
            DEEP = [DEEP]
        def work(x):
            return DEEP
        """
    before = take(tmp_path / "a", {"pipeline.py": source})
    assert "value `DEEP` in pipeline.py" in before.parts
    assert before.warnings == ()
    after = take(tmp_path / "b", {"pipeline.py": source.replace(str(depth), str(depth - 1))})
    assert after.digest != before.digest


@pytest.fixture
def pipeline(tmp_path: Path) -> Any:
    """The live module of a project, and the project."""
    source = """
        import functools
        LOG, FACTOR, CONFIG = [], 2, {"a": 1}
        def scale(x):
            return x * FACTOR
        class Model:
            def fit(self, x):
                return scale(x)
        class Other:
            pass
        def work(x):
            LOG.append(x)
            return Model().fit(x) + CONFIG["a"]
        """
    write(tmp_path, {"pipeline.py": source})
    with importable(tmp_path):
        yield load("pipeline", "__dict__"), Project(tmp_path)


def test_values_are_those_of_the_moment(pipeline: tuple[dict[str, Any], Project]) -> None:
    names, project = pipeline
    digests = [fingerprint(names["work"], project).digest]
    names["FACTOR"] = 3
    digests.append(fingerprint(names["work"], project).digest)
    names["CONFIG"]["a"] = 2
    digests.append(fingerprint(names["work"], project).digest)
    names["scale"] = lambda x: x
    digests.append(fingerprint(names["work"], project).digest)
    assert len(set(digests)) == 4


def test_running_a_step_that_only_writes_a_log_changes_nothing(
    pipeline: tuple[dict[str, Any], Project],
) -> None:
    names, project = pipeline
    before = fingerprint(names["work"], project)
    names["work"](1)
    assert fingerprint(names["work"], project) == before


def test_shared_work_gives_the_same_fingerprints(
    pipeline: tuple[dict[str, Any], Project],
) -> None:
    names, project = pipeline
    shared = Fingerprinter(project)
    for name in ("scale", "Model", "work", "CONFIG"):
        assert shared.fingerprint(names[name]) == fingerprint(names[name], project)


@pytest.mark.parametrize(
    "make",
    [
        lambda names: names["work"],
        lambda names: names["Model"],
        lambda names: names["Model"]().fit,
        lambda names: names["Model"].fit,
        lambda names: names["Model"](),
        lambda names: functools.partial(names["work"], 1),
        lambda names: {"a": [names["scale"]]},
    ],
)
def test_any_object_depends_on_the_code_behind_it(
    make: Callable[[dict[str, Any]], Any], pipeline: tuple[dict[str, Any], Project]
) -> None:
    names, project = pipeline
    before = fingerprint(make(names), project)
    names["FACTOR"] = 3
    assert fingerprint(make(names), project).digest != before.digest


def test_types_of_the_project_have_one_digest(pipeline: tuple[dict[str, Any], Project]) -> None:
    names, project = pipeline
    model, other = names["Model"], names["Other"]
    both = fingerprint_types([model, other, int], project)
    assert both == fingerprint_types([other, model, model], project)
    assert both != fingerprint_types([model], project)
    names["FACTOR"] = 3
    assert both != fingerprint_types([model, other], project)


def test_types_of_other_people_have_none(pipeline: tuple[dict[str, Any], Project]) -> None:
    assert fingerprint_types([int, Path, dict], pipeline[1]) == ""


@pytest.mark.parametrize("name", ["work", "Model"])
def test_a_file_that_changed_after_its_import_is_not_taken_for_the_code_that_runs(
    name: str, tmp_path: Path
) -> None:
    source = """
        class Model:
            def fit(self, x):
                return x * 2
        def work(x):
            return x * 2
        """
    changed = {"pipeline.py": source.replace("x * 2", "x * 333")}
    write(tmp_path / "a", {"pipeline.py": source})
    with importable(tmp_path / "a"):
        live = load("pipeline", name)
        write(tmp_path / "a", changed)
        running = fingerprint(live, Project(tmp_path / "a"))
    assert running.digest != take(tmp_path / "b", changed, f"pipeline:{name}").digest


def test_cells_of_a_notebook_are_read_from_their_own_source(tmp_path: Path) -> None:
    def cell(number: int, source: str, names: dict[str, Any]) -> None:
        file = f"<cell {number}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        exec(compile(source, file, "exec"), names)

    digests = []
    for number, body in enumerate(("x * 2", "x * 2  # twice", "x * 3")):
        names: dict[str, Any] = {"__name__": "__main__"}
        cell(2 * number, f"def scale(x):\n    return {body}\n", names)
        cell(2 * number + 1, "def work(x):\n    return scale(x)\n", names)
        digests.append(fingerprint(names["work"], Project(tmp_path)).digest)
    assert digests[0] == digests[1] != digests[2]


def test_code_of_an_environment_in_the_project_is_not_followed(tmp_path: Path) -> None:
    files = {
        "pipeline.py": "from features import scale\ndef work(x):\n    return scale(x)\n",
        "env/pyvenv.cfg": "",
        "env/features.py": HELPER,
    }
    write(tmp_path, files)
    with importable(tmp_path / "env"), importable(tmp_path):
        found = fingerprint(load("pipeline", "work"), Project(tmp_path))
    assert list(found.parts) == ["function `work` in pipeline.py"]


@pytest.mark.parametrize("method", ["__init__", "fit"])
def test_a_class_typed_into_a_console_is_followed(method: str, tmp_path: Path) -> None:
    source = (
        "class Model:\n    def {}(self, x=0):\n        self.x = {}\ndef work(x):\n    Model()\n"
    )
    digests = []
    for value in (1, 1, 2):
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(source.format(method, value), names)
        digests.append(fingerprint(names["work"], Project(tmp_path)).digest)
    assert digests[0] == digests[1] != digests[2]
