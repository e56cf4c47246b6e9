"""Withdrawal: a wrong batch is undone by later versions; its files stay, and no night or replay takes them again.

What the source would say without the batch is found by running its other batches again (see ``rebuilding``). History
stays as it was, whatever differs now is written as versions of a new batch, and the memory of the door is that of the
source without the batch. Running the others again is under today's contract: where that changed since their nights,
what it changes is written as well.

A later replay leaves the withdrawn batch out, so that the batch of its withdrawal has nothing left to undo.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline.merging import moved_quarters
from trimestre.pipeline.rebuilding import (
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
from trimestre.reports.texts import BATCH_MESSAGES
from trimestre.sources.base import Connector
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.entities import FRAMEWORK_SOURCE

if TYPE_CHECKING:
    from trimestre.contracts import Project


@dataclass(frozen=True)
class Withdrawn:
    """What a withdrawal did."""

    batch_id: int
    """The batch that undoes."""
    withdraws: int
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
        others = delivered(connection, work, without=batch_id)
        keep(connection, source, at, accounts_of=others)
        connection.execute(
            sa.text("UPDATE ops.batch SET state = 'withdrawn' WHERE batch_id = :batch_id"), {"batch_id": batch_id}
        )
        rebuild(connection, work, others, moved=False)
        by: int = connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters, withdraws)"
                " VALUES (:source, 'merged', clock_timestamp(), :at, '{}', :batch_id) RETURNING batch_id"
            ),
            {"source": source, "at": at, "batch_id": batch_id},
        ).scalar_one()
        join_kept(connection, source, at, by, others)
        changed = account_seams(connection, source, by)
        linked = link_anew(connection, project, source, by, at)
        quarters = moved_quarters(connection, project, at) if changed or linked else ()
        _decide(connection, source, batch_id, by, changed=changed, quarters=quarters, reason=reason, who=decided_by)
    return Withdrawn(by, batch_id, changed, quarters)


def check_withdrawable(connection: sa.Connection, batch_id: int, reason: str) -> str:
    """The source of a batch that may be withdrawn, else :class:`ContractError`."""
    found = connection.execute(
        sa.text(
            "SELECT b.source, b.state, b.fingerprint, (SELECT max(w.batch_id) FROM ops.batch AS w"
            " WHERE w.withdraws = b.batch_id) AS by FROM ops.batch AS b WHERE b.batch_id = :batch_id"
        ),
        {"batch_id": batch_id},
    ).one_or_none()
    problem = None
    if not reason.strip():
        problem = "found no reason, expected why it is withdrawn"
    elif found is None:
        problem = "found no such batch, expected one of `trimestre batches`"
    elif found.source == FRAMEWORK_SOURCE:
        problem = "found a batch of the framework, expected one of a source; mend its YAML instead"
    elif found.state == "withdrawn":
        problem = f"found it withdrawn already by batch {found.by}, expected one that is merged"
    elif found.state == "merged" and found.fingerprint is None:
        problem = "found a batch that a withdrawal or a replay wrote, expected one with files of its own"
    elif found.state != "merged":
        problem = f"found the state {found.state!r}, expected 'merged': only what was loaded can be withdrawn"
    if problem is not None or found is None:
        raise ContractError(f"batch {batch_id}: {problem}. Nothing was done.")
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
