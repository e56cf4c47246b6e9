"""Excel there and back: what a person types arrives, twice is once, and nobody's work is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import sqlalchemy as sa
from openpyxl.utils.datetime import MAC_EPOCH
from rich.console import Console
from typer.testing import CliRunner
from workbook_desk import NOW, Q2, Q3, Desk, column_of, data_sheet, edit, type_in

from trimestre import texts
from trimestre.cli import workbook as cli_workbook
from trimestre.errors import ContractError, TransientError
from trimestre.indicators.explaining import explanations
from trimestre.pipeline.uploads.drop_files import FileEdit, write_typed
from trimestre.pipeline.uploads.taking import take_upload
from trimestre.reports.workbooks import KINDS, read, write
from trimestre.reports.workbooks.typed_places import typing_of
from trimestre.reports.written import written_of
from trimestre.sources.tabular.drop import FolderRefusal, LocalFolder
from trimestre.sources.tabular.fetch import candidates
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

    from trimestre.pipeline.plant import Plant


@pytest.fixture
def desk(closed_demo: "DemoPlant", tmp_path: Path) -> Desk:
    return Desk(closed_demo.plant, tmp_path)


def rows(desk: Desk, statement: str, **values: Any) -> list[Any]:
    with transaction(desk.plant.engine) as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement), values)]


def again(desk: Desk, kind: str, path: Path) -> None:
    """The same file a second time changes nothing."""
    found = desk.look(kind, path)
    assert (found.problems, list(found.changes)) == ([], [])
    assert desk.take(kind, path).changed == 0


def test_every_workbook_goes_out_protected_with_drop_downs_and_changes_nothing_untouched(desk: Desk) -> None:
    for kind in KINDS:
        path = desk.out(kind)
        book = openpyxl.load_workbook(path)
        sheet = data_sheet(book, kind)
        assert sheet.protection.sheet, kind
        assert sheet.freeze_panes is not None
        assert book["_trimestre"].sheet_state == "veryHidden"
        assert book[texts.WORKBOOK_SAID["lists"]].sheet_state == "hidden"
        assert all(cell.comment for cell in sheet[2]), kind
        cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row]
        assert {bool(cell.protection.locked) for cell in cells} == {True, False}, kind
        if kind not in ("explicaciones", "narrativa"):
            assert any(rule.type == "list" for rule in sheet.data_validations.dataValidation), kind
        found = desk.look(kind, path, Q3)
        assert (found.problems, found.changes, found.warnings) == ([], [], []), kind


def test_the_narrative_reaches_the_report_and_an_emptied_paragraph_leaves_it(desk: Desk) -> None:
    path = desk.out("narrativa")
    place = {"section": "Descripción", "ordinal": "1"}
    type_in(path, "narrativa", place, text="Se certificaron {{L2-01}} personas.")
    type_in(path, "narrativa", {"section": "Actividades por línea", "line": "Línea de Acción 2", "ordinal": "1"},
            text="Avanzó la segunda edición; ver {{L9-99}}, {{l2–01.meta}} y {{chart:L2-01}}.")  # fmt: skip
    found = desk.look("narrativa", path)
    assert [(change["what"], change["place"]) for change in found.changes] == [
        ("Nuevo", "Descripción, párrafo 1"), ("Nuevo", "Actividades por línea de acción L2, párrafo 1"),
    ]  # fmt: skip
    (warning,) = found.warnings
    assert "L9-99" in warning
    desk.take("narrativa", path)
    with transaction(desk.plant.engine) as connection:
        written = written_of(connection, Q3)
    assert written.paragraphs("descripcion") == ["Se certificaron {{L2-01}} personas."]
    assert written.paragraphs("linea", "L2") == [
        "Avanzó la segunda edición; ver {{L9-99}}, {{l2–01.meta}} y {{chart:L2-01}}."
    ]
    again(desk, "narrativa", path)
    emptied = type_in(desk.out("narrativa"), "narrativa", place, text=None)
    assert [change["what"] for change in desk.look("narrativa", emptied).changes] == ["Se quita"]
    desk.take("narrativa", emptied, who="otra persona")
    with transaction(desk.plant.engine) as connection:
        assert written_of(connection, Q3).paragraphs("descripcion") == []
    kept = rows(desk, "SELECT taken_by, valid_to = 'infinity' FROM results.narrative WHERE section = 'descripcion'")
    assert kept == [("especialista", False)]


def test_a_paragraph_that_is_changed_stays_as_it_was_in_every_other_quarter(desk: Desk) -> None:
    place = {"section": "Descripción", "ordinal": "1"}
    for period, text in ((Q2, "Del segundo."), (Q3, "Del tercero."), (Q3, "Del tercero, corregido.")):
        desk.take("narrativa", type_in(desk.out("narrativa", period), "narrativa", place, text=text))
    with transaction(desk.plant.engine) as connection:
        told = [written_of(connection, period).paragraphs("descripcion") for period in (Q2, Q3)]
    assert told == [["Del segundo."], ["Del tercero, corregido."]]


def test_the_log_keeps_the_words_and_understands_the_days(desk: Desk) -> None:
    path = desk.out("bitacora")
    said = {"a mediados de julio": "Reunión con la dependencia.", "cuando se pueda": "Seguimiento de acuerdos."}
    for happened, what in said.items():
        type_in(path, "bitacora", None, line="Administrativa", happened=happened, what=what)
    found = desk.look("bitacora", path)
    assert len(found.changes) == 2
    assert len(found.warnings) == 1
    assert "cuando se pueda" in found.warnings[0]
    desk.take("bitacora", path)
    assert rows(
        desk, "SELECT activity, line, happened, CAST(first_day AS text), CAST(last_day AS text)"
        " FROM results.activity ORDER BY 1",
    ) == [
        ("A-2020-001", "", "a mediados de julio", "2020-07-11", "2020-07-20"),
        ("A-2020-002", "", "cuando se pueda", None, None),
    ]  # fmt: skip
    again(desk, "bitacora", path)
    changed = type_in(desk.out("bitacora"), "bitacora", {"activity": "A-2020-002"}, happened="15 de agosto")
    desk.take("bitacora", changed)
    assert rows(desk, "SELECT count(*) FROM results.activity WHERE valid_to = 'infinity'") == [(2,)]


def test_an_open_risk_is_carried_over_until_it_is_closed(desk: Desk) -> None:
    first = type_in(desk.out("riesgos", Q2), "riesgos", None, description="Retraso de firmas.", owner="Coordinación")
    desk.take("riesgos", first)
    second = desk.out("riesgos", Q3)
    wrong = type_in(second, "riesgos", {"risk": "R-01"}, closed_in="2020-Q1")
    assert any("2020-Q3" in line for line in desk.look("riesgos", wrong).problems)
    desk.take("riesgos", type_in(desk.out("riesgos", Q3), "riesgos", {"risk": "R-01"}, closed_in="2020-Q3"))
    with transaction(desk.plant.engine) as connection:
        assert [(row["risk"], row["opened_in"], row["closed_in"]) for row in written_of(connection, Q3).risks] == [
            ("R-01", "2020-Q2", "2020-Q3")
        ]
        assert written_of(connection, Q3.next()).risks == []


def test_a_remark_is_answered_in_its_quarter(desk: Desk) -> None:
    path = type_in(
        desk.out("observaciones"), "observaciones", None, period="2020-Q2", made_on="15/07/2020",
        about="Cierre", remark_text="Falta el medio de verificación.", answer="Se anexa.",
    )  # fmt: skip
    assert any("los dos o ninguno" in line for line in desk.look("observaciones", path).problems)
    type_in(path, "observaciones", {"period": "2020-Q2"}, answered_in="2020-Q3")
    desk.take("observaciones", path)
    assert rows(desk, "SELECT remark, about, CAST(made_on AS text), answered_in FROM results.remark") == [
        ("OBS-2020-Q2-01", "cierre", "2020-07-15", "2020-Q3")
    ]
    again(desk, "observaciones", path)


def test_an_explanation_is_a_decision_of_who_brought_it(desk: Desk) -> None:
    path = type_in(
        desk.out("explicaciones"), "explicaciones", {"indicator": "L2-01"}, explanation="Cierre de oficinas."
    )
    desk.take("explicaciones", path)
    with transaction(desk.plant.engine) as connection:
        said = explanations(connection, Q3)["L2-01"]
    assert (said["text"], said["by"]) == ("Cierre de oficinas.", "especialista")
    again(desk, "explicaciones", path)


def test_a_row_that_somebody_else_changed_is_not_overwritten_and_an_untouched_one_does_no_harm(desk: Desk) -> None:
    """Two people take the same workbook home; each finds the other's work when coming back."""
    mine, other = desk.out("narrativa", name="mine"), desk.out("narrativa", name="other")
    place = {"section": "Descripción", "ordinal": "1"}
    type_in(mine, "narrativa", place, text="Lo mío.")
    type_in(other, "narrativa", {"section": "Cierre", "ordinal": "1"}, text="Lo de otra persona.")
    desk.take("narrativa", mine)
    desk.take("narrativa", other, who="otra persona")
    with transaction(desk.plant.engine) as connection:
        written = written_of(connection, Q3)
    assert written.paragraphs("descripcion") + written.paragraphs("cierre") == ["Lo mío.", "Lo de otra persona."]
    type_in(other, "narrativa", place, text="Encima.")
    problems = desk.look("narrativa", other).problems
    assert len(problems) == 1
    assert "alguien más cambió" in problems[0]
    with pytest.raises(ContractError, match="alguien más cambió"):
        desk.take("narrativa", other)


