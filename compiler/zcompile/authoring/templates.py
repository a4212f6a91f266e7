"""Parameters that are Airflow templates: what can be told before a DAG run renders them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from zcompile.hints import describe
from zcompile.problems import listed, shown
from zruntime.exceptions import StepInterfaceError
from zruntime.templates import is_template, templates_in, with_rendered

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_ESCAPE = "Text that is no template is written as `{% raw %}…{% endraw %}`."


@cache
def _jinja() -> SandboxedEnvironment:
    """An environment as Airflow's own, without the variables and filters of a DAG run."""
    # Imported here, as few pipelines have templates and it takes long to import.
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        undefined=StrictUndefined, extensions=["jinja2.ext.do"], cache_size=0
    )


def check_syntax(step: str, name: str, value: Any) -> None:
    """Checks the templates in a parameter.

    Raises:
        StepInterfaceError: if Jinja cannot read one.
    """
    for template in templates_in(value):
        from jinja2 import TemplateSyntaxError

        try:
            _jinja().parse(template)
        except TemplateSyntaxError as error:
            raise StepInterfaceError(
                f"Parameter `{name}` of step `{step}` is {shown(template)}, which is no Airflow "
                f"template: {error.message}",
                remedy=f"Correct the template. {_ESCAPE}",
                code="ZC155",
            ) from error


def check_position(step: str, name: str, hint: Any, value: Any, adapter: TypeAdapter[Any]) -> None:
    """Checks that the templates in a parameter stand where a text may.

    Args:
        step: The step's name, for messages.
        name: The parameter's name.
        hint: Its annotation.
        value: Its value; what it is after rendering is not known.
        adapter: What validates the parameter.

    Raises:
        StepInterfaceError: if no text could be valid in place of a template, or something else is
            wrong with the value.
    """
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        if mistake := _misplaced(step, name, hint, error):
            raise mistake from None


def _misplaced(
    step: str, name: str, hint: Any, error: ValidationError
) -> StepInterfaceError | None:
    """Whether the text that a template renders to can never be what the annotation takes."""
    details = error.errors()
    in_templates = [item for item in details if is_template(item["input"])]
    if any(not item["type"].endswith("_type") for item in in_templates):
        return None  # Such as `int_parsing`: the text may be a number once it is rendered.
    wrong = (in_templates or details)[0]
    if not in_templates:
        return StepInterfaceError(
            f"Parameter `{name}` of step `{step}` is {shown(wrong['input'])}: {wrong['msg']}.",
            remedy="Change the value where it is set, or the annotation.",
            code="ZC152",
        )
    return StepInterfaceError(
        f"Parameter `{name}` of step `{step}` is `{describe(hint)}`, and the template "
        f"{shown(wrong['input'])} renders to text: {wrong['msg']}.",
        remedy="Put templates only where a text, or what can be read from one, is wanted, such as "
        f"the items of a list. {_ESCAPE}",
        code="ZC156",
    )


def rendered(step: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a run that is no DAG run: templates that need nothing of one are rendered.

    Raises:
        StepInterfaceError: for a template that needs what only a DAG run has.
    """
    return {
        name: with_rendered(value, partial(_rendered, step, name))
        for name, value in parameters.items()
    }


def _rendered(step: str, name: str, value: str) -> str:
    from jinja2 import TemplateError, meta

    try:
        return _jinja().from_string(value).render()
    except TemplateError as error:
        wanted = sorted(meta.find_undeclared_variables(_jinja().parse(value)))
        only = f"{listed(wanted)} is known to" if wanted else f"{error} It is meant for"
        raise StepInterfaceError(
            f"Parameter `{name}` of step `{step}` is the Airflow template {shown(value)}, and "
            f"{only} a DAG run only.",
            remedy=f"Give `{name}` a value for runs outside of Airflow, in code, in a YAML "
            "config of their own or with `--set`.",
            code="ZC157",
        ) from error
    except Exception as error:  # an expression may do anything, as dividing by zero
        raise StepInterfaceError(
            f"Parameter `{name}` of step `{step}` is the template {shown(value)}, which fails: "
            f"{type(error).__name__}: {error}.",
            remedy="Correct the template.",
            code="ZC157",
        ) from error
