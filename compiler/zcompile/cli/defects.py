"""The last defence: an error that zcompile did not foresee is told as a defect of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zruntime.diagnostics import UNFORESEEN, Diagnostic

if TYPE_CHECKING:
    from zcompile.cli.reports import Report

CURRENT = "zcompile.report"
"""Key of the command's report in click's context."""

TRACEBACK = "ZCOMPILE_TRACEBACK"
"""Environment variable which, where it is set, lets the traceback of a defect out."""


def tell_defect(error: Exception, report: Report | None) -> None:
    """Tells an error that was not foreseen, in the form that the command was asked for."""
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
