"""torch tensors and modules, whatever their memory and their device are."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from zruntime.materializers import previews, tensordata
from zruntime.materializers.packed import PackedMaterializer
from zruntime.materializers.pickles import PickleMaterializer


class TensorMaterializer(PackedMaterializer):
    """Tensors and parameters: dtype, shape and elements; loaded on the CPU, as leaves."""

    FORMAT: ClassVar[str] = "torch/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """`torch.Tensor` and `torch.nn.Parameter` themselves."""
        torch: Any = sys.modules["torch"]
        return kind in (torch.Tensor, torch.nn.Parameter)

    def accepts(self, value: Any) -> bool:
        """Whether it has elements in strides: no sparse, quantized or meta tensor."""
        return tensordata.is_dense(value) and super().accepts(value)

    def pack(self, value: Any) -> tuple[dict[str, Any], list[Any]]:
        """dtype and flags, and the elements."""
        return tensordata.facts_of(value), [tensordata.as_array(value)]

    def unpack(self, facts: Any, arrays: list[Any]) -> Any:
        """A tensor over the array."""
        return tensordata.rebuilt(facts, arrays[0])

    def describe(self, value: Any) -> dict[str, Any]:
        """The shape, the dtype and a preview."""
        carried = value.detach().reshape(-1)[: previews.SAMPLE]
        shown = previews.of_array(carried.float().cpu().numpy())
        return {**shown, "shape": list(value.shape), "dtype": str(value.dtype)}


class ModuleMaterializer(PickleMaterializer):
    """Modules, as pickles in which tensors are stored as `TensorMaterializer` does."""

    FORMAT: ClassVar[str] = "torch-module/1"

    def describe(self, value: Any) -> dict[str, Any]:
        """The class, the number of parameters and the layers."""
        count = sum(parameter.numel() for parameter in value.parameters())
        text = previews.of_text(" ".join(repr(value).split()))
        return {"module": type(value).__qualname__, "parameters": count, "preview": text}
