"""Merge: good staged rows become versions, in one transaction a batch, under the warehouse lock.

Rows equal by ``row_hash`` are not touched; what a complete scope no longer holds vanishes by a new version; a record is
remembered at the door only here and only if none of its rows was retained. Both accountings are stored and asserted.

Data flow: staging.<entity> -> incoming -> warehouse.<entity> (history) + quarantine.row + ops.record_seen -> identity
-> quarters that may have moved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from trimestre.errors import BatchRejected, PermanentError
from trimestre.periods import Period, span
from trimestre.pipeline.accounting import CurrentVersions, account_records, count_retained
from trimestre.pipeline.lost import expect_staged_records
from trimestre.pipeline.privacy.tombstones import ERASED, reduce_retained
from trimestre.pipeline.staging import MANY_RECORDS, clear, delivered, empty
from trimestre.pipeline.statements import Statements, emptied
from trimestre.pipeline.versioning import EntityMerge
from trimestre.texts import BATCH_STATES, DELIVERED, NIGHT
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.database import lock_warehouse, planned, transaction
from trimestre.warehouse.entities import ENTITIES, Entity
from trimestre.warehouse.identity import link_persons
from trimestre.warehouse.sqlfiles import read, statement
from trimestre.warehouse.tables.ops import record_seen
from trimestre.warehouse.tables.restricted import account_ref

if TYPE_CHECKING:
    from trimestre.contracts import Project


@dataclass(frozen=True)
class Merged:
    """What a merge gave."""

    batch_id: int
    quarters: tuple[str, ...]
    changed: bool
    """Whether any version was written."""


def merge(engine: sa.Engine, project: "Project", batch_id: int) -> Merged:
    """Merge one validated batch; merging it again returns what it gave the first time."""
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        batch = connection.execute(
            # held to commit: a next run of the source waits for it before it gives up what is unfinished
            sa.text("SELECT source, state, quarters FROM ops.batch WHERE batch_id = :batch_id FOR UPDATE"),
            {"batch_id": batch_id},
        ).one()
        if batch.state == "merged":
            return Merged(batch_id, tuple(batch.quarters), bool(batch.quarters))
        if batch.state != "validated":
            raise PermanentError(
                NIGHT["state"].format(
                    batch=batch_id, found=BATCH_STATES.get(batch.state, batch.state), expected=BATCH_STATES["validated"]
                )
            )
        _superseded(connection, batch.source, batch_id)
        expect_staged_records(connection, batch_id)
        changed = merge_batch(connection, batch.source, batch_id, at, nightly=True)
        changed = link_persons(connection, project, batch_id=batch_id, at=at, reindex=True) or changed
        quarters = moved_quarters(connection, project, at) if changed else ()
        empty(connection, batch_id, last=True)
        connection.execute(
            sa.text(
                "UPDATE ops.batch SET state = 'merged', merged_at = :at, quarters = :quarters"
                " WHERE batch_id = :batch_id"
            ),
            {"at": at, "quarters": list(quarters), "batch_id": batch_id},
        )
    return Merged(batch_id, quarters, changed)


def merge_batch(
    connection: sa.Connection,
    source: str,
    batch_id: int,
    at: datetime,
    *,
    nightly: bool = False,
    beside: int | None = None,
) -> bool:
    """Merge the judged rows of a batch as of ``at``, later than all versions there are; True when any was written.

    ``nightly``: the source's next batch, in a transaction of its own: the indexes of an empty table are made after its
    rows, since nobody reads that table until the commit; what was current is known from the batch before; the caller
    empties the staging tables.
    ``beside`` is the batch whose records the rows came with, where they are merged later than those.
    """
    changed = _Merging(connection, source, batch_id, at, nightly, beside).run()
    if not nightly:
        empty(connection, batch_id)
    return changed


def reject(engine: sa.Engine, batch_id: int, error: Exception) -> None:
    """Mark a batch as rejected by a stop rule: nothing merged, nothing remembered.

    One that ended otherwise stays what it is, though somebody may run its old tasks again: the files of a withdrawn one
    would be taken anew if it were not.
    """
    with transaction(engine) as connection:
        rejected = connection.execute(
            sa.text(
                "UPDATE ops.batch SET state = 'rejected', message = :message"
                " WHERE batch_id = :batch_id AND state IN ('landed', 'staged', 'validated')"
            ),
            {"batch_id": batch_id, "message": str(error)},
        )
        if rejected.rowcount:
            clear(connection, batch_id)


def _superseded(connection: sa.Connection, source: str, batch_id: int) -> None:
    later = connection.execute(
        sa.text(
            "SELECT min(batch_id) FROM ops.batch WHERE source = :source AND state = 'merged' AND batch_id > :batch_id"
            # what a replay or a withdrawal wrote has no contract, and brought nothing that is newer
            " AND fingerprint IS NOT NULL"
        ),
        {"source": source, "batch_id": batch_id},
    ).scalar()
    if later is not None:
        raise BatchRejected(DELIVERED["overtaken"].format(batch=batch_id, source=source, later=later))


class _Merging:
    """One batch on its way into the tables."""

    def __init__(
        self, connection: sa.Connection, source: str, batch_id: int, at: datetime, nightly: bool, beside: int | None
    ) -> None:
        self._connection = connection
        self._nightly = nightly
        self._beside = beside
        self._batch = Statements(connection, source, batch_id, at)
        self._records = delivered(connection, batch_id)
        self._bulk = nightly and self._records >= MANY_RECORDS

    def run(self) -> bool:
        """Merge every entity that the batch or its scopes concern; True when a version was written."""
        # Samples of thousands of rows tell the planner what it needs; those of tens of thousands cost more than plans.
        self._batch.text("SET LOCAL default_statistics_target = 20")
        # Further processes would read whole tables where few rows are looked up.
        with planned(self._connection, max_parallel_workers_per_gather="0"):
            entities = self._prepare()
            written = retained = 0
            current = CurrentVersions(self._batch, nightly=self._nightly)
            for entity in entities:
                versions, held_back = EntityMerge(self._batch, entity, current, reindex=self._nightly).run()
                written, retained = written + versions, retained + held_back
            self._close(retained)
            self._forget(entities)
            self._remember()
            account_records(self._batch)
            self._batch.look_up(cheap=False)
        return written > 0

    def _prepare(self) -> list[Entity]:
        """Work out which records are present, of nobody or gone; the entities concerned, in the order of merging."""
        self._batch.text("ANALYZE ops.scope_delivery, staging.failed_row")
        self._batch.look_up(cheap=True)
        emptied(self._connection, "known_rows", "entity text, rows bigint")
        self._batch.run("_known_rows")
        entities = self._concerned()
        emptied(self._connection, "nobody", "record_no bigint")
        for entity in entities:
            self._batch.run("_unremembered", entity)
            self._batch.run("_nobody", entity)
        self._batch.run("_incomplete")
        self._batch.run("_known")
        emptied(self._connection, "gone")
        # Of how many an array holds the planner knows nothing, and would loop over all of it for each remembered one.
        with planned(self._connection, enable_nestloop="off", enable_mergejoin="off"):
            self._batch.run("_gone")
        emptied(self._connection, "present")
        self._batch.run("_present")
        self._batch.text("CREATE INDEX IF NOT EXISTS present_record ON present (record_id)")
        self._batch.text("ANALYZE gone, present")
        if self._beside is not None:
            self._batch.run("_beside", beside=self._beside)
        emptied(self._connection, "forgotten")
        self._keep_references(entities)
        return entities

    def _concerned(self) -> list[Entity]:
        """Entities with staged rows, with rows of unchanged records, or ever merged from the source."""
        staged = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM staging.{name} WHERE batch_id = :batch_id)"
            for name in ENTITIES
        )
        names = set(
            self._batch.text(
                "SELECT entity FROM known_rows UNION SELECT a.entity FROM ops.row_account AS a"
                f" INNER JOIN ops.batch AS b USING (batch_id) WHERE b.source = :source UNION ({staged})"
            ).scalars()
        )
        return [entity for entity in ENTITIES.values() if entity.name in names]

    def _keep_references(self, entities: list[Entity]) -> None:
        """Remember what the keys of new accounts are made of: a key can be changed as long as that is known."""
        names = [entity.name for entity in entities if entity.has_account]
        if not names:
            return
        columns = "batch_id, out_of_scope, account_key, account_ref"
        first, *others = (f"SELECT {columns} FROM staging.{name}" for name in names)
        told = [first]
        if others:  # whom the first tells of is known by then, and few others are left to look up
            told.append(
                statement("merge/_told_by_others", others=f"({' UNION ALL '.join(others)})", first=f"({first})")
            )
        with (
            indexes_after(self._connection, account_ref, allowed=self._bulk) as bare,
            # without an index, each that is looked up would cost the whole table
            planned(self._connection, enable_nestloop="off" if bare else "on"),
        ):
            for staged in told:
                self._batch.run("_account_refs", filled={"staged": f"({staged})"}, erased=ERASED)

    def _close(self, retained: int) -> None:
        """Bring what is held back up to date: of the batch (``retained`` rows of entities), and of those before."""
        source, batch_id = self._batch.source, self._batch.batch_id
        retained += self._batch.run("_quarantine_records").rowcount
        if retained:
            self._batch.run("_held_back")
        reduce_retained(self._connection, source, batch_id)
        self._batch.run("_mended")
        count_retained(self._connection, source)

    def _forget(self, entities: list[Entity]) -> None:
        """Records that are gone or lost a row are no longer remembered, nor do rows point to them.

        They are looked up as one list, which an index is searched for in its own order.
        """
        self._batch.text("ANALYZE forgotten")
        if self._lost():
            for entity in entities:
                self._batch.text(
                    f"UPDATE {entity.table} SET record_id = NULL WHERE valid_to = 'infinity' AND source = :source"
                    " AND record_id = ANY(ARRAY(SELECT record_id FROM forgotten EXCEPT SELECT record_id FROM gone))"
                )
        for name in ("row_owner", "record_seen"):
            self._batch.text(
                f"DELETE FROM ops.{name} WHERE record_id = ANY(ARRAY("
                "SELECT record_id FROM gone UNION SELECT record_id FROM forgotten))"
            )

    def _remember(self) -> None:
        """Remember the records of the batch; where they are nearly all there are, indexes are made after them."""
        with indexes_after(self._connection, record_seen, allowed=self._bulk, holding=self._records // 10) as bare:
            # Where indexes are kept meanwhile, neighbours in them had better come together.
            self._batch.run("_remember", filled={"order": "CAST(NULL AS text)" if bare else "r.record_hash"})
        if bare:  # else the next night would fetch each of them by its index
            self._batch.text("ANALYZE ops.record_seen (source, dataset, scope)")

    def _lost(self) -> bool:
        return bool(
            self._batch.text(
                "SELECT EXISTS (SELECT record_id FROM forgotten EXCEPT SELECT record_id FROM gone)"
            ).scalar_one()
        )


def moved_quarters(connection: sa.Connection, project: "Project", at: datetime) -> tuple[str, ...]:
    """The project's quarters that versions written at ``at`` may move, with the later ones of cumulative indicators."""
    known = [str(period) for period in project.periods.all()]
    found = touched_quarters(connection, at, zone=project.framework.timezone, periods=known)
    if project.accumulates() and found:
        found |= {str(p) for p in span(min(Period.parse(q) for q in found), project.periods.all()[-1])}
    return tuple(sorted(found & set(known)))


