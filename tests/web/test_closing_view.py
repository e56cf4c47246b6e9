"""The view of the close: the approver's figures, what is owed, what is official, and two versions side by side."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from lxml import html

from trimestre.indicators.candidates import prepare
from trimestre.indicators.explaining import explain
from trimestre.indicators.vintages import decide_candidate
from trimestre.periods import Period
from trimestre.texts import COMPARE_CLI

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)
EVIL = "<img src=x onerror=alert(1)>"


def _rows(text: str, caption: str) -> list[list[str]]:
    (table,) = html.fromstring(text).xpath(f"//table[caption[normalize-space()='{caption}']]")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in table.xpath(".//tr")]


@pytest.fixture
def restated(closed_demo: "DemoPlant") -> int:
    """A restatement that waits for its answer, with an explanation and a reason that hold markup; its number."""
    plant = closed_demo.plant
    with plant.engine.begin() as connection:
        explain(connection, plant.project, "L2-05", Q2, f"Menos ingreso {EVIL} de lo previsto.", "especialista")
        connection.execute(
            sa.text("UPDATE results.candidate_value SET value = 399 WHERE candidate_id = 1 AND indicator = 'L2-01'"
                    " AND official AND covers = '2020-Q2' AND disaggregation = 'total'")
        )  # fmt: skip
    return prepare(
        plant.engine,
        plant.project,
        Q2,
        prepared_by="especialista",
        now=datetime(2020, 9, 1, tzinfo=UTC),
        reason=f"Corrección {EVIL} de una captura.",
    ).candidate_id


def test_what_waits_shows_what_its_approver_reads(ask, restated: int) -> None:
    page = ask("viewer").get("/cierre").text
    assert f"candidata {restated}" in page
    assert "/required_actions?response_received=false" in page, "answered ones would stand above the one that waits"
    figures = {row[0]: row[1:] for row in _rows(page, "Indicadores de la candidata")}
    assert figures["L2-01"][1:5] == ["400", "350", "114.3%", "Meta alcanzada"]
    assert EVIL in figures["L2-05"][-1], "as text"
    assert "<img src=x" not in page
    found = _rows(page, "Revisión de coherencia, registros retenidos y fuentes tardías")
    assert any("L2-07" in row[1] for row in found)
    (explained,) = (row for row in found if row[1].startswith("L2-05"))
    assert explained[0] == "explicada"
    assert "Explique" not in explained[1], "nobody is asked for what is there"
    assert "Plataforma Moodle del PNUD: 5" in page, "a source by its name"
    assert ["L2-01", "Personas certificadas (únicas)", "399", "400"] in _rows(
        page, "Diferencia con la versión oficial 1"
    )


def test_a_candidate_without_an_indicator_that_was_published_is_shown(ask, closed_demo: "DemoPlant") -> None:
    """It was retired since: nobody could read the candidate, nor anything else of the view."""
    plant = closed_demo.plant
    retired = [
        item.model_copy(update={"state": "retirado"}) if item.code == "L2-02" else item
        for item in plant.project.indicators
    ]
    closed_demo.plant = plant = replace(plant, project=replace(plant.project, indicators=tuple(retired)))
    prepare(
        plant.engine, plant.project, Q2, prepared_by="especialista", now=datetime(2020, 9, 1, tzinfo=UTC), reason="r"
    )
    answer = ask("viewer").get("/cierre")
    assert answer.status_code == 200
    rows = _rows(answer.text, "Diferencia con la versión oficial 1")
    assert ["L2-02", "Certificados descargados", "405", ""] in rows


def test_who_prepared_reads_what_a_candidate_was_sent_back_for_until_there_is_another(
    ask, restated: int, closed_demo: "DemoPlant"
) -> None:
    plant = closed_demo.plant
    asked = f"Falta el oficio {EVIL}."
    decide_candidate(
        plant.engine, restated, approve=False, decided_by="coordinacion", comment=asked, project=plant.project
    )
    page = ask("viewer").get("/cierre").text
    assert "Ninguna candidata espera respuesta." in page
    (notice,) = html.fromstring(page).find_class("notice")
    told = notice.text_content()
    assert f"2020-Q2: coordinacion devolvió la candidata {restated}" in told
    assert asked in told
    assert notice.xpath("./a[contains(@href, '/dags/close_quarter')]")
    prepare(
        plant.engine, plant.project, Q2, prepared_by="especialista", now=datetime(2020, 9, 2, tzinfo=UTC), reason="2"
    )
    assert not html.fromstring(ask("viewer").get("/cierre").text).find_class("notice")


def test_past_closes_say_who_when_and_how_to_reproduce_them(ask, closed_demo: "DemoPlant") -> None:
    page = ask("viewer").get("/cierre").text
    _, row = _rows(page, "Versiones oficiales")
    with closed_demo.plant.engine.begin() as connection:
        known = connection.scalar(sa.text("SELECT hash FROM results.candidate WHERE vintage = 1"))
    assert row[0] == "2020-Q2, oficial 1"
    assert row[2] == f"{known[:12]}…"
    assert row[3:5] == ["especialista", "coordinacion"]
    assert row[6:] == ["Borrador", "", "Revisado.", "trimestre reproduce 2020-Q2 --vintage 1"], (
        "no reason was asked for"
    )
    assert "Ninguna candidata espera respuesta." in page
    assert "Lo que se sabe hoy da las mismas cifras" in page


def test_the_next_close_says_what_it_lacks(ask) -> None:
    page = ask("viewer").get("/cierre").text
    assert "Qué falta para cerrar 2020-Q3" in page
    owed = _rows(page, "Errores y desviaciones por explicar")[1:]
    assert owed
    assert all(row[0] in {"Explicar", "Error"} and row[1] for row in owed)
    assert "/dags/explicar_desviacion" in page
    first = ask("viewer").get("/cierre?trimestre=2020-Q1").text
    assert "Qué falta para cerrar 2020-Q1" in first


def test_a_closed_quarter_is_not_offered_to_be_closed(ask, closed_demo: "DemoPlant") -> None:
    """Whoever follows an old link would begin a restatement and take it for the close."""
    page = html.fromstring(ask("viewer").get("/cierre?trimestre=2020-Q2").text)
    told = " ".join(page.text_content().split())
    assert "2020-Q2 está cerrado" in told
    assert page.xpath("//a[contains(@href, '/?trimestre=2020-Q2&version=1') and not(ancestor::table)]")
    assert "Lo publicado sólo cambia con una rectificación" in told
    for offer in ("Qué falta para cerrar", "se puede preparar la candidata", "Ninguna desviación por explicar"):
        assert offer not in told
    with closed_demo.plant.engine.begin() as connection:
        connection.execute(sa.text("UPDATE results.candidate SET kind = 'inherited' WHERE vintage = 1"))
    told = html.fromstring(ask("viewer").get("/cierre?trimestre=2020-Q2").text).text_content()
    assert "trimestre legacy import" in told
    for address in ("/cierre", "/indicador/L2-01?trimestre=2020-Q2"):  # figures of before are never compared
        told = html.fromstring(ask("viewer").get(address).text).text_content()
        assert "Lo que se sabe hoy da la" not in told
        assert "con lo que se sabe hoy" in " ".join(told.split())


def test_drift_says_by_how_much_and_why(ask, closed_demo: "DemoPlant") -> None:
    with closed_demo.plant.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO results.drift (candidate_id, indicator, reason, period, published, now, amount, rows,"
                " seen_at) VALUES (1, 'L2-01', 'late_row', '2020-Q2', 400, 403, 4, 4, now()),"
                " (1, 'L2-01', 'merge', '2020-Q2', 400, 403, -1, 2, now()),"
                " (1, 'L2-06', 'merge', '2020-Q2', NULL, NULL, NULL, 3, now())"
            )
        )
    page = ask("viewer").get("/cierre").text
    assert "Rectificar: abrir «Cerrar trimestre» en Airflow" in page, "what can be done about it is a click away"
    _, row, untotalled = _rows(page, "2020-Q2, versión oficial 1")
    assert untotalled[2:5] == ["n. a."] * 3, "modules are not added up: nothing is unknown"
    assert untotalled[5].endswith(": n. a. (registros: 3)")
    assert row[2:5] == ["400", "403", "+3"]
    assert "llegó después del cierre: +4 (registros: 4)" in row[5]
    own = _rows(ask("viewer").get("/indicador/L2-01").text, "Diferencia contra lo publicado")
    assert [line[1] for line in own[1:]] == ["+4", "-1"]


def test_two_versions_stand_side_by_side(ask, restated: int) -> None:
    page = ask("viewer").get(f"/cierre/comparar?trimestre=2020-Q2&izquierda=v1&derecha=candidata:{restated}").text
    _, row = _rows(page, f"2020-Q2: versión oficial 1 frente a candidata {restated}")
    assert row[0] == "L2-01"
    assert row[4:7] == ["399", "400", "+1"]
    assert COMPARE_CLI["absent"] not in row[7]
    same = ask("viewer").get("/cierre/comparar?trimestre=2020-Q2&izquierda=v1&derecha=v1").text
    assert "una sola versión" in same


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/cierre?trimestre=x", 422),
        ("/cierre?trimestre=2031-Q1", 404),
        ("/cierre/comparar?trimestre=2020-Q2'--", 422),
        ("/cierre/comparar?izquierda=v1'--", 422),
        ("/cierre/comparar?izquierda=candidata:1", 422),
        ("/cierre/comparar?pagina=-1", 422),
    ],
)
def test_what_is_no_address_of_ours_is_refused(ask, address: str, status: int) -> None:
    assert ask("op").get(address).status_code == status
