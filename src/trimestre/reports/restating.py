"""What a restatement (rectificación) says of itself: why, and which figures are no longer those that were published.

Pure. Data flow: Quarter with ``former`` -> totals that moved, number of the other figures that did -> sentences.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.reports.quarter import Quarter
from trimestre.reports.words import target_text, value_text
from trimestre.texts.words import RESTATED

_Place = tuple[str, bool, str, str, str]
"""Indicator, official line, what it covers, breakdown, category."""


@dataclass(frozen=True)
class Moved:
    """A total of the quarter, or its target, that is told otherwise than before; both as they are printed."""

    indicator: Indicator
    before: str
    now: str
    target_before: str
    target_now: str

    def text(self, language: str = "es") -> str:
        """``L2-01: 405 → 400; meta 350 → 360``."""
        said = RESTATED[language]
        parts = {"value": (self.before, self.now), "target": (self.target_before, self.target_now)}
        told = [said[name].format(before=old, now=new) for name, (old, new) in parts.items() if old != new]
        return f"{self.indicator.code}: {'; '.join(told)}"


def moved(quarter: Quarter, language: str = "es") -> list[Moved]:
    """The totals of a restated quarter that are printed otherwise than in the version before it, by indicator."""
    if quarter.former is None:
        return []
    known = {figure.indicator.code: figure.indicator for told in (quarter.former, quarter) for figure in told.figures}
    now, before = (
        {figure.indicator.code: figure.total for figure in told.figures} for told in (quarter, quarter.former)
    )
    found = []
    for code in sorted(known):
        printed = [_printed(known[code], cells.get(code), language) for cells in (before, now)]
        if printed[0] != printed[1]:
            (value, target), (value_now, target_now) = printed
            found.append(Moved(known[code], value, value_now, target, target_now))
    return found


def restatement_text(quarter: Quarter, language: str = "es") -> str:
    """Why a quarter was restated and which of its figures moved, in sentences; empty for any other version."""
    if not quarter.version.restates:
        return ""
    reason = RESTATED[language]["reason"].format(reason=reason_of(quarter))
    return " ".join([reason, *changes_told(quarter, language)])


def reason_of(quarter: Quarter) -> str:
    """Why it was restated, as a sentence."""
    reason = " ".join((quarter.version.reason or "").split())
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def changes_told(quarter: Quarter, language: str = "es") -> Iterator[str]:
    """Which figures moved, in sentences; nothing where the version before was not asked for."""
    if quarter.former is None:
        return
    said = RESTATED[language]
    totals = moved(quarter, language)
    told = "; ".join(item.text(language) for item in totals)
    yield said["totals" if totals else "no_total"].format(vintage=quarter.former.version.vintage, totals=told)
    if others := _others(quarter, quarter.former, {item.indicator.code for item in totals}):
        yield said["others"].format(number=f"{others:,}")


def _others(quarter: Quarter, former: Quarter, told: set[str]) -> int:
    """How many figures moved beside the totals that are told: of breakdowns, wider spans and reconciliation lines."""
    now, before = (dict(_cells(version)) for version in (quarter, former))
    own = {(code, True, str(quarter.period), TOTAL, TOTAL) for code in told}
    return sum(now.get(place) != before.get(place) for place in {*now, *before} - own)


def _cells(quarter: Quarter) -> Iterator[tuple[_Place, tuple[Any, ...]]]:
    for figure in quarter.figures:
        for cell in (*figure.cells, *figure.reconciliation, *figure.spans):
            place = figure.indicator.code, cell["official"], cell["covers"], cell["disaggregation"], cell["category"]
            told = tuple(cell[name] for name in ("value", "numerator", "denominator", "target"))
            yield place, (*told, cell["obs_status"] if cell["value"] is None else "")


def _printed(indicator: Indicator, cell: Cell | None, language: str) -> tuple[str, str]:
    """Value and target of a total; a dash where there is none."""
    none = RESTATED[language]["none"]
    if cell is None:
        return none, none
    return value_text(indicator, cell, language), target_text(indicator, cell["target"], language) or none