def touched_quarters(connection: sa.Connection, at: datetime, *, zone: str, periods: list[str]) -> set[str]:
    """Quarters that versions written at ``at`` touch, others than ``periods`` included.

    Of an instant out of ``periods`` only the quarter before the first or after the last is named.
    """
    first, last = Period.parse(min(periods)), Period.parse(max(periods))
    known = span(first, last)
    borders = [period.starts_at(ZoneInfo(zone)) for period in [*known, last.next()]]
    parameters = {
        "at": at,
        "periods": periods,
        "borders": borders,
        "labels": [str(Period.of(first.first_day() - timedelta(days=1))), *map(str, known), str(last.next())],
    }
    written = f"({read('merge/_written')})"

    def run(name: str, **tokens: str) -> sa.CursorResult[Any]:
        return connection.execute(sa.text(statement(f"merge/{name}", **tokens)), parameters)

    # Touched accounts must fit into a hash, or every row of the facts is compared with each of them: a minute at
    # 100,000 accounts of two sources. Those of few accounts are looked up.
    with planned(connection, work_mem="128MB", random_page_cost="1.1"):
        emptied(connection, "renamed", "kind text, name text")
        run("_renamed")
        emptied(connection, "moved_account", "account_key uuid")
        # The planner must know how many these are: few are looked up, many are compared with whole tables.
        connection.execute(sa.text("ANALYZE renamed"))
        run("_moved_accounts")
        connection.execute(sa.text("ANALYZE moved_account"))
        emptied(connection, "dated", "edition text, event text, survey text, place integer")
        if found := run("_dated", written=written).mappings().all():
            into = sa.text(
                "INSERT INTO dated (edition, event, survey, place) VALUES (:edition, :event, :survey, :place)"
            )
            connection.execute(into, [dict(row) for row in found])
        run("_dated_others", written=written)
        return set(run("_quarters").scalars())
