"""Parameters that a command sets for one time, as `step.parameter=value`, over a config's."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from zcompile.config.file import ConfigFile
from zcompile.config.models import StepSettings
from zruntime.diagnostics import Place
from zruntime.exceptions import PipelineConfigurationError

OPTION = "--set"
"""The option that takes overrides; mistakes in them are placed in a file of that name."""


@dataclass(frozen=True, slots=True)
class Override:
    """A parameter and its value.

    Attributes:
        keys: Where a config would hold it, such as `("steps", "step_2", "parameters", "gamma")`.
        value: What YAML makes of its text.
        name_place: Where its name is written.
        value_place: Where its value is written.
    """

    keys: tuple[str, ...]
    value: Any
    name_place: Place
    value_place: Place


def read_override(text: str, line: int = 1) -> Override:
    """An override from `step.parameter=value`, or `parameter=value` for one of the pipeline.

    Args:
        text: What is written on the command line.
        line: Counts the command's overrides from 1, for places.

    Raises:
        PipelineConfigurationError: if it has not that form, or the value is no YAML.
    """
    from zcompile.config.parsing import parse_value  # PyYAML, which a run without them spares

    _show_line(text, line)
    name, equals, value = text.partition("=")
    step, dot, parameter = name.rpartition(".")
    start = len(name) + 2
    name_place = Place(OPTION, line, 1, start - 1 if name else None)
    if not equals or not parameter or (dot and not step):
        raise PipelineConfigurationError(
            f"`{text}` sets no parameter.",
            remedy="Write `step.parameter=value`, or `parameter=value` for one of the pipeline.",
            place=Place(OPTION, line),
            code="ZC314",
        )
    value_place = Place(OPTION, line, start, len(text) + 1 if value else None)
    read = parse_value(value, value_place, os.environ)
    keys = ("steps", step, "parameters", parameter) if dot else ("parameters", parameter)
    return Override(keys, read, name_place, value_place)


def _show_line(text: str, line: int) -> None:
    """Lets diagnostics show the text as line `line` of a file."""
    lines = linecache.getlines(OPTION)[: line - 1] if line > 1 else []
    lines = [*lines, *[""] * (line - 1 - len(lines)), text]
    linecache.cache[OPTION] = (len(text), None, lines, OPTION)


@dataclass(frozen=True, slots=True)
class _Overridden(ConfigFile):
    """A config with overrides, which know their own places."""

    overrides: tuple[Override, ...] = ()

    def key_place(self, *keys: str) -> Place | None:
        found = self._of(keys)
        return found.name_place if found else ConfigFile.key_place(self, *keys)

    def value_place(self, *keys: str) -> Place | None:
        found = self._of(keys)
        return found.value_place if found else ConfigFile.value_place(self, *keys)

    def _of(self, keys: tuple[str, ...]) -> Override | None:
        """The last override of a value, of the value that holds it, or of one in its section."""
        for override in reversed(self.overrides):
            if override.keys == keys[: len(override.keys)]:
                return override
        if ConfigFile.key_place(self, *keys) == ConfigFile.key_place(self, *keys[:-1]):
            for override in self.overrides:
                if override.keys[: len(keys)] == keys:
                    return override
        return None


def with_overrides(file: ConfigFile, overrides: Iterable[Override]) -> ConfigFile:
    """A config with overrides, of which a later one wins over an earlier one."""
    found = tuple(overrides)
    if not found:
        return file
    config = file.config
    parameters = dict(config.parameters)
    steps = dict(config.steps)
    for override in found:
        if override.keys[0] == "parameters":
            parameters[override.keys[1]] = override.value
            continue
        _, step, _, name = override.keys
        settings = steps.get(step, StepSettings())
        changed = {**settings.parameters, name: override.value}
        steps[step] = settings.model_copy(update={"parameters": changed})
    config = config.model_copy(update={"parameters": parameters, "steps": steps})
    kept = {field.name: getattr(file, field.name) for field in fields(file)}
    return _Overridden(**{**kept, "_config": config}, overrides=found)