def test_what_was_shown_is_what_is_taken(desk: Desk) -> None:
    """Two files wait; taking the first makes the second change something else than it said: it is refused."""
    paths = [desk.out("bitacora", name=name) for name in ("one", "two")]
    for path in paths:
        type_in(path, "bitacora", None, line="Administrativa", happened="3 de julio", what="Reunión.")
    type_in(paths[1], "bitacora", None, line="Administrativa", happened="4 de julio", what="Otra reunión.")
    numbers = [desk.bring("bitacora", path) for path in paths]
    take_upload(desk.plant, desk.uploads, numbers[0], who="a", now=NOW)
    with pytest.raises(ContractError, match="ya no es lo que se mostró"):
        take_upload(desk.plant, desk.uploads, numbers[1], who="b", now=NOW)
    with pytest.raises(ContractError):
        take_upload(desk.plant, desk.uploads, numbers[0], who="a", now=NOW)
    assert rows(desk, "SELECT count(*) FROM results.activity") == [(1,)]


def test_a_typed_value_and_a_milestone_enter_with_the_next_night(desk: Desk) -> None:
    from trimestre.pipeline.night import ingest

    path = desk.out("captura")
    type_in(path, "captura", {"indicator": "L1-01", "disaggregation": "Total"}, value="1,234", reported_on="30/09/2020",
            verification="Acta 12")  # fmt: skip
    type_in(
        path, "captura", {"indicator": "L2-10"}, stage="publicado", reported_on="30/09/2020", verification="'=Informe"
    )
    found = desk.look("captura", path)
    assert found.problems == []
    assert {change["place"] for change in found.changes} == {"L1-01 · 2020-Q3", "L2-10 · 2020-Q3"}
    current = "FROM warehouse.reported_value WHERE vanished_at IS NULL AND valid_to = 'infinity'"
    before = rows(desk, f"SELECT count(*) {current}")
    desk.take("captura", path)
    again(desk, "captura", path)  # before any night has read it
    ingest(desk.plant, "datos_capturados", NOW.replace(month=12))
    assert rows(
        desk,
        "SELECT indicator, disaggregation, value, verification FROM warehouse.reported_value"
        " WHERE period = '2020-Q3' AND valid_to = 'infinity' ORDER BY 1",
    ) == [("L1-01", "total", 1234, "Acta 12"), ("L2-10", "total", 5, "'=Informe")]
    after = rows(desk, f"SELECT count(*) {current}")
    assert after[0][0] == before[0][0] + 2
    again(desk, "captura", path)
    gone = desk.out("captura")
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    desk.take("captura", type_in(gone, "captura", place, value=None, reported_on=None, verification=None))
    ingest(desk.plant, "datos_capturados", NOW.replace(month=12))
    assert rows(desk, f"SELECT indicator {current} AND period = '2020-Q3'") == [("L2-10",)]


