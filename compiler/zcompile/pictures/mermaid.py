"""A picture as a Mermaid flowchart, which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from zcompile.pictures.model import Box, Picture

_CLASSES = {
    "cached": "fill:#dcefd6,stroke:#5a8f4a,color:#16300f",
    "run": "fill:#fff0c7,stroke:#c98a00,color:#3d2a00",
    "pending": "fill:#e3eef2,stroke:#22577a,color:#0d2735,stroke-dasharray:4 3",
    "skipped": "fill:#f3eef6,stroke:#9a86a8,color:#4a3a55",
}


def as_mermaid(picture: Picture) -> str:
    """The flowchart's text."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    ids = {box.name: f"step{index}" for index, box in enumerate(picture.boxes)}
    yield "flowchart TD"
    for box in picture.boxes:
        state = f":::{box.state}" if box.state else ""
        yield f'    {ids[box.name]}["{_label(box)}"]{state}'
    for arrow in picture.arrows:
        label = _escaped(arrow.label)
        yield f'    {ids[arrow.producer]} -->|"{label}"| {ids[arrow.consumer]}'
    for state in dict.fromkeys(box.state for box in picture.boxes if box.state):
        yield f"    classDef {state} {_CLASSES[state]}"


def _label(box: Box) -> str:
    name = f"<b>{_escaped(box.name)}</b>"
    return name if box.function == box.name else f"{name}<br/>{_escaped(box.function)}"


def _escaped(text: str) -> str:
    """Text as Mermaid's entities, so that none of it is markup."""
    kept = (c if c.isalnum() or c in " _-.,:" else f"#{ord(c)};" for c in text)
    return "".join(kept)
