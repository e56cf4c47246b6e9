"""Withdrawal: a wrong batch is undone by later versions; its files stay, and no night or replay takes them again.

What the source would say without the batch is found by running its other batches again (see ``rebuilding``). History
stays as it was, whatever differs now is written as versions of a new batch, and the memory of the door is that of the
source without the batch. Running the others again is under today's contract: where that changed since their nights,
what it changes is written as well.

A later replay leaves the withdrawn batch out, so that the batch of its withdrawal has nothing left to undo.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline.merging import moved_quarters
from trimestre.pipeline.quarantine.honouring import ACCEPT, CORRECT
from trimestre.pipeline.replay.rebuilding import (
    Workshop,
    account_seams,
    delivered,
    give_up_unfinished,
    join_kept,
    keep,
    link_anew,
    rebuild,
)
from trimestre.pipeline.transactions import lock_source
from trimestre.sources.base import Connector
from trimestre.texts import BATCH_MESSAGES, BATCH_STATES, DECIDED, REFUSALS, RETAINED_MESSAGES
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import REVOKE, decide, in_force, plain_reason
from trimestre.warehouse.entities import FRAMEWORK_SOURCE, IDENTITY_SOURCE

if TYPE_CHECKING:
    from trimestre.contracts import Project


@dataclass(frozen=True)
class Withdrawn:
    """What a withdrawal did."""

    batch_id: int
    """The batch that undoes."""
    withdraws: int | None
    """The batch that it undoes; None where it undoes a decision."""
    changed: bool
    """Whether anything current differs without the batch."""
    quarters: tuple[str, ...]


def withdraw(
    engine: sa.Engine,
    connector: Connector,
    project: "Project",
    source: str,
    batch_id: int,
    *,
    landing: Path,
    key: bytes,
    reason: str,
    decided_by: str,
) -> Withdrawn:
    """Undo one merged batch of a source by later versions, all in one transaction.

    :class:`ContractError` when the batch is not one to withdraw; :class:`PermanentError` when the others can't be run
    again. Nothing is changed then.
    """
    work = Workshop(connector, project, source, landing, key)
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        lock_source(connection, source, alone=True)
        check_withdrawable(connection, batch_id, reason)
        give_up_unfinished(connection, source, BATCH_MESSAGES["gave_up"])
        by, changed, quarters = _as_if(connection, work, at, without=batch_id)
        _decide(connection, source, batch_id, by, changed=changed, quarters=quarters, reason=reason, who=decided_by)
    return Withdrawn(by, batch_id, changed, quarters)


def take_back(
    engine: sa.Engine,
    connector: Connector,
    project: "Project",
    source: str,
    decision_id: int,
    *,
    landing: Path,
    key: bytes,
    reason: str,
    decided_by: str,
) -> Withdrawn:
    """Take back a decision about a retained row: its source is from now on as if it had never been made.

    :class:`ContractError` when it is no such decision, or was taken back already.
    """
    work = Workshop(connector, project, source, landing, key)
    with transaction(engine) as connection:
        at = lock_warehouse(connection)
        lock_source(connection, source, alone=True)
        if source != decided_source(connection, decision_id):
            raise ContractError(DECIDED["other_source"].format(decision=decision_id, source=source))
        give_up_unfinished(connection, source, BATCH_MESSAGES["gave_up"])
        decide(connection, REVOKE, {"decision_id": decision_id}, reason=reason, decided_by=decided_by)
        by, changed, quarters = _as_if(connection, work, at)
        message = RETAINED_MESSAGES["takes_back"].format(decision=decision_id, reason=reason.strip())
        connection.execute(
            sa.text("UPDATE ops.batch SET quarters = :quarters, message = :message WHERE batch_id = :by"),
            {"quarters": list(quarters), "message": message, "by": by},
        )
    return Withdrawn(by, None, changed, quarters)


def decided_source(connection: sa.Connection, decision_id: int) -> str:
    """The source of a decision in force about a retained row, else :class:`ContractError`."""
    for decision in in_force(connection, ACCEPT, CORRECT):
        if decision.decision_id == decision_id:
            return str(decision.subject["source"])
    raise ContractError(DECIDED["no_decision_about_rows"].format(decision=decision_id))


def _as_if(
    connection: sa.Connection, work: Workshop, at: datetime, *, without: int | None = None
) -> tuple[int, bool, tuple[str, ...]]:
    """Run a source's batches again, ``without`` one of them, and write as versions of a new batch what differs now.

    That batch, whether anything differs, and the quarters it moves.
    """
    others = delivered(connection, work, without=without)
    keep(connection, work.source, at, accounts_of=others)
    connection.execute(
        sa.text("UPDATE ops.batch SET state = 'withdrawn' WHERE batch_id = :batch_id"), {"batch_id": without}
    )
    rebuild(connection, work, others, moved=False)
    by: int = connection.execute(
        sa.text(
            "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters, withdraws)"
            " VALUES (:source, 'merged', clock_timestamp(), :at, '{}', :batch_id) RETURNING batch_id"
        ),
        {"source": work.source, "at": at, "batch_id": without},
    ).scalar_one()
    join_kept(connection, work.source, at, by, others)
    changed = account_seams(connection, work.source, by)
    linked = link_anew(connection, work.project, work.source, by, at)
    return by, changed, moved_quarters(connection, work.project, at) if changed or linked else ()


def check_withdrawable(connection: sa.Connection, batch_id: int, reason: str) -> str:
    """The source of a batch that may be withdrawn, else :class:`ContractError`."""
    found = connection.execute(
        sa.text(
            "SELECT b.source, b.state, b.fingerprint, (SELECT max(w.batch_id) FROM ops.batch AS w"
            " WHERE w.withdraws = b.batch_id) AS by FROM ops.batch AS b WHERE b.batch_id = :batch_id"
        ),
        {"batch_id": batch_id},
    ).one_or_none()
    plain_reason(REFUSALS["batch"].format(batch=batch_id), reason)
    problem = None
    if found is None:
        problem = DECIDED["no_such_batch"]
    elif found.source == FRAMEWORK_SOURCE:
        problem = DECIDED["framework_batch"]
    elif found.source == IDENTITY_SOURCE:
        problem = DECIDED["identity_batch"]
    elif found.state == "withdrawn":
        problem = DECIDED["withdrawn_already"].format(by=found.by)
    elif found.state == "merged" and found.fingerprint is None:
        problem = DECIDED["no_files"]
    elif found.state != "merged":
        problem = DECIDED["not_loaded"].format(state=BATCH_STATES.get(found.state, found.state))
    if problem is not None or found is None:
        raise ContractError(DECIDED["batch"].format(batch=batch_id, problem=problem))
    return str(found.source)


def _decide(
    connection: sa.Connection,
    source: str,
    batch_id: int,
    by: int,
    *,
    changed: bool,
    quarters: tuple[str, ...],
    reason: str,
    who: str,
) -> None:
    """Say in both batches what was done, and store whose decision it was."""
    said = BATCH_MESSAGES["withdraws" if changed else "withdraws_nothing"].format(batch=batch_id, reason=reason)
    connection.execute(
        sa.text("UPDATE ops.batch SET quarters = :quarters, message = :message WHERE batch_id = :by"),
        {"quarters": list(quarters), "message": said, "by": by},
    )
    connection.execute(
        sa.text("UPDATE ops.batch SET message = :message WHERE batch_id = :batch_id"),
        {"message": BATCH_MESSAGES["withdrawn"].format(batch=by, reason=reason), "batch_id": batch_id},
    )
    decide(
        connection,
        "withdraw_batch",
        {"source": source, "batch_id": batch_id, "by": by},
        reason=reason,
        decided_by=who,
    )
