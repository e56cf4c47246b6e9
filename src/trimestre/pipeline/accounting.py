"""The accounting of a batch: records by dataset, rows and current versions by entity; the database asserts the sums.

What was current before is what the last batch of the source left, and what is current after follows from the versions
that the statements opened and closed: to count millions of rows twice a night would cost more than to write what
changed. After anything that wrote without a contract of its own (a replay, a withdrawal, rows that people let in) all
are counted.

Data flow: staging.record, staging.unchanged, staging.<entity>, incoming, ops.row_account of the batch before ->
ops.record_account, ops.row_account.
"""

import sqlalchemy as sa

from trimestre.errors import PermanentError
from trimestre.pipeline.statements import Statements
from trimestre.texts import NIGHT
from trimestre.warehouse.entities import Entity
from trimestre.warehouse.sqlfiles import statement


class CurrentVersions:
    """Current versions of the batch's source that have not vanished, by entity."""

    def __init__(self, batch: Statements, *, nightly: bool) -> None:
        """``nightly``: the batch is the source's next one, not one that runs again amid later ones."""
        self._batch = batch
        self._nightly = nightly
        self._known: dict[str, int] = {}
        if nightly:
            self._known = {row.entity: row.current_after for row in batch.run("_known_current")}

    def before(self, entity: Entity) -> int:
        """How many there are before anything of the batch is written."""
        known = self._known.get(entity.name)
        return self._counted(entity) if known is None else known

    def after(self, entity: Entity, before: int, opened: int, closed: int) -> int:
        """How many there are now: what the statements of a nightly batch opened and closed more than before."""
        return before + opened - closed if self._nightly else self._counted(entity)

    def _counted(self, entity: Entity) -> int:
        return int(
            self._batch.text(
                f"SELECT count(*) FROM {entity.table}"
                " WHERE source = :source AND valid_to = 'infinity' AND vanished_at IS NULL"
            ).scalar_one()
        )


def account_records(batch: Statements) -> None:
    """Store how many records arrived, by dataset, and the rows of the entity ``record``."""
    batch.text(
        "INSERT INTO ops.record_account (batch_id, dataset, landed, blank, repeated, unchanged, parsed)"
        " SELECT :batch_id, dataset, sum(records), coalesce(sum(records) FILTER (WHERE status = 'blank'), 0),"
        " coalesce(sum(records) FILTER (WHERE status = 'repeated'), 0),"
        " coalesce(sum(records) FILTER (WHERE status = 'unchanged'), 0),"
        " coalesce(sum(records) FILTER (WHERE status = 'parsed'), 0) FROM ("
        "SELECT dataset, status, count(*) AS records FROM staging.record WHERE batch_id = :batch_id GROUP BY 1, 2"
        " UNION ALL SELECT dataset, 'unchanged', cardinality(record_ids) FROM staging.unchanged"
        " WHERE batch_id = :batch_id"
        " UNION ALL SELECT dataset, 'repeated', repeated FROM staging.unchanged WHERE batch_id = :batch_id"
        ") AS r GROUP BY dataset"
    )
    batch.text(
        "INSERT INTO ops.row_account SELECT :batch_id, 'record', count(*), 0, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0"
        " FROM staging.record WHERE batch_id = :batch_id AND unreadable IS NOT NULL AND status = 'parsed'"
        " HAVING count(*) > 0"
    )


def account_rows(batch: Statements, entity: Entity, rows: dict[str, int]) -> None:
    """Store the rows of an entity; :class:`PermanentError` when they do not add up."""
    try:
        batch.text(
            "INSERT INTO ops.row_account (batch_id, entity, landed, merged, unchanged, quarantined, repeated,"
            " out_of_scope, new, changed, returned, vanished, current_before, current_after) VALUES (:batch_id,"
            " :entity, :landed, :merged, :unchanged, :quarantined, :repeated, :out_of_scope, :new, :changed,"
            " :returned, :vanished, :before, :after)",
            **rows,
            entity=entity.name,
        )
    except sa.exc.IntegrityError:
        raise PermanentError(NIGHT["sums"].format(batch=batch.batch_id, entity=entity.name, rows=rows)) from None


def count_retained(connection: sa.Connection, source: str) -> None:
    """Bring ops.retained_count up to date for a source."""
    connection.execute(sa.text("DELETE FROM ops.retained_count WHERE source = :source"), {"source": source})
    connection.execute(sa.text(statement("merge/_retained_counts")), {"source": source})
