"""What was officially said: the figures of the vintages of a base, as windows and flows need them.

Data flow: base -> results.candidate_value (official cells of the closed quarters) -> :class:`Official`.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.inherited.legacy import UNSPECIFIED
from trimestre.indicators.lines import Key
from trimestre.indicators.measuring import Inherited, Said
from trimestre.indicators.placing import Base


@dataclass(frozen=True)
class Official:
    """The official figures of one indicator."""

    closed: Said
    """Of the quarters that were closed here."""
    inherited: Inherited
    """Of before."""


def official_figures(connection: sa.Connection, indicator: Indicator, base: Base) -> Official:
    """The cells of an indicator's official line in the vintages of a base, quarter by quarter.

    Cells of a breakdown that it no longer has are left out: nothing of today stands beside them.
    """
    quarters = base.closed(indicator)
    breakdowns = {TOTAL, *("×".join(dimensions) for dimensions in indicator.breakdowns())}
    said: dict[str, dict[Key, sa.Row[tuple[object, ...]]]] = {item.period: {} for item in quarters}
    if quarters:
        rows = connection.execute(
            sa.text(
                "SELECT v.period, v.disaggregation, v.category, v.value, v.numerator, v.denominator, v.added,"
                " v.adjustment, v.accumulated FROM results.candidate_value AS v"
                " WHERE v.candidate_id = ANY(:ids) AND v.indicator = :indicator AND v.official AND v.covers = v.period"
            ),
            {"ids": [item.candidate_id for item in quarters], "indicator": indicator.code},
        )
        for row in rows:
            if row.disaggregation in breakdowns:
                said[row.period][row.disaggregation, row.category] = row
    before = {item.period for item in quarters if item.inherited}
    for period in before:
        _tell_unspecified(indicator, said[period])
    return Official(
        {period: cells for period, cells in said.items() if period not in before},
        Inherited({period: said[period] for period in sorted(before)}, base.inherited_until(indicator)),
    )


def _tell_unspecified(indicator: Indicator, cells: dict[Key, sa.Row[tuple[object, ...]]]) -> None:
    """Of a breakdown that the indicator did not have when its figures came in, nobody told any part apart."""
    whole = cells.get((TOTAL, TOTAL))
    known = {disaggregation for disaggregation, _ in cells}
    for dimensions in filter(indicator.adds_up, indicator.breakdowns()):
        breakdown = "×".join(dimensions)
        if whole is not None and whole.value and breakdown not in known:
            cells[breakdown, " × ".join([UNSPECIFIED] * len(dimensions))] = whole
