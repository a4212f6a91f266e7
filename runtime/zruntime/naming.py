"""Names of classes and functions that stay the same wherever their module is imported.

A class of the script that is running lives in `__main__`, and in a module named after the script
when a worker imports it. Both get one name, so what one process stored the other can read.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from zruntime.exceptions import MaterializerError

_MAIN_NAMES: Final = ("__main__", "__mp_main__")
"""The running script's module; multiprocessing imports it into its children as the second."""


def type_name(cls: Any) -> str:
    """The `module:qualname` of a class or function, such as `numpy:ndarray`.

    The module of an object of the running script is the name under which the script could be
    imported.
    """
    module = cls.__module__
    if module in _MAIN_NAMES:
        module = script_module() or module
    return f"{module}:{cls.__qualname__}"


def script_module() -> str | None:
    """The name under which the running script could be imported; None outside of a script."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    file = getattr(main, "__file__", None)
    return Path(file).stem if file else None


def resolve(name: str) -> Any:
    """The class or function that `type_name` named.

    Raises:
        MaterializerError: if its module cannot be imported or has no such name.
    """
    module_name, _, qualname = name.partition(":")
    if "<locals>" in qualname:
        raise MaterializerError(
            f"{name} is defined inside a function, where no other process can find it.",
            remedy="Move it to the top level of its module.",
            code="ZC501",
        )
    found = _in_script(module_name, qualname)
    if found is None:
        found = _attribute(_import(module_name, name), qualname)
    if found is None:
        raise MaterializerError(
            f"Module {module_name} has no {qualname}.",
            remedy="If it was renamed or removed, run the step again that stores such values.",
            code="ZC502",
        )
    return found


def is_importable(obj: Any) -> bool:
    """Whether `resolve` finds `obj`, a class or function, under its `type_name`.

    Imports nothing: a module that is not loaded cannot be where `obj` comes from.
    """
    module_name, _, qualname = type_name(obj).partition(":")
    found = _in_script(module_name, qualname)
    if found is None:
        found = _attribute(sys.modules.get(module_name), qualname)
    return found is obj


def _in_script(module_name: str, qualname: str) -> Any | None:
    if module_name != script_module():
        return None
    return _attribute(sys.modules["__main__"], qualname)


def _attribute(module: ModuleType | None, qualname: str) -> Any | None:
    found: Any = module
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found


def _import(module_name: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except Exception as error:  # a module's own code may raise anything
        raise MaterializerError(
            f"Module {module_name}, which {name} belongs to, cannot be imported: "
            f"{type(error).__name__}: {error}.",
            remedy=f"Install {module_name} here, or put its folder on PYTHONPATH.",
            code="ZC503",
        ) from error
