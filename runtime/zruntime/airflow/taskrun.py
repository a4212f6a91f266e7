"""What the tasks of a step share: the plan in force, and the artifacts of the steps before it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from zruntime.airflow.dagrun import (
    PLAN_KEY,
    bundle_of,
    clears,
    compiled_spec,
    dag_version,
    make_plan,
    outside_of,
    pipeline_spec,
    run_id,
    task_instance,
    told_plan,
)
from zruntime.airflow.exceptions import AirflowFailException, AirflowSkipException
from zruntime.airflow.operators import (
    CachePlanOperator,
    ConditionOperator,
    ExpandOperator,
    StepOperator,
)
from zruntime.airflow.plans import planned_spec
from zruntime.bundle import CodeBundle
from zruntime.conditions import skip_reason
from zruntime.execution import Executor
from zruntime.keys import Reason
from zruntime.planning import (
    CACHED,
    PLAN_TASK,
    SKIPPED,
    condition_task,
    expand_task,
    looks_up,
)
from zruntime.records import Records, RunRecord
from zruntime.spec import PipelineSpec, StepSpec
from zruntime.store import ArtifactRef, Store

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("zruntime")

CLEARED = Reason("cleared by a person", kind="cleared")

INSTANCES_KEY = "instances"
"""XCom key of what the task that expands a step says of its instances."""

TaskOperator = StepOperator | ExpandOperator | ConditionOperator


class TaskRun:
    """A task of a step in a DAG run: what the plan says of it, and where its inputs are.

    Args:
        operator: The task.
        name: The step's name in the pipeline.
        context: The task's context.
        store: Airflow's store.
    """

    def __init__(self, operator: TaskOperator, name: str, context: Context, store: Store) -> None:
        self.operator, self.context, self.store = operator, context, store
        self.planner = cast("CachePlanOperator", operator.dag.get_task(PLAN_TASK))
        self.plan = self._pull_plan()
        self.plan_id: str = self.plan["id"]
        self.bundle, self.spec = self._compiled()
        self.records = Records(store, code=self.bundle.folder)
        if name not in self.plan["steps"]:
            raise AirflowSkipException(
                f"{name} is not part of this run, which was planned before the DAG file was "
                f"replaced. Clear {PLAN_TASK} to plan it anew."
            )
        self.step = self.spec.step(name)
        self.planned: Mapping[str, Any] = self.plan["steps"][name]
        self.lookup = looks_up(self.spec, self.step, self.plan["enable_cache"])

    def reason(self) -> Reason:
        """Why the step was planned to run."""
        return Reason(self.planned["reason"], kind=self.planned.get("kind", ""))

    def executor(self) -> Executor:
        """An executor that knows the artifacts this task takes."""
        plans = self.plan["steps"]
        origins = {
            name: plan["producer"]["run"] for name, plan in plans.items() if plan["producer"]
        }
        run, skipped = run_id(self.context), self.skipped()
        outside = outside_of(self.planner, self.store, self.bundle)
        executor = Executor(
            self.spec, self.store, self.bundle, run, {}, origins, skipped, outside=outside
        )
        for name in self._direct():
            if name in skipped:
                continue
            self._add_artifacts(executor, self.spec.step(name))
            if name not in executor.artifacts and not self.operator.dag.has_task(name):
                raise AirflowFailException(
                    f"{self.step.name} needs the result of {name}, which is no step of the DAG any "
                    "more. Trigger a new run: what is finished is cached."
                )
        return executor

    def _direct(self) -> set[str]:
        names = {ref.step for ref in self.step.inputs.values()}
        return names if self.step.when is None else {*names, self.step.when.source.step}

    def _add_artifacts(self, executor: Executor, step: StepSpec) -> None:
        """Adds a step's artifacts, as far as an XCom or the plan tells of them.

        An XCom counts only if it belongs to the plan in force: clearing the plan task makes a new
        one, and what was pushed before may come from other code.
        """
        if step.mapped and (expanded := self.expanded(step.name)):
            outputs = self._outputs_of_instances(step, expanded)
            if None not in outputs:
                executor.collect(step.name, [made for made in outputs if made is not None])
            return
        xcom = None if step.mapped else self.pull(step.name)
        planned = self.plan["steps"][step.name]
        if xcom:
            executor.artifacts[step.name] = _refs(xcom["outputs"])
        elif planned["state"] == CACHED:
            executor.artifacts[step.name] = _refs(planned["outputs"])

    def _outputs_of_instances(
        self, step: StepSpec, expanded: Mapping[str, Any]
    ) -> list[Mapping[str, ArtifactRef] | None]:
        pulled = task_instance(self.context).xcom_pull(task_ids=step.name)
        xcoms = pulled if isinstance(pulled, list) else [pulled]
        found: dict[int, Mapping[str, ArtifactRef]] = {
            xcom["index"]: _refs(xcom["outputs"])
            for xcom in xcoms
            if xcom and xcom["plan"] == self.plan_id
        }
        return [
            found.get(index) or self._stored(expanded["keys"].get(str(index)))
            for index in range(expanded["count"])
        ]

    def _stored(self, key: str | None) -> Mapping[str, ArtifactRef] | None:
        entry = self.store.lookup(key) if key else None
        return entry.outputs if entry else None

    def expanded(self, name: str) -> Mapping[str, Any] | None:
        """What was found out about the instances of a mapped step under the plan in force."""
        return self.pull(expand_task(name), INSTANCES_KEY)

    def pull(self, task: str, key: str = "return_value") -> Mapping[str, Any] | None:
        """The XCom of a task that is not mapped, if it belongs to the plan in force."""
        xcom = task_instance(self.context).xcom_pull(task_ids=task, key=key)
        return xcom if xcom and xcom["plan"] == self.plan_id else None

    def skipped(self) -> dict[str, str]:
        """The steps up to this one that are skipped because of a condition, and why.

        A condition that was tested in a task counts before what the plan knew of it: a person may
        have cleared the step that its value comes from, which then made another one.
        """
        found: dict[str, str] = {}
        concerned = self._ancestors()
        for step in self.spec.steps:
            if step.name not in concerned:
                continue
            if reason := skip_reason(step, found, self._passed(step)):
                found[step.name] = reason
        return found

    def _passed(self, step: StepSpec) -> bool | None:
        if step.when is None:
            return None
        xcom = self.pull(condition_task(step.name))
        planned = self.plan["steps"][step.name]
        passed: bool | None = xcom["passed"] if xcom else planned.get("passed")
        return passed

    def _ancestors(self) -> set[str]:
        """This step and all that it depends on."""
        found = {self.step.name}
        for step in reversed(self.spec.steps):
            if step.name in found:
                found.update(ref.step for ref in step.inputs.values())
                found.update(step.required)
        return found

    def was_cleared(self, run: RunRecord, index: int | None = None) -> bool:
        """Whether a person cleared the task after the plan in force was made.

        A step planned as cached or skipped starts by itself only if it came late. Clearing raises a
        task's number of tries; where that was before the plan, the step has not been executed
        under it.
        """
        if index is not None:
            expanded = self.expanded(self.step.name)
            if expanded is None:
                return False  # left over from an earlier plan, which had more instances to run
            if expanded["cleared"]:
                return True
        elif self.planned["state"] == SKIPPED or (
            self.planned["state"] == CACHED and self.planner.on_hit == "skip"
        ):
            return not self._came_late()
        raised = int(task_instance(self.context).max_tries) > int(self.operator.retries or 0)
        return raised and self.records.was_executed(run, self.step.name, index)

    def _came_late(self) -> bool:
        """Whether Airflow added the task to the run when it took in the DAG file that was planned.

        The plan task reads the file itself, and cannot skip tasks that Airflow has not heard of.
        """
        planned = self.plan.get("version")  # plans of older versions of zcompile lack it
        same = clears(self.context) == self.plan.get("clears")
        return same and planned is not None and planned != dag_version(self.context)

    def run_record(self) -> RunRecord:
        """The record of this DAG run."""
        dag_id, name = self.operator.dag_id, run_id(self.context)
        run = self.records.joined(dag_id, name, self.spec.steps)
        if run is not None:
            return run
        _, run = make_plan(self.planner, self.spec, self.context, self.store, self.bundle)
        return run

    def _pull_plan(self) -> dict[str, Any]:
        plan = task_instance(self.context).xcom_pull(task_ids=PLAN_TASK, key=PLAN_KEY)
        if plan:
            return cast("dict[str, Any]", plan)
        spec = pipeline_spec(self.planner, self.context)
        bundle = bundle_of(self.planner)
        made, _ = make_plan(self.planner, spec, self.context, self.store, bundle)
        return told_plan(self.planner, spec, made, self.context)

    def _compiled(self) -> tuple[CodeBundle, PipelineSpec]:
        """The code, and the pipeline with the parameters of this run, as they were planned.

        The DAG file may have been replaced since. Who clears a task wants the new one's code.
        """
        if clears(self.context) == self.plan.get("clears"):
            bundle = bundle_of(self.planner, self.plan["bundle"])
            return bundle, planned_spec(self.plan, bundle)
        spec = compiled_spec(self.planner)
        plans = self.plan["steps"]
        steps = tuple(
            replace(step, parameters=plans[step.name]["parameters"]) if step.name in plans else step
            for step in spec.steps
        )
        return bundle_of(self.planner), replace(spec, steps=steps)


def _refs(outputs: Mapping[str, Mapping[str, Any]]) -> dict[str, ArtifactRef]:
    return {name: ArtifactRef.from_json(ref) for name, ref in outputs.items()}
