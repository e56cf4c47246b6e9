"""Decisions about persons: made, taken back, exported and imported, and applied at once.

A decision changes no fact: it moves ``person_link`` and ``person`` by a batch of the source ``identity``, which has no
files, so that pins, drift and the quarters to compute see it as they see any other batch.

Data flow: accounts + reason -> ops.decision + ops.batch -> identity -> quarters that may have moved.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import yaml

from trimestre.contracts.base import read_yaml
from trimestre.contracts.decisions import ExportedDecision, ExportedDecisions, ExportedTombstone
from trimestre.errors import ContractError
from trimestre.pipeline.merging import moved_quarters
from trimestre.texts import DECIDED, DECISION_KINDS, IDENTITY_MESSAGES
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import REVOKE, decide, in_force
from trimestre.warehouse.entities import IDENTITY_SOURCE
from trimestre.warehouse.identity import DIFFERENT, MERGE, SPLIT, link_persons

if TYPE_CHECKING:
    from trimestre.contracts import Project

KINDS = {MERGE: 2, SPLIT: 1, DIFFERENT: 2}
"""Decisions that people make about persons -> how many accounts they name at least."""


@dataclass(frozen=True)
class Decided:
    """What a decision about persons did."""

    decision_id: int
    """The decision, or the revocation."""
    batch_id: int
    """The batch that stands for it."""
    changed: bool
    """Whether any person is another one now."""
    quarters: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """What became of a file of decisions."""

    made: int
    there: int
    """Decisions that the warehouse has already, in force or taken back."""
    left_out: tuple[str, ...]
    """Kinds of the others: their numbers mean something in the warehouse only that they come from."""
    batch_id: int | None
    quarters: tuple[str, ...]


def decide_identity(
    engine: sa.Engine, project: "Project", kind: str, accounts: Sequence[str], *, reason: str, decided_by: str
) -> Decided:
    """Make a decision about persons and apply it, in one transaction.

    ``merge_persons``: the accounts are one person. ``split_persons``: they are a person apart from the others of their
    person. ``different_persons``: no two of them are one person; this only takes them off the list of possible pairs.
    :class:`ContractError` when the accounts are not what the kind takes, or there is no reason. Nothing is done then.
    """
    keys = _keys(kind, accounts)
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        _check_known(connection, kind, keys)
        if kind == SPLIT:
            _check_splits(connection, keys)
        number = decide(connection, kind, {"accounts": keys}, reason=reason, decided_by=decided_by)
        message = IDENTITY_MESSAGES[kind].format(decision=number, accounts=len(keys), reason=reason.strip())
        return Decided(number, *_apply(connection, project, at, message, accounts=() if kind == DIFFERENT else keys))


def revoke(engine: sa.Engine, project: "Project", decision_id: int, *, reason: str, decided_by: str) -> Decided:
    """Take back a decision about persons: it never was. :class:`ContractError` for others, and for those taken back."""
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        found = next((d for d in in_force(connection) if d.decision_id == decision_id), None)
        if found is None or found.kind not in KINDS:
            said = DECIDED["no_decision_about_persons"]
            raise ContractError(said.format(decision=decision_id, found=_what_instead(connection, decision_id)))
        number = decide(connection, REVOKE, {"decision_id": decision_id}, reason=reason, decided_by=decided_by)
        message = IDENTITY_MESSAGES[REVOKE].format(decision=number, revoked=decision_id, reason=reason.strip())
        accounts = () if found.kind == DIFFERENT else found.subject["accounts"]
        return Decided(number, *_apply(connection, project, at, message, accounts=accounts))


def _apply(
    connection: sa.Connection,
    project: "Project",
    at: datetime,
    message: str,
    *,
    accounts: Sequence[str] = (),
    everything: bool = False,
) -> tuple[int, bool, tuple[str, ...]]:
    """Link by a batch of its own; that batch, whether any link or person changed, and the quarters it moves."""
    batch_id: int = connection.execute(
        sa.text(
            "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters, message)"
            " VALUES (:source, 'merged', clock_timestamp(), :at, '{}', :message) RETURNING batch_id"
        ),
        {"source": IDENTITY_SOURCE, "at": at, "message": message},
    ).scalar_one()
    changed = link_persons(connection, project, batch_id=batch_id, at=at, accounts=accounts, everything=everything)
    quarters = moved_quarters(connection, project, at) if changed else ()
    connection.execute(
        sa.text("UPDATE ops.batch SET quarters = :quarters WHERE batch_id = :batch_id"),
        {"quarters": list(quarters), "batch_id": batch_id},
    )
    return batch_id, changed, quarters


# ---------------------------------------------------------------- what may be decided
def _keys(kind: str, accounts: Sequence[str]) -> list[str]:
    """The different account keys, sorted, as PostgreSQL writes them."""
    if kind not in KINDS:
        raise ContractError(DECIDED["kind"].format(kind=kind, known=", ".join(KINDS)))
    keys = set()
    for number, account in enumerate(accounts, start=1):
        try:
            keys.add(str(uuid.UUID(str(account).strip())))
        except ValueError:  # what was typed may be an e-mail: it is not repeated
            raise ContractError(DECIDED["no_key"].format(kind=DECISION_KINDS[kind], place=number)) from None
    if len(keys) < KINDS[kind]:
        said = DECIDED["few_accounts"]
        raise ContractError(said.format(kind=DECISION_KINDS[kind], found=len(keys), least=KINDS[kind]))
    return sorted(keys)


def _check_known(connection: sa.Connection, kind: str, keys: Sequence[str]) -> None:
    unknown = connection.scalars(
        sa.text(
            "SELECT CAST(k.account_key AS text) FROM unnest(CAST(:keys AS uuid[])) AS k (account_key)"
            " WHERE NOT EXISTS (SELECT 1 FROM warehouse.person_link AS l"
            " WHERE l.account_key = k.account_key AND l.valid_to = 'infinity') ORDER BY 1"
        ),
        {"keys": list(keys)},
    ).all()
    if unknown:
        raise ContractError(DECIDED["unknown_accounts"].format(kind=DECISION_KINDS[kind], keys=", ".join(unknown)))


def _check_splits(connection: sa.Connection, keys: Sequence[str]) -> None:
    """A split takes accounts out of one person, and leaves some in it."""
    members = connection.execute(
        sa.text(
            "SELECT count(DISTINCT k.person_key) AS persons, count(DISTINCT o.account_key) AS accounts"
            " FROM warehouse.person_link AS k INNER JOIN warehouse.person_link AS o ON k.person_key = o.person_key"
            " WHERE k.valid_to = 'infinity' AND o.valid_to = 'infinity'"
            " AND k.account_key = ANY(CAST(:keys AS uuid[]))"
        ),
        {"keys": list(keys)},
    ).one()
    problem = None
    if members.persons > 1:
        problem = DECIDED["split_of_several"].format(persons=members.persons)
    elif members.accounts == len(keys):
        problem = DECIDED["split_of_all"]
    if problem:
        raise ContractError(DECIDED["split"].format(kind=DECISION_KINDS[SPLIT], problem=problem))


def _what_instead(connection: sa.Connection, decision_id: int) -> str:
    """Why a decision can't be revoked here."""
    row = connection.execute(
        sa.text(
            "SELECT d.kind, (SELECT min(r.decision_id) FROM ops.decision AS r WHERE r.kind = :revoke"
            " AND CAST(r.subject ->> 'decision_id' AS bigint) = d.decision_id) AS by"
            " FROM ops.decision AS d WHERE d.decision_id = :decision_id"
        ),
        {"decision_id": decision_id, "revoke": REVOKE},
    ).one_or_none()
    if row is None:
        return DECIDED["no_such_decision"]
    if row.by is not None:
        return DECIDED["taken_back_already"].format(decision=row.by)
    return DECIDED["of_another_kind"].format(kind=DECISION_KINDS.get(row.kind, row.kind))


