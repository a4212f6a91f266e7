"""`zcompile explain [CODE]`: what a diagnostic means."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markdown import Markdown

from zcompile.catalogue import Page, catalogue
from zcompile.problems import listed


@click.command("explain", short_help="Tell what a code such as ZC201 means.")
@click.argument("code", required=False)
def explain_command(code: str | None) -> None:
    """Tell what CODE means, why it is refused, and how to mend it; without CODE, list all codes.

    \b
    Example:
      zcompile explain ZC201
    """
    pages = catalogue()
    if code is None:
        for page in pages.values():
            click.echo(f"{page.code}  {page.title}")
    elif code.upper() in pages:
        _print(pages[code.upper()])
    else:
        near = _nearest(code.upper())
        raise click.UsageError(
            f"There is no code {code}. Did you mean {listed(near)}? "
            "`zcompile explain` lists all codes."
            if near
            else f"There is no code {code}. `zcompile explain` lists all codes."
        )


def _print(page: Page) -> None:
    """Prints a page: set for a terminal, as it is written where nobody looks."""
    console = Console()
    if console.is_terminal:
        console.print(Markdown(page.markdown, code_theme="ansi_dark"))
    else:
        click.echo(page.markdown, nl=False)


def _nearest(code: str) -> list[str]:
    """The codes that are most like an unknown one."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(code, [*catalogue()], scorer=OSA.distance, score_cutoff=1, limit=5)
    return sorted(name for name, _, _ in found)
