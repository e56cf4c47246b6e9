"""Figures of before Trimestre: what a workbook says, and every cell that is wrong in it."""

import tempfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from trimestre.contracts import load_project
from trimestre.contracts.indicators import Indicator
from trimestre.errors import ContractError
from trimestre.indicators.inherited.inheriting import inherited_cells
from trimestre.indicators.inherited.legacy import Legacy, LegacyValue, differing_targets, read_legacy
from trimestre.indicators.inherited.legacy_rules import broken_rule
from trimestre.periods import Period
from trimestre.reports.legacy_template import write_template
from trimestre.texts import LEGACY_SHEETS

PROJECT = load_project(Path(__file__).resolve().parents[2])
IPTT = "IPTT 2020, hoja 3"
Rows = dict[str, list[list[Any]]]


def value(code: str, period: str, number: Any, breakdown: str = "", category: str = "", *parts: Any) -> list[Any]:
    return [code, period, breakdown, category, number, *(parts or (None, None)), IPTT]


@pytest.fixture
def book(tmp_path: Path) -> Callable[[Rows], Path]:
    """The template with rows below its headings."""

    def fill(sheets: Rows) -> Path:
        path = tmp_path / "iptt.xlsx"
        write_template(PROJECT, path)
        workbook = openpyxl.load_workbook(path)
        for title, rows in sheets.items():
            for row in rows:
                workbook[title].append(row)
        workbook.save(path)
        return path

    return fill


def test_the_template_holds_what_is_needed_to_fill_it(tmp_path: Path) -> None:
    write_template(PROJECT, tmp_path / "plantilla.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "plantilla.xlsx")
    assert workbook.sheetnames == ["Valores", "Metas", "Líneas de base", "Ayuda"]
    told = [[cell.value for cell in row] for row in workbook["Ayuda"]]
    codes = {row[0]: row for row in told}
    assert {indicator.code for indicator in PROJECT.indicators} <= set(codes)
    assert codes["L2-06"][4:] == ["module, module×edition", "module: M1, M2, M3; edition: NEISP-2020-1, EISP-UIF-2020"]


def test_a_template_takes_no_file_that_is_there(tmp_path: Path) -> None:
    write_template(PROJECT, tmp_path / "plantilla.xlsx")
    with pytest.raises(ContractError, match="ya existe"):
        write_template(PROJECT, tmp_path / "plantilla.xlsx")


def test_what_was_typed_comes_back_with_its_cell(book: Callable[[Rows], Path]) -> None:
    path = book(
        {
            "Valores": [
                value("L2-02", "2020-Q1", 30),
                value("L2-02", "2020-Q1", 20, "sex", "mujer"),
                value("L2-03", "FY2020-Q2", 75, "", "", 3, 4),
                value("L2-06", "2020-Q1", 12, "module×edition", "M1×NEISP-2020-1"),
                value("L2-09", "2020-Q1", "n. d."),
            ]
        }
    )
    found = read_legacy(path, PROJECT).values
    assert [(v.indicator, str(v.period), *v.place, v.value, v.numerator, v.position) for v in found] == [
        ("L2-02", "2020-Q1", "total", "total", 30, None, "Valores!E2"),
        ("L2-02", "2020-Q1", "sex", "mujer", 20, None, "Valores!E3"),
        ("L2-03", "2020-Q1", "total", "total", 75, 3, "Valores!E4"),
        ("L2-06", "2020-Q1", "module×edition", "M1 × NEISP-2020-1", 12, None, "Valores!E5"),
        ("L2-09", "2020-Q1", "total", "total", None, None, "Valores!E6"),
    ]


def test_a_figure_keeps_the_document_that_published_it_and_a_name_for_nobody(book: Callable[[Rows], Path]) -> None:
    path = book({"Valores": [value("L2-02", "2020-Q1", 30)]})
    (found,) = read_legacy(path, PROJECT).values
    assert found.document == IPTT
    workbook = openpyxl.load_workbook(path)
    workbook["Valores"]["H2"] = "Oficio de ana@uif.example"
    workbook.save(path)
    with pytest.raises(ContractError, match=r"Valores!H2: .*un documento, sin correos ni CURP") as raised:
        read_legacy(path, PROJECT)
    assert "ana@" not in str(raised.value)


def test_a_stray_formatted_cell_at_the_end_of_a_sheet_does_not_bring_a_million_rows(
    book: Callable[[Rows], Path],
) -> None:
    """Excel leaves such cells behind; a specialist would think that the import hangs."""
    path = book({"Valores": [value("L2-02", "2020-Q1", 30)], "Metas": []})
    workbook = openpyxl.load_workbook(path)
    for title in LEGACY_SHEETS.values():
        workbook[title[0]].cell(1_048_576, 5).number_format = "0%"
    workbook.save(path)
    made = 0
    original = Worksheet._get_cell

    def counted(sheet: Worksheet, row: int, column: int) -> Any:
        nonlocal made
        made += 1
        return original(sheet, row, column)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worksheet, "_get_cell", counted)
        assert [found.value for found in read_legacy(path, PROJECT).values] == [30]
    assert made < 1000, "cells are looked at, however quick the machine is"


