"""A pass of the watch: look at everything, bring the ledger to it, note that somebody looked.

Data flow: look -> conditions -> ledger.reconcile -> ops.notice; ops.setting ``watched_at``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.warehouse.database import transaction
from trimestre.watching.ledger import Changed, Notice, open_notices, reconcile, resolve
from trimestre.watching.looking import Seen, conditions, look

WATCHED_AT = "watched_at"


def watch(engine: sa.Engine, project: Project, places: Mapping[str, Path], now: datetime) -> tuple[Seen, Changed]:
    """Look at ``now``, an instant, and keep in the ledger what is wrong and what no longer is."""
    seen = look(engine, project, places, now)
    with transaction(engine) as connection:
        ended = [one for one in open_notices(connection) if _is_over(one, seen)]
        for one in ended:
            resolve(connection, one.kind, one.subject, now)
        changed = reconcile(connection, conditions(seen, project, now), now)
        connection.execute(
            sa.text(
                "INSERT INTO ops.setting (setting, value) VALUES (:setting, :value)"
                " ON CONFLICT (setting) DO UPDATE SET value = excluded.value"
            ),
            {"setting": WATCHED_AT, "value": now.astimezone(UTC).isoformat()},
        )
    return seen, Changed(changed.opened, (*(one.notice_id for one in ended), *changed.recovered))


def watched_at(connection: sa.Connection) -> datetime | None:
    """When somebody last looked; ``None`` = nobody ever did."""
    value = connection.execute(
        sa.text("SELECT value FROM ops.setting WHERE setting = :setting"), {"setting": WATCHED_AT}
    ).scalar()
    return datetime.fromisoformat(value) if value else None


def _is_over(notice: Notice, seen: Seen) -> bool:
    """Whether what was reported when it happened is over: done again by a command, where no task says so."""
    if notice.kind == "project_broken":
        return True  # it was read
    if notice.kind != "run_failed" or notice.opened_at is None:
        return False
    kind, _, name = notice.subject.partition(":")
    if kind == "source":
        ran = {source.source: source.settled_at for source in seen.sources}.get(name)
        return ran is not None and ran > notice.opened_at
    caught_up = not (seen.marts_behind or seen.definitions)
    return kind == "quarter" and caught_up and name not in seen.quarters_behind
