"""Flows: what a quarter adds, what it mends of earlier ones, and what was reached since the project began.

Of measures whose quarters can be added up, each cell of the official line of quarter P has

    accumulated(P) = everything up to P as known now
    adjustment(P)  = accumulated(P) - said before P - added(P)     «ajuste a trimestres anteriores»

*Said before P* are added + adjustment of every earlier quarter: of a closed one as its vintage in force published them,
of an open one as they are today, so that a change shows once, in the first open quarter. Hence at any time
Σ (added + adjustment) over all quarters = accumulated, and everything counts once.

``persons`` with ``span: period`` are distinct within a quarter: their quarters do not add up, and only what is
accumulated is told.

Data flow: Line + cells of the vintages in force -> Flow per breakdown and category.
"""

from dataclasses import dataclass
from decimal import Decimal

from trimestre.contracts.indicators import ADDITIVE, TOTAL, Indicator
from trimestre.indicators.cells import SINCE_EVER, told
from trimestre.indicators.lines import Key, Line
from trimestre.indicators.measuring import Inherited, Said, measured
from trimestre.indicators.placing import PERSONS
from trimestre.periods import Period


@dataclass(frozen=True)
class Flow:
    """added, adjustment and accumulated of one cell; ``None`` = not available or not applicable."""

    added: Decimal | None = None
    adjustment: Decimal | None = None
    accumulated: Decimal | None = None


def flows(indicator: Indicator, line: Line, inherited: Inherited, closed: Said, period: Period) -> dict[Key, Flow]:
    """The flows of a quarter's cells; also of those that are nothing but an adjustment. Empty where nothing adds up.

    ``closed``: the official cells of the closed quarters, inherited ones left out.
    """
    if indicator.measure not in ADDITIVE or indicator.span == "latest":
        return {}
    quarter = str(period)
    reached = _reached(indicator, line, inherited, quarter)
    if indicator.measure == "persons" and indicator.span == "period":
        return {key: Flow(accumulated=value) for key, value in reached.items()}
    if quarter <= inherited.until:
        return _flows_of_before(indicator, line, inherited, period, reached)
    added = _values(indicator, line, quarter, quarter)
    before = _said_before(indicator, line, inherited, closed, period)
    found: dict[Key, Flow] = {}
    for key in {*reached, *added, *before}:
        now, new, said = (values.get(key, Decimal(0)) for values in (reached, added, before))
        if now is not None or said:
            adjustment = (now or Decimal(0)) - (said or Decimal(0)) - (new or Decimal(0))
            found[key] = Flow(new, adjustment, now or Decimal(0))
    return found


def _flows_of_before(
    indicator: Indicator, line: Line, inherited: Inherited, period: Period, reached: dict[Key, Decimal | None]
) -> dict[Key, Flow]:
    """The flows of a quarter with figures of before: what it added, where they do not say it, is how far it went."""
    before = _reached(indicator, line, inherited, str(_before(period)))
    found: dict[Key, Flow] = {}
    for key, row in inherited.said.get(str(period), {}).items():
        went = (reached.get(key) or Decimal(0)) - (before.get(key) or Decimal(0))
        added = went if row.added is None else row.added
        found[key] = Flow(added, went - added, reached.get(key))
    return found


def _reached(indicator: Indicator, line: Line, inherited: Inherited, last: str) -> dict[Key, Decimal | None]:
    """What was reached up to a quarter, as known now."""
    values = _values(indicator, line, SINCE_EVER, last)
    for key, value in inherited.accumulated(indicator, last).items():
        values[key] = value + (values.get(key) or Decimal(0))
    return values


def _said_before(
    indicator: Indicator, line: Line, inherited: Inherited, closed: Said, period: Period
) -> dict[Key, Decimal | None]:
    """Added + adjustment of all earlier quarters: up to the last open one that is what was reached as known now."""
    published: list[str] = []
    quarter = _before(period)
    while str(quarter) in closed:
        published.append(str(quarter))
        quarter = _before(quarter)
    said = _reached(indicator, line, inherited, str(quarter))
    for label in published:
        for key, row in closed[label].items():
            said[key] = (said.get(key) or Decimal(0)) + (row.added or Decimal(0)) + (row.adjustment or Decimal(0))
    return said


def _values(indicator: Indicator, line: Line, first: str, last: str) -> dict[Key, Decimal | None]:
    """What was placed in quarters, each person in the first that counts it; ``None`` = not available."""
    cells = told(indicator, line, line.window(first, last, first_reach=indicator.measure in PERSONS))
    return {
        key: None if cell["unknown"] or cell["not_calculable"] else measured(indicator, cell)[0]
        for key, cell in cells.items()
        if indicator.total or key != (TOTAL, TOTAL)
    }


def _before(period: Period) -> Period:
    return Period(period.year - (period.quarter == 1), (period.quarter + 2) % 4 + 1)
