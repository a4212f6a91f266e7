"""PIL images, pixel by pixel: what a PNG or JPEG encoder writes differs between its versions."""

from __future__ import annotations

from typing import Any, BinaryIO, ClassVar

from zruntime.exceptions import MaterializerError
from zruntime.materializers import decoding, encoding, parts, previews
from zruntime.materializers.atoms import NotPlainError
from zruntime.materializers.base import BaseMaterializer


class ImageMaterializer(BaseMaterializer):
    """Images: mode, size, pixels, palette and the plain data among their `info`."""

    FORMAT: ClassVar[str] = "pil/1"

    @classmethod
    def accepts_type(cls, kind: type) -> bool:
        """PIL's own classes; those that it reads files with are given back as plain images."""
        return kind.__module__.partition(".")[0] == "PIL"

    def save(self, value: Any, file: BinaryIO) -> None:
        """Writes the pixels and then the rest.

        Raises:
            MaterializerError: for an image of several frames.
        """
        frames = getattr(value, "n_frames", 1)
        if frames > 1:
            raise MaterializerError(
                f"An image of {frames} frames cannot be stored: only one of them is in memory.",
                code="ZC554",
                remedy="Return a list of its frames, or the pathlib.Path of its file.",
            )
        value.load()
        palette = value.palette and [value.palette.mode, value.getpalette(value.palette.mode)]
        facts = encoding.dump([value.mode, list(value.size), palette, _info(value)])[0]
        parts.write(
            file,
            self.FORMAT,
            facts.decode(),
            [("pixels", lambda target: target.write(value.tobytes()))],
        )

    def load(self, file: BinaryIO, data_type: type | None) -> Any:
        """A `PIL.Image.Image`."""
        from PIL import Image

        facts, ((_, pixels),) = parts.read(file, self.FORMAT)
        mode, size, palette, info = decoding.load(facts.encode())
        image = Image.frombytes(mode, tuple(size), pixels.read())
        if palette:
            image.putpalette(palette[1], palette[0])
        image.info = info
        return image

    def loaded_type(self, value: Any) -> type:
        """Images of all file formats are given back as plain ones."""
        from PIL import Image

        return Image.Image

    def describe(self, value: Any) -> dict[str, Any]:
        """Size and mode, and a thumbnail."""
        return {"size": list(value.size), "mode": value.mode, "preview": previews.of_image(value)}


def _info(image: Any) -> dict[str, Any]:
    """What files tell of an image beside its pixels, as far as it is plain data."""
    kept = {}
    for name, item in image.info.items():
        plain = str(item) if isinstance(item, str) else item
        try:
            encoding.dump([name, plain])
        except NotPlainError:
            continue
        kept[name] = plain
    return kept
