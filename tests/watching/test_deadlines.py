"""By when a source is expected: a night that is missing is noticed, a weekend is not, on days of summer time, too."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.contracts.watching import DAYS, Freshness
from trimestre.watching.deadlines import deadlines

MEXICO, MADRID = ZoneInfo("America/Mexico_City"), ZoneInfo("Europe/Madrid")


def read(**data: object) -> Freshness:
    return Freshness.model_validate(data)


def test_a_nightly_source_is_expected_three_hours_after_its_start_by_itself() -> None:
    found = deadlines(Freshness(), "30 22 * * *", MEXICO, datetime(2020, 7, 1, 8, tzinfo=UTC))
    assert found is not None
    # 22:30 and three hours is half past one of the next day: the run of the 30th of June.
    assert found.last == datetime(2020, 7, 1, 1, 30, tzinfo=MEXICO)
    assert found.before == datetime(2020, 6, 30, 1, 30, tzinfo=MEXICO)
    assert found.upcoming == datetime(2020, 7, 2, 1, 30, tzinfo=MEXICO)


@pytest.mark.parametrize("schedule", ["0 3 * * 1", "*/5 * * * *", "0 3,9 * * *", "0 3 1 * *", "99 3 * * *"])
def test_another_schedule_asks_for_no_time_unless_one_is_said(schedule: str) -> None:
    now = datetime(2020, 7, 1, 8, tzinfo=UTC)
    assert deadlines(Freshness(), schedule, MEXICO, now) is None
    assert deadlines(read(expected_by="06:00"), schedule, MEXICO, now) is not None


def test_nothing_is_expected_at_the_weekend_that_nobody_works() -> None:
    working = read(expected_by="06:00", days=list(DAYS[:5]))
    found = deadlines(working, "0 3 * * *", MEXICO, datetime(2020, 7, 5, 20, tzinfo=UTC))  # a Sunday
    assert found is not None
    days = found.before.date(), found.last.date(), found.upcoming.date()
    assert [f"{day:%a %d}" for day in days] == ["Thu 02", "Fri 03", "Mon 06"]


@given(
    minutes=st.integers(0, 7 * 366 * 24 * 60),
    clock=st.times(),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
)
def test_one_deadline_is_past_and_the_next_is_not_on_days_of_summer_time_too(
    minutes: int, clock: time, days: set[str]
) -> None:
    now = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    wanted = read(expected_by=f"{clock:%H:%M}", days=sorted(days))
    found = deadlines(wanted, "0 3 * * *", MADRID, now)
    assert found is not None
    before, last, upcoming = (due.astimezone(UTC) for due in (found.before, found.last, found.upcoming))
    assert before < last <= now < upcoming
    assert upcoming - before <= timedelta(days=14, hours=2)
    assert {DAYS[due.weekday()] for due in (found.before, found.last, found.upcoming)} <= days
