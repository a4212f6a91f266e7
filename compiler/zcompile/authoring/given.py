"""What steps are given when they are defined and instantiated: materializers, and configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zcompile.authoring.config import BaseStepConfig
from zcompile.authoring.places import argument_place, calling_place, keyword_place
from zcompile.authoring.signature import StepSignature
from zcompile.problems import Problems, listed, nearest, shown
from zruntime.exceptions import StepInterfaceError
from zruntime.materializers import BaseMaterializer

Materializers = type[BaseMaterializer] | Mapping[str, type[BaseMaterializer]] | None


def given_config(
    name: str, signature: StepSignature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> BaseStepConfig | None:
    """The config among the arguments with which a step is instantiated.

    Raises:
        StepInterfaceError: if they are no config of this step, or several.
    """
    if not args and not kwargs:
        return None
    if signature.config is None:
        raise StepInterfaceError(
            f"Step `{name}` takes no config, and was given {_shown(args, kwargs)}.",
            remedy=f"Write `{name}()`, or add an argument with a BaseStepConfig to the step. Its "
            f"inputs are passed in a pipeline's body; `{name}.entrypoint` is the plain function.",
            place=argument_place(calling_place(), next(iter(kwargs), ""), 0),
            code="ZC110",
        )
    argument, model = signature.config
    for keyword in kwargs:
        if keyword != argument:
            inner = f"{keyword}=..." if keyword in model.model_fields else "..."
            raise StepInterfaceError(
                f"Step `{name}` has no config argument `{keyword}`.",
                remedy=f"Write `{name}({argument}={model.__name__}({inner}))`.",
                suggestion="" if keyword in model.model_fields else nearest(keyword, [argument]),
                place=keyword_place(calling_place(), keyword),
                code="ZC112",
            )
    configs = (*args, *kwargs.values())
    if len(configs) > 1:
        raise StepInterfaceError(
            f"Step `{name}` was given {len(configs)} configs.",
            remedy=f"Give it one `{model.__name__}`.",
            place=argument_place(calling_place(), argument, 1),
            code="ZC113",
        )
    if not isinstance(configs[0], model):
        raise StepInterfaceError(
            f"Step `{name}` takes a `{model.__name__}` as its config, and was given "
            f"{shown(configs[0])}.",
            remedy=f"Write `{name}({model.__name__}(...))`.",
            place=argument_place(calling_place(), argument, 0),
            code="ZC111",
        )
    return configs[0]


def _shown(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    return ", ".join(
        [*map(shown, args), *(f"{key}={shown(value)}" for key, value in kwargs.items())]
    )


def read_materializers(
    name: str, signature: StepSignature, given: Materializers, problems: Problems
) -> dict[str, type[BaseMaterializer]]:
    """The materializer classes chosen for a step's outputs, by name; mistakes go to `problems`."""
    if given is None:
        return {}
    chosen: dict[str, type[BaseMaterializer]] = {}
    by_output = given if isinstance(given, Mapping) else dict.fromkeys(signature.outputs, given)
    for output, materializer in by_output.items():
        if output not in signature.outputs and signature.knows_outputs:
            error = StepInterfaceError(
                f"Step `{name}` has no output `{output}` to store with a materializer.",
                remedy=f"Its outputs are: {listed(signature.outputs)}.",
                suggestion=nearest(output, signature.outputs),
                place=argument_place(calling_place(), "output_materializers", 0),
                code="ZC121",
            )
        elif not (isinstance(materializer, type) and issubclass(materializer, BaseMaterializer)):
            error = StepInterfaceError(
                f"{shown(materializer)}, given for output `{output}` of step `{name}`, is not a "
                "materializer class.",
                remedy="Give a subclass of zcompile.materializers.BaseMaterializer.",
                place=argument_place(calling_place(), "output_materializers", 0),
                code="ZC120",
            )
        else:
            chosen[output] = materializer
            continue
        problems.add(error)
    return chosen
