"""What the pod of a step's task asks Kubernetes for."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from typing_extensions import Self

from zcompile.config.assets import Section
from zcompile.config.values import Count, wrong

_QUANTITY = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)", re.ASCII)
_SIZES = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate(["k", "M", "G", "T", "P", "E"], 1)},
    **{unit: 1024**power for power, unit in enumerate(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], 1)},
}
"""Bytes of each unit of memory."""
_CPUS = {"": Decimal(1), "m": Decimal("0.001")}
_CPU_HOW = "write a number of CPUs such as `2` or `0.5`, or thousandths such as `500m`"
_SIZE_HOW = "write bytes, or text such as `512Mi`, `2Gi` or `500M`"


def _quantity(value: Any, units: dict[str, Any], how: str) -> str:
    """A quantity as Kubernetes writes it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise wrong("ZC364", how)
    text = str(value).strip()
    parts = _QUANTITY.fullmatch(text)
    if parts is None:
        raise wrong("ZC364", how)
    number, unit = parts["number"], parts["unit"]
    if unit not in units:
        meant = _meant(unit, units)
        raise wrong("ZC364", f"did you mean `{number}{meant}`? {how}" if meant else how)
    if not Decimal(number):
        raise wrong("ZC364", f"it is nothing; {how}")
    return number + unit


def _meant(unit: str, units: dict[str, Any]) -> str:
    """The unit that somebody means who writes `GB`, `gi`, of memory `m`, or of CPUs `mi`."""
    stem = unit.lower().removesuffix("bytes").removesuffix("byte").removesuffix("b")
    known = {name.lower(): name for name in units if name}
    return known.get(stem) or known.get(stem.removesuffix("i"), "")


def _cpu(value: Any) -> str:
    return _quantity(value, _CPUS, _CPU_HOW)


def _size(value: Any) -> str:
    return _quantity(value, _SIZES, _SIZE_HOW)


def _amount(quantity: str, units: dict[str, Any]) -> Decimal:
    parts = _QUANTITY.fullmatch(quantity)
    assert parts is not None
    return Decimal(parts["number"]) * Decimal(units[parts["unit"]])


def _schema(units: str) -> WithJsonSchema:
    text = {"type": "string", "pattern": rf"^\d+(\.\d+)?({units})?$"}
    return WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, text]})


Cpu = Annotated[str, BeforeValidator(_cpu), _schema("m")]
Size = Annotated[str, BeforeValidator(_size), _schema("k|[KMGTPE]i|[MGTPE]")]


class Limits(Section):
    """What the pod of a step's task may use at most."""

    cpu: Cpu | None = None
    """CPUs, such as `2`, `0.5` or `500m`; more are not given to it."""
    memory: Size | None = None
    """Memory, such as `512Mi` or `2Gi`; a task that uses more is killed."""
    ephemeral_storage: Size | None = None
    """Disk of the pod's own; a pod that uses more is evicted."""


class Resources(Section):
    """What the pod of a step's task asks Kubernetes for; other executors ignore it."""

    cpu: Cpu | None = None
    """CPUs that are kept for it, such as `2`, `0.5` or `500m`."""
    memory: Size | None = None
    """Memory that is kept for it, such as `512Mi` or `2Gi`."""
    ephemeral_storage: Size | None = None
    """Disk of the pod's own that is kept for it, such as `10Gi`."""
    gpu: Count | None = Field(default=None, ge=1)
    """How many GPUs it has."""
    gpu_type: str = Field(default="nvidia.com/gpu", pattern=r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$")
    """What Kubernetes calls these GPUs, such as `amd.com/gpu`."""
    limits: Limits | None = None
    """What it may use at most; without limits it may use what its node has."""

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        for name, units in (("cpu", _CPUS), ("memory", _SIZES), ("ephemeral_storage", _SIZES)):
            request, limit = getattr(self, name), getattr(self.limits, name, None)
            if request and limit and _amount(request, units) > _amount(limit, units):
                raise wrong("ZC364", f"`{name}` is more than its limit, {limit}")
        return self

    def quantities(self) -> dict[str, dict[str, str]]:
        """The requests and limits by Kubernetes' own names, without those that are empty."""
        requests, limits = _named(self), _named(self.limits) if self.limits else {}
        if self.gpu:
            limits[self.gpu_type] = str(self.gpu)
        both = {"requests": requests, "limits": limits}
        return {name: quantities for name, quantities in both.items() if quantities}


def _named(section: Resources | Limits) -> dict[str, str]:
    values = {name: getattr(section, name) for name in Limits.model_fields}
    return {name.replace("_", "-"): value for name, value in values.items() if value}
