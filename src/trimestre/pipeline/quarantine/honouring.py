"""What people decided about retained rows, honoured wherever rows of their content are staged and judged again.

A decision is about what a staged row says (its content, without batch and account key), so that it holds in every later
night, under another contract, after a replay and with a rotated key. Values stand in ``quarantine.correction`` only.

Data flow: ops.decision in force + quarantine.correction -> staging.<entity> (corrected), staging.failed_row (accepted:
a warning); suites -> ops.rule.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.contracts.common_rules import COMMON_RULES
from trimestre.warehouse.database import planned
from trimestre.warehouse.decisions import in_force
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import CONTENT_HASH, statement

if TYPE_CHECKING:
    from trimestre.contracts import Project

ACCEPT, CORRECT = "accept_row", "correct_row"
"""Kinds of decisions about retained rows."""

EVERY_ENTITY = "*"
"""The entity under which ``ops.rule`` holds the rules that stand in no suite."""

Subject = dict[str, Any]
"""What a decision is about: source, dataset, entity, row_hash (hex), retained_id, and rule or fields."""


def honour(connection: sa.Connection, project: "Project", source: str, batch_id: int) -> None:
    """Correct the staged rows of a batch that people corrected, and mark those that they accepted."""
    decisions = [d for d in in_force(connection, ACCEPT, CORRECT) if d.subject["source"] == source]
    if not decisions:
        return
    apply_corrections(
        connection, batch_id, [d.subject | {"decision_id": d.decision_id} for d in decisions if d.kind == CORRECT]
    )
    mark_accepted(connection, project, batch_id, [d.subject for d in decisions if d.kind == ACCEPT])


def apply_corrections(connection: sa.Connection, batch_id: int, corrections: Sequence[Subject]) -> None:
    """Apply corrections (with their ``decision_id``) in their order; one may be about what another one wrote."""
    for entity in _entities(corrections):
        fields = ENTITIES[entity].fields
        text = statement(
            "retained/correct",
            staged=f"staging.{entity}",
            contenthash=CONTENT_HASH,
            fields=", ".join(fields),
            nfields=", ".join(f"(n.corrected).{name}" for name in fields),
        )
        own: dict[tuple[str, str], Subject] = {}
        for item in corrections:
            if item["entity"] == entity:  # the first about some content leaves nothing to the others
                own.setdefault((item["dataset"], item["row_hash"]), item)
        for _ in own:
            if not connection.execute(
                sa.text(text), {"batch_id": batch_id, "decisions": _listed(own.values())}
            ).rowcount:
                break


def mark_accepted(connection: sa.Connection, project: "Project", batch_id: int, acceptances: Sequence[Subject]) -> None:
    """Mark the staged rows that people accepted, rule by rule, where the rule may still be accepted."""
    for entity in _entities(acceptances):
        suite = project.suites.get(entity)
        allowed = {rule.rule for rule in suite.rules if rule.acceptable} if suite else set()
        own = [item for item in acceptances if item["entity"] == entity and item["rule"] in allowed]
        connection.execute(
            sa.text(statement("retained/accept", staged=f"staging.{entity}", contenthash=CONTENT_HASH)),
            {"batch_id": batch_id, "entity": entity, "decisions": _listed(own)},
        )


def warn_of_accepted(connection: sa.Connection, batch_id: int) -> None:
    """Let rules only warn of the judged rows that were marked as accepted."""
    # By hashing: nobody told the planner how many rows just failed, and it would compare each with each.
    with planned(connection, enable_nestloop="off", enable_mergejoin="off"):
        connection.execute(sa.text(statement("retained/warn")), {"batch_id": batch_id})


def tell_rules(connection: sa.Connection, project: "Project") -> None:
    """Bring ops.rule up to date: what each rule checks, why, and how it is mended."""
    told = [(suite.entity, rule) for suite in project.suites.values() for rule in suite.rules]
    told += [(EVERY_ENTITY, rule) for rule in COMMON_RULES.values()]
    columns = {"rule", "severity", "acceptable", "what", "why", "how_to_fix"}
    rules = [{"entity": entity, **rule.model_dump(include=columns)} for entity, rule in told]
    connection.execute(sa.text(statement("retained/rules")), {"rules": json.dumps(rules)})


def _entities(subjects: Sequence[Subject]) -> list[str]:
    return sorted({item["entity"] for item in subjects} & set(ENTITIES))


def _listed(subjects: Any) -> str:
    return json.dumps(list(subjects))