def test_a_partner_gets_only_its_own_rows_and_brings_no_others(desk: Desk) -> None:
    institution = desk.plant.project.institutions[0]
    path = desk.out("captura", partner=institution.name)
    sheet = data_sheet(openpyxl.load_workbook(path), "captura")
    shown = {sheet.cell(n, column_of(sheet, "captura", "category")).value for n in range(3, sheet.max_row + 1)}
    assert shown - {None} == {institution.name}

    def unprotect(book: openpyxl.Workbook) -> None:
        data_sheet(book, "captura").append(["L1-01", "2020-Q3", "Total", "Total", 3, None, "30/09/2020", "Acta"])

    assert any(institution.name in line for line in desk.look("captura", edit(path, unprotect)).problems)
    with pytest.raises(ContractError, match="Contraparte"):
        desk.out("captura", partner="Nadie")


def test_everything_wrong_is_told_at_once_by_cell_and_nothing_is_taken(desk: Desk) -> None:
    path = desk.out("captura")
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    type_in(path, "captura", place, value="doce", reported_on="31/02/2020", verification="ana@correo.mx")
    type_in(path, "captura", {"indicator": "L2-10"}, stage="casi", reported_on="30/09/2020", verification="Acta")
    problems = desk.look("captura", path).problems
    assert len(problems) == 4
    assert all(line.startswith("Captura!") for line in problems)
    assert "ana@correo.mx" not in "\n".join(problems)
    assert any("«doce»" in line for line in problems)
    with pytest.raises(ContractError, match="no se tomó nada"):
        desk.take("captura", path)


