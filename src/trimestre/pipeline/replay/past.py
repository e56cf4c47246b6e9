"""The past of a vintage: which batches, files and decisions stood behind it, as the warehouse's records tell.

Steps are in the order of the merges. A decision that moves rows (accepting, correcting, taking that back) belongs to
the batch without files that applied it: both are written under the warehouse lock, so it was decided after the instant
of that batch and before that of the next one. Decisions until a source was made anew hold from its first batch on, as
they did there.


Data flow: results.candidate -> ops.batch, ops.landed_file, ops.decision up to its newest merge -> Past.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from trimestre.errors import PermanentError
from trimestre.indicators.evidence import pins_at
from trimestre.pipeline.landing import landed_files, verify
from trimestre.pipeline.quarantine.honouring import ACCEPT, CORRECT
from trimestre.texts import REPRODUCE
from trimestre.warehouse.decisions import REVOKE, Decision
from trimestre.warehouse.entities import IDENTITY_SOURCE
from trimestre.warehouse.identity import DIFFERENT, MERGE, SPLIT
from trimestre.warehouse.sqlfiles import statement

_OF_ROWS = (ACCEPT, CORRECT)
_OF_PERSONS = (MERGE, SPLIT, DIFFERENT)


class NotReproducible(PermanentError):
    """A vintage can't be worked out from its landed files; says why in Spanish, for whoever asked."""


@dataclass(frozen=True)
class Step:
    """One batch that moved what was known."""

    batch_id: int
    source: str
    landed_at: datetime
    files: bool
    """Whether it brought landed files; else it is a withdrawal or decisions about rows."""
    withdraws: int | None
    decisions: tuple[Decision, ...] = ()
    """What it applied to rows, in order."""


@dataclass(frozen=True)
class Past:
    """What was known for a vintage."""

    candidate: Mapping[str, Any] = field(repr=False)
    steps: tuple[Step, ...]
    from_the_start: tuple[Decision, ...]
    """Decisions that hold from the first batch on: about persons, about what shrank, and of replayed sources."""
    erased: tuple[tuple[str, ...], ...] = field(repr=False)
    """Accounts of each person with an erased one, as they were linked then."""
    contract: Mapping[str, str] = field(repr=False)
    """Path below the project -> text of its YAML."""

    @property
    def delivered(self) -> list[int]:
        """The batches with files."""
        return [step.batch_id for step in self.steps if step.files]


def past_of(connection: sa.Connection, candidate: Mapping[str, Any], landing: Path) -> Past:
    """What stood behind a vintage, its landed files verified.

    :class:`NotReproducible` when files were removed by retention or are damaged, or its contract is not kept.
    """
    contract = connection.execute(
        sa.text("SELECT files FROM restricted.contract WHERE digest = :digest"), {"digest": candidate["contract"]}
    ).scalar()
    if contract is None:
        raise NotReproducible(REPRODUCE["no_contract"].format(period=candidate["period"]))
    until = max(pins_at(connection, candidate["pins"]).instants.values())
    later = connection.execute(
        sa.text("SELECT min(merged_at) FROM ops.batch WHERE merged_at > :until"), {"until": until}
    ).scalar()
    decisions = _decisions(connection, later)
    replayed = _replayed(connection, until)
    steps = _steps(connection, until, later, decisions, replayed)
    erased = connection.scalars(sa.text(statement("scratch/erased")), {"at": until}).all()
    past = Past(
        candidate=candidate,
        steps=steps,
        from_the_start=_from_the_start(decisions, steps),
        erased=tuple(tuple(accounts) for accounts in erased),
        contract=contract,
    )
    _check_files(connection, past, landing)
    return past


def _decisions(connection: sa.Connection, before: datetime | None) -> list[Decision]:
    """All decisions before an instant, in their order, revocations included."""
    rows = connection.execute(
        sa.text(
            "SELECT decision_id, kind, subject, reason, decided_by, decided_at FROM ops.decision"
            " WHERE decided_at < :before OR CAST(:before AS timestamptz) IS NULL ORDER BY decision_id"
        ),
        {"before": before},
    )
    return [Decision(**row._mapping) for row in rows]


