"""A night that is killed anywhere is made up for by the next one: its tables are those of a night without a fault."""

import random
import signal

import pytest
from small_house import CopyHouse, Stages, die, half_written, in_child, state_of, tripped

HOUSES = 10
"""Each is killed twice: somewhere in its night, and early in the night that makes up for it."""

EARLY = 100
"""Operations that every night has: killed among them, the second night is killed while it sweeps and lands."""


@pytest.fixture(scope="module")
def operations(stages: Stages) -> dict[str, int]:
    """How many operations a night of each stage has; filled by who asks first."""
    return {}


def _count(operations: dict[str, int], copy_house: CopyHouse, stage: str) -> int:
    if stage not in operations:
        house = copy_house(stage)
        ended, said = tripped(house, 0, None, house.night)
        assert ended == 0
        operations[stage] = int(said)
    return operations[stage]


def _place(seed: int, of: int, operations: int) -> int:
    """An operation by chance within the share of the night that is this seed's."""
    return 1 + int((seed + random.Random(seed).random()) / of * (operations - 1))


@pytest.mark.parametrize("seed", range(HOUSES))
def test_a_night_killed_twice_loses_nothing(
    copy_house: CopyHouse, stages: Stages, operations: dict[str, int], seed: int
) -> None:
    _killed(copy_house, stages, operations, seed, HOUSES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_sixty_nights_killed_twice_at_an_operation_lose_nothing(
    copy_house: CopyHouse, stages: Stages, operations: dict[str, int], seed: int
) -> None:
    _killed(copy_house, stages, operations, seed, 60)


def _killed(copy_house: CopyHouse, stages: Stages, operations: dict[str, int], seed: int, of: int) -> None:
    stage = ("first", "second")[seed % 2]
    place = _place(seed, of, _count(operations, copy_house, stage))
    house = copy_house(stage)
    assert tripped(house, place, die, house.night)[0] == signal.SIGKILL
    assert tripped(house, random.Random(-seed).randint(1, EARLY), die, house.night)[0] == signal.SIGKILL
    assert in_child(house.night) == (0, "None")
    assert state_of(house) == stages.undisturbed[stage]
    assert half_written(house) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80))
def test_eighty_nights_killed_in_the_middle_of_a_statement_lose_nothing(
    copy_house: CopyHouse, stages: Stages, seed: int
) -> None:
    stage = ("first", "second")[seed % 2]
    house = copy_house(stage)
    # the first tenth of a second is the engine's first connection; a night takes one and a half or more
    in_child(house.night, kill_after=0.05 + random.Random(seed).random() * 0.9)
    assert in_child(house.resume if seed % 4 > 1 else house.night) == (0, "None")
    assert state_of(house) == stages.undisturbed[stage]
    assert half_written(house) == []


def test_the_two_nights_differ(stages: Stages) -> None:
    first, second = stages.undisturbed["first"], stages.undisturbed["second"]
    changed = {table for table in first if first[table] != second[table]}
    assert {"warehouse.enrolment", "warehouse.person_link", "results.indicator_value", "marts.person"} <= changed
