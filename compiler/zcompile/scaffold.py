"""The files of a new project."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from zcompile.config.schema import modeline
from zcompile.names import slug

PIPELINE_FILE = "pipeline.py"
"""The pipeline file of a new project."""

_FILES: Mapping[str, str] = {
    PIPELINE_FILE: "pipeline.py.j2",
    "config.yaml": "config.yaml.j2",
    "README.md": "README.md.j2",
    ".gitignore": "gitignore.j2",
}


class _Project(Struct, frozen=True):
    """What the templates are given."""

    title: str
    pipeline: str
    modeline: str


def pipeline_name(project: str) -> str:
    """The name of a new project's pipeline: the project's, as an identifier."""
    name = slug(project)
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        return f"pipeline_{name.strip('_')}".rstrip("_")
    return name


def project_files(name: str) -> dict[str, str]:
    """The contents of a new project's files, by their path.

    Args:
        name: The project's name; its pipeline is called after it.
    """
    environment = Environment(
        loader=PackageLoader("ztemplates", "project"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    project = _Project(name, pipeline_name(name), modeline())
    return {
        file: environment.get_template(template).render(project=project)
        for file, template in _FILES.items()
    }
