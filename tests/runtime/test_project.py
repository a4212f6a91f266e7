"""What belongs to a project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import zruntime
from zruntime.project import Project, find_project_root


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.mark.parametrize("name", ["pipeline.py", "lib/deep/features.py", "tests/test_a.py"])
def test_python_files_below_the_root_are_local(name: str, project: Project) -> None:
    assert project.is_local(project.root / name)
    assert project.is_local(str(project.root / name))


@pytest.mark.parametrize(
    "name",
    [
        "data.csv",
        "lib/fast.so",
        ".venv/lib/python3.11/site-packages/numpy/__init__.py",
        "usr/lib/python3/dist-packages/apt.py",
        "../elsewhere/features.py",
        "../project2/features.py",
    ],
)
def test_other_files_are_not_local(name: str, project: Project) -> None:
    assert not project.is_local(project.root / name)


@pytest.mark.parametrize("file", [None, "<string>", "<frozen importlib._bootstrap>"])
def test_code_without_a_file_is_not_local(file: str | None, project: Project) -> None:
    assert not project.is_local(file)


def test_an_environment_inside_of_the_project_is_not_local(project: Project) -> None:
    environment = project.root / "tools" / "env"
    environment.mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    assert not project.is_local(environment / "bin" / "activate_this.py")
    assert project.is_local(project.root / "tools" / "make.py")


def test_a_project_may_lie_inside_of_an_environment(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").touch()
    assert Project(tmp_path / "src" / "app").is_local(tmp_path / "src" / "app" / "pipeline.py")


def test_python_and_installed_code_are_not_local_even_below_the_root() -> None:
    everything = Project(Path("/"))
    assert not everything.is_local(json.__file__)
    assert not everything.is_local(np.__file__)


def test_zcompile_itself_is_not_local_even_in_its_own_checkout() -> None:
    package = Path(zruntime.__file__).parent
    checkout = Project(package.parent.parent)
    assert not checkout.is_local(package / "hashing.py")
    assert checkout.is_local(checkout.root / "examples" / "digits" / "pipeline.py")


def test_a_link_to_the_project_is_the_project(project: Project, tmp_path: Path) -> None:
    project.root.mkdir()
    (project.root / "pipeline.py").touch()
    (tmp_path / "link").symlink_to(project.root)
    assert project.is_local(tmp_path / "link" / "pipeline.py")
    assert project.relative(tmp_path / "link" / "pipeline.py") == "pipeline.py"


def test_relative_paths_are_posix_and_never_absolute(project: Project) -> None:
    assert project.relative(project.root / "lib" / "features.py") == "lib/features.py"
    assert project.relative("/somewhere/else.py") == "else.py"


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.py", "setup.cfg"])
def test_the_nearest_marker_tells_the_root(marker: str, tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    (inner / "steps").mkdir(parents=True)
    (tmp_path / "outer" / "pyproject.toml").touch()
    (inner / marker).touch()
    (inner / "steps" / "pipeline.py").touch()
    assert find_project_root(inner / "steps" / "pipeline.py") == inner
    assert find_project_root(inner) == inner


@pytest.mark.parametrize("marker", [".git", ".zcompile"])
def test_folders_are_markers_too(marker: str, tmp_path: Path) -> None:
    (tmp_path / marker).mkdir()
    (tmp_path / "steps").mkdir()
    assert find_project_root(tmp_path / "steps") == tmp_path


def test_without_a_marker_the_file_s_own_folder_is_the_root(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").touch()
    assert find_project_root(tmp_path / "pipeline.py") == tmp_path


def test_a_relative_start_gives_an_absolute_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert find_project_root(Path("pipeline.py")) == tmp_path
