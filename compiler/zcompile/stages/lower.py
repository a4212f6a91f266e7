"""lower: turns each configured graph into the spec that the runtime plans and executes."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from msgspec.structs import replace

from zcompile.authoring.step import Step
from zcompile.edges import is_optional
from zcompile.graph import Graph, Node
from zcompile.hints import describe
from zcompile.imports import module_address
from zcompile.outside import file_parameters, relative_files, warn_of_missing
from zcompile.problems import Problems
from zcompile.program import Program
from zcompile.stages.fingerprint import own_materializers
from zruntime.exceptions import CompileError
from zruntime.fingerprint import CodeFingerprint
from zruntime.naming import type_name
from zruntime.project import Project
from zruntime.settings import files_folder
from zruntime.spec import PipelineSpec, StepSpec


def lower(program: Program) -> Program:
    """Lowers all variants.

    Adds a CompileError for each step that cannot be imported by its name, as a worker has to.
    """
    problems = Problems()
    variants = tuple(
        replace(variant, spec=lower_graph(variant.traced, variant.code, program.project))
        for variant in program.variants
    )
    folder = files_folder(program.project.root)
    for variant in variants:
        warn_of_missing(variant.traced, variant.lowered, folder, problems)
        for node in variant.traced.nodes:
            with problems.collecting():
                _importable(node, program.project)
    return replace(program, variants=variants).with_problems(problems)


def lower_graph(
    graph: Graph, code: Mapping[str, CodeFingerprint], project: Project
) -> PipelineSpec:
    """The spec of a pipeline."""
    may_skip: set[str] = set()
    steps = tuple(_lower_node(node, code[node.name], project, may_skip) for node in graph.nodes)
    return PipelineSpec(graph.name, steps, graph.enable_cache)


def _lower_node(
    node: Node, code: CodeFingerprint, project: Project, may_skip: set[str]
) -> StepSpec:
    """The spec of a step, whose name is added to those that may be skipped if it is one."""
    step = node.step
    lowered = StepSpec(
        name=node.name,
        function=step.function_name,
        entrypoint=entrypoint(step),
        code=code.digest,
        code_parts=code.parts,
        packages=code.packages,
        parameters=node.parameters,
        inputs=node.inputs,
        outputs={name: type_label(hint, project) for name, hint in step.signature.outputs.items()},
        materializers={
            name: type_name(materializer) for name, materializer in own_materializers(step, project)
        },
        enable_cache=node.enable_cache,
        cache_version=node.cache_version,
        cache_ttl=node.cache_ttl,
        files=relative_files(step.files, project.root),
        file_parameters=file_parameters(node),
        cache_func=_cache_func(step),
        mapped=node.mapped,
        optional=tuple(_optional_inputs(node, may_skip)),
        when=node.when,
    )
    if node.when is not None or not may_skip.isdisjoint(lowered.required):
        may_skip.add(node.name)
    return lowered


def _optional_inputs(node: Node, may_skip: Collection[str]) -> Iterator[str]:
    """The inputs that may be missing, and have a default or take None."""
    signature = node.step.signature
    for name, ref in node.inputs.items():
        if ref.step not in may_skip or name in node.mapped:
            continue
        if name in signature.defaults or is_optional(signature.inputs[name]):
            yield name


def type_label(hint: Any, project: Project) -> str:
    """An annotation for keys and readers; classes of the project go by their bare names.

    Where a project's class is defined is no part of a key, so that it can be moved; its code is
    part of the step's fingerprint.
    """
    origin, arguments = (None, ()) if type(hint) is type else (get_origin(hint), get_args(hint))
    if origin is Annotated:
        return type_label(arguments[0], project)
    if isinstance(origin, type) and arguments:
        inner = ", ".join(type_label(item, project) for item in arguments)
        return f"{type_label(origin, project)}[{inner}]"
    if isinstance(hint, type) and not arguments:
        file = getattr(sys.modules.get(hint.__module__), "__file__", None)
        return hint.__qualname__ if project.is_local(file) else describe(hint)
    return describe(hint)


def entrypoint(step: Step) -> str:
    """Where a worker finds a step, as `module:name`."""
    function = step.entrypoint
    return f"{_module_name(function)}:{_global_name(step) or function.__qualname__}"


def _cache_func(step: Step) -> str:
    """Where a worker finds a step's `cache_func`: by its own name, or as the step's option."""
    function: Any = step.cache_func
    if function is None:
        return ""
    name = function.__qualname__
    if getattr(sys.modules.get(function.__module__), name, None) is function:
        return f"{_module_name(function)}:{name}"
    return f"{entrypoint(step)}.cache_func"


def _module_name(function: Any) -> str:
    if function.__module__ != "__main__":
        return str(function.__module__)
    return module_address(Path(function.__code__.co_filename))[0]


def _global_name(step: Step) -> str | None:
    """The name under which the function's module holds a step made of it."""
    function = step.entrypoint
    held = getattr(sys.modules.get(function.__module__), "__dict__", {})
    own = held.get(function.__name__)
    if isinstance(own, Step) and own.entrypoint is function:
        return function.__name__
    names = (
        name
        for name, value in held.items()
        if isinstance(value, Step) and value.entrypoint is function
    )
    return next(names, None)


def _importable(node: Node, project: Project) -> None:
    function = node.step.entrypoint
    if _global_name(node.step) is None:
        raise CompileError(
            f"Step `{node.step.function_name}` is not at the top level of its module, so a worker "
            "cannot import it.",
            remedy="Define it with `@step` at the top level of the module.",
            place=node.step.place,
            code="ZC410",
        )
    held = vars(sys.modules[function.__module__])[str(_global_name(node.step))]
    if _cache_func(node.step).endswith(".cache_func") and (
        held.cache_func is not node.step.cache_func
    ):
        raise CompileError(
            f"`cache_func` of step `{node.name}` is not at the top level of its module, so a "
            "worker cannot import it.",
            remedy="Define it with `def` at the top level of a module.",
            place=node.place or node.step.place,
            code="ZC412",
        )
    if not project.is_local(function.__code__.co_filename):
        raise CompileError(
            f"Step `{node.step.function_name}` is defined in {function.__code__.co_filename}, "
            f"outside of the project {project.root}.",
            remedy="Move the module into the project, or install it as a package and define the "
            "step in the project.",
            place=node.step.place,
            code="ZC411",
        )
