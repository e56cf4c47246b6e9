"""Nights on which the platforms fail: the tables end as they would without a fault, and a dead night is made up for."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import new_world

from trimestre.contracts import Project, load_project
from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import Survey
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import TransientError
from trimestre.pipeline.night import ingest
from trimestre.pipeline.plant import Plant
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, World
from trimestre.simulators.faults import FaultKind, Faults
from trimestre.simulators.kobo import KoboSimulator
from trimestre.simulators.server import Simulator
from trimestre.sources import http
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect
from trimestre.warehouse.tables import metadata

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = ("moodle_pnud", "encuestas", "kobo")
ROUNDS: dict[str, tuple[FaultKind, ...]] = {
    "refused": ("unavailable", "unavailable_later", "too_many", "broken"),
    "late": ("slow",),
    "broken off": ("dropped", "cut"),
    "garbled": ("truncated", "page"),
}
TIMEOUT = 0.5
LEARNERS = range(5, 65)
LATER = datetime(2020, 6, 2, 12, 0)  # noqa: DTZ001 - local, as people see it

KOBO = {
    "source": "kobo",
    "name": "K",
    "kind": "kobo",
    "connection": "kobo",
    "delivers": "snapshot per survey",
    "page_size": 3,
    "timeout": TIMEOUT,
}
WORKSHOP = {
    "survey": "salida-taller",
    "name": "S",
    "source": "kobo",
    "closes_on": "2020-06-30",
    "sex_question": "sexo",
    "sex_values": {"m": "mujer", "h": "hombre", "nb": "no_binario"},
    "scored": [{"question": "satisfaccion", "scores": {str(n): n for n in range(1, 6)}}],
}
NIGHTLY = {"batch_id", "landed_file_id", "record_id", "valid_from", "valid_to", "vanished_at", "position"}
"""Columns that tell which night saw a row, not what it says."""


Tables = dict[str, tuple[int, str]]
DIES_AT = {"moodle_pnud": 40, "encuestas": 20, "kobo": 4}


@dataclass
class House:
    """A warehouse, and three platforms that can change and fail."""

    plant: Plant
    world: World
    sites: dict[str, Simulator]

    @property
    def kobo(self) -> KoboSimulator:
        site = self.sites["kobo"]
        assert isinstance(site, KoboSimulator)
        return site

    def night(self) -> None:
        for source in SOURCES:
            ingest(self.plant, source, NOW)

    def day(self) -> None:
        """What people do between the two nights."""
        self.world.add_learner("mujer")
        self.world.complete(20, 1, 1_589_000_000)
        self.world.undo_completion(30, 1, 1_589_000_000)
        self.world.unenrol(40, 1_589_000_000)
        self.world.add_response(202001, LATER, {})
        self.world.delete_response(202001, 5)
        numbers = list(self.kobo.form.submissions)
        self.kobo.edit(numbers[3], {"satisfaccion": "1"})
        self.kobo.delete(numbers[4])
        self.kobo.submit()

    def fail(self, kinds: tuple[FaultKind, ...], **settings: Any) -> None:
        """Make every platform fail from now on."""
        for site in self.sites.values():
            site.faults = Faults(kinds, delay=TIMEOUT + 0.2, **settings)

    def heal(self) -> None:
        """Let everything go well again."""
        for site in self.sites.values():
            site.faults = None

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.plant.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]

    def tables(self) -> Tables:
        """Rows and checksum of what every table with a history says, past versions included."""
        found = {}
        with self.plant.engine.connect() as connection:
            for table in metadata.sorted_tables:
                if table.schema not in ("warehouse", "restricted") or "valid_to" not in table.columns:
                    continue
                said = [f"t.{column.name}" for column in table.columns if column.name not in NIGHTLY]
                row = f"CAST(ROW({', '.join(said)}, t.valid_to = 'infinity', t.vanished_at IS NULL) AS text)"
                statement = f"SELECT count(*), md5(string_agg({row}, '|' ORDER BY {row})) FROM {table.fullname} AS t"
                count, checksum = connection.execute(sa.text(statement)).one()
                found[table.fullname] = (count, checksum)
        return found


House_ = Callable[[], AbstractContextManager[House]]


def project(kobo: KoboSimulator) -> Project:
    """The demo's project with pages small enough to be many, and a survey in KoboToolbox."""
    loaded = load_project(Path(__file__).resolve().parents[2])
    moodle = loaded.sources["moodle_pnud"].model_copy(update={"page_size": 20, "timeout": TIMEOUT})
    limesurvey = loaded.sources["encuestas"].model_copy(update={"range_size": 20, "timeout": TIMEOUT})
    sources = {"moodle_pnud": moodle, "encuestas": limesurvey, "kobo": KoboSource.model_validate(KOBO)}
    workshop = Survey.model_validate(WORKSHOP | {"survey_id": kobo.form.uid})
    return replace(loaded, sources=loaded.sources | sources, surveys=(*loaded.surveys, workshop))


