"""Storing a computation: the newest version of a quarter's figures, only where they differ from what was said before.

Data flow: cells of a quarter + what was known -> results.computation, indicator_value, span_value.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.indicators.evidence import Pins
from trimestre.periods import Period
from trimestre.warehouse.tables.results import indicator_value, span_value

Values = Iterable[Mapping[str, Any]]
"""Cells by their columns, with ``covers`` and ``official``."""


@dataclass(frozen=True)
class Known:
    """What a computation knew."""

    pins: Pins
    vintages: Mapping[str, int]
    """Closed quarter -> candidate_id of its vintage in force."""
    definitions: str
    """Digest of the definitions."""


def unmoved(connection: sa.Connection, period: Period, definitions: str, vintages: Mapping[str, int]) -> bool:
    """Whether nothing moved the figures of a quarter since its newest computation.

    A merge moves a quarter when it concerns it or an earlier one: what comes late counts in the next open quarter, and
    spans and what is accumulated hold the earlier ones.
    """
    return bool(
        connection.execute(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM results.computation AS c WHERE c.period = :period AND c.current"
                " AND c.definitions = :definitions AND c.base = CAST(:base AS jsonb)"
                " AND NOT EXISTS (SELECT 1 FROM ops.batch AS b CROSS JOIN LATERAL unnest(b.quarters) AS q (period)"
                " WHERE b.merged_at > c.known_at AND q.period <= :period))"
            ),
            {"period": str(period), "definitions": definitions, "base": json.dumps(dict(vintages))},
        ).scalar_one()
    )


def store(connection: sa.Connection, period: Period, known: Known, values: Values) -> bool:
    """Write the computation as the newest version of its quarter; earlier ones stay, so that they can be read.

    The same figures make no new version: the newest is then known to hold up to these pins and definitions. Returns
    whether a version was written.
    """
    rows = list(values)
    parameters = {
        "period": str(period),
        "known_at": max(known.pins.instants.values()),
        "pins": json.dumps(known.pins.batches),
        "base": json.dumps(dict(known.vintages)),
        "definitions": known.definitions,
    }
    newest = connection.execute(
        sa.text(
            "SELECT computation_id, known_at > :known_at AS knew_more FROM results.computation"
            " WHERE period = :period AND current"
        ),
        parameters,
    ).one_or_none()
    if newest is not None and newest.knew_more:
        return False
    if newest is not None and _same(connection, newest.computation_id, rows):
        connection.execute(
            sa.text(
                "UPDATE results.computation SET known_at = :known_at, pins = CAST(:pins AS jsonb),"
                " base = CAST(:base AS jsonb), definitions = :definitions WHERE period = :period AND current"
            ),
            parameters,
        )
        return False
    connection.execute(
        sa.text("UPDATE results.computation SET current = FALSE WHERE period = :period AND current"), parameters
    )
    computation_id = connection.execute(
        sa.text(
            "INSERT INTO results.computation (period, computed_at, known_at, pins, base, definitions, current)"
            " VALUES (:period, clock_timestamp(), :known_at, CAST(:pins AS jsonb), CAST(:base AS jsonb), :definitions,"
            " TRUE) RETURNING computation_id"
        ),
        parameters,
    ).scalar_one()
    for table, cells in _by_table(rows).items():
        if cells:
            own = {"computation_id": computation_id, "period": str(period)}
            names = _columns(table)
            connection.execute(sa.insert(table), [{name: cell[name] for name in names} | own for cell in cells])
    return True


def _by_table(rows: list[Mapping[str, Any]]) -> dict[sa.Table, list[Mapping[str, Any]]]:
    """Cells of the quarter itself, and those of wider spans."""
    tables: dict[sa.Table, list[Mapping[str, Any]]] = {indicator_value: [], span_value: []}
    for row in rows:
        tables[indicator_value if _is_quarter(row["covers"]) else span_value].append(row)
    return tables


def _is_quarter(covers: str) -> bool:
    return "-Q" in covers


def _columns(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in {"computation_id", "period"}]


def _same(connection: sa.Connection, computation_id: int, rows: list[Mapping[str, Any]]) -> bool:
    """Whether a stored computation says the same in every cell."""
    for table, cells in _by_table(rows).items():
        names = _columns(table)
        asked = sa.select(*(table.c[name] for name in names)).where(table.c.computation_id == computation_id)
        stored = {tuple(row) for row in connection.execute(asked)}
        if stored != {tuple(cell[name] for name in names) for cell in cells}:
            return False
    return True
