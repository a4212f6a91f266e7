"""``python -m devtools.matrix [NAME...]``: test on other versions of Airflow and of Python.

Each has an environment of its own in .matrix, made from requirements.lock. The results of all go to
docs/compatibility.md, also when only some were tested anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".matrix"
RESULTS = FOLDER / "results.json"
PAGE = ROOT / "docs" / "compatibility.md"
UV = Path(sys.executable).with_name("uv")
EXTRAS = ("--extra", "airflow", "--extra", "graph", "--group", "dev")

WITHOUT_SERVER = (
    "tests/airflow/test_operators.py",
    "tests/airflow/test_plugin_api.py",
    "tests/airflow/test_plugin_bundle.py",
    "tests/airflow/test_task_links.py",
)
PARSED = (
    "tests/compiler/test_golden.py",
    "tests/compiler/test_airflow_arguments.py",
    *WITHOUT_SERVER,
)
LIVE = ("tests/airflow", *(f"--ignore={file}" for file in WITHOUT_SERVER))
ON_PYTHON = (
    "tests/runtime/test_fingerprint_versions.py",
    "tests/runtime/test_fingerprint_functions.py",
    "tests/runtime/test_fingerprint_values.py",
    "tests/runtime/test_hashing.py",
    "tests/runtime/test_materializer_suite.py",
    "tests/compiler/test_golden.py",
    "tests/compiler/test_hints_agree.py",
    "tests/compiler/test_running.py",
    "tests/compiler/test_seed.py",
)
"""A few minutes for each but `LIVE`; the rest is of what all versions have in common."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment.

    Attributes:
        name: What it is called on the command line.
        what: What is tested.
        tests: Arguments of pytest.
        python: The version of Python.
        airflow: The version of Airflow; empty for the locked one.
    """

    name: str
    what: str
    tests: Sequence[str]
    python: str = "3.11"
    airflow: str = ""

    @property
    def environment(self) -> str:
        """Its folder in .matrix."""
        return self.name.removesuffix("-live")


AIRFLOWS = ("3.1", "3.2", "3.3")
OTHERS = AIRFLOWS[:-1]
"""Those that `make test` does not run."""
SETTINGS = [
    *(Setting(f"airflow-{it}", "DAG files and API", PARSED, airflow=it) for it in AIRFLOWS),
    *(Setting(f"airflow-{it}-live", "live", LIVE, airflow=it) for it in OTHERS),
    *(
        Setting(f"python-{it}", "code and values", ON_PYTHON, python=it)
        for it in ("3.10", "3.11", "3.12", "3.13")
    ),
]


@dataclass(frozen=True, slots=True)
class Result:
    """What was found; the versions are empty where there is no environment."""

    python: str = ""
    airflow: str = ""
    passed: int = 0
    skipped: int = 0
    failed: tuple[str, ...] = ()
    missing: str = ""


def main() -> int:
    names = [setting.name for setting in SETTINGS]
    parser = argparse.ArgumentParser(prog="python -m devtools.matrix", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--failed", action="store_true", help="test anew what failed, and no more")
    arguments = parser.parse_args()
    chosen = arguments.names
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        parser.error(f"no {', '.join(unknown)}; there are {', '.join(names)}")
    FOLDER.mkdir(exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for setting in SETTINGS:
        if setting.name in (chosen or names):
            print(f"== {setting.name}", flush=True)
            former = Result(**results.get(setting.name, {})) if arguments.failed else Result()
            results[setting.name] = asdict(_tested(setting, former))
            RESULTS.write_text(json.dumps(results, indent=1))
    found = {name: Result(**result) for name, result in results.items()}
    PAGE.write_text(page(found), encoding="utf-8")
    return int(any(result.failed for result in found.values()))


def _tested(setting: Setting, former: Result) -> Result:
    """What the tests come to; of a former result that has failures, those are tested anew."""
    environment = FOLDER / setting.environment
    python = environment / "bin" / "python"
    if not _made(setting, environment, python):
        return Result(missing=f"no Python {setting.python} on this machine")
    report = FOLDER / f"{setting.name}.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "--junitxml", str(report)]
    tests = former.failed or setting.tests
    subprocess.run([python, "-m", "pytest", *options, *tests], cwd=ROOT, check=False)
    if not report.exists():
        return Result(missing="the tests did not start")
    script = (
        "import json, platform; from importlib.metadata import version;"
        "print(json.dumps([platform.python_version(), version('apache-airflow')]))"
    )
    versions = json.loads(subprocess.check_output([python, "-c", script], text=True))
    found = _counted(report, *versions)
    if not former.failed:
        return found
    passed, skipped = former.passed + found.passed, former.skipped + found.skipped
    return replace(found, passed=passed, skipped=skipped)


def _counted(report: Path, python: str, airflow: str) -> Result:
    """What a report of pytest tells of the tests."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    kinds = [{child.tag for child in case} for case in cases]
    failed = tuple(
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        for case, kind in zip(cases, kinds, strict=True)
        if kind & {"failure", "error"}
    )
    skipped = sum("skipped" in kind for kind in kinds)
    return Result(python, airflow, len(cases) - skipped - len(failed), skipped, failed)


