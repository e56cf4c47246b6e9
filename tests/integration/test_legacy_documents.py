"""Documents over quarters of which some are of before Trimestre."""

from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from three_quarters import Learner, ThreeQuarters

from trimestre.indicators.vintages import decide_candidate
from trimestre.periods import Period
from trimestre.pipeline.uploads.inheriting import import_legacy
from trimestre.reports.documents import write_version
from trimestre.reports.legacy_template import write_template
from trimestre.warehouse.database import transaction

BEFORE = (
    ["CERT", "2020-Q1", "", "", 30, None, None, "IPTT"],
    ["CERT", "2020-Q1", "sex", "mujer", 20, None, None, "IPTT"],
    ["CERT", "2020-Q1", "sex", "hombre", 10, None, None, "IPTT"],
    ["RATE", "2020-Q1", "", "", 75, 30, 40, "IPTT"],
)


@pytest.fixture
def project(warehouse: sa.Engine, tmp_path: Path) -> ThreeQuarters:
    """The first quarter inherited, the second closed."""
    project = ThreeQuarters(warehouse, tmp_path / "quarters")
    plant, path = project.plant, tmp_path / "iptt.xlsx"
    write_template(plant.project, path)
    book = openpyxl.load_workbook(path)
    for row in BEFORE:
        book["Valores"].append(row)
    book.save(path)
    done = import_legacy(
        plant.engine, plant.project, path, landing=plant.landing, reason="IPTT", prepared_by="especialista"
    )
    for one in done.proposed:
        decide_candidate(
            plant.engine, one.candidate_id, approve=True, decided_by="coordinacion", comment=None, project=plant.project
        )
    project.night(Learner("Rosa", "E2", "2020-05-20 11:00"), Learner("Juan", "E2", "2020-05-20 12:00", sex="hombre"))
    project.close("2020-Q2")
    return project


def test_the_tracking_table_goes_on_from_the_old_one_and_marks_it(project: ThreeQuarters, tmp_path: Path) -> None:
    with transaction(project.engine) as connection:
        (path,) = write_version(connection, project.plant.project, Period(2020, 2), tmp_path, only=["iptt"])
    values, formulas = (openpyxl.load_workbook(path, data_only=told) for told in (True, False))
    sheet = values["IPTT"]
    heads = {str(one.value).split("\n")[0]: one.column for one in sheet[5] if one.value}
    rows = {sheet.cell(row, 3).value: row for row in range(7, sheet.max_row + 1)}
    old = sheet.cell(rows["CERT"], heads["2020-Q1"] + 1)
    assert (old.value, old.number_format) == (30, '#,##0" h"')
    assert "heredado" in sheet.cell(5, heads["2020-Q1"]).value
    rate = sheet.cell(rows["RATE"], heads["2020-Q1"] + 1)
    assert (rate.value, rate.number_format) == (0.75, '0.0%" h"')
    year = formulas["IPTT"].cell(rows["CERT"], heads["Año fiscal 2020"] + 1).value
    assert year.startswith("=N(")
    assert sheet.cell(rows["CERT"], heads["Año fiscal 2020"] + 1).value == 32
    sexes = values["Sexo"]
    women = next(row for row in sexes.iter_rows(min_row=7) if (row[0].value, row[2].value) == ("CERT", "Mujeres"))
    assert [one.value for one in women[3:6]] == [20, 1, 21]
    assert "h = valor heredado" in sheet["A4"].value
