"""What steps depend on beside code, parameters and inputs: age, files, what a function returns."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from compiling import zcompile
from msgspec.structs import replace
from projects import Project

from zcompile.exceptions import StepInterfaceError
from zruntime.records import Records
from zruntime.store import LocalStore

AGEING = """
from datetime import timedelta
from notes import note
from zcompile import pipeline, step

@step(cache_ttl={ttl})
def fetch() -> int:
    note("fetch")
    return 1

@step
def double(value: int) -> int:
    note("double")
    return 2 * value

@pipeline
def p():
    double(fetch())
"""


def age_entries(project: Project, age: timedelta) -> None:
    """Dates all stored results back by that time."""
    with LocalStore(project.store) as store:
        for entry in [*store.entries()]:
            store.save(replace(entry, created=entry.created - age.total_seconds()))


def reason(project: Project, step: str) -> str:
    """Why a step ran in the newest run, as it is recorded."""
    with LocalStore(project.store) as store:
        *_, run = Records(store).runs("p")
    return next(record.reason for record in run.steps if record.name == step)


@pytest.mark.parametrize("ttl", ['"1d 12h"', "timedelta(days=1.5)", "129600", '"P1DT12H"'])
def test_a_result_older_than_its_ttl_is_computed_anew(ttl: str, project: Project) -> None:
    module = project.load(AGEING.format(ttl=ttl))
    module.p()
    age_entries(project, timedelta(hours=35))
    module.p()
    assert project.executed() == ["fetch", "double"]

    age_entries(project, timedelta(hours=2))
    module.p()
    assert project.executed() == ["fetch"], "the equal result lets the second step hit"
    made = datetime.now(timezone.utc) - timedelta(hours=37)
    assert reason(project, "fetch").startswith(
        f"older than cache_ttl 1d 12h (made {made:%Y-%m-%d %H}"
    )
    module.p()
    assert project.executed() == [], "the new result took the old one's place"


def test_a_result_of_a_clock_that_was_ahead_does_not_live_for_ever(project: Project) -> None:
    module = project.load(AGEING.format(ttl='"1h"'))
    module.p()
    age_entries(project, timedelta(minutes=-2))
    module.p()
    assert project.executed() == ["fetch", "double"], "clocks of hosts differ a little"
    age_entries(project, timedelta(days=-400))
    module.p()
    assert project.executed() == ["fetch"]
    assert reason(project, "fetch") == (
        "its result is dated in the future, so cache_ttl 1h does not take it"
    )


def test_the_ttl_is_no_part_of_the_key(project: Project) -> None:
    project.load(AGEING.format(ttl='"1d"')).p()
    project.executed()
    project.load(AGEING.format(ttl='"2d"')).p()
    assert project.executed() == []


def test_age_and_version_in_yaml_and_with_options(project: Project) -> None:
    config = project.write("config.yaml", "steps:\n  fetch: {cache_ttl: 1h, cache_version: b}\n")
    module = project.load(AGEING.format(ttl='"1d"'))
    module.p()
    module.p.with_options(config_path=config)()
    assert project.executed() == ["fetch", "double", "fetch"]
    assert reason(project, "fetch") == "cache_version unset -> 'b'"
    age_entries(project, timedelta(hours=2))
    module.p()
    assert project.executed() == []
    module.p.with_options(config_path=config)()
    assert project.executed() == ["fetch"]

    call = 'fetch.with_options(cache_ttl="30m", cache_version="c")()'
    text = AGEING.format(ttl='"1d"').replace("double(fetch())", call)
    project.load(text).p()
    assert reason(project, "fetch") == "cache_version 'b' -> 'c'"
    age_entries(project, timedelta(minutes=31))
    project.load(text).p()
    assert reason(project, "fetch").startswith("older than cache_ttl 30m")


def test_the_plan_says_how_old_a_result_is(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.load(AGEING.format(ttl='"1d"')).p()
    age_entries(project, timedelta(days=2))
    monkeypatch.chdir(project.folder)
    assert "older than cache_ttl 1d (made " in " ".join(zcompile("plan", "pipeline.py").out.split())


@pytest.mark.parametrize("ttl", ['"1 month"', "0", "-1", "True", '""', "[1]"])
def test_a_ttl_that_is_no_duration(ttl: str, project: Project) -> None:
    with pytest.raises(StepInterfaceError, match=r"which is no duration") as caught:
        project.load(AGEING.format(ttl=ttl))
    assert caught.value.code == "ZC135"
    with pytest.raises(StepInterfaceError, match=r"`cache_ttl` of `with_options`"):
        project.load(AGEING.format(ttl='"1d"')).fetch.with_options(cache_ttl="soon")


FILES = """
from pathlib import Path
from notes import note
from zcompile import pipeline, step

