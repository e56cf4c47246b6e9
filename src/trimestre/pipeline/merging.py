"""Merge: good staged rows become versions, in one transaction a batch, under the warehouse lock.

Rows equal by ``row_hash`` are not touched; what a complete scope no longer holds vanishes by a new version; a record is
remembered at the door only here and only if none of its rows was retained. Both accountings are stored and asserted.

Data flow: staging.<entity> -> incoming -> warehouse.<entity> (history) + quarantine.row + ops.record_seen -> identity
-> quarters that may have moved.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.errors import BatchRejected, PermanentError
from trimestre.periods import Period, span
from trimestre.pipeline.lost import expect_staged_records
from trimestre.pipeline.staging import clear, empty
from trimestre.pipeline.tombstones import ERASED, reduce_retained
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.entities import ENTITIES, OPTIONAL_KEYS, Entity
from trimestre.warehouse.identity import link_persons
from trimestre.warehouse.sqlfiles import CONTENT_HASH, good, read, statement
from trimestre.warehouse.tables import metadata

if TYPE_CHECKING:
    from trimestre.contracts import Project


_BEST = {
    "enrolment": ("in_population", "first_access_at"),
    "certificate": ("obtained_at",),
    "attendance": ("registered_at", "seconds"),
}
"""Columns of which the merge takes the best: two records with different ones do not contradict each other."""


_TABLES = {
    "incoming": "merge/_incoming", "holder": "merge/_holders", "candidate": "merge/_candidates", "held": "merge/_held",
}  # fmt: skip
"""Temporary tables that each entity fills with columns of its own, and the statement that does."""


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
                f"batch {batch_id}: found the state {batch.state!r}, expected 'validated'. Run its source again."
            )
        _superseded(connection, batch.source, batch_id)
        expect_staged_records(connection, batch_id)
        changed = merge_batch(connection, batch.source, batch_id, at, reindex=True)
        changed = link_persons(connection, project, batch_id=batch_id, at=at, reindex=True) or changed
        quarters = moved_quarters(connection, project, at) if changed else ()
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
    reindex: bool = False,
    beside: int | None = None,
) -> bool:
    """Merge the judged rows of a batch as of ``at``, later than all versions there are; True when any was written.

    ``reindex`` lets the indexes of an empty table be made after its rows: nobody reads that table until the commit.
    ``beside`` is the batch whose records the rows came with, where they are merged later than those.
    """
    changed = _Merging(connection, source, batch_id, at, reindex, beside).run()
    empty(connection, batch_id)
    return changed


def identifiers(entity: Entity, name: str) -> dict[str, str]:
    """The identifiers of an entity that one of sql/ uses."""
    return _Tokens(entity).for_(name)


def emptied(connection: sa.Connection, table: str, columns: str = "record_id bigint") -> None:
    """Make an empty temporary table; a transaction of several batches has it since its first one."""
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DROP"))
    connection.execute(sa.text(f"TRUNCATE {table}"))


def count_retained(connection: sa.Connection, source: str) -> None:
    """Bring ops.retained_count up to date for a source."""
    connection.execute(sa.text("DELETE FROM ops.retained_count WHERE source = :source"), {"source": source})
    connection.execute(sa.text(statement("merge/_retained_counts")), {"source": source})


def reject(engine: sa.Engine, batch_id: int, error: Exception) -> None:
    """Mark a batch as rejected by a stop rule: nothing merged, nothing remembered."""
    with transaction(engine) as connection:
        clear(connection, batch_id)
        connection.execute(
            sa.text("UPDATE ops.batch SET state = 'rejected', message = :message WHERE batch_id = :batch_id"),
            {"batch_id": batch_id, "message": str(error)},
        )


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
        raise BatchRejected(
            f"batch {batch_id} of {source}: found batch {later} merged after it was landed, expected none. "
            "Not merged; the later one holds what is true."
        )


class _Merging:
    """One batch on its way into the tables."""

    def __init__(
        self, connection: sa.Connection, source: str, batch_id: int, at: datetime, reindex: bool, beside: int | None
    ) -> None:
        self._connection = connection
        self._reindex = reindex
        self._beside = beside
        self._retained = 0
        self._parameters: dict[str, Any] = {"source": source, "batch_id": batch_id, "at": at}

    def run(self) -> bool:
        """Merge every entity that the batch or its scopes concern; True when a version was written."""
        # Samples of thousands of rows tell the planner what it needs; those of tens of thousands cost more than plans.
        self._execute_text("SELECT set_config('default_statistics_target', '20', TRUE)")
        # The planner must know how many these are: with a guess of one row it loops over all others for each of them.
        emptied(self._connection, "present")
        self._execute_text(
            "INSERT INTO present"
            " SELECT record_id FROM staging.record WHERE batch_id = :batch_id AND status = 'unchanged'"
        )
        self._execute_text("ANALYZE present, ops.scope_delivery, staging.failed_row")
        emptied(self._connection, "known_rows", "entity text, rows bigint")
        self._execute("merge/_known_rows")
        if self._beside is not None:
            self._execute("merge/_beside", beside=self._beside)
        entities = self._concerned()
        emptied(self._connection, "nobody", "record_no bigint")
        for entity in entities:
            self._execute("merge/_unremembered", entity=entity.name, tokens=_Tokens(entity))
            self._execute("merge/_nobody", entity=entity.name, tokens=_Tokens(entity))
        self._execute("merge/_incomplete")
        self._execute("merge/_known")
        emptied(self._connection, "gone")
        self._execute("merge/_gone")
        self._execute_text("ANALYZE gone")
        emptied(self._connection, "forgotten")
        self._keep_references(entities)
        written = 0
        for entity in entities:
            written += self._merge_entity(entity)
        self._retained += self._execute("merge/_quarantine_records").rowcount
        if self._retained:
            self._execute("merge/_held_back")
        reduce_retained(self._connection, self._parameters["source"], self._parameters["batch_id"])
        self._execute("merge/_mended")
        count_retained(self._connection, self._parameters["source"])
        self._forget(entities)
        self._execute("merge/_remember")
        self._account_records()
        return written > 0

    def _concerned(self) -> list[Entity]:
        """Entities with staged rows, with current rows in the delivered scopes, or with remembered rows."""
        names = set(self._execute_text("SELECT entity FROM known_rows").scalars())
        for entity in ENTITIES.values():
            found = (
                entity.name in names
                or self._execute_text(
                    f"SELECT EXISTS (SELECT 1 FROM staging.{entity.name} WHERE batch_id = :batch_id)"
                    f" OR EXISTS (SELECT 1 FROM {entity.table} WHERE source = :source AND valid_to = 'infinity')"
                ).scalar_one()
            )
            if found:
                names.add(entity.name)
        return [entity for entity in ENTITIES.values() if entity.name in names]

    def _keep_references(self, entities: list[Entity]) -> None:
        """Remember what the keys of new accounts are made of: a key can be changed as long as that is known."""
        for entity in entities:
            if entity.has_account:
                kept = self._execute("merge/_account_refs", tokens=_Tokens(entity), erased=ERASED).rowcount
                if kept > 1000:  # else the next entities would be looked up row by row
                    self._execute_text("ANALYZE restricted.account_ref")

    def _merge_entity(self, entity: Entity) -> int:
        tokens = _Tokens(entity)
        before = self._current(entity)
        known = self._taken_up(entity)
        if not before and self._first_load(entity):
            loaded = self._load(entity, tokens, known)
        else:
            loaded = self._compare(entity, tokens, known, before)
        self._make("candidate", known, entity, tokens)
        self._execute("merge/_inherit", entity=entity.name, tokens=tokens)
        vanished = self._execute("merge/_vanish", tokens=tokens).rowcount
        self._make("held", known, entity, tokens)
        self._execute("merge/_reread_heirs", entity=entity.name, tokens=tokens)
        self._execute("merge/_stale", tokens=tokens)
        self._execute_text("INSERT INTO forgotten SELECT lost_id FROM held WHERE lost_id IS NOT NULL")
        self._execute("merge/_quarantine", entity=entity.name, tokens=tokens)
        after = self._current(entity)
        rows = self._execute("merge/_rows", entity=entity.name, tokens=tokens, loaded=loaded).one()._asdict()
        self._account_rows(entity, rows | {"vanished": vanished, "before": before, "after": after})
        self._put_aside(entity)
        self._retained += rows["quarantined"]
        return int(rows["merged"]) + vanished

    def _first_load(self, entity: Entity) -> bool:
        """Whether the source has no version of the entity; keys that two texts may write are left to comparing."""
        return (
            _Tokens(entity).textual
            and not self._execute_text(
                f"SELECT EXISTS (SELECT 1 FROM {entity.table} WHERE source = :source)"
            ).scalar_one()
        )

    def _load(self, entity: Entity, tokens: "_Tokens", known: bool) -> int:
        """Write the first rows of an entity of the source: nothing stands against them. The number of versions."""
        for name in ("incoming", "holder"):
            self._make(name, known, entity, tokens, empty=True)
        copies = self._execute("merge/_copies", tokens=tokens).rowcount
        with indexes_after(self._connection, metadata.tables[entity.table], allowed=self._reindex) as bare:
            # Where indexes are kept meanwhile, neighbours in them had better come together.
            order = "CAST(NULL AS text)" if bare else tokens.order
            loaded = self._execute("merge/_load", tokens=tokens, identifiers={"order": order}).rowcount
        self._execute_text(f"ANALYZE {entity.table}")
        if copies:
            self._execute("merge/_share", entity=entity.name)
        return loaded

    def _compare(self, entity: Entity, tokens: "_Tokens", known: bool, before: int) -> int:
        """Bring the rows that stand against known ones into them, version by version. Nothing is loaded unseen: 0."""
        rows = self._make("incoming", known, entity, tokens)
        self._execute_text("ANALYZE incoming")
        if rows and entity.sighting:
            self._execute("merge/_first")
        held_by_others = self._make("holder", known, entity, tokens, empty=not rows)
        if not rows:
            return 0
        if held_by_others:
            self._execute("merge/_sightings" if entity.sighting else "merge/_disputes")
            if self._execute("merge/_conflicts", entity=entity.name).rowcount:
                self._dispute(entity, tokens)
            self._execute("merge/_owners")
            self._execute("merge/_forgotten")
            if entity.sighting:
                self._execute("merge/_reread")
        self._execute("merge/_close", tokens=tokens)
        if self._execute("merge/_insert", tokens=tokens).rowcount * 10 > before:
            # The planner knows nothing of what was just loaded and would loop over it for every incoming row;
            # autovacuum comes too late for what follows, and for tonight's figures.
            self._execute_text(f"ANALYZE {entity.table}")
        self._execute("merge/_own", tokens=tokens)
        self._execute("merge/_share", entity=entity.name)
        return 0

    def _dispute(self, entity: Entity, tokens: "_Tokens") -> None:
        """Records with a disputed row are not remembered, and rows that they gave before do not point to them."""
        self._execute_text(
            "INSERT INTO forgotten SELECT record_id FROM incoming WHERE outcome = 'conflict' AND record_id IS NOT NULL"
        )
        self._execute("merge/_unremembered", entity=entity.name, tokens=tokens)
        self._execute_text(
            "UPDATE incoming SET record_id = NULL WHERE record_id IN"
            " (SELECT record_id FROM incoming WHERE outcome = 'conflict')"
        )

    def _current(self, entity: Entity) -> int:
        return int(
            self._execute_text(
                f"SELECT count(*) FROM {entity.table}"
                " WHERE source = :source AND valid_to = 'infinity' AND vanished_at IS NULL"
            ).scalar_one()
        )

    def _forget(self, entities: list[Entity]) -> None:
        """Records that are gone or lost a row are no longer remembered, nor do rows point to them."""
        if self._lost():
            for entity in entities:
                self._execute_text(
                    f"UPDATE {entity.table} SET record_id = NULL WHERE valid_to = 'infinity' AND source = :source"
                    " AND record_id IN (SELECT record_id FROM forgotten EXCEPT SELECT record_id FROM gone)"
                )
        for name in ("row_owner", "record_seen"):
            self._execute_text(
                f"DELETE FROM ops.{name} WHERE record_id IN"
                " (SELECT record_id FROM gone UNION SELECT record_id FROM forgotten)"
            )

    def _lost(self) -> bool:
        return bool(
            self._execute_text(
                "SELECT EXISTS (SELECT record_id FROM forgotten EXCEPT SELECT record_id FROM gone)"
            ).scalar_one()
        )

    def _taken_up(self, entity: Entity) -> bool:
        """Take up the entity's temporary tables where the transaction has them already, emptied."""
        aside = f"pg_temp.incoming_{entity.name}"
        if self._connection.execute(sa.text("SELECT to_regclass(:aside)"), {"aside": aside}).scalar() is None:
            return False
        for name in _TABLES:
            self._execute_text(f"ALTER TABLE pg_temp.{name}_{entity.name} RENAME TO {name}")
        self._execute_text(f"TRUNCATE {', '.join(_TABLES)}")
        return True

    def _put_aside(self, entity: Entity) -> None:
        """A replay merges many batches in one transaction, and each new table would hold its locks to the commit."""
        for name in _TABLES:
            self._execute_text(f"ALTER TABLE pg_temp.{name} RENAME TO {name}_{entity.name}")

    def _make(self, table: str, known: bool, entity: Entity, tokens: "_Tokens", *, empty: bool = False) -> int:
        """Fill one of the entity's temporary tables, or leave it empty; the number of rows."""
        if known and empty:
            return 0
        text = statement(_TABLES[table], **tokens.for_(_TABLES[table]))
        if known:
            text = text.replace(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS", f"INSERT INTO {table}", 1)
        if empty:
            text += " WITH NO DATA"
        made = self._connection.execute(sa.text(text), self._parameters | {"entity": entity.name})
        return 0 if empty else made.rowcount

    def _account_records(self) -> None:
        self._execute_text(
            "INSERT INTO ops.record_account (batch_id, dataset, landed, blank, repeated, unchanged, parsed)"
            " SELECT :batch_id, dataset, count(*), count(*) FILTER (WHERE status = 'blank'),"
            " count(*) FILTER (WHERE status = 'repeated'), count(*) FILTER (WHERE status = 'unchanged'),"
            " count(*) FILTER (WHERE status = 'parsed') FROM staging.record WHERE batch_id = :batch_id GROUP BY dataset"
        )
        self._execute_text(
            "INSERT INTO ops.row_account SELECT :batch_id, 'record', count(*), 0, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0"
            " FROM staging.record WHERE batch_id = :batch_id AND unreadable IS NOT NULL AND status = 'parsed'"
            " HAVING count(*) > 0"
        )

    def _account_rows(self, entity: Entity, rows: dict[str, int]) -> None:
        try:
            self._execute_text(
                "INSERT INTO ops.row_account (batch_id, entity, landed, merged, unchanged, quarantined, repeated,"
                " out_of_scope, new, changed, returned, vanished, current_before, current_after) VALUES (:batch_id,"
                " :entity, :landed, :merged, :unchanged, :quarantined, :repeated, :out_of_scope, :new, :changed,"
                " :returned, :vanished, :before, :after)",
                **rows,
                entity=entity.name,
            )
        except sa.exc.IntegrityError:
            raise PermanentError(
                f"accounting of {entity.name} in batch {self._parameters['batch_id']}: found {rows}, expected both "
                "sums to add up. Nothing was merged; this is a defect of Trimestre: please report it."
            ) from None

    def _execute(
        self,
        name: str,
        *,
        entity: str | None = None,
        tokens: "_Tokens | None" = None,
        identifiers: dict[str, str] | None = None,
        **parameters: Any,
    ) -> sa.CursorResult[Any]:
        text = statement(name, **(tokens.for_(name) if tokens else {}), **(identifiers or {}))
        own = {"entity": entity} if entity else {}
        return self._connection.execute(sa.text(text), self._parameters | own | parameters)

    def _execute_text(self, text: str, **parameters: Any) -> sa.CursorResult[Any]:
        return self._connection.execute(sa.text(text), self._parameters | parameters)


class _Tokens:
    """The identifiers of one entity, for the generic statements."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._keys = [name for name in entity.key_columns if name != "source"]

    def for_(self, name: str) -> dict[str, str]:
        """The tokens that one file uses."""
        text = read(name)
        return {token: value for token, value in self._all.items() if f"__{token}__" in text}

    @property
    def order(self) -> str:
        """The order of the target's indexes."""
        return self._all["keys"]

    @property
    def textual(self) -> bool:
        """Whether keys are merged as they were staged: equal exactly where their texts are."""
        columns = metadata.tables[self._entity.table].columns
        return all(isinstance(columns[key].type, sa.Text | sa.Uuid) for key in self._keys)

    def _texts(self, of: str) -> str:
        """The natural key of staged rows as a version's key is hashed: in its order, its texts for what is null."""
        return ", ".join(
            f"coalesce({of}.{key}, '{OPTIONAL_KEYS[key]}')" if key in OPTIONAL_KEYS else f"{of}.{key}"
            for key in self._keys
        )

    @cached_property
    def _all(self) -> dict[str, str]:
        entity = self._entity
        names = [*self._keys, *entity.declared, *entity.carried]
        # A staged key field may be null where the merged one is an empty text.
        texts = {c.name for c in metadata.tables[entity.table].columns if isinstance(c.type, sa.Text)}
        stated = [name for name in entity.declared if name not in _BEST.get(entity.name, ())]
        return {
            "typed": f"({read(f'merge/{entity.name}')})",
            "target": entity.table,
            "staged": f"staging.{entity.name}",
            "good": good(entity.name),
            "contenthash": CONTENT_HASH,
            "skeys": self._texts("s"),
            "gkeys": self._texts("g"),
            "tkeys": self._texts("t"),
            "keys": ", ".join(f"t.{key}" for key in self._keys),
            "full": " AND ".join(f"s.{key} IS NOT NULL" for key in self._keys if key not in OPTIONAL_KEYS),
            "ikeys": ", ".join(f"i.{key}" for key in self._keys),
            "ckeys": ", ".join(f"c.{key}" for key in self._keys),
            "kkeys": ", ".join(f"k.{key}" for key in self._keys),
            "kjoin": " AND ".join(f"c.{key} = k.{key}" for key in self._keys),
            "contradicts": " OR ".join(f"i.{column} <> c.{column}" for column in entity.agreed) or "FALSE",
            "fkeys": ", ".join(f"f.{key}" for key in self._keys),
            "istated": ", ".join(f"i.{column}" for column in stated),
            "cstated": ", ".join(f"c.{column}" for column in stated),
            "declared": ", ".join(f"t.{column}" for column in entity.declared),
            "columns": ", ".join(names),
            "join": " AND ".join(
                f"c.{key} = coalesce(i.{key}, '{OPTIONAL_KEYS.get(key, '')}')"
                if key in texts
                else f"c.{key} = {self._typed(key)}"
                for key in self._keys
            ),
        }

    def _typed(self, key: str) -> str:
        """A key that is no text in the merged table: a staged row has its text, and a retained one perhaps any."""
        kind = metadata.tables[self._entity.table].columns[key].type
        if not isinstance(kind, sa.DateTime):
            return f"i.{key}"
        text = f"CAST(i.{key} AS text)"
        return f"CASE WHEN pg_input_is_valid({text}, 'timestamptz') THEN CAST({text} AS timestamptz) END"


def moved_quarters(connection: sa.Connection, project: "Project", at: datetime) -> tuple[str, ...]:
    """The project's quarters that versions written at ``at`` may move, with the later ones of cumulative indicators."""
    known = [str(period) for period in project.periods.all()]
    # Touched accounts must fit into a hash, or every row of the facts is compared with each of them: a minute at
    # 100,000 accounts of two sources.
    connection.execute(sa.text("SET LOCAL work_mem = '128MB'"))
    found = set(
        connection.scalars(
            sa.text(statement("merge/_quarters")), {"at": at, "zone": project.framework.timezone, "periods": known}
        )
    )
    connection.execute(sa.text("RESET work_mem"))
    if project.accumulates() and found:
        found |= {str(p) for p in span(min(Period.parse(q) for q in found), project.periods.all()[-1])}
    return tuple(sorted(found & set(known)))
