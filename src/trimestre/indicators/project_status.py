"""The status of the project: proposed from its indicators, decided by the coordinator with a reason.

Data flow: official totals of the quarter -> proposal; status + reason -> ops.decision -> status of the quarter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL
from trimestre.errors import ContractError
from trimestre.indicators.status import ACHIEVED as INDICATOR_ACHIEVED
from trimestre.indicators.status import ON_TRACK as INDICATOR_ON_TRACK
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.decisions import decide, in_force

ACHIEVED, ON_TRACK, OFF_TRACK = "achieved", "on_track", "off_track"
PROJECT_STATUS = "project_status"
"""Kind of the decision."""


@dataclass(frozen=True)
class Proposal:
    """What the indicators of a quarter say of the project."""

    status: str | None
    """achieved, on_track or off_track; ``None`` = no indicator has a target in the quarter."""
    achieved: int
    """Indicators at their target."""
    as_planned: int
    """Those below it, as planned."""
    indicators: int
    """Indicators in force with a target in the quarter, those without data included."""

    def as_dict(self) -> dict[str, Any]:
        """``proposed`` beside the numbers that it comes from."""
        numbers = {"achieved": self.achieved, "as_planned": self.as_planned, "indicators": self.indicators}
        return {"proposed": self.status, **numbers}


def propose(project: Project, values: Iterable[Any]) -> Proposal:
    """The status that the official totals of a quarter give, by the thresholds of framework.yaml.

    ``values``: cells as ``computing.Value`` or mappings. «Achieved» by the share of indicators at their target, else
    «on track» by the share at least as planned. One without data counts as neither.
    """
    in_force_now = {indicator.code for indicator in project.indicators if indicator.state == "vigente"}
    statuses = [cell["status"] for cell in map(_cell, values) if cell["indicator"] in in_force_now and _counts(cell)]
    achieved, as_planned = statuses.count(INDICATOR_ACHIEVED), statuses.count(INDICATOR_ON_TRACK)
    limits = project.framework.project_status
    status = None
    if statuses:
        status = OFF_TRACK
        if 100 * (achieved + as_planned) >= limits.on_track * len(statuses):
            status = ON_TRACK
        if 100 * achieved >= limits.achieved * len(statuses):
            status = ACHIEVED
    return Proposal(status, achieved, as_planned, len(statuses))


def decide_status(
    connection: sa.Connection, project: Project, period: Period, status: str, *, reason: str, who: str
) -> int:
    """Decide the status of a quarter; returns the number of the decision.

    :class:`ContractError` for another status or a quarter that there is not, or without a reason.
    """
    if status not in {ACHIEVED, ON_TRACK, OFF_TRACK}:
        raise ContractError(REFUSALS["status"].format(found=status))
    project.expect_quarter(period)
    return decide(connection, PROJECT_STATUS, {"period": str(period), "status": status}, reason=reason, decided_by=who)


def status_of(connection: sa.Connection, period: Period) -> dict[str, str]:
    """The newest decision in force: ``decided``, ``reason``, ``by``, ``at`` (ISO 8601); empty when there is none."""
    found = [item for item in in_force(connection, PROJECT_STATUS) if item.subject.get("period") == str(period)]
    if not found:
        return {}
    newest = found[-1]
    at = newest.decided_at.isoformat()
    return {"decided": newest.subject["status"], "reason": newest.reason, "by": newest.decided_by, "at": at}


def _cell(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else vars(value)


def _counts(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is an official total of the quarter itself with a target that it can be judged against."""
    quarter = "-Q" in cell.get("covers", "-Q")  # no wider span is called so
    return bool(quarter and cell["official"] and cell["disaggregation"] == TOTAL and cell["target"] is not None)
