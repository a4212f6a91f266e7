"""What steps depend on beside code, parameters and inputs: files, and what a function returns."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Final

from msgspec import Struct, field

from zruntime.exceptions import StepInterfaceError
from zruntime.functions import CodeSource
from zruntime.hashing import digest_bytes, digest_value, folder_digest
from zruntime.outside.files import FileDigests, below, kind_of, matching
from zruntime.outside.leaves import Leaf, filled, leaves, with_leaves
from zruntime.outside.patience import NoAnswerError, within
from zruntime.outside.urls import is_url, url_digests, url_label
from zruntime.secrets import SecretResolver, resolved
from zruntime.spec import StepSpec
from zruntime.store import Store

log = logging.getLogger("zruntime")

LISTED: Final = 100
"""How many files of a pattern or folder are told one by one; more enter the key as one."""

TOLD: Final = 5
"""How many files that changed while a step ran are named."""

LONGEST: Final = 1000
"""Characters of an answer that are kept as they are; of a longer one its digest is."""


class Observed(Struct, frozen=True):
    """What a step depends on outside, as it is at one moment.

    Attributes:
        files: Content digest of each file, by a label: `file data/a.csv` for one of a pattern,
            `parameter data` for one that a parameter names.
        paths: Where a label does not tell it, the file's path.
        answer: What its `cache_func` returned, as plain JSON data; empty if it has none.
        problem: Why it cannot be told, in words, or an empty string.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    answer: tuple[Any, ...] = ()
    problem: str = ""


NOTHING: Final = Observed()


class _UnknownError(Exception):
    """What a step depends on cannot be told; says why."""


Observe = Callable[[StepSpec], Observed]


def nowhere(step: StepSpec) -> Observed:
    """Stands for `Outside.observe` where no step depends on anything outside."""
    assert not step.looks_outside
    return NOTHING