def test_a_cell_that_excel_shows_as_percent_is_read_as_it_is_shown(book: Callable[[Rows], Path]) -> None:
    path = book({"Valores": [value("L2-03", "2020-Q1", 0.875)]})
    workbook = openpyxl.load_workbook(path)
    workbook["Valores"]["E2"].number_format = "0.0%"
    workbook.save(path)
    assert read_legacy(path, PROJECT).values[0].value == Decimal("87.5")


WRONG: dict[str, tuple[list[list[Any]], list[str]]] = {
    "a code that is none": ([value("L9-99", "2020-Q1", 1)], ["Valores!A2: se encontró «L9-99»", "L2-01"]),
    "a year": ([value("L2-02", "2019", 1)], ["Valores!B2: se encontró «2019»", "Un año o un semestre no es"]),
    "a quarter out of the project": ([value("L2-02", "2019-Q4", 1)], ["Valores!B2", "de 2020-Q1 a 2020-Q4"]),
    "a text for a number": ([value("L2-02", "2020-Q1", "1,234")], ["Valores!E2: se encontró «1,234»", "un número"]),
    "a yes": ([value("L2-02", "2020-Q1", True)], ["Valores!E2: se encontró «True»"]),
    "a day": ([value("L2-02", "2020-Q1", datetime(2020, 1, 5))], ["Valores!E2", "un número"]),  # noqa: DTZ001
    "nothing": ([value("L2-02", "2020-Q1", None)], ["Valores!E2: se encontró nada", "Llene la celda."]),
    "half a certificate": ([value("L2-02", "2020-Q1", 1.5)], ["Valores!E2: se encontró «1.5»", "un número entero"]),
    "less than none": ([value("L2-02", "2020-Q1", -3)], ["Valores!E2: se encontró «-3»", "cero o más"]),
    "more than all": ([value("L2-03", "2020-Q1", 120)], ["Valores!E2: se encontró «120»", "de 0 a 100"]),
    "a share of one": ([value("L2-03", "2020-Q1", 0.63)], ["Valores!E2: se encontró «0.63»", "63% o 0.63%"]),
    "a stage that is none": ([value("L2-10", "2020-Q1", 6)], ["Valores!E2: se encontró «6»", "de 0 a 5"]),
    "one part of a share": ([value("L2-03", "2020-Q1", 75, "", "", 3, None)], ["Valores!G2: se encontró nada"]),
    "a share of other parts": ([value("L2-03", "2020-Q1", 80, "", "", 3, 4)], ["Valores!E2", "75.0, que es 100 ×"]),
    "hits above rows": ([value("L2-03", "2020-Q1", 80, "", "", 5, 4)], ["Valores!F2: se encontró «5»"]),
    "a breakdown that is none": (
        [value("L2-02", "2020-Q1", 1, "state", "09")],
        ["Valores!C2: se encontró «state»", "sex, edition"],
    ),
    "a category that is none": (
        [value("L2-02", "2020-Q1", 1, "sex", "female")],
        ["Valores!D2: se encontró «female»", "mujer, hombre, no_especificado"],
    ),
    "half of a crossed category": ([value("L2-06", "2020-Q1", 1, "module×edition", "M1")], ["Valores!D2"]),
    "a category of the total": ([value("L2-02", "2020-Q1", 1, "", "mujer")], ["Valores!D2", "es el total"]),
    "a total that means nothing": ([value("L2-06", "2020-Q1", 1)], ["Valores!C2: se encontró nada", "no tiene total"]),
    "the same thing twice": (
        [value("L2-02", "2020-Q1", 1), value("L2-02", "2020-Q1", 2)],
        ["Valores!E3", "Ya está en Valores!E2"],
    ),
    "a quarter left out": (
        [value("L2-02", "2020-Q1", 1), value("L2-02", "2020-Q3", 2)],
        ["un renglón de L2-02 2020-Q2", "0 si fue cero, n. d. si no se sabe"],
    ),
    "parts above their total": (
        [
            value("L2-02", "2020-Q1", 10),
            value("L2-02", "2020-Q1", 8, "sex", "mujer"),
            value("L2-02", "2020-Q1", 3, "sex", "hombre"),
        ],
        ["Valores!E2: se encontró «10», se esperaba 11 o más", "suman 11"],
    ),
    "parts of what is not available": (
        [value("L2-02", "2020-Q1", "n. d."), value("L2-02", "2020-Q1", 8, "sex", "mujer")],
        ["Valores!E2: se encontró «n. d.», se esperaba 8 o más"],
    ),
    "all parts and less than their total": (
        [
            value("L2-02", "2020-Q1", 10),
            value("L2-02", "2020-Q1", 8, "sex", "mujer"),
            value("L2-02", "2020-Q1", 1, "sex", "no_especificado"),
        ],
        ["Valores!E2: se encontró «10», se esperaba 9. Las categorías de sex suman 9"],
    ),
    "parts without their total": (
        [value("L2-02", "2020-Q1", 8, "sex", "mujer")],
        ["Valores!E2", "un renglón de L2-02 2020-Q1 (total)"],
    ),
    "no document": ([["L2-02", "2020-Q1", "", "", 1, None, None, ""]], ["Valores!H2: se encontró nada"]),
    "no row at all": ([], ["Valores: se encontró nada", "al menos un valor"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_cell_is_told_with_sheet_cell_value_and_mend(book: Callable[[Rows], Path], what: str) -> None:
    rows, expected = WRONG[what]
    with pytest.raises(ContractError) as raised:
        read_legacy(book({"Valores": rows}), PROJECT)
    assert [part for part in expected if part not in str(raised.value)] == [], str(raised.value)


def test_every_wrong_cell_is_told_at_once(book: Callable[[Rows], Path]) -> None:
    rows = [value("L9-99", "2020-Q1", 1), value("L2-02", "2020-T1", "muchos")]
    with pytest.raises(ContractError) as raised:
        read_legacy(book({"Valores": rows, "Metas": [["L2-02", "2020-Q9", "", "", 5, IPTT]]}), PROJECT)
    places = [line.split(":")[0] for line in str(raised.value).splitlines()]
    assert places == ["Valores!A2", "Valores!B3", "Valores!E3", "Metas!B2"]


def test_no_message_repeats_a_long_text_that_may_be_anybodys(book: Callable[[Rows], Path]) -> None:
    with pytest.raises(ContractError) as raised:
        read_legacy(book({"Valores": [value("ana.perez@sfp.example", "2020-Q1", "PEAA800101MDFRNN09")]}), PROJECT)
    assert "ana.perez" not in str(raised.value)
    assert "PEAA" not in str(raised.value)


def test_no_personal_data_come_in_as_a_category(book: Callable[[Rows], Path]) -> None:
    rows = [value("L2-02", "2020-Q1", 3), value("L2-01", "2020-Q1", 3, "institution", "ana@sfp.example")]
    with pytest.raises(ContractError) as raised:
        read_legacy(book({"Valores": rows}), PROJECT)
    assert "Valores!D3: se encontró un texto de 15 letras, se esperaba una categoría, sin correos" in str(raised.value)
    assert "ana@" not in str(raised.value)


def test_a_formula_that_was_saved_without_its_value_is_no_empty_cell(book: Callable[[Rows], Path]) -> None:
    """Else a percentage came in without its parts, and a row of formulas not at all."""
    rows = [value("L2-03", "2020-Q1", 75, "", "", "=2+1", "=2+2"), ["=A2", *["=B2"] * 7]]
    with pytest.raises(ContractError) as raised:
        read_legacy(book({"Valores": rows}), PROJECT)
    places = [line.split(":")[0] for line in str(raised.value).splitlines()]
    assert places == ["Valores!F2", "Valores!G2", *(f"Valores!{letter}3" for letter in "ABCDEFGH")]
    assert "ábralo en Excel y guárdelo" in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"clave,valor\n", b"PK\x03\x04"])
def test_a_file_that_is_no_workbook_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "iptt.xlsx"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=r"iptt\.xlsx: se encontró nada, se esperaba un libro de Excel"):
        read_legacy(path, PROJECT)


