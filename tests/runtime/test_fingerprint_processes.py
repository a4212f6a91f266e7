"""One digest in every process, under every hash seed, imported or run as a script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fingerprint_projects import take, write

FILES = {
    "pipeline.py": """
        import features
        from dataclasses import dataclass
        from enum import Enum

        class Mode(Enum):
            FAST = "fast"
            SLOW = "slow"

        @dataclass
        class Config:
            names: frozenset = frozenset({"a", "b", "c"})
            mode: Mode = Mode.FAST
            def size(self):
                return len(self.names)

        CONFIG = Config()
        TABLE = {Mode.FAST: features.first, Mode.SLOW: lambda x: x in {"p", "q", "r"}}

        def work(x: Config):
            global CONFIG
            return features.ALL, TABLE[x](CONFIG), __name__

        if __name__ == "__main__":
            import report
            report.show(work)
        """,
    "features.py": """
        def first(x):
            return x in {"a", "b", "c", "d"}
        def second(x):
            return 2
        def third(x):
            return 3
        ALL = {first, second, third}
        """,
    "report.py": """
        from pathlib import Path
        from zruntime.fingerprint import fingerprint
        from zruntime.project import Project
        def show(function):
            found = fingerprint(function, Project(Path(__file__).parent))
            print(found.digest, *found.parts, *found.modules)
        """,
}


def run(folder: Path, *arguments: str, seed: str = "0") -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "project", FILES)


def test_hash_seeds_change_nothing(folder: Path) -> None:
    assert len({run(folder, "pipeline.py", seed=seed) for seed in ("0", "1", "2", "3")}) == 1


def test_a_script_has_the_fingerprint_of_the_module(folder: Path) -> None:
    imported = "import pipeline, report; report.show(pipeline.work)"
    assert run(folder, "pipeline.py") == run(folder, "-c", imported)
    assert run(folder, "-m", "pipeline") == run(folder, "-c", imported)


def test_compiled_modules_have_the_fingerprint_of_their_source(folder: Path) -> None:
    imported = "import pipeline, report; report.show(pipeline.work)"
    first = run(folder, "-c", imported)
    assert list((folder / "__pycache__").glob("pipeline.*.pyc"))
    assert run(folder, "-c", imported) == first


def test_what_else_a_process_has_imported_changes_nothing(folder: Path) -> None:
    source = """
        def work(x):
            import diskcache.recipes
            from yaml import dumper
            return diskcache.recipes.Averager(x), dumper.Dumper
        """
    files = {**FILES, "pipeline.py": source}
    write(folder, files)
    shown = "import pipeline, report; report.show(pipeline.work)"
    assert run(folder, "-c", shown) == run(folder, "-c", f"import diskcache, yaml; {shown}")


def test_another_working_folder_changes_nothing(folder: Path, tmp_path: Path) -> None:
    here = run(folder, "pipeline.py")
    assert here == run(tmp_path, str(folder / "pipeline.py"))
    assert here == run(tmp_path, "project/pipeline.py")


def test_another_checkout_changes_nothing(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "pipeline.py").split()[0] == take(tmp_path / "copy", FILES).digest