FOLDER = Path(__file__).parent

@step(files={files})
def read() -> list[str]:
    note("read")
    return sorted(path.read_text() for path in FOLDER.glob("data/**/*.csv"))

@pipeline
def p():
    read()
"""


@pytest.fixture
def read(project: Project) -> Project:
    """A project whose step has read two files."""
    project.write("data/a.csv", "1")
    project.write("data/b.csv", "2")
    project.load(FILES.format(files='["data/*.csv"]')).p()
    assert project.executed() == ["read"]
    return project


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda data: (data / "a.csv").write_text("3"), "file data/a.csv changed"),
        (lambda data: (data / "c.csv").write_text("3"), "file data/c.csv is new"),
        (lambda data: (data / "b.csv").unlink(), "file data/b.csv is gone"),
        (
            lambda data: (data / "b.csv").rename(data / "c.csv"),
            "file data/b.csv is gone; file data/c.csv is new",
        ),
    ],
)
def test_a_declared_file_counts_by_name_and_content(
    edit: Callable[[Path], Any], told: str, read: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(read.folder / "data")
    monkeypatch.chdir(read.folder)
    assert told in zcompile("plan", "pipeline.py").out
    read.load().p()
    assert read.executed() == ["read"]
    assert reason(read, "read") == told
    read.load().p()
    assert read.executed() == []


def test_what_is_no_content_of_a_declared_file_does_not_count(
    read: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (read.folder / "data/notes.txt").write_text("other")
    (read.folder / "data/a.csv").touch()
    monkeypatch.chdir("/")
    read.load().p()
    assert read.executed() == []


CHANGING = """
from pathlib import Path
from notes import note
from zcompile import pipeline, step

DATA = Path(__file__).parent / "data"

@step(files="data")
def read() -> int:
    note("read")
    total = sum(int(path.read_text()) for path in DATA.iterdir())
    if total == 3:
        (DATA / "a.csv").write_text("9")
        (DATA / "new.csv").write_text("9")
    return total

@pipeline
def p():
    read()
"""


def test_a_file_that_changes_while_its_step_runs_leaves_no_result_for_later(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.write("data/a.csv", "1")
    project.write("data/b.csv", "2")
    module = project.load(CHANGING)
    run = module.p()
    assert run.get_step("read").output.read() == 3
    told = (
        "not kept for later runs, since while it ran file data/a.csv changed; "
        "file data/new.csv is new"
    )
    assert reason(project, "read") == f"first run of this step; {told}"
    assert f"The result of step read is {told}." in caplog.text

    (project.folder / "data/a.csv").write_text("1")
    (project.folder / "data/new.csv").unlink()
    assert module.p().get_step("read").output.read() == 3
    assert project.executed() == ["read", "read"], "the files are as they were, and no result is"
    assert module.p().get_step("read").output.read() == 20
    module.p()
    assert project.executed() == ["read"]


def test_a_pattern_without_files_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    project.write("pipeline.py", FILES.format(files='["dta/*.csv", "data/c.csv"]'))
    monkeypatch.chdir(project.folder)
    result = zcompile("pipeline.py")
    assert result.code == 0
    assert result.err.count("warning ZC440") == 2
    assert "No file matches 'dta/*.csv', which step `read` declares." in result.err
    assert zcompile("pipeline.py", "--strict").code == 1
    project.load().p()
    assert f"no file matches 'dta/*.csv' of its `files` in {project.folder}." in caplog.text


def test_a_file_that_cannot_be_read_lets_its_step_run_uncached(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    (project.folder / "data").mkdir()
    os.mkfifo(project.folder / "data/a.csv")
    module = project.load(FILES.format(files='["data/*"]').replace("**/*.csv", "*.none"))
    module.p()
    module.p()
    assert project.executed() == ["read", "read"]
    told = "file data/a.csv cannot be read: it is no regular file"
    assert reason(project, "read") == told
    assert f"No result of step read can be used or kept: {told}." in caplog.text


PATHS = """
from typing import Annotated, Optional, Union
from pydantic import BaseModel, DirectoryPath, Field, FilePath
from notes import note
from zcompile import BaseStepConfig, pipeline, step

