"""Persons to review on the page: who has no terminal finds what the form in Airflow asks for, and no name."""

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from lxml import html

from trimestre.pipeline import acts

if TYPE_CHECKING:
    from conftest import DemoPlant

NAME = "ZENAIDA HOMONIMA SECRETA"
PATH = "/calidad/personas"


def _rows(text: str, caption: str) -> list[list[str]]:
    (table,) = html.fromstring(text).xpath(f"//table[caption[normalize-space()='{caption}']]")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in table.xpath(".//tr")]


@pytest.fixture
def alike(closed_demo: "DemoPlant") -> list[str]:
    """Two accounts of one name in one institution, which nothing else links; their keys."""
    with closed_demo.plant.engine.begin() as connection:
        keys = connection.scalars(
            sa.text(
                "SELECT array_agg(f.account_key) FROM (SELECT p.institution, p.sex, k.account_key"
                " FROM warehouse.person AS p JOIN warehouse.person_link AS k ON k.person_key = p.person_key"
                " WHERE k.reason = 'own' AND p.valid_to = 'infinity' AND k.valid_to = 'infinity'"
                " ORDER BY p.institution, k.account_key) AS f GROUP BY f.institution, f.sex HAVING count(*) > 1"
            )
        ).first()
        assert keys, "two people of an institution and a sex who stand alone"
        pair = sorted(map(str, keys[:2]))
        said = {"name": NAME, "keys": pair}
        connection.execute(
            sa.text(
                "UPDATE restricted.account_identity SET full_name = :name"
                " WHERE valid_to = 'infinity' AND account_key = ANY(CAST(:keys AS uuid[]))"
            ),
            said,
        )
    return pair


def test_two_accounts_are_merged_with_what_the_page_shows_and_the_decision_is_taken_back_by_its_number(
    ask, alike: list[str], closed_demo: "DemoPlant"
) -> None:
    page = ask("op").get(PATH).text
    assert NAME not in page
    assert "/dags/decidir_identidad" in page
    _, first, second = _rows(page, "Casos por revisar")
    assert first[0] == "mismo nombre e institución"
    assert sorted((first[1], second[1])) == alike
    assert first[2] == "Plataforma Moodle del PNUD", "a source by its name"
    assert first[4], "the file where somebody finds who it is"
    assert first[5], "and the place there"
    number = html.fromstring(page).xpath("//table//a[contains(@href, '/calidad/lote/')]")[0]
    batch = number.get("href").partition("/calidad")[2]
    assert f">{number.text}<" in ask("op").get(f"/calidad{batch}").text, "a number leads to the batch that explains it"
    done = acts.decide_identity(
        closed_demo.plant, "merge_persons", [first[1], second[1]], reason="Oficio 12", decided_by="ana"
    )
    page = ask("op").get(PATH).text
    assert "Ningún caso por revisar." in page
    _, decided = _rows(page, "Decisiones vigentes sobre personas")
    assert decided[:2] == [str(done.decision_id), "unir"]
    assert sorted(decided[2].split()) == alike
    assert decided[3:5] == ["Oficio 12", "ana"]
    acts.revoke_decision(closed_demo.plant, int(decided[0]), reason="No era", decided_by="ana")
    page = ask("op").get(PATH).text
    assert "Nadie ha decidido nada sobre personas." in page
    assert len(_rows(page, "Casos por revisar")) == 3


def test_who_may_see_no_rows_sees_no_keys_of_accounts(ask, alike: list[str]) -> None:
    assert ask("viewer").get(PATH).status_code == 403
    assert PATH not in ask("viewer").get("/calidad").text
    assert PATH in ask("op").get("/calidad").text


def test_many_cases_stand_on_several_pages(ask, alike: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimestre.web.persons.SIZE", 1)
    assert "Página 1 de 1" in ask("op").get(PATH).text
    assert "Ningún caso por revisar." in ask("op").get(f"{PATH}?pagina=2").text
