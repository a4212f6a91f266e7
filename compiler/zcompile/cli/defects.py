"""The last defence: an error that zcompile did not foresee is told as a defect of its own."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import click

from zruntime.diagnostics import UNFORESEEN, Diagnostic

if TYPE_CHECKING:
    from zcompile.cli.reports import Report

DEFECT = 3
"""Exit code after an error that zcompile did not foresee."""

CURRENT = "zcompile.report"
"""Key of the command's report in click's context."""

TRACEBACK = "ZCOMPILE_TRACEBACK"
WANTS_TRACEBACK = bool(os.environ.get(TRACEBACK))
"""Whether the traceback of a defect is let out."""


def tell_defect(error: Exception, report: Report | None) -> None:
    """Tells an error that was not foreseen, in the form that the command was asked for.

    Raises:
        click.ClickException: if it is the disk of the output that is full.
    """
    try:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC and not error.filename:
            raise click.ClickException(f"The output cannot be written: {error.strerror}.")
        _tell(error, report)
    except click.ClickException:
        raise
    except Exception:  # the pipeline file may have replaced what Python is made of
        os.write(2, b"error ZC999: zcompile failed, and could not even tell how.\n")
        os._exit(DEFECT)


def _tell(error: Exception, report: Report | None) -> None:
    from zcompile.cli.reports import Report
    from zcompile.imports import users_place
    from zcompile.problems import shown

    report = report or Report()
    diagnostic = Diagnostic(
        UNFORESEEN,
        f"zcompile failed with {shown(error)}, which it did not foresee.",
        f"Please report this, with the traceback that {TRACEBACK}=1 in the environment shows.",
        users_place(error),
    )
    report.diagnostics([diagnostic])
    report.finish()
