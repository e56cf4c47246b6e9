"""Houses to break: one before its first night and one before its second, each to be copied."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_house import CopyHouse, House, Stages, copy_of, furnish, in_child, state_of

from trimestre.embedded import EmbeddedPostgres


def _undisturbed(house: House) -> None:
    ended, said = in_child(house.night)
    assert (ended, said) == (0, "None")


@pytest.fixture(scope="session")
def stages(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stages]:
    """The stages ``first`` and ``second``: before the first night, and before one after which things changed."""
    import great_expectations  # noqa: F401 - children would each pay for it
    import pyarrow.csv  # noqa: F401

    made = Stages({"first": make_database(migrated_template)}, {}, {})
    made.houses["first"] = House(postgres.url(made.databases["first"]), tmp_path_factory.mktemp("first"))
    furnish(made.houses["first"].folder)
    made.databases["second"] = make_database(made.databases["first"])
    made.houses["second"] = copy_of(
        made.houses["first"], postgres.url(made.databases["second"]), tmp_path_factory.mktemp("second")
    )
    made.houses["second"].night()  # here, so that children need not each work out what a process knows after a night
    made.undisturbed["first"] = state_of(made.houses["second"])
    made.houses["second"].day()
    ended = make_database(made.databases["second"])
    house = copy_of(made.houses["second"], postgres.url(ended), tmp_path_factory.mktemp("ended"))
    _undisturbed(house)
    made.undisturbed["second"] = state_of(house)
    yield made
    for name in (*made.databases.values(), ended):
        postgres.drop_database(name)


@pytest.fixture
def copy_house(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], stages: Stages, tmp_path: Path
) -> Iterator[CopyHouse]:
    """``copy_house("second")``: a house at that stage, to break."""
    names: list[str] = []
    numbers = itertools.count()

    def copy(stage: str) -> House:
        names.append(make_database(stages.databases[stage]))
        return copy_of(stages.houses[stage], postgres.url(names[-1]), tmp_path / f"house{next(numbers)}")

    yield copy
    for name in names:
        postgres.drop_database(name)
