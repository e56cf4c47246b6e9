"""Persons to review: pairs that may be one person, and persons of whom sources contradict each other.

Only keys, sources and reasons: who they are is asked for separately, and logged (see ``privacy``).

Data flow: names, institutions and legal ids of current persons - decisions in force -> possible pairs.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import sqlalchemy as sa

from trimestre.warehouse.decisions import in_force
from trimestre.warehouse.identity import DIFFERENT, curp_digit, whole
from trimestre.warehouse.sqlfiles import statement

if TYPE_CHECKING:
    from trimestre.contracts import Project

MOST = 5
"""More persons of one name in one institution are one row: two of them, and how many others there are."""


@dataclass(frozen=True)
class PossiblePair:
    """Two persons that may be one, or (``sex_conflict``) one person by two accounts that contradict each other."""

    kind: Literal["same_name", "wrong_legal_id", "sex_conflict"]
    person_a: UUID
    account_a: UUID
    source_a: str
    reason_a: str
    person_b: UUID
    account_b: UUID
    source_b: str
    reason_b: str
    institution: str | None
    others: int


def possible_pairs(connection: sa.Connection, project: "Project") -> list[PossiblePair]:
    """The cases to review, always in the same order: by kind, institution and persons."""
    dismissed = [
        (decision.decision_id, account)
        for decision in in_force(connection, DIFFERENT)
        for account in decision.subject["accounts"]
    ]
    rows = connection.execute(
        sa.text(statement("identity/pairs", curpdigit=curp_digit("m.legal_id"))),
        {
            "decisions": [decision for decision, _ in dismissed],
            "accounts": [account for _, account in dismissed],
            "curp": project.identity.legal_id_check_digit == "curp",
            "legal_id_pattern": whole(project.identity.legal_id_pattern),
            "most": MOST,
        },
    )
    return [PossiblePair(**row._mapping) for row in rows]


def names_of(connection: sa.Connection, pairs: list[PossiblePair]) -> dict[UUID, str]:
    """Account -> name of the accounts of some pairs (personal data: log the look in the same transaction)."""
    accounts = {account for pair in pairs for account in (pair.account_a, pair.account_b)}
    rows = connection.execute(
        sa.text(
            "SELECT account_key, full_name FROM restricted.account_identity"
            " WHERE valid_to = 'infinity' AND full_name IS NOT NULL AND account_key = ANY(:accounts)"
        ),
        {"accounts": sorted(accounts)},
    )
    return {row.account_key: row.full_name for row in rows}
