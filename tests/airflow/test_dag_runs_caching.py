"""What runs again between two runs of a DAG and what does not; the rules of `test_caching`."""

from __future__ import annotations

from airflow_projects import NewProject, all_of
from devtools.airflow_client import wait_until

STEPS = (
    "constant",
    "decorator",
    "closure",
    "function",
    "base",
    "table",
    "parameter",
    "version",
    "same",
    "consumer",
)

RUN_AGAIN = {
    "constant": ("LIMIT = 10", "LIMIT = 11"),
    "decorator": ("@times(1)", "@times(2)"),
    "closure": ("add_one = adding(1)", "add_one = adding(2)"),
    "function": ("number // 2", "number // 4"),
    "base": ("return number + 3", "return number + 4"),
    "table": ("lambda: 0", "lambda: 5"),
    "parameter": ("parameter(1)", "parameter(1.0)"),
    "version": ('cache_version="1"', 'cache_version="2"'),
}

NOT_AGAIN = {
    "comment": ("return halve(8)", "return halve(8)  # 2"),
    "docstring": ('"""Returns a constant."""', '"""Returns one."""'),
    "formatting": ("return number + 4", "return (\n            number\n            + 4\n        )"),
    "order of functions": ("LIMIT = 11\n", ""),
    "the other place": ("@step\ndef constant", "LIMIT = 11\n\n\n@step\ndef constant"),
    "unused helper": (
        "def unused(number):\n    return number",
        "def unused(number):\n    return 1",
    ),
    "name of the pipeline": ("@pipeline\n", '@pipeline(name="other_rules")\n'),
    "unrelated step": (
        "def rules():\n",
        "def rules():\n    constant.with_options(name='more')()\n",
    ),
    "same bytes": ("return number + 1", "return 1 + number"),
}


def test_each_rule(new_project: NewProject) -> None:
    project = new_project("caching_rules", "rules.py")
    project.compile()
    assert project.run().tasks == all_of("success", STEPS)

    for old, new in RUN_AGAIN.values():
        project.edit("pipeline.py", old, new)
    project.compile()
    again = project.run()
    assert again.tasks == all_of("success", RUN_AGAIN) | all_of("skipped", ["same", "consumer"])
    reasons = {step.name: step.reason for step in again.record.steps}
    assert reasons["closure"] == "code: closure `amount` of `adding` in pipeline.py changed"
    assert reasons["parameter"] == "parameter value 1 -> 1.0"
    assert reasons["version"] == "cache_version '1' -> '2'"

    for old, new in NOT_AGAIN.values():
        project.edit("pipeline.py", old, new)
    project.compile()
    wait_until(
        lambda: "more" in project.task_ids() or None,
        timeout=60,
        failure=lambda: f"Airflow knows of {project.task_ids()} only",
    )
    other = project.run()
    assert other.tasks == all_of("skipped", [*STEPS, "more"]) | {"same": "success"}
    assert other.record.pipeline == "other_rules"
