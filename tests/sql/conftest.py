"""What the tests of privacy share: the demo's case loaded and computed once, and a copy of it for each test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import case_project, small_world

from trimestre.embedded import EmbeddedPostgres
from trimestre.pipeline import night
from trimestre.pipeline.plant import Plant
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, World, write_drop_files
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect, transaction

NOW = datetime(2020, 7, 10, tzinfo=UTC)


@dataclass
class Case:
    """A loaded warehouse with the world it came from."""

    plant: Plant
    world: World

    def rows(self, text: str, **parameters: Any) -> list[Any]:
        """The rows of a query."""
        with transaction(self.plant.engine) as connection:
            return list(connection.execute(sa.text(text), parameters))

    def value(self, text: str, **parameters: Any) -> Any:
        """The one value of a query."""
        return self.rows(text, **parameters)[0][0]

    def night(self) -> list[str]:
        """Every source once; those that changed anything."""
        write_drop_files(self.world, Path(self.plant.drop))
        changed = [source for source in self.plant.source_codes() if night.ingest(self.plant, source, NOW).changed]
        night.compute_quarters(self.plant, night.pending_quarters(self.plant.engine, self.plant.project))
        return changed


@dataclass(frozen=True)
class _Loaded:
    database: str
    folder: Path


def _plant(engine: sa.Engine, folder: Path, connections: dict[str, Connection]) -> Plant:
    return Plant(
        engine=engine,
        project=case_project(),
        landing=folder / "landing",
        drop=folder / "drop",
        key=b"k" * 32,
        connection_of=connections.get,
    )


def _spoiled_world() -> World:
    """The case with a wrong cell of a person of each kind of source, so that rows about them are held back."""
    world = small_world()
    world.attendees[0].registered_at = world.attendees[0].name  # type: ignore[assignment]
    world.captured[2].value = world.attendees[0].name  # type: ignore[assignment]
    world.surveys[202002].responses[0]["submitdate"] = world.attendees[4].name
    return world


def _simulated(world: World) -> Any:
    return MoodleSimulator(world), LimeSurveySimulator(world)


@pytest.fixture(scope="session")
def loaded(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[_Loaded]:
    """The case after one night, to copy from."""
    name = make_database(migrated_template)
    folder = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    engine = connect(postgres.url(name))
    moodle, limesurvey = _simulated(world := _spoiled_world())
    with moodle, limesurvey:
        Case(_plant(engine, folder, _connections(moodle, limesurvey)), world).night()
    engine.dispose()
    yield _Loaded(name, folder)
    postgres.drop_database(name)
    shutil.rmtree(folder)


def _connections(moodle: MoodleSimulator, limesurvey: LimeSurveySimulator) -> dict[str, Connection]:
    return {
        "moodle_pnud": Connection(moodle.url, password=moodle.token),
        "encuestas": Connection(limesurvey.endpoint, limesurvey.username, limesurvey.password),
    }


@pytest.fixture
def case(
    loaded: _Loaded, postgres: EmbeddedPostgres, make_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Case]:
    """A copy of the loaded case, with its simulators."""
    name = make_database(loaded.database)
    shutil.copytree(loaded.folder, tmp_path, dirs_exist_ok=True)
    engine = connect(postgres.url(name))
    moodle, limesurvey = _simulated(world := _spoiled_world())
    with moodle, limesurvey:
        yield Case(_plant(engine, tmp_path, _connections(moodle, limesurvey)), world)
    engine.dispose()
    postgres.drop_database(name)
