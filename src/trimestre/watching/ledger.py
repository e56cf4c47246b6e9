"""The ledger of notices: an incident is opened once, is over once, and each is told once on every channel.

What is told stands here before anybody is told: while a mail server is down its notices wait, and the next pass sends
them. An incident that was over before its beginning could be told is told to nobody.

Data flow: Condition -> ops.notice (seen, opened, recovered) -> Due, what a channel was not told -> ops.notice_told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from trimestre.warehouse.tables.ops import notice, notice_told
from trimestre.watching.conditions import Condition

Event = Literal["opened", "recovered"]

REPORTED = ("run_failed", "project_broken")
"""Kinds that are reported when they happen; a look can't see them, nor that they are over."""

GONE = "gone"
"""Detail of an incident that ended because nobody watches any more what it was about."""

_LOCK = 7_074_230_150


@dataclass(frozen=True)
class Notice:
    """One incident."""

    notice_id: int
    kind: str
    subject: str
    details: Mapping[str, Any]
    opened_at: datetime | None
    """``None`` = it has not lasted long enough to be told."""


@dataclass(frozen=True)
class Due:
    """What a channel has not been told."""

    notice: Notice
    event: Event


@dataclass(frozen=True)
class Changed:
    """What a look changed in the ledger: numbers of notices."""

    opened: tuple[int, ...]
    recovered: tuple[int, ...]


def reconcile(connection: sa.Connection, found: Sequence[Condition], now: datetime) -> Changed:
    """Bring the ledger to what is wrong at ``now``; ``found`` has the most telling condition of a subject first."""
    _lock(connection)
    known = {(one.kind, one.subject): one for one in open_notices(connection)}
    wrong = {(one.kind, one.subject): one for one in found}
    for key in [key for key in known if key not in wrong and key[0] not in REPORTED]:
        if known[key].opened_at is None:
            connection.execute(sa.delete(notice).where(notice.c.notice_id == known.pop(key).notice_id))
    _note(connection, [one for key, one in wrong.items() if key not in known], now)
    over = [one for key, one in known.items() if key not in wrong and one.kind not in REPORTED]
    for key, one in known.items():  # its sentences are about now, not about when it began
        if one.opened_at and key in wrong and dict(wrong[key].details) != one.details:
            _update(connection, [one.notice_id], details=dict(wrong[key].details))
    taken = {one.subject for one in known.values() if one.opened_at and one not in over}
    opened = []
    for one in _seen_long_enough(connection, wrong, now):
        if one.subject not in taken:
            taken.add(one.subject)
            opened.append(one.notice_id)
            _update(connection, [one.notice_id], opened_at=now, details=dict(wrong[one.kind, one.subject].details))
    for one in over:
        _update(connection, [one.notice_id], recovered_at=now, superseded=one.subject in taken)
    return Changed(tuple(opened), tuple(one.notice_id for one in over))


def report(connection: sa.Connection, condition: Condition, now: datetime) -> None:
    """Open an incident at once; of its subject it takes the place of any other. One that is open says what is now."""
    _lock(connection)
    same = notice.c.subject == condition.subject
    others = sa.and_(same, notice.c.kind != condition.kind, notice.c.recovered_at.is_(None))
    connection.execute(sa.delete(notice).where(others, notice.c.opened_at.is_(None)))
    connection.execute(sa.update(notice).where(others).values(recovered_at=now, superseded=True))
    _note(connection, [condition], now)
    mine = sa.and_(same, notice.c.kind == condition.kind, notice.c.recovered_at.is_(None))
    begun = sa.func.coalesce(notice.c.opened_at, now)
    connection.execute(sa.update(notice).where(mine).values(opened_at=begun, details=dict(condition.details)))


def resolve(connection: sa.Connection, kind: str, subject: str, now: datetime) -> bool:
    """End an incident; whether there was one."""
    mine = sa.and_(notice.c.kind == kind, notice.c.subject == subject, notice.c.recovered_at.is_(None))
    return bool(connection.execute(sa.update(notice).where(mine).values(recovered_at=now)).rowcount)


def let_go(connection: sa.Connection, gone: Sequence[Notice], now: datetime) -> None:
    """End incidents of what is watched no more; whoever was told of them hears that, and not that they are over."""
    for one in gone:
        _update(connection, [one.notice_id], recovered_at=now, details={**one.details, GONE: True})


def open_notices(connection: sa.Connection) -> list[Notice]:
    """Every incident that is not over, the oldest first; also those that are not told yet."""
    chosen = sa.select(notice).where(notice.c.recovered_at.is_(None)).order_by(notice.c.notice_id)
    return [_notice(row) for row in connection.execute(chosen)]


def due(connection: sa.Connection, channel: str) -> list[Due]:
    """What a channel has not been told, in order: ends first."""
    told = sa.select(notice_told.c.notice_id).where(notice_told.c.channel == channel)
    knows_begin = notice.c.notice_id.in_(told.where(notice_told.c.event == "opened"))
    knows_end = notice.c.notice_id.in_(told.where(notice_told.c.event == "recovered"))
    ended = sa.and_(notice.c.recovered_at.is_not(None), ~notice.c.superseded, knows_begin, ~knows_end)
    begun = sa.and_(notice.c.opened_at.is_not(None), notice.c.recovered_at.is_(None), ~knows_begin)
    events: tuple[tuple[Event, Any], ...] = (("recovered", ended), ("opened", begun))
    return [
        Due(_notice(row), event)
        for event, wanted in events
        for row in connection.execute(sa.select(notice).where(wanted).order_by(notice.c.notice_id))
    ]


def note_told(connection: sa.Connection, channel: str, told: Sequence[Due], now: datetime) -> None:
    """Note that a channel was told."""
    connection.execute(
        sa.insert(notice_told),
        [{"notice_id": one.notice.notice_id, "event": one.event, "channel": channel, "told_at": now} for one in told],
    )


def _lock(connection: sa.Connection) -> None:
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _note(connection: sa.Connection, found: Sequence[Condition], now: datetime) -> None:
    for one in found:
        connection.execute(
            sa.text(
                "INSERT INTO ops.notice (kind, subject, details, first_seen_at)"
                " VALUES (:kind, :subject, CAST(:details AS jsonb), :now)"
                " ON CONFLICT (kind, subject) WHERE recovered_at IS NULL DO NOTHING"
            ),
            {
                "kind": one.kind,
                "subject": one.subject,
                "details": json.dumps(dict(one.details), ensure_ascii=False),
                "now": now,
            },
        )


def _seen_long_enough(
    connection: sa.Connection, wrong: Mapping[tuple[str, str], Condition], now: datetime
) -> list[Notice]:
    """Incidents that nobody was told of and that lasted longer than their grace, as telling as they were found."""
    rows = connection.execute(
        sa.select(notice).where(notice.c.recovered_at.is_(None), notice.c.opened_at.is_(None))
    ).all()
    lasted = {(row.kind, row.subject): row for row in rows}
    return [
        _notice(lasted[key])
        for key, one in wrong.items()
        if key in lasted and now - lasted[key].first_seen_at >= one.grace
    ]


def _update(connection: sa.Connection, numbers: Sequence[int], **values: Any) -> None:
    if numbers:
        connection.execute(sa.update(notice).where(notice.c.notice_id.in_(numbers)).values(**values))


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(row.notice_id, row.kind, row.subject, row.details, row.opened_at)
