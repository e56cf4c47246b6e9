"""The view of an indicator: a figure opens to its rows, for who may see rows; nobody else gets one."""

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from lxml import html

from trimestre.indicators.tracing import trace
from trimestre.periods import Period
from trimestre.reports import behind
from trimestre.reports.quarter import quarter_of
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)
EVIL = "<img src=x onerror=alert(1)>"


def _links(text: str, part: str) -> list[str]:
    return [link for link in html.fromstring(text).xpath("//main//a/@href") if part in link]


def _cells(text: str, caption: str) -> dict[str, list[str]]:
    """First cell -> the other cells of the rows of a table."""
    (table,) = html.fromstring(text).xpath(f"//table[caption[normalize-space()='{caption}']]")
    rows = [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in table.xpath(".//tr")]
    return {row[0]: row[1:] for row in rows}


def test_every_figure_opens_to_the_rows_it_counts(ask, closed_demo: "DemoPlant") -> None:
    """Of an official version, of a closed quarter as known today, and of an open quarter."""
    plant = closed_demo.plant
    for period, preliminary in ((Q2, False), (Q2, True), (Period(2020, 3), False)):
        with transaction(plant.engine) as connection:
            quarter = quarter_of(connection, plant.project, period, preliminary=preliminary)
            for figure in quarter.figures:
                rows = behind.behind_of(connection, quarter, figure.indicator)
                for cell in figure.cells:
                    place = behind.categories_of(cell["disaggregation"], cell["category"])
                    found = [
                        behind.page_of(connection, rows, behind.Wanted(counted, None, place), 1, 1)[1]
                        for counted in (True, False)
                    ]
                    assert found == [cell["n"], cell["excluded"]], (str(period), preliminary, figure.indicator.code)
    # Two clicks: the board leads here, a figure of a breakdown leads to its rows.
    page = ask("op").get("/indicador/L2-01?trimestre=2020-Q2&version=1").text
    (address,) = [link for link in _links(page, "/registros") if "categoria=mujer" in link]
    listed = ask("op").get(address)
    assert listed.status_code == 200
    assert "Página 1 de 5 · 250 en total" in " ".join(listed.text.split())
    assert len(html.fromstring(listed.text).xpath("//tbody/tr")) == 50


def test_the_numbers_of_the_page_are_those_of_the_tables_and_totals_add(ask) -> None:
    page = ask("viewer").get("/indicador/L2-01?trimestre=2020-Q2&version=1").text
    sexes = _cells(page, "Por sexo")
    assert sexes["Mujeres"] == ["248", "250", "0"]
    assert sexes["Hombres"] == ["152", "155", "0"]
    assert sexes["Total"] == ["400", "405", "2"]
    assert "Total" not in _cells(page, "Por curso"), "a person may be in two courses: no sum"
    assert _cells(page, "Valor, meta y estado por trimestre")["2020-Q2"][:3] == ["400", "350", "114.3%"]
    reason = "La cuenta no es de la población de la edición: nunca se vio inscrita, activa y sin suspender como "
    assert _cells(page, "Qué no cuenta y por qué")[f"{reason}participante."] == ["2"]
    assert _cells(page, "Versiones de 2020-Q2")["Oficial 1"][0] == "400"
    share = ask("viewer").get("/indicador/L2-03").text
    first = next(iter(list(_cells(share, "Por edición").values())[1:]))
    assert len(first) == 4
    assert "Total" not in _cells(share, "Por sexo")
    english = ask("viewer").get("/indicador/L2-01?idioma=en").text
    assert "Persons certified (unique)" in english
    assert "Precise definition" in english


def test_who_may_not_see_rows_gets_none(ask, closed_demo: "DemoPlant") -> None:
    with closed_demo.plant.engine.begin() as connection:
        keys = set(
            connection.scalars(
                sa.text(
                    "SELECT DISTINCT CAST(k AS text) FROM marts.indicator_evidence AS e"
                    " CROSS JOIN LATERAL (VALUES (e.account_key), (e.person_key)) AS v (k) WHERE k IS NOT NULL"
                )
            )
        )
    assert len(keys) > 400
    pages = ["/calidad", "/calidad?pares=contar", "/cierre", "/cierre/comparar", "/cierre/comparar?pagina=1"]
    pages += [f"/calidad/lote/{number}" for number in range(1, 7)]
    codes = [indicator.code for indicator in closed_demo.plant.project.indicators]
    pages += [f"/indicador/{code}{query}" for code in codes for query in ("?trimestre=2020-Q2", "?version=preliminar")]
    for role, some in (("viewer", pages), ("user", pages[::5])):
        for address in some:
            answer = ask(role).get(address)
            assert answer.status_code == 200, address
            assert not [key for key in keys if key in answer.text], address
            assert "/registros" not in answer.text, address
        for code in ("L2-01", "L2-09"):
            for path in ("registros", "registros.csv", "registros?version=preliminar&mostrar=todos"):
                assert ask(role).get(f"/indicador/{code}/{path}").status_code == 403
        assert ask(role).get("/calidad/retenidos").status_code == 403
    assert ask(None).get("/indicador/L2-01/registros.csv").status_code == 401
    seen = ask("op").get("/indicador/L2-01/registros.csv").text
    assert [key for key in keys if key in seen], "the keys would be found where they are"


