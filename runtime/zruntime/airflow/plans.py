"""The plan of a DAG run as XCom: what the plan task tells the tasks of the steps.

It holds the steps as they were compiled, so that a run which is under way when its DAG file is
replaced ends with the code that it began with.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from zruntime.spec import Condition, OutputRef, PipelineSpec, StepSpec

if TYPE_CHECKING:
    from zruntime.bundle import CodeBundle
    from zruntime.planning import Plan, StepPlan

_PLAIN = ("function", "entrypoint", "cache_version", "cache_func", "enable_cache")
_MAPPINGS = ("outputs", "materializers", "file_parameters")
_LISTS = ("files", "mapped", "optional")
_UNSET = StepSpec("", "", "", "")


def plan_to_json(
    spec: PipelineSpec,
    plan: Plan,
    *,
    bundle: str,
    switch: bool | None,
    clears: int,
    version: str,
) -> dict[str, Any]:
    """The plan as plain JSON data.

    Args:
        spec: The pipeline, with the parameters of the run.
        plan: What becomes of its steps.
        bundle: The folder of its code bundle, relative to the DAG file.
        switch: The run's cache switch.
        clears: How often a person had cleared tasks of the run.
        version: Airflow's id of the version of the DAG that the plan task belongs to.
    """
    return {
        "id": f"{time.time():.6f}",
        "pipeline": spec.name,
        "bundle": bundle,
        "clears": clears,
        "version": version,
        "enable_cache": switch,
        "enabled": spec.enable_cache,
        "steps": {step.name: _step_to_json(step, plan.steps[step.name]) for step in spec.steps},
    }


def _step_to_json(step: StepSpec, plan: StepPlan) -> dict[str, Any]:
    known = {"passed": plan.passed} if plan.passed is not None else {}
    return known | {
        "state": plan.state,
        "reason": plan.reason.text,
        "kind": plan.reason.kind,
        "key": plan.key,
        "parameters": dict(step.parameters),
        "inputs": {name: str(ref) for name, ref in step.inputs.items()},
        "outputs": {name: ref.to_json() for name, ref in plan.outputs.items()},
        "producer": plan.producer.to_json() if plan.producer else None,
        "compiled": _compiled(step),
    }


def _compiled(step: StepSpec) -> dict[str, Any]:
    """What the DAG file says of a step beside its parameters and inputs, without defaults."""
    found = {
        name: value
        for name in (*_PLAIN, *_MAPPINGS, *_LISTS)
        if (value := getattr(step, name)) != getattr(_UNSET, name)
    }
    found |= {name: dict(found[name]) for name in _MAPPINGS if name in found}
    found |= {name: list(found[name]) for name in _LISTS if name in found}
    if step.cache_ttl is not None:
        found["cache_ttl"] = step.cache_ttl.total_seconds()
    if step.when is not None:
        found["when"] = [str(step.when.source), step.when.test, step.when.value]
    return found


def planned_spec(plan: Mapping[str, Any], bundle: CodeBundle) -> PipelineSpec:
    """The pipeline as it was planned.

    Args:
        plan: What `plan_to_json` made.
        bundle: The code bundle that it names.

    Raises:
        BundleError: if the bundle does not belong to the plan.
    """
    steps = tuple(_planned_step(name, step, bundle) for name, step in plan["steps"].items())
    return PipelineSpec(plan["pipeline"], steps, plan["enabled"])


def _planned_step(name: str, planned: Mapping[str, Any], bundle: CodeBundle) -> StepSpec:
    info = bundle.code_info(name)
    told = dict(planned["compiled"])
    told |= {field: tuple(told[field]) for field in _LISTS if field in told}
    if "cache_ttl" in told:
        told["cache_ttl"] = timedelta(seconds=told["cache_ttl"])
    if "when" in told:
        source, test, value = told["when"]
        told["when"] = Condition(output_ref(source), test, value)
    return StepSpec(
        name=name,
        code=info.digest,
        code_parts=info.parts,
        packages=info.packages,
        parameters=planned["parameters"],
        inputs={field: output_ref(source) for field, source in planned["inputs"].items()},
        **told,
    )


def output_ref(source: str) -> OutputRef:
    """The output that a text such as `step.output` names."""
    step, _, output = source.rpartition(".")
    return OutputRef(step, output)