# ---------------------------------------------------------------- to a file and back
def export_decisions(connection: sa.Connection) -> list[ExportedDecision]:
    """Every decision in force in its order; of a correction the names of its fields, never their values."""
    rows = connection.execute(
        sa.text("SELECT decision_id, array_agg(field ORDER BY field) AS fields FROM quarantine.correction GROUP BY 1")
    )
    fields = {row.decision_id: tuple(row.fields) for row in rows}
    buried: dict[int, list[ExportedTombstone]] = {}
    for row in connection.execute(
        sa.text("SELECT t.decision_id, CAST(t.account_key AS text) AS account_key, t.source, t.key_mark"
                " FROM restricted.tombstone AS t INNER JOIN ops.decision AS d ON t.decision_id = d.decision_id"
                " WHERE d.kind = 'erase_person' ORDER BY t.account_key")  # retention erases again by itself
    ):  # fmt: skip
        buried.setdefault(row.decision_id, []).append(
            ExportedTombstone(account_key=row.account_key, source=row.source, key_mark=row.key_mark)
        )
    return [
        ExportedDecision(
            kind=found.kind,
            subject=found.subject,
            reason=found.reason,
            decided_by=found.decided_by,
            decided_at=found.decided_at.isoformat(),
            fields=fields.get(found.decision_id),
            tombstones=tuple(buried[found.decision_id]) if found.decision_id in buried else None,
        )
        for found in in_force(connection)
    ]


