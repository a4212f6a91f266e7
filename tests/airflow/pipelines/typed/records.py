"""Classes of the project's own that travel between steps."""

from pydantic import BaseModel

from zcompile import BaseStepConfig


class Window(BaseModel):
    first: int = 0
    last: int = 3


class CutConfig(BaseStepConfig):
    window: Window = Window()
    names: tuple[str, ...] = ("a", "b")


class Summary:
    """Stored by the materializer of last resort."""

    def __init__(self, rows: int, names: list[str]) -> None:
        self.rows = rows
        self.names = names

    def text(self) -> str:
        return f"{self.rows} rows of {', '.join(self.names)}"
