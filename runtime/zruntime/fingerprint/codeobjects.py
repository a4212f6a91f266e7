"""Code whose source is out of reach: `exec`, files that changed since their import."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType
from typing import Any, Final

from zruntime.fingerprint.bindings import Import
from zruntime.fingerprint.references import Reference

HAS_DOCSTRING: Final = 0x4000000
ATTRIBUTES: Final = frozenset({"LOAD_ATTR", "LOAD_METHOD"})
GLOBALS: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
CELLS: Final = frozenset({"LOAD_DEREF", "LOAD_CLASSDEREF"})
FILLERS: Final = frozenset({"CACHE", "PUSH_NULL", "PRECALL", "EXTENDED_ARG", "COPY_FREE_VARS"})


def code_form(code: CodeType) -> tuple[Any, ...]:
    """Plain data that tells code apart by what it does, not by where it stands."""
    return (
        "code",
        code.co_code,
        getattr(code, "co_exceptiontable", b""),
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags & ~HAS_DOCSTRING,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        _constants(code),
    )


def code_references(code: CodeType) -> tuple[Reference, ...]:
    """What code refers to; positions are those of the function's first line."""
    chains = set(_chains(code, frozenset(code.co_freevars)))
    rooted = {chain[0] for chain, _ in chains}
    chains.update(((name,), None) for name in code.co_freevars if name not in rooted)
    ordered = sorted(chains, key=lambda item: (item[0], str(item[1])))
    return tuple(Reference(chain, source, code.co_firstlineno) for chain, source in ordered)


def _constants(code: CodeType) -> tuple[Any, ...]:
    constants = [_constant(constant) for constant in code.co_consts]
    if constants and isinstance(constants[0], str) and code.co_name != "<lambda>":
        constants[0] = None  # where a docstring is kept
    return tuple(constants)


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return code_form(value)
    if value is Ellipsis:
        return ("ellipsis",)
    if isinstance(value, tuple):
        return ("tuple", *map(_constant, value))
    return ("int", hex(value)) if type(value) is int else value


def _chains(
    code: CodeType, cells: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], Import | None]]:
    chain: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        name = instruction.argval
        if instruction.opname in ATTRIBUTES and chain:
            chain = (*chain, name)
        elif instruction.opname not in FILLERS:
            if chain:
                yield chain, None
            is_free = instruction.opname in CELLS and name in cells
            chain = (name,) if is_free or instruction.opname in GLOBALS else ()
            if instruction.opname == "IMPORT_NAME":
                yield (name,), Import(name, root=name)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _chains(constant, cells)
