"""LimeSurvey through whole nights: late completions, silent edits, deletions, a survey switched off and on again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import new_world

from trimestre.contracts import load_project
from trimestre.contracts.sources import LimeSurveySource
from trimestre.contracts.surveys import Survey
from trimestre.errors import BatchRejected, PermanentError
from trimestre.pipeline.night import ingest
from trimestre.pipeline.plant import Plant
from trimestre.simulators.case_surveys import anonymous_survey
from trimestre.simulators.limesurvey import LimeSurveySimulator
from trimestre.simulators.people import wall_clock
from trimestre.simulators.world import World
from trimestre.sources.base import Connection

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = load_project(Path(__file__).resolve().parents[2])
INVITED, ANONYMOUS = "encuesta-mapeo", "clima"
CURRENT = "valid_to = 'infinity' AND vanished_at IS NULL"


@dataclass
class Site:
    plant: Plant
    lime: LimeSurveySimulator

    @property
    def world(self) -> World:
        return self.lime.world

    def night(self) -> bool:
        return ingest(self.plant, "encuestas", NOW).changed

    def rows(self, what: str) -> list[Any]:
        with self.plant.engine.connect() as connection:
            return list(connection.execute(sa.text(what)))

    def responses(self, survey: str, complete: bool = True) -> int:
        where = f"survey = '{survey}' AND complete = {complete} AND {CURRENT}"
        return int(self.rows(f"SELECT count(*) FROM warehouse.response WHERE {where}")[0][0])


@pytest.fixture
def site(request: pytest.FixtureRequest, warehouse: sa.Engine, tmp_path: Path) -> Iterator[Site]:
    """A site with the case's invited survey and an anonymous one, both loaded."""
    world = new_world()
    world.surveys[202003] = anonymous_survey(world.seed)
    with LimeSurveySimulator(world, version=getattr(request, "param", 6)) as lime:
        source = LimeSurveySource.model_validate(
            {
                "source": "encuestas",
                "name": "E",
                "kind": "limesurvey",
                "connection": "encuestas",
                "delivers": "snapshot per survey",
                "drop": ["ipaddr", "refurl"],
                "organisation_type_attribute": "attribute_2",
            }
        )
        invited = next(survey for survey in PROJECT.surveys if survey.survey == INVITED)
        invited = invited.model_copy(update={"event": None, "reached_by": "invitation", "repeated": "first"})
        anonymous = Survey.model_validate(
            {
                "survey": ANONYMOUS,
                "name": "C",
                "source": "encuestas",
                "survey_id": "202003",
                "closes_on": "2020-06-30",
                "scored": [{"question": "C01"}],
            }
        )
        project = replace(PROJECT, sources={"encuestas": source}, surveys=(invited, anonymous))
        connections = {"encuestas": Connection(lime.url, login=lime.username, password=lime.password)}
        here = Site(Plant(warehouse, project, tmp_path / "l", tmp_path / "d", b"k" * 32, connections.get), lime)
        ingest(here.plant, "framework", NOW)
        assert here.night()
        yield here


def test_a_site_through_its_nights(site: Site) -> None:
    _questions_have_their_languages_and_free_text_stays_out(site)
    assert site.rows("SELECT * FROM quarantine.row") == []
    assert (site.responses(INVITED), site.responses(INVITED, complete=False)) == (22, 3)
    assert site.responses(ANONYMOUS) == 10
    dates = (
        f"SELECT count(submitted_at), count(DISTINCT account_key) FROM warehouse.response WHERE survey = '{ANONYMOUS}'"
    )
    assert site.rows(dates) == [(0, 10)]
    assert not site.night()

    # Days later somebody finishes, somebody's answer is edited without a stamp, and a response is deleted.
    rows = site.world.surveys[202002].responses
    late = next(row["id"] for row in rows if row["submitdate"] is None)
    edited, deleted = [row["id"] for row in rows if row["submitdate"]][:2]
    site.world.submit_response(202002, late, wall_clock(2020, 6, 20, 10, 0))
    site.world.change_answer(202002, edited, "E01", "A1")
    site.world.delete_response(202002, deleted)
    assert site.night()
    assert (site.responses(INVITED), site.responses(INVITED, complete=False)) == (22, 2)
    about = f"survey = '{INVITED}' AND question = 'E01' AND {CURRENT}"
    assert site.rows(f"SELECT value FROM warehouse.answer WHERE response_id = '{edited}' AND {about}") == [("A1",)]
    assert site.rows(f"SELECT value FROM warehouse.answer WHERE response_id = '{deleted}' AND {about}") == []

    # A second response to one invitation is another response of the same account.
    token = site.world.response(202002, edited)["token"]
    again = site.world.add_response(202002, wall_clock(2020, 6, 21, 10, 0), {"token": token, "E01": "A5"})
    assert site.night()
    mine = f"survey = '{INVITED}' AND response_id IN ('{edited}', '{again}') AND {CURRENT}"
    assert site.rows(f"SELECT count(*), count(DISTINCT account_key) FROM warehouse.response WHERE {mine}") == [(2, 1)]
    assert not site.night()


@pytest.mark.parametrize("site", [3], indirect=True, ids=["LimeSurvey 3"])
def test_a_survey_that_is_switched_off_or_begins_anew_loses_nothing(site: Site) -> None:
    before = (site.responses(INVITED), site.responses(ANONYMOUS))
    site.world.set_survey_active(202002, False)
    with pytest.raises(PermanentError, match="se encontró inactiva"):
        site.night()
    assert (site.responses(INVITED), site.responses(ANONYMOUS)) == before

    # Activated again: the old table is gone, and the ids go on.
    highest = max(row["id"] for row in site.world.surveys[202002].responses)
    site.lime.reactivate(202002)
    site.night()  # no response at all: that is no snapshot
    assert (site.responses(INVITED), site.responses(ANONYMOUS)) == before
    new = site.world.add_response(202002, wall_clock(2020, 6, 22, 10, 0), {"E01": "A5"})
    site.world.response(202002, new)["id"] = highest + 1
    with pytest.raises(BatchRejected):
        site.night()
    assert (site.responses(INVITED), site.responses(ANONYMOUS)) == before


def _questions_have_their_languages_and_free_text_stays_out(site: Site) -> None:
    asked = f"survey = '{INVITED}' AND {CURRENT}"
    texts = site.rows(
        f"SELECT texts ->> 'en', type, free_text FROM warehouse.question WHERE question = 'E03' AND {asked}"
    )
    assert texts == [("Comments", "text", True)]
    labels = "SELECT labels ->> 'en', score FROM warehouse.question_option WHERE question = 'C01' AND code = 'A5'"
    assert site.rows(labels) == [("Very satisfied", 5)]
    kept = f"SELECT count(*) FROM warehouse.answer WHERE question = 'E03' AND value IS NOT NULL AND {asked}"
    assert site.rows(kept) == [(0,)]
    sent = "SELECT count(*), count(sent_at), count(completed_at) FROM warehouse.invitation"
    assert site.rows(sent) == [(89, 89, 22)]
