"""load: imports the pipeline file, without running what it asks to run, and reads its configs."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from zcompile.authoring.pipeline import Pipeline, PipelineInstance
from zcompile.config import PipelineConfig, read_config
from zcompile.program import Program, Source, Variant
from zruntime.exceptions import CompileError, PipelineInterfaceError, Place, ZCompileError
from zruntime.loading import noting_runs
from zruntime.project import Project, find_project_root


def load(source: Source) -> Program:
    """Imports the pipeline file and finds its pipelines.

    Raises:
        CompileError: if the file cannot be imported.
        PipelineInterfaceError: if it holds no pipeline, or two that would write the same DAG.
        PipelineConfigurationError: if a config cannot be read.
    """
    file = _checked_file(source.file)
    configs = [(read_config(path), path) for path in source.configs]
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
        _variant(instance, config, path, index)
        for instance in found
        for index, (config, path) in enumerate(configs or [(PipelineConfig(), None)])
    )
    _all_different(variants)
    return Program(source, Project(find_project_root(file)), variants)


def _checked_file(path: Path) -> Path:
    file = path.absolute()
    if not file.is_file() or file.suffix != ".py":
        what = "is no Python file" if file.exists() else "does not exist"
        raise CompileError(f"{path} {what}.", remedy="Name a pipeline file, such as pipeline.py.")
    if not file.stem.isidentifier():
        raise CompileError(
            f"{path} cannot be imported: `{file.stem}` is no module name.",
            remedy="Rename the file with letters, digits and underscores.",
        )
    return file


def module_address(file: Path) -> tuple[str, Path]:
    """The name under which Python imports a file, and the folder it is imported from.

    A file in a package is a module of it; any other file is a top-level module of its folder, as
    when it is run as a script.
    """
    parts, folder = [file.stem], file.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), folder


def _import(file: Path) -> tuple[ModuleType, list[PipelineInstance]]:
    name, folder = module_address(file)
    _forget(folder)
    with _importing_from(folder), noting_runs() as asked:
        try:
            return importlib.import_module(name), asked
        except ZCompileError:
            raise
        except SyntaxError as error:
            place = Place(error.filename or str(file), error.lineno or 1, error.offset or 1)
            raise CompileError(f"Syntax error: {error.msg}.", place=place, code="ZC402") from None
        except (Exception, SystemExit) as error:
            raise _raised(file, error) from error


def _raised(file: Path, error: BaseException) -> CompileError:
    """The user's own exception, told with the frames of the user's files."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(("<frozen", importlib.__file__))
        and frame.filename != __file__
    ]
    shown = "".join(traceback.format_list(frames)).rstrip()
    place = Place(frames[-1].filename, frames[-1].lineno or 1) if frames else Place(str(file), 1)
    return CompileError(
        f"{file.name} raised {type(error).__name__} while it was loaded: {error}\n{shown}\n",
        remedy="A file is imported when it is compiled; what must not run then belongs under "
        '`if __name__ == "__main__":`.',
        place=place,
        code="ZC401",
    )


def _forget(folder: Path) -> None:
    """Drops modules imported from the folder earlier, so that its files are read anew."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name != "__main__" and Path(file).is_relative_to(folder):
            del sys.modules[name]
    importlib.invalidate_caches()


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """A context in which the folder is first on the path.

    No bytecode is written: it is told from its source by whole seconds, and would hide an edit
    made within the same one.
    """
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes


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


def _variant(
    instance: PipelineInstance, config: PipelineConfig, path: Path | None, index: int
) -> Variant:
    own = instance.options.config_path
    if path is None and own is not None:
        config, path = read_config(own), own
    suffix = f"_{path.stem}" if index and path else ""
    return Variant(config.dag.dag_id or f"{instance.name}{suffix}", instance, config, path)


def _all_different(variants: tuple[Variant, ...]) -> None:
    seen: dict[str, Variant] = {}
    for variant in variants:
        other = seen.get(variant.dag_id)
        if other is not None:
            first = f" (the other is at {other.instance.place})" if other.instance.place else ""
            raise PipelineInterfaceError(
                f"Two pipelines would write the DAG `{variant.dag_id}`{first}.",
                remedy="Give one of them another name with `@pipeline(name=...)`, or a config with "
                "`dag: dag_id:` of its own.",
                place=variant.instance.place,
                code="ZC221",
            )
        seen[variant.dag_id] = variant
