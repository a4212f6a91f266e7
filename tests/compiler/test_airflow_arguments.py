"""Arguments of DAGs and tasks in YAML: Airflow itself reads them from the DAG file as given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from compiling import PIPELINE, write_files
from packaging.version import Version
from parsing import DagParser

from zcompile.compiling import compile_source, write
from zcompile.program import Program, Source

Parse = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagParser]:
    with DagParser(tmp_path_factory.mktemp("airflow")) as parser:
        yield parser


def compiled(folder: Path, config: str) -> Program:
    write_files(folder, {"pipeline.py": PIPELINE, "config.yaml": config})
    config_file = folder / "config.yaml"
    return compile_source(Source(folder / "pipeline.py", (config_file,), folder / "dags"))


@pytest.fixture
def parse(tmp_path: Path, parser: DagParser) -> Parse:
    """What Airflow reads in the DAG of a pipeline with a config."""

    def parsed(config: str) -> dict[str, Any]:
        program = compiled(tmp_path, config)
        assert not program.diagnostics
        (path,) = write(program).dags
        (dag,) = parser.parse(path).values()
        return dag

    return parsed


def trigger(**arguments: Any) -> dict[str, Any]:
    defaults = {"timezone": "UTC", "interval": 0.0, "run_immediately": False}
    return {
        "__type": "airflow.timetables.trigger.CronTriggerTimetable",
        "__var": {**defaults, **arguments},
    }


def asset(name: str, uri: str = "", **more: Any) -> dict[str, Any]:
    named = {"__type": "asset", "name": name, "uri": uri or name}
    return {**named, "group": "asset", "extra": {}, **more}


def on_assets(condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "__type": "airflow.timetables.simple.AssetTriggeredTimetable",
        "__var": {"asset_condition": condition},
    }


def every(kind: str, *objects: dict[str, Any]) -> dict[str, Any]:
    return {"__type": f"asset_{kind}", "objects": list(objects)}


ALIAS = {"__type": "asset_alias", "name": "c", "group": "asset"}

SCHEDULES: dict[str, dict[str, Any]] = {
    "null": {"__type": "airflow.timetables.simple.NullTimetable", "__var": {}},
    "'@once'": {"__type": "airflow.timetables.simple.OnceTimetable", "__var": {}},
    "'@daily'": trigger(expression="0 0 * * *"),
    "0 6 * * 1-5": trigger(expression="0 6 * * 1-5"),
    "6h": {
        "__type": "airflow.timetables.trigger.DeltaTriggerTimetable",
        "__var": {"delta": 21600.0, "interval": 0.0},
    },
    "[a, 's3://b/c']": on_assets(every("all", asset("a"), asset("s3://b/c"))),
    "{name: a, uri: 's3://b/c', group: g, extra: {n: 1}}": on_assets(
        asset("a", "s3://b/c", group="g", extra={"n": 1})
    ),
    "{alias: c}": on_assets(ALIAS),
    "{any: [a, {all: [b, {alias: c}]}]}": on_assets(
        every("any", asset("a"), every("all", asset("b"), ALIAS))
    ),
    "{CronTriggerTimetable: {cron: 0 6 * * *, timezone: Asia/Tokyo, run_immediately: 10m}}": (
        trigger(expression="0 6 * * *", timezone="Asia/Tokyo", run_immediately=600.0)
    ),
    "{MultipleCronTriggerTimetable: {crons: [0 6 * * *, '@weekly'], interval: 1d}}": {
        "__type": "airflow.timetables.trigger.MultipleCronTriggerTimetable",
        "__var": {
            "expressions": ["0 6 * * *", "0 0 * * 0"],
            "timezone": "UTC",
            "interval": 86400.0,
            "run_immediately": False,
        },
    },
    "{CronDataIntervalTimetable: {cron: '@monthly'}}": {
        "__type": "airflow.timetables.interval.CronDataIntervalTimetable",
        "__var": {"expression": "0 0 1 * *", "timezone": "UTC"},
    },
    "{DeltaTriggerTimetable: {delta: 1h 30m, interval: 1h}}": {
        "__type": "airflow.timetables.trigger.DeltaTriggerTimetable",
        "__var": {"delta": 5400.0, "interval": 3600.0},
    },
    "{DeltaDataIntervalTimetable: {delta: PT1H}}": {
        "__type": "airflow.timetables.interval.DeltaDataIntervalTimetable",
        "__var": {"delta": 3600.0},
    },
    "{AssetOrTimeSchedule: {timetable: {CronTriggerTimetable: {cron: '@daily'}}, assets: [a]}}": {
        "__type": "airflow.timetables.assets.AssetOrTimeSchedule",
        "__var": {
            "asset_condition": every("all", asset("a")),
            "timetable": trigger(expression="0 0 * * *"),
        },
    },
}


@pytest.mark.parametrize("text", SCHEDULES)
def test_airflow_reads_the_schedule(text: str, parse: Parse) -> None:
    assert parse(f"dag:\n  schedule: {text}\n")["schedule"] == SCHEDULES[text]


def test_a_time_zone_is_that_of_dates_and_schedules(parse: Parse) -> None:
    dag = parse(
        """
        dag:
          timezone: Europe/Berlin
          schedule: "@daily"
          start_date: 2026-07-01
          end_date: 2026-12-31T12:00:00Z
        """
    )
    assert dag["timezone"] == "Europe/Berlin"
    assert dag["start_date"] == "2026-06-30T22:00:00+00:00"
    assert dag["end_date"] == "2026-12-31T12:00:00+00:00"
    assert dag["schedule"] == trigger(expression="0 0 * * *", timezone="Europe/Berlin")


DAG_VALUES: dict[str, tuple[str, Any]] = {
    "start_date: 2026-01-31": ("start_date", "2026-01-31T00:00:00+00:00"),
    "start_date: 2026-01-31 06:00:00+02:00": ("start_date", "2026-01-31T04:00:00+00:00"),
    "end_date: 2026-01-31T06:30": ("end_date", "2026-01-31T06:30:00+00:00"),
    "catchup: true": ("catchup", True),
    "tags: [b, a, b]": ("tags", ["a", "b"]),
    "owner_links: {me: 'mailto:me@example.com'}": ("owner_links", {"me": "mailto:me@example.com"}),
    "doc_md: See README.md": ("doc_md", "See README.md\n"),
    "description: no": ("description", "no"),
    "dag_display_name: Ein Fluß": ("dag_display_name", "Ein Fluß"),
    "max_active_runs: 3": ("max_active_runs", 3),
    "max_active_tasks: 4": ("max_active_tasks", 4),
    "max_consecutive_failed_dag_runs: 5": ("max_consecutive_failed_dag_runs", 5),
    "dagrun_timeout: 1d": ("dagrun_timeout", 86400),
    "is_paused_upon_creation: false": ("is_paused_upon_creation", False),
}


@pytest.mark.parametrize("text", DAG_VALUES)
def test_airflow_reads_the_arguments_of_a_dag(text: str, parse: Parse) -> None:
    name, value = DAG_VALUES[text]
    assert parse(f"dag:\n  {text}\n")[name] == value


TASK_VALUES: dict[str, tuple[str, Any]] = {
    "retries: 3": ("retries", 3),
    "retry_delay: 1m 30s": ("retry_delay", 90),
    "retry_exponential_backoff: true": ("retry_exponential_backoff", True),
    "retry_exponential_backoff: 3": ("retry_exponential_backoff", 3.0),
    "max_retry_delay: PT1H": ("max_retry_delay", 3600),
    "execution_timeout: 0.5": ("execution_timeout", 0.5),
    "pool: small": ("pool", "small"),
    "pool_slots: 2": ("pool_slots", 2),
    "queue: gpu": ("queue", "gpu"),
    "priority_weight: 7": ("priority_weight", 7),
    "weight_rule: absolute": ("weight_rule", "absolute"),
    "owner: on": ("owner", "on"),
    "executor_config: {a: [1, null]}": ("executor_config", {"a": [1, None]}),
    "depends_on_past: true": ("depends_on_past", True),
    "ignore_first_depends_on_past: true": ("ignore_first_depends_on_past", True),
    "wait_for_past_depends_before_skipping: true": (
        "wait_for_past_depends_before_skipping",
        True,
    ),
    "wait_for_downstream: true": ("wait_for_downstream", True),
    "max_active_tis_per_dag: 1": ("max_active_tis_per_dag", 1),
    "max_active_tis_per_dagrun: 2": ("max_active_tis_per_dagrun", 2),
    "run_as_user: me": ("run_as_user", "me"),
}

STEP_VALUES: dict[str, tuple[str, Any]] = {
    **TASK_VALUES,
    "doc_md: See README.md": ("doc_md", "See README.md\n"),
    "task_display_name: Machen": ("task_display_name", "Machen"),
    "inlets: [a]": ("inlets", [{"name": "a", "uri": "a", "group": "asset", "extra": {}}]),
    "outlets: ['s3://b/c', {alias: d, group: e}]": (
        "outlets",
        [
            {"name": "s3://b/c", "uri": "s3://b/c", "group": "asset", "extra": {}},
            {"name": "d", "group": "e"},
        ],
    ),
}


def known_here(texts: Iterable[str]) -> list[Any]:
    """The arguments; those that this Airflow does not know are skipped."""
    lacking = pytest.mark.skipif(
        Version(version("apache-airflow")) < Version("3.2"),
        reason="Airflow 3.1 takes no factor for longer delays",
    )
    new = ("retry_exponential_backoff: 3",)
    return [pytest.param(text, marks=lacking if text in new else ()) for text in texts]


@pytest.mark.parametrize("text", known_here(STEP_VALUES))
def test_airflow_reads_the_arguments_of_a_task(text: str, parse: Parse) -> None:
    name, value = STEP_VALUES[text]
    dag = parse(f"steps:\n  make:\n    airflow:\n      {text}\n")
    assert dag["tasks"]["make"][name] == value
    assert dag["tasks"]["use"][name] != value or name in ("retry_delay",)


@pytest.mark.parametrize("text", known_here(TASK_VALUES))
def test_airflow_reads_the_default_arguments(text: str, parse: Parse) -> None:
    name, value = TASK_VALUES[text]
    tasks = parse(f"dag:\n  default_args:\n    {text}\n")["tasks"]
    assert [tasks[task][name] for task in ("make", "use")] == [value, value]


def test_a_dag_that_fails_fast_has_steps_that_airflow_allows_in_it(parse: Parse) -> None:
    dag = parse("dag:\n  fail_fast: true\n  on_hit: success\n")
    assert dag["fail_fast"]
    assert {task["trigger_rule"] for task in dag["tasks"].values()} == {"all_success"}


REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a schedule that is a number": ("schedule: 6", "ZC360", ("cron", "`6h`")),
    "a schedule that never comes": ("schedule: 0 0 31 2 *", "ZC360", ("never",)),
    "a duration of nothing": ("schedule: 0s", "ZC344", ("longer than nothing",)),
    "no assets": ("schedule: []", "ZC344", ("at least one",)),
    "an asset without a name": ("schedule: [{group: a}]", "ZC362", ("`name`", "`uri`")),
    "an asset named self": ("schedule: [a, self]", "ZC362", ("'self'", "itself")),
    "an empty asset": ("schedule: ['']", "ZC362", ("1500",)),
    "a scheme of Airflow's own": ("schedule: ['airflow://x/y']", "ZC362", ("`airflow`",)),
    "a password in a URI": ("schedule: ['s3://me:pw@b/c']", "ZC362", ("password",)),
    "an asset that is a number": ("schedule: [1]", "ZC362", ("asset",)),
    "an unknown key of an asset": ("schedule: [{nam: a}]", "ZC304", ("mean `name`?",)),
    "any of nothing": ("schedule: {any: []}", "ZC344", ("at least one",)),
    "a mistake in a nested asset": (
        "schedule: {any: [a, {all: [{uri: 'airflow:x'}]}]}",
        "ZC362",
        ("dag.schedule.any.1.all.0.uri",),
    ),
    "an unknown timetable": (
        "schedule: {CronTrigerTimetable: {cron: '@daily'}}",
        "ZC304",
        ("mean `CronTriggerTimetable`?",),
    ),
    "two timetables": (
        "schedule: {DeltaTriggerTimetable: {delta: 1h}, DeltaDataIntervalTimetable: {delta: 1h}}",
        "ZC360",
        ("one timetable",),
    ),
    "a timetable without its argument": (
        "schedule: {CronTriggerTimetable: {timezone: UTC}}",
        "ZC344",
        ("`dag.schedule.CronTriggerTimetable.cron` is missing",),
    ),
    "a bad cron in a timetable": (
        "schedule: {MultipleCronTriggerTimetable: {crons: ['@daily', 61 * * * *]}}",
        "ZC360",
        ("crons.1", "`61` is no minute"),
    ),
    "a timetable that Airflow cannot store": (
        "schedule: {EventsTimetable: {event_dates: [2026-01-01]}}",
        "ZC322",
        ("cannot store",),
    ),
    "neither a switch nor a duration": (
        "schedule: {CronTriggerTimetable: {cron: '@daily', run_immediately: maybe}}",
        "ZC344",
        ("run_immediately` is 'maybe'", "boolean", "seconds"),
    ),
    "a misspelt time zone": ("timezone: Europe/Berln", "ZC361", ("`Europe/Berlin`",)),
    "a time zone that is a path": ("timezone: ../etc/passwd", "ZC361", ("no such time zone",)),
    "a duration that is a time": ("dagrun_timeout: '12:30'", "ZC344", ("`1h 30m`",)),
    "catchup from nowhere": ("{schedule: '@daily', catchup: true}", "ZC363", ("start_date",)),
    "many runs at once, continuously": ("schedule: '@continuous'", "ZC363", ("max_active_runs",)),
    "failing fast while skipping": ("fail_fast: true", "ZC363", ("on_hit: success",)),
    "an end before the start": (
        "{start_date: 2026-02-01, end_date: 2026-01-01}",
        "ZC363",
        ("before",),
    ),
    "a long tag": (f"tags: [a, {'x' * 101}]", "ZC344", ("dag.tags.1", "100")),
    "a link that is none": ("owner_links: {me: here}", "ZC344", ("`https://example.com`",)),
    "params": ("params: {a: 1}", "ZC322", ("parameters of the steps",)),
    "the name of Airflow 2": ("schedule_interval: '@daily'", "ZC322", ("`schedule`",)),
    "a callback": ("on_failure_callback: tell", "ZC322", ("function",)),
    "outlets of all tasks": ("default_args: {outlets: [a]}", "ZC322", ("one step",)),
    "the trigger rule": ("default_args: {trigger_rule: always}", "ZC322", ("`none_failed`",)),
    "the task id": ("default_args: {task_id: a}", "ZC322", ("step's name",)),
    "mail": ("default_args: {email: a@b.c}", "ZC322", ("notifier",)),
    "no slots": ("default_args: {pool_slots: 0}", "ZC344", ("greater than or equal to 1",)),
    "an unknown rule": ("default_args: {weight_rule: up}", "ZC344", ("'upstream'",)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_argument_is_told_where_it_stands(name: str, tmp_path: Path) -> None:
    text, code, words = REFUSED[name]
    config = f"dag: {text}\n" if text.startswith("{") else f"dag:\n  {text}\n"
    program = compiled(tmp_path, config)
    (error,) = program.diagnostics
    assert error.code == code, error
    assert error.place is not None
    assert error.place.line == (1 if text.startswith("{") else 2)
    for word in words:
        assert word in f"{error.message} {error.advice}"


def test_no_file_holds_the_date_of_today(tmp_path: Path) -> None:
    program = compiled(tmp_path, "dag:\n  schedule: '@daily'\n")
    assert b"start_date" not in program.files["simple.py"]


def test_a_dag_with_a_condition_does_not_fail_fast(tmp_path: Path) -> None:
    source = PIPELINE.replace("use(make())", "use.with_options(when=make() > 0)(1)")
    write_files(
        tmp_path,
        {"pipeline.py": source, "config.yaml": "dag:\n  fail_fast: true\n  on_hit: success\n"},
    )
    program = compile_source(Source(tmp_path / "pipeline.py", (tmp_path / "config.yaml",)))
    (error,) = program.diagnostics
    assert error.code == "ZC363"
    assert error.place is not None
    assert error.place.line == 2
