"""Stage: changed records of landed files become staged rows.

Data flow: landed files -> parts -> chunks -> door -> staging.record, staging.unchanged, staging.<entity>. No network,
so any night can be replayed; staging a batch again starts it anew. The parts of a batch may be staged one after the
other, or beside each other (``parting``).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.errors import BatchRejected, PermanentError
from trimestre.keys import mark
from trimestre.pipeline.correcting import correct, forget_reviews
from trimestre.pipeline.door import through_the_door
from trimestre.pipeline.landing import landed_files, verify
from trimestre.pipeline.privacy.tombstones import blank_staged
from trimestre.pipeline.quarantine.honouring import honour
from trimestre.pipeline.transactions import lock_source
from trimestre.sources.base import Connector, LandedFile, Part, RecordChunk, parts_of
from trimestre.texts import BATCH_STATES, DELIVERED, NIGHT, WAREHOUSE
from trimestre.warehouse.bulk import emptied_at_once
from trimestre.warehouse.database import planned, transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import statement

if TYPE_CHECKING:
    from trimestre.contracts import Project


MANY_RECORDS = 20_000
"""From so many on, a batch is worth that its tables are locked, and emptied or indexed as a whole."""

PART_RECORDS = 1_000_000_000
"""Numbers that each part of a batch has for its records: their order is that of the parts, whoever stages first."""


@dataclass(frozen=True)
class Staged:
    """What staging a batch gave, in records."""

    landed: int
    parsed: int


def stage(
    engine: sa.Engine, connector: Connector, project: "Project", batch_id: int, *, landing: Path, key: bytes
) -> Staged:
    """Stage one landed batch; a merged one stays as it is.

    :class:`BatchRejected` when a stop rule over the whole snapshot fails.
    """
    with transaction(engine) as connection:
        batch = held_batch(connection, batch_id)
        if batch.state == "merged":
            return Staged(0, 0)
        files = landed_files(connection, landing, batch_id)
        verify(files)
        return stage_files(connection, connector, project, batch.source, batch_id, batch.fingerprint, files, key=key)


def held_batch(connection: sa.Connection, batch_id: int, *, alone: bool = True) -> "sa.Row[tuple[str, str, str]]":
    """Source, state and fingerprint of a batch that may be staged or is merged; nobody else changes it until commit.

    ``alone`` waits for those who stage a part of it.
    """
    known = sa.text("SELECT source FROM ops.batch WHERE batch_id = :batch_id")
    # first, or this and a replay of the source would wait for each other
    lock_source(connection, connection.execute(known, {"batch_id": batch_id}).scalar_one(), alone=False)
    batch = connection.execute(
        sa.text(
            "SELECT source, state, fingerprint FROM ops.batch WHERE batch_id = :batch_id"
            f" FOR {'UPDATE' if alone else 'SHARE'}"
        ),
        {"batch_id": batch_id},
    ).one()
    if batch.state not in ("landed", "staged", "validated", "merged"):
        raise PermanentError(
            NIGHT["state"].format(
                batch=batch_id, found=BATCH_STATES.get(batch.state, batch.state), expected=BATCH_STATES["landed"]
            )
        )
    return batch


def stage_files(
    connection: sa.Connection,
    connector: Connector,
    project: "Project",
    source: str,
    batch_id: int,
    fingerprint: str,
    files: Sequence[LandedFile],
    *,
    key: bytes,
) -> Staged:
    """Stage the verified files of a batch anew, within an open transaction; the batch is then ``staged``."""
    refuse_other_key(connection, key)
    clear(connection, batch_id)
    parts = parts_of(connector, files)
    doors = [
        take_part(connection, source, batch_id, fingerprint, part, number, key=key) for number, part in enumerate(parts)
    ]
    complete(connection, connector, project, source, batch_id, files, parts=len(parts))
    return Staged(sum(door.landed for door in doors), sum(door.parsed for door in doors))


def take_part(
    connection: sa.Connection, source: str, batch_id: int, fingerprint: str, part: Part, number: int, *, key: bytes
) -> Staged:
    """Take one part of a batch through the door, and note that it went.

    Its records are numbered from a border of its own, whoever else is at the door: :data:`PART_RECORDS`.
    """
    begin = number * PART_RECORDS
    door = through_the_door(connection, source, batch_id, fingerprint, part.chunks, key, begin)
    connection.execute(
        sa.text("INSERT INTO staging.part (batch_id, part, landed) VALUES (:batch_id, :part, :landed)"),
        {"batch_id": batch_id, "part": number, "landed": door.landed},
    )
    return Staged(door.landed, door.parsed)


def complete(
    connection: sa.Connection,
    connector: Connector,
    project: "Project",
    source: str,
    batch_id: int,
    files: Sequence[LandedFile],
    *,
    parts: int,
) -> None:
    """What is told of a batch once all its parts went through the door; the batch is then ``staged``."""
    if parts > 1:
        _mark_repeated(connection, batch_id)
    _record_deliveries(connection, connector, batch_id, files)
    _floor(connection, project, source, batch_id)
    _finish(connection, project, source, batch_id)


def _mark_repeated(connection: sa.Connection, batch_id: int) -> None:
    """A record that an earlier part brought is ``repeated``, and gives no rows."""
    parameters = {"batch_id": batch_id}
    connection.execute(sa.text(statement("merge/_repeated_unchanged")), parameters)
    if not connection.execute(sa.text(statement("merge/_repeated")), parameters).rowcount:
        return
    for table in filled(connection, batch_id):
        if table.removeprefix("staging.") in ("record_rows", *ENTITIES):
            connection.execute(
                sa.text(
                    f"DELETE FROM {table} WHERE batch_id = :batch_id AND record_no = ANY(ARRAY("
                    "SELECT record_no FROM staging.record WHERE batch_id = :batch_id AND status = 'repeated'))"
                ),
                parameters,
            )


def stage_records(
    connection: sa.Connection,
    project: "Project",
    source: str,
    batch_id: int,
    fingerprint: str,
    chunks: Callable[[], Iterable[RecordChunk]],
    *,
    key: bytes,
) -> Staged:
    """Stage some records of earlier batches as a batch of their own, which says nothing of what is not among them."""
    refuse_other_key(connection, key)
    door = through_the_door(connection, source, batch_id, fingerprint, chunks, key)
    _finish(connection, project, source, batch_id)
    return Staged(door.landed, door.parsed)


def _finish(connection: sa.Connection, project: "Project", source: str, batch_id: int) -> None:
    """Correct what was staged, first as the project says, then as people decided; the batch is then ``staged``."""
    correct(connection, project, source, batch_id)
    # before: decisions know the rows of erased people by what is left of them; after: what somebody may have written in
    blank_staged(connection, source, batch_id)
    honour(connection, project, source, batch_id)
    blank_staged(connection, source, batch_id)
    # Unlogged tables that were just filled have no statistics, and the planner would guess one row. How many rows and
    # how many different keys there are is all it needs to know, which a tenth of the usual sample tells.
    with planned(connection, default_statistics_target="10"):
        connection.execute(sa.text(f"ANALYZE {', '.join(filled(connection, batch_id))}"))
    connection.execute(
        sa.text("UPDATE ops.batch SET state = 'staged' WHERE batch_id = :batch_id"), {"batch_id": batch_id}
    )


def refuse_other_key(connection: sa.Connection, key: bytes) -> None:
    """Refuse to stage with another key than before: every account would become a new one and count again."""
    own = mark(key)
    connection.execute(
        sa.text("INSERT INTO ops.setting (setting, value) VALUES ('account_key', :mark) ON CONFLICT DO NOTHING"),
        {"mark": own},
    )
    known = connection.execute(sa.text("SELECT value FROM ops.setting WHERE setting = 'account_key'")).scalar_one()
    if known != own:
        raise PermanentError(WAREHOUSE["other_key"].format(found=own, known=known))


def clear(connection: sa.Connection, batch_id: int) -> None:
    """Forget all that staging one batch wrote, so that it can be staged anew or is rejected."""
    empty(connection, batch_id)
    forget_reviews(connection, batch_id)
    connection.execute(sa.text("DELETE FROM ops.scope_delivery WHERE batch_id = :batch_id"), {"batch_id": batch_id})


def empty(connection: sa.Connection, batch_id: int, *, last: bool = False) -> None:
    """Empty the staging tables of one batch; what arrived (ops.scope_delivery) stays.

    ``last``: the commit follows, so that nobody waits long for tables that are emptied whole. They are where the batch
    is large and no other has rows there: what was staged of others that were given up is of no use to anybody. A batch
    that is only landed has none before its parts have.
    """
    tables = filled(connection, batch_id)
    if last and delivered(connection, batch_id) >= MANY_RECORDS:
        others = sa.text(
            "SELECT 1 FROM ops.batch AS b WHERE b.batch_id <> :batch_id AND (b.state IN ('staged', 'validated')"
            " OR b.state = 'landed' AND b.batch_id IN (SELECT p.batch_id FROM staging.part AS p)) LIMIT 1"
        )
        if emptied_at_once(connection, tables, others.bindparams(batch_id=batch_id)):
            return
    for table in tables:
        connection.execute(sa.text(f"DELETE FROM {table} WHERE batch_id = :batch_id"), {"batch_id": batch_id})


def delivered(connection: sa.Connection, batch_id: int) -> int:
    """How many different records the batch brought, known or new."""
    counted = sa.text("SELECT coalesce(sum(d.records), 0) FROM ops.scope_delivery AS d WHERE d.batch_id = :batch_id")
    return int(connection.execute(counted, {"batch_id": batch_id}).scalar_one())


def filled(connection: sa.Connection, batch_id: int) -> list[str]:
    """The staging tables that hold rows of a batch: most entities are none of its source's."""
    asked = (
        f"SELECT 'staging.{table}' WHERE EXISTS (SELECT 1 FROM staging.{table} WHERE batch_id = :batch_id)"
        for table in ("part", "record", "unchanged", "record_rows", "suspect", "failed_row", "same_key", *ENTITIES)
    )
    return list(connection.scalars(sa.text(" UNION ALL ".join(asked)), {"batch_id": batch_id}))


