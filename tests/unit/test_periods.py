"""Quarters: labels, order, and borders that are midnights of the project's zone."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.errors import ContractError
from trimestre.periods import Period, span

MEXICO = ZoneInfo("America/Mexico_City")
Q2 = Period(2020, 2)
periods = st.builds(Period, st.integers(1990, 2100), st.integers(1, 4))


@given(periods)
def test_a_label_reads_back_as_it_is_written(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert Period.parse(f" {period}\n") == period


@pytest.mark.parametrize(
    "label", ["", "2020", "2020-Q0", "2020-Q5", "2020Q2", "2020-q2", "20-Q2", "2020-Q22", "T2 2020"]
)
def test_a_wrong_label_is_told_with_its_mend(label: str) -> None:
    with pytest.raises(ContractError) as raised:
        Period.parse(label)
    assert f"se encontró «{label}»" in str(raised.value)
    assert "2020-Q2" in str(raised.value)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_is_in_exactly_one_quarter(day: date) -> None:
    period = Period.of(day)
    assert period.first_day() <= day < period.next().first_day()


@given(periods)
def test_quarters_follow_each_other_without_gap_or_overlap(period: Period) -> None:
    assert period < period.next()
    assert period.event_until(MEXICO) == period.next().starts_at(MEXICO)
    assert Period.of(period.next().first_day() - timedelta(days=1)) == period
    assert Period.of(period.next().first_day()) == period.next()


def test_the_borders_are_midnights_in_mexico_by_the_rules_of_that_year() -> None:
    # Winter time on 1 April 2020 (summer time began on the 5th), summer time on 1 July.
    assert Q2.starts_at(MEXICO) == datetime(2020, 4, 1, 6, tzinfo=UTC)
    assert Q2.event_until(MEXICO) == datetime(2020, 7, 1, 5, tzinfo=UTC)
    # Summer time was abolished in 2022: a fixed offset learned in 2020 would be an hour off.
    assert Period(2023, 2).event_until(MEXICO) == datetime(2023, 7, 1, 6, tzinfo=UTC)


def test_the_last_minute_of_june_counts_and_the_first_of_july_does_not() -> None:
    late = datetime(2020, 6, 30, 23, 59, 59, tzinfo=MEXICO)
    assert Q2.starts_at(MEXICO) <= late < Q2.event_until(MEXICO)
    assert not datetime(2020, 7, 1, tzinfo=MEXICO) < Q2.event_until(MEXICO)
    assert late.astimezone(UTC).month == 7  # where UTC would put it


def test_a_span_holds_both_ends_and_none_out_of_order() -> None:
    assert [str(p) for p in span(Period(2019, 4), Q2)] == ["2019-Q4", "2020-Q1", "2020-Q2"]
    assert span(Q2, Q2) == [Q2]
    assert span(Q2, Period(2020, 1)) == []


@pytest.mark.parametrize(
    ("first_month", "fiscal"),
    [
        (1, ["2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"]),
        (4, ["2020-Q4", "2021-Q1", "2021-Q2", "2021-Q3"]),
        (7, ["2020-Q3", "2020-Q4", "2021-Q1", "2021-Q2"]),
        (10, ["2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1"]),
    ],
)
def test_a_fiscal_year_is_named_for_the_year_in_which_it_ends(first_month: int, fiscal: list[str]) -> None:
    assert [str(Period(2020, quarter).fiscal(first_month)) for quarter in (1, 2, 3, 4)] == fiscal


@given(periods, st.sampled_from([1, 4, 7, 10]))
def test_fiscal_quarters_follow_each_other_and_the_first_begins_the_year(period: Period, first_month: int) -> None:
    assert period.next().fiscal(first_month) == period.fiscal(first_month).next()
    assert (period.fiscal(first_month).quarter == 1) == (period.first_day().month == first_month)
    assert period.fiscal(first_month).year in (period.year, period.year + 1)


def test_quarters_sort_by_time() -> None:
    wrong = [Period(2021, 1), Period(2020, 4), Q2, Period(2019, 3)]
    assert [str(p) for p in sorted(wrong)] == ["2019-Q3", "2020-Q2", "2020-Q4", "2021-Q1"]
    assert Period(2020, 4) <= Period(2021, 1)
    assert max(wrong) == Period(2021, 1)


def test_quarters_can_be_imported_before_anything_else() -> None:
    done = subprocess.run([sys.executable, "-c", "import trimestre.periods"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
