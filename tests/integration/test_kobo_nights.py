"""KoboToolbox through whole nights: edits, deletions, a draft, not approved, faults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import new_world

from trimestre.contracts import load_project
from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import Survey
from trimestre.pipeline.night import ingest
from trimestre.pipeline.plant import Plant
from trimestre.simulators.kobo import KoboSimulator
from trimestre.simulators.kobo_form import form_content
from trimestre.sources.base import Connection

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = load_project(Path(__file__).resolve().parents[2])


@dataclass
class Site:
    plant: Plant
    kobo: KoboSimulator

    def rows(self, what: str) -> list[Any]:
        with self.plant.engine.connect() as connection:
            return list(connection.execute(sa.text(what)))


@pytest.fixture
def site(warehouse: sa.Engine, tmp_path: Path) -> Iterator[Site]:
    with KoboSimulator(new_world()) as kobo:
        source = KoboSource.model_validate(
            {
                "source": "kobo",
                "name": "K",
                "kind": "kobo",
                "connection": "kobo",
                "delivers": "snapshot per survey",
                "not_approved": "excluded",
                "page_size": 10,
                "floor_percent": 0,
            }
        )
        survey = Survey.model_validate(
            {
                "survey": "salida-taller",
                "name": "S",
                "source": "kobo",
                "survey_id": kobo.form.uid,
                "closes_on": "2020-06-30",
                "sex_question": "sexo",
                "sex_values": {"m": "mujer", "h": "hombre", "nb": "no_binario"},
                "scored": [{"question": "satisfaccion", "scores": {str(n): n for n in range(1, 6)}}],
            }
        )
        project = replace(PROJECT, sources={"kobo": source}, surveys=(survey,), identity=PROJECT.identity)
        connections = {"kobo": Connection(kobo.url, password=kobo.token)}
        yield Site(Plant(warehouse, project, tmp_path / "l", tmp_path / "d", b"k" * 32, connections.get), kobo)


CURRENT = "valid_to = 'infinity' AND vanished_at IS NULL"
RESPONSES = f"SELECT count(*) FROM warehouse.response WHERE {CURRENT}"


@pytest.fixture
def loaded(site: Site) -> Site:
    """A site whose 24 submissions are loaded."""
    ingest(site.plant, "framework", NOW)
    assert ingest(site.plant, "kobo", NOW).changed
    assert site.rows(RESPONSES) == [(24,)]
    assert site.rows("SELECT * FROM quarantine.row") == []
    return site


def test_edits_deletions_and_judgements_reach_the_warehouse_and_a_draft_does_not(loaded: Site) -> None:
    numbers = list(loaded.kobo.form.submissions)
    content = form_content()
    content["survey"] = content["survey"][:5]
    loaded.kobo.draft(content)
    assert not ingest(loaded.plant, "kobo", NOW).changed

    loaded.kobo.edit(numbers[0], {"satisfaccion": "1"})
    loaded.kobo.delete(numbers[1])
    loaded.kobo.judge(numbers[2], "not_approved")
    loaded.kobo.fail_next(2)
    assert ingest(loaded.plant, "kobo", NOW).changed
    assert loaded.rows(RESPONSES) == [(22,)]
    edited = f"response_id = '{numbers[0]}' AND question = 'satisfaccion'"
    assert loaded.rows(f"SELECT value FROM warehouse.answer WHERE {edited} AND {CURRENT}") == [("1",)]
    assert not ingest(loaded.plant, "kobo", NOW).changed

    loaded.kobo.judge(numbers[2], "approved")
    assert ingest(loaded.plant, "kobo", NOW).changed
    assert loaded.rows(RESPONSES) == [(23,)]


def test_free_text_stays_out_of_the_warehouse(loaded: Site) -> None:
    free = loaded.rows(f"SELECT DISTINCT question FROM warehouse.answer WHERE value IS NULL AND {CURRENT} ORDER BY 1")
    assert [row[0] for row in free] == ["comentarios", "lugar", "tema"]


def test_pages_that_shift_while_they_are_read_make_nothing_vanish(loaded: Site) -> None:
    loaded.kobo.after_page = lambda: loaded.kobo.delete(next(iter(loaded.kobo.form.submissions)))
    ingest(loaded.plant, "kobo", NOW)
    assert loaded.rows(RESPONSES) == [(24,)]
    loaded.kobo.after_page = lambda: None
    ingest(loaded.plant, "kobo", NOW)
    assert loaded.rows(RESPONSES) == [(len(loaded.kobo.form.submissions),)]