def _record_deliveries(connection: sa.Connection, connector: Connector, batch_id: int, files: Sequence[object]) -> None:
    """Store which scopes arrived, whether completely, and with how many distinct records."""
    for delivery in connector.deliveries(files):  # type: ignore[arg-type]
        connection.execute(
            sa.text(
                "INSERT INTO ops.scope_delivery (batch_id, dataset, scope, complete, records)"
                " SELECT :batch_id, :dataset, :scope, :complete AND NOT EXISTS (SELECT 1 FROM ops.left_out AS l"
                "   WHERE l.batch_id = :batch_id AND l.dataset = :dataset AND l.scope = :scope),"
                " (SELECT count(*) FROM staging.record WHERE batch_id = :batch_id AND dataset = :dataset"
                "   AND scope = :scope AND status = 'parsed')"
                " + (SELECT coalesce(sum(cardinality(record_ids)), 0) FROM staging.unchanged"
                "   WHERE batch_id = :batch_id AND dataset = :dataset AND scope = :scope)"
            ),
            {
                "batch_id": batch_id,
                "dataset": delivery.dataset,
                "scope": delivery.scope,
                "complete": delivery.complete,
            },
        )


def _floor(connection: sa.Connection, project: "Project", source: str, batch_id: int) -> None:
    """Stop rule: a complete scope that shrank below the floor rejects the batch."""
    percent = project.sources[source].floor_percent if source in project.sources else 0
    shrunk = connection.execute(
        sa.text(
            "SELECT now.dataset, now.scope, now.records, before.records AS known"
            " FROM ops.scope_delivery AS now INNER JOIN LATERAL ("
            "   SELECT d.records FROM ops.scope_delivery AS d INNER JOIN ops.batch AS b USING (batch_id)"
            "   WHERE b.source = :source AND b.state = 'merged' AND d.complete"
            "     AND d.dataset = now.dataset AND d.scope = now.scope ORDER BY b.merged_at DESC LIMIT 1"
            " ) AS before ON TRUE"
            " WHERE now.batch_id = :batch_id AND now.complete AND now.records * 100 < before.records * :percent"
            # accepted by a person: the decision is about a batch rejected after the last one that was merged (what
            # a replay or a withdrawal wrote has no contract and brought nothing)
            " AND NOT EXISTS (SELECT 1 FROM ops.decision AS d WHERE d.kind = 'accept_shrink'"
            "   AND d.subject ->> 'source' = :source AND CAST(d.subject ->> 'batch_id' AS bigint) < :batch_id"
            "   AND CAST(d.subject ->> 'batch_id' AS bigint) > (SELECT max(b.batch_id) FROM ops.batch AS b"
            "     WHERE b.source = :source AND b.state = 'merged' AND b.fingerprint IS NOT NULL))"
            " ORDER BY now.dataset, now.scope LIMIT 1"
        ),
        {"source": source, "batch_id": batch_id, "percent": percent},
    ).first()
    if shrunk is not None:
        raise BatchRejected(
            DELIVERED["shrank"].format(
                source=source,
                dataset=shrunk.dataset,
                scope=shrunk.scope,
                found=f"{shrunk.records:,}",
                known=f"{shrunk.known:,}",
                floor=percent,
            )
        )
