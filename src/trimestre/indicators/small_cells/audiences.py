"""The figures of a quarter as an audience sees them, read from what was computed and published.

Data flow: newest computation + what was published and is known of the quarters before -> suppression -> cells.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.indicators.small_cells.suppression import suppress
from trimestre.indicators.values import current_spans, current_values
from trimestre.indicators.vintages import values_of, vintages_of
from trimestre.periods import Period


def values_for(
    connection: sa.Connection,
    project: Project,
    period: Period,
    audience: str,
    *,
    reconciliation: bool = False,
    spans: bool = False,
) -> list[Cell]:
    """Every cell of the newest computation of a quarter for ``internal``, ``donor`` or ``public``.

    Keys as :func:`values.current_values`, with ``spans`` also ``covers``; see :mod:`suppression` for what the public is
    not told. Wider spans and reconciliation lines are part of what a reader may subtract, whether they are asked for
    here or not.
    """
    told = suppress(
        project, computed(connection, period), audience, earlier_known(connection, project, period, audience)
    )
    asked = [cell for cell in told if cell["official"] or reconciliation]
    if spans:
        return asked
    return [
        {name: value for name, value in cell.items() if name != "covers"}
        for cell in asked
        if cell["covers"] == str(period)
    ]


def computed(connection: sa.Connection, period: Period) -> list[dict[str, Any]]:
    """Every cell of the newest computation of a quarter: both lines, then the official one of wider spans."""
    quarter = current_values(connection, period, reconciliation=True)
    return [cell | {"covers": str(period)} for cell in quarter] + current_spans(connection, period)


def earlier_known(
    connection: sa.Connection,
    project: Project,
    period: Period,
    audience: str,
    version: Mapping[str, Any] | None = None,
) -> list[list[dict[str, Any]]]:
    """What the public knows when it is told of a quarter: every official version, in the order of their approval, and
    of the quarters before that are not closed what would be told.

    ``version`` (a row of results.candidate): what it knew when that one was approved, which never changes.
    """
    if audience != "public":
        return []
    # Versions that are no longer in force stay known. Cells of all of them are looked at with the definitions of the
    # quarter that is told: of an indicator that changed since, what was hidden then is near to what comes out now.
    out = sorted(vintages_of(connection), key=lambda row: (row["decided_at"], row["candidate_id"]))
    if version is not None:
        out = out[: [row["candidate_id"] for row in out].index(version["candidate_id"])]
    known = [values_of(connection, row["candidate_id"]) for row in out]
    if version is None:
        closed = {row["period"] for row in out}
        before = (quarter for quarter in project.periods.all() if quarter < period and str(quarter) not in closed)
        known += [computed(connection, quarter) for quarter in before]
    return [cells for cells in known if cells]
