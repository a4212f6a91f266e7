"""The catalogue of diagnostics: a page for each code, in the folder `diagnostics`."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from msgspec import Struct


class Page(Struct, frozen=True):
    """What there is to say about a code.

    Attributes:
        code: The code, such as `ZC148`.
        title: The mistake in one line.
        body: The rest as Markdown: what it means, why it is refused, an example that gives it, and
            the same example mended. A fenced block names its file after its language where that
            is not `pipeline.py` or `config.yaml`.
    """

    code: str
    title: str
    body: str

    @property
    def markdown(self) -> str:
        """The whole page for readers: the names of files stand above their blocks."""
        named = re.sub(r"(?m)^```(\w+) (\S+)$", r"`\2`:\n\n```\1", self.body)
        return f"# {self.code}: {self.title}\n\n{named}"


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Page]:
    """All pages by code, in the order of codes."""
    folder = files("zcompile") / "diagnostics"
    texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir()]
    pages = sorted(map(_page, texts), key=lambda page: page.code)
    return {page.code: page for page in pages}


def _page(text: str) -> Page:
    heading, _, body = text.partition("\n")
    code, _, title = heading.removeprefix("# ").partition(": ")
    return Page(code, title, body.strip() + "\n")