def test_moved_columns_a_renamed_sheet_and_ten_thousand_blank_rows_hurt_nothing(desk: Desk) -> None:
    path = desk.out("bitacora")
    type_in(path, "bitacora", None, line="Administrativa", happened="3 de julio", what="Reunión.")

    def disorder(book: openpyxl.Workbook) -> None:
        sheet = data_sheet(book, "bitacora")
        sheet.insert_cols(1)
        sheet.title = "Mi bitácora"
        for number in range(200, 10_200):
            sheet.cell(number, 3).number_format = "dd/mm/yyyy"

    found = desk.look("bitacora", edit(path, disorder))
    assert (found.problems, len(found.changes)) == ([], 1)


def test_formulas_count_by_their_saved_value_and_without_one_they_are_told(desk: Desk) -> None:
    path = desk.out("captura")
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    type_in(path, "captura", place, value="=1+1", reported_on="30/09/2020", verification="Acta")
    problems = desk.look("captura", path).problems
    assert len(problems) == 1
    assert "fórmula" in problems[0]


def test_a_wrong_file_is_told_apart(desk: Desk, tmp_path: Path) -> None:
    log, other = desk.out("bitacora"), tmp_path / "otro.xlsx"
    assert "Bitácora de actividades" in desk.look("riesgos", log).problems[0]
    assert "2020-Q3" in desk.look("bitacora", log, Q2).problems[0]
    openpyxl.Workbook().save(other)
    assert "no es un libro de Trimestre" in desk.look("bitacora", other).problems[0]
    other.write_bytes(b"PK\x03\x04 no workbook")
    assert len(desk.look("bitacora", other).problems) == 1

    def rename(book: openpyxl.Workbook) -> None:
        data_sheet(book, "bitacora")["B2"].value = "Otra cosa"

    assert "Línea de acción" in desk.look("bitacora", edit(log, rename)).problems[0]


