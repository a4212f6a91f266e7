"""What the record of a run is made of: whether it has changed is seen without making it anew.

The rows' texts are read for that, and not as data, which takes a hundredth of the time.
"""

from __future__ import annotations

from msgspec import Struct

from zruntime.hashing import digest_value
from zruntime.recorded import RunRecord, dag_run_row, instance_row, name_row, run_row, step_row
from zruntime.sharing import SharedRuns, group_of
from zruntime.store import Producer, Store


class Sources(Struct, frozen=True):
    """The rows that tell of a run, and of the runs whose results it took from the cache.

    Attributes:
        rows: Names of rows.
        prefixes: What the names of further rows begin with.
        group: The published rows of the run; empty for a local run.
        elsewhere: Those of the runs it took results from that are not known here.
    """

    rows: tuple[str, ...]
    prefixes: tuple[str, ...]
    group: str
    elsewhere: tuple[Producer, ...]

    @classmethod
    def of(cls, run: RunRecord, store: Store) -> Sources:
        """Those of a run."""
        place = run.pipeline, run.number
        rows = [name_row(run.pipeline, run.name), run_row(*place)]
        if run.dag_id:
            rows.append(dag_run_row(run.dag_id, run.name))
        elsewhere = []
        for producer in producers(run):
            name = name_row(producer.pipeline, producer.run)
            number = store.get(name)
            rows += [name, run_row(producer.pipeline, number)] if number else [name]
            elsewhere += [] if number else [producer]
        group = group_of(run) if run.dag_id else ""
        prefixes = step_row(*place), instance_row(*place)
        return cls(tuple(rows), prefixes, group, tuple(elsewhere))

    def version(self, store: Store) -> str | None:
        """A text that is another one once the record is; None if that cannot be told."""
        shared = store.published_in(self.group).version() if self.group else ""
        if shared is None:
            return None
        dags = [SharedRuns(store).dag_of(producer) for producer in self.elsewhere]
        return digest_value((shared, dags, store.version(self.rows, self.prefixes)))


def producers(run: RunRecord) -> list[Producer]:
    """A step of each run whose results a run took from the cache."""
    made = [step.producer for step in run.steps if step.producer and step.state == "cached"]
    return [*{(producer.pipeline, producer.run): producer for producer in made}.values()]
