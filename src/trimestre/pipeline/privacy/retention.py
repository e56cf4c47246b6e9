"""Retention: what says who somebody is goes when its time is over, class by class (``framework/privacy.yaml``).

Facts, figures, decisions and accounting stay. Identities go as by an erasure of everybody: a tombstone an account, so
that nothing comes back, and each person of several accounts stays one by a decision.

Data flow: framework/privacy.yaml + the present instant -> restricted, quarantine, ops.look, staging and the landing
folder without what is due -> how much of each class.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from trimestre.contracts.privacy import Privacy
from trimestre.errors import PermanentError
from trimestre.keys import mark
from trimestre.pipeline.accounting import count_retained
from trimestre.pipeline.privacy.erasing import DECISION, rehash
from trimestre.pipeline.privacy.tombstones import ERASED, blank_staged, reduce_retained
from trimestre.pipeline.transactions import lock_source
from trimestre.texts import NIGHT
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import statement

_REASON = "framework/privacy.yaml"

_PERSONAL_CORRECTIONS = (
    "UPDATE quarantine.correction AS c SET value = CASE WHEN c.field = 'value' THEN :erased END FROM ops.decision AS d"
    " WHERE c.decision_id = d.decision_id AND (d.subject ->> 'entity' = 'account_identity'"
    " OR (d.subject ->> 'entity' = 'answer' AND c.field = 'value'))"
)
"""What was written of who somebody is, or of a free answer; figures and dates stay, or a replay would lose them."""


@dataclass(frozen=True)
class Retained:
    """What retention removed of one class, or would."""

    name: str
    """landed_files, identities, retained_closed, looks or staging."""
    removed: int
    """Landed files, accounts, retained rows, looks or staged rows."""
    due: datetime | None
    """Before this instant it must have ended to be removed; None = nothing is, since the project's end is not known."""


def retain(
    engine: sa.Engine,
    privacy: Privacy,
    zone: ZoneInfo,
    *,
    landing: Path,
    key: bytes,
    now: datetime,
    decided_by: str,
    dry_run: bool,
) -> list[Retained]:
    """Remove what is due at ``now`` (with zone): all rows in one transaction, and then the files.

    :class:`PermanentError` when a file can't be deleted; the next run tries again.
    """
    dues = {
        "landed_files": privacy.due("landed_files_years", zone),
        "identities": privacy.due("identities_years", zone),
        "retained_closed": now - timedelta(days=privacy.retention.retained_closed_days),
        "looks": now - timedelta(days=round(365.25 * privacy.retention.looks_years)),
        "staging": now - timedelta(days=privacy.retention.staging_days),
    }
    with transaction(engine) as connection:
        lock_warehouse(connection)
        removed = {
            "landed_files": _mark_files(connection, now, dry_run=dry_run) if _is_due(dues["landed_files"], now) else 0,
            "identities": (
                _forget_everybody(connection, key, decided_by, dry_run=dry_run)
                if _is_due(dues["identities"], now)
                else 0
            ),
            "retained_closed": _closed_rows(connection, dues["retained_closed"], dry_run=dry_run),
            "looks": _rows(connection, "ops.look", "t.looked_at < :due", dry_run=dry_run, due=dues["looks"]),
            "staging": _leftovers(connection, dues["staging"], dry_run=dry_run),
        }
    if not dry_run:
        _delete_files(engine, landing)
    return [Retained(name, count, dues[name]) for name, count in removed.items()]


def _is_due(due: datetime | None, now: datetime) -> bool:
    return due is not None and due < now


def _rows(connection: sa.Connection, table: str, condition: str, *, dry_run: bool, **parameters: Any) -> int:
    """Delete, or count, the rows ``t`` of a table that meet a condition."""
    if dry_run:
        text = f"SELECT count(*) FROM {table} AS t WHERE {condition}"
        return int(connection.execute(sa.text(text), parameters).scalar_one())
    return connection.execute(sa.text(f"DELETE FROM {table} AS t WHERE {condition}"), parameters).rowcount


