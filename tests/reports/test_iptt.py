"""The tracking table: every figure that of the warehouse, nothing added that can't be, nothing missing told as zero."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from made_quarters import OFFICIAL, Q1, cell, indicator, quarter, quarters
from openpyxl.worksheet.worksheet import Worksheet

from trimestre.periods import Period
from trimestre.reports import iptt
from trimestre.reports.documents import write_version
from trimestre.reports.history import with_earlier
from trimestre.reports.quarter import Quarter, Version, quarter_of
from trimestre.reports.words import category_name, disaggregation_name
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

HEAD = 5
"""Row of the names of the columns; what the blocks cover stands in it, their parts in the next."""


class Table:
    """A sheet read back by the names of its columns."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.columns: dict[tuple[str, str], int] = {}
        block = ""
        for column in range(1, sheet.max_column + 1):
            block = str(sheet.cell(HEAD, column).value or block)
            part = str(sheet.cell(HEAD + 1, column).value or "")
            self.columns[block.split("\n")[0], part] = column

    def rows(self, *names: str) -> dict[tuple[str, ...], int]:
        """Texts of the named columns -> row."""
        columns = [self.columns[name, ""] for name in names]
        return {
            tuple(str(self.sheet.cell(row, column).value or "") for column in columns): row
            for row in range(HEAD + 2, self.sheet.max_row + 1)
        }

    def value(self, row: int, block: str, part: str = "") -> Any:
        """What stands in a row below the name of a block and of a part."""
        return self.sheet.cell(row, self.columns[block, part]).value


def written(told: Quarter, folder: Path, language: str = "es") -> tuple[openpyxl.Workbook, openpyxl.Workbook]:
    """The workbook with its cached values, and with its formulas."""
    (path,) = iptt.write(told, folder, language)
    return openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)


def expect(found: Any, figure: Mapping[str, Any], name: str, *, percent: bool, place: Any) -> None:
    """A figure in the sheet against the warehouse: fractions for percentages; a word or nothing for what is missing."""
    value = figure[name]
    if value is None:
        assert found in ({None} if name != "value" else {"n. d.", "n. a.", "no calculable"}), place
    else:
        scale = 100 if percent or name == "percent_of_target" else 1
        assert Decimal(str(found)) * scale == value, place


