"""Pipelines run by run on a laptop and in Airflow: states, keys, reasons and digests are equal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from airflow_projects import DIGITS, NewProject, Run

from zruntime.records import InstanceRecord, Records, RunRecord, StepRecord
from zruntime.store import LocalStore

LOCAL = """
import json, sys

import pipeline
from zcompile.authoring.pipeline import Pipeline, PipelineInstance

found = vars(pipeline).values()
instance = next((value for value in found if isinstance(value, PipelineInstance)), None)
made = instance or next(value for value in found if isinstance(value, Pipeline)).instance()
for switch in json.loads(sys.argv[1]):
    made.run(enable_cache=switch)
"""


def test_digits(digits: list[Run], tmp_path: Path) -> None:
    local = _run_locally(DIGITS, tmp_path, [None, None, False])
    assert local == [_compared(run.record) for run in digits]


def test_branches_and_values_of_the_projects_own_classes(
    new_project: NewProject, tmp_path: Path
) -> None:
    project = new_project("conform_typed", "typed")
    project.compile()
    runs = [project.run(), project.run()]
    assert runs[1].tasks == dict.fromkeys(runs[0].tasks, "skipped")
    local = _run_locally(project.folder, tmp_path / "local", [None, None])
    assert local == [_compared(run.record) for run in runs]


def test_mapped_and_conditional_steps(new_project: NewProject, tmp_path: Path) -> None:
    project = new_project("conform_fan", "fan.py")
    project.compile()
    switches = [None, None, False, None]
    runs = [project.run({} if switch is None else {"enable_cache": switch}) for switch in switches]
    local = _run_locally(project.folder, tmp_path / "local", switches)
    assert local == [_compared(run.record) for run in runs]


def _run_locally(
    project: Path, store: Path, switches: list[bool | None]
) -> list[list[tuple[Any, ...]]]:
    """The project's pipeline, run in a process of its own, once for each cache switch."""
    environment = {**os.environ, "ZCOMPILE_STORE": str(store), "PYTHONPATH": str(project)}
    command = [sys.executable, "-c", LOCAL, json.dumps(switches)]
    subprocess.run(command, cwd=project, env=environment, check=True)
    with LocalStore(store) as opened:
        records = Records(opened)
        (pipeline,) = records.pipelines()
        runs = list(records.runs(pipeline))
    assert len(runs) == len(switches)
    return [_compared(run) for run in runs]


def _compared(run: RunRecord) -> list[tuple[Any, ...]]:
    return [
        (
            step.name,
            step.state,
            step.key,
            step.reason,
            dict(step.parameters),
            _digests(step),
            [
                (instance.state, instance.key, instance.reason, _digests(instance))
                for instance in step.instances or ()
            ],
        )
        for step in run.steps
    ]


def _digests(record: StepRecord | InstanceRecord) -> dict[str, tuple[str, ...]]:
    return {name: (ref.digest, ref.content, ref.type) for name, ref in record.outputs.items()}
