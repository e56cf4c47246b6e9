"""What there is to tell of a candidate before somebody answers: it, what it is compared with, and what it becomes.

Data flow: results.candidate + candidate_value (else the newest computation) -> Closing -> reports.closing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.definitions import indicators_in
from trimestre.indicators.values import current_values
from trimestre.indicators.vintages import candidate_of, candidates_of, values_of, vintage_in_force
from trimestre.periods import Period

Cells = Sequence[Mapping[str, Any]]
"""Cells as ``results.candidate_value`` holds them; those of a computation lack ``covers``."""


@dataclass(frozen=True)
class Earlier:
    """A candidate of the same quarter with which another is compared."""

    candidate: Mapping[str, Any]
    """A row of ``results.candidate``."""
    values: Cells

    def indicator(self, project: Project, code: str) -> Indicator:
        """An indicator of ``project``; one that only this candidate still had is as it was defined in it."""
        own = (indicator for indicator in project.indicators if indicator.code == code)
        return next(own, None) or indicators_in(self.candidate["definitions"])[code]


@dataclass(frozen=True)
class Closing:
    """A candidate with its surroundings."""

    candidate: Mapping[str, Any]
    """A row of ``results.candidate``."""
    values: Cells
    before: Cells = ()
    """Cells of the quarter before, as published or else as computed."""
    before_vintage: int | None = None
    """Vintage that they are of; ``None`` = they are preliminary."""
    earlier: tuple[Earlier, ...] = ()
    """The official version of its quarter and the candidate before it, as far as there are any."""
    next_vintage: int = 1
    """Number that it has, or gets when it is approved."""


def quarter_before(period: Period) -> Period:
    """The quarter before one."""
    return Period.of(period.first_day() - timedelta(days=1))


def closing_of(connection: sa.Connection, candidate_id: int) -> Closing:
    """A candidate as it stands, with what its approver compares it with; :class:`ContractError` when there is none."""
    candidate = candidate_of(connection, candidate_id)
    period = Period.parse(candidate["period"])
    older = [row for row in candidates_of(connection, period) if row["candidate_id"] < candidate_id]
    official = max((row for row in older if row["vintage"]), key=lambda row: row["vintage"], default=None)
    last = max(older, key=lambda row: row["candidate_id"], default=None)
    compared = dict.fromkeys(row["candidate_id"] for row in (official, last) if row is not None)
    previous = quarter_before(period)
    published = vintage_in_force(connection, previous)
    in_force = vintage_in_force(connection, period)
    return Closing(
        candidate=candidate,
        values=values_of(connection, candidate_id),
        before=values_of(connection, published["candidate_id"]) if published else current_values(connection, previous),
        before_vintage=published["vintage"] if published else None,
        earlier=tuple(Earlier(candidate_of(connection, number), values_of(connection, number)) for number in compared),
        next_vintage=candidate["vintage"] or (in_force["vintage"] if in_force else 0) + 1,
    )
