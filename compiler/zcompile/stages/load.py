"""load: imports the pipeline file, without running what it asks to run, and reads its configs."""

from __future__ import annotations

import errno
import importlib
import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

from msgspec import Struct
from msgspec.structs import replace

from zcompile.authoring.pipeline import Pipeline, PipelineInstance
from zcompile.config.file import NO_CONFIG, ConfigFile
from zcompile.config.models import DAG_ID
from zcompile.config.overrides import with_overrides
from zcompile.config.reading import read_config
from zcompile.imports import module_address, syntax_error, users_errors
from zcompile.problems import Problems, nearest
from zcompile.program import Program, Source, Variant
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import CompileError, PipelineInterfaceError
from zruntime.loading import collecting_mistakes, noting_runs
from zruntime.project import Project, find_project_root

_REMEDY = "Name a pipeline file, such as pipeline.py."


def load(source: Source) -> Program:
    """Imports the pipeline file and finds its pipelines.

    Returns:
        A program with a variant for each pipeline and config. Its errors are those of the steps
        and pipelines that the file defines, and of the configs; a PipelineInterfaceError if it
        holds no pipeline, or two that would write the same DAG; a CompileError if it raises.
    """
    file = source.file.absolute()
    problems = Problems()
    configs = [read_config(path, problems) for path in source.configs]
    found = _Found()
    with problems.collecting(), collecting_mistakes() as mistakes:
        with users_errors(file):
            found = _import(file)
        found = replace(found, instances=_pipelines(found))
    for mistake in mistakes:
        problems.add(mistake)
    if not found.instances and not problems.errors:
        problems.add(
            PipelineInterfaceError(
                f"{source.file} holds no pipeline.",
                remedy="Decorate a function with `@pipeline`, and make an instance of it at the "
                "top level of the file.",
                place=Place(str(source.file), 1),
                code="ZC220",
            )
        )
    variants = tuple(
        variant
        for instance in found.instances
        if instance.sound
        for variant in _variants(instance, configs, source, problems)
    )
    _all_different(variants, problems)
    program = Program(source, Project(find_project_root(file)), variants)
    return program.with_problems(problems)


def checked_file(path: Path) -> Path:
    """The absolute path of a pipeline file.

    Raises:
        CompileError: if it cannot be read, is no Python, or has a name that cannot be imported.
    """
    file = path.absolute()
    if file.suffix != ".py":
        raise CompileError(f"{path} is no Python file.", remedy=_REMEDY, code="ZC403")
    try:
        compile(_content(file), str(file), "exec", dont_inherit=True)
    except OSError as error:
        raise CompileError(
            f"{path} cannot be read: {error.strerror}.",
            remedy=_REMEDY,
            suggestion=nearest(path.name, (other.name for other in path.parent.glob("*.py"))),
            code="ZC404",
        ) from None
    except SyntaxError as error:
        raise syntax_error(error) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CompileError(
            f"{path} is no Python: {error}.",
            remedy=_REMEDY,
            place=Place(str(file), 1),
            code="ZC402",
        ) from None
    name = module_address(file)[0]
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split(".")):
        raise CompileError(
            f"{path} cannot be imported: `{name}` is no module name.",
            remedy="Rename the file, or its package, with letters, digits and underscores.",
            code="ZC405",
        )
    return file


def _content(file: Path) -> bytes:
    """The content of a file; a pipe or a device may have no end."""
    if file.exists() and not file.is_dir() and not file.is_file():
        raise OSError(errno.EINVAL, "It is no regular file")
    return file.read_bytes()


class _Found(Struct, frozen=True):
    """What importing the file brought: its module, the runs it asked for, and its pipelines."""

    module: ModuleType | None = None
    asked: tuple[PipelineInstance, ...] = ()
    instances: tuple[PipelineInstance, ...] = ()


