"""What a step's signature may hold beside its inputs: a config, a context, named outputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, SchemaValidator
from typing_extensions import Self

from zcompile.authoring.filepaths import late_validator
from zcompile.authoring.places import argument_place, calling_place, field_place, keyword_place
from zcompile.authoring.secrets import told
from zcompile.problems import listed, nearest
from zruntime.diagnostics import Related
from zruntime.exceptions import MissingStepParameterError, StepInterfaceError
from zruntime.functions import StepContext
from zruntime.loading import is_collecting, report

__all__ = ["BaseStepConfig", "Output", "StepContext"]


class BaseStepConfig(BaseModel):
    """Base of a step's config: a pydantic model whose fields are the step's parameters.

    A field that does not exist is an error, so that a misspelt parameter is not lost. A field that
    has an alias is known by its own name too, which is the parameter's.

    Raises:
        ValidationError: if a value does not fit its field. While a pipeline file is compiled the
            mistake is noted, and the config lacks that value.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())

    def __init__(self, /, **values: Any) -> None:
        late = _late_validator(type(self))
        try:
            if late is None:
                super().__init__(**values)
            else:
                late.validate_python(values, self_instance=self)
        except ValidationError as error:
            if not is_collecting():
                raise
            report(_mistakes(type(self), error.errors()))
            wrong = {item["loc"][0] for item in error.errors() if item["loc"]}
            fitting = {name: value for name, value in values.items() if name not in wrong}
            made = type(self).model_construct(**fitting)
            for slot in BaseModel.__slots__:
                object.__setattr__(self, slot, getattr(made, slot, None))

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's; paths of files need not exist before the step runs."""
        late = _late_validator(cls)
        if late is None:
            return super().model_validate(obj, **options)
        validated: Self = late.validate_python(obj, **options)
        return validated

    # As for pydantic's own, so that `model_validate` does not call it.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


@lru_cache(maxsize=512)
def _late_validator(model: type[BaseModel]) -> SchemaValidator | None:
    """A config's validator without the checks that files exist; None if it holds no such paths.

    Raises:
        PydanticUserError: if a type that one of its fields names is not defined.
    """
    _ = model.__pydantic_validator__.title  # builds what could not be built with the class
    return late_validator(model.__pydantic_core_schema__)


def _mistakes(model: type[BaseModel], found: list[ErrorDetails]) -> list[StepInterfaceError]:
    """The mistakes of a config; a field that is missing only because it is misspelt is left out."""
    names = [str(item["loc"][0]) for item in found if item["type"] == "extra_forbidden"]
    meant = {name: nearest(name, model.model_fields) for name in names}
    kept = [
        item for item in found if item["type"] != "missing" or item["loc"][0] not in meant.values()
    ]
    return [
        _unknown(model, str(item["loc"][0]), meant)
        if item["type"] == "extra_forbidden" and len(item["loc"]) == 1
        else _mistake(model, item)
        for item in kept
    ]


def _unknown(model: type[BaseModel], name: str, meant: Mapping[str, str]) -> StepInterfaceError:
    return StepInterfaceError(
        f"`{model.__name__}` has no field `{name}`.",
        remedy=f"Its fields are: {listed(model.model_fields)}.",
        suggestion=meant[name],
        place=keyword_place(calling_place(), name),
        code="ZC151",
    )


def _mistake(model: type[BaseModel], details: ErrorDetails) -> StepInterfaceError:
    path = ".".join(map(str, details["loc"]))
    field = str(details["loc"][0]) if details["loc"] else ""
    declared = field_place(model, field)
    missing = details["type"] == "missing"
    hint = model.model_fields[field].annotation if field in model.model_fields else model
    value = "has no value" if missing else f"is {told(details['input'], hint)}: {details['msg']}"
    kind = MissingStepParameterError if missing else StepInterfaceError
    return kind(
        f"Field `{path}` of `{model.__name__}` {value}.",
        remedy="Give it a value here." if missing else "Change the value, or the field's type.",
        place=argument_place(calling_place(), field),
        related=[Related(f"`{field}` is declared here", declared)] if declared else (),
        code="ZC150" if missing else "ZC152",
    )


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
