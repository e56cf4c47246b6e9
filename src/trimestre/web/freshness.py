"""Freshness of the sources: what the last run brought, and whether a quarter has been loaded since its end.

Data flow: ops.batch, row_account, retained_count -> Freshness, one a source.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.coherence import SETTLED
from trimestre.periods import Period
from trimestre.texts import BATCH_STATES
from trimestre.texts.page_board import BOARD
from trimestre.warehouse.entities import FRAMEWORK_SOURCE
from trimestre.warehouse.sqlfiles import read


@dataclass(frozen=True)
class Freshness:
    """How fresh a source is; rows are those of its newest run, ``None`` where nothing was counted yet."""

    source: str
    name: str
    batch_id: int | None
    state: str
    """As printed."""
    started_at: datetime | None
    merged_at: datetime | None
    landed: int | None
    merged: int | None
    retained: int
    """Rows held back today, of all batches."""
    late: str
    """Why it is late; empty = it is not."""


def freshness(connection: sa.Connection, project: Project, period: Period, now: datetime) -> list[Freshness]:
    """Every source of the project in the order of a night, with what is known of it at ``now``, an instant."""
    rows = {row.source: row for row in connection.execute(sa.text(read("page/board_sources")))}
    names = {FRAMEWORK_SOURCE: BOARD["framework"]} | {code: source.name for code, source in project.sources.items()}
    codes = [FRAMEWORK_SOURCE, *sorted({*project.sources, *project.broken_sources})]
    until = period.event_until(project.framework.zone)
    ended = until if until <= now else None
    return [_fresh(project, ended, code, names.get(code, code), rows.get(code)) for code in codes]


def _fresh(
    project: Project, ended: datetime | None, code: str, name: str, row: sa.Row[tuple[object, ...]] | None
) -> Freshness:
    """``ended``: when the quarter did; ``None`` = it goes on, and nothing can be late for its end."""
    broken = code in project.broken_sources
    if row is None:
        state = BOARD["broken"] if broken else BOARD["never"]
        late = BOARD["late" if ended else "unloaded"]
        return Freshness(code, name, None, state, None, None, None, None, 0, late)
    late = ""
    if code != FRAMEWORK_SOURCE:  # what people declare has no deadline
        if row.state not in SETTLED:
            late = BOARD["failed"]
        elif ended and (row.merged_at is None or row.merged_at < ended):
            late = BOARD["late"]
    return Freshness(
        source=code,
        name=name,
        batch_id=row.batch_id,
        state=BOARD["broken"] if broken else BATCH_STATES.get(row.state, row.state),
        started_at=row.started_at,
        merged_at=row.merged_at,
        landed=row.landed,
        merged=row.merged,
        retained=row.retained,
        late=late,
    )
