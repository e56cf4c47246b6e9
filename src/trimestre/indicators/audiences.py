"""The figures of a quarter as an audience sees them, read from what was computed and published.

Data flow: newest computation + what is known of the quarters before -> suppression -> cells.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.suppression import Cell, suppress
from trimestre.indicators.values import current_spans, current_values
from trimestre.indicators.vintages import values_of, vintage_in_force
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
    vintages: Mapping[str, int] | None = None,
) -> list[list[dict[str, Any]]]:
    """What the public knows of the quarters before: what was published, else what would be.

    ``vintages`` (quarter -> candidate): only these, as beside a version that was published when there were no others.
    """
    known = []
    for quarter in project.periods.all():
        if audience != "public" or quarter >= period:
            break
        if vintages is not None:
            candidate_id = vintages.get(str(quarter))
        else:
            vintage = vintage_in_force(connection, quarter)
            candidate_id = vintage["candidate_id"] if vintage else None
        if candidate_id is not None:
            known.append(values_of(connection, candidate_id))
        elif vintages is None:
            known.append(computed(connection, quarter))
    return [cells for cells in known if cells]
