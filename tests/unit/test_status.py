"""Rounding, percentages and statuses: what a reader repeats on the printed figures."""

from decimal import Decimal
from typing import Any

import pytest

from trimestre.contracts.framework import StatusThresholds
from trimestre.contracts.indicators import Indicator, Texts
from trimestre.indicators.status import percent_of_progress, percent_of_target, rounded, status

LIMITS = StatusThresholds()


def indicator(**changes: Any) -> Indicator:
    text = Texts(es="x", en="x")
    given: dict[str, Any] = {
        "code": "X-1", "state": "vigente", "name": text, "definition": text, "line": "L1", "unit": "personas",
        "evidence": "certificates", "measure": "count", "attribution": "event",
    }  # fmt: skip
    return Indicator(**(given | changes))


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("87.05", 1, "87.1"),  # half to even would give 87.0
        ("87.0967741935", 1, "87.1"),
        ("0.5", 0, "1"),
        ("2.5", 0, "3"),
        ("-0.5", 0, "-1"),
        ("4.266666", 2, "4.27"),
        ("100", 1, "100.0"),
    ],
)
def test_halves_are_rounded_up_as_people_do(value: str, decimals: int, expected: str) -> None:
    assert str(rounded(Decimal(value), decimals)) == expected


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        ("400", "350", "114.3"),
        ("405", "420", "96.4"),
        ("0", "2", "0.0"),
        (None, "2", None),
        ("3", None, None),
        ("3", "0", None),
    ],
)
def test_a_percentage_needs_a_value_and_a_target(value: str | None, target: str | None, expected: str | None) -> None:
    assert percent_of_target(indicator(), number(value), number(target)) == number(expected)


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        ("400", "350", "alcanzada"),
        ("350", "350", "alcanzada"),
        ("349", "350", "conforme"),
        ("315", "350", "conforme"),  # exactly 90 %
        ("314", "350", "con_rezago"),
        ("0", "2", "con_rezago"),
        (None, "350", "sin_dato"),
        (None, None, "sin_dato"),
        ("0", None, "sin_meta"),
        ("5", None, "sin_meta"),
        ("5", "0", "sin_meta"),
    ],
)
def test_the_status_follows_the_target_of_the_period(value: str | None, target: str | None, expected: str) -> None:
    assert status(indicator(), number(value), number(target), LIMITS) == expected


def test_a_missing_value_is_never_behind() -> None:
    assert status(indicator(), None, Decimal(2), LIMITS) == "sin_dato"
    assert status(indicator(), Decimal(0), Decimal(2), LIMITS) == "con_rezago"


def test_a_status_is_judged_on_the_percentage_as_printed() -> None:
    # 99.95 % is printed as 100.0 %, so it reaches the target.
    assert percent_of_target(indicator(), Decimal("1999"), Decimal(2000)) == Decimal("100.0")
    assert status(indicator(), Decimal("1999"), Decimal(2000), LIMITS) == "alcanzada"
    assert status(indicator(), Decimal("1998"), Decimal(2000), LIMITS) == "conforme"


def test_the_thresholds_of_the_project_hold() -> None:
    strict = StatusThresholds(achieved=110, on_track=100)
    assert status(indicator(), Decimal(105), Decimal(100), strict) == "conforme"
    assert status(indicator(), Decimal(95), Decimal(100), strict) == "con_rezago"


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("5", "alcanzada"), ("4", "alcanzada"), ("3", "conforme"), ("2", "con_rezago"), ("0", "con_rezago")],
)
def test_a_milestone_is_judged_in_stages_not_in_percent(stage: str, expected: str) -> None:
    milestone = indicator(measure="milestone", unit="etapa", stages=("a", "b", "c", "d", "e", "f"))
    assert status(milestone, Decimal(stage), Decimal(4), LIMITS) == expected


@pytest.mark.parametrize(
    ("value", "percent", "expected"),
    [
        ("5", "100", "alcanzada"),
        ("4", "120", "alcanzada"),
        ("5.5", "90", "conforme"),
        ("8", "40", "con_rezago"),
        ("12", "-40", "con_rezago"),
    ],
)
def test_where_less_is_better_only_the_progress_from_the_baseline_counts(
    value: str, percent: str, expected: str
) -> None:
    falling = indicator(direction="decrease")
    base, target = Decimal(10), Decimal(5)
    assert percent_of_target(falling, Decimal(value), target) is None, "half the target would look like 50 %"
    assert percent_of_progress(falling, Decimal(value), target, base) == Decimal(percent)
    assert status(falling, Decimal(value), target, LIMITS, base=base) == expected


@pytest.mark.parametrize("base", [None, "5"])
def test_a_decrease_from_nowhere_has_no_status(base: str | None) -> None:
    falling = indicator(direction="decrease")
    assert percent_of_progress(falling, Decimal(4), Decimal(5), number(base)) is None
    assert status(falling, Decimal(4), Decimal(5), LIMITS, base=number(base)) == "sin_meta"


def test_a_decrease_to_zero_can_be_reached() -> None:
    falling = indicator(direction="decrease")
    assert status(falling, Decimal(0), Decimal(0), LIMITS, base=Decimal(10)) == "alcanzada"
    assert status(falling, Decimal(2), Decimal(0), LIMITS, base=Decimal(10)) == "con_rezago"


@pytest.mark.parametrize(
    ("value", "target", "base", "expected"),
    [
        ("63", "85", "40", "51.1"),
        ("90", "85", "40", "111.1"),
        ("30", "85", "40", "-22.2"),
        (None, "85", "40", None),
        ("63", None, "40", None),
        ("63", "85", None, None),
        ("40", "40", "40", None),
    ],
)
def test_the_progress_from_the_baseline_is_empty_where_it_can_not_be(
    value: str | None, target: str | None, base: str | None, expected: str | None
) -> None:
    assert percent_of_progress(indicator(), number(value), number(target), number(base)) == number(expected)


def test_a_milestone_has_no_percentages() -> None:
    milestone = indicator(measure="milestone", unit="etapa", stages=("a", "b", "c"))
    assert percent_of_target(milestone, Decimal(1), Decimal(2)) is None
    assert percent_of_progress(milestone, Decimal(1), Decimal(2), Decimal(0)) is None


def test_what_has_no_total_has_no_target_to_miss() -> None:
    assert status(indicator(total=False), None, None, LIMITS) == "sin_meta"
