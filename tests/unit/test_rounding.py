"""Whole percentages of a list add to 100; nobody is rounded away unfairly."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.indicators.rounding import largest_remainder
from trimestre.indicators.status import rounded

parts = st.lists(st.integers(0, 10**6), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ([238, 139], [63, 37]),
        ([12, 16], [43, 57]),
        ([1, 1, 1], [34, 33, 33]),
        ([1, 1, 1, 1, 1, 1], [17, 17, 17, 17, 16, 16]),
        ([0, 5], [0, 100]),
        ([0, 0], [0, 0]),
        ([], []),
    ],
)
def test_the_shares_of_the_report(counts: list[int], shares: list[int]) -> None:
    assert largest_remainder(counts) == shares


@given(parts, st.integers(1, 1000))
def test_shares_add_to_the_whole_and_none_is_off_by_one(counts: list[int], total: int) -> None:
    shares = largest_remainder(counts, total)
    whole = sum(counts)
    assert sum(shares) == (total if whole else 0)
    for count, share in zip(counts, shares, strict=True):
        assert abs(share * whole - total * count) < whole or not whole


@given(parts)
def test_more_people_never_get_a_smaller_share(counts: list[int]) -> None:
    shares = largest_remainder(counts)
    told = pairwise(sorted(zip(counts, shares, strict=True)))
    assert all(share <= other for (count, share), (more, other) in told if count < more)


def test_elsewhere_a_percentage_is_rounded_half_up_by_itself() -> None:
    assert [rounded(Decimal(number), 0) for number in ("62.5", "63.5", "37.4")] == [63, 64, 37]


def test_no_share_of_a_debt() -> None:
    with pytest.raises(ValueError, match="a count below zero"):
        largest_remainder([3, -1])