class Outside:
    """Looks at what steps depend on outside, on this machine.

    Args:
        folder: What relative paths are relative to.
        code: Where the functions of steps come from.
        store: Where digests of large files are remembered.
        secrets: Where the values of secrets come from.
    """

    def __init__(
        self, folder: Path, code: CodeSource, store: Store, secrets: SecretResolver
    ) -> None:
        self.folder, self._code, self._secrets = folder, code, secrets
        self._digests = FileDigests(store)
        self._told: set[str] = set()

    def observe(self, step: StepSpec) -> Observed:
        """What a step depends on now; nothing where its results are never used again."""
        if not (step.looks_outside and step.enable_cache):
            return NOTHING
        try:
            files, paths = self._files(step)
            return Observed(files, paths, (self._answer(step),) if step.cache_func else ())
        except _UnknownError as error:
            self._warn(f"No result of step {step.name} can be used or kept: {error}.")
            return Observed(problem=str(error))

    def changed(self, step: StepSpec, before: Observed) -> str:
        """Which of a step's files are others than before, in words, or an empty string."""
        if before is NOTHING:
            return ""
        try:
            files, paths = self._files(step)
        except _UnknownError as error:
            return str(error)
        pairs = [
            (label, before.files.get(label), files.get(label))
            for label in sorted({*files, *before.files})
        ]
        told = [
            file_change(label, old, new, before.paths, paths)
            for label, old, new in pairs
            if old != new
        ]
        more = [f"and {len(told) - TOLD} more"] if len(told) > TOLD else []
        return "; ".join([*told[:TOLD], *more])

    def arguments(self, step: StepSpec) -> dict[str, Any]:
        """A step's parameters with secrets, and with absolute paths for its files.

        Raises:
            SecretError: if a secret is not there.
            StepInterfaceError: if a file or folder is not there.
        """
        parameters = with_leaves(step.parameters, step.file_parameters, self._located(step))
        values: dict[str, Any] = resolved(parameters, self._secrets)
        return values

    def _located(self, step: StepSpec) -> Callable[[Leaf], str]:
        def located(leaf: Leaf) -> str:
            path = self.folder / leaf.path
            found = kind_of(path)
            if leaf.kind == "any":
                return str(path) if found else leaf.path
            if found != leaf.kind:
                raise StepInterfaceError(
                    f"Parameter `{leaf.name}` of step `{step.name}` is {leaf.path!r}, and there is "
                    f"no such {leaf.kind} in {self.folder}.",
                    remedy="Put it there, change the parameter, or name the folder that relative "
                    "paths are relative to by ZCOMPILE_FILES.",
                    code="ZC158",
                )
            return str(path)

        return located

    def _files(self, step: StepSpec) -> tuple[dict[str, str], dict[str, str]]:
        """Digests and paths by label."""
        files: dict[str, str] = {}
        paths: dict[str, str] = {}
        for pattern in filled(step.files, step.parameters):
            found = self._matching(pattern)
            if not found:
                self._warn(
                    f"Step {step.name}: no file matches {url_label(pattern)!r} of its `files`"
                    + ("." if is_url(pattern) else f" in {self.folder}.")
                )
            if len(found) > LISTED:
                found = {f"s {url_label(pattern)}": folder_digest(found)}
            else:
                found = {f" {name}": digest for name, digest in found.items()}
            files |= {f"file{label}": digest for label, digest in found.items()}
        for leaf in leaves(step.parameters, step.file_parameters):
            for label, digest, path in self._of_parameter(leaf):
                files[label], paths[label] = digest, path
        return files, paths

    def _matching(self, pattern: str) -> dict[str, str]:
        if is_url(pattern) and not pattern.startswith("file://"):
            try:
                return url_digests(pattern)
            except Exception as error:
                # Whatever a file system raises, the step can be computed.
                reason = f"{url_label(pattern)} cannot be read: {_reason(error)}"
                if isinstance(error, ImportError):
                    reason += "; it needs `zcompile[s3]`, or `zcompile[remote]` and more"
                raise _UnknownError(reason) from error
        try:
            found = matching(pattern.removeprefix("file://"), self.folder)
        except OSError as error:
            raise _UnknownError(_unreadable(error)) from error
        return {printable(name): self._digest(path, name) for name, path in found.items()}

    def _of_parameter(self, leaf: Leaf) -> Iterator[tuple[str, str, str]]:
        """Label, digest and path of each file that a parameter names."""
        label, path = f"parameter {leaf.name}", self.folder / leaf.path
        kind = kind_of(path)
        if kind != "folder":
            if kind or leaf.kind != "any":
                yield label, self._digest(path, leaf.path), leaf.path
            return
        try:
            found = {
                name: self._digest(at, f"{leaf.path}/{name}") if at else ""
                for name, at in below(path)
            }
        except OSError as error:
            raise _UnknownError(_unreadable(error)) from error
        listed = found if len(found) <= LISTED else {}
        yield label, folder_digest({} if listed else found), leaf.path
        for name, digest in listed.items():
            yield f"{label}: {name}", digest, f"{leaf.path}/{printable(name)}"

    def _digest(self, path: Path, name: str) -> str:
        shown = printable(name)
        try:
            return self._digests.of(path)
        except FileNotFoundError as error:
            raise _UnknownError(f"file {shown} is missing") from error
        except (OSError, ValueError) as error:  # ValueError: a path with a null character
            raise _UnknownError(_unreadable(error, shown)) from error

    def _answer(self, step: StepSpec) -> Any:
        """What a step's `cache_func` returns, as plain JSON data of bounded size."""
        from zruntime.settings import Settings  # only few steps have such a function

        name, function = step.cache_func.rpartition(":")[2], None
        patience = Settings.from_environment().cache_func_timeout
        try:
            function = self._code.cache_func(step)
            ask = partial(self._code.load(step).ask, function, self.arguments(step))
            return plain_answer(within(patience, ask))
        except NoAnswerError:
            raise _UnknownError(
                f"cache_func {name} gave no answer within {patience:g} seconds "
                "(ZCOMPILE_CACHE_FUNC_TIMEOUT)"
            ) from None
        except Exception as error:
            # Whatever a user's function raises, the step can be computed.
            log.debug("cache_func of step %s failed", step.name, exc_info=True)
            place = _place_in(function, error)
            raise _UnknownError(f"cache_func {name} failed: {_reason(error)}{place}") from error

    def _warn(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            log.warning("%s", message)


def printable(name: str) -> str:
    """A file's name on one line of text: one that holds other bytes as a literal."""
    return name if name.isprintable() else ascii(name)


def plain_answer(value: Any) -> Any:
    """What a function returned for a key, as plain JSON data that records can hold.

    Raises:
        TypeError, ValueError: if it is no plain value.
    """
    text = json.dumps(value, allow_nan=False, default=_plain)
    plain = json.loads(text)
    return plain if len(text) <= LONGEST else f"{type(value).__name__} {digest_value(plain)}"


def _plain(value: Any) -> Any:
    from decimal import Decimal  # only few functions return such
    from uuid import UUID

    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes {digest_bytes(value)}"
    if isinstance(value, (date, time, timedelta, Decimal, UUID, PurePath)):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not plain JSON data")


def file_change(
    label: str,
    old: str | None,
    new: str | None,
    then: Mapping[str, str],
    now: Mapping[str, str],
) -> str:
    """What became of a file, in words.

    Args:
        label: Its label in `Observed.files`.
        old: Its digest before, None if there was none.
        new: Its digest now, None if there is none.
        then: The paths of files before, by label.
        now: The paths of files now, by label.
    """
    verb = "changed" if old and new else "is new" if new else "is gone"
    before, after = then.get(label), now.get(label)
    if before and after and before != after:
        return f"{label}: {before} -> {after}"
    path = after or before
    return f"file {path} of {label.partition(':')[0]} {verb}" if path else f"{label} {verb}"


def _reason(error: Exception) -> str:
    told = " ".join(str(error).split())
    return f"{type(error).__name__}: {told}" if told else type(error).__name__


def _unreadable(error: OSError | ValueError, shown: str = "") -> str:
    if isinstance(error, OSError):
        return f"file {shown or error.filename} cannot be read: {error.strerror or error}"
    return f"file {shown} cannot be read: {error}"


def _place_in(function: Any, error: Exception) -> str:
    """The line of a function's file that an error came through, in words."""
    import traceback

    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    return f" ({Path(file).name}, line {lines[-1]})" if file and lines else ""
