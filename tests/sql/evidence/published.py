"""A quarter of given rows as it was approved, and what of it drifted since."""

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from given import Given

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.candidates import _freeze, write_candidate
from trimestre.indicators.drafting import draft
from trimestre.indicators.drift import Drifted, drift_in
from trimestre.indicators.placing import current_base
from trimestre.periods import Period


@dataclass
class Published:
    """Given rows with definitions; what is published is approved at once."""

    given: Given
    indicators: tuple[Indicator, ...]

    @property
    def project(self) -> Project:
        """The project with the indicators as they are defined now."""
        return replace(self.given.project, indicators=self.indicators)

    def publish(self, period: str = "2020-Q2", kind: str = "close") -> int:
        """Write the figures of a quarter as its next vintage; the number of the candidate."""
        connection, quarter = self.given.connection, Period.parse(period)
        made = draft(
            connection, self.project, quarter, self.given.pins(), current_base(connection, self.project, quarter)
        )
        number = write_candidate(
            connection, made.values, period=period, kind=kind, hash=made.hash, pins=dict(made.pins.batches),
            base=dict(made.base.vintages), known_at=max(made.pins.instants.values()), definitions=made.definitions,
            contract=None, forced=False, reason=None, findings=[], explanations={}, project_status={}, prepared_by="a",
        )  # fmt: skip
        _freeze(connection, number, made)
        self.run(
            "UPDATE results.candidate SET state = 'vintage', vintage = (SELECT coalesce(max(c.vintage), 0) + 1"
            " FROM results.candidate AS c WHERE c.period = :period) WHERE candidate_id = :number",
            period=period,
            number=number,
        )
        self.given.next_night()
        return number

    def compare(self) -> Drifted:
        """Compare with what is published, as a night does."""
        return drift_in(self.given.connection, self.project)

    def drift(self, period: str = "2020-Q2", code: str = "X-1") -> dict[str, tuple[float | None, int]]:
        """Reason -> amount and rows of an indicator, after comparing; their sum is what the figure moved by."""
        self.compare()
        rows = self.run(
            "SELECT d.* FROM results.drift AS d WHERE d.period = :period AND d.indicator = :code ORDER BY d.reason",
            period=period,
            code=code,
        ).all()
        amounts = [row.amount for row in rows]
        if rows and None not in amounts:
            assert sum(amounts) == rows[0].now - rows[0].published
        return {row.reason: (None if row.amount is None else float(row.amount), row.rows) for row in rows}

    def rows(self) -> list[tuple[str, str, str]]:
        """Account, reason and movement of the rows that drifted."""
        found = self.run("SELECT d.account_key, d.reason, d.movement FROM results.drift_row AS d ORDER BY d.row_no")
        return [(self.given.names.get(row.account_key, "?"), row.reason, row.movement) for row in found]

    def run(self, text: str, **parameters: Any) -> sa.CursorResult[Any]:
        """Run a statement."""
        return self.given.connection.execute(sa.text(text), parameters)
