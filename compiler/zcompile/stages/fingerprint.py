"""fingerprint: computes what of the user's code each step depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from zcompile.authoring.step import Step
from zcompile.graph import Graph
from zcompile.problems import Problems
from zcompile.program import Program
from zruntime.diagnostics import WARNING, Diagnostic
from zruntime.fingerprint import FILES_UNSEEN, CodeFingerprint, Fingerprinter
from zruntime.hashing import combine
from zruntime.materializers import BaseMaterializer, materializer_for_hint
from zruntime.project import Project


def fingerprint(program: Program) -> Program:
    """Fingerprints the steps of all variants; what cannot be seen becomes a warning."""
    fingerprinter = Fingerprinter(program.project)
    variants = tuple(
        replace(variant, code=fingerprint_graph(variant.traced, fingerprinter))
        for variant in program.variants
    )
    problems = Problems()
    for code in (code for variant in variants for code in variant.code.values()):
        _warn(code, program.project, problems)
    return replace(program, variants=variants).with_problems(problems)


def fingerprint_graph(graph: Graph, fingerprinter: Fingerprinter) -> dict[str, CodeFingerprint]:
    """The code fingerprint of each step, by step name."""
    known: dict[int, CodeFingerprint] = {}
    for node in graph.nodes:
        if id(node.step) not in known:
            known[id(node.step)] = _fingerprint_step(node.step, fingerprinter)
    return {node.name: known[id(node.step)] for node in graph.nodes}


def _fingerprint_step(step: Step, fingerprinter: Fingerprinter) -> CodeFingerprint:
    """The function's fingerprint, with those of its `cache_func` and the user's materializers.

    Whoever declares files knows that they have to be declared.
    """
    function = fingerprinter.fingerprint(step.entrypoint)
    others = [
        fingerprinter.fingerprint(materializer)
        for _, materializer in own_materializers(step, fingerprinter.project)
    ]
    if step.cache_func is not None:
        others.append(fingerprinter.fingerprint(step.cache_func))
    found = combined([function, *others]) if others else function
    if not step.files:
        return found
    warnings = tuple(item for item in found.warnings if item.code != FILES_UNSEEN)
    return replace(found, warnings=warnings)


def combined(codes: list[CodeFingerprint]) -> CodeFingerprint:
    """One fingerprint of several pieces of code."""
    return CodeFingerprint(
        digest=combine(code.digest for code in codes),
        parts={label: digest for code in codes for label, digest in code.parts.items()},
        packages=_union(code.packages for code in codes),
        modules=_union(code.modules for code in codes),
        warnings=tuple(dict.fromkeys(item for code in codes for item in code.warnings)),
    )


def own_materializers(step: Step, project: Project) -> Iterator[tuple[str, type[BaseMaterializer]]]:
    """The outputs which a materializer of the user's stores, with that materializer."""
    for name, hint in step.signature.outputs.items():
        chosen: Any = step.materializers.get(name) or materializer_for_hint(hint)
        if chosen is not None and not chosen.__module__.startswith("zruntime."):
            yield name, chosen


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({item for group in groups for item in group}))


def _warn(code: CodeFingerprint, project: Project, problems: Problems) -> None:
    for item in code.warnings:
        message = f"{item.message[:1].upper()}{item.message[1:]}."
        place = replace(item.place, file=str(project.root / item.place.file))
        problems.warn(Diagnostic(item.code, message, item.remedy, place, severity=WARNING))