class Source(BaseModel):
    table: Annotated[FilePath, Field(alias="the/table")]

class Config(BaseStepConfig):
    source: Source
    folder: DirectoryPath = "raw"
    extra: Optional[FilePath] = None
    either: Union[FilePath, DirectoryPath] = "raw"

@step
def read(config: Config, more: list[FilePath]) -> list[str]:
    note("read")
    paths = [config.source.table, *config.folder.rglob("*.csv"), *more]
    return sorted(path.read_text() for path in [*paths, *filter(None, [config.extra])])

@pipeline
def p(table: str = "a.csv", extra: Optional[str] = None):
    read(Config(source={"the/table": table}, extra=extra), more=["b.csv", "c.csv"])
"""


@pytest.fixture
def paths(project: Project) -> Project:
    """A project whose step has read the files that its parameters name."""
    for name in ("a", "b", "c", "raw/d", "raw/sub/e"):
        project.write(f"{name}.csv", name)
    run = project.load(PATHS).p()
    assert project.executed() == ["read"]
    assert run.get_step("read").output.read() == ["a", "b", "c", "raw/d", "raw/sub/e"]
    return project


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.csv", "file a.csv of parameter source['the/table'] changed"),
        ("c.csv", "file c.csv of parameter more[1] changed"),
        (
            "raw/sub/e.csv",
            "file raw/sub/e.csv of parameter either changed; "
            "file raw/sub/e.csv of parameter folder changed",
        ),
        (
            "raw/new.csv",
            "file raw/new.csv of parameter either is new; "
            "file raw/new.csv of parameter folder is new",
        ),
    ],
)
def test_the_content_of_a_file_that_a_parameter_names(
    name: str, told: str, paths: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths.write(name, "changed")
    monkeypatch.chdir("/")
    module = paths.load()
    module.p()
    assert paths.executed() == ["read"]
    assert reason(paths, "read") == told
    module.p()
    assert paths.executed() == []


def test_the_path_of_a_file_does_not_count(paths: Project) -> None:
    moved = (paths.folder / "a.csv").rename(paths.folder / "moved.csv")
    module = paths.load()
    module.p(table="moved.csv")
    module.p(table=str(moved))
    assert paths.executed() == []
    module.p(table="b.csv")
    assert reason(paths, "read") == "parameter source['the/table']: a.csv -> b.csv"
    module.p(table="b.csv", extra="c.csv")
    assert paths.executed() == ["read", "read"]
    assert reason(paths, "read") == "file c.csv of parameter extra is new"


def test_a_file_that_is_missing_is_told_where_the_step_runs(
    paths: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (paths.folder / "a.csv").unlink()
    monkeypatch.chdir(paths.folder)
    result = zcompile("pipeline.py")
    assert result.code == 0
    assert "Parameter `source['the/table']` of step `read` is 'a.csv'" in result.err
    assert "file a.csv is missing" in zcompile("plan", "pipeline.py").out
    with pytest.raises(StepInterfaceError, match=r"there is no such file in ") as caught:
        paths.load().p()
    assert caught.value.code == "ZC158"
    assert str(paths.folder) in str(caught.value)
    paths.write("elsewhere/a.csv", "a")
    for name in ("b", "c", "raw/d", "raw/sub/e"):
        paths.write(f"elsewhere/{name}.csv", name)
    monkeypatch.setenv("ZCOMPILE_FILES", str(paths.folder / "elsewhere"))
    paths.load().p()
    assert paths.executed() == [], "the same files are in another folder"


def test_a_file_that_an_earlier_step_writes(project: Project) -> None:
    module = project.load(
        """
        from pathlib import Path
        from pydantic import FilePath
        from notes import note
        from zcompile import pipeline, step

        @step(enable_cache=False)
        def write() -> int:
            Path(__file__).with_name("made.csv").write_text("1")
            return 1

        @step
        def read(done: int, table: FilePath) -> str:
            note("read")
            return table.read_text()

        @pipeline
        def p():
            read(write(), "made.csv")
        """
    )
    assert module.p().get_step("read").output.read() == "1"
    (project.folder / "made.csv").unlink()
    module.p()
    assert project.executed() == ["read"]


ASKING = """
from notes import note
from zcompile import BaseStepConfig, pipeline, step
import clock

