"""Bringing a table to the rows that it should have: only those that differ are deleted and written anew.

Data flow: table FULL JOIN rows worked out, by the primary key -> temporary table ``different`` -> DELETE, INSERT.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Run = Callable[[str], sa.CursorResult[Any]]
"""Runs a statement with the parameters that it names."""


def bring(run: Run, table: sa.Table, rows: str, scope: str = "") -> int:
    """Bring a table to what the SELECT ``rows`` gives in its columns; the number of rows written and deleted.

    ``scope``, a condition on ``x``, leaves the table's other rows as they are; ``rows`` gives none of these.
    """
    columns = ", ".join(table.columns.keys())
    if run(f"SELECT NOT EXISTS (SELECT 1 FROM {table.fullname})").scalar_one():
        written = run(f"INSERT INTO {table.fullname} ({columns}) {rows}").rowcount
        run(f"ANALYZE {table.fullname}")
        return int(written)
    different = _different(run, table, rows, scope)
    changed = 0
    if different:
        key = next(iter(table.primary_key.columns)).name
        # By their places, not by a join: that would read the whole table again.
        changed += run(
            f"DELETE FROM {table.fullname} AS m WHERE m.ctid = ANY(ARRAY(SELECT d.gone FROM different AS d))"
        ).rowcount
        changed += run(
            f"INSERT INTO {table.fullname} ({columns}) SELECT {columns} FROM different WHERE {key} IS NOT NULL"
        ).rowcount
        if different * 10 > _about(run, table):
            run(f"ANALYZE {table.fullname}")
    run("DROP TABLE different")
    return changed


def _different(run: Run, table: sa.Table, rows: str, scope: str) -> int:
    """Make the temporary table ``different``: rows that are gone (by place) and rows that come; their number.

    The rows worked out are joined as they come: a table of all of them would cost more than the few that differ.
    """
    dialect = postgresql.dialect()
    typed = ", ".join(
        f"CAST({column.name} AS {column.type.compile(dialect=dialect)}) AS {column.name}" for column in table.columns
    )  # as the table has them
    same_key = " AND ".join(f"m.{column.name} = f.{column.name}" for column in table.primary_key.columns)
    mine, place = f"{table.fullname}", "ctid"
    if scope:
        mine, place = f"(SELECT x.ctid AS place, x.* FROM {table.fullname} AS x WHERE {scope})", "place"
    return run(
        f"CREATE TEMPORARY TABLE different ON COMMIT DROP AS SELECT m.{place} AS gone, f.*"
        f" FROM {mine} AS m FULL JOIN (SELECT {typed} FROM ({rows}) AS r) AS f ON {same_key}"
        f" WHERE {_differ(table)}"
    ).rowcount


def _differ(table: sa.Table) -> str:
    """Whether the rows ``m`` and ``f`` of a table differ, also in how many decimals a number is told with."""
    names = [column.name for column in table.columns if not isinstance(column.type, sa.Numeric)]
    amounts = [column.name for column in table.columns if isinstance(column.type, sa.Numeric)]
    found = [f"m.{name} IS DISTINCT FROM f.{name}" for name in names]
    if amounts:
        mine, fresh = (", ".join(f"{side}.{name}" for name in amounts) for side in "mf")
        found.append(f"NOT record_image_eq(ROW({mine}), ROW({fresh}))")
    return " OR ".join(found)


def _about(run: Run, table: sa.Table) -> float:
    """How many rows a table has, as it was last counted; less than none when it never was."""
    told = f"SELECT c.reltuples FROM pg_class AS c WHERE c.oid = CAST('{table.fullname}' AS regclass)"
    return float(run(told).scalar_one())
