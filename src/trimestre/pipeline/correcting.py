"""The reviewed corrections of ``framework/corrections.yaml``, applied to the staged rows of a batch.

A correction that says what it expects is applied only where the source still says so. Where it does not, the source
changed it since: the row stays as it came, and the batch says that the correction waits for a decision.

Data flow: staging.<entity> + corrections -> staging.<entity>, ops.rule_result (rule ``correccion_por_revisar``).
"""

import logging
from collections import Counter
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.texts import BATCH_MESSAGES, NIGHT
from trimestre.texts import ENTITIES as NAMES
from trimestre.warehouse.entities import ENTITIES

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.contracts.corrections import Correction

log = logging.getLogger(__name__)

TO_REVIEW = "correccion_por_revisar"
"""The rule that counts rows whose source changed since a correction was written."""


def correct(connection: sa.Connection, project: "Project", source: str, batch_id: int) -> None:
    """Apply the corrections of a source to one batch, in their order."""
    checked: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    for correction in project.corrections.corrections:
        if correction.source != source:
            continue
        check_fields(correction)
        rows, corrected = _apply(connection, correction, batch_id)
        if correction.expect:
            checked[correction.entity] += rows
            changed[correction.entity] += rows - corrected
    for entity, rows in checked.items():
        connection.execute(
            sa.text(
                "INSERT INTO ops.rule_result (batch_id, entity, rule, severity, checked, failed)"
                " VALUES (:batch_id, :entity, :rule, 'warning', :checked, :failed)"
            ),
            {
                "batch_id": batch_id, "entity": entity, "rule": TO_REVIEW, "checked": rows, "failed": changed[entity],
            },
        )  # fmt: skip
        if changed[entity]:
            _say(connection, source, batch_id, entity, changed[entity])


def forget_reviews(connection: sa.Connection, batch_id: int) -> None:
    """Take back what an earlier staging of the batch found."""
    connection.execute(
        sa.text("DELETE FROM ops.rule_result WHERE batch_id = :batch_id AND rule = :rule"),
        {"batch_id": batch_id, "rule": TO_REVIEW},
    )


def check_fields(correction: "Correction") -> None:
    """Raise :class:`ContractError` for a correction of an entity or a field that there is not."""
    fields = {*ENTITIES[correction.entity].fields} if correction.entity in ENTITIES else set()
    unknown = sorted((set(correction.where) | set(correction.expect) | set(correction.set)) - fields)
    if unknown:
        raise ContractError(
            NIGHT["correction_fields"].format(
                entity=correction.entity, unknown=", ".join(unknown), known=", ".join(sorted(fields))
            )
        )


def _apply(connection: sa.Connection, correction: "Correction", batch_id: int) -> tuple[int, int]:
    """Rows that the correction is about, and how many of them it was applied to."""
    changes = ", ".join(f"{name} = :set_{name}" for name in correction.set)
    condition = " AND ".join(f"{name} = :where_{name}" for name in correction.where)
    expected = " AND ".join(f"{name} IS NOT DISTINCT FROM :expect_{name}" for name in correction.expect) or "TRUE"
    parameters = (
        {"batch_id": batch_id}
        | {f"where_{name}": value for name, value in correction.where.items()}
        | {f"expect_{name}": value for name, value in correction.expect.items()}
    )
    rows = 0
    if correction.expect:  # counted before: what is set may be what picked the row
        rows = connection.execute(
            sa.text(f"SELECT count(*) FROM staging.{correction.entity} WHERE batch_id = :batch_id AND {condition}"),
            {name: value for name, value in parameters.items() if not name.startswith("expect_")},
        ).scalar_one()
    corrected = connection.execute(
        sa.text(
            f"UPDATE staging.{correction.entity} SET {changes}"
            f" WHERE batch_id = :batch_id AND {condition} AND {expected}"
        ),
        parameters | {f"set_{name}": value for name, value in correction.set.items()},
    ).rowcount
    return rows, corrected


def _say(connection: sa.Connection, source: str, batch_id: int, entity: str, rows: int) -> None:
    """Tell it in the batch's message, once, and in the log of the task."""
    text = BATCH_MESSAGES["to_review"].format(rows=rows, entity=NAMES[entity])
    connection.execute(
        sa.text(
            "UPDATE ops.batch SET message = concat_ws(' ', message, CAST(:text AS text)) WHERE batch_id = :batch_id"
            " AND position(CAST(:text AS text) IN coalesce(message, '')) = 0"
        ),
        {"text": text, "batch_id": batch_id},
    )
    log.warning("%s: %s", source, text)
