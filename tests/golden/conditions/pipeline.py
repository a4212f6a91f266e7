"""Steps that run on a condition: of truth, of order, of choice, of a list, and one that is mapped."""

from typing import Annotated, Optional

from zcompile import Output, pipeline, step


@step
def trained() -> Output(accuracy=float, kind=str, rows=list[int]):
    return 0.97, "svc", [1, 2]


@step
def is_better(accuracy: float) -> bool:
    return accuracy > 0.9


@step
def published(accuracy: float) -> Annotated[str, "address"]:
    """Publishes the model."""
    return "models/1"


@step
def announced(address: str) -> None:
    """Runs only if the model was published."""


@step
def checked(row: int) -> int:
    return row


@step
def explained(kind: str) -> str:
    return kind


@step
def archived(accuracy: float, address: Optional[str], note: str = "none") -> None:
    """Runs in any case."""


@pipeline
def release():
    accuracy, kind, rows = trained()
    address = published.with_options(when=is_better(accuracy))(accuracy)
    announced(address)
    note = explained.with_options(when=~kind.isin(["svc", "it's"]))(kind)
    checked.with_options(when=accuracy <= 0.5).map(rows)
    archived.with_options(when=~rows)(accuracy, address, note)
