"""Vintages: reading candidates and what was approved of them, and deciding about them.

Approving changes a state and recomputes nothing. Whoever prepared a candidate does not decide about it; who may is
named in ``framework/framework.yaml``. The vintage in force of a quarter is the one with the greatest number.

Data flow: results.candidate -> who, which answer -> ops.decision + state of the candidate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.indicators.hashing import candidate_hash, stored_digests
from trimestre.indicators.project_status import decide_status, status_of
from trimestre.periods import Period
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.tables.results import candidate, candidate_value

APPROVE, RETURN, REPORT_STATE = "approve_candidate", "return_candidate", "report_state"
"""Kinds of decisions about candidates and vintages."""

NEXT_STATES: Mapping[str, tuple[str, ...]] = {
    "borrador": ("enviada",),
    "enviada": ("con_observaciones", "aceptada"),
    "con_observaciones": ("enviada",),
    "aceptada": (),
}
"""Where a report to the donor may go from where it stands."""

_HEAD = [column for column in candidate.columns if column.name != "definitions"]


@dataclass(frozen=True)
class Decided:
    """What a decision about a candidate did."""

    candidate_id: int
    period: str
    state: str
    """vintage or returned."""
    vintage: int | None
    """Its number in the quarter, when it was approved."""
    decision_id: int


# ---------------------------------------------------------------- reading
def candidates_of(connection: sa.Connection, period: Period | None = None) -> list[dict[str, Any]]:
    """The candidates of a quarter (of all without one), oldest first: columns of results.candidate but definitions."""
    return _read(connection, period, sa.true())


def vintages_of(connection: sa.Connection, period: Period | None = None) -> list[dict[str, Any]]:
    """What was approved of a quarter (of all without one), by quarter and number: as :func:`candidates_of`."""
    return _read(connection, period, candidate.c.state == "vintage")


def vintage_in_force(connection: sa.Connection, period: Period) -> dict[str, Any] | None:
    """The newest vintage of a quarter as :func:`candidate_of` gives it; None = the quarter is not closed."""
    newest = (
        sa.select(candidate)
        .where(candidate.c.period == str(period), candidate.c.state == "vintage")
        .order_by(candidate.c.vintage.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    return None if row is None else dict(row._mapping)


def vintage_of(connection: sa.Connection, period: Period, number: int | None = None) -> dict[str, Any]:
    """A vintage of a quarter by its number, else the one in force; :class:`ContractError` when there is none."""
    found = vintages_of(connection, period)
    for row in found:
        if row["vintage"] == (found[-1]["vintage"] if number is None else number):
            return candidate_of(connection, row["candidate_id"])
    there = ", ".join(str(row["vintage"]) for row in found)
    refused = texts.REFUSALS["no_such_vintage" if found else "no_vintage"]
    raise ContractError(refused.format(period=period, number=number, known=there))


def candidate_of(connection: sa.Connection, candidate_id: int) -> dict[str, Any]:
    """A candidate by its number, all columns; :class:`ContractError` when there is none."""
    row = connection.execute(sa.select(candidate).where(candidate.c.candidate_id == candidate_id)).one_or_none()
    if row is None:
        raise ContractError(texts.REFUSALS["no_candidate"].format(number=candidate_id))
    return dict(row._mapping)


def values_of(connection: sa.Connection, candidate_id: int) -> list[dict[str, Any]]:
    """Every cell of a candidate: columns of results.candidate_value; official lines first, each with its total first.

    ``covers`` is the quarter itself or a wider span up to it. Shares are in percent.
    """
    cell = candidate_value.c
    rows = connection.execute(
        sa.select(candidate_value)
        .where(cell.candidate_id == candidate_id)
        .order_by(
            cell.indicator,
            sa.not_(cell.official),
            cell.covers != cell.period,
            cell.covers,
            cell.disaggregation != "total",
            cell.disaggregation,
            cell.category,
        )
    )
    return [dict(row._mapping) for row in rows]


def verify_hash(connection: sa.Connection, candidate_id: int) -> bool:
    """Whether what is stored of a candidate still gives its hash."""
    found = candidate_of(connection, candidate_id)
    values, rows = values_of(connection, candidate_id), stored_digests(connection, candidate_id)
    return candidate_hash(found["period"], values, found["definitions"], rows) == str(found["hash"])


def _read(connection: sa.Connection, period: Period | None, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    found = sa.select(*_HEAD).where(which).order_by(candidate.c.period, candidate.c.vintage, candidate.c.candidate_id)
    if period is not None:
        found = found.where(candidate.c.period == str(period))
    return [dict(row._mapping) for row in connection.execute(found)]


# ---------------------------------------------------------------- deciding
def decide_candidate(
    engine: sa.Engine,
    candidate_id: int,
    *,
    approve: bool,
    decided_by: str,
    comment: str | None,
    project: Project,
    project_status: tuple[str, str] | None = None,
) -> Decided:
    """Approve the pending candidate of a quarter, or send it back, in one transaction; nothing is recomputed.

    What was decided of the project's status goes with it: until then, or by ``project_status`` (status and reason) with
    the approval.

    :class:`ContractError` when ``decided_by`` is no approver of framework.yaml or prepared it, when it is not pending
    any more, when a comment holds personal data, or, to approve it, when another quarter was published since (for
    figures of before: one of the same quarters or earlier).
    """
    with transaction(engine) as connection:
        lock_warehouse(connection)  # a candidate that is being written would make this one void
        found = candidate_of(connection, candidate_id)
        _check_may(project, found, decided_by)
        if found["state"] != "pending":
            state, refused = texts.CANDIDATE_STATES[found["state"]], texts.REFUSALS["not_pending"]
            raise ContractError(refused.format(number=candidate_id, state=state, period=found["period"]))
        if approve:
            _check_base(connection, found)
        said = (comment or "").strip()
        decision_id = decide(
            connection,
            APPROVE if approve else RETURN,
            {"candidate_id": candidate_id, "period": found["period"], "hash": found["hash"]},
            reason=said or texts.CLOSE_MESSAGES["approved_silently" if approve else "returned_silently"],
            decided_by=decided_by,
        )
        if approve and project_status:
            status, why = project_status
            decide_status(connection, project, Period.parse(found["period"]), status, reason=why, who=decided_by)
        number = 1 + max((row["vintage"] for row in _of_quarter(connection, found)), default=0) if approve else None
        state = "vintage" if approve else "returned"
        connection.execute(
            sa.update(candidate)
            .where(candidate.c.candidate_id == candidate_id)
            .values(
                state=state,
                vintage=number,
                decided_by=decided_by,
                decided_at=sa.func.clock_timestamp(),
                comment=said or None,
                project_status=found["project_status"] | status_of(connection, Period.parse(found["period"])),
            )
        )
    return Decided(candidate_id, found["period"], state, number, decision_id)


def set_report_state(
    engine: sa.Engine, period: Period, vintage: int | None, state: str, who: str, comment: str | None = None
) -> int:
    """Say where a vintage (``None`` = the one in force) stands with the donor; returns its number.

    :class:`ContractError` when there is no such vintage, or it can't go there from where it stands.
    """
    with transaction(engine) as connection:
        lock_warehouse(connection)
        found = vintage_of(connection, period, vintage)
        allowed = NEXT_STATES[found["report_state"]]
        if state not in allowed:
            raise ContractError(_no_way(found, state, allowed))
        subject = {"candidate_id": found["candidate_id"], "period": str(period), "vintage": found["vintage"]}
        decide(
            connection,
            REPORT_STATE,
            subject | {"from": found["report_state"], "to": state},
            reason=(comment or "").strip() or texts.CLOSE_MESSAGES["report_silently"],
            decided_by=who,
        )
        connection.execute(
            sa.update(candidate).where(candidate.c.candidate_id == found["candidate_id"]).values(report_state=state)
        )
        number: int = found["vintage"]
        return number


def _no_way(found: Mapping[str, Any], asked: str, allowed: Sequence[str]) -> str:
    said, names = texts.REFUSALS, texts.REPORT_STATES
    return said["report_state"].format(
        period=found["period"],
        vintage=found["vintage"],
        found=names[found["report_state"]],
        asked=names.get(asked, asked),
        allowed=said["or"].join(f"«{names[state]}»" for state in allowed) or said["accepted"],
    )


def _check_may(project: Project, found: Mapping[str, Any], who: str) -> None:
    if who not in {approver.user for approver in project.framework.approvers}:
        raise ContractError(texts.REFUSALS["no_approver"].format(number=found["candidate_id"], who=who))
    if who == found["prepared_by"]:
        raise ContractError(texts.REFUSALS["preparer"].format(number=found["candidate_id"], who=who))


def _check_base(connection: sa.Connection, found: Mapping[str, Any]) -> None:
    """Each thing counts once only beside the vintages that the candidate knew."""
    vintages = vintages_of(connection)
    if found["kind"] == "inherited":
        own = [row["period"] for row in vintages if row["kind"] != "inherited" and row["period"] <= found["period"]]
        if own:
            periods, refused = ", ".join(dict.fromkeys(own)), texts.REFUSALS["closed_since_import"]
            raise ContractError(refused.format(number=found["candidate_id"], periods=periods))
        return
    now = {row["period"]: row["candidate_id"] for row in vintages}
    changed = sorted(period for period, _ in dict(now).items() ^ dict(found["base"]).items())
    if changed:
        periods, refused = ", ".join(dict.fromkeys(changed)), texts.REFUSALS["published_since"]
        raise ContractError(refused.format(number=found["candidate_id"], periods=periods, period=found["period"]))


def _of_quarter(connection: sa.Connection, found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return vintages_of(connection, Period.parse(found["period"]))
