"""A verification sample: some counted rows of an indicator, drawn at random and always the same, with who they are.

The seed is the computation, unless another one is agreed on: whoever draws again gets the same rows, and nobody can
choose them. Each sample with names is a look (``ops.look``). What comparing it with the means of verification gave is a
decision, for the data quality assessment.

Data flow: evidence at the pins of the newest computation -> n rows -> names from ``restricted``, landed file, position;
rows compared and agreed -> ops.decision.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.indicators.values import evidence_rows
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.privacy import looked

VERIFICATION = "verification"
"""Kind of the decision."""


@dataclass(frozen=True)
class Sampled:
    """One row of a sample."""

    evidence: dict[str, Any]
    """As ``sql/evidence/*.sql`` returns it."""
    path: str | None
    """Landed file it came from, below the landing folder."""
    identity: dict[str, str | None] = field(repr=False)
    """local_id, full_name, email, legal_id; empty where nobody is known or names were not asked for."""


def sample(
    connection: sa.Connection,
    project: Project,
    code: str,
    period: Period,
    *,
    rows: int,
    reason: str,
    who: str,
    names: bool,
    seed: str | None = None,
) -> list[Sampled]:
    """Draw ``rows`` of the counted rows of an indicator and quarter; with ``names`` the look is logged.

    ``seed``: which rows; without one the number of the computation.
    :class:`ContractError` when the quarter was not computed, or names are asked for without a reason.
    """
    computation = _computation(connection, period)
    seed = str(computation) if seed is None else seed
    counted = [row for row in evidence_rows(connection, project, code, period) if row["excluded"] is None]
    counted.sort(key=lambda row: hashlib.sha256(f"{seed}/{row['evidence_key']}".encode()).digest())
    drawn = counted[:rows]
    identities = _identities(connection, drawn) if names else {}
    paths = _paths(connection, drawn)
    if names:
        keys = [str(row["account_key"]) for row in drawn if row["account_key"] is not None]
        subject = {
            "indicator": code, "period": str(period), "computation_id": computation, "seed": seed, "accounts": keys,
        }  # fmt: skip
        looked(connection, "verification_sample", subject, reason=reason, who=who, rows=len(drawn))
    return [
        Sampled(row, paths.get(row["landed_file_id"]), identities.get((row["account_key"], row["source"]), {}))
        for row in drawn
    ]


def record_result(
    connection: sa.Connection,
    project: Project,
    code: str,
    period: Period,
    *,
    rows: int,
    agreed: int,
    reason: str,
    who: str,
) -> int:
    """Keep how many rows of a sample agreed with their means of verification; returns the number of the decision.

    :class:`ContractError` when no sample with names was ever drawn of the indicator and quarter, when more rows agreed
    than were compared or more were compared than drawn, without a reason, or with personal data in it.
    """
    indicator = project.indicator(code)
    drawn = connection.execute(
        sa.text(
            "SELECT max(k.rows) FROM ops.look AS k WHERE k.kind = 'verification_sample'"
            " AND k.subject ->> 'indicator' = :code AND k.subject ->> 'period' = :period"
        ),
        {"code": indicator.code, "period": str(period)},
    ).scalar()
    if drawn is None:
        raise ContractError(REFUSALS["no_sample"].format(code=code, period=period))
    if not 0 < rows <= drawn or not 0 <= agreed <= rows:
        numbers = {"agreed": agreed, "rows": rows, "drawn": drawn}
        raise ContractError(REFUSALS["sample_numbers"].format(code=code, period=period, **numbers))
    subject = {
        "indicator": indicator.code, "period": str(period), "computation_id": _computation(connection, period),
        "rows": rows, "agreed": agreed,
    }  # fmt: skip
    return decide(connection, VERIFICATION, subject, reason=reason, decided_by=who)


def _computation(connection: sa.Connection, period: Period) -> int:
    computation: int | None = connection.execute(
        sa.text("SELECT computation_id FROM results.computation WHERE period = :period AND current"),
        {"period": str(period)},
    ).scalar()
    if computation is None:
        raise ContractError(REFUSALS["no_computation"].format(period=period))
    return computation


def _identities(connection: sa.Connection, drawn: list[dict[str, Any]]) -> dict[Any, dict[str, str | None]]:
    """(account_key, source) -> who it is."""
    rows = connection.execute(
        sa.text(
            "SELECT account_key, source, local_id, full_name, email, legal_id FROM restricted.account_identity"
            " WHERE valid_to = 'infinity' AND account_key = ANY(:keys)"
        ),
        {"keys": [row["account_key"] for row in drawn if row["account_key"] is not None]},
    )
    return {
        (row.account_key, row.source): {
            "local_id": row.local_id, "full_name": row.full_name, "email": row.email, "legal_id": row.legal_id,
        }
        for row in rows
    }  # fmt: skip


def _paths(connection: sa.Connection, drawn: list[dict[str, Any]]) -> dict[int, str]:
    """Landed file -> its path, or that retention removed it."""
    rows = connection.execute(
        sa.text("SELECT landed_file_id, path FROM ops.landed_file WHERE landed_file_id = ANY(:ids)"),
        {"ids": [row["landed_file_id"] for row in drawn if row["landed_file_id"] is not None]},
    )
    return {row.landed_file_id: row.path for row in rows}
