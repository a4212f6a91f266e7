"""The stages of a compile, in order; each is a function from one immutable value to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zcompile.imports import importing_from, module_address, users_errors
from zcompile.program import Program, Source
from zcompile.stages.check import check
from zcompile.stages.configure import configure
from zcompile.stages.fingerprint import fingerprint
from zcompile.stages.load import checked_file, load
from zcompile.stages.lower import lower
from zcompile.stages.render import render
from zcompile.stages.trace import trace
from zcompile.stages.write import stale_files, write

STAGES: tuple[Callable[[Program], Program], ...] = (
    trace,
    configure,
    check,
    fingerprint,
    lower,
    render,
)
"""What happens between `load`, which reads the user's files, and `write`, which writes ours."""


def compile_source(source: Source) -> Program:
    """Compiles a pipeline file in memory; nothing is written.

    Raises:
        ZCompileError: if the pipeline or a config is wrong, or the user's code raises.
    """
    *_, program = programs(source)
    return program


def programs(source: Source) -> Iterator[Program]:
    """The program as it is after `load`, and after each of the stages.

    Raises:
        ZCompileError: as `compile_source`.
    """
    file = checked_file(source.file)
    with importing_from(module_address(file)[1]), users_errors(file):
        program = load(source)
        yield program
        for stage in STAGES:
            program = stage(program)
            yield program


__all__ = ["STAGES", "compile_source", "load", "programs", "stale_files", "write"]
