"""The log keeps the days that people mean, and never loses what they wrote because it is not understood."""

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.periods import Period
from trimestre.reports.workbooks.days import understand

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
Q2 = Period(2020, 2)
DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))
PERIODS = st.builds(Period, st.integers(2015, 2030), st.integers(1, 4))


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("a mediados de junio", (6, 11), (6, 20)),
        ("primera quincena de mayo", (5, 1), (5, 15)),
        ("27 de mayo", (5, 27), (5, 27)),
        ("El miércoles 27 de mayo de 2020.", (5, 27), (5, 27)),
        ("1º de junio", (6, 1), (6, 1)),
        ("mayo y junio", (5, 1), (6, 30)),
        ("abril, mayo y junio", (4, 1), (6, 30)),
        ("finales de junio de 2020", (6, 21), (6, 30)),
        ("finales de mayo y principios de junio", (5, 21), (6, 10)),
        ("del 28 de mayo al 3 de junio", (5, 28), (6, 3)),
        ("entre el 5 y el 9 de junio", (6, 5), (6, 9)),
        ("última semana de abril", (4, 24), (4, 30)),
        ("segunda quincena de junio", (6, 16), (6, 30)),
        ("a lo largo de mayo", (5, 1), (5, 31)),
        ("durante el trimestre", (4, 1), (6, 30)),
    ],
)
def test_what_people_write_is_understood(said: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    assert understand(said, Q2) == (date(2020, *first), date(2020, *last))


@given(
    DAYS,
    PERIODS,
    st.sampled_from(["{d} de {m} de {y}", "el {d} de {M} del {y}", "{d:02}/{n:02}/{y}", "{y}-{n:02}-{d:02}"]),
)
def test_a_whole_date_is_that_day_whatever_the_quarter(day: date, period: Period, form: str) -> None:
    month = MONTHS[day.month - 1]
    said = form.format(d=day.day, m=month, M=month.upper(), n=day.month, y=day.year)
    assert understand(said, period) == (day, day)


@given(DAYS, DAYS, PERIODS)
def test_two_dates_are_everything_between_them(one: date, other: date, period: Period) -> None:
    first, last = sorted((one, other))
    said = " al ".join(f"{day.day} de {MONTHS[day.month - 1]} de {day.year}" for day in (first, last))
    assert understand(f"del {said}", period) == (first, last)


@given(
    st.sampled_from(MONTHS),
    st.sampled_from(["", "a principios de ", "mediados de ", "fines de ", "tercera semana de "]),
)
def test_part_of_a_month_is_within_it(month: str, part: str) -> None:
    found = understand(f"{part}{month} de 2020", Q2)
    number = MONTHS.index(month) + 1
    assert found is not None
    assert date(2020, number, 1) <= found[0] <= found[1] <= date(2020, number, monthrange(2020, number)[1])


@given(DAYS.map(lambda day: day.replace(day=15)), PERIODS)
def test_a_year_that_is_not_said_is_the_nearest_one(day: date, period: Period) -> None:
    found = understand(f"15 de {MONTHS[day.month - 1]}", period)
    assert found is not None
    assert abs((found[0] - period.first_day()).days) <= 230


@given(st.text(max_size=60) | st.text("0123456789 deyalmayo/-,", max_size=40), PERIODS)
def test_whatever_is_written_gives_days_in_order_or_none(said: str, period: Period) -> None:
    found = understand(said, period)
    assert found is None or found[0] <= found[1]


@pytest.mark.parametrize("said", ["", "31 de junio", "pronto", "30/02/2020", "quinta semana de mayo", "mayo de 20200"])
def test_what_says_no_day_is_told_apart(said: str) -> None:
    assert understand(said, Q2) is None