def _replayed(connection: sa.Connection, until: datetime) -> dict[str, datetime]:
    """Source -> when it was last made anew by then: its decisions until then hold from its first batch on."""
    rows = connection.execute(
        sa.text(
            "SELECT source, max(replayed_at) AS at FROM ops.batch WHERE replayed_at <= :until AND merged_at <= :until"
            " GROUP BY source"
        ),
        {"until": until},
    )
    return {row.source: row.at for row in rows}


def _steps(
    connection: sa.Connection,
    until: datetime,
    later: datetime | None,
    decisions: list[Decision],
    replayed: Mapping[str, datetime],
) -> tuple[Step, ...]:
    rows = connection.execute(
        sa.text(
            "SELECT batch_id, source, merged_at, coalesce(landed_at, started_at) AS landed_at, withdraws,"
            " fingerprint IS NOT NULL AS files FROM ops.batch WHERE merged_at <= :until ORDER BY merged_at"
        ),
        {"until": until},
    ).all()
    sources = _sources(decisions)

    def before_replay(row: Any) -> bool:
        return row.source in replayed and row.merged_at < replayed[row.source]

    undone = {row.withdraws for row in rows if row.withdraws and before_replay(row)}
    steps = []
    for row, following in zip(rows, [*(row.merged_at for row in rows[1:]), later], strict=True):
        if row.source == IDENTITY_SOURCE or row.batch_id in undone or row.withdraws in undone:
            continue
        own: tuple[Decision, ...] = ()
        if not row.files and not row.withdraws and not before_replay(row):
            own = tuple(
                decision
                for decision in decisions
                if sources.get(decision.decision_id) == row.source
                and decision.decided_at >= row.merged_at
                and (following is None or decision.decided_at < following)
            )
        if row.files or row.withdraws or own:
            steps.append(Step(row.batch_id, row.source, row.landed_at, row.files, row.withdraws, own))
    return tuple(steps)


def _sources(decisions: list[Decision]) -> dict[int, str]:
    """Decision about rows, or one that takes such a one back -> its source."""
    sources = {item.decision_id: str(item.subject["source"]) for item in decisions if item.kind in _OF_ROWS}
    for item in decisions:
        if item.kind == REVOKE and (revoked := int(item.subject["decision_id"])) in sources:
            sources[item.decision_id] = sources[revoked]
    return sources


def _from_the_start(decisions: list[Decision], steps: tuple[Step, ...]) -> tuple[Decision, ...]:
    """What no step applies: of rows, what is left; of persons and shrunk deliveries, all; what takes that back."""
    applied = {decision.decision_id for step in steps for decision in step.decisions}
    kinds = {decision.decision_id: decision.kind for decision in decisions}

    def holds(decision: Decision) -> bool:
        kind = kinds.get(int(decision.subject["decision_id"])) if decision.kind == REVOKE else decision.kind
        return kind in (*_OF_ROWS, *_OF_PERSONS, "accept_shrink") and decision.decision_id not in applied

    return tuple(filter(holds, decisions))


def _check_files(connection: sa.Connection, past: Past, landing: Path) -> None:
    """Refuse before anything is done where a landed file is gone."""
    removed = connection.execute(
        sa.text(
            "SELECT count(*) AS files, min(batch_id) AS batch_id, string_agg(DISTINCT source, ', ') AS sources,"
            " max(removed_at) AS removed_at FROM ops.landed_file WHERE batch_id = ANY(:ids) AND removed_at IS NOT NULL"
        ),
        {"ids": past.delivered},
    ).one()
    if removed.files:
        raise NotReproducible(
            REPRODUCE["removed"].format(
                files=removed.files, sources=removed.sources, day=f"{removed.removed_at:%d/%m/%Y}"
            )
        )
    for step in past.steps:
        if step.files:
            try:
                verify(landed_files(connection, landing, step.batch_id))
            except PermanentError as error:
                raise NotReproducible(
                    REPRODUCE["damaged"].format(batch=step.batch_id, source=step.source, error=error)
                ) from None
