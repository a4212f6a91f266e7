"""What steps depend on beside code, parameters and inputs: age, files, what a function returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from compiling import zcompile
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
