"""What is wrong with sources, as far as the warehouse knows: runs that failed, came late, left out files, or brought
too little.

Data flow: sql/watching/sources + freshness of each source + now -> SourceState -> Condition, one a thing that is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.watching import Freshness, Limits
from trimestre.indicators.coherence import SETTLED
from trimestre.texts import BATCH_STATES
from trimestre.texts.page_board import BOARD
from trimestre.warehouse.entities import FRAMEWORK_SOURCE
from trimestre.warehouse.sqlfiles import read
from trimestre.watching.deadlines import FRAMEWORK_SCHEDULE, Deadlines, deadlines

MINUTE = "%d/%m/%Y %H:%M"
_NEVER = timedelta(hours=26)
"""A source that was just configured has a night and a day to be loaded for the first time."""
_BROKEN_OFF = timedelta(hours=12)
"""After so long a batch that is still in work belongs to a run that died."""


@dataclass(frozen=True)
class Condition:
    """One thing that is wrong now."""

    kind: str
    subject: str
    """What it is about, such as ``source:eventos``."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What its sentences name: text and numbers, nobody's data."""
    grace: timedelta = timedelta(0)
    """For how long it may be before anybody is told."""


@dataclass(frozen=True)
class SourceState:
    """What is known of a source; instants are in its zone, counts are of records or rows."""

    source: str
    name: str
    batch_id: int | None
    state: str | None
    started_at: datetime | None
    settled_at: datetime | None
    """When the newest run that ended well began."""
    merged_at: datetime | None
    merged_batch_id: int | None
    message: str
    records: int | None
    """Of the newest merged batch."""
    records_before: int | None
    """Of the newest one before it that did not bring too little itself."""
    left_out: int
    """Files that the newest run that ended well could not bring over."""
    left_out_by: int | None
    """Batch of that run."""
    rows_now: int
    retained: int
    """Rows held back today."""
    broken: str
    """What is wrong with its YAML; empty = nothing."""
    freshness: Freshness
    deadlines: Deadlines | None

    @property
    def subject(self) -> str:
        """As notices name it."""
        return f"source:{self.source}"

    @property
    def retained_percent(self) -> float:
        """Share of its rows that is held back."""
        return 100 * self.retained / (self.retained + self.rows_now) if self.retained else 0.0


def source_states(connection: sa.Connection, project: Project, now: datetime) -> list[SourceState]:
    """Every source of the project in the order of a night."""
    rows = {row.source: row for row in connection.execute(sa.text(read("watching/sources")))}
    codes = [FRAMEWORK_SOURCE, *sorted({*project.sources, *project.broken_sources})]
    return [_state(project, code, rows.get(code), now) for code in codes]


def _state(project: Project, code: str, row: sa.Row[Any] | None, now: datetime) -> SourceState:
    contract = project.sources.get(code)
    zone = ZoneInfo(contract.timezone) if contract else project.framework.zone
    freshness = contract.freshness if contract else Freshness()
    name = contract.name if contract else BOARD["framework"] if code == FRAMEWORK_SOURCE else code

    brought: Sequence[int] = (row.records if row else None) or ()

    def at(instant: datetime | None) -> datetime | None:
        return instant and instant.astimezone(zone)

    return SourceState(
        source=code,
        name=name,
        batch_id=row.batch_id if row else None,
        state=row.state if row else None,
        started_at=at(row.started_at) if row else None,
        settled_at=at(row.settled_at) if row else None,
        merged_at=at(row.merged_at) if row else None,
        merged_batch_id=row.merged_batch_id if row else None,
        message=(row.message or "") if row else "",
        records=brought[-1] if brought else None,
        records_before=_enough(brought[:-1], freshness),
        left_out=row.left_out if row else 0,
        left_out_by=row.left_out_by if row else None,
        rows_now=row.rows_now if row else 0,
        retained=row.retained if row else 0,
        broken=project.broken_sources.get(code, ""),
        freshness=freshness,
        deadlines=deadlines(freshness, contract.schedule if contract else FRAMEWORK_SCHEDULE, zone, now),
    )


def _enough(brought: Sequence[int], wanted: Freshness) -> int | None:
    """What the newest batch brought that was not short beside those before it; ``brought``: in order.

    A night that brings as little as the one before is no better than that one.
    """
    enough = None
    for records in brought:
        if enough is None or records >= enough * (wanted.min_percent_of_last or 0) / 100:
            enough = records
    return enough


def source_conditions(source: SourceState, limits: Limits, now: datetime) -> Iterator[Condition]:
    """What is wrong with a source, the most telling first."""
    if not source.freshness.watched:
        return
    told = {"name": source.name, "batch": source.batch_id}
    if source.broken:
        yield Condition("source_broken", source.subject, told | {"message": source.broken})
    yield from _failed(source, limits, told, now)
    yield from _late(source, told)
    if source.left_out:
        files = {"batch": source.left_out_by, "files": source.left_out}
        yield Condition("source_partial", source.subject, told | files)
    yield from _poor(source, told, now)
    if source.retained_percent > limits.retained_percent:
        share = {"rows": source.retained, "percent": round(source.retained_percent, 1)}
        yield Condition("retained", f"retained:{source.source}", told | share)


def _failed(source: SourceState, limits: Limits, told: dict[str, Any], now: datetime) -> Iterator[Condition]:
    if source.state is None or source.state in SETTLED or source.started_at is None:
        return
    if source.state in ("rejected", "abandoned"):
        # What broke off is tried again by itself; what was rejected waits for somebody.
        grace = timedelta(hours=limits.failing_hours) if source.state == "abandoned" else timedelta(0)
        yield Condition("source_failed", source.subject, told | _ended(source), grace)
    elif now - source.started_at > _BROKEN_OFF:
        yield Condition("source_failed", source.subject, told | _ended(source))


def _ended(source: SourceState) -> dict[str, Any]:
    return {"state": BATCH_STATES.get(source.state or "", source.state), "message": source.message}


def _late(source: SourceState, told: dict[str, Any]) -> Iterator[Condition]:
    due = source.deadlines
    if source.started_at is None:
        yield Condition("source_never", source.subject, told, _NEVER)
    # Of a source that never ended well nothing is expected before its first run.
    elif due and not (due.kept_by(source.settled_at) if source.settled_at else source.started_at > due.last):
        last = f"{source.settled_at:{MINUTE}}" if source.settled_at else BOARD["never"]
        yield Condition("source_late", source.subject, told | {"expected": f"{due.last:{MINUTE}}", "last": last})


def _poor(source: SourceState, told: dict[str, Any], now: datetime) -> Iterator[Condition]:
    wanted = source.freshness
    if wanted.max_age_days and source.merged_at and now - source.merged_at > timedelta(days=wanted.max_age_days):
        age = {"days": (now - source.merged_at).days, "last": f"{source.merged_at:%d/%m/%Y}"}
        yield Condition("source_old", source.subject, told | age | {"limit": f"{wanted.max_age_days:g}"})
    if source.records is None:
        return
    fewest = max(wanted.min_records or 0, (source.records_before or 0) * (wanted.min_percent_of_last or 0) / 100)
    if source.records < fewest:
        counts = {"records": source.records, "expected": round(fewest), "batch": source.merged_batch_id}
        yield Condition("source_short", source.subject, told | counts)