def test_the_commands_write_show_and_take(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def here(*, lenient: bool = False) -> Iterator["Plant"]:
        yield desk.plant

    monkeypatch.setattr(cli_workbook, "plant", here)
    monkeypatch.setattr(cli_workbook, "console", Console(width=200))
    monkeypatch.setenv("TRIMESTRE_HOME", str(desk.folder / "home"))
    path = desk.folder / "bitácora.xlsx"

    def run(*asked: str) -> Any:
        return CliRunner().invoke(cli_workbook.app, list(asked))

    assert str(path) in run("out", "bitacora", "FY2020-Q4", "--to", str(path)).output.replace("\n", "")
    type_in(path, "bitacora", None, line="Administrativa", happened="3 de julio", what="Reunión.")
    assert "Reunión." in run("preview", "bitacora", str(path)).output
    assert rows(desk, "SELECT count(*) FROM results.activity") == [(0,)]
    taken = run("take", "bitacora", str(path))
    assert (taken.exit_code, "1 nuevas" in taken.output) == (0, True)
    assert rows(desk, "SELECT state, file_name FROM ops.upload") == [("taken", "bitácora.xlsx")]
    type_in(path, "bitacora", {"what": "Reunión."}, what="Escríbame a ana@correo.mx")
    refused = run("take", "bitacora", str(path))
    assert (refused.exit_code, "ana@correo.mx" in refused.output) == (1, False)


def test_typed_figures_of_a_folder_that_cant_be_written_are_not_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: LocalFolder, name: str, source: Path) -> None:
        raise FolderRefusal("closed", "forbidden")

    path = desk.out("captura")
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    type_in(path, "captura", place, value=0, reported_on="30/09/2020", verification="Acta 13")
    monkeypatch.setattr(LocalFolder, "put", refuse)
    with pytest.raises(ContractError, match="Pida permiso"):
        desk.take("captura", path)
    assert rows(desk, "SELECT state FROM ops.upload") == [("previewed",)]


def test_a_date_counts_however_it_was_typed_or_pasted(desk: Desk) -> None:
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    for said in ("30-09-2020", "30.9.2020", "2020-09-30T00:00:00", 44104, datetime(2020, 9, 30, 12)):  # noqa: DTZ001
        path = type_in(desk.out("captura"), "captura", place, value=1, reported_on=said, verification="Acta")
        found = desk.look("captura", path)
        assert found.problems == [], said
        assert "Fecha: 30/09/2020" in found.changes[0]["after"], said
    for said in ("09/30/2020", 12, True):
        path = type_in(desk.out("captura"), "captura", place, value=1, reported_on=said, verification="Acta")
        assert len(desk.look("captura", path).problems) == 1, said


def test_a_day_that_was_pasted_into_a_file_that_counts_from_1904_is_that_day(desk: Desk) -> None:
    """Workbooks that were made on an old Mac count their days from another one."""
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    path = type_in(desk.out("captura"), "captura", place, value=1, reported_on="?", verification="Acta")

    def paste(book: openpyxl.Workbook) -> None:
        book.epoch = MAC_EPOCH
        cell = data_sheet(book, "captura").cell(3, column_of(data_sheet(book, "captura"), "captura", "reported_on"))
        cell.value, cell.number_format = 44104 - 1462, "General"

    assert "Fecha: 30/09/2020" in desk.look("captura", edit(path, paste)).changes[0]["after"]


