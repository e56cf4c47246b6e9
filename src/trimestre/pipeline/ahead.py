"""The sources of a night in their order, the next one made ready while one is merged.

A merge is the work of one process of PostgreSQL; the network, reading files and judging rows are others'. What goes on
beside it: always, to bring the next source over; to stage and judge it, where few records changed. A merge of many
empties the staging tables as a whole and makes indexes after the rows, and has to be alone with them for that.

Data flow: source codes -> (thread, one source ahead) land -> stage -> validate -> (caller) merge.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from trimestre.errors import TrimestreError
from trimestre.pipeline import night
from trimestre.pipeline.merging import Merged
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.staging import MANY_RECORDS
from trimestre.warehouse.entities import FRAMEWORK_SOURCE


@dataclass(frozen=True)
class _Ready:
    """A batch that waits to be merged."""

    batch_id: int
    now: datetime
    """The instant that it was judged by."""
    parsed: int
    """Records that are new or changed."""


def ingest_all(
    plant: Plant, sources: Sequence[str], clock: Callable[[], datetime]
) -> Iterator[tuple[str, Merged | TrimestreError]]:
    """All steps of each source, merged in this order: what its merge gave, or what stopped it. None stops another."""
    gates: list[Future[bool]] = [Future() for _ in sources]

    def open_to(place: int) -> None:
        """Let a source be staged; it is at most one ahead of the one that is merged."""
        if place < len(gates) and not gates[place].done():
            gates[place].set_result(True)

    with ThreadPoolExecutor(1, thread_name_prefix="next source") as pool:
        try:
            coming = [pool.submit(_prepare, plant, *item, clock) for item in zip(sources, gates, strict=True)]
            open_to(0)
            for place, (source, prepared) in enumerate(zip(sources, coming, strict=True)):
                try:
                    ready = prepared.result()
                    # Editions and quarters stand before anything is staged that speaks of them.
                    if source != FRAMEWORK_SOURCE and ready.parsed < MANY_RECORDS:
                        open_to(place + 1)
                    outcome: Merged | TrimestreError = night.merge(plant, ready.batch_id, ready.now)
                except TrimestreError as error:
                    outcome = error
                yield source, outcome
                open_to(place + 1)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for gate in gates:
                gate.cancel()  # who waits for one that will not open any more gives up


def _prepare(plant: Plant, source: str, gate: "Future[bool]", clock: Callable[[], datetime]) -> _Ready:
    """Bring a source over and, once its gate is open, stage and judge it."""
    batch_id = night.land(plant, source)
    gate.result()
    now = clock()
    return _Ready(batch_id, now, night.make_ready(plant, batch_id, now))
