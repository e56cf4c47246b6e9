"""Writing most of a table: its indexes are made after the rows, at a fraction of what keeping them meanwhile costs.

Data flow: table without indexes, an empty one in a file of this transaction -> rows (caller) -> the same indexes,
built at once, in one transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def indexes_after(connection: sa.Connection, table: sa.Table, *, allowed: bool, holding: int = 0) -> Iterator[bool]:
    """Leave the indexes of a table out while it is written. Yields False where they stay.

    The table may hold ``holding`` rows already: few enough beside those to be written that the caller gains by it.

    They stay in a table that holds more, that is not ours, that somebody reads right now (waiting for a reader could be
    waiting for one that waits for us), or that Citus may have spread over servers. Nobody reads the table from here to
    the commit: not for a transaction as long as a replay.
    """
    if not (
        allowed
        and _holds_at_most(connection, table, holding)
        and _ours(connection, table)
        and _locked(connection, table.fullname)
    ):
        yield False
        return
    _new_file(connection, table)
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    for name in _keys(table):
        connection.execute(sa.text(f"ALTER TABLE {table.fullname} DROP CONSTRAINT {name}"))
    for index in indexes:
        connection.execute(sa.schema.DropIndex(index))
    yield True
    for name, definition in _keys(table).items():
        connection.execute(sa.text(f"ALTER TABLE {table.fullname} ADD CONSTRAINT {name} {definition}"))
    for index in indexes:
        connection.execute(sa.schema.CreateIndex(index))


def _keys(table: sa.Table) -> dict[str, str]:
    """The table's constraints that are indexes: name -> definition, the primary key first."""
    uniques = [item for item in table.constraints if isinstance(item, sa.UniqueConstraint)]
    return {
        _primary_key(table): f"PRIMARY KEY ({_columns(table.primary_key)})",
        **{str(item.name): f"UNIQUE ({_columns(item)})" for item in sorted(uniques, key=lambda item: str(item.name))},
    }


def _primary_key(table: sa.Table) -> str:
    """The name of the primary key; PostgreSQL's own where it was given none."""
    return str(table.primary_key.name or f"{table.name}_pkey")


def _columns(constraint: sa.PrimaryKeyConstraint | sa.UniqueConstraint) -> str:
    return ", ".join(column.name for column in constraint.columns)


def _new_file(connection: sa.Connection, table: sa.Table) -> None:
    """Give a table that is ours alone, and never held a row, a file that this transaction made.

    Rows of such a file need not be logged where no other server follows (``wal_level = minimal``): it is written to
    disk at the commit, or goes. A table with pages may still hold rows that somebody's older snapshot sees.
    """
    if not connection.execute(
        sa.text("SELECT pg_relation_size(CAST(:name AS regclass))"), {"name": table.fullname}
    ).scalar_one():
        connection.execute(sa.text(f"TRUNCATE {table.fullname}"))


def _holds_at_most(connection: sa.Connection, table: sa.Table, rows: int) -> bool:
    further = sa.select(sa.literal(1)).select_from(table).offset(rows).limit(1)
    return not connection.execute(sa.select(sa.exists(further))).scalar_one()


def emptied_at_once(connection: sa.Connection, tables: Sequence[str], others: sa.TextClause) -> bool:
    """Empty whole tables where nobody uses them and ``others``, a query, finds nobody whose rows are in them.

    It is asked once they are ours: who wrote to them before has said so by then, and who writes later waits for the
    commit. False where they stay as they are.
    """
    if connection.execute(others).first() or not _locked(connection, *tables) or connection.execute(others).first():
        return False
    connection.execute(sa.text(f"TRUNCATE {', '.join(tables)}"))
    return True


def _ours(connection: sa.Connection, table: sa.Table) -> bool:
    return bool(
        connection.execute(
            sa.text(
                "SELECT pg_has_role(c.relowner, 'USAGE') AND c.relkind = 'r' AND EXISTS"
                " (SELECT 1 FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.conname = :key)"
                " AND NOT EXISTS (SELECT 1 FROM pg_extension AS x WHERE x.extname = 'citus')"
                " FROM pg_class AS c WHERE c.oid = CAST(:name AS regclass)"
            ),
            {"name": table.fullname, "key": _primary_key(table)},
        ).scalar_one()
    )


def _locked(connection: sa.Connection, *tables: str) -> bool:
    """Whether nobody else uses the tables: from here to commit they are ours alone."""
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except sa.exc.OperationalError:
        return False
    return True
