"""A night that is killed anywhere is made up for by the next one: its tables are those of a night without a fault."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from small_house import CopyHouse, House, Stages, die, half_written, in_child, killed_at_work, state_of, tripped

HOUSES = 10
"""Each is killed twice: somewhere in its night, and early in the night that makes up for it."""

EARLY = 100
"""Operations that every night has: killed among them, the second night is killed while it sweeps and lands."""


@dataclass(frozen=True)
class Length:
    """How long a night is without a fault."""

    operations: int
    seconds: float


LengthOf = Callable[[str], Length]
"""Stage -> the length of its night."""


@pytest.fixture(scope="module")
def _known() -> dict[str, Length]:
    return {}


@pytest.fixture
def length_of(copy_house: CopyHouse, _known: dict[str, Length]) -> LengthOf:
    """The nights' lengths, each measured for whoever asks first."""

    def measured(stage: str) -> Length:
        if stage not in _known:
            house, start = copy_house(stage), time.perf_counter()
            ended, said = tripped(house, 0, None, house.night)
            assert ended == 0
            _known[stage] = Length(int(said), time.perf_counter() - start)
        return _known[stage]

    return measured


def _place(seed: int, of: int, operations: int) -> int:
    """An operation by chance within the share of the night that is this seed's."""
    return 1 + int((seed + random.Random(seed).random()) / of * (operations - 1))


@pytest.mark.parametrize("seed", range(HOUSES))
def test_a_night_killed_twice_loses_nothing(
    copy_house: CopyHouse, stages: Stages, length_of: LengthOf, seed: int
) -> None:
    _killed(copy_house, stages, length_of, seed, HOUSES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_sixty_nights_killed_twice_at_an_operation_lose_nothing(
    copy_house: CopyHouse, stages: Stages, length_of: LengthOf, seed: int
) -> None:
    _killed(copy_house, stages, length_of, seed, 60)


def _killed(copy_house: CopyHouse, stages: Stages, length_of: LengthOf, seed: int, of: int) -> None:
    stage = ("first", "second")[seed % 2]
    place = _place(seed, of, length_of(stage).operations)
    house = copy_house(stage)
    assert tripped(house, place, die, house.night)[0] == signal.SIGKILL
    assert tripped(house, random.Random(-seed).randint(1, EARLY), die, house.night)[0] == signal.SIGKILL
    assert in_child(house.night) == (0, "None")
    assert state_of(house) == stages.undisturbed[stage]
    assert half_written(house) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80))
def test_eighty_nights_killed_in_the_middle_of_a_statement_lose_nothing(
    copy_house: CopyHouse, stages: Stages, length_of: LengthOf, seed: int
) -> None:
    stage = ("first", "second")[seed % 2]
    house = _killed_in_the_middle(copy_house, stage, random.Random(seed).random() * length_of(stage).seconds)
    assert in_child(house.resume if seed % 4 > 1 else house.night) == (0, "None")
    assert state_of(house) == stages.undisturbed[stage]
    assert half_written(house) == []


def _killed_in_the_middle(copy_house: CopyHouse, stage: str, after: float) -> House:
    """A house whose night was killed so many seconds after it began, or sooner where it had ended by then."""
    while True:
        house = copy_house(stage)
        if killed_at_work(house, house.night, after):
            return house
        after /= 2


def test_a_night_that_ended_before_it_could_be_killed_counts_as_none(copy_house: CopyHouse) -> None:
    house = copy_house("second")
    assert not killed_at_work(house, house.night, 60)


def test_the_two_nights_differ(stages: Stages) -> None:
    first, second = stages.undisturbed["first"], stages.undisturbed["second"]
    changed = {table for table in first if first[table] != second[table]}
    assert {"warehouse.enrolment", "warehouse.person_link", "results.indicator_value", "marts.person"} <= changed
