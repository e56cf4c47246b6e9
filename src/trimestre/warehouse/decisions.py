"""What people decide: rows of ``ops.decision`` with who, when and why, honoured by every night and every replay.

A decision is never changed or deleted; another one of the kind ``revoke`` takes it back. Its subject holds keys and
numbers only: what a person wrote in place of a value stands in ``quarantine.correction``.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.errors import ContractError

REVOKE = "revoke"

_PERSONAL = re.compile(r"[^\s@]@[^\s@]|\b[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HMX][A-Z]{2}[A-Z0-9]{5}\b", re.IGNORECASE)
"""An e-mail or a CURP: what can be told for personal data by its form."""


@dataclass(frozen=True)
class Decision:
    """One decision of a person."""

    decision_id: int
    kind: str
    subject: dict[str, Any]
    reason: str
    decided_by: str
    decided_at: datetime


def is_personal(text: str) -> bool:
    """Whether a text has an e-mail or a CURP in it."""
    return _PERSONAL.search(text) is not None


def plain_reason(what: str, reason: str) -> str:
    """The reason as it may be stored for good and shown to many; :class:`ContractError` when there is none, or one
    with an e-mail or a CURP in it. ``what``, in Spanish, begins the message."""
    if not reason.strip():
        raise ContractError(texts.REFUSALS["no_reason"].format(what=what))
    if is_personal(reason):
        raise ContractError(texts.REFUSALS["personal"].format(what=what))
    return reason.strip()


def decide(connection: sa.Connection, kind: str, subject: dict[str, Any], *, reason: str, decided_by: str) -> int:
    """Store a decision in the open transaction and return its number; see :func:`plain_reason`."""
    what = texts.REFUSALS["decision"].format(kind=texts.DECISION_KINDS.get(kind, kind))
    reason = plain_reason(what, reason)
    number: int = connection.execute(
        sa.text(
            "INSERT INTO ops.decision (kind, subject, reason, decided_by, decided_at)"
            " VALUES (:kind, CAST(:subject AS jsonb), :reason, :decided_by, clock_timestamp()) RETURNING decision_id"
        ),
        {"kind": kind, "subject": json.dumps(subject), "reason": reason, "decided_by": decided_by},
    ).scalar_one()
    return number


def in_force(connection: sa.Connection, *kinds: str) -> list[Decision]:
    """The decisions of these kinds (all without any) that nobody took back, in their order."""
    rows = connection.execute(
        sa.text(
            "SELECT d.decision_id, d.kind, d.subject, d.reason, d.decided_by, d.decided_at FROM ops.decision AS d"
            " WHERE (d.kind = ANY(:kinds) OR :all) AND d.kind <> :revoke AND NOT EXISTS ("
            "   SELECT 1 FROM ops.decision AS r WHERE r.kind = :revoke"
            "   AND CAST(r.subject ->> 'decision_id' AS bigint) = d.decision_id) ORDER BY d.decision_id"
        ),
        {"kinds": list(kinds), "all": not kinds, "revoke": REVOKE},
    )
    return [Decision(**row._mapping) for row in rows]
