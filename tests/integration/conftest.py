"""What the integration tests share: Airflow's process, installations of the case, and two nights of it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from nights import DagRunner, Installation, Quarter

from trimestre.embedded import EmbeddedPostgres
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, build_world
from trimestre.warehouse.database import connect


@pytest.fixture(scope="session")
def dags(postgres: EmbeddedPostgres, make_database: Callable[[str], str]) -> Iterator[DagRunner]:
    """The process that runs DAGs; one for the session, since Airflow's migration and import take 15 s."""
    name = make_database("template0")
    home = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    with DagRunner(home, postgres.url(name)) as runner:
        yield runner
    postgres.drop_database(name)
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def install(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Callable[..., AbstractContextManager[Installation]]:
    """Make an installation of the case: ``with install() as here``, or ``install(database)`` on a copy of one."""

    @contextmanager
    def make(template: str = migrated_template) -> Iterator[Installation]:
        name = make_database(template)
        folder = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
        engine = connect(postgres.url(name))
        world = build_world()
        with MoodleSimulator(world) as moodle, LimeSurveySimulator(world) as limesurvey:
            installation = Installation(postgres.url(name), engine, folder, world, moodle, limesurvey)
            installation.drop()
            yield installation
        engine.dispose()
        postgres.drop_database(name)
        shutil.rmtree(folder)

    return make


@pytest.fixture(scope="session")
def quarter(install: Callable[..., AbstractContextManager[Installation]], dags: DagRunner) -> Iterator[Quarter]:
    """Two nights of the case through the DAGs, with what the tables held after each."""
    with install() as here:
        first = here.night(dags)
        after_first = here.snapshot()
        second = here.night(dags)
        yield Quarter(here, first, second, after_first, here.snapshot())
