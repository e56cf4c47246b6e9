"""Moodle through whole nights: population, a feedback as a survey, an edition before its people, lost permissions."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import small_world

from trimestre.contracts import Project, load_project
from trimestre.contracts.courses import Course
from trimestre.contracts.surveys import Survey
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import BatchRejected, PermanentError
from trimestre.pipeline.night import ingest
from trimestre.pipeline.plant import Plant
from trimestre.simulators.moodle import MoodleSimulator
from trimestre.simulators.world import World
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = load_project(Path(__file__).resolve().parents[2])
SOURCE = "moodle_pnud"
ACTIVITIES = {"M1": "Módulo 1", "M2": "Módulo 2", "M3": "Módulo 3", "certificate": "Certificado"}
CURRENT = "valid_to = 'infinity' AND vanished_at IS NULL"
POPULATION = (
    f"SELECT edition, count(*) FROM warehouse.enrolment WHERE in_population AND {CURRENT} GROUP BY 1 ORDER BY 1"
)


@dataclass
class Site:
    plant: Plant
    world: World
    moodle: MoodleSimulator

    def rows(self, what: str) -> list[Any]:
        with self.plant.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(what))]

    def night(self) -> bool:
        return ingest(self.plant, SOURCE, NOW).changed


def edition(code: str, course: str) -> dict[str, Any]:
    delivery = {"source": SOURCE, "course": course, "activities": ACTIVITIES}
    return {
        "edition": code, "name": code, "opens_on": "2020-04-07", "closes_on": "2020-05-18", "delivered_by": [delivery],
    }  # fmt: skip


def project() -> Project:
    """The demo's course in two editions, and a feedback as a survey."""
    course = PROJECT.courses[0].model_dump()
    course["editions"] = [edition("NEISP-2020-1", "NEISP-2020-1"), edition("PILOTO", "EISP-PILOTO-2019")]
    survey = Survey.model_validate(
        {
            "survey": "opinion", "name": "Opinión", "source": SOURCE, "survey_id": "Encuesta de opinión",
            "edition": "NEISP-2020-1", "closes_on": "2020-12-31", "reached_by": "enrolment",
            "scored": [{"question": "P1", "scores": {str(n): n for n in range(1, 6)}}],
        }
    )  # fmt: skip
    return replace(
        PROJECT,
        sources={SOURCE: PROJECT.source(SOURCE)},
        courses=(Course.model_validate(course),),
        surveys=(survey,),
    )


def waiting_world() -> World:
    """The demo's world before the second edition has begun."""
    world = small_world()
    for user_id in [one.user_id for one in world.moodle.enrolments if one.course_id == 3]:
        world.unenrol(user_id, 1_580_000_000, course_id=3)
    return world


@contextmanager
def site_over(url: str, folder: Path) -> Iterator[Site]:
    engine = connect(url)
    with MoodleSimulator(world := waiting_world()) as moodle:
        connections = {SOURCE: Connection(moodle.url, password=moodle.token)}
        plant = Plant(engine, project(), folder / "l", folder / "d", b"k" * 32, connections.get)
        yield Site(plant, world, moodle)
    engine.dispose()


@pytest.fixture(scope="module")
def first_night(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path]]:
    """Database and folder after the first night, to copy from."""
    name, folder = make_database(migrated_template), tmp_path_factory.mktemp("first")
    with site_over(postgres.url(name), folder) as site:
        ingest(site.plant, "framework", NOW)
        assert site.night()
    yield name, folder
    postgres.drop_database(name)


@pytest.fixture
def loaded(
    first_night: tuple[str, Path], postgres: EmbeddedPostgres, make_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Site]:
    """A site of its own whose first night is in the warehouse."""
    template, folder = first_night
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    name = make_database(template)
    with site_over(postgres.url(name), tmp_path) as site:
        yield site
    postgres.drop_database(name)


def test_an_edition_that_has_not_begun_waits_and_its_people_come_later(loaded: Site) -> None:
    assert loaded.rows(POPULATION) == [("NEISP-2020-1", 99)]
    assert not loaded.night()
    for user_id in (600, 601):
        loaded.world.enrol_again(user_id, course_id=3)
    assert loaded.night()
    assert loaded.rows(POPULATION) == [("NEISP-2020-1", 99), ("PILOTO", 2)]


def test_a_course_that_shows_nobody_any_more_rejects_the_batch_and_nobody_vanishes(loaded: Site) -> None:
    loaded.world.enrol_again(600, course_id=3)
    loaded.night()
    everybody = [one for one in loaded.world.moodle.enrolments if one.course_id == 2]
    loaded.world.moodle.enrolments = [one for one in loaded.world.moodle.enrolments if one.course_id != 2]
    with pytest.raises(BatchRejected, match="NEISP-2020-1: se encontraron 0 registros"):
        loaded.night()
    loaded.world.moodle.enrolments.clear()  # nobody anywhere: a permission was lost
    with pytest.raises(PermanentError, match="moodle/user:viewdetails"):
        loaded.night()
    assert loaded.rows(POPULATION) == [("NEISP-2020-1", 99), ("PILOTO", 1)]
    loaded.world.moodle.enrolments = everybody


def test_a_feedback_is_a_survey_named_anonymous_and_without_what_was_written_freely(loaded: Site) -> None:
    kinds = (
        "SELECT left(r.response_id, 1), count(*), count(r.submitted_at), count(e.account_key)"
        " FROM warehouse.response AS r"
        " LEFT JOIN warehouse.enrolment AS e ON r.account_key = e.account_key AND e.valid_to = 'infinity'"
        " WHERE r.valid_to = 'infinity' AND r.vanished_at IS NULL GROUP BY 1 ORDER BY 1"
    )
    assert loaded.rows(kinds) == [("a", 8, 0, 0), ("n", 52, 52, 52)]
    free = f"SELECT DISTINCT question FROM warehouse.answer WHERE value IS NULL AND answered AND {CURRENT}"
    assert loaded.rows(free) == [("P5",)]
    scores = f"SELECT sum(score) FROM warehouse.question_option WHERE question = 'P1' AND {CURRENT}"
    assert loaded.rows(scores) == [(15,)]
    assert loaded.rows("SELECT DISTINCT entity, rule FROM quarantine.row WHERE source = 'moodle_pnud'") == []

    feedback = loaded.moodle.feedbacks[1]
    feedback.delete(10)
    feedback.answer({1: "5", 5: "Mi nombre es secreto"}, 30, 1_589_000_000)
    assert loaded.night()
    assert loaded.rows(f"SELECT count(*) FROM warehouse.response WHERE {CURRENT}") == [(60,)]
    assert loaded.rows("SELECT count(*) FROM warehouse.answer WHERE value LIKE '%secreto%'") == [(0,)]
    assert not loaded.night()


def test_who_was_counted_stays_and_who_comes_suspended_does_not_enter(loaded: Site) -> None:
    loaded.world.unenrol(30, 1_600_000_000)
    loaded.world.suspend_enrolment(31)
    newcomer = loaded.world.add_learner("mujer")
    loaded.world.change_user(newcomer, suspended=True)
    loaded.night()
    counted = "SELECT count(*) FROM warehouse.enrolment WHERE in_population AND valid_to = 'infinity'"
    assert loaded.rows(counted) == [(99,)]


def test_private_profile_fields_are_neither_landed_nor_forgotten_in_the_record(loaded: Site) -> None:
    dropped = loaded.rows("SELECT DISTINCT dropped FROM ops.landed_file WHERE source = 'moodle_pnud'")
    assert dropped
    assert all("customfields.*" in names for (names,) in dropped)
