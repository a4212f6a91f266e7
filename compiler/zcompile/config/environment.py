"""References to environment variables in a YAML config: `${env:NAME}`, `${env:NAME:-default}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

_REFERENCE = re.compile(
    r"(?P<escape>\$\$\{)|\$\{env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}"
    r"|(?P<broken>\$\{env:[^}\n]*\}?)"
)


class Filled(Struct, frozen=True):
    """A text whose references are replaced.

    Attributes:
        text: The text.
        variables: Names of the variables that it was taken from.
        missing: Those that are not set and have no default.
        broken: References that are written wrongly.
        whole: Whether the text was one reference and nothing else.
    """

    text: str
    variables: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    whole: bool = False


def fill(text: str, environ: Mapping[str, str]) -> Filled:
    """Replaces the references in a text; `$${` stands for `${` itself.

    Args:
        text: A scalar of the config.
        environ: The variables.
    """
    if "${" not in text:
        return Filled(text)
    variables: list[str] = []
    missing: list[str] = []
    broken: list[str] = []

    def value(found: re.Match[str]) -> str:
        if found["escape"]:
            return "${"
        if found["broken"]:
            broken.append(found["broken"])
            return ""
        name = found["name"]
        if name in environ:
            variables.append(name)
            return environ[name]
        if found["default"] is None:
            missing.append(name)
            return ""
        return found["default"][2:]

    filled = _REFERENCE.sub(value, text)
    first = _REFERENCE.fullmatch(text)
    whole = first is not None and first["name"] is not None
    return Filled(filled, tuple(variables), tuple(missing), tuple(broken), whole)