@pytest.mark.parametrize(
    ("value", "shown_as", "told"),
    [(0.63, "0%", "Valor: 63 "), (63, '0"%"', "Valor: 63 "), (63, "0\\%", "Valor: 63 "), (63, "General", "Valor: 63 ")],
)
def test_a_number_is_a_percentage_where_excel_counts_it_as_one_and_not_where_a_sign_is_printed(
    desk: Desk, value: float, shown_as: str, told: str
) -> None:
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    path = type_in(desk.out("captura"), "captura", place, value=value, reported_on="30/09/2020", verification="Acta")

    def show(book: openpyxl.Workbook) -> None:
        sheet = data_sheet(book, "captura")
        sheet.cell(3, column_of(sheet, "captura", "value")).number_format = shown_as

    assert told in desk.look("captura", edit(path, show)).changes[0]["after"]


@pytest.mark.parametrize("value", [1e30, "1" * 40, -(10**15), "0,125"])
def test_a_number_beyond_all_measure_or_with_a_comma_is_told_by_its_cell(desk: Desk, value: float | str) -> None:
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    path = type_in(desk.out("captura"), "captura", place, value=value, reported_on="30/09/2020", verification="Acta")
    assert [problem.partition(":")[0] for problem in desk.look("captura", path).problems] == ["Captura!E3"]


def test_a_category_that_no_list_has_comes_back_as_what_it_was(desk: Desk) -> None:
    """An alias in the source's own file: the row that went out with it is no second one of the institution."""
    from trimestre.pipeline.night import ingest

    assert isinstance(desk.plant.drop, Path)
    (folder,) = (desk.plant.drop / "datos_capturados").glob("*.xlsx")
    typed = ["L1-02", "2020-Q3", "institution", "Función Pública", 3, "15/07/2020", "Convenios", None]
    edit(folder, lambda book: book["Captura"].append(typed))
    ingest(desk.plant, "datos_capturados", NOW.replace(month=12))
    path = desk.out("captura")
    found = desk.look("captura", path)
    assert (found.problems, list(found.changes)) == ([], [])
    desk.take("captura", type_in(path, "captura", {"category": "Función Pública"}, value=4))
    ingest(desk.plant, "datos_capturados", NOW.replace(month=12, day=3))
    current = "SELECT category, value FROM warehouse.reported_value WHERE valid_to = 'infinity' AND vanished_at IS NULL"
    assert rows(desk, f"{current} AND disaggregation = 'institution'") == [("Función Pública", 4)]


def test_the_targets_of_a_large_project_come_back_as_they_went_out(desk: Desk) -> None:
    item = desk.plant.project.indicator("L2-01")
    targets = {str(period): 10.0 for period in desk.plant.project.periods.all()}
    codes = [f"L2-{number}" for number in range(100, 600)]
    many = tuple(item.model_copy(update={"code": code, "targets": targets, "revisions": ()}) for code in codes)
    project = replace(desk.plant.project, indicators=many)
    with transaction(desk.plant.engine) as connection:
        path = write("metas", connection, project, Q3, desk.folder / "metas.xlsx")
    sheet = read("metas", path, project)
    assert (sheet.problems, len(sheet.rows)) == ((), 500 * 6)


def test_a_cell_with_true_is_told_by_its_place_and_not_as_a_broken_file(desk: Desk) -> None:
    place = {"indicator": "L1-01", "disaggregation": "Total"}
    path = type_in(desk.out("captura"), "captura", place, value=True, reported_on="30/09/2020", verification="Acta")
    (problem,) = desk.look("captura", path).problems
    assert problem.startswith("Captura!E3: se encontró «True», se esperaba un número")


