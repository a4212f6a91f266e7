"""render: lays out each DAG file and its code bundle in memory."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from zcompile.arguments import dag_arguments
from zcompile.authoring.pipeline import Pipeline
from zcompile.authoring.step import Step
from zcompile.forms import entrypoint, form_parameters, form_params
from zcompile.graph import Graph
from zcompile.imports import module_address
from zcompile.literals import WIDTH, call, literal
from zcompile.names import POD, SDK_NAMES, TIMETABLES, variable_name
from zcompile.program import Program, Variant
from zcompile.schemas import is_for_form
from zcompile.snapshot import Snapshot, take_snapshot
from zruntime import __version__
from zruntime.conditions import FALSE, TRUE
from zruntime.hashing import digest_value
from zruntime.planning import PLAN_TASK, condition_task, expand_task, tasks_of
from zruntime.project import BUNDLES, COMPILED
from zruntime.spec import PipelineSpec, StepSpec


class DagPage(Struct, frozen=True):
    """What the template of a DAG file is given; every string in it is checked source code.

    Attributes:
        mark: Start of the first line.
        source: The pipeline file, relative to the project.
        config: The YAML config, relative to the project, or an empty string.
        digest: Digest of everything below the header.
        imports: Import lines.
        dag: The call of DAG.
        plan: The statement that makes the plan task.
        steps: For each step the statements that make its tasks and connect them.
        form: The params of the trigger form, as a dict.
    """

    mark: str
    source: str
    config: str
    digest: str
    imports: tuple[str, ...]
    dag: str
    plan: str
    steps: tuple[tuple[str, ...], ...]
    form: str


def render(program: Program) -> Program:
    """Renders the files of all variants; their paths are relative to the output folder."""
    files: dict[str, bytes] = {}
    for variant in program.variants:
        snapshot = take_snapshot(
            variant.instance.name, program.source.file, program.project, variant.code
        )
        files[f"{variant.dag_id}.py"] = render_dag(program, variant, snapshot).encode()
        for path, content in snapshot.files.items():
            files[f"{BUNDLES}/{snapshot.name}/{path}"] = content
    return replace(program, files=files)


def render_dag(program: Program, variant: Variant, snapshot: Snapshot) -> str:
    """The text of a DAG file."""
    graph, spec = variant.traced, variant.lowered
    config = variant.config.path
    found_at = entrypoint(variant, module_address(program.source.file.absolute())[0])
    own = {
        name: parameter
        for name, parameter in form_parameters(variant).items()
        if found_at and name != "enable_cache" and is_for_form(parameter[1])
    }
    page = DagPage(
        mark=f"{COMPILED} {__version__}",
        source=_comment(program.project.relative(program.source.file.absolute())),
        config=_comment(program.project.relative(config.absolute())) if config else "",
        digest="",
        imports=(),
        dag=call("DAG", _dag_arguments(variant, graph), prefix=len("with  as dag:")),
        plan=_plan(variant, spec, snapshot, own, found_at),
        steps=tuple(tuple(_step(variant, graph, step)) for step in spec.steps),
        form=literal(form_params(graph, own), prefix=len("form = ")),
    )
    body = "\n".join([page.form, page.dag, page.plan, *chain.from_iterable(page.steps)])
    page = replace(page, digest=digest_value(body)[:16], imports=tuple(_imports(body, spec)))
    return str(_template().render(page=page))


@lru_cache(maxsize=1)
def _template() -> Any:
    # Imported here: of all commands only those that render need it, and it takes long to import.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ztemplates", ""),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template("dag.py.j2")


def _comment(path: str) -> str:
    """A path on one line of a comment."""
    return path if path.isprintable() else ascii(path)


_TEXTS = re.compile(r"""\"(?:\\.|[^"\\])*\"|'(?:\\.|[^'\\])*'""")


def _imports(body: str, spec: PipelineSpec) -> Iterator[str]:
    """The import lines for the names that the code uses; what a text holds is no code."""
    code = _TEXTS.sub("", body)
    used = [name for name in ("datetime", "timedelta", "timezone") if f"{name}(" in code]
    if "timezone.utc" in code:
        used.append("timezone")
    if used:
        yield f"from datetime import {', '.join(used)}"
    if "ZoneInfo(" in code:
        yield "from zoneinfo import ZoneInfo"
    if used:
        yield ""
    yield _import_line("airflow.sdk", _called(SDK_NAMES, code))
    yield ""
    operators = {
        "CachePlanOperator": True,
        "ConditionOperator": any(step.when is not None for step in spec.steps),
        "ExpandOperator": any(step.mapped for step in spec.steps),
        "StepOperator": True,
        POD: f"{POD}(" in code,
    }
    used = [name for name, needed in operators.items() if needed]
    yield f"from zruntime.airflow import {', '.join(used)}"
    if timetables := _called(TIMETABLES, code):
        yield _import_line("zruntime.airflow.timetables", timetables)


def _called(names: tuple[str, ...], code: str) -> list[str]:
    return [name for name in names if re.search(rf"\b{name}\(", code)]


def _import_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _dag_arguments(variant: Variant, graph: Graph) -> dict[str, Any]:
    arguments: dict[str, Any] = {"dag_id": variant.dag_id}
    if documentation := _documentation(graph.pipeline):
        arguments["doc_md"] = documentation
    given = dag_arguments(variant.config.config.dag)
    return _with_markdown({**arguments, "schedule": None, "catchup": False, **given})


