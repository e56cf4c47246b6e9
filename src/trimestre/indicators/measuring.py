"""From cells to figures: which quarters a figure covers, and the arithmetic of each measure over them.

Figures of a span are those of its quarters together, never sums of published values: counts and sums add, shares and
means are Σ numerators / Σ denominators, persons are the distinct ones of the span, a latest value is the latest in it.
A *cumulative* indicator tells the same in every span, as a tracking table prints it: what was reached since the project
began, up to the quarter. So does a *latest* one: the latest quarter with rows, or with a figure of before. Only their
targets differ.

Figures of before Trimestre («valor heredado») stand for their quarters: they add to what was counted after them, their
numerators and denominators too. Persons of before can't be told from those after: they add as if nobody returned.

Data flow: Line (cells per quarter) + cells of inherited vintages -> Figure per breakdown and category.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trimestre.contracts.indicators import ADDITIVE, Indicator
from trimestre.indicators.cells import SHARES, SINCE_EVER, told
from trimestre.indicators.lines import Cell, Key, Line, empty
from trimestre.periods import Covers

Said = Mapping[str, Mapping[Key, Any]]
"""Closed quarter -> breakdown and category -> the row of ``results.candidate_value``."""


@dataclass(frozen=True)
class Figure:
    """One cell of a span, before rounding."""

    cell: Cell
    """What was counted."""
    exact: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    inherited: bool = False
    """Whether nothing but figures of before stand behind it."""


@dataclass(frozen=True)
class Inherited:
    """The official figures of before Trimestre of one indicator."""

    said: Said = field(default_factory=dict)
    until: str = ""
    """The last quarter they cover; empty = there are none."""

    def of(self, first: str, last: str) -> dict[Key, list[Any]]:
        """The rows of the quarters from ``first`` to ``last`` in order, per breakdown and category."""
        found: dict[Key, list[Any]] = {}
        for quarter in sorted(self.said):
            if first <= quarter <= last:
                for key, row in self.said[quarter].items():
                    found.setdefault(key, []).append(row)
        return found

    def latest(self, last: str) -> str | None:
        """The latest quarter up to ``last`` of which a figure is known."""
        known = (
            q for q, rows in self.said.items() if q <= last and any(row.value is not None for row in rows.values())
        )
        return max(known, default=None)

    def accumulated(self, indicator: Indicator, last: str) -> dict[Key, Decimal]:
        """What was reached up to a quarter by these figures alone."""
        return {
            key: rows[-1].accumulated if rows[-1].accumulated is not None else total
            for key, rows in self.of(SINCE_EVER, last).items()
            if (total := _added_up(indicator, rows)) is not None
        }


def window(indicator: Indicator, line: Line, inherited: Inherited, covers: Covers) -> tuple[str, str]:
    """First and last quarter whose rows, or figures of before, stand behind a figure."""
    first = SINCE_EVER if indicator.span != "period" or covers.first is None else str(covers.first)
    last = str(covers.until)
    if indicator.span == "latest":
        latest = max(filter(None, (line.latest_counted(first, last), inherited.latest(last))), default=last)
        return latest, latest
    return first, last


def figures(indicator: Indicator, line: Line, inherited: Inherited, first: str, last: str) -> dict[Key, Figure]:
    """The figures of the quarters from ``first`` to ``last``, the total first."""
    before = inherited.of(first, last)
    cells = line.window(first, last, first_reach=indicator.measure == "new_persons")
    for key in before:
        cells.setdefault(key, empty(key))
    return {
        key: _figure(indicator, cell, before.get(key, []), only_before=last <= inherited.until)
        for key, cell in told(indicator, line, cells).items()
    }


def measured(indicator: Indicator, cell: Cell) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Value, numerator and denominator of a cell. Shares are percentages: 100 × hits / rows of which a hit is known."""
    n = Decimal(cell["n"])
    if indicator.measure in SHARES:
        hits, known = Decimal(cell["hits"]), Decimal(cell["hits_known"])
        return (100 * hits / known if known else None), hits, known
    match indicator.measure:
        case "count":
            return n, None, None
        case "persons" | "new_persons":
            return Decimal(cell["persons"]), None, None
        case "mean":
            return (cell["total"] / n if n and cell["total"] is not None else None), cell["total"], n
        case "sum":
            return cell["total"], None, None
        case _:
            return cell["latest"], None, None


def _figure(indicator: Indicator, cell: Cell, before: Sequence[Any], *, only_before: bool) -> Figure:
    exact, numerator, denominator = measured(indicator, cell)
    if cell["unknown"] or cell["not_calculable"]:
        exact = None
    if not before:
        return Figure(cell, None if only_before and not cell["n"] else exact, numerator, denominator)
    if len(before) == 1 and only_before:
        row = before[0]
        return Figure(cell, row.value, row.numerator, row.denominator, inherited=True)
    if indicator.measure in ADDITIVE:
        parts = [part for part in (_added_up(indicator, before), exact) if part is not None]
        return Figure(cell, sum(parts, Decimal(0)) if parts else None, inherited=only_before)
    if indicator.measure in {"latest", "milestone"}:
        return Figure(cell, before[-1].value if exact is None else exact, inherited=exact is None)
    if any(row.numerator is None or row.denominator is None for row in before):
        return Figure(cell)
    numerator = sum((row.numerator for row in before), numerator or Decimal(0))
    denominator = sum((row.denominator for row in before), denominator or Decimal(0))
    share = 100 if indicator.measure in SHARES else 1
    exact = share * numerator / denominator if denominator else None
    return Figure(cell, exact, numerator, denominator, inherited=only_before)


def _added_up(indicator: Indicator, rows: Sequence[Any]) -> Decimal | None:
    """What figures of several quarters of before come to; those of a cumulative indicator hold the ones before."""
    values = [row.value for row in rows if row.value is not None]
    if not values:
        return None
    return values[-1] if indicator.span == "cumulative" else sum(values, Decimal(0))