def _closed_rows(connection: sa.Connection, due: datetime | None, *, dry_run: bool) -> int:
    """Retained rows that are not open and that no batch has held for long, and corrections that were taken back."""
    condition = (
        # of what was decided the content is needed as long as it may be read again: an erasure changes its hash
        "t.state <> 'open' AND (t.state = 'mended_at_source' OR NOT EXISTS (SELECT 1 FROM ops.landed_file AS f"
        " WHERE f.landed_file_id = t.landed_file_id AND f.removed_at IS NULL)) AND EXISTS (SELECT 1 FROM ops.batch AS b"
        " WHERE b.batch_id = t.last_batch_id AND coalesce(b.merged_at, b.started_at) < :due)"
    )
    removed = _rows(connection, "quarantine.row", condition, dry_run=dry_run, due=due)
    if removed and not dry_run:
        for source in connection.scalars(sa.text("SELECT DISTINCT source FROM ops.retained_count")).all():
            count_retained(connection, source)
    revoked = (
        "EXISTS (SELECT 1 FROM ops.decision AS r WHERE r.kind = 'revoke' AND r.decided_at < :due"
        " AND CAST(r.subject ->> 'decision_id' AS bigint) = t.decision_id)"
    )
    return removed + _rows(connection, "quarantine.correction", revoked, dry_run=dry_run, due=due)


def _leftovers(connection: sa.Connection, due: datetime | None, *, dry_run: bool) -> int:
    """Staged rows of batches that were given up."""
    given_up = (
        "t.batch_id IN (SELECT b.batch_id FROM ops.batch AS b"
        " WHERE b.state IN ('rejected', 'abandoned') AND b.started_at < :due)"
    )
    tables = ("record", "unchanged", "record_rows", "suspect", "failed_row", "same_key", *ENTITIES)
    return sum(_rows(connection, f"staging.{name}", given_up, dry_run=dry_run, due=due) for name in tables)


def _forget_everybody(connection: sa.Connection, key: bytes, decided_by: str, *, dry_run: bool) -> int:
    """Empty ``restricted`` and all that is left of identities elsewhere; the number of accounts."""
    known = (
        "SELECT i.account_key, i.source FROM restricted.account_identity AS i"
        " UNION SELECT r.account_key, r.source FROM restricted.account_ref AS r"
    )
    living = (
        f"SELECT k.account_key, k.source FROM ({known}) AS k"
        " LEFT JOIN restricted.tombstone AS t ON k.account_key = t.account_key WHERE t.account_key IS NULL"
    )
    count: int = connection.execute(sa.text(f"SELECT count(*) FROM ({living}) AS l")).scalar_one()
    if dry_run or not count:
        return count
    sources = connection.scalars(sa.text("SELECT DISTINCT source FROM ops.batch ORDER BY 1")).all()
    for source in sources:
        lock_source(connection, source, alone=True)
    gone = list(connection.scalars(sa.text(f"SELECT CAST(l.account_key AS text) FROM ({living}) AS l")))
    decision_id = decide(connection, "retain", {"class": "identities"}, reason=_REASON, decided_by=decided_by)
    parameters = {"decision_id": decision_id, "mark": mark(key), "kind": DECISION, "reason": _REASON, "by": decided_by}
    connection.execute(
        sa.text(
            "INSERT INTO restricted.tombstone (account_key, source, key_mark, decision_id)"
            f" SELECT l.account_key, l.source, :mark, :decision_id FROM ({living}) AS l ON CONFLICT DO NOTHING"
        ),
        parameters,
    )
    connection.execute(sa.text(statement("privacy/hold_together")), parameters)
    connection.execute(sa.text(statement("privacy/blank_identity")), parameters)
    connection.execute(sa.text("DELETE FROM restricted.account_ref"))
    rehash(connection, gone, [])
    connection.execute(sa.text(_PERSONAL_CORRECTIONS), {"erased": ERASED})
    connection.execute(sa.text("DELETE FROM restricted.contract"))  # corrections in YAML may name anybody
    for source in sources:
        blank_staged(connection, source)
        reduce_retained(connection, source)
    # rows of nobody's account may hold anything
    connection.execute(sa.text("UPDATE quarantine.row SET fields = '{}' WHERE fields ->> 'account_key' IS NULL"))
    return count


def _mark_files(connection: sa.Connection, now: datetime, *, dry_run: bool) -> int:
    """Mark every landed file as removed; the files themselves go when that is sure."""
    if dry_run:
        return int(
            connection.execute(sa.text("SELECT count(*) FROM ops.landed_file WHERE removed_at IS NULL")).scalar_one()
        )
    return connection.execute(
        sa.text("UPDATE ops.landed_file SET removed_at = :now WHERE removed_at IS NULL"), {"now": now}
    ).rowcount


def _delete_files(engine: sa.Engine, landing: Path) -> None:
    """Delete the files that are marked as removed and are there still."""
    with transaction(engine) as connection:
        paths = connection.scalars(sa.text("SELECT path FROM ops.landed_file WHERE removed_at IS NOT NULL")).all()
    left = 0
    for path in paths:
        try:
            (landing / path).unlink(missing_ok=True)
        except OSError:
            left += 1
    if left:
        raise PermanentError(NIGHT["not_deleted"].format(count=left))