@pytest.mark.parametrize("files", ["*.xlsx", "*", "datos_202?.xlsx", "captura*", "[Dd]atos*.xlsx"])
def test_a_first_typed_figure_goes_into_a_file_that_the_source_reads(desk: Desk, files: str) -> None:
    """By the pattern without its signs it went into a hidden file, or one of a name that the night passes over."""
    assert isinstance(desk.plant.drop, Path)
    folder = desk.plant.drop / "datos_capturados"
    for path in folder.iterdir():
        path.unlink()
    typing = typing_of(desk.plant.project)
    dataset = typing.dataset.model_copy(update={"files": files})
    source = typing.source.model_copy(update={"datasets": (dataset,)})
    typing = replace(typing, source=source, dataset=dataset)
    for value in (1, 2):  # made, and found again
        fields = {"value": Decimal(value), "reported_on": date(2020, 10, 2), "verification": "Convenio"}
        edits = [FileEdit(("L1-02", "2020-Q4", "total", "total"), fields)]
        (name,), _ = write_typed(desk.plant, typing, edits)
        assert candidates(source, LocalFolder("x", folder)) == ([name], [])
        assert openpyxl.load_workbook(folder / name)["Captura"]["E2"].value == value


def test_of_a_typed_figure_that_reaches_one_file_of_two_nothing_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a folder elsewhere no longer answers, which may pass."""
    assert isinstance(desk.plant.drop, Path)
    folder = desk.plant.drop / "datos_capturados"
    (one,) = folder.glob("*.xlsx")
    before = one.read_bytes()
    (folder / "datos_capturados_z.xlsx").write_bytes(before)
    sheet = openpyxl.load_workbook(one)["Captura"]
    place = tuple(str(sheet.cell(2, column).value or "total") for column in range(1, 5))
    real = LocalFolder.put

    def put(self: LocalFolder, name: str, source: Path) -> None:
        if name == "datos_capturados_z.xlsx":
            raise TransientError("no answer")
        real(self, name, source)

    monkeypatch.setattr(LocalFolder, "put", put)
    with pytest.raises(TransientError):
        write_typed(desk.plant, typing_of(desk.plant.project), [FileEdit(place, None)])
    assert one.read_bytes() == before


def test_what_people_put_into_the_folder_stays_as_it_is_beside_what_is_typed(desk: Desk) -> None:
    """Rows are changed where they stand: another file's, a comment beside them, and a breakdown taken off."""
    assert isinstance(desk.plant.drop, Path)
    folder = desk.plant.drop / "datos_capturados"
    other = openpyxl.Workbook()
    sheet = other.active
    assert sheet is not None
    sheet.title = "Captura"
    sheet.append(["Indicador", "Trimestre", "Desagregación", "Categoría", "Valor", "Fecha", "Medio de verificación",
                  "Comentario"])  # fmt: skip
    sheet.append(["\u200bL1-02", "2020-Q4", None, None, 0.01, "01/10/2020", "Convenio 1", "de Ana"])
    sheet["E2"].number_format = "0%"
    sheet.append(["L1-01", "2020-Q4", None, None, 9, "01/10/2020", "Acta", "otro"])
    other.save(folder / "datos_capturados_b.xlsx")
    place = ("L1-02", "2020-Q4", "total", "total")
    names, undo = write_typed(
        desk.plant, typing_of(desk.plant.project),
        [FileEdit(place, {"value": Decimal(2), "reported_on": date(2020, 10, 2), "verification": "Convenio 2"}),
         FileEdit(("L1-01", "2020-Q4", "total", "total"), None)],
    )  # fmt: skip
    assert names == ["datos_capturados_b.xlsx"]
    said = openpyxl.load_workbook(folder / names[0])["Captura"]
    assert [tuple(cell.value for cell in row) for row in said.iter_rows(min_row=2)] == [
        ("L1-02", "2020-Q4", None, None, 2, datetime(2020, 10, 2), "Convenio 2", "de Ana")  # noqa: DTZ001
    ]
    assert said["E2"].number_format == "General", "in the format of a percentage it would read 200%"
    undo()
    assert openpyxl.load_workbook(folder / names[0])["Captura"]["E2"].value == 0.01