@pytest.fixture(scope="module")
def house(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str, tmp_path_factory: Any
) -> House_:
    """Make a house whose framework is loaded, and nothing else yet."""

    @contextmanager
    def make() -> Iterator[House]:
        name, folder = make_database(migrated_template), tmp_path_factory.mktemp("house")
        engine = connect(postgres.url(name))
        world = new_world()
        world.moodle.enrolments = [one for one in world.moodle.enrolments if one.user_id in LEARNERS]
        with MoodleSimulator(world) as moodle, LimeSurveySimulator(world) as lime, KoboSimulator(world) as kobo:
            connections = {
                "moodle_pnud": Connection(moodle.url, password=moodle.token),
                "encuestas": Connection(lime.endpoint, lime.username, lime.password),
                "kobo": Connection(kobo.url, password=kobo.token),
            }
            plant = Plant(engine, project(kobo), folder / "landing", folder / "drop", b"k" * 32, connections.get)
            ingest(plant, "framework", NOW)
            yield House(plant, world, {"moodle_pnud": moodle, "encuestas": lime, "kobo": kobo})
        engine.dispose()
        postgres.drop_database(name)

    return make


@pytest.fixture(scope="module")
def undisturbed(house: House_) -> list[Tables]:
    """What the tables say after each of two nights without a fault."""
    with house() as here:
        here.night()
        first = here.tables()
        here.day()
        here.night()
        return [first, here.tables()]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between attempts are tested where they are made."""
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0.01)


def test_the_two_nights_differ(undisturbed: list[Tables]) -> None:
    changed = {table for table in undisturbed[0] if undisturbed[0][table] != undisturbed[1][table]}
    assert {"warehouse.enrolment", "warehouse.module_completion", "warehouse.response", "warehouse.answer"} <= changed


@pytest.mark.parametrize(
    "round_", [pytest.param(name, marks=pytest.mark.slow) if name in ("late", "garbled") else name for name in ROUNDS]
)
def test_two_nights_of_faults_end_as_two_without(house: House_, undisturbed: list[Tables], round_: str) -> None:
    kinds = ROUNDS[round_]
    with house() as here:
        for number, expected in enumerate(undisturbed):
            here.fail(kinds, first=1, every=3, seed=number, most=1 if round_ == "late" else None)
            here.night()
            for source, site in here.sites.items():
                assert site.faults is not None
                assert set(site.faults.happened) == set(kinds), source
            here.heal()
            assert here.tables() == expected
            if number == 0:
                here.day()


def test_whoever_is_missing_for_a_moment_between_two_pages_does_not_vanish(
    house: House_, undisturbed: list[Tables]
) -> None:
    with house() as here:
        here.night()
        for place in (2, 4, 9):  # among pages of people, of responses, of submissions
            here.fail(("shift",), first=place, every=1, most=2)
            here.night()
            assert all(site.faults and site.faults.happened["shift"] == 2 for site in here.sites.values())
            assert here.tables() == undisturbed[0]
        here.day()
        here.fail(("shift",), first=4, every=1, most=2)
        here.night()
        here.heal()
        here.night()
        assert here.tables() == undisturbed[1]


def test_a_key_that_expires_in_the_middle_is_renewed(house: House_, undisturbed: list[Tables]) -> None:
    with house() as here:
        for number, expected in enumerate(undisturbed):
            here.fail(("expired",), first=9, most=1)
            here.night()
            assert here.tables() == expected
            if number == 0:
                here.day()


def test_a_night_that_dies_in_the_middle_is_made_up_for_by_the_next(house: House_, undisturbed: list[Tables]) -> None:
    with house() as here:
        here.night()
        here.day()
        for source, place in DIES_AT.items():
            # The network is gone from some call on, and stays so.
            here.sites[source].faults = Faults(("dropped",), first=place, every=1, times=99)
            with pytest.raises(TransientError, match="conexión interrumpida"):
                ingest(here.plant, source, NOW)
            last = f"SELECT state FROM ops.batch WHERE source = '{source}' ORDER BY batch_id DESC LIMIT 1"
            assert here.rows(last) == [("abandoned",)]
        assert here.tables() == undisturbed[0]
        here.heal()
        here.night()
        assert here.tables() == undisturbed[1]