def test_every_figure_is_the_warehouses(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    plant = closed_demo.plant
    with transaction(plant.engine) as connection:
        (path,) = write_version(connection, plant.project, Period(2020, 2), tmp_path, only=["iptt"])
        content = path.read_bytes()
        write_version(connection, plant.project, Period(2020, 2), tmp_path, only=["iptt"])
        cells = [
            dict(row._mapping)
            for row in connection.execute(
                sa.text(
                    "SELECT v.* FROM results.candidate_value AS v"
                    " INNER JOIN results.candidate AS c USING (candidate_id)"
                    " WHERE c.vintage = 1 AND c.period = '2020-Q2' AND v.official"
                    " AND v.covers IN ('2020-Q2', 'FY2020', 'project')"
                )
            )
        ]
    assert path.name == "iptt-2020-Q2-v1.xlsx"
    assert path.read_bytes() == content, "the same vintage is the same file"
    book = openpyxl.load_workbook(path, data_only=True)
    names = {"2020-Q2": "2020-Q2", "FY2020": "Año fiscal 2020", "project": "Vida del proyecto"}
    tables = {name: Table(book[name]) for name in book.sheetnames[:-3]}
    compared = 0
    for one in cells:
        item = plant.project.indicator(one["indicator"])
        percent = item.kind_of_value == "percentage"
        place = [one[name] for name in ("indicator", "covers", "disaggregation", "category")]
        if one["disaggregation"] == "total":
            table = tables["IPTT"]
            row = table.rows("Clave")[(item.code,)]
            expect(table.value(row, names[one["covers"]], "Meta"), one, "target", percent=percent, place=place)
            if item.measure != "milestone":
                found = table.value(row, names[one["covers"]], "% de la meta")
                expect(found, one, "percent_of_target", percent=percent, place=place)
        else:
            table = tables[disaggregation_name(one["disaggregation"])]
            said = category_name(plant.project, one["disaggregation"], one["category"])
            row = table.rows("Clave", "Categoría")[item.code, said]
        expect(table.value(row, names[one["covers"]], "Alcanzado"), one, "value", percent=percent, place=place)
        compared += 1
    assert compared == len(cells) > 100
    for name, table in tables.items():
        if name != "IPTT":  # the total of a sheet is a link, and shows what it links to
            for (code, category), row in table.rows("Clave", "Categoría").items():
                if category == "Total":
                    main = tables["IPTT"].rows("Clave")[(code,)]
                    for block in names.values():
                        assert table.value(row, block, "Alcanzado") == tables["IPTT"].value(main, block, "Alcanzado")


def test_a_reader_sees_status_explanations_and_which_version_it_is(closed_demo: "DemoPlant", tmp_path: Path) -> None:
    plant = closed_demo.plant
    with transaction(plant.engine) as connection:
        told = with_earlier(connection, quarter_of(connection, plant.project, Period(2020, 2)))
        later = with_earlier(connection, quarter_of(connection, plant.project, Period(2020, 4)))
    book, _ = written(told, tmp_path)
    table = Table(book["IPTT"])
    rows = table.rows("Clave")
    assert table.value(rows[("L2-05",)], "Estado en 2020-Q2") == "Con rezago"
    assert table.value(rows[("L2-05",)], "Explicación de la desviación") == "Explicación ilustrativa de la desviación."
    assert "n = 60" in table.value(rows[("L2-09",)], "Notas")
    bases = {code: table.value(rows[(code,)], "Línea de base: valor") for code in ("L2-01", "L2-02", "L2-04")}
    assert bases == {"L2-01": 0, "L2-02": "n. d.", "L2-04": "n. a."}
    assert table.value(rows[("PR-1.1",)], "Explicación de la desviación") == (
        "2 indicadores: 1 Con rezago, 1 Sin meta del periodo"
    )
    assert table.value(rows[("OB-1",)], "Explicación de la desviación").startswith("12 indicadores: ")
    order = [code for (code,) in rows if code]
    assert order[:5] == ["OB-1", "EF-1", "PR-1.1", "L1-01", "L1-02"]
    sheet = book["IPTT"]
    assert sheet.freeze_panes == "E7"
    assert sheet.auto_filter.ref is not None
    assert sheet.print_title_rows == "$5:$6"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.row_dimensions[rows[("L1-01",)]].outlineLevel == 3
    about = {row[0].value: row[1].value for row in book["Acerca de"].iter_rows(min_row=5, max_row=16)}
    assert about["Huella (sha256) de la versión"] == told.version.hash
    assert about["Aprobó"] == "Coordinación del proyecto"
    assert "ilustrativ" in sheet["A3"].value
    assert {row[0].value for row in book["Definiciones"].iter_rows(min_row=6)} == {
        figure.indicator.code for figure in told.figures
    }
    english, formulas = written(later, tmp_path, "en")
    table, raw = Table(english["IPTT"]), Table(formulas["IPTT"])
    rows = table.rows("Code")
    assert {name for name, _ in table.columns} >= {"2020-Q1", "2020-Q4", "Fiscal year 2020", "Life of project"}
    added = raw.value(rows[("L2-02",)], "Fiscal year 2020", "Actual")
    assert added.startswith("=N("), "certificates fall in one quarter each"
    assert table.value(rows[("L2-02",)], "Fiscal year 2020", "Actual") == 405
    persons = raw.value(rows[("L2-07",)], "Fiscal year 2020", "Actual")
    assert persons == 89, "somebody may be in two quarters: no sum"
    assert raw.value(rows[("L2-03",)], "2020-Q2", "% of target").startswith("=ROUND(")


def test_figures_of_before_restated_and_preliminary_ones_are_marked(tmp_path: Path) -> None:
    item = indicator(disaggregations=[])
    inherited = quarter(
        [(item, [cell("X-01", Decimal(3), covers="2020-Q1", obs_status="heredado")])],
        period=Q1,
        version=replace(OFFICIAL, kind="heredado"),
    )
    restated = quarter(
        [(item, [cell("X-01", Decimal(5))])],
        version=replace(OFFICIAL, vintage=2, restates=True, reason="Oficio {9}/2020"),
        earlier=(inherited,),
    )
    today = quarter(
        [(item, [cell("X-01", Decimal(7), covers="2020-Q3"), cell("X-01", Decimal(9), covers="FY2020")])],
        period=Period(2020, 3),
        version=Version("preliminar"),
        earlier=(inherited, restated),
    )
    book, formulas = written(today, tmp_path)
    table = Table(book["IPTT"])
    row = table.rows("Clave")[("X-01",)]
    formats = {
        name: table.sheet.cell(row, table.columns[name, "Alcanzado"]).number_format.partition(" ")[2].strip('"')
        for name in ("2020-Q1", "2020-Q2", "2020-Q3")
    }
    assert formats == {"2020-Q1": "h", "2020-Q2": "r", "2020-Q3": "p"}
    heads = [str(one.value) for one in table.sheet[HEAD] if one.value]
    assert "2020-Q1\nheredado (v1)" in heads
    assert "2020-Q2\nrectificado v2" in heads
    assert "2020-Q3\npreliminar" in heads
    assert "h = valor heredado" in table.sheet["A4"].value
    below = [str(one.value) for one in table.sheet["B"] if one.value]
    assert "2020-Q2: rectificación de cifras publicadas, versión oficial 2. Motivo: Oficio {9}/2020." in below, (
        "braces are signs"
    )
    raw = Table(formulas["IPTT"]).value(row, "Año fiscal 2020", "Alcanzado")
    assert raw == 9, "3 + 5 + 7 is not what the year says: it is told, not added up"


def test_a_year_is_told_by_the_last_quarter_that_is_known_of_it(tmp_path: Path) -> None:
    item = indicator(disaggregations=[], life_of_project_target=20, targets={"2020-Q2": 10, "2020-Q4": 4, "FY2020": 8})
    told = quarter(
        [
            (
                item,
                [
                    cell("X-01", Decimal(6), target=Decimal(10)),
                    cell("X-01", Decimal(6), covers="FY2020", target=Decimal(8), percent_of_target=Decimal(75)),
                    cell("X-01", Decimal(6), covers="project", target=Decimal(20), percent_of_target=Decimal(30)),
                ],
            )
        ]
    )
    book, _ = written(told, tmp_path)
    table = Table(book["IPTT"])
    row = table.rows("Clave")[("X-01",)]
    assert [table.value(row, "Año fiscal 2020", part) for part in ("Meta", "Alcanzado", "% de la meta")] == [8, 6, 0.75]
    assert table.value(row, "Vida del proyecto", "Meta") == 20, "the target of the whole, not the sum of periods"
    assert table.value(row, "2020-Q4", "Meta") == 4
    assert ("2020-Q4", "Alcanzado") not in table.columns, "planned: nothing is reached yet"
    assert ("2020-Q1", "Alcanzado") not in table.columns


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=quarters())
def test_any_project_gives_a_readable_table(tmp_path: Path, told: Quarter) -> None:
    book, formulas = written(told, tmp_path)
    table = Table(book["IPTT"])
    rows = table.rows("Clave")
    for figure in told.figures:
        total = figure.total
        assert total is not None
        found = table.value(rows[(figure.indicator.code,)], "2020-Q2", "Alcanzado")
        if total["value"] is None:
            assert isinstance(found, str), "never a zero"
        else:
            assert isinstance(found, int | float)
    for sheet in formulas:
        for row in sheet.iter_rows():
            for one in row:
                if one.data_type == "f":
                    assert str(one.value).startswith(("=ROUND(", "=N(", "='IPTT'!")), "a name is no formula"


def test_a_long_reason_is_not_cut_off(tmp_path: Path) -> None:
    reason = "La plataforma entregó tarde los certificados de una sede. " * 12
    version = replace(OFFICIAL, vintage=2, restates=True, reason=reason)
    sheet = written(quarter([(indicator(), [cell("X-01", Decimal(5))])], version=version), tmp_path)[0]["Acerca de"]
    (row,) = [one.row for one in sheet["A"] if "Motivo: La plataforma" in str(one.value)]
    assert sheet.row_dimensions[row].height >= 13 * len(reason) / 115
