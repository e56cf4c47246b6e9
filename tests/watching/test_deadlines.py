"""By when a source is expected: a night that is missing is noticed, a weekend is not, on days of summer time, too.

A run of the day does not stand for that of the night after it.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.contracts.watching import DAYS, Freshness, Limits
from trimestre.watching.conditions import SourceState, source_conditions
from trimestre.watching.deadlines import deadlines

MEXICO, MADRID = ZoneInfo("America/Mexico_City"), ZoneInfo("Europe/Madrid")


def read(**data: object) -> Freshness:
    return Freshness.model_validate(data)


def instant(day_and_time: str) -> datetime:
    """``06 08:00`` of July 2020 in Mexico City, a Monday."""
    return datetime.strptime(f"2020-07-{day_and_time}", "%Y-%m-%d %H:%M").replace(tzinfo=MEXICO)


def test_a_nightly_source_is_expected_three_hours_after_its_start_by_itself() -> None:
    found = deadlines(Freshness(), "30 22 * * *", MEXICO, datetime(2020, 7, 1, 8, tzinfo=UTC))
    assert found is not None
    # 22:30 and three hours is half past one of the next day: the run of the 30th of June.
    assert found.last == datetime(2020, 7, 1, 1, 30, tzinfo=MEXICO)
    assert found.opens == datetime(2020, 6, 30, 13, 30, tzinfo=MEXICO)
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
    assert [f"{day:%a %d}" for day in (found.last.date(), found.upcoming.date())] == ["Fri 03", "Mon 06"]


def test_the_run_of_sunday_is_not_the_one_that_monday_waits_for() -> None:
    found = deadlines(read(expected_by="06:00", days=list(DAYS[:5])), "0 3 * * *", MEXICO, instant("06 08:00"))
    assert found is not None
    assert not found.kept_by(instant("05 03:00"))
    assert found.kept_by(instant("06 03:00"))


@pytest.mark.parametrize(
    ("schedule", "expected_by", "day", "counts", "too_early"),
    [
        pytest.param("0 3 * * *", "06:00", "08 07:00", "07 18:00", "07 17:59", id="nightly: half a day ahead"),
        pytest.param("0 20 * * *", "14:00", "08 15:00", "07 20:00", "07 19:59", id="started the evening before"),
        pytest.param("0 3 * * 6", "06:00", "06 07:00", "04 03:00", "04 02:59", id="weekly: the run of Saturday"),
        pytest.param("0 9,13 * * *", "14:00", "08 15:00", "08 02:00", "08 01:59", id="twice a day"),
        pytest.param("99 3 * * *", "06:00", "08 07:00", "07 18:00", "07 17:59", id="no cron"),
        pytest.param("0 3 30 2 *", "06:00", "08 07:00", "07 18:00", "07 17:59", id="a day that never comes"),
    ],
)
def test_a_run_counts_from_its_scheduled_start_on_or_half_a_day_ahead(
    schedule: str, expected_by: str, day: str, counts: str, too_early: str
) -> None:
    found = deadlines(read(expected_by=expected_by), schedule, MEXICO, instant(day))
    assert found is not None
    assert (found.kept_by(instant(counts)), found.kept_by(instant(too_early))) == (True, False)


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
    opens, last, upcoming = (due.astimezone(UTC) for due in (found.opens, found.last, found.upcoming))
    assert opens < last <= now < upcoming
    assert upcoming - last <= timedelta(days=7, hours=1)
    assert {DAYS[due.weekday()] for due in (found.last, found.upcoming)} <= days
    # A nightly run that began at its time counts, that of the night before never does.
    scheduled = datetime.combine(found.last.date(), time(3), MADRID)
    scheduled -= timedelta(days=scheduled.replace(tzinfo=None) >= found.last.replace(tzinfo=None))
    assert found.kept_by(scheduled)
    assert not found.kept_by(scheduled - timedelta(days=1))


WEEK = [datetime(2020, 7, day, 6, tzinfo=MEXICO) for day in range(2, 9)]
"""Deadlines of a source that runs at three and is expected by six."""


@given(
    runs=st.lists(st.integers(0, 7 * 24 * 60).map(lambda minutes: WEEK[0] + timedelta(minutes=minutes)), max_size=9),
    after=st.integers(0, 24 * 60 - 1).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_of_every_night_that_is_missing_somebody_is_told_that_morning_and_of_no_other(
    runs: list[datetime], after: timedelta
) -> None:
    """Whenever runs came: one of the twelve hours before a deadline keeps it, a later one makes up for it.

    What came in the day, in time or not, says nothing of the next night.
    """
    for due in WEEK:
        now = due + after
        begun = [run for run in (WEEK[0] - timedelta(hours=3), *runs) if run <= now]
        nights = [run for run in begun if due - timedelta(hours=12) <= run]
        assert late(max(begun), now) == (not nights), (due, now)


def test_a_source_mended_in_the_morning_is_missed_again_the_next_one() -> None:
    missed, mended = instant("07 06:05"), instant("07 09:00")
    assert late(instant("06 03:00"), missed)
    assert not late(mended, instant("07 09:05"))
    assert late(mended, instant("08 06:05"))


def late(settled_at: datetime, now: datetime) -> bool:
    """Whether somebody is told that a nightly source, expected by six, did not come."""
    freshness = read(expected_by="06:00")
    state = SourceState(
        source="s", name="S", batch_id=1, state="merged", started_at=settled_at, settled_at=settled_at,
        merged_at=settled_at, merged_batch_id=1, message="", records=1, records_before=1, left_out=0, left_out_by=None,
        rows_now=1, retained=0, broken="", freshness=freshness,
        deadlines=deadlines(freshness, "0 3 * * *", MEXICO, now),
    )  # fmt: skip
    return "source_late" in {found.kind for found in source_conditions(state, Limits(), now)}
