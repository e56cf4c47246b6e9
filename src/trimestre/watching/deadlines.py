"""By when a source is expected: local times of the days of the week, as instants.

Data flow: freshness + schedule + zone + now -> the last deadline and the one before it, and the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trimestre.contracts.watching import DAYS, Freshness

GRACE = timedelta(hours=3)
"""How long after its start a nightly run is over, with its retries."""
FRAMEWORK_SCHEDULE = "45 2 * * *"
"""When the project's own YAML is ingested, in the project's zone: before every source."""


@dataclass(frozen=True)
class Deadlines:
    """Instants in the source's zone. A run that began after ``before`` is to have ended well by ``last``."""

    before: datetime
    last: datetime
    upcoming: datetime


def deadlines(freshness: Freshness, schedule: str, zone: ZoneInfo, now: datetime) -> Deadlines | None:
    """The deadlines around ``now``, an instant; ``None`` = no time is asked for."""
    clock = _clock(freshness, schedule)
    if clock is None:
        return None
    today = now.astimezone(zone).date()
    # Two of any set of weekdays lie within the fortnight before today, one within the week after it. Compared are
    # instants: a local time that summer time skips or repeats is one of them all the same.
    near = [
        datetime.combine(today + timedelta(days=days), clock, zone)
        for days in range(-15, 9)
        if DAYS[(today + timedelta(days=days)).weekday()] in freshness.days
    ]
    past = [due for due in near if due.astimezone(UTC) <= now.astimezone(UTC)]
    return Deadlines(past[-2], past[-1], next(due for due in near if due.astimezone(UTC) > now.astimezone(UTC)))


def _clock(freshness: Freshness, schedule: str) -> time | None:
    if freshness.expected_by:
        return time.fromisoformat(freshness.expected_by)
    return next(_a_while_after(schedule), None)


def _a_while_after(schedule: str) -> Iterator[time]:
    """Some hours after a cron that is one time of every day, and nothing for another one."""
    minute, hour, *rest = schedule.split()
    if minute.isdigit() and hour.isdigit() and rest == ["*", "*", "*"] and int(minute) < 60 and int(hour) < 24:
        yield (datetime(2000, 1, 1, int(hour), int(minute), tzinfo=UTC) + GRACE).time()
