"""A picture as lines of text: each step, and below it where its inputs come from."""

from __future__ import annotations

from collections import defaultdict

from rich.text import Text

from zcompile.pictures.model import Arrow, Picture

_STYLES = {"cached": "green", "run": "yellow", "pending": "cyan", "skipped": "magenta"}


def as_text(picture: Picture) -> list[Text]:
    """The lines, each after those of the steps it depends on."""
    inputs: dict[str, list[Arrow]] = defaultdict(list)
    for arrow in picture.arrows:
        inputs[arrow.consumer].append(arrow)
    lines = []
    for box in picture.boxes:
        style = _STYLES.get(box.state, "")
        line = Text.assemble(("● ", style), (box.name, "bold"))
        if box.function != box.name:
            line.append(f"  {box.function}", "dim")
        if box.state:
            line.append(f"  {box.state}", style)
        lines.append(line)
        sources = inputs[box.name]
        for index, arrow in enumerate(sources, start=1):
            branch = "└─" if index == len(sources) else "├─"
            lines.append(Text(f"  {branch} {arrow.label} ← {arrow.producer}"))
    return lines