class Config(BaseStepConfig):
    table: str = "orders"

def newest(config, limit=0, other=7):
    return {answer}

@step(cache_func={function})
def read(config: Config, limit: int = 3) -> int:
    note("read")
    return limit

@pipeline
def p():
    read()
"""


@pytest.mark.parametrize("function", ["newest", "lambda config, limit: newest(config, limit)"])
def test_what_a_cache_func_returns_counts(function: str, project: Project) -> None:
    project.write("clock.py", "def today():\n    return open(__file__ + '.txt').read()\n")
    project.write("clock.py.txt", "monday")
    answer = "[config.table, limit, other, clock.today()]"
    module = project.load(ASKING.format(answer=answer, function=function))
    module.p()
    module.p()
    assert project.executed() == ["read"]
    project.write("clock.py.txt", "tuesday")
    module.p()
    assert project.executed() == ["read"]
    assert reason(project, "read") == "cache_func returned [3] 'monday' -> 'tuesday'"
    project.write("clock.py.txt", "monday")
    module.p()
    assert project.executed() == [], "the key is as it was"


def test_the_code_of_a_cache_func_counts(project: Project) -> None:
    project.write("clock.py", "")
    project.load(ASKING.format(answer="1 + 1", function="newest")).p()
    project.load(ASKING.format(answer="2", function="newest")).p()
    assert project.executed() == ["read", "read"]
    assert reason(project, "read") == "code: function `newest` in pipeline.py changed"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("clock.MISSING", "AttributeError: module 'clock' has no attribute 'MISSING'"),
        ("object()", "TypeError: object is not plain JSON data"),
        ("float('nan')", "ValueError: Out of range float values are not JSON compliant"),
    ],
)
def test_a_cache_func_that_fails_lets_its_step_run_uncached(
    answer: str, told: str, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.write("clock.py", "")
    module = project.load(ASKING.format(answer=answer, function="newest"))
    module.p()
    module.p()
    assert project.executed() == ["read", "read"]
    assert f"cache_func newest failed: {told}" in reason(project, "read")
    assert f"cache_func newest failed: {told}" in caplog.text
    assert ("(pipeline.py, line 10)" in reason(project, "read")) == ("MISSING" in answer)


HANGING = (
    ASKING.replace("clock", "threading")
    .format(answer="asked.set() or threading.Event().wait()", function="newest")
    .replace("import threading", "import threading\nasked = threading.Event()")
)


def test_a_cache_func_that_hangs_lets_its_step_run_uncached(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ZCOMPILE_CACHE_FUNC_TIMEOUT", "0.1")
    module = project.load(HANGING)
    module.p()
    module.p()
    assert module.asked.is_set()
    assert project.executed() == ["read", "read"]
    told = "cache_func newest gave no answer within 0.1 seconds (ZCOMPILE_CACHE_FUNC_TIMEOUT)"
    assert reason(project, "read") == told
    assert f"No result of step read can be used or kept: {told}." in caplog.text


def test_what_a_cache_func_raises_to_end_the_program_ends_it(project: Project) -> None:
    project.write("clock.py", "import sys")
    module = project.load(ASKING.format(answer="clock.sys.exit(7)", function="newest"))
    with pytest.raises(SystemExit, match="7"):
        module.p()


def test_a_cache_func_sees_the_context_of_the_run(project: Project) -> None:
    project.write("clock.py", "from contextvars import ContextVar\nDAY = ContextVar('DAY')")
    module = project.load(ASKING.format(answer="clock.DAY.get()", function="newest"))
    for day in ("monday", "tuesday"):
        module.clock.DAY.set(day)
        module.p()
    assert "cache_func returned 'monday' -> 'tuesday'" in reason(project, "read")


@pytest.mark.parametrize(
    "answer",
    ["b'bytes'", "'x' * 100_000", "None", "{'a': (1, datetime.datetime(2026, 1, 31), b'')}"],
)
def test_what_a_cache_func_may_return(answer: str, project: Project) -> None:
    project.write("clock.py", "")
    source = "import datetime\n" + ASKING.format(answer=answer, function="newest")
    project.load(source).p()
    project.load(source).p()
    assert project.executed() == ["read"]
    with LocalStore(project.store) as store:
        assert len(str(Records(store).history.parts("p", "read"))) < 2000


def test_a_plan_asks_functions_as_a_run_does(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("clock.py", "")
    project.write("hours.py", "NOW = 7")
    asking = "\n    import hours\n    print('asked')\n    return hours.NOW\n"
    source = ASKING.format(answer="0", function="newest").replace(" return 0\n", asking)
    project.load(source).p()
    monkeypatch.chdir("/")
    planned = zcompile("plan", str(project.folder / "pipeline.py"), "--format", "json")
    (step,) = json.loads(planned.out)["plans"][0]["steps"]
    assert step["state"] == "cached"
    project.write("hours.py", "NOW = 8")
    assert "cache_func returned 7 -> 8" in zcompile("plan", str(project.folder / "pipeline.py")).out


def test_the_name_of_a_file_may_be_anything(project: Project) -> None:
    (project.folder / "data").mkdir()
    name = os.fsencode(project.folder) + b"/data/a\n\xff.csv"
    Path(os.fsdecode(name)).write_text("1")
    module = project.load(FILES.format(files='["data"]'))
    module.p()
    Path(os.fsdecode(name)).write_text("2")
    module.p()
    assert reason(project, "read") == r"file 'data/a\n\udcff.csv' changed"


def test_many_files_of_a_pattern_are_told_as_one(project: Project) -> None:
    for number in range(101):
        project.write(f"data/{number}.csv", "1")
    module = project.load(FILES.format(files='["data/*.csv"]'))
    module.p()
    project.write("data/7.csv", "2")
    module.p()
    assert project.executed() == ["read", "read"]
    assert reason(project, "read") == "files data/*.csv changed"


MAPPED = """
from pydantic import FilePath
from notes import note
from zcompile import pipeline, step

