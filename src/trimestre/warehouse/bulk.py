"""Loading an empty table: its indexes are made after the rows, at a fraction of what keeping them meanwhile costs.

Data flow: empty table without indexes -> rows (caller) -> the same indexes, built at once, in one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def indexes_after(connection: sa.Connection, table: sa.Table, *, allowed: bool) -> Iterator[bool]:
    """Leave the indexes of an empty table out while it is loaded. Yields False where they stay.

    They stay in a table that holds rows, that is not ours, that somebody reads right now (waiting for a reader could be
    waiting for one that waits for us), or that Citus may have spread over servers. Nobody reads the table from here to
    the commit: not for a transaction as long as a replay.
    """
    if not (allowed and _empty(connection, table) and _ours(connection, table) and _locked(connection, table)):
        yield False
        return
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    key = table.primary_key
    connection.execute(sa.text(f"ALTER TABLE {table.fullname} DROP CONSTRAINT {key.name}"))
    for index in indexes:
        connection.execute(sa.schema.DropIndex(index))
    yield True
    columns = ", ".join(column.name for column in key.columns)
    connection.execute(sa.text(f"ALTER TABLE {table.fullname} ADD CONSTRAINT {key.name} PRIMARY KEY ({columns})"))
    for index in indexes:
        connection.execute(sa.schema.CreateIndex(index))


def _empty(connection: sa.Connection, table: sa.Table) -> bool:
    return not connection.execute(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table)))).scalar_one()


def _ours(connection: sa.Connection, table: sa.Table) -> bool:
    return bool(
        connection.execute(
            sa.text(
                "SELECT pg_has_role(c.relowner, 'USAGE') AND c.relkind = 'r' AND EXISTS"
                " (SELECT 1 FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.conname = :key)"
                " AND NOT EXISTS (SELECT 1 FROM pg_extension AS x WHERE x.extname = 'citus')"
                " FROM pg_class AS c WHERE c.oid = CAST(:name AS regclass)"
            ),
            {"name": table.fullname, "key": table.primary_key.name},
        ).scalar_one()
    )


def _locked(connection: sa.Connection, table: sa.Table) -> bool:
    """Whether nobody else uses the table: from here to commit it is ours alone."""
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"LOCK TABLE {table.fullname} IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except sa.exc.OperationalError:
        return False
    return True