def as_yaml(decisions: Sequence[ExportedDecision]) -> str:
    """The text of the file that :func:`import_decisions` reads."""
    items = []
    for found in decisions:
        items.append(found.model_dump(mode="json", exclude_none=True) | {"decided_at": found.decided_at.isoformat()})
    return yaml.safe_dump({"decisions": items}, allow_unicode=True, sort_keys=False, width=120)


def import_decisions(engine: sa.Engine, project: "Project", file: Path) -> Imported:
    """Make the decisions about persons of a file, each as of its own time, and apply them; again, it does nothing.

    Decisions about retained rows, batches and erasures are left out: they name numbers of the warehouse they come from,
    and do more than a row says. :class:`ContractError` when the file is wrong or names unknown accounts.
    """
    wanted = [_normalised(found) for found in read_yaml(file, ExportedDecisions).decisions]
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        there = {_identity(row) for row in connection.execute(sa.text("SELECT * FROM ops.decision")).mappings()}
        new = [found for found in wanted if _identity(found) not in there]
        own = [found for found in new if found["kind"] in KINDS]
        for found in own:
            _check_known(connection, found["kind"], found["subject"]["accounts"])
        left_out = tuple(sorted({found["kind"] for found in new} - set(KINDS)))
        if not own:
            return Imported(0, len(wanted) - len(new), left_out, None, ())
        connection.execute(
            sa.text(
                "INSERT INTO ops.decision (kind, subject, reason, decided_by, decided_at)"
                " VALUES (:kind, CAST(:subject AS jsonb), :reason, :decided_by, :decided_at)"
            ),
            [found | {"subject": json.dumps(found["subject"])} for found in own],
        )
        message = IDENTITY_MESSAGES["imported"].format(decisions=len(own))
        batch_id, _, quarters = _apply(connection, project, at, message, everything=True)
    return Imported(len(own), len(wanted) - len(new), left_out, batch_id, quarters)


def _normalised(found: ExportedDecision) -> dict[str, Any]:
    """A decision of a file as a row of ``ops.decision``; accounts of those about persons as they are stored."""
    row = found.model_dump(exclude={"fields", "tombstones"})
    if found.kind in KINDS:
        if set(found.subject) != {"accounts"} or not isinstance(found.subject["accounts"], list):
            raise ContractError(DECIDED["subject"].format(kind=found.kind))
        row["subject"] = {"accounts": _keys(found.kind, found.subject["accounts"])}
    return row


def _identity(row: Any) -> tuple[str, str, datetime]:
    """What a decision is known by in two warehouses."""
    return row["kind"], json.dumps(row["subject"], sort_keys=True), row["decided_at"]
