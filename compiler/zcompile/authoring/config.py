"""What a step's signature may hold beside its inputs: a config, a context, named outputs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from zruntime.execution import StepContext

__all__ = ["BaseStepConfig", "Output", "StepContext"]


class BaseStepConfig(BaseModel):
    """Base of a step's config: a pydantic model whose fields are the step's parameters.

    A field that does not exist is an error, so that a misspelt parameter is not lost. A field that
    has an alias is known by its own name too, which is the parameter's.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())


def config_values(config: BaseStepConfig) -> dict[str, Any]:
    """The fields that the author gave a value; the others have their defaults."""
    return {name: getattr(config, name) for name in config.model_fields_set}


class Output:
    """Named outputs of a step, as its return annotation: ``-> Output(X=np.ndarray, n=int)``."""

    def __init__(self, **outputs: Any) -> None:
        self.outputs = outputs

    def __repr__(self) -> str:
        names = ", ".join(f"{name}={hint!r}" for name, hint in self.outputs.items())
        return f"Output({names})"
