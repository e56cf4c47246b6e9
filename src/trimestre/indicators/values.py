"""Reading what was computed: the current values of a quarter and the evidence behind an indicator.

Data flow: results.computation + results.indicator_value -> rows; pins of the computation -> evidence as it was known.
"""

from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.evidence import COLUMNS, current_pins, pins_at
from trimestre.indicators.placing import base_of, current_base, gather
from trimestre.periods import Period


def current_values(connection: sa.Connection, period: Period, *, reconciliation: bool = False) -> list[dict[str, Any]]:
    """Every cell of the newest computation of a quarter, official lines only unless ``reconciliation``.

    Keys: indicator, period, disaggregation, category, value, numerator, denominator, target, status, and
    official, attribution, n, excluded, obs_status, percent_of_target, percent_of_progress, response_rate, late, added,
    adjustment, accumulated. Shares are in percent.
    """
    rows = connection.execute(
        sa.text(
            "SELECT v.indicator, v.period, v.disaggregation, v.category, v.value, v.numerator, v.denominator,"
            " v.target, v.status, v.official, v.attribution, v.n, v.excluded, v.obs_status, v.percent_of_target,"
            " v.percent_of_progress, v.response_rate, v.late, v.added, v.adjustment, v.accumulated"
            " FROM results.indicator_value AS v"
            " INNER JOIN results.computation AS c ON v.computation_id = c.computation_id"
            " WHERE c.period = :period AND c.current AND (v.official OR :reconciliation)"
            " ORDER BY v.indicator, NOT v.official, v.disaggregation <> 'total', v.disaggregation, v.category"
        ),
        {"period": str(period), "reconciliation": reconciliation},
    )
    return [dict(row._mapping) for row in rows]


def current_spans(connection: sa.Connection, period: Period) -> list[dict[str, Any]]:
    """Every cell of the spans wider than a quarter, up to it; keys as :func:`current_values`, and ``covers``."""
    rows = connection.execute(
        sa.text(
            "SELECT v.indicator, v.period, v.covers, v.disaggregation, v.category, v.value, v.numerator, v.denominator,"
            " v.target, v.status, TRUE AS official, v.attribution, v.n, v.excluded, v.obs_status, v.percent_of_target,"
            " v.percent_of_progress, v.response_rate, v.late, v.added, v.adjustment, v.accumulated"
            " FROM results.span_value AS v INNER JOIN results.computation AS c ON v.computation_id = c.computation_id"
            " WHERE c.period = :period AND c.current"
            " ORDER BY v.indicator, v.covers, v.disaggregation <> 'total', v.disaggregation, v.category"
        ),
        {"period": str(period)},
    )
    return [dict(row._mapping) for row in rows]


def evidence_rows(
    connection: sa.Connection, project: Project, code: str, period: Period, *, excluded: bool = True
) -> list[dict[str, Any]]:
    """The rows behind the official value of an indicator, at the pins of its newest computation (else of now).

    Pseudonymous: accounts by their key. Columns as every ``sql/evidence/*.sql`` returns them.
    """
    indicator = project.indicator(code)
    project.expect_quarter(period)
    known = connection.execute(
        sa.text("SELECT c.pins, c.base FROM results.computation AS c WHERE c.period = :period AND c.current"),
        {"period": str(period)},
    ).one_or_none()
    if known is None:
        pins, base = current_pins(connection), current_base(connection, project, period)
    else:
        pins, base = pins_at(connection, known.pins), base_of(connection, project, known.base, period)
    gather(connection, project, indicator, period=period, pins=pins, base=base, attribution=indicator.attribution)
    rows = connection.execute(
        sa.text(f"SELECT {', '.join(COLUMNS)} FROM evidence WHERE :excluded OR excluded IS NULL ORDER BY evidence_key"),
        {"excluded": excluded},
    )
    return [dict(row._mapping) for row in rows]
