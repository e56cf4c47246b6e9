"""Quarters: their labels, their half-open borders in the project's zone, and the order between them.

A period is written ``2020-Q2``. Its borders are midnights in the project's time zone by the tz database,
so that an event of 30 June 23:30 local time is in the second quarter although it is July in UTC.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import total_ordering
from zoneinfo import ZoneInfo

from trimestre.errors import ContractError
from trimestre.texts import REFUSALS

_LABEL = re.compile(r"^(\d{4})-Q([1-4])$")
_FISCAL = re.compile(r"^FY(\d{4})-Q([1-4])$")

PROJECT = "project"
"""Label of the whole life of the project."""


@total_ordering
@dataclass(frozen=True)
class Period:
    """One calendar quarter."""

    year: int
    quarter: int

    @classmethod
    def parse(cls, label: str) -> "Period":
        """Read ``2020-Q2``; :class:`ContractError` when it is anything else."""
        match = _LABEL.match(label.strip())
        if match is None:
            raise ContractError(REFUSALS["calendar_quarter"].format(found=label))
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Period":
        """The quarter that a local calendar day belongs to."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.quarter}"

    def __lt__(self, other: "Period") -> bool:
        return (self.year, self.quarter) < (other.year, other.quarter)

    def next(self) -> "Period":
        """The quarter that follows."""
        return Period(self.year + self.quarter // 4, self.quarter % 4 + 1)

    def fiscal(self, first_month: int) -> "Period":
        """The quarter of a fiscal year that begins with ``first_month`` and is named for the year it ends in."""
        months = 12 * self.year + 3 * self.quarter - 3 + (13 - first_month) % 12
        return Period(months // 12, months % 12 // 3 + 1)

    @classmethod
    def parse_any(cls, label: str, first_month: int) -> "Period":
        """Read ``2020-Q2``, or the donor's ``FY2020-Q3`` of a fiscal year that begins with ``first_month``.

        As people type it: :class:`ContractError` in Spanish when it is anything else.
        """
        fiscal = _FISCAL.match(label.strip())
        if fiscal is None:
            if _LABEL.match(label.strip()) is None:
                raise ContractError(REFUSALS["quarter"].format(found=label.strip()))
            return cls.parse(label)
        months = 12 * int(fiscal[1]) + 3 * int(fiscal[2]) - 3 - (13 - first_month) % 12
        return cls(months // 12, months % 12 // 3 + 1)

    def first_day(self) -> date:
        """Its first local calendar day."""
        return date(self.year, 3 * self.quarter - 2, 1)

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The first instant that counts."""
        return datetime.combine(self.first_day(), time.min, tzinfo=zone)

    def event_until(self, zone: ZoneInfo) -> datetime:
        """The first instant that no longer counts: the start of the next quarter."""
        return self.next().starts_at(zone)


def span(first: Period, last: Period) -> list[Period]:
    """Every quarter from ``first`` to ``last``, both included; empty when they are out of order."""
    periods: list[Period] = []
    current = first
    while current <= last:
        periods.append(current)
        current = current.next()
    return periods


@dataclass(frozen=True)
class Covers:
    """What a figure covers at a quarter: the label of a span, and its quarters up to that one."""

    label: str
    """``2020-Q2``, ``2020-H1``, ``2020``, ``FY2020``, or :data:`PROJECT`."""
    first: Period | None
    """Its first quarter; ``None`` = since ever."""
    until: Period
    """The quarter up to which it is told."""

    def holds(self, label: str) -> bool:
        """Whether a quarter, by its label, lies in it."""
        return (self.first is None or label >= str(self.first)) and label <= str(self.until)


def covering(period: Period, fiscal_year_starts: int) -> tuple[Covers, ...]:
    """Every span that a quarter stands in, to date: quarter, semester, year, the donor's fiscal year, project."""
    fiscal = period.fiscal(fiscal_year_starts)
    fiscal_first = Period.parse_any(f"FY{fiscal.year}-Q1", fiscal_year_starts)
    half = (period.quarter + 1) // 2
    return (
        Covers(str(period), period, period),
        Covers(f"{period.year}-H{half}", Period(period.year, 2 * half - 1), period),
        Covers(str(period.year), Period(period.year, 1), period),
        Covers(f"FY{fiscal.year}", fiscal_first, period),
        Covers(PROJECT, None, period),
    )
