"""What is known of how the figures of a quarter came to be: the facts a data quality assessment (DQA) asks for.

Counts only, nobody's data. Of an official version: what its batches brought and the rows it keeps; of a preliminary
quarter: what is known today.

Data flow: pins -> ops.batch, row_account, rule_result; results.evidence (else marts.exclusion) -> Facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.indicators.sampling import VERIFICATION
from trimestre.periods import Period
from trimestre.warehouse.decisions import in_force
from trimestre.warehouse.sqlfiles import read

if TYPE_CHECKING:
    from trimestre.reports.quarter import Quarter


@dataclass(frozen=True)
class SourceFacts:
    """What one source brought up to the batch that the figures knew, in rows."""

    batches: int
    last_merged_at: datetime | None
    landed: int
    merged: int
    quarantined: int
    repeated: int
    checked: int
    """Row by rule: how often a row was judged by a rule."""
    failed_critical: int
    failed_warning: int


@dataclass(frozen=True)
class EvidenceFacts:
    """The rows behind the official line of one indicator."""

    counted: int
    late: int
    estimated: int
    """Counted rows whose instant is estimated."""
    sources: tuple[str, ...]
    files: int
    """Landed files that they came in."""
    excluded: Mapping[str, int]
    """Reason -> rows that do not count."""


@dataclass(frozen=True)
class Verification:
    """What comparing a sample with its means of verification gave."""

    rows: int
    agreed: int
    by: str
    at: datetime
    comment: str


@dataclass(frozen=True)
class Facts:
    """How the figures of a quarter came to be."""

    sources: Mapping[str, SourceFacts]
    evidence: Mapping[str, EvidenceFacts]
    """By indicator; one with no rows at all is missing."""
    several_accounts: int
    """Persons that are known by more than one account."""
    identity_decisions: int
    """Decisions of people about who is who, in force."""
    retained: Mapping[str, int]
    """Source -> rows held back today that nobody mended or accepted."""
    verifications: Mapping[str, tuple[Verification, ...]]
    """By indicator, oldest first."""


def with_facts(connection: sa.Connection, quarter: "Quarter") -> "Quarter":
    """The quarter with the facts behind its figures."""
    return replace(quarter, facts=facts_of(connection, quarter))


def facts_of(connection: sa.Connection, quarter: "Quarter") -> Facts:
    """The facts behind the figures of a quarter."""
    candidate_id, period = quarter.version.candidate_id, str(quarter.period)
    known = {"candidate_id": candidate_id, "period": period}
    sources = connection.execute(sa.text(read("reports/sources")), known)
    behind = connection.execute(sa.text(read(f"reports/{'behind' if candidate_id else 'behind_today'}")), known)
    people = connection.execute(sa.text(read("reports/several_accounts")), known).scalar_one()
    retained = connection.execute(sa.text(read("reports/retained")), known)
    return Facts(
        sources={row.source: SourceFacts(**_without(row, "source")) for row in sources},
        evidence=_evidence(behind),
        several_accounts=people,
        identity_decisions=len(in_force(connection, "merge_persons", "split_persons", "different_persons")),
        retained={row.source: row.rows for row in retained},
        verifications=_verifications(connection, quarter.period),
    )


def _evidence(rows: sa.CursorResult[Any]) -> dict[str, EvidenceFacts]:
    """One row per indicator and reason (null = counted) -> facts by indicator."""
    grouped: dict[str, list[sa.Row[Any]]] = {}
    for row in rows:
        grouped.setdefault(row.indicator, []).append(row)
    found = {}
    for indicator, parts in grouped.items():
        counted = [row for row in parts if row.excluded is None]
        found[indicator] = EvidenceFacts(
            counted=sum(row.rows for row in counted),
            late=sum(row.late for row in counted),
            estimated=sum(row.estimated for row in counted),
            sources=tuple(sorted({source for row in parts for source in row.sources})),
            files=max((row.files for row in counted), default=0),
            excluded={row.excluded: row.rows for row in parts if row.excluded is not None},
        )
    return found


def _verifications(connection: sa.Connection, period: Period) -> dict[str, tuple[Verification, ...]]:
    found: dict[str, tuple[Verification, ...]] = {}
    for said in in_force(connection, VERIFICATION):
        if said.subject["period"] == str(period):
            result = Verification(
                int(said.subject["rows"]), int(said.subject["agreed"]), said.decided_by, said.decided_at, said.reason
            )
            found[said.subject["indicator"]] = (*found.get(said.subject["indicator"], ()), result)
    return found


def _without(row: sa.Row[Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if key != name}
