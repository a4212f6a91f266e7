"""load: imports the pipeline file, without running what it asks to run, and reads its configs."""

from __future__ import annotations

import importlib
import keyword
import re
from pathlib import Path
from types import ModuleType

from zcompile.authoring.pipeline import Pipeline, PipelineInstance
from zcompile.config import DAG_ID, NO_CONFIG, ConfigFile, read_config
from zcompile.imports import module_address, syntax_error
from zcompile.problems import Problems
from zcompile.program import Program, Source, Variant
from zruntime.diagnostics import Place
from zruntime.exceptions import CompileError, PipelineInterfaceError
from zruntime.loading import noting_runs
from zruntime.project import Project, find_project_root

_REMEDY = "Name a pipeline file, such as pipeline.py."


def load(source: Source) -> Program:
    """Imports the pipeline file and finds its pipelines.

    Raises:
        CompileError: if the file cannot be imported.
        PipelineInterfaceError: if it holds no pipeline, or two that would write the same DAG.
        PipelineConfigurationError: if a config cannot be read.
    """
    file = source.file.absolute()
    problems = Problems()
    configs = [read_config(path, problems) for path in source.configs]
    problems.raise_all()
    module, instances = _import(file)
    found = _pipelines(module, instances)
    if not found:
        raise PipelineInterfaceError(
            f"{source.file} holds no pipeline.",
            remedy="Decorate a function with `@pipeline`, and make an instance of it at the top "
            "level of the file.",
            place=Place(str(source.file), 1),
            code="ZC220",
        )
    variants = tuple(
        _variant(instance, config, index)
        for instance in found
        for index, config in enumerate(configs or [NO_CONFIG])
    )
    _all_different(variants)
    return Program(source, Project(find_project_root(file)), variants)


def checked_file(path: Path) -> Path:
    """The absolute path of a pipeline file.

    Raises:
        CompileError: if it cannot be read, is no Python, or has a name that cannot be imported.
    """
    file = path.absolute()
    if file.suffix != ".py":
        raise CompileError(f"{path} is no Python file.", remedy=_REMEDY)
    try:
        compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except OSError as error:
        raise CompileError(f"{path} cannot be read: {error.strerror}.", remedy=_REMEDY) from None
    except SyntaxError as error:
        raise syntax_error(error) from None
    except (ValueError, RecursionError, MemoryError) as error:
        place = Place(str(file), 1)
        raise CompileError(f"{path} is no Python: {error}.", remedy=_REMEDY, place=place) from None
    name = module_address(file)[0]
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split(".")):
        raise CompileError(
            f"{path} cannot be imported: `{name}` is no module name.",
            remedy="Rename the file, or its package, with letters, digits and underscores.",
        )
    return file


def _import(file: Path) -> tuple[ModuleType, list[PipelineInstance]]:
    with noting_runs() as asked:
        return importlib.import_module(module_address(file)[0]), asked


def _pipelines(module: ModuleType, asked: list[PipelineInstance]) -> list[PipelineInstance]:
    """The instances at the module's top level and those it asked to run, each once."""
    held = [value for value in vars(module).values() if isinstance(value, PipelineInstance)]
    found = list({id(instance): instance for instance in (*held, *asked)}.values())
    used = {instance.pipeline.function for instance in found}
    for value in vars(module).values():
        if isinstance(value, Pipeline) and value.function not in used:
            if value.function.__module__ != module.__name__ or value.slots:
                continue
            found.append(value.instance())
            used.add(value.function)
    return found


def _variant(instance: PipelineInstance, config: ConfigFile, index: int) -> Variant:
    own = instance.options.config_path
    if config is NO_CONFIG and own is not None:
        problems = Problems()
        config = read_config(own, problems)
        problems.raise_all()
    suffix = f"_{config.path.stem}" if index and config.path else ""
    dag_id = config.config.dag.dag_id or f"{instance.name}{suffix}"
    if not re.fullmatch(DAG_ID, dag_id):
        raise PipelineInterfaceError(
            f"Pipeline `{instance.name}` would be the DAG `{dag_id}`, which is no valid DAG id.",
            remedy="Give it a name of at most 250 letters, digits, `_`, `-` and `.` that starts "
            "with a letter, a digit or `_`, by `@pipeline(name=...)` or `dag: dag_id:` in YAML.",
            place=instance.pipeline.place,
            code="ZC222",
        )
    return Variant(dag_id, instance, config)


def _all_different(variants: tuple[Variant, ...]) -> None:
    seen: dict[str, Variant] = {}
    for variant in variants:
        # Names that differ only in case are one file on some file systems.
        other = seen.setdefault(variant.dag_id.casefold(), variant)
        if other is not variant:
            raise PipelineInterfaceError(
                f"Two pipelines would write the DAG `{variant.dag_id}` (the other is at "
                f"{_place(other.instance)}).",
                remedy="Give one of them another name with `@pipeline(name=...)`, or a config with "
                "`dag: dag_id:` of its own.",
                place=_place(variant.instance),
                code="ZC221",
            )


def _place(instance: PipelineInstance) -> Place:
    """Where its file makes an instance, or else where the pipeline is defined."""
    place, defined = instance.place, instance.pipeline.place
    return place if place and place.file == defined.file else defined