@step
def numbers() -> list[int]:
    return [1, 2]

@step(files="data/*.csv", cache_ttl="1d")
def each(number: int, table: FilePath) -> int:
    note(f"each {number}")
    return number

@pipeline
def p(table: FilePath = "data/a.csv"):
    each.map(numbers(), table=table)
"""


def test_each_instance_of_a_mapped_step_counts_files(project: Project) -> None:
    project.write("data/a.csv", "1")
    module = project.load(MAPPED)
    module.p()
    module.p()
    assert project.executed() == ["each", "1", "each", "2"]
    project.write("data/a.csv", "2")
    module.p()
    assert project.executed() == ["each", "1", "each", "2"]
    assert "file data/a.csv of parameter table changed" in reason(project, "each")
    age_entries(project, timedelta(days=2))
    module.p()
    assert project.executed() == ["each", "1", "each", "2"]
    assert "older than cache_ttl 1d" in reason(project, "each")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("files={'a': 1}", "ZC136"),
        ("files=[1]", "ZC136"),
        ("files=['']", "ZC136"),
        ("files='s3://me:secret@bucket/x'", "ZC136"),
        ("files='data/{{ ds }}.csv'", "ZC136"),
        ("cache_func=3", "ZC137"),
        ("cache_func=print", "ZC137"),
        ("cache_func=lambda missing: 1", "ZC138"),
        ("cache_func=lambda limit, /: 1", "ZC138"),
        ("cache_func=lambda *all: 1", "ZC138"),
        ("cache_func=lambda data: 1", "ZC139"),
    ],
)
def test_options_that_cannot_be(options: str, code: str, project: Project) -> None:
    source = f"""