def _documentation(documented: Pipeline | Step) -> str:
    held = documented.__doc__
    return inspect.cleandoc(held if isinstance(held, str) else "").rstrip()


def _with_markdown(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments; Airflow would take a `doc_md` that ends in `.md` for a file's name."""
    if str(arguments.get("doc_md", "")).endswith(".md"):
        arguments["doc_md"] += "\n"
    return arguments


def _plan(
    variant: Variant,
    spec: PipelineSpec,
    snapshot: Snapshot,
    own: Mapping[str, tuple[Any, Any]],
    found_at: str,
) -> str:
    arguments: dict[str, Any] = {
        "task_id": PLAN_TASK,
        "pipeline": spec.name,
        "bundle": f"{BUNDLES}/{snapshot.name}",
    }
    if own:
        arguments["entrypoint"] = found_at
        arguments["parameters"] = {name: value for name, (_, value) in own.items()}
    if not spec.enable_cache:
        arguments["enable_cache"] = False
    if variant.config.config.dag.on_hit != "skip":
        arguments["on_hit"] = variant.config.config.dag.on_hit
    return f"{PLAN_TASK} = " + call("CachePlanOperator", arguments, 4, len(PLAN_TASK) + 3)


def _step(variant: Variant, graph: Graph, step: StepSpec) -> Iterator[str]:
    """The statements of a step: its tasks, and the edges that lead to them.

    Edges stand beside their step, and not all at the end, also because Airflow takes the longer for
    one the more tasks a DAG has.
    """
    node = graph.node(step.name)
    if step.when is not None:
        yield _helper_task(condition_task(step.name), "ConditionOperator", step)
    if step.mapped:
        yield _helper_task(expand_task(step.name), "ExpandOperator", step)
    arguments = {"task_id": step.name, **_step_arguments(step)}
    if documentation := _documentation(node.step):
        arguments["doc_md"] = documentation
    if variant.config.fail_fast:
        arguments["trigger_rule"] = "all_success"
    arguments = _with_markdown({**arguments, **node.airflow})
    name = variable_name(step.name)
    if step.mapped:
        block = _mapped(step, arguments, len(name) + 3)
    else:
        block = call("StepOperator", arguments, 4, len(name) + 3)
    yield f"{name} = {block}"
    yield from _edges(step)


def _helper_task(task: str, operator: str, step: StepSpec) -> str:
    """The task that tests a step's condition, or lists its instances."""
    arguments: dict[str, Any] = {"task_id": task, "step": step.name}
    if operator == "ConditionOperator" and step.when is not None:
        value = () if step.when.test in (TRUE, FALSE) else (step.when.value,)
        arguments["condition"] = (str(step.when.source), step.when.test, *value)
    name = variable_name(task)
    return f"{name} = " + call(operator, arguments, 4, len(name) + 3)


def _mapped(step: StepSpec, arguments: Mapping[str, Any], prefix: int) -> str:
    """A mapped task; Airflow takes what an operator sets by itself only if it is stated."""
    stated = dict(arguments)
    if step.function != step.name and "task_display_name" not in stated:
        stated["task_display_name"] = f"{step.name} · {step.function}"
    stated["trigger_rule"] = "none_failed"
    stated["map_index_template"] = "{{ task.index }}"
    instances = f".expand(index={variable_name(expand_task(step.name))}.output)"
    return call("StepOperator.partial", stated, 4, prefix + len(instances)) + instances


def _step_arguments(step: StepSpec) -> dict[str, Any]:
    inputs = {name: str(ref) for name, ref in step.inputs.items()}
    optional: Mapping[str, Any] = {
        "parameters": dict(step.parameters),
        "inputs": inputs,
        "outputs": dict(step.outputs),
        "materializers": dict(step.materializers),
        "cache_version": step.cache_version,
        "cache_ttl": step.cache_ttl,
        "files": list(step.files),
        "file_parameters": dict(step.file_parameters),
        "cache_func": step.cache_func,
        "mapped": list(step.mapped),
        "optional": list(step.optional),
    }
    arguments: dict[str, Any] = {"entrypoint": step.entrypoint}
    arguments |= {name: value for name, value in optional.items() if value}
    if not step.enable_cache:
        arguments["enable_cache"] = False
    return arguments


def _edges(step: StepSpec) -> Iterator[str]:
    if not step.inputs and step.when is None:
        yield f"{PLAN_TASK} >> {variable_name(step.name)}"
    if step.when is not None:
        condition, tested, *_ = tasks_of(step)
        yield _edge(step.when.source.step, step.when.source.output, condition)
        yield f"{variable_name(condition)} >> {variable_name(tested)}"
    by_producer: dict[str, list[str]] = {}
    for ref in step.inputs.values():
        outputs = by_producer.setdefault(ref.step, [])
        if ref.output not in outputs:
            outputs.append(ref.output)
    consumer = expand_task(step.name) if step.mapped else step.name
    for producer, outputs in by_producer.items():
        yield _edge(producer, ", ".join(outputs), consumer)


def _edge(producer: str, outputs: str, consumer: str) -> str:
    label = call("Label", {"0": outputs})
    parts = [variable_name(producer), str(label), variable_name(consumer)]
    line = " >> ".join(parts)
    if len(line) + 4 <= WIDTH:
        return line
    return "(\n        " + "\n        >> ".join(parts) + "\n    )"