def _made(setting: Setting, environment: Path, python: Path) -> bool:
    """Makes an environment or brings it up to date; False if there is no such Python."""
    if not python.exists():
        made = subprocess.run(
            [UV, "venv", "--quiet", "--clear", "--python", setting.python, environment],
            env={**os.environ, "PATH": os.pathsep.join(_interpreters())},
            check=False,
        )
        if made.returncode:
            return False
    lock = _lock(setting) if setting.airflow else ROOT / "requirements.lock"
    into = ["--quiet", "--python", str(python)]
    subprocess.run([UV, "pip", "sync", *into, str(lock)], check=True)
    subprocess.run(
        [UV, "pip", "install", *into, "--no-deps", "--editable", "."], cwd=ROOT, check=True
    )
    return True


def _lock(setting: Setting) -> Path:
    """The lock with another Airflow; of the rest only what this one does not allow differs."""
    lock = FOLDER / f"{setting.environment}.txt"
    wanted = FOLDER / f"{setting.environment}.in"
    wanted.write_text(f"apache-airflow=={setting.airflow}.*\n")
    lock.write_text((ROOT / "requirements.lock").read_text())  # uv prefers what it finds here
    plain = ["--quiet", "--no-header", "--no-annotate"]
    files = ["--constraint", str(wanted), "--output-file", str(lock), "pyproject.toml"]
    subprocess.run([UV, "pip", "compile", *plain, *EXTRAS, *files], cwd=ROOT, check=True)
    return lock


def _interpreters() -> list[str]:
    """The folders of the PATH, and before them those of the interpreters that pyenv keeps."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = sorted(pyenv.glob("versions/*/bin"), reverse=True)
    return [*map(str, kept), os.environ.get("PATH", "")]


def page(results: dict[str, Result]) -> str:
    """The text of docs/compatibility.md."""
    rows = []
    for setting in SETTINGS:
        result = results.get(setting.name, Result(missing="not tested"))
        outcome = result.missing or f"{result.passed} passed"
        outcome += f", {result.skipped} skipped" if result.skipped else ""
        outcome += "".join(f"<br>failed: `{name}`" for name in result.failed)
        airflow = result.airflow or setting.airflow or "as locked"
        python = result.python or setting.python
        rows.append(f"| {airflow} | {python} | {setting.what} | {outcome} |")
    return TEXT.replace("ROWS", "\n".join(rows))


TEXT = """<!-- Written by `make test-matrix`. -->

# Compatibility

zcompile supports Airflow 3.1 and newer, and Python 3.10 to 3.13. `make test-matrix` makes an
environment for each line of this table, from `requirements.lock` with that version in place of the
locked one, runs the tests there, and writes this page.

| Airflow | Python | what | tests |
|---|---|---|---|
ROWS

* **DAG files and API**: Airflow parses the golden DAG files, whose graphs and arguments are
  compared; the plugin's API and links.
* **live**: all other tests of a running Airflow: DAG runs, cached, partly cached and cleared ones,
  compared with runs on a laptop; the trigger form; DAGs from git; the pages in a browser. It takes
  longest, and a quiet machine. `make test` runs the same on the locked version.
* **code and values**: code has the same digest and a pipeline the same DAG file on all of them;
  values are stored and loaded, annotations compared, and pipelines run. What this means for sharing
  results: [caching.md](caching.md#versions-of-python).
* Interpreters are looked for on the `PATH` and in pyenv's folder, and fetched by `uv` where that
  can be done.
* `.venv/bin/python -m devtools.matrix airflow-3.1` tests one line, and with `--failed` only what
  failed there the last time. "Not tested" stands where nobody has done so since the page was made.

What an older Airflow lacks:

* **3.1**: a number for `retry_exponential_backoff`, for which it tells an import error of the DAG.
* **3.1**: bundles that stand before a GitDagBundle without a connection of Airflow: it forgets them
  when the DAG processor first starts, which ends it. Name the git bundle first, or give it a
  `git_conn_id`.
"""


if __name__ == "__main__":
    sys.exit(main())
