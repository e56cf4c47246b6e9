"""What every test may use: a real PostgreSQL for the session, and a fresh database for a test."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from trimestre.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from trimestre.pipeline.night import Plant
    from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, World

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class DemoPlant:
    """A plant over the simulators: change ``world`` between nights."""

    plant: "Plant"
    world: "World"
    moodle: "MoodleSimulator"
    limesurvey: "LimeSurveySimulator"


# Tests lose nothing in a power cut, and a database is made and dropped for each of them.
FAST_AND_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.fixture
def fresh_home() -> Iterator[Path]:
    """An empty home for a test that starts servers of its own.

    Not ``tmp_path``: pytest's folders are closed (0700) to the user as which root runs PostgreSQL.
    """
    home = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One embedded server for the whole session."""
    home = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    if os.geteuid() == 0:
        home.chmod(0o711)
    with EmbeddedPostgres.start(home, FAST_AND_UNSAFE) as server:
        yield server
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def make_database(postgres: EmbeddedPostgres) -> Callable[[str], str]:
    """Make a database of an unused name as a copy of a template and return the name; drop it yourself."""

    def make(template: str = "template0") -> str:
        name = f"test_{secrets.token_hex(6)}"
        postgres.create_database(name, template)
        return name

    return make


@pytest.fixture
def database(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], request: pytest.FixtureRequest
) -> Iterator[str]:
    """SQLAlchemy URL of a fresh database, dropped after the test.

    Empty, or a copy: ``@pytest.mark.parametrize("database", ["template name"], indirect=True)``.
    """
    name = make_database(getattr(request, "param", "template0"))
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres, make_database: Callable[[str], str]) -> str:
    """Name of an empty, migrated warehouse to copy from."""
    from trimestre.warehouse.migrate import migrate

    name = make_database("template0")
    migrate(postgres.url(name))
    return name


@pytest.fixture
def warehouse(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[sa.Engine]:
    """An engine on a fresh, migrated warehouse, dropped after the test."""
    from trimestre.warehouse.database import connect

    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


@pytest.fixture
def demo_plant(warehouse: sa.Engine, tmp_path: Path) -> Iterator[DemoPlant]:
    """The demo's sources, simulators and project on a fresh warehouse, without Airflow."""
    from trimestre.contracts import load_project
    from trimestre.pipeline.night import Plant
    from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, build_world, write_drop_files
    from trimestre.sources.base import Connection

    world = build_world()
    write_drop_files(world, tmp_path / "drop")
    with MoodleSimulator(world) as moodle, LimeSurveySimulator(world) as limesurvey:
        connections = {
            "moodle_pnud": Connection(moodle.url, password=moodle.token),
            "encuestas": Connection(limesurvey.endpoint, limesurvey.username, limesurvey.password),
        }
        plant = Plant(
            engine=warehouse,
            project=load_project(PROJECT),
            landing=tmp_path / "landing",
            drop=tmp_path / "drop",
            key=b"k" * 32,
            connection_of=connections.get,
        )
        yield DemoPlant(plant, world, moodle, limesurvey)