def test_a_workbook_of_another_kind_is_told(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.save(tmp_path / "otro.xlsx")
    with pytest.raises(ContractError, match="la hoja Valores"):
        read_legacy(tmp_path / "otro.xlsx", PROJECT)
    workbook.create_sheet("Valores").append(["Clave", "Trimestre"])
    workbook.save(tmp_path / "otro.xlsx")
    with pytest.raises(ContractError, match=r"Valores!1: .*Periodo, Desagregación"):
        read_legacy(tmp_path / "otro.xlsx", PROJECT)


def test_targets_and_baselines_that_differ_are_told_as_lines_to_paste(book: Callable[[Rows], Path]) -> None:
    path = book(
        {
            "Valores": [value("L2-02", "2020-Q1", 30)],
            "Metas": [
                ["L2-02", "2020-Q2", "", "", 420, IPTT],
                ["L2-02", "2020-Q1", "", "", 100, IPTT],
                ["L2-02", "project", "", "", 1500, IPTT],
                ["L2-02", "2020-Q2", "sex", "mujer", 210, IPTT],
            ],
            "Líneas de base": [
                ["L2-01", 0, date(2020, 1, 1), IPTT],
                ["L2-02", 12, date(2019, 12, 31), IPTT],
                ["L2-05", "n. d.", None, IPTT],
            ],
        }
    )
    assert differing_targets(PROJECT, read_legacy(path, PROJECT)) == [
        "L2-02.yaml: targets: {2020-Q1: 100}",
        "L2-02.yaml: life_of_project_target: 1500",
        "L2-02.yaml: category_targets: [{period: 2020-Q2, disaggregation: sex, category: mujer, target: 210}]",
        "L2-02.yaml: baseline: {value: 12, measured_on: 2019-12-31}",
    ]


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(),
    st.sampled_from(
        ["L2-02", "L2-06", "2020-Q1", "FY2020-Q3", "total", "sex", "mujer", "module×edition", "n. d.", "×"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=25),
)


@given(st.lists(st.lists(CELL, min_size=8, max_size=8), max_size=4), st.sampled_from(["Valores", "Metas"]))
def test_whatever_stands_in_a_cell_it_is_read_or_told(rows: list[list[Any]], sheet: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "iptt.xlsx"
        book = openpyxl.Workbook()
        for title, headings in LEGACY_SHEETS.values():
            book.create_sheet(title).append(list(headings.values()))
        for row in rows:
            book[sheet].append(row)
        book.save(path)
        problem = ""
        try:
            read_legacy(path, PROJECT)
        except ContractError as error:
            problem = str(error)
        assert all(": se encontró " in line for line in problem.splitlines())
        assert problem or any(filter(any, rows)), "an empty workbook says nothing"


# -- the cells of a quarter ----------------------------------------------------------------------------------------


def cells(code: str, *figures: tuple[str, Any, Any, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Quarter and span -> total, of figures (quarter, value, numerator, denominator)."""
    values = tuple(
        LegacyValue(code, Period.parse(period), "total", "total", *map(_number, numbers), "Valores!E2")
        for period, *numbers in figures
    )
    legacy = Legacy(values, ())
    return {
        (period, cell["covers"]): cell
        for period, *_ in figures
        for cell in inherited_cells(PROJECT, legacy, Period.parse(period))
        if cell["disaggregation"] == "total"
    }


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def flow(cell: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(cell[name] for name in ("value", "added", "adjustment", "accumulated"))


def test_certificates_of_quarters_add_up() -> None:
    found = cells("L2-02", ("2020-Q1", 30, None, None), ("2020-Q2", 12, None, None))
    assert flow(found["2020-Q1", "2020-Q1"]) == (30, 30, 0, 30)
    assert flow(found["2020-Q2", "2020-Q2"]) == (12, 12, 0, 42)
    assert {covers: cell["value"] for (quarter, covers), cell in found.items() if quarter == "2020-Q2"} == {
        "2020-Q2": 12, "2020-H1": 42, "2020": 42, "FY2020": 42, "project": 42,
    }  # fmt: skip
    assert (found["2020-Q2", "2020-Q2"]["target"], found["2020-Q2", "2020-Q2"]["status"]) == (420, "con_rezago")
    assert found["2020-Q2", "2020-Q2"]["obs_status"] == "heredado"


def test_a_cumulative_figure_is_what_was_reached_and_adds_the_difference() -> None:
    found = cells("L2-01", ("2020-Q1", 30, None, None), ("2020-Q2", 42, None, None))
    assert flow(found["2020-Q1", "2020-Q1"]) == (30, 30, 0, 30)
    assert flow(found["2020-Q2", "2020-Q2"]) == (42, 12, 0, 42)
    assert found["2020-Q2", "project"]["value"] == 42


def test_a_rate_of_two_quarters_comes_from_its_parts_or_is_not_available() -> None:
    found = cells("L2-03", ("2020-Q1", 75, 3, 4), ("2020-Q2", 100, 3, 3))
    assert found["2020-Q2", "2020-H1"]["value"] == Decimal("85.7")
    bare = cells("L2-03", ("2020-Q1", 75, None, None), ("2020-Q2", 100, 3, 3))
    assert (bare["2020-Q2", "2020-H1"]["value"], bare["2020-Q2", "2020-H1"]["obs_status"]) == (None, "n_d")


def test_persons_of_quarters_are_not_added_up_to_what_was_reached() -> None:
    found = cells("L2-07", ("2020-Q1", 30, None, None), ("2020-Q2", 12, None, None))
    assert flow(found["2020-Q2", "2020-Q2"]) == (12, None, None, None)


def test_what_nobody_told_apart_of_a_total_is_not_specified() -> None:
    """Or the women and men of every later span would not add to their total."""
    women = LegacyValue("L2-02", Period(2020, 1), "sex", "mujer", Decimal(18), None, None, "Valores!E3")
    total = LegacyValue("L2-02", Period(2020, 1), "total", "total", Decimal(30), None, None, "Valores!E2")
    found = {
        (cell["disaggregation"], cell["category"]): cell["value"]
        for cell in inherited_cells(PROJECT, Legacy((total, women), ()), Period(2020, 1))
        if cell["covers"] == "project" and "×" not in cell["disaggregation"]
    }
    assert found == {
        ("total", "total"): 30, ("sex", "mujer"): 18, ("sex", "no_especificado"): 12,
        ("edition", "no_especificado"): 30,
    }  # fmt: skip


def test_what_is_not_available_is_no_zero() -> None:
    found = cells("L2-02", ("2020-Q1", 30, None, None), ("2020-Q2", None, None, None))
    assert flow(found["2020-Q2", "2020-Q2"]) == (None, None, None, 30)
    assert found["2020-Q2", "2020-Q2"]["obs_status"] == "n_d"


PERCENTAGE = PROJECT.indicator("L2-03")


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_share_that_is_its_own_parts_is_never_refused(hits: int, more: int) -> None:
    rows = hits + more
    exact = Decimal(100 * hits) / rows
    assert broken_rule(PERCENTAGE, exact, Decimal(hits), Decimal(rows)) is None
    assert broken_rule(_of("count"), Decimal(hits), None, None) is None


def _of(measure: str) -> Indicator:
    return PROJECT.indicator("L2-02").model_copy(update={"measure": measure})
