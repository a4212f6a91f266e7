"""The stages of a compile, in order; each is a function from one immutable value to the next."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from msgspec.structs import replace

from zcompile.imports import importing_from, module_address, users_errors
from zcompile.isolation import undisturbed
from zcompile.problems import Problems
from zcompile.program import Program, Source
from zcompile.stages.check import check
from zcompile.stages.configure import configure
from zcompile.stages.fingerprint import fingerprint
from zcompile.stages.load import checked_file, load
from zcompile.stages.lower import lower
from zcompile.stages.render import render
from zcompile.stages.trace import trace
from zcompile.stages.write import stale_files, write
from zruntime.project import Project

Stage = Callable[[Program], Program]

ANALYSIS: tuple[Stage, ...] = (trace, configure, check)
"""The stages that find mistakes; each goes on with what the one before could make sense of."""

LOWERING: tuple[Stage, ...] = (fingerprint, lower)
"""The stages that make of a program without mistakes what the runtime plans and executes."""

STAGES: tuple[Stage, ...] = (*ANALYSIS, *LOWERING, render)
"""What happens between `load`, which reads the user's files, and `write`, which writes ours."""


def compile_source(source: Source, stages: tuple[Stage, ...] = STAGES) -> Program:
    """Compiles a pipeline file in memory; nothing is written.

    Args:
        source: The file with its configs.
        stages: A part of `STAGES` from its start, where less than all is wanted.

    Returns:
        The program with its mistakes and warnings. One that has mistakes has come as far as
        `check`, and has no files.
    """
    *_, program = programs(source, stages)
    return program


def programs(source: Source, stages: tuple[Stage, ...] = STAGES) -> Iterator[Program]:
    """The program as it is after `load`, and after each of the stages.

    What the user's files print in `STAGES` goes to stderr: stdout is for results.
    """
    linecache.checkcache()
    program = Program(source, Project(source.file.absolute().parent), variants=())
    problems = Problems()
    with problems.collecting():
        file = checked_file(source.file)
        with importing_from(module_address(file)[1]), users_errors(file):
            with undisturbed():
                program = load(source)
            yield program
            for stage in stages:
                if program.errors and stage not in ANALYSIS:
                    break
                with undisturbed() if stage in STAGES else nullcontext():
                    program = stage(program)
                yield program
    if problems.errors:
        yield _without_consequences(program.with_problems(problems))


def _without_consequences(program: Program) -> Program:
    """Drops the warnings on modules which, for another stage, are a mistake anyway."""
    found = {error.code for error in program.errors}
    told = {_WARNINGS.get(code) for code in found}
    warnings = tuple(warning for warning in program.warnings if warning.code not in told)
    return replace(program, warnings=warnings)


_WARNINGS = {"ZC411": "ZC435", "ZC402": "ZC436"}
"""The warning on a module outside of the project, or of no valid Python, by its error."""


__all__ = [
    "ANALYSIS",
    "LOWERING",
    "STAGES",
    "Stage",
    "compile_source",
    "load",
    "programs",
    "stale_files",
    "write",
]
