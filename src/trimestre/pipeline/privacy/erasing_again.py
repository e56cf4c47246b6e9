"""Erasures made again in a warehouse that a backup of before them brought back.

A backup knows nothing of what was erased after it. The decisions that were exported since name the accounts of every
erasure, with source and mark of the key: enough to erase them again, and to bury those that the backup has never seen,
so that no later night brings them in.

Data flow: file of decisions -> erasures without tombstones here -> erased.
"""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import read_yaml
from trimestre.contracts.decisions import ExportedDecision, ExportedDecisions
from trimestre.keys import mark
from trimestre.pipeline.privacy.erasing import DECISION, Person, erase, links_no_others, of_accounts
from trimestre.warehouse.database import transaction


@dataclass(frozen=True)
class ErasedAgain:
    """What became of the erasures of a file."""

    made: int
    """Persons erased now."""
    there: int
    """Persons whose accounts were all erased here already."""
    other_key: int
    """Persons whose accounts were made with another key than this warehouse's: they can't be known by them."""


def exported_erasures(file: Path) -> list[ExportedDecision]:
    """The erasures of a file; :class:`ContractError` when it is no file of decisions."""
    return [found for found in read_yaml(file, ExportedDecisions).decisions if found.kind == DECISION]


def erase_again(engine: sa.Engine, project: Project, erasures: list[ExportedDecision], *, key: bytes) -> ErasedAgain:
    """Make exported erasures, each in its own transaction, with the reason and the name they had; again does nothing.

    :class:`ContractError` when an identifier would begin to link others without the person (see ``links_no_others``).
    """
    made = there = other = 0
    for found in erasures:
        ours = {one.account_key: one.source for one in found.tombstones or () if one.key_mark == mark(key)}
        if not ours:
            other += 1
            continue
        with transaction(engine) as connection:

            def person(accounts: dict[str, str] = ours, connection: sa.Connection = connection) -> Person:
                return links_no_others(connection, of_accounts(connection, accounts), project.identity)

            _, removed = erase(connection, person, key=key, reason=found.reason, decided_by=found.decided_by)
        made, there = made + (removed.decision_id is not None), there + (removed.decision_id is None)
    return ErasedAgain(made, there, other)
