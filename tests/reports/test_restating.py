"""A restatement says why it was made and which published figures it changes, in every document that tells it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from made_quarters import OFFICIAL, cell, indicator, quarter
from openpyxl import load_workbook
from test_quarterly import W, part, told

from trimestre.indicators.candidates import write_candidate
from trimestre.indicators.vintages import candidate_of, decide_candidate, values_of, vintage_in_force
from trimestre.periods import Period
from trimestre.reports.documents import write_version
from trimestre.reports.history import with_former
from trimestre.reports.quarter import Quarter, quarter_of
from trimestre.reports.quarterly import write
from trimestre.reports.restating import restatement_text
from trimestre.reports.word.updating import update
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)
FIRST = (
    "Rectificación de cifras publicadas: Oficio 9. Cambian frente a la versión oficial 1: L2-01: 400 → 410."
    " Otras cifras que cambian (desagregaciones, tramos más largos y conciliaciones): 1."
)


def restated(demo: "DemoPlant", reason: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Quarter:
    """The quarter restated with other cells, and read as its documents are."""
    project = demo.plant.project
    with transaction(demo.plant.engine) as connection:
        found = vintage_in_force(connection, Q2)
        assert found is not None
        names = (
            "period", "hash", "pins", "base", "known_at", "definitions", "contract", "forced", "findings",
            "explanations", "project_status", "prepared_by",
        )  # fmt: skip
        values = [change(dict(item)) for item in values_of(connection, found["candidate_id"])]
        said = {name: found[name] for name in names} | {"base": found["base"] | {str(Q2): found["candidate_id"]}}
        number = write_candidate(connection, values, kind="restatement", reason=reason, **said)
    decide_candidate(demo.plant.engine, number, approve=True, decided_by="coordinacion", comment=None, project=project)
    with transaction(demo.plant.engine) as connection:
        assert candidate_of(connection, number)["state"] == "vintage"
        return with_former(connection, quarter_of(connection, project, Q2))


def with_women(value: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(item: dict[str, Any]) -> dict[str, Any]:
        own = item["indicator"] == "L2-01" and item["official"] and item["covers"] == str(Q2)
        moved = {"total": 400 + value, "mujer": 248 + value}.get(item["category"])
        return (
            {**item, "value": Decimal(moved)} if own and moved and item["disaggregation"] in {"total", "sex"} else item
        )

    return change


def notes(path: Path) -> str:
    return "\n".join("".join(item.itertext(f"{W}t")) for item in part(path, "word/footnotes.xml").iter(f"{W}p"))


def test_every_document_of_a_restatement_says_why_and_what_changed(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    now = restated(closed_demo, "Oficio 9", with_women(10))
    assert now.version.vintage == 2
    assert restatement_text(now) == FIRST
    with transaction(closed_demo.plant.engine) as connection:
        files = {
            file.name.partition("-")[0]: file
            for file in write_version(
                connection, closed_demo.plant.project, Q2, tmp_path, only=("informe", "iptt", "dqa")
            )
        }
    assert FIRST in notes(files["informe"])
    about = [str(row[0].value) for row in load_workbook(files["iptt"])["Acerca de"].iter_rows()]
    assert any("Motivo: Oficio 9. Cambian frente a la versión oficial 1: L2-01: 400 → 410." in line for line in about)
    dqa = "\n".join(item.text for item in docx.Document(str(files["dqa"])).element.body.iter(f"{W}t"))
    assert "Rectificación de cifras publicadas: Oficio 9. L2-01: 400 → 410" in dqa


def test_an_edited_report_gets_the_reason_of_the_version_that_it_is_brought_to(
    closed_demo: "DemoPlant", tmp_path: Path
) -> None:
    with transaction(closed_demo.plant.engine) as connection:
        (first,) = write(quarter_of(connection, closed_demo.plant.project, Q2), tmp_path)
    second = restated(closed_demo, "Oficio 9", with_women(10))
    update(first, second, tmp_path / "v2.docx")
    assert FIRST in notes(tmp_path / "v2.docx")
    body = part(tmp_path / "v2.docx")
    version = next(item for item in body.iter(f"{W}tag") if item.get(f"{W}val") == "quarter/version")
    assert version.getparent().getparent().getnext().find(f"{W}footnoteReference") is not None
    third = restated(closed_demo, "Oficio 12", with_women(11))
    update(tmp_path / "v2.docx", third, tmp_path / "v3.docx")
    said = told(part(tmp_path / "v3.docx", "word/footnotes.xml"))["quarter/restated"]
    assert said.startswith(
        "Rectificación de cifras publicadas: Oficio 12. Cambian frente a la versión oficial 2: L2-01: 410"
    )
    assert "Oficio 9" not in notes(tmp_path / "v3.docx")


def test_a_restatement_that_moves_no_total_or_only_a_target_says_so() -> None:
    item = indicator()
    version = replace(OFFICIAL, vintage=2, restates=True, reason="Se corrigió el sexo de 2 personas.")
    women = {"disaggregation": "sex", "category": "mujer"}
    before = quarter([(item, [cell("X-01", Decimal(5), target=Decimal(10)), cell("X-01", Decimal(3), **women)])])
    now = quarter(
        [(item, [cell("X-01", Decimal(5), target=Decimal(10)), cell("X-01", Decimal(4), **women)])], version=version
    )
    assert restatement_text(replace(now, former=before)) == (
        "Rectificación de cifras publicadas: Se corrigió el sexo de 2 personas. Ningún total cambia frente a la"
        " versión oficial 1. Otras cifras que cambian (desagregaciones, tramos más largos y conciliaciones): 1."
    )
    aimed = quarter([(item, [cell("X-01", None, target=Decimal(12))])], version=version)
    english = restatement_text(replace(aimed, former=before), "en")
    assert "X-01: 5 → no data; target 10 → 12." in english
    assert restatement_text(before) == ""
