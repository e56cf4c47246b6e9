"""One look at everything that is watched: sources, figures, candidates, the tables for analysts, disks, backups.

Data flow: warehouse + project + disks + now -> Seen (states, quarters behind) -> Condition, one a thing that is wrong.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.pipeline.marts.refreshing import behind as marts_behind
from trimestre.pipeline.night import pending_quarters
from trimestre.warehouse.database import transaction
from trimestre.warehouse.tables.results import candidate
from trimestre.watching.conditions import MINUTE, Condition, SourceState, source_conditions, source_states
from trimestre.watching.marks import marked_at


@dataclass(frozen=True)
class Disk:
    """What is left of the disk that something lies on."""

    name: str
    """landing or home: a key of the texts."""
    free: int
    """Bytes."""
    total: int

    @property
    def free_percent(self) -> float:
        """Free share of the disk."""
        return 100 * self.free / self.total if self.total else 0.0


@dataclass(frozen=True)
class Waiting:
    """A candidate that waits for its answer."""

    candidate_id: int
    period: str
    prepared_at: datetime


@dataclass(frozen=True)
class Seen:
    """What a look saw."""

    sources: Sequence[SourceState]
    quarters_behind: Sequence[str]
    marts_behind: Sequence[str]
    """Groups of tables for analysts."""
    waiting: Sequence[Waiting]
    disks: Sequence[Disk]
    definitions: str
    """What is wrong with the definitions of indicators; empty = nothing. Then nothing is known of what is behind."""
    backed_up_at: datetime | None = None
    """When the newest whole backup was begun; ``None`` = none is known."""


def look(engine: sa.Engine, project: Project, places: Mapping[str, Path], now: datetime) -> Seen:
    """See everything at ``now``, an instant; ``places``: name -> folder whose disk is looked at."""
    quarters: list[str] = []
    marts: list[str] = []
    definitions = ""
    try:
        quarters = pending_quarters(engine, project)
        with transaction(engine) as connection:
            marts = marts_behind(connection, project)
    except ContractError as error:  # an indicator that can't be read stops the figures, and no source
        definitions = str(error)
    with transaction(engine) as connection:
        return Seen(
            sources=source_states(connection, project, now),
            quarters_behind=quarters,
            marts_behind=marts,
            waiting=_waiting(connection),
            disks=_disks(places),
            definitions=definitions,
            backed_up_at=marked_at(connection, "backup"),
        )


def conditions(seen: Seen, project: Project, now: datetime) -> list[Condition]:
    """What is wrong in what was seen; of each subject the most telling first."""
    return list(_conditions(seen, project, now))


def _conditions(seen: Seen, project: Project, now: datetime) -> Iterator[Condition]:
    limits = project.notifications.limits
    for source in seen.sources:
        yield from source_conditions(source, limits, now)
    behind = timedelta(hours=limits.behind_hours)
    if seen.definitions:
        yield Condition("definitions_broken", "definitions", {"message": seen.definitions})
    for period in seen.quarters_behind:
        yield Condition("quarter_behind", f"quarter:{period}", {"period": period}, behind)
    if seen.marts_behind:
        yield Condition("marts_behind", "marts", {}, behind)
    for one in seen.waiting:
        days = (now - one.prepared_at).days
        if days >= limits.candidate_days:
            told = {"candidate": one.candidate_id, "period": one.period, "days": days}
            yield Condition("candidate_waiting", f"candidate:{one.candidate_id}", told)
    for disk in seen.disks:
        if disk.free_percent < limits.free_percent:
            left = {"percent": round(disk.free_percent, 1), "free": round(disk.free / 2**30, 1)}
            yield Condition("disk_full", f"disk:{disk.name}", {"place": disk.name, **left})
    yield from _backup(seen.backed_up_at, project, now)


def _backup(last: datetime | None, project: Project, now: datetime) -> Iterator[Condition]:
    """Of a server that never made a backup one is expected once the project says how old it may be."""
    limits = project.notifications.limits
    most, told = timedelta(days=limits.backup_days), {"limit": limits.backup_days}
    if last is None:
        if "backup_days" in limits.model_fields_set:
            yield Condition("backup_never", "backup", told, most)
    elif now - last > most:
        when = f"{last.astimezone(project.framework.zone):{MINUTE}}"
        yield Condition("backup_old", "backup", told | {"last": when, "days": (now - last).days})


def _waiting(connection: sa.Connection) -> list[Waiting]:
    columns = candidate.c.candidate_id, candidate.c.period, candidate.c.prepared_at
    rows = connection.execute(sa.select(*columns).where(candidate.c.state == "pending").order_by(columns[0]))
    return [Waiting(row.candidate_id, row.period, row.prepared_at) for row in rows]


def _disks(places: Mapping[str, Path]) -> list[Disk]:
    """Each disk once, under the first name that lies on it; a folder that is not there yet is its parent's."""
    found: dict[int, Disk] = {}
    for name, place in places.items():
        there = next(path for path in (place, *place.parents) if path.exists())
        with suppress(OSError):
            usage = shutil.disk_usage(there)
            found.setdefault(there.stat().st_dev, Disk(name, usage.free, usage.total))
    return list(found.values())
