"""The board: its numbers are those of the tables, what is owed is named with who has it, and names stay text."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from lxml import html

from trimestre.periods import Period
from trimestre.reports.figures import number
from trimestre.texts.page_board import BOARD
from trimestre.warehouse.database import transaction
from trimestre.watching.conditions import Condition
from trimestre.watching.ledger import report
from trimestre.web import board as view
from trimestre.web.freshness import freshness

if TYPE_CHECKING:
    from conftest import DemoPlant

EVIL = '<script>alert("x")</script>'


def _cards(text: str) -> dict[str, str]:
    """Code of an indicator -> the words of its card."""
    found = html.fromstring(text).xpath("//article[@class='card']")
    return {card.xpath(".//span[@class='code']")[0].text: " ".join(card.text_content().split()) for card in found}


def test_the_numbers_on_the_board_are_those_of_the_tables(ask, closed_demo: "DemoPlant") -> None:
    with closed_demo.plant.engine.begin() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT v.indicator, v.value, v.target, v.percent_of_target FROM results.candidate_value AS v"
                " INNER JOIN results.candidate AS c USING (candidate_id) WHERE c.state = 'vintage' AND v.official"
                " AND v.period = '2020-Q2' AND v.covers = '2020-Q2' AND v.disaggregation = 'total'"
            )
        ).all()
    answer = ask("viewer").get("/?trimestre=2020-Q2&version=1")
    cards = _cards(answer.text)
    assert len(cards) == len(rows) == 12
    for row in rows:
        indicator = closed_demo.plant.project.indicator(row.indicator)
        if indicator.stages or not indicator.total:
            continue
        printed = number(row.value, indicator.decimals, percent=indicator.kind_of_value == "percentage")
        assert f" {printed} " in cards[row.indicator] or cards[row.indicator].endswith(printed), row.indicator
        if row.target is not None:
            assert f"{number(row.percent_of_target, 1, percent=True)} de la meta" in cards[row.indicator]
    assert "Mujeres 248 Hombres 152" in cards["L2-01"]
    assert "Meta alcanzada" in cards["L2-01"]
    for key in ("account_key", "person_key"):
        assert key not in answer.text


def test_zero_not_available_and_not_applicable_are_three_things(ask) -> None:
    cards = _cards(ask("viewer").get("/?trimestre=2020-Q3").text)
    assert " 0 certificados" in cards["L2-02"]
    assert " n. d. " in cards["L2-03"]
    assert " n. a. " in cards["L2-06"]
    assert "-405 (-100.0%) frente a 2020-Q2" in cards["L2-02"]
    assert "Igual que en 2020-Q2" in cards["L2-01"]


def test_what_is_owed_is_named_with_who_has_it(ask, closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO ops.retained_count (source, dataset, entity, rule, state, rows)"
                " VALUES ('moodle_pnud', 'x', 'account', 'r', 'open', 1234),"
                " ('asistencia', 'x', 'a', 'r', 'accepted', 5)"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO results.candidate (period, kind, state, report_state, hash, pins, base, known_at,"
                " definitions, forced, findings, explanations, project_status, prepared_by, prepared_at)"
                " SELECT '2020-Q3', 'close', 'pending', 'borrador', hash, pins, base, known_at, definitions, forced,"
                " findings, explanations, project_status, 'admin', prepared_at FROM results.candidate LIMIT 1"
            )
        )
    waiting = _table(ask("viewer").get("/?trimestre=2020-Q3").text, "owed")
    assert waiting["Decidir sobre registros retenidos"] == ("Plataforma Moodle del PNUD: 1,234", BOARD["operator"])
    (candidate,) = [words for words in waiting if words.startswith("Responder a la candidata")]
    assert waiting[candidate][1] == "Coordinación del proyecto"  # and not «admin», who prepared it
    assert waiting["Explicar desviaciones"][0] == "L2-05"
    assert waiting["Capturar datos que faltan"] == ("L1-02", "Especialista de monitoreo y evaluación")
    assert "Informe al donante: borrador" in _table(ask("viewer").get("/?trimestre=2020-Q2").text, "owed")
    assert "/required_actions?response_received=false" in ask("user").get("/?trimestre=2020-Q3").text
    assert "/required_actions" not in ask("viewer").get("/?trimestre=2020-Q3").text


def _table(text: str, heading: str) -> dict[str, tuple[str, ...]]:
    rows = html.fromstring(text).xpath(f"//section[@aria-labelledby='{heading}']//tbody/tr")
    told = [[" ".join(cell.text_content().split()) for cell in row] for row in rows]
    return {first: tuple(others) for first, *others in told}


def test_a_source_that_was_not_loaded_since_the_quarter_ended_is_late(ask, closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        connection.execute(
            sa.text("UPDATE ops.batch SET merged_at = '2020-06-01 00:00+00' WHERE source = 'moodle_pnud'")
        )
        connection.execute(sa.text("UPDATE ops.batch SET state = 'rejected' WHERE source = 'encuestas'"))
        # What people correct brings nothing of what has happened since, nor does it mend a run that failed.
        connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters)"
                " VALUES ('encuestas', 'merged', now(), now(), '{}'),"
                " ('moodle_pnud', 'merged', now(), now() + interval '1 second', '{}')"
            )
        )
    sources = _table(ask("viewer").get("/?trimestre=2020-Q2").text, "sources")
    assert sources["Plataforma Moodle del PNUD"][-1] == f"▲ {BOARD['late']}"
    assert sources["Encuestas en línea (LimeSurvey)"][-1] == f"▲ {BOARD['failed']}"
    assert sources["Encuestas en línea (LimeSurvey)"][1] == "rechazado"
    assert sources["Datos de captura manual"][-1] == f"✓ {BOARD['on_time']}"


def test_nothing_is_late_for_the_end_of_a_quarter_that_goes_on(closed_demo: "DemoPlant") -> None:
    """Every source was «late» to the last day of the quarter, and whoever operates was to look after all of them."""
    plant, now = closed_demo.plant, datetime(2020, 9, 1, tzinfo=UTC)
    with transaction(plant.engine) as connection:
        connection.execute(sa.text("UPDATE ops.batch SET merged_at = merged_at - (now() - timestamptz '2020-08-31')"))
        connection.execute(sa.text("DELETE FROM ops.batch WHERE source = 'eventos'"))
        told = {one.source: one.late for one in freshness(connection, plant.project, Period(2020, 3), now)}
        after = freshness(connection, plant.project, Period(2020, 3), datetime(2020, 10, 2, tzinfo=UTC))
    assert told.pop("eventos") == BOARD["unloaded"]
    assert set(told.values()) == {""}
    assert {one.late for one in after if one.source != "framework"} == {BOARD["late"]}


def test_a_closed_quarter_asks_nobody_to_close_it_or_to_type_its_figures(ask, closed_demo: "DemoPlant") -> None:
    """What is typed now changes no official version; and the close would be a restatement."""
    with transaction(closed_demo.plant.engine) as connection:
        connection.execute(sa.text("UPDATE results.candidate_value SET value = NULL WHERE indicator = 'L1-02'"))
    for query in ("", "&version=1", "&version=preliminar"):
        waiting = _table(ask("viewer").get(f"/?trimestre=2020-Q2{query}").text, "owed")
        assert "Preparar el cierre" not in waiting
        assert "Capturar datos que faltan" not in waiting
    assert "Preparar el cierre" in _table(ask("viewer").get("/?trimestre=2020-Q3").text, "owed")


def test_names_and_explanations_that_people_wrote_stay_text(
    ask, closed_demo: "DemoPlant", monkeypatch: pytest.MonkeyPatch
) -> None:
    read = view.quarter_asked

    def renamed(*given: Any) -> Any:
        asked, quarter = read(*given)
        name = lambda item: item.model_copy(update={"name": item.name.model_copy(update={"es": EVIL})})  # noqa: E731
        figures = [
            replace(figure, indicator=name(figure.indicator), explanation={"text": EVIL, "by": EVIL, "at": ""})
            for figure in quarter.figures
        ]
        frame = quarter.project.framework
        lines = [line.model_copy(update={"name": EVIL}) for line in frame.lines]
        framework = frame.model_copy(update={"name": EVIL, "lines": tuple(lines)})
        told = {**quarter.project_status, "decided": "on_track", "by": EVIL, "reason": EVIL}
        project = replace(quarter.project, framework=framework)
        return asked, replace(quarter, figures=tuple(figures), project=project, project_status=told)

    monkeypatch.setattr(view, "quarter_asked", renamed)
    text = ask("viewer", name=EVIL).get("/", headers={"accept": "text/html"}).text
    assert "<script" not in text
    assert text.count("&lt;script&gt;") > 20


def test_an_empty_warehouse_is_told_what_to_do(ask, closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        connection.execute(sa.text("TRUNCATE ops.batch, ops.row_account, results.candidate, results.computation"))
    answer = ask("viewer").get("/")
    assert answer.status_code == 200
    assert BOARD["empty"] in html.fromstring(answer.text).text_content()


def test_pictures_are_drawn_of_what_there_is_and_of_nothing_else(ask) -> None:
    viewer = ask("viewer")
    drawn = viewer.get("/grafica/tendencia/L2-01.svg?trimestre=2020-Q2")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert "2020-Q2: 400 (oficial, meta 350)" in drawn.text
    assert viewer.get("/grafica/sexo/L2-01.svg").status_code == 200
    assert viewer.get("/grafica/desglose/L2-05.svg?desagregacion=edition").status_code == 200
    assert viewer.get("/grafica/estados/trimestre.svg").status_code == 200
    for path in ("/grafica/sexo/L2-04.svg", "/grafica/otra/L2-01.svg", "/grafica/tendencia/L9-99.svg"):
        assert viewer.get(path).status_code == 404, path


def test_the_days_that_a_close_waits_for_say_how_far_they_are(closed_demo: "DemoPlant") -> None:
    from datetime import date

    from trimestre.reports.quarter import quarter_of

    with transaction(closed_demo.plant.engine) as connection:
        quarter = quarter_of(connection, closed_demo.plant.project, Period(2020, 3))
    assert dict(view.limits(quarter, date(2020, 9, 29))) == {
        "Fin del trimestre": "30/09/2020, mañana",
        "Fin de la recepción": "15/10/2020, en 16 días",
    }
    assert dict(view.limits(quarter, date(2020, 10, 15)))["Fin de la recepción"] == "15/10/2020, es hoy"


def test_open_notices_say_what_to_do_and_stay_text(ask, closed_demo: "DemoPlant") -> None:
    details = {"name": EVIL, "expected": "01/07/2020 06:00", "last": "nunca"}
    with transaction(closed_demo.plant.engine) as connection:
        report(connection, Condition("source_late", "source:eventos", details), datetime(2020, 7, 1, 12, tzinfo=UTC))
    answer = ask("viewer").get("/?trimestre=2020-Q2")
    (item,) = html.fromstring(answer.text).xpath("//section[@aria-labelledby='notices']//li")
    assert item.text_content().startswith(f"No llegó a tiempo: {EVIL}. ")
    assert "Después córralo." in item.text_content()
