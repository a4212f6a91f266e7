"""What the pod of a task asks Kubernetes for, as Airflow's KubernetesExecutor takes it."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import Any

BASE = "base"
"""The container of a pod in which Airflow runs the task."""


class PodResources(dict[str, Any]):
    """The `executor_config` of a task that asks for resources.

    The executor wants a pod of the package kubernetes, which takes long to import. So the pod is
    made when Airflow reads the items to store the DAG, and not each time that the file is parsed,
    as for every task. Without the package, as where there is no Kubernetes, it is plain data.
    """

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """The one item that the executor knows, `pod_override`."""
        try:
            from kubernetes.client import models
        except ImportError:
            return super().items()
        resources = models.V1ResourceRequirements(**self)
        container = models.V1Container(name=BASE, resources=resources)
        return {"pod_override": models.V1Pod(spec=models.V1PodSpec(containers=[container]))}.items()


def pod_resources(
    requests: Mapping[str, str] | None = None, limits: Mapping[str, str] | None = None
) -> PodResources:
    """The `executor_config` of a task that asks for resources.

    Args:
        requests: Quantities that are kept for the pod, by Kubernetes' names, such as
            ``{"cpu": "500m", "memory": "2Gi"}``.
        limits: Quantities that it may use at most.
    """
    given = {"requests": requests, "limits": limits}
    return PodResources({name: dict(value) for name, value in given.items() if value})
