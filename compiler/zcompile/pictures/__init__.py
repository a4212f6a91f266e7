"""Pictures of a pipeline's graph: SVG, Mermaid and text."""

from zcompile.pictures.mermaid import as_mermaid
from zcompile.pictures.model import Arrow, Box, Picture, picture_of
from zcompile.pictures.svg import as_svg
from zcompile.pictures.text import as_text

__all__ = ["Arrow", "Box", "Picture", "as_mermaid", "as_svg", "as_text", "picture_of"]