from zcompile import pipeline, step

@step
def load() -> int:
    return 1

@step({options})
def read(data: int, limit: int = 3) -> int:
    return data

@pipeline
def p():
    read(load())
"""
    with pytest.raises(StepInterfaceError) as caught:
        project.load(source).p()
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b", ""])
def test_a_text_that_can_be_no_path(
    path: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = f"""
from typing import Literal, Union
from pydantic import FilePath
from zcompile import pipeline, step

@step
def read(table: Union[FilePath, Literal["default"]] = "default") -> str:
    return str(table)

@step
def strict(table: FilePath) -> str:
    return str(table)

@pipeline
def either():
    read()

@pipeline
def p():
    strict({path!r})
"""
    module = project.load(source)
    assert module.either().get_step("read").output.read() == "default"
    monkeypatch.chdir(project.folder)
    compiled = zcompile("pipeline.py")
    assert (compiled.code, compiled.err.count("ZC440")) == (0, 2), "a warning, and where to read on"
    with pytest.raises(StepInterfaceError) as caught:
        module.p()
    assert caught.value.code == "ZC158"


def test_a_url_that_cannot_be_read_lets_its_step_run_uncached(project: Project) -> None:
    module = project.load(FILES.format(files='["nosuch://bucket/*.csv"]'))
    module.p()
    module.p()
    assert project.executed() == ["read", "read"]
    assert reason(project, "read").startswith("nosuch://bucket/*.csv cannot be read: ValueError")


NAMED = """
from pydantic import DirectoryPath
from notes import note
from zcompile import BaseStepConfig, pipeline, step

class Config(BaseStepConfig):
    folder: str = "data"

@step(files=["{folder}/{kinds}*.csv"])
def read(config: Config, kinds: list[str]) -> None:
    note("read")

@pipeline
def p(folder: str = "data", kind: str = "b"):
    read(Config(folder=folder), kinds=["a", kind])
"""


def test_patterns_name_parameters(project: Project) -> None:
    for name in ("data/a1", "data/b1", "data/c1", "other/a1"):
        project.write(f"{name}.csv", name)
    module = project.load(NAMED)
    module.p()
    project.write("data/c1.csv", "changed")
    project.write("other/a1.csv", "changed")
    module.p()
    assert project.executed() == ["read"]
    project.write("data/b1.csv", "changed")
    module.p()
    assert reason(project, "read") == "file data/b1.csv changed"
    module.p(folder="other")
    assert reason(project, "read") == (
        "parameter folder 'data' -> 'other'; file data/a1.csv is gone; file data/b1.csv is gone; "
        "file other/a1.csv is new"
    )


@pytest.mark.parametrize(("name", "told"), [("folder", "no parameter"), ("config", "no parameter")])
def test_a_pattern_that_names_no_parameter(name: str, told: str, project: Project) -> None:
    module = project.load(NAMED.replace("{folder}", f"{{{name}s}}"))
    with pytest.raises(StepInterfaceError, match=told) as caught:
        module.p()
    assert caught.value.code == "ZC159"
