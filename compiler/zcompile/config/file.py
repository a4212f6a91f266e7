"""A YAML config that has been read.

Its models take longer to import than a cached run takes: a pipeline without a config does without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zcompile.config.tree import Leaf, Tree, find
from zruntime.diagnostics import Place

if TYPE_CHECKING:
    from zcompile.config.models import PipelineConfig, StepSettings

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config that has been read.

    Attributes:
        path: Its file; None for the config of a pipeline that has none.
        complete: Whether all of the file was understood; where it was not, `config` lacks the
            parts that were wrong, and what they would have set is unknown.
    """

    _config: PipelineConfig | None = None
    path: Path | None = None
    complete: bool = True
    _root: Tree | None = field(default=None, repr=False, compare=False)

    @property
    def config(self) -> PipelineConfig:
        """What it says."""
        if self._config is not None:
            return self._config
        from zcompile.config.models import PipelineConfig

        return PipelineConfig.model_construct()

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The pipeline's parameters."""
        return {} if self._config is None else self._config.parameters

    @property
    def steps(self) -> Mapping[str, StepSettings]:
        """What it says of each step, by name."""
        return {} if self._config is None else self._config.steps

    @property
    def enable_cache(self) -> bool | None:
        """The pipeline's switch, None where it leaves the choice to the code."""
        return None if self._config is None else self._config.enable_cache

    @property
    def fail_fast(self) -> bool:
        """Whether the DAG ends with the first task that fails."""
        return self._config is not None and bool(self._config.dag.fail_fast)

    def key_place(self, *keys: str) -> Place | None:
        """Where a nested key is written, or the deepest of its parents that is there."""
        return self._place(keys, value=False)

    def value_place(self, *keys: str) -> Place | None:
        """Where the value of a nested key is written; the place of the key for a long value."""
        return self._place(keys, value=True)

    def _place(self, keys: Keys, *, value: bool) -> Place | None:
        if self.path is None:
            return None
        return place_in(self.path, self._root, keys, value=value)

    def sets(self, *keys: str) -> bool:
        """Whether the file, or one that it extends, holds a nested key."""
        return self._root is not None and find(self._root, keys).complete

    def variables(self, *keys: str) -> tuple[str, ...]:
        """The environment variables that a value was taken from."""
        node = find(self._root, keys).node if self._root and self.sets(*keys) else None
        return node.variables if isinstance(node, Leaf) else ()


NO_CONFIG = ConfigFile()


def place_in(path: Path, root: Tree | None, keys: Keys, *, value: bool = False) -> Place:
    """The place of the deepest of nested keys that the document holds, or of its value."""
    if root is None:
        return Place(str(path), 1)
    found = find(root, keys)
    return (found.value_place if value else found.key) or Place(str(path), 1)
