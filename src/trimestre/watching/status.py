"""How everything is: what the command `trimestre status` shows, and how bad it is.

Data flow: warehouse + project + disks + now -> Status -> level and findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.placing import vintages_in_force
from trimestre.warehouse.database import transaction
from trimestre.warehouse.migrate import alembic_config
from trimestre.warehouse.tables.results import candidate, computation
from trimestre.watching.conditions import Condition
from trimestre.watching.ledger import Notice, due, open_notices
from trimestre.watching.looking import Seen, conditions, look
from trimestre.watching.marks import marked_at
from trimestre.watching.messages import worded

SILENT = timedelta(hours=3)
"""The watch runs every hour; after so long without it nobody watches."""

_SERIOUS = frozenset({
    "run_failed", "project_broken", "source_broken", "source_failed", "source_late", "definitions_broken",
    "disk_full", "watch_stopped",
})  # fmt: skip
"""Kinds that want somebody today; the others can wait for tomorrow."""


class Level(IntEnum):
    """How bad it is, as Nagios and Icinga take exit codes."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class QuarterState:
    """Where the figures of a quarter stand."""

    period: str
    computed_at: datetime | None
    vintage: int | None
    """Number of its official version; ``None`` = preliminary."""
    waiting: bool
    """Whether a candidate waits for its answer."""
    behind: bool


@dataclass(frozen=True)
class Status:
    """How everything is at an instant."""

    seen: Seen
    quarters: Sequence[QuarterState]
    notices: Sequence[Notice]
    """Incidents that were opened and are not over."""
    unsent: int
    """Messages that a channel has not got."""
    watched_at: datetime | None
    findings: Sequence[Condition]
    """What is wrong now, whether anybody was told or not."""


def revisions(engine: sa.Engine) -> tuple[str, str]:
    """The schema's revision in the warehouse (empty = not migrated), and the one that this code expects."""
    from alembic.script import ScriptDirectory

    expected = ScriptDirectory.from_config(alembic_config()).get_current_head() or ""
    with transaction(engine) as connection:
        if connection.execute(sa.text("SELECT to_regclass('ops.schema_version')")).scalar() is None:
            return "", expected
        found = connection.execute(sa.text("SELECT version_num FROM ops.schema_version")).scalar()
    return found or "", expected


def status_of(engine: sa.Engine, project: Project, places: Mapping[str, Path], now: datetime) -> Status:
    """See how everything is at ``now``, an instant; writes nothing."""
    seen = look(engine, project, places, now)
    with transaction(engine) as connection:
        last = marked_at(connection, "everything")
        notices = [one for one in open_notices(connection) if one.opened_at]
        unsent = sum(len(due(connection, channel)) for channel in project.notifications.channels)
        quarters = _quarters(connection, project, seen)
    return Status(seen, quarters, notices, unsent, last, _findings(seen, project, notices, last, now))


def level(status: Status) -> Level:
    """How bad it is."""
    if any(one.kind in _SERIOUS for one in status.findings):
        return Level.CRITICAL
    return Level.WARNING if status.findings or status.unsent else Level.OK


def told(findings: Sequence[Condition]) -> list[str]:
    """What is wrong, a sentence each, the serious first."""
    ordered = sorted(findings, key=lambda one: one.kind not in _SERIOUS)
    return [worded(one.kind, one.subject, one.details).what for one in ordered]


def _findings(
    seen: Seen, project: Project, notices: Sequence[Notice], last: datetime | None, now: datetime
) -> list[Condition]:
    """What a look finds beyond its grace, what was reported, and that nobody looks any more."""
    opened = {(one.kind, one.subject) for one in notices}
    found = [one for one in conditions(seen, project, now) if not one.grace or (one.kind, one.subject) in opened]
    known = {(one.kind, one.subject) for one in found}
    found += [
        Condition(one.kind, one.subject, one.details)
        for one in notices
        if one.kind == "run_failed" and (one.kind, one.subject) not in known
    ]
    if last is not None and now - last > SILENT:
        when = last.astimezone(project.framework.zone)
        found.append(Condition("watch_stopped", "watch", {"last": f"{when:%d/%m/%Y %H:%M}"}))
    return found


def _quarters(connection: sa.Connection, project: Project, seen: Seen) -> list[QuarterState]:
    """The quarters that have figures or are behind, in order."""
    vintages = vintages_in_force(connection)
    official = sa.select(candidate.c.candidate_id, candidate.c.vintage).where(candidate.c.vintage.is_not(None))
    numbers = {row.candidate_id: row.vintage for row in connection.execute(official)}
    newest = sa.select(computation.c.period, computation.c.computed_at).where(computation.c.current)
    computed = {row.period: row.computed_at for row in connection.execute(newest)}
    waiting = {one.period for one in seen.waiting}
    zone = project.framework.zone
    return [
        QuarterState(
            period=period,
            computed_at=at.astimezone(zone) if (at := computed.get(period)) else None,
            vintage=numbers.get(vintages[period]) if period in vintages else None,
            waiting=period in waiting,
            behind=period in seen.quarters_behind,
        )
        for period in map(str, project.periods.all())
        if period in computed or period in seen.quarters_behind or period in vintages
    ]
