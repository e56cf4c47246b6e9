"""A small project whose second quarter is closed by two people; versions put straight into the warehouse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from evidence.given import Given, indicator

from trimestre.contracts import Project
from trimestre.contracts.framework import Approver
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.candidates import Prepared, prepare
from trimestre.indicators.vintages import Decided, decide_candidate, values_of
from trimestre.periods import Period

Q2, Q3 = Period(2020, 2), Period(2020, 3)
NOW = datetime(2020, 12, 1, tzinfo=UTC)
CERTIFICATES = indicator("certificates", targets={"2020-Q2": 2}, reconciliation=["event"])
PERSONS = indicator("certified persons", code="X-2")


class Closing:
    """Three certificates of the second quarter, the project that counts them, and who closes it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        with engine.begin() as connection:
            self._given = Given(connection)
            learner = self._given.learner
            learner("ana", certificate="2020-05-02 10:00", sex="mujer", institution="SFP")
            learner("luis", certificate="2020-05-03 10:00", sex="hombre", institution="SFP")
            learner("iris", certificate="1980-01-01 10:00", sex="mujer", institution="SFP")
        approvers = tuple(Approver(user=user, name=user) for user in ("coordinacion", "especialista"))
        framework = self._given.project.framework.model_copy(update={"approvers": approvers, "tolerance": 1000.0})
        self.project: Project = replace(self._given.project, framework=framework, indicators=(CERTIFICATES, PERSONS))

    def then(self, what: Callable[[Given], None]) -> None:
        """Let something be merged in a later night."""
        with self.engine.begin() as connection:
            self._given.connection = connection
            self._given.next_night()
            what(self._given)

    def define(self, *indicators: Indicator) -> None:
        """Edit the YAML."""
        self.project = replace(self.project, indicators=indicators)

    def prepare(self, period: Period = Q2, **how: Any) -> Prepared:
        """Prepare a quarter long after its limits."""
        return prepare(self.engine, self.project, period, **{"prepared_by": "especialista", "now": NOW, **how})

    def decide(self, candidate_id: int, *, approve: bool = True, by: str = "coordinacion", **how: Any) -> Decided:
        """Answer."""
        said = {"comment": None, "project": self.project, **how}
        return decide_candidate(self.engine, candidate_id, approve=approve, decided_by=by, **said)

    def close(self, period: Period = Q2, **how: Any) -> int:
        """Prepare and approve; the number of the candidate."""
        prepared = self.prepare(period, **how)
        self.decide(prepared.candidate_id)
        return prepared.candidate_id

    def rows(self, text: str, **parameters: Any) -> list[Any]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(text), parameters)]

    def states(self) -> list[tuple[str, str, int | None]]:
        """Kind, state and vintage of each candidate."""
        return self.rows("SELECT kind, state, vintage FROM results.candidate ORDER BY candidate_id")

    def total(self, candidate_id: int, code: str = "X-1") -> float:
        """The official total of a candidate's quarter."""
        with self.engine.connect() as connection:
            (value,) = (
                cell["value"]
                for cell in values_of(connection, candidate_id)
                if (cell["indicator"], cell["official"], cell["disaggregation"]) == (code, True, "total")
                and cell["covers"] == cell["period"]
            )
        return float(value)


def one_more(given: Given) -> None:
    """A further certificate of the second quarter."""
    given.learner("eva", certificate="2020-05-04 10:00", sex="mujer", institution="UIF")
