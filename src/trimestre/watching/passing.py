"""A pass of the watch: look at everything, bring the ledger to it, note that somebody looked.

Data flow: look -> conditions -> ledger.reconcile -> ops.notice, ops.watch.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.texts import TASKS
from trimestre.warehouse.database import transaction
from trimestre.watching.ledger import REPORTED, Changed, Notice, let_go, open_notices, reconcile, resolve
from trimestre.watching.looking import Seen, conditions, look
from trimestre.watching.marks import mark


def watch(engine: sa.Engine, project: Project, places: Mapping[str, Path], now: datetime) -> tuple[Seen, Changed]:
    """Look at ``now``, an instant, and keep in the ledger what is wrong and what no longer is."""
    seen = look(engine, project, places, now)
    with transaction(engine) as connection:
        let_go(connection, [one for one in open_notices(connection) if _is_gone(one, seen)], now)
        ended = [one for one in open_notices(connection) if _is_over(one, seen)]
        for one in ended:
            resolve(connection, one.kind, one.subject, now)
        changed = reconcile(connection, conditions(seen, project, now), now)
        mark(connection, "everything", now)
    return seen, Changed(changed.opened, (*(one.notice_id for one in ended), *changed.recovered))


def _is_gone(notice: Notice, seen: Seen) -> bool:
    """Whether a notice that was told is about a source that left the project, or that nobody watches any more, or
    about a task that a later version does not have."""
    kind, _, name = notice.subject.partition(":")
    if kind == "task":
        return name.rpartition(":")[2] not in TASKS
    if notice.opened_at is None or kind not in ("source", "retained"):
        return False
    watched = {source.source: source.freshness.watched for source in seen.sources}
    return name not in watched or (notice.kind not in REPORTED and not watched[name])


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
