"""By when a source is expected, and which runs count for that: local times of the days of the week, as instants.

Data flow: freshness + schedule + zone + now -> the last deadline, from when on runs count for it, and the next one.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

from trimestre.contracts.watching import DAYS, Freshness

GRACE = timedelta(hours=3)
"""How long after its start a nightly run is over, with its retries."""
EARLY = timedelta(hours=12)
"""How long before its deadline a run may begin that somebody, or another clock than Airflow's, started early."""
FRAMEWORK_SCHEDULE = "45 2 * * *"
"""When the project's own YAML is ingested, in the project's zone: before every source."""


@dataclass(frozen=True)
class Deadlines:
    """Instants in the source's zone. A run that began at ``opens`` or later is to have ended well by ``last``.

    One that began before ``opens`` was for an earlier deadline, be it that it kept it or that it came too late for it.
    """

    opens: datetime
    last: datetime
    upcoming: datetime

    def kept_by(self, started_at: datetime) -> bool:
        """Whether a run counts for the last deadline, in time or too late; ``started_at`` is an instant."""
        return started_at.astimezone(UTC) >= self.opens.astimezone(UTC)


def deadlines(freshness: Freshness, schedule: str, zone: ZoneInfo, now: datetime) -> Deadlines | None:
    """The deadlines around ``now``, an instant; ``None`` = no time is asked for."""
    clock = _clock(freshness, schedule)
    if clock is None:
        return None
    today = now.astimezone(zone).date()
    # One of any set of weekdays lies within the week before today, one within the week after it. Compared are
    # instants: a local time that summer time skips or repeats is one of them all the same.
    near = [
        datetime.combine(today + timedelta(days=days), clock, zone)
        for days in range(-8, 9)
        if DAYS[(today + timedelta(days=days)).weekday()] in freshness.days
    ]
    last = [due for due in near if due.astimezone(UTC) <= now.astimezone(UTC)][-1]
    upcoming = next(due for due in near if due.astimezone(UTC) > now.astimezone(UTC))
    return Deadlines(_opens(schedule, last, zone), last, upcoming)


def _opens(schedule: str, due: datetime, zone: ZoneInfo) -> datetime:
    """From when on runs count for a deadline: the last scheduled start before it, or half a day where that is more."""
    opens = due.astimezone(UTC) - EARLY
    with suppress(CroniterError):  # no cron, or one that never comes: its DAG says so
        scheduled = croniter(schedule, due.replace(tzinfo=None)).get_prev(datetime).replace(tzinfo=zone)
        opens = min(opens, scheduled.astimezone(UTC))
    return opens.astimezone(zone)


def _clock(freshness: Freshness, schedule: str) -> time | None:
    if freshness.expected_by:
        return time.fromisoformat(freshness.expected_by)
    return next(_a_while_after(schedule), None)


def _a_while_after(schedule: str) -> Iterator[time]:
    """Some hours after a cron that is one time of every day, and nothing for another one."""
    minute, hour, *rest = schedule.split()
    if minute.isdigit() and hour.isdigit() and rest == ["*", "*", "*"] and int(minute) < 60 and int(hour) < 24:
        yield (datetime(2000, 1, 1, int(hour), int(minute), tzinfo=UTC) + GRACE).time()
