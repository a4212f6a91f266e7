"""The exception tree of zcompile.

    ZCompileError                       everything that zcompile raises on purpose
    +-- StepInterfaceError              a step is defined, configured, wired or implemented wrongly
    |   +-- MissingStepParameterError   a required parameter is set nowhere
    +-- PipelineInterfaceError          a pipeline is defined or instantiated wrongly
    |   +-- DuplicateRunNameError       a run name that is taken
    +-- PipelineConfigurationError      a YAML config does not fit its pipeline
    +-- CompileError                    a pipeline file that cannot be loaded or compiled
    +-- MaterializerError               a value that cannot be stored or read back
    +-- StoreError                      the store cannot be opened, read or written
    |   +-- ArtifactMissingError        an artifact's file is gone
    |   +-- ArtifactCorruptError        an artifact's file is not what was stored
    +-- SecretError                     a secret that is not where its reference says
    +-- BundleError                     the code snapshot of a compiled pipeline cannot be used
    +-- UnknownNameError                no run or step of that name; also a KeyError

`zcompile.exceptions` is the public address of these classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from typing_extensions import Self

from zruntime.diagnostics import UNFORESEEN, Diagnostic, Place, Related


class ZCompileError(Exception):
    """Base of all errors of zcompile; each one is a diagnostic that can be raised.

    Args:
        message: What is wrong, naming the step, argument or file concerned.
        remedy: What the user can do about it, as a sentence; may be empty.
        place: Where the mistake is, if it is known.
        code: The stable code; that of an unforeseen error where it is left out.
        suggestion: The nearest name that exists, where a name does not.
        related: Other places that it is about.
        details: More lines for people, such as a traceback.

    Attributes:
        diagnostic: All of that as a value.
        also: Further mistakes that were found together with this one.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        place: Place | None = None,
        code: str = UNFORESEEN,
        suggestion: str = "",
        related: Iterable[Related] = (),
        details: str = "",
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(
            code, message, remedy, place, suggestion, tuple(related), details=details
        )
        self.also: tuple[ZCompileError, ...] = ()

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.diagnostic.message

    @property
    def remedy(self) -> str:
        """What the user can do about it."""
        return self.diagnostic.remedy

    @property
    def place(self) -> Place | None:
        """Where the mistake is."""
        return self.diagnostic.place

    @property
    def code(self) -> str:
        """The stable code."""
        return self.diagnostic.code

    def at(self, place: Place | None) -> Self:
        """This error; the place is taken over where it has none, also by those raised with it."""
        for error in self.all():
            if error.place is None:
                others = tuple(item for item in error.diagnostic.related if item.place != place)
                error.diagnostic = replace(error.diagnostic, place=place, related=others)
        return self

    def all(self) -> Iterator[ZCompileError]:
        """This error and those that were found together with it."""
        yield self
        for error in self.also:
            yield from error.all()

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        notes = [f"{item.message}: {item.place}." for item in self.diagnostic.related]
        parts = (f"{self.message}{where}", *notes, self.diagnostic.advice, f"[{self.code}]")
        told = " ".join(filter(None, parts))
        details = filter(None, [self.diagnostic.details])
        return "\n".join([told, *details, *map(str, self.also)])


class StepInterfaceError(ZCompileError):
    """A step is defined, configured, wired or implemented wrongly."""


class MissingStepParameterError(StepInterfaceError):
    """A required parameter of a step is set nowhere."""


class PipelineInterfaceError(ZCompileError):
    """A pipeline is defined or instantiated wrongly."""


class DuplicateRunNameError(PipelineInterfaceError):
    """The pipeline already has a run of that name."""


class PipelineConfigurationError(ZCompileError):
    """A YAML config does not fit its pipeline."""


class CompileError(ZCompileError):
    """A pipeline file cannot be loaded or compiled."""


class MaterializerError(ZCompileError):
    """A value cannot be stored, or a stored artifact cannot be read back."""


class StoreError(ZCompileError):
    """The store cannot be opened, read or written."""


class ArtifactMissingError(StoreError):
    """An artifact's file is gone from the store."""


class ArtifactCorruptError(StoreError):
    """An artifact's file is not what was stored; it has been set aside."""


class SecretError(ZCompileError):
    """A secret is not where its reference says."""


class BundleError(ZCompileError):
    """The code snapshot of a compiled pipeline is missing or unusable."""


class UnknownNameError(ZCompileError, KeyError):
    """A past run or step of that name does not exist."""


def raise_all(errors: Iterable[ZCompileError]) -> None:
    """Raises the first of several errors, which holds the others in its `also`.

    Raises:
        ZCompileError: if there is any.
    """
    found = tuple(errors)
    if found:
        found[0].also = found[1:]
        raise found[0]
