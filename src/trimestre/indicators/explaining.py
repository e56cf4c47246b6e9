"""Explanations: why a figure is far from its target or from what it was, as a person said it.

An explanation is a decision; the newest in force of an indicator and quarter counts, and every output shows it.

Data flow: text -> ops.decision -> explanations of a quarter -> what is still to be explained.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.coherence_rules import EXPLANATION, Finding
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.decisions import decide, in_force, plain_reason

EXPLAIN = "explain"
"""Kind of the decision."""


def explain(connection: sa.Connection, project: Project, code: str, period: Period, text: str, who: str) -> int:
    """Keep why an indicator deviates in a quarter; returns the number of the decision.

    :class:`ContractError` for an indicator or a quarter that there is not, without a text, or with personal data in it.
    """
    indicator = project.indicator(code)
    project.expect_quarter(period)
    text = plain_reason(REFUSALS["explanation"].format(code=indicator.code, period=period), text)
    subject = {"indicator": indicator.code, "period": str(period)}
    return decide(connection, EXPLAIN, subject, reason=text, decided_by=who)


def explanations(connection: sa.Connection, period: Period) -> dict[str, dict[str, str]]:
    """Indicator -> the newest explanation in force of the quarter: ``text``, ``by``, ``at`` (ISO 8601)."""
    return {
        decision.subject["indicator"]: {
            "text": decision.reason,
            "by": decision.decided_by,
            "at": decision.decided_at.isoformat(),
        }
        for decision in in_force(connection, EXPLAIN)
        if decision.subject.get("period") == str(period)
    }


def unexplained(findings: Iterable[Finding], explained: Mapping[str, Any]) -> list[Finding]:
    """Findings that a person has to explain and nobody did."""
    return [item for item in findings if item.severity == EXPLANATION and item.indicator not in explained]
