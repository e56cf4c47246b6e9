"""The view of quality: what a batch brought adds up, what is held back is found by its number, values are not shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from lxml import html

if TYPE_CHECKING:
    from conftest import DemoPlant

SECRET = "MARIA.SECRETA@example.org"


@dataclass(frozen=True)
class Found:
    """A table of a page."""

    headings: list[str]
    rows: list[list[str]]


def _table(text: str, caption: str) -> Found:
    (table,) = html.fromstring(text).xpath(f"//table[caption[normalize-space()='{caption}']]")
    rows = [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in table.xpath(".//tr")]
    return Found(rows[0], rows[1:])


@pytest.fixture
def held(closed_demo: "DemoPlant") -> int:
    """A retained row, with a value that nobody may see; its number."""
    with closed_demo.plant.engine.begin() as connection:
        number: int = connection.execute(
            sa.text(
                "INSERT INTO quarantine.row (source, dataset, scope, entity, record_hash, row_hash, rule, fields,"
                " landed_file_id, position, first_batch_id, last_batch_id, state) VALUES ('moodle_pnud', 'people',"
                " 'NEISP-2020-1', 'certificate', 'x', 'x', 'obtencion_no_futura', CAST(:fields AS jsonb), 1, '77', 5,"
                " 5, 'open') RETURNING retained_id"
            ),
            {"fields": f'{{"email": "{SECRET}"}}'},
        ).scalar_one()
        connection.execute(
            sa.text(
                "INSERT INTO ops.retained_count (source, dataset, entity, rule, state, rows)"
                " VALUES ('moodle_pnud', 'people', 'certificate', 'obtencion_no_futura', 'open', 1)"
            )
        )
    return number


def test_the_accounting_of_a_batch_is_that_of_the_tables_and_adds_up(ask, closed_demo: "DemoPlant") -> None:
    page = ask("viewer").get("/calidad/lote/5").text
    rows = _table(page, "Cuentas de las filas").rows
    for row in rows:
        landed, *parts = (int(text.replace(",", "")) for text in row[1:])
        assert landed == sum(parts), row
    with closed_demo.plant.engine.begin() as connection:
        total = connection.scalar(sa.text("SELECT sum(landed) FROM ops.row_account WHERE batch_id = 5"))
    assert rows[-1][1] == f"{total:,}"
    for row in _table(page, "Vigentes antes y después").rows:
        before, new, returned, vanished, after = (int(text.replace(",", "")) for text in row[1:])
        assert after == before + new + returned - vanished
    for row in _table(page, "Cuentas de los registros").rows:
        landed, *parts = (int(text.replace(",", "")) for text in row[1:])
        assert landed == sum(parts)
    listed = _table(ask("viewer").get("/calidad").text, "Lotes").rows
    assert [row[0] for row in listed] == ["6", "5", "4", "3", "2", "1"]
    assert listed[1][4] == f"{total:,}"
    one = _table(ask("viewer").get("/calidad?fuente=moodle_pnud").text, "Lotes").rows
    assert [row[0] for row in one] == ["5"]


def test_a_rule_that_rows_failed_says_what_why_and_how(ask) -> None:
    failed = _table(ask("viewer").get("/calidad").text, "Reglas que no se cumplieron en el último lote de cada fuente")
    assert failed.rows
    for row in failed.rows:
        assert all(row)
        assert int(row[5].replace(",", "")) > 0


def test_a_retained_row_is_found_by_its_number_and_never_shown(ask, held: int, closed_demo: "DemoPlant") -> None:
    for address in ("/calidad", "/calidad/retenidos", "/calidad/lote/5"):
        page = ask("op").get(address).text
        assert SECRET not in page
        assert "/dags/corregir_retenidos" in page, "the form that mends it"
    (row,) = _table(ask("op").get("/calidad/retenidos").text, "Registros retenidos, uno por renglón").rows
    assert row[0] == str(held)
    assert row[7] == "77"
    assert row[1] == "Plataforma Moodle del PNUD · people", "a source by its name"
    assert row[4] == "Fecha del certificado (obtained_at)", "the column as the form calls it"
    with closed_demo.plant.engine.begin() as connection:
        name = connection.scalar(sa.text("SELECT original_name FROM ops.landed_file WHERE landed_file_id = 1"))
    assert row[6] == name, "a file that somebody can look for"
    page = ask("viewer").get("/calidad").text
    counted = _table(page, "Registros retenidos que esperan decisión").rows
    assert [row[3] for row in counted] == ["1"]
    assert "/calidad/retenidos" not in page
    assert "77" not in {cell for row in counted for cell in row}
    assert "/calidad/retenidos" not in ask("viewer").get("/calidad/lote/5").text


def test_texts_of_institutions_are_for_who_may_see_rows(ask) -> None:
    viewer, op = (ask(role).get("/calidad").text for role in ("viewer", "op"))
    assert "textos de institución no están en la lista revisada" in viewer
    assert "Vigilantes del Gasto" not in viewer
    assert "Vigilantes del Gasto" in op


def test_what_a_source_typed_stays_text(ask, closed_demo: "DemoPlant") -> None:
    evil = "<img src=x onerror=alert(1)>"
    with closed_demo.plant.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ops.batch SET message = :evil WHERE batch_id = 5"), {"evil": evil})
        connection.execute(sa.text("UPDATE marts.unmatched_institution SET institution = institution || :evil"),
                           {"evil": evil})  # fmt: skip
    for address in ("/calidad", "/calidad/lote/5"):
        page = ask("op").get(address).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/calidad?pagina=x", 422),
        ("/calidad?fuente=moodle_pnud' OR 1=1", 404),
        ("/calidad?fuente=%00", 404),
        ("/calidad/lote/5;DROP", 422),
        ("/calidad/lote/99999999999999999999", 422),
        ("/calidad/lote/999999", 404),
    ],
)
def test_what_is_no_address_of_ours_is_refused(ask, address: str, status: int) -> None:
    assert ask("op").get(address).status_code == status
