"""The parts of a drift add up to it, whatever the values after each step were."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trimestre.indicators.drift import add_up
from trimestre.indicators.drifting_rows import REASONS

values = st.decimals(min_value=-1000, max_value=1000, places=2)
steps = st.lists(st.tuples(st.sampled_from(REASONS), st.none() | values), max_size=8)


@given(values, steps, values, values)
def test_the_amounts_add_up_to_the_difference(
    published: Decimal, found: list[tuple[str, Decimal | None]], settled: Decimal, now: Decimal
) -> None:
    amounts = add_up(published, found, settled, now)
    assert sum(amount for amount in amounts.values() if amount is not None) == now - published
    assert None not in amounts.values()


@given(steps, values)
def test_a_value_that_was_not_available_gives_no_amounts(found: list[tuple[str, Decimal | None]], now: Decimal) -> None:
    amounts = add_up(None, found, now, now)
    assert amounts
    assert set(amounts.values()) == {None}


def test_a_rate_of_nobody_leaves_its_part_to_the_next_reason() -> None:
    found = [("late_row", None), ("correction", Decimal(40))]
    amounts = add_up(Decimal(50), list(found), Decimal(40), Decimal(40))
    assert amounts == {"late_row": Decimal(0), "correction": Decimal(-10)}


def test_what_is_equal_has_no_amounts() -> None:
    assert add_up(Decimal(3), [], Decimal(3), Decimal(3)) == {}
    assert add_up(None, [], None, None) == {}
