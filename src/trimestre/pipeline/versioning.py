"""The staged rows of one entity become versions of its table, within the merge of a batch.

A first load is written at once; later rows are compared with the current version of their key. What a complete scope
no longer holds vanishes; a key whose newest row is held back stays.

Data flow: staging.<entity> -> incoming -> warehouse.<entity> (history), ops.row_owner, quarantine.row, forgotten.
"""

import sqlalchemy as sa

from trimestre.pipeline.accounting import CurrentVersions, account_rows
from trimestre.pipeline.statements import Statements
from trimestre.pipeline.tokens import Tokens
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.entities import Entity
from trimestre.warehouse.sqlfiles import statement
from trimestre.warehouse.tables import metadata

_TABLES = {"incoming": "_incoming", "holder": "_holders", "candidate": "_candidates", "held": "_held"}
"""Temporary tables that each entity fills with columns of its own, and the statement that does."""


class EntityMerge:
    """One entity of a batch on its way into its table."""

    def __init__(self, batch: Statements, entity: Entity, current: CurrentVersions, *, reindex: bool) -> None:
        """``reindex`` lets the indexes of an empty table be made after its rows."""
        self._batch = batch
        self._entity = entity
        self._current = current
        self._reindex = reindex
        self._kept = False
        """Whether the transaction has the entity's temporary tables already."""

    def run(self) -> tuple[int, int]:
        """Merge the entity's rows and store their accounting; versions written and rows retained."""
        before = self._current.before(self._entity)
        self._take_up()
        first = not before and self._first_load()
        opened, closed = (self._load(), 0) if first else self._compare(before)
        vanished = self._vanish(nothing_before=first)
        self._retain()
        rows = self._batch.run("_rows", self._entity, loaded=opened if first else 0).one()._asdict()
        after = self._current.after(self._entity, before, opened, closed + vanished)
        account_rows(self._batch, self._entity, rows | {"vanished": vanished, "before": before, "after": after})
        self._put_aside()
        return int(rows["merged"]) + vanished, int(rows["quarantined"])

    # ---------------------------------------------------------------- rows that came
    def _first_load(self) -> bool:
        """Whether the source has no version of the entity; keys that two texts may write are left to comparing."""
        return (
            Tokens(self._entity).textual
            and not self._batch.text(
                f"SELECT EXISTS (SELECT 1 FROM {self._entity.table} WHERE source = :source)"
            ).scalar_one()
        )

    def _load(self) -> int:
        """Write the first rows of an entity of the source: nothing stands against them. The number of versions."""
        self._batch.look_up(cheap=False)
        for name in ("incoming", "holder"):
            self._make(name, empty=True)
        copies = self._batch.run("_copies", self._entity).rowcount
        table = metadata.tables[self._entity.table]
        with indexes_after(self._batch.connection, table, allowed=self._reindex) as bare:
            # Where indexes are kept meanwhile, neighbours in them had better come together.
            order = "CAST(NULL AS text)" if bare else Tokens(self._entity).order
            loaded = self._batch.run("_load", self._entity, filled={"order": order}).rowcount
        self._batch.text(f"ANALYZE {self._entity.table}")
        self._batch.look_up(cheap=True)
        if copies:
            self._batch.run("_share", self._entity)
        return loaded

    def _compare(self, before: int) -> tuple[int, int]:
        """Bring the rows that stand against known ones into them: versions opened, and closed that had not vanished."""
        rows = self._make("incoming")
        self._batch.text("ANALYZE incoming")
        if rows and self._entity.sighting:
            self._batch.run("_first")
        held_by_others = self._make("holder", empty=not rows)
        if not rows:
            return 0, 0
        if held_by_others:
            self._judge()
        closed: int = self._batch.run("_close", self._entity).scalar_one()
        opened = self._batch.run("_insert", self._entity).rowcount
        if opened * 10 > before:
            # The planner knows nothing of what was just loaded and would loop over it for every incoming row;
            # autovacuum comes too late for what follows, and for tonight's figures.
            self._batch.text(f"ANALYZE {self._entity.table}")
        self._batch.run("_own", self._entity)
        self._batch.run("_share", self._entity)
        return opened, closed

    def _judge(self) -> None:
        """Say which rows contradict a remembered record, and which records give way to the new rows."""
        self._batch.run("_sightings" if self._entity.sighting else "_disputes")
        if self._batch.run("_conflicts", self._entity).rowcount:
            self._dispute()
        self._batch.run("_owners")
        self._batch.run("_forgotten")
        if self._entity.sighting:
            self._batch.run("_reread")

    def _dispute(self) -> None:
        """Records with a disputed row are not remembered, and rows that they gave before do not point to them."""
        self._batch.text(
            "INSERT INTO forgotten SELECT record_id FROM incoming WHERE outcome = 'conflict' AND record_id IS NOT NULL"
        )
        self._batch.run("_unremembered", self._entity)
        self._batch.text(
            "UPDATE incoming SET record_id = NULL WHERE record_id IN"
            " (SELECT record_id FROM incoming WHERE outcome = 'conflict')"
        )

    # ---------------------------------------------------------------- rows that did not come, or are held back
    def _vanish(self, *, nothing_before: bool) -> int:
        """Let vanish what the complete scopes no longer hold; the number of versions."""
        candidates = self._make("candidate", empty=nothing_before)
        if not candidates:
            return 0
        self._batch.run("_inherit", self._entity)
        return self._batch.run("_vanish", self._entity).rowcount

    def _retain(self) -> None:
        """Hold back what failed a critical rule, and keep the versions of their keys."""
        failing = self._batch.text(
            "SELECT EXISTS (SELECT 1 FROM staging.failed_row"
            " WHERE batch_id = :batch_id AND entity = :entity AND severity = 'critical')",
            entity=self._entity.name,
        ).scalar_one()
        self._make("held", empty=not failing)
        self._batch.run("_reread_heirs", self._entity)
        if not failing:
            return
        self._batch.run("_stale", self._entity)
        self._batch.text("INSERT INTO forgotten SELECT lost_id FROM held WHERE lost_id IS NOT NULL")
        self._batch.run("_quarantine", self._entity)

    # ---------------------------------------------------------------- temporary tables
    def _take_up(self) -> None:
        """Take up the entity's temporary tables where the transaction has them already, emptied."""
        aside = f"pg_temp.incoming_{self._entity.name}"
        found = self._batch.text("SELECT to_regclass(:aside)", aside=aside).scalar()
        self._kept = found is not None
        if self._kept:
            for name in _TABLES:
                self._batch.text(f"ALTER TABLE pg_temp.{name}_{self._entity.name} RENAME TO {name}")
            self._batch.text(f"TRUNCATE {', '.join(_TABLES)}")

    def _put_aside(self) -> None:
        """A replay merges many batches in one transaction, and each new table would hold its locks to the commit."""
        for name in _TABLES:
            self._batch.text(f"ALTER TABLE pg_temp.{name} RENAME TO {name}_{self._entity.name}")

    def _make(self, table: str, *, empty: bool = False) -> int:
        """Fill one of the entity's temporary tables, or leave it empty; the number of rows."""
        if self._kept and empty:
            return 0
        name = f"merge/{_TABLES[table]}"
        text = statement(name, **Tokens(self._entity).for_(name))
        if self._kept:
            text = text.replace(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS", f"INSERT INTO {table}", 1)
        if empty:
            text += " WITH NO DATA"
        made: sa.CursorResult[object] = self._batch.text(text, entity=self._entity.name)
        return 0 if empty else made.rowcount
