"""Metrics of DAG runs, as they reach a statsd server that Airflow sends its own to."""

from __future__ import annotations

from collections import Counter

import pytest
from airflow_projects import Run
from devtools.airflow_client import wait_until
from receivers import StatsdReceiver

from zruntime.airflow.stats import AirflowStats


def test_metrics_of_the_seeds_three_runs(digits: list[Run], statsd: StatsdReceiver) -> None:
    made = [step for run in digits for step in run.record.steps if step.state == "completed"]
    cached = digits[1].record.steps[0]
    expected = Counter(
        {
            ("miss.first", "step_1"): 1,
            ("hit", "step_1"): 1,
            ("miss.off", "step_1"): 1,
            ("miss.off", "step_2"): 3,
            ("bytes.stored", "step_1"): 2 * sum(ref.size for ref in cached.outputs.values()),
            ("bytes.stored", "step_2"): sum(
                ref.size for step in made if step.name == "step_2" for ref in step.outputs.values()
            ),
        }
    )

    def counters() -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for name, step, value in statsd.of_pipeline("first_pipeline"):
            if name != "saved":
                found[name, step] += int(value)
        return found

    wait_until(
        lambda: counters() == expected or None,
        timeout=30,
        failure=lambda: f"{counters()} is not {expected}",
    )
    saved = [value for name, *_, value in statsd.of_pipeline("first_pipeline") if name == "saved"]
    assert cached.saved is not None
    assert saved == [pytest.approx(1000 * cached.saved, abs=0.01)]


def test_names_of_any_text_arrive(statsd: StatsdReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in statsd.env.items():
        monkeypatch.setenv(name, value)
    stats = pytest.importorskip("airflow.sdk.observability.stats")
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

    if hasattr(stats, "initialize"):
        stats.initialize(factory=get_stats_factory(), export_legacy_names=True)
    else:  # Airflow 3.2
        stats.Stats.initialize(factory=get_stats_factory(stats.Stats))
    long = "x" * 300
    AirflowStats().count("hit", 2, {"pipeline": "Größe, a=b", "step": "s"})
    AirflowStats().timing("saved", 0.5, {"pipeline": long, "step": long})
    wait_until(
        lambda: statsd.of_pipeline(long[:100]) or None, timeout=30, failure=lambda: "nothing came"
    )
    assert statsd.of_pipeline("Gr__e__a_b") == [("hit", "s", 2.0)]
    assert statsd.of_pipeline(long[:100]) == [("saved", long[:100], 500.0)]