def _import(file: Path) -> _Found:
    name = module_address(file)[0]
    with noting_runs() as asked:
        try:
            module = importlib.import_module(name)
        except KeyError as error:
            if error.args != (name,):
                raise
            module = None
    if not isinstance(module, ModuleType):
        raise CompileError(
            f"{file.name} puts something else in its own place in `sys.modules`.",
            remedy="Leave `sys.modules` as it is: a worker imports the file as a module.",
            place=Place(str(file), 1),
            code="ZC406",
        )
    return _Found(module, tuple(asked))


def _pipelines(found: _Found) -> tuple[PipelineInstance, ...]:
    """The instances at the module's top level and those it asked to run, each once."""
    values = [*vars(found.module).values()]
    held = [value for value in values if isinstance(value, PipelineInstance)]
    instances = list({id(each): each for each in (*held, *found.asked)}.values())
    used = {instance.pipeline.function for instance in instances}
    own = [value for value in values if isinstance(value, Pipeline) and not value.slots]
    for pipeline in own:
        is_local = pipeline.function.__module__ == vars(found.module).get("__name__")
        if is_local and pipeline.function not in used:
            instances.append(pipeline.instance())
            used.add(pipeline.function)
    return tuple(instances)


def _variants(
    instance: PipelineInstance,
    configs: Sequence[ConfigFile],
    source: Source,
    problems: Problems,
) -> Iterator[Variant]:
    """An instance with each of the configs, or else with its own, or with none."""
    own = instance.options.config_path
    if not configs:
        configs = [read_config(own, problems) if own is not None else NO_CONFIG]
    for index, config in enumerate(configs):
        suffix = f"_{_as_id(config.path.stem)}" if index and config.path else ""
        dag_id = config.config.dag.dag_id or f"{instance.name}{suffix}"
        if not re.fullmatch(DAG_ID, dag_id):
            problems.add(_no_dag_id(instance, dag_id))
        yield Variant(dag_id, instance, with_overrides(config, source.overrides))


def _as_id(text: str) -> str:
    """A text with `_` in place of all that the id of a DAG cannot hold."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def _no_dag_id(instance: PipelineInstance, dag_id: str) -> PipelineInterfaceError:
    return PipelineInterfaceError(
        f"Pipeline `{instance.name}` would be the DAG `{dag_id}`, which is no valid DAG id.",
        remedy="Give it a name of at most 250 letters, digits, `_`, `-` and `.` that starts "
        "with a letter, a digit or `_`, by `@pipeline(name=...)` or `dag: dag_id:` in YAML.",
        place=instance.pipeline.place,
        code="ZC222",
    )


def _all_different(variants: Iterable[Variant], problems: Problems) -> None:
    seen: dict[str, Variant] = {}
    for variant in variants:
        # Names that differ only in case are one file on some file systems.
        other = seen.setdefault(variant.dag_id.casefold(), variant)
        if other is not variant:
            one, two = _id_places(variant, other)
            problems.add(
                PipelineInterfaceError(
                    "Two pipelines, or one with two configs, would write the DAG "
                    f"`{variant.dag_id}`.",
                    remedy="Give one of them another name with `@pipeline(name=...)`, or a config "
                    "with a `dag: dag_id:` of its own, or one whose file has another name.",
                    place=one,
                    related=[Related("the other one", two)],
                    code="ZC221",
                )
            )


def _id_places(*variants: Variant) -> list[Place]:
    """What DAGs have their ids from: each its config, or else its pipeline."""
    if len({id(variant.config) for variant in variants}) < len(variants):
        return [_place(variant.instance) for variant in variants]
    found = []
    for variant in variants:
        path = variant.config.path
        place = variant.config.value_place("dag", "dag_id")
        found.append(place or (Place(str(path), 1) if path else _place(variant.instance)))
    return found


def _place(instance: PipelineInstance) -> Place:
    """Where its file makes an instance, or else where the pipeline is defined."""
    place, defined = instance.place, instance.pipeline.place
    return place if place and place.file == defined.file else defined
