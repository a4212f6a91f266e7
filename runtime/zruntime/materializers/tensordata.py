"""torch tensors as numpy arrays and a few facts; torch is not imported unless one is there."""

from __future__ import annotations

import sys
from typing import Any, Final

_CARRIERS: Final = {1: "uint8", 2: "int16", 4: "int32", 8: "int64"}
"""By bytes, the dtype as which numpy takes a tensor of a dtype that it lacks."""


def is_dense(value: object) -> bool:
    """Whether it is a tensor or parameter itself with all of its elements in memory."""
    torch: Any = sys.modules.get("torch")
    if torch is None or type(value) not in (torch.Tensor, torch.nn.Parameter):
        return False
    tensor: Any = value
    plain = tensor.layout is torch.strided and not tensor.is_quantized
    return plain and tensor.device.type != "meta"


def facts_of(tensor: Any) -> dict[str, Any]:
    """What an array does not tell of a tensor."""
    torch: Any = sys.modules["torch"]
    return {
        "dtype": str(tensor.dtype).partition(".")[2],
        "grad": tensor.requires_grad,
        "parameter": isinstance(tensor, torch.nn.Parameter),
    }


def as_array(tensor: Any) -> Any:
    """The elements of a dense tensor as a numpy array in C order, in integers where numpy lacks
    the dtype."""
    torch: Any = sys.modules["torch"]
    plain = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    try:
        return plain.numpy()
    except TypeError:
        return plain.view(getattr(torch, _CARRIERS[plain.element_size()])).numpy()


def rebuilt(facts: Any, array: Any) -> Any:
    """The tensor of which `facts_of` and `as_array` tell."""
    import torch

    dtype = getattr(torch, facts["dtype"])
    tensor = torch.from_numpy(array)
    if tensor.dtype != dtype:
        tensor = tensor.view(dtype)
    if facts["parameter"]:
        return torch.nn.Parameter(tensor, requires_grad=facts["grad"])
    return tensor.requires_grad_(facts["grad"])
