"""Configs that extend another one: `extends: base.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zcompile.config.parsing import parse
from zcompile.config.tree import Branch, Leaf, Tree, merged
from zcompile.problems import Problems
from zruntime.diagnostics import Place, Related
from zruntime.exceptions import PipelineConfigurationError

EXTENDS = "extends"


def read_tree(
    path: Path,
    problems: Problems,
    environ: Mapping[str, str],
    chain: tuple[tuple[Path, Place], ...] = (),
) -> tuple[Tree | None, bool]:
    """Reads a YAML file over the one that it extends, if it does.

    Args:
        path: The file.
        problems: Takes a PipelineConfigurationError for each mistake.
        environ: The environment variables that the files may refer to.
        chain: The files that extend this one, each with the place where it says so.

    Returns:
        The document, None if it cannot be read or is empty; whether all of it was read.
    """
    tree, sound = parse(path, problems, environ)
    if not isinstance(tree, Branch) or EXTENDS not in tree.entries:
        return tree, sound
    entries = dict(tree.entries)
    entry = entries.pop(EXTENDS)
    own = Branch(entries, tree.place)
    place = (entry.value.place if isinstance(entry.value, Leaf) else None) or entry.place
    chain = (*chain, (_resolved(path), place))
    base = _base(path, entry.value, place, problems, chain)
    if base is None:
        return own, False
    inherited, complete = _read_base(base, place, problems, environ, chain)
    if isinstance(inherited, Branch):
        own = merged(inherited, own)
    return own, sound and complete


def _base(
    path: Path,
    value: Tree,
    place: Place,
    problems: Problems,
    chain: tuple[tuple[Path, Place], ...],
) -> Path | None:
    """The file that a config extends; None, with a mistake told, if it names none."""
    if not isinstance(value, Leaf) or not isinstance(value.value, str) or not value.value:
        problems.add(
            PipelineConfigurationError(
                "`extends` is not the path of a file.",
                remedy="Name one config, relative to this file, as in `extends: base.yaml`.",
                place=place,
                code="ZC335",
            )
        )
        return None
    base = path.parent / value.value
    if _resolved(base) in [file for file, _ in chain]:
        others = [Related("which extends it here", other) for _, other in chain[:-1]]
        problems.add(
            PipelineConfigurationError(
                f"The config {path} extends {value.value}, which extends it in turn.",
                remedy="Let one of them extend no other.",
                place=place,
                related=others,
                code="ZC335",
            )
        )
        return None
    return base


def _resolved(path: Path) -> Path:
    """The file itself, without links; the path where that cannot be told."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _read_base(
    base: Path,
    place: Place,
    problems: Problems,
    environ: Mapping[str, str],
    chain: tuple[tuple[Path, Place], ...],
) -> tuple[Tree | None, bool]:
    """The base's document; what is wrong with the file as a whole is placed where it is named."""
    found = Problems()
    tree, sound = read_tree(base, found, environ, chain)
    for error in found.errors:
        problems.add(error.at(place))
    if sound and not isinstance(tree, Branch):
        problems.add(
            PipelineConfigurationError(
                f"The config {base} holds no mapping.",
                remedy="Write keys such as `dag:` or `steps:` at its top level.",
                place=place,
                code="ZC303",
            )
        )
        return None, False
    return tree, sound