def test_the_csv_is_what_the_version_keeps(ask, closed_demo: "DemoPlant") -> None:
    plant = closed_demo.plant
    with transaction(plant.engine) as connection:
        traced = trace(connection, plant.project, "L2-01", Q2, category={"sex": "mujer"}, vintage=1)
    query = "trimestre=2020-Q2&version=1&desagregacion=sex&categoria=mujer"
    for version in ("1", "preliminar"):
        answer = ask("op").get(f"/indicador/L2-01/registros.csv?{query.replace('version=1', f'version={version}')}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert sorted(row["account_key"] for row in rows) == sorted(str(row["account_key"]) for row in traced)
        assert {row["sex"] for row in rows} == {"mujer"}
        assert tuple(rows[0]) == behind.COLUMNS
        assert all(row["at"][10] == "T" and row["at"][-6] in "+-" for row in rows)


def test_nothing_in_the_csv_runs_as_a_formula(ask, closed_demo: "DemoPlant") -> None:
    evil = ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\tx", "-5"]
    with closed_demo.plant.engine.begin() as connection:
        for nth, text in enumerate(evil):
            connection.execute(
                sa.text(
                    "UPDATE marts.indicator_evidence SET position = :text, period = '2020-Q3' WHERE indicator = 'L2-05'"
                    " AND evidence_key = (SELECT min(e.evidence_key) FROM marts.indicator_evidence AS e"
                    " WHERE e.indicator = 'L2-05' AND e.period = '2020-Q2')"
                ),
                {"text": text, "nth": nth},
            )
    answer = ask("op").get("/indicador/L2-05/registros.csv?trimestre=2020-Q3&mostrar=todos")
    found = {row["position"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    assert found == {"'=HYPERLINK(1)", "'+1+1", "'-2+3", "'@SUM(A1)", "'\tx", "-5"}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/indicador/L2-01' OR 1=1--", 404),
        ("/indicador/%00", 404),
        ("/indicador/L2-01?trimestre=2020-Q2';DROP TABLE x", 422),
        ("/indicador/L2-01?trimestre=1999-Q1", 404),
        ("/indicador/L2-01?version=1 OR 1", 422),
        ("/indicador/L2-01?version=7", 404),
        ("/indicador/L2-01?idioma=fr", 422),
        ("/indicador/L2-01/registros?pagina=1;SELECT 1", 422),
        ("/indicador/L2-01/registros?pagina=0", 422),
        ("/indicador/L2-01/registros?pagina=٣", 422),
        ("/indicador/L2-01/registros?desagregacion=sex&categoria=mujer' OR '1'='1", 404),
        ("/indicador/L2-01/registros?desagregacion=account_key&categoria=x", 404),
        ("/indicador/L2-01/registros?motivo=x' OR 1=1", 404),
        ("/indicador/L2-01/registros?mostrar=nada", 422),
        ("/indicador/L2-01/registros.csv?desagregacion=sex&categoria=%00", 404),
    ],
)
def test_what_is_no_address_of_ours_is_refused_in_spanish(ask, address: str, status: int) -> None:
    answer = ask("op").get(address)
    assert answer.status_code == status
    said = answer.json()["detail"]
    assert said
    assert any(
        word in said
        for word in ("se espera", "se esperaba", "no tiene", "no deja", "no es del", "se escribe", "no hay")
    )


def test_names_that_hold_markup_stay_text(ask, closed_demo: "DemoPlant") -> None:
    project = closed_demo.plant.project
    courses = tuple(item.model_copy(update={"name": EVIL}) for item in project.courses)
    institutions = tuple(item.model_copy(update={"name": EVIL}) for item in project.institutions)
    object.__setattr__(
        closed_demo.plant, "project", replace(project, courses=courses, institutions=institutions)
    )  # the plant of the open app
    for address in ("/indicador/L2-01?version=preliminar", "/indicador/L2-01/registros?version=preliminar"):
        page = ask("op").get(address).text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_page_past_the_last_one_is_empty_and_leads_back(ask) -> None:
    page = ask("op").get("/indicador/L2-01/registros?pagina=999999999").text
    assert "Ningún registro cumple lo pedido." in page
    last = ask("op").get("/indicador/L2-01/registros?mostrar=todos&pagina=9")
    assert 'rel="next"' not in last.text
    assert 'rel="prev"' in last.text
