"""OpenLineage events of the plan task and of step tasks, from the records of the run.

Airflow's provider asks the operators for this when a task has ended; only then is it imported.
Events hold names, types, sizes and digests of artifacts, never values or previews of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attr
from airflow.providers.openlineage.conf import namespace
from airflow.providers.openlineage.extractors import OperatorLineage
from airflow.providers.openlineage.plugins.adapter import _secrets_masker  # type: ignore[attr-defined]
from airflow.providers.openlineage.plugins.listener import get_openlineage_listener
from airflow.providers.openlineage.utils.utils import OpenLineageRedactor
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    dataset_version_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from zruntime.airflow.store import open_airflow_store
from zruntime.records import InstanceRecord, Records, RunRecord, StepRecord
from zruntime.store import ArtifactRef

if TYPE_CHECKING:
    from zruntime.airflow.operators import CachePlanOperator, StepOperator

FACET = "zcompile"
"""Name of the facets that only zcompile has."""


@attr.define
class StepFacet(RunFacet):
    """How a step, or an instance of a mapped one, fared.

    Attributes:
        pipeline: The pipeline's name.
        step: The step's name.
        index: Which instance of a mapped step.
        state: "completed", "cached", "failed" or "skipped"; in a plan also "run".
        key: Its key.
        reason: Why it was not cached, in words.
        reasonKind: The same as one of `zruntime.keys.KINDS`.
        madeBy: The pipeline, run and step that computed its artifacts.
        savedSeconds: What a cached result had taken to compute.
    """

    pipeline: str
    step: str
    state: str
    index: int | None = None
    key: str | None = None
    reason: str = ""
    reasonKind: str = ""  # noqa: N815
    madeBy: dict[str, str] | None = None  # noqa: N815
    savedSeconds: float | None = None  # noqa: N815


@attr.define
class PlanFacet(RunFacet):
    """What a DAG run was planned to do.

    Attributes:
        pipeline: The pipeline's name.
        steps: What `StepFacet` tells, of each step.
    """

    pipeline: str
    steps: list[dict[str, Any]]


@attr.define
class ArtifactFacet(DatasetFacet):
    """An artifact: the version of a dataset that a run made or used.

    Attributes:
        digest: Digest of its bytes.
        size: Their number.
        type: The value's type.
        materializer: What wrote them.
        cached: Whether the run took it from the cache.
        madeBy: The pipeline, run and step that computed it.
    """

    digest: str
    size: int
    type: str
    materializer: str
    cached: bool
    madeBy: dict[str, str] | None = None  # noqa: N815


def step_lineage(operator: StepOperator, task_instance: Any) -> OperatorLineage[Any, Any] | None:
    """What a step's task tells when it has ended, however it has; None if nothing is recorded."""
    run = _recorded(task_instance)
    step = _step(run, operator.task_id) if run else None
    if run is None or step is None:
        return None
    part = _instance(step, operator.index)
    inputs = [
        InputDataset(*_name(run, source.name, output), facets=_facets(source, ref))
        for source, output, ref in _inputs(run, step)
    ]
    outputs = [
        OutputDataset(
            *_name(run, step.name, output),
            facets=_facets(part, ref),
            outputFacets={"outputStatistics": _statistics(ref)},
        )
        for output, ref in part.outputs.items()
    ]
    facet = StepFacet(pipeline=run.pipeline, step=step.name, **_told(part, part.state))
    return OperatorLineage(inputs=inputs, outputs=outputs, run_facets={FACET: facet})


def plan_lineage(
    operator: CachePlanOperator, task_instance: Any
) -> OperatorLineage[Any, Any] | None:
    """What the plan task tells: all steps, and as its inputs the artifacts of those cached.

    The tasks of cached steps do not run, so no event of theirs does.
    """
    run = _recorded(task_instance)
    if run is None:
        return None
    inputs = [
        InputDataset(*_name(run, step.name, output), facets=_facets(step, ref))
        for step in run.steps
        if step.state == "cached"
        for output, ref in step.outputs.items()
    ]
    steps = [
        {"step": step.name}
        # A step may have begun since.
        | _told(step, step.state if step.state in ("cached", "skipped") else "run")
        for step in run.steps
    ]
    facet = PlanFacet(pipeline=run.pipeline, steps=steps)
    return OperatorLineage(inputs=inputs, run_facets={FACET: facet})


def mask_secrets() -> None:
    """Has events masked as Airflow's logs are: the provider knows the secrets of a task's start."""
    get_openlineage_listener().adapter._redacter = OpenLineageRedactor.from_masker(
        _secrets_masker()
    )


def _recorded(task_instance: Any) -> RunRecord | None:
    with open_airflow_store() as store:
        return Records(store).run_of_dag(task_instance.dag_id, str(task_instance.run_id))


def _step(run: RunRecord, name: str) -> StepRecord | None:
    return next((step for step in run.steps if step.name == name), None)


def _instance(step: StepRecord, index: int | None) -> StepRecord | InstanceRecord:
    known = index is not None and step.instances and index < len(step.instances)
    return step.instances[index] if known else step  # type: ignore[index]


def _inputs(run: RunRecord, step: StepRecord) -> Iterator[tuple[StepRecord, str, ArtifactRef]]:
    """The step that made each input, the output that it is, and the artifact."""
    for origin in step.inputs.values():
        source = _step(run, origin["step"])
        ref = source.outputs.get(origin["output"]) if source else None
        if source is not None and ref is not None:
            yield source, origin["output"], ref


def _name(run: RunRecord, step: str, output: str) -> tuple[str, str]:
    """Namespace and name of a dataset: an output of a step, whose versions are artifacts."""
    return f"zcompile://{namespace()}", f"{run.pipeline}.{step}.{output}"


def _told(part: StepRecord | InstanceRecord, state: str) -> dict[str, Any]:
    return {
        "index": part.index if isinstance(part, InstanceRecord) else None,
        "state": state,
        "key": part.key,
        "reason": part.reason,
        "reasonKind": part.kind,
        "madeBy": part.producer.to_json() if part.producer else None,
        "savedSeconds": part.saved,
    }


def _facets(part: StepRecord | InstanceRecord, ref: ArtifactRef) -> dict[str, DatasetFacet]:
    """Facets of an artifact of a step, or of an instance of one."""
    facets: dict[str, DatasetFacet] = {
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=ref.digest),
        FACET: ArtifactFacet(
            digest=ref.digest,
            size=ref.size,
            type=ref.type.replace(":", "."),
            materializer=ref.materializer,
            cached=part.state == "cached",
            madeBy=part.producer.to_json() if part.producer else None,
        ),
    }
    columns = ref.metadata.get("columns")
    if isinstance(columns, list):
        # A materializer of the user's may tell other things under this name.
        fields = [
            schema_dataset.SchemaDatasetFacetFields(name=column["name"], type=column["dtype"])
            for column in columns
            if isinstance(column, dict) and {"name", "dtype"} <= column.keys()
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
    return facets


def _statistics(
    ref: ArtifactRef,
) -> output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet:
    metadata: Mapping[str, Any] = ref.metadata
    rows = metadata.get("rows")
    return output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=rows if isinstance(rows, int) else None, size=ref.size
    )
