"""What the columns of the tracking table cover, and which cell stands in them.

The quarters of a fiscal year stand before their year, the life of the project stands last. A year is told by the last
quarter of it that is known, since its figure is what the quarters say together; what nobody told yet is planned.

Data flow: Quarter with ``earlier`` -> spans -> cell and target of an indicator in a span.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.periods import PROJECT, Period
from trimestre.reports.quarter import INHERITED, PRELIMINARY, Quarter, in_order

_ADDED = ("count", "sum")
"""Measures of things that fall in one quarter each. Persons do not: one may be in several."""


@dataclass(frozen=True)
class Span:
    """A column block."""

    covers: str
    """``2020-Q2``, ``FY2020`` or ``project``."""
    quarters: tuple[str, ...]
    """Quarters of the project in it."""
    told_by: Quarter | None
    """The quarter whose figures stand in it; ``None`` = nobody told it."""
    planned: bool
    """Whether it begins after the quarter of the table."""

    @property
    def is_quarter(self) -> bool:
        """Whether it is one quarter."""
        return self.quarters == (self.covers,)


@dataclass
class Told:
    """Cells of a quarter and those before it, by span."""

    quarter: Quarter
    spans: tuple[Span, ...] = field(init=False)
    _cells: dict[tuple[str, ...], Cell] = field(init=False, default_factory=dict)
    _categories: dict[tuple[str, str], set[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        known = {str(told.period): told for told in (*self.quarter.earlier, self.quarter)}
        self.spans = tuple(_spans(self.quarter, known))
        for label, told in known.items():
            for figure in told.figures:
                for cell in (*figure.cells, *figure.spans):
                    code, breakdown, category = figure.indicator.code, cell["disaggregation"], cell["category"]
                    self._cells[label, code, cell["covers"], breakdown, category] = cell
                    self._categories.setdefault((code, breakdown), set()).add(category)

    def cell(self, span: Span, code: str, disaggregation: str = TOTAL, category: str = TOTAL) -> Cell | None:
        """The official cell of an indicator in a span; ``None`` = nobody told it."""
        if span.told_by is None:
            return None
        return self._cells.get((str(span.told_by.period), code, span.covers, disaggregation, category))

    def target(
        self, span: Span, indicator: Indicator, disaggregation: str = TOTAL, category: str = TOTAL
    ) -> Decimal | None:
        """The target of a span: as it was told with its figure, else as it is planned."""
        cell = self.cell(span, indicator.code, disaggregation, category)
        if cell is not None:
            found: Decimal | None = cell["target"]
            return found
        as_of = str(self.quarter.period) if span.covers == PROJECT else span.quarters[-1]
        return indicator.target(span.covers, as_of, disaggregation, category)

    def categories(self, code: str, disaggregation: str) -> list[str]:
        """The categories of a breakdown that any span tells."""
        return sorted(self._categories.get((code, disaggregation), ()), key=in_order)

    def sum_of(self, span: Span, indicator: Indicator, *place: str) -> list[Span]:
        """The quarters whose figures add up to that of a wider span; empty where it is no sum."""
        whole = self.cell(span, indicator.code, *place)
        if whole is None or indicator.measure not in _ADDED or indicator.span != "period" or span.is_quarter:
            return []
        parts = [part for part in self.spans if part.is_quarter and part.covers in span.quarters and part.told_by]
        values = [_value(self.cell(part, indicator.code, *place)) for part in parts]
        known = [value for value in values if value is not None]
        return parts if known and whole["value"] is not None and sum(known) == whole["value"] else []


def marks_of(span: Span, cell: Cell) -> tuple[str, ...]:
    """The letters beside a figure: h (inherited), p (preliminary), r (restated), nr (not representative)."""
    version = span.told_by.version if span.told_by else None
    marks = {
        "h": cell["obs_status"] == "heredado" or (version is not None and version.kind == INHERITED),
        "p": version is not None and version.kind == PRELIMINARY and cell["obs_status"] != "heredado",
        "r": version is not None and version.restates,
        "nr": cell["obs_status"] == "no_representativo",
    }
    return tuple(mark for mark, holds in marks.items() if holds)


def _spans(quarter: Quarter, known: dict[str, Quarter]) -> list[Span]:
    starts = quarter.project.framework.fiscal_year_starts
    periods = sorted({*quarter.project.periods.all(), *(Period.parse(label) for label in known)})
    spans = []
    for year, group in groupby(periods, key=lambda period: period.fiscal(starts).year):
        labels = tuple(str(period) for period in group)
        spans += [Span(label, (label,), known.get(label), label > str(quarter.period)) for label in labels]
        told = [known[label] for label in labels if label in known]
        spans.append(Span(f"FY{year}", labels, told[-1] if told else None, labels[0] > str(quarter.period)))
    return [*spans, Span(PROJECT, tuple(map(str, periods)), quarter, planned=False)]


def _value(cell: Cell | None) -> Any:
    return cell["value"] if cell else None
