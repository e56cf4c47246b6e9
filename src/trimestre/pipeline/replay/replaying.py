"""Replay: a source made anew from its landed files, as if today's contract had always held.

All of it is one transaction: until it commits, everybody sees what was there before, and a replay that dies has done
nothing. Merges of other sources wait for it. Batches keep their numbers and instants, so that pins and earlier figures
mean what they meant; a batch without files stands for the replay, moves the pins and names the quarters to compute.

With ``since`` the source is made anew all the same (the door's memory of a past day is kept nowhere), but only what
happened from the first batch landed since then takes the place of what was there; history before it stays as it was.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline.merging import moved_quarters
from trimestre.pipeline.replay.rebuilding import (
    Delivered,
    Workshop,
    delivered,
    forget_mending,
    give_up_unfinished,
    join_kept,
    keep,
    link_anew,
    rebuild,
)
from trimestre.pipeline.transactions import lock_source
from trimestre.sources.base import Connector
from trimestre.texts import BATCH_MESSAGES, NIGHT
from trimestre.warehouse.database import lock_warehouse, transaction

if TYPE_CHECKING:
    from trimestre.contracts import Project


@dataclass(frozen=True)
class Replayed:
    """What a replay did."""

    batch_id: int
    """The batch that stands for it."""
    batches: tuple[int, ...]
    """Batches whose versions were made anew."""
    quarters: tuple[str, ...]


def replay(
    engine: sa.Engine,
    connector: Connector,
    project: "Project",
    source: str,
    *,
    landing: Path,
    key: bytes,
    since: datetime | None = None,
) -> Replayed:
    """Make a source anew from its landed files, or only what its batches landed at or after ``since`` gave.

    :class:`PermanentError` when a landed file is missing or damaged, or a stop rule of today's contract stops a batch;
    :class:`ContractError` when there is no batch to replay. Nothing is changed then.
    """
    work = Workshop(connector, project, source, landing, key)
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        lock_source(connection, source, alone=True)
        give_up_unfinished(connection, source, BATCH_MESSAGES["gave_up"])
        batches = delivered(connection, work)
        first = next((i for i, batch in enumerate(batches) if since is None or batch.landed_at >= since), None)
        if first is None:
            raise ContractError(NIGHT["nothing_to_replay"].format(source=source, since=since or NIGHT["ever"]))
        anew = batches[first:]
        if since is not None:
            keep(connection, source, anew[0].merged_at, accounts_of=batches[:first])
        forget_mending(connection, source, anew[0].merged_at)
        moved = rebuild(connection, work, batches, moved=True)
        if since is not None:
            join_kept(connection, source, anew[0].merged_at, anew[0].batch_id, batches[:first])
            moved[anew[0].batch_id] = moved_quarters(connection, project, anew[0].merged_at)
        batch_id = _stand_for(connection, source, anew, at)
        link_anew(connection, project, source, batch_id, at)
        quarters = set(moved_quarters(connection, project, at))
        for batch in anew:
            # a version that is no longer there moves the quarters it was in
            own = {*batch.quarters, *moved[batch.batch_id]}
            quarters |= own
            _store(connection, batch.batch_id, own, at)
        known = {str(period) for period in project.periods.all()} & quarters
        connection.execute(
            sa.text("UPDATE ops.batch SET quarters = :quarters WHERE batch_id = :batch_id"),
            {"quarters": sorted(known), "batch_id": batch_id},
        )
    return Replayed(batch_id, tuple(batch.batch_id for batch in anew), tuple(sorted(known)))


def _stand_for(connection: sa.Connection, source: str, anew: list[Delivered], at: datetime) -> int:
    """The batch of a replay: without files or contract; identity is linked by it, and computing sees it."""
    message = BATCH_MESSAGES["replayed"].format(first=anew[0].batch_id, last=anew[-1].batch_id)
    batch_id: int = connection.execute(
        sa.text(
            "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters, message)"
            " VALUES (:source, 'merged', clock_timestamp(), :at, '{}', :message) RETURNING batch_id"
        ),
        {"source": source, "at": at, "message": message},
    ).scalar_one()
    return batch_id


def _store(connection: sa.Connection, batch_id: int, quarters: set[str], at: datetime) -> None:
    connection.execute(
        sa.text("UPDATE ops.batch SET quarters = :quarters, replayed_at = :at WHERE batch_id = :batch_id"),
        {"quarters": sorted(quarters), "at": at, "batch_id": batch_id},
    )
