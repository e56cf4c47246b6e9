"""What every test may use: a real PostgreSQL for the session, and a fresh database for a test."""

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import sqlalchemy as sa
from quick_postgres import running
from the_case import case_project, copied, new_world, small_world

from trimestre.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, World
    from trimestre.sources.base import Connection

# A process that holds all tests and libraries has so many objects that looking through them for garbage as often as
# Python does takes an eighth of its time.
gc.set_threshold(20_000, 20, 20)

# How long an example takes says how busy the machine is, not whether the code is right. Many: by `make test-slow`.
hypothesis.settings.register_profile("trimestre", deadline=None, max_examples=25)
hypothesis.settings.register_profile("many", deadline=None, max_examples=400)
hypothesis.settings.load_profile("trimestre")


class DemoPlant:
    """A plant over the simulators: change ``world`` between nights.

    World and simulators are made when somebody asks for them: most tests of a closed quarter never do.
    """

    def __init__(self, engine: sa.Engine, folder: Path, make_world: "Callable[[], World]", stack: ExitStack) -> None:
        from trimestre.pipeline.plant import Plant

        self._make_world, self._stack = make_world, stack
        self.plant = Plant(
            engine=engine,
            project=case_project(),
            landing=folder / "landing",
            drop=folder / "drop",
            key=b"k" * 32,
            connection_of=self._connection,
        )

    @cached_property
    def world(self) -> "World":
        return self._make_world()

    @cached_property
    def moodle(self) -> "MoodleSimulator":
        from trimestre.simulators import MoodleSimulator

        return self._stack.enter_context(MoodleSimulator(self.world))

    @cached_property
    def limesurvey(self) -> "LimeSurveySimulator":
        from trimestre.simulators import LimeSurveySimulator

        return self._stack.enter_context(LimeSurveySimulator(self.world))

    def _connection(self, name: str) -> "Connection | None":
        from trimestre.sources.base import Connection

        if name == "moodle_pnud":
            return Connection(self.moodle.url, password=self.moodle.token)
        if name == "encuestas":
            return Connection(self.limesurvey.endpoint, self.limesurvey.username, self.limesurvey.password)
        return None


StagedDemo = Callable[[Callable[[DemoPlant], None]], DemoPlant]
"""A copy of the demo as a function brings it somewhere, which is run once for all tests."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadfile``, some files stay together (see ``scheduling.py``)."""
    if config.getoption("dist") != "loadfile":
        return None
    from scheduling import TogetherScheduling

    return TogetherScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _files_are_finished() -> Iterator[None]:
    """Files that a test has just written are not waited for (two seconds a source and night)."""
    from trimestre.sources.tabular import fetch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetch, "SETTLE_SECONDS", 0.0)
        yield


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
    with running(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) as server:
        yield server


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


@contextmanager
def demo_over(engine: sa.Engine, folder: Path, make_world: "Callable[[], World]") -> Iterator[DemoPlant]:
    """A plant over simulators of a world, with its files in a folder."""
    with ExitStack() as stack:
        yield DemoPlant(engine, folder, make_world, stack)


@pytest.fixture
def demo_plant(warehouse: sa.Engine, tmp_path: Path) -> Iterator[DemoPlant]:
    """The demo's sources, simulators and project on a fresh warehouse, without Airflow, with a fifth of its people."""
    from trimestre.simulators import write_drop_files

    with demo_over(warehouse, tmp_path, small_world) as demo:
        write_drop_files(demo.world, tmp_path / "drop")
        yield demo


@dataclass(frozen=True)
class _Stage:
    database: str
    folder: Path
    world: "World"


@pytest.fixture(scope="session")
def demo_stages(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[Callable[[Callable[[DemoPlant], None]], _Stage]]:
    """The demo brought to a stage, once for each stage; to be copied only."""
    from trimestre.simulators import write_drop_files
    from trimestre.warehouse.database import connect

    known: dict[Callable[[DemoPlant], None], _Stage] = {}

    def bring(to: Callable[[DemoPlant], None]) -> _Stage:
        if to not in known:
            stage = _Stage(make_database(migrated_template), Path(tempfile.mkdtemp()), new_world())
            known[to] = stage
            engine = connect(postgres.url(stage.database))
            write_drop_files(stage.world, stage.folder / "drop")
            with demo_over(engine, stage.folder, lambda: stage.world) as demo:
                to(demo)
            engine.dispose()
        return known[to]

    yield bring
    for stage in known.values():
        postgres.drop_database(stage.database)
        shutil.rmtree(stage.folder)


@pytest.fixture
def staged_demo(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    demo_stages: Callable[[Callable[[DemoPlant], None]], _Stage],
    tmp_path: Path,
) -> Iterator[StagedDemo]:
    """A copy of the demo at a stage: ``staged_demo(after_a_night)``, where that brings a new demo there."""
    from trimestre.warehouse.database import connect

    with ExitStack() as stack:

        def copy(to: Callable[[DemoPlant], None]) -> DemoPlant:
            stage = demo_stages(to)
            name = make_database(stage.database)
            stack.callback(postgres.drop_database, name)
            engine = connect(postgres.url(name))
            stack.callback(engine.dispose)
            shutil.copytree(stage.folder, tmp_path, dirs_exist_ok=True)
            return stack.enter_context(demo_over(engine, tmp_path, lambda: copied(stage.world)))

        yield copy


def after_a_night(demo: DemoPlant) -> None:
    """Every source once, long after the quarter; nothing is computed."""
    from trimestre.pipeline.night import ingest

    for source in demo.plant.source_codes():
        ingest(demo.plant, source, datetime(2020, 7, 10, tzinfo=UTC))


@pytest.fixture
def demo_after_a_night(staged_demo: StagedDemo) -> DemoPlant:
    """The demo's case merged once; nothing is computed."""
    return staged_demo(after_a_night)


def after_the_close(demo: DemoPlant) -> None:
    """The case closed: computed, every deviation of 2020-Q2 explained, its version 1 approved by a second person."""
    from trimestre.indicators.candidates import NotReady, prepare
    from trimestre.indicators.explaining import explain
    from trimestre.indicators.vintages import decide_candidate
    from trimestre.periods import Period
    from trimestre.pipeline.night import compute_quarters, pending_quarters, refresh_marts
    from trimestre.warehouse.database import transaction

    after_a_night(demo)
    plant, period, now = demo.plant, Period(2020, 2), datetime(2020, 8, 1, tzinfo=UTC)
    compute_quarters(plant, pending_quarters(plant.engine, plant.project))
    try:
        prepared = prepare(plant.engine, plant.project, period, prepared_by="especialista", now=now)
    except NotReady as error:
        with transaction(plant.engine) as connection:
            for code in sorted({finding["indicator"] for finding in error.findings}):
                said = "Explicación ilustrativa de la desviación."
                explain(connection, plant.project, code, period, said, "especialista")
        prepared = prepare(plant.engine, plant.project, period, prepared_by="especialista", now=now)
    decide_candidate(
        plant.engine,
        prepared.candidate_id,
        approve=True,
        decided_by="coordinacion",
        comment="Revisado.",
        project=plant.project,
    )
    compute_quarters(plant, pending_quarters(plant.engine, plant.project))
    refresh_marts(plant)


@pytest.fixture
def closed_demo(staged_demo: StagedDemo) -> DemoPlant:
    """The demo's case with 2020-Q2 officially closed; the quarters around it are preliminary."""
    return staged_demo(after_the_close)
