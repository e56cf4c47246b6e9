"""PostgreSQL goes down at once in the middle of a night: started again, the night ends with the tables of any other.

Its staging tables are not logged, so that they come back empty, while the state of the batch says that it is staged.
"""

import os
import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from quick_postgres import MEMORY, SETTINGS, QuickPostgres
from small_house import (
    NOW,
    SOURCES,
    House,
    Stages,
    copy_of,
    half_written,
    in_child,
    state_of,
    tripped,
)

from trimestre.pipeline import night
from trimestre.warehouse.migrate import migrate

_LOGGED = SETTINGS | {"synchronous_commit": "on"}
"""What was committed is there after the fall; nothing is synced to a disk, since the machine stays up."""


class Site:
    """A server that falls and gets up again, with a house on it before the second night."""

    def __init__(self, home: Path, stages: Stages) -> None:
        self._home = home
        self._houses = 0
        self._stages = stages
        self.server = QuickPostgres.start(home, _LOGGED)
        self.server.create_database("second")
        self._before = copy_of(stages.houses["first"], self.server.url("second"), home / "before")
        migrate(self._before.url)
        assert in_child(self._before.night) == (0, "None")
        self._before.day()

    def house(self, folder: Path) -> tuple[str, House]:
        self._houses += 1
        name = f"house{self._houses}"
        self.server.create_database(name, "second")
        house = copy_of(self._before, self.server.url(name), folder)
        # A copied database draws from its sequences without a word in the log until the next checkpoint.
        house.run("CHECKPOINT")
        return name, house

    def fall(self) -> None:
        """``pg_ctl stop -m immediate``: connections end at once, and nothing is written."""
        assert self.server.pid
        os.kill(self.server.pid, signal.SIGQUIT)

    def rise(self) -> None:
        self.server.stop()
        self.server = QuickPostgres.start(self._home, _LOGGED)


@pytest.fixture(scope="module")
def site(stages: Stages) -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="trimestre-falls-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    home.chmod(0o711)
    made = Site(home, stages)
    yield made
    made.server.stop()
    shutil.rmtree(home)


def _falls(site: Site, stages: Stages, folder: Path, seed: int, of: int) -> None:
    name, house = site.house(folder)
    place = 1 + int((seed + random.Random(seed).random()) / of * 700)
    ended, said = tripped(house, place, site.fall, house.night)
    assert ended == 0
    assert said.startswith(("TransientError: almacén: no se encontró una conexión", "TransientError: validación")), said
    site.rise()
    house = replace(house, url=site.server.url(name))
    assert in_child(house.resume) == (0, "None")
    assert state_of(house) == stages.undisturbed["second"]
    assert half_written(house) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_night_during_which_postgres_falls_ends_as_any_other(
    site: Site, stages: Stages, tmp_path: Path, seed: int
) -> None:
    _falls(site, stages, tmp_path, seed, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_twenty_nights_during_which_postgres_falls_end_as_any_other(
    site: Site, stages: Stages, tmp_path: Path, seed: int
) -> None:
    _falls(site, stages, tmp_path, seed, 20)


def _until_staged(house: House) -> None:
    with house.plant() as plant:
        for source in SOURCES:
            night.stage(plant, night.land(plant, source))


def _until_validated(house: House) -> None:
    with house.plant() as plant:
        for source in SOURCES:
            batch = night.land(plant, source)
            night.stage(plant, batch)
            night.validate(plant, batch, NOW)


@pytest.mark.parametrize("until", [_until_staged, _until_validated])
def test_staged_rows_that_postgres_lost_are_not_taken_for_a_source_that_became_empty(
    site: Site, stages: Stages, tmp_path: Path, until: Callable[[House], None]
) -> None:
    name, house = site.house(tmp_path)
    until(house)
    assert house.value("SELECT count(*) FROM staging.record") > 0
    site.fall()
    site.rise()
    house = replace(house, url=site.server.url(name))
    assert house.value("SELECT count(*) FROM staging.record") == 0
    assert house.value("SELECT count(*) FROM ops.batch WHERE state IN ('staged', 'validated')") > 0
    assert in_child(house.resume) == (0, "None")
    assert state_of(house) == stages.undisturbed["second"]
