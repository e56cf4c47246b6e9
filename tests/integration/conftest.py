"""What the integration tests share: Airflow's process, installations of the case, and two nights of it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from nights import DagRunner, Installation, Quarter
from office import Office, office_over
from the_case import new_world
from three_quarters import Staged, ThreeQuarters

from trimestre.embedded import EmbeddedPostgres
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator
from trimestre.sources import http
from trimestre.warehouse.database import connect


@pytest.fixture(scope="module", autouse=True)
def _no_pauses() -> Iterator[None]:
    """Calls that failed are repeated at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "BACKOFF_SECONDS", 0)
        yield


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
        world = new_world()
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


@pytest.fixture(scope="session")
def office(
    install: Callable[..., AbstractContextManager[Installation]],
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
) -> Iterator[Office]:
    """A real Airflow over one night of the case; the last file that uses it stops it."""
    name = make_database("template0")
    with install() as here, office_over(here, postgres.url(name)) as running:
        yield running
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def stages(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[Callable[[Callable[[ThreeQuarters], None]], ThreeQuarters]]:
    """The small project brought to a stage, once for each stage; nobody is connected to it. To be copied only."""
    known: dict[Callable[[ThreeQuarters], None], ThreeQuarters] = {}
    folders = []

    def bring(to: Callable[[ThreeQuarters], None]) -> ThreeQuarters:
        if to not in known:
            folders.append(folder := Path(tempfile.mkdtemp(prefix="trimestre-test-")))
            known[to] = ThreeQuarters(connect(postgres.url(make_database(migrated_template))), folder)
            to(known[to])
            known[to].engine.dispose()
        return known[to]

    yield bring
    for project in known.values():
        postgres.drop_database(str(project.engine.url.database))
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture
def staged(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    stages: Callable[[Callable[[ThreeQuarters], None]], ThreeQuarters],
    tmp_path: Path,
) -> Iterator[Staged]:
    """A copy of the small project at a stage: ``staged(first_closed)``, where that brings a new project there."""
    engines = []

    def copy(to: Callable[[ThreeQuarters], None]) -> ThreeQuarters:
        stage = stages(to)
        engines.append(connect(postgres.url(make_database(str(stage.engine.url.database)))))
        return stage.copied(engines[-1], tmp_path)

    yield copy
    for engine in engines:
        engine.dispose()
        postgres.drop_database(str(engine.url.database))
