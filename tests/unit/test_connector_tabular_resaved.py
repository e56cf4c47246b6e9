"""Files that Excel has saved again, and days that can be read in two orders: no row lost, none with another's date."""

import io
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fakes import FakeLanding, landed
from hypothesis import given
from hypothesis import strategies as st
from test_connector_tabular import RELAXED, contract, csv_bytes, read, read_csv, values, xlsx_bytes
from test_presets_attendance import EVENT, LUCIA, counted, source

from trimestre.contracts.events import Event
from trimestre.contracts.sources import TabularDataset
from trimestre.errors import ContractError, PermanentError
from trimestre.sources.base import RecordChunk
from trimestre.sources.tabular import TabularConnector
from trimestre.sources.tabular.times import Orders
from trimestre.sources.tabular.xlsx_files import xlsx_batches

HEADER = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent"
ROW = f"Lucía,{LUCIA},05/27/2026 05:55:00 PM,05/27/2026 06:55:00 PM,60,No"

# -- rows of another width -------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [f"{ROW},,", f"{ROW},Yes,", ROW])
def test_blank_cells_at_the_end_of_a_row_are_no_damage(tmp_path: Path, row: str) -> None:
    (chunk,) = read(source("zoom_participants"), landed(tmp_path, f"{HEADER}\n{row}\n".encode()))
    assert not chunk.unreadable
    assert counted(chunk.rows([0]), "attendance_interval", "account_ref", "seconds") == [(LUCIA, "3600")]


@pytest.mark.parametrize("written", ["1,Ana", "1,Ana,", "1,Ana,,"])
def test_a_record_is_the_same_however_its_blank_end_is_written(tmp_path: Path, written: str) -> None:
    whole, other = (read_csv(tmp_path, f"Folio,Nombre,Correo,Hora\n{row}\n") for row in ("1,Ana,,", written))
    assert whole.records == other.records


def test_a_row_without_what_its_dataset_needs_is_not_filled_up(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre,Correo,Hora\n1\n2,Eva\n")
    assert chunk.unreadable == {0: "numero_de_celdas"}


def test_a_line_that_was_cut_off_before_the_join_time_is_nobody_present(tmp_path: Path) -> None:
    (chunk,) = read(source("zoom_participants"), landed(tmp_path, f"{HEADER}\n{ROW}\nBruno,b@x.example\n".encode()))
    assert chunk.unreadable == {1: "numero_de_celdas"}


def test_a_comma_within_a_name_before_a_blank_end_shifts_no_cells(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre,Correo,Hora\n1,Ana,a@b.example,\n2,Paz, Eva,e@b.example,\n")
    assert chunk.unreadable == {1: "numero_de_celdas"}
    assert values(chunk, "account_identity", "full_name") == ["Ana"]


def test_a_short_row_of_a_file_with_dropped_columns_lands_nothing(tmp_path: Path) -> None:
    """A cell may be missing in its middle, so that the dropped one stands under another heading."""
    folder, landing = tmp_path / "drop", FakeLanding(tmp_path / "landing")
    folder.mkdir()
    (folder / "lista.csv").write_text("Folio,Nombre,Correo,Hora\n1,Ana,,\n2,e@b.example,\n", encoding="utf-8")
    connector = TabularConnector(contract(drop=["Correo"]), folder)
    connector.fetch(landing)
    (chunk,) = connector.chunks(landing.files)
    assert chunk.unreadable == {1: "numero_de_celdas"}
    assert not any(b"e@b.example" in record for record in chunk.records)


@RELAXED
@given(rows=st.lists(st.lists(st.sampled_from(["", " ", "1", "x"]), max_size=7), min_size=1, max_size=6))
def test_every_row_of_any_width_is_one_record_or_blank(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    content = csv_bytes([["Folio", "Nombre", "Correo", "Hora"], *rows])
    chunk = read_csv(tmp_path_factory.mktemp("f"), content)
    assert [bool(record) for record in chunk.records] == [bool("".join(row).strip()) for row in rows]
    for index, row in enumerate(rows):
        if index not in chunk.unreadable and "".join(row).strip():
            assert not "".join(row[4:]).strip(), "a cell was thrown away"
            assert len(row) >= 2, "a row without its name was filled up"


# -- sections --------------------------------------------------------------------------------------------------

WEBINAR = """\
Attendee Report,,,,,,,,,,,,
Attendee Details,,,,,,,,,,,,
Attended,User Name (Original Name),First Name,Last Name,Email,Registration Time,Approval Status,Join Time,Leave Time,\
Time in Session (minutes),Is Guest,CURP,Country/Region Name
Yes,Ana P,Ana,Paz,ana@x.example,05/20/2026 09:55:00 AM,approved,05/27/2026 09:56:00 AM,05/27/2026 11:00:00 AM,65,No,,
No,,,,,,,,,,,,
Yes,Eva P,Eva,Paz,eva@x.example,,approved,05/27/2026 09:56:00 AM,05/27/2026 11:00:00 AM,65,No,,Mexico
Other Attended,,,,,,,,,,,,
User Name,Join Time,Leave Time,Time in Session (minutes),Country/Region Name,,,,,,,,
5255*****1,05/27/2026 09:56:00 AM,05/27/2026 11:00:00 AM,65,Mexico,,,,,,,,
"""


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_section_of_a_webinar_ends_in_a_file_saved_by_excel_too(tmp_path: Path, separator: str) -> None:
    content = WEBINAR.replace(",", separator).encode()
    (chunk,) = read(source("zoom_webinar"), landed(tmp_path, content))
    assert len(chunk.records) == 3
    found = counted(chunk.rows(range(3)), "attendance", "account_ref")
    assert found == [("ana@x.example",), ("eva@x.example",)]


# -- days and months -------------------------------------------------------------------------------------------


def of_the_event(folder: Path, held_on: str, *joined: str) -> tuple[list[RecordChunk], str]:
    """A Zoom file of an event of a day: its chunks, and the version of the parser that reads it."""
    event = Event.model_validate({"event": EVENT, "name": "Taller", "held_on": held_on, "line": "L2"})
    rows = [f"P{number},p{number}@x.example,{time},{time},60,No," for number, time in enumerate(joined)]
    file = landed(folder, "\n".join([HEADER, *rows, ""]).encode())
    connector = TabularConnector(source("zoom_participants"), file.path.parent, events=[event])
    return list(connector.chunks([file])), connector.parser_version


@pytest.mark.parametrize(
    ("held_on", "joined", "day"),
    [
        ("2020-05-07", "07/05/2020 09:55:00 AM", "2020-05-07"),
        ("2020-07-05", "07/05/2020 09:55:00 AM", "2020-07-05"),
        ("2020-05-06", "07/05/2020 12:05:00 AM", "2020-05-07"),
        # Nothing tells: as the preset says, and validation holds it back.
        ("2020-03-01", "07/05/2020 09:55:00 AM", "2020-07-05"),
        # What the file itself tells comes first.
        ("2020-12-05", "05/13/2020 09:55:00 AM", "2020-05-13"),
    ],
)
def test_the_day_of_the_event_tells_days_from_months(tmp_path: Path, held_on: str, joined: str, day: str) -> None:
    ((chunk,), _) = of_the_event(tmp_path, held_on, joined)
    assert [time[:10] for time in chunk.rows([0])["attendance_interval"]["joined_at"]] == [day]


def test_another_day_of_the_event_reads_its_files_again(tmp_path: Path) -> None:
    versions = {of_the_event(tmp_path, day, "07/05/2020 09:55:00 AM")[1] for day in ("2020-05-07", "2020-07-05")}
    assert len(versions) == 2
    assert TabularConnector(source("zoom_participants"), tmp_path).parser_version not in versions


@given(held_on=st.dates(date(2020, 1, 1), date(2020, 12, 31)), day_first=st.booleans())
def test_a_date_of_the_day_of_its_event_is_never_read_as_another(held_on: date, day_first: bool) -> None:
    formats = ("%m/%d/%Y", "%d/%m/%Y")
    written = held_on.strftime(formats[day_first])
    orders = Orders(held_on)
    orders.add([written], formats)
    (read_as,) = orders.formats(formats)
    read = datetime.strptime(written, read_as).replace(tzinfo=UTC).date()
    # 5 May is both; the day after an event that was told in the other order is not its own.
    assert abs(read - held_on) <= timedelta(days=1)


@pytest.mark.parametrize("cell", ["2026-05-06 10:00", "", "--", "sin hora"])
def test_nothing_is_said_of_an_order_where_no_date_has_two(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, cell: str
) -> None:
    with caplog.at_level(logging.WARNING):
        of_the_event(tmp_path, "2020-01-01", cell)
    assert "no se distinguen días de meses" not in caplog.text


def test_nothing_is_said_of_the_dates_of_a_workbook(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [HEADER.split(","), ["Ana", "a@x.example", date(2026, 5, 6), date(2026, 5, 6), 60, "No", ""]]
    contract_ = source("zoom_participants", files="*.xlsx", format={"type": "xlsx"})
    with caplog.at_level(logging.WARNING):
        read(contract_, landed(tmp_path, xlsx_bytes(rows), "datos.xlsx"))
    assert "no se distinguen días de meses" not in caplog.text
    with caplog.at_level(logging.WARNING):
        of_the_event(tmp_path, "2020-01-01", "05/06/2026 10:00:00 AM")
    assert "fechas de entrada, salida no se distinguen días de meses" in caplog.text


FORMS = [{"question": "P3", "headings": ["Comentarios"], "type": "text"}]


@pytest.mark.parametrize(
    ("cells", "instants"),
    [
        (("28/05/2026 10:01:22 p. m.", "05/06/2026 10:01:22 a. m."), ("2026-05-29T04:01:22", "2026-06-05T16:01:22")),
        (("28/05/2026 10:01 p. m.", "05/06/2026 10:01 a. m."), ("2026-05-29T04:01:00", "2026-06-05T16:01:00")),
        (("5/28/2026 10:01 PM", "6/5/2026 10:01 AM"), ("2026-05-29T04:01:00", "2026-06-05T16:01:00")),
    ],
)
@pytest.mark.parametrize("preset", ["microsoft_forms", "google_forms", "surveymonkey"])
def test_forms_saved_as_csv_by_excel(
    tmp_path: Path, preset: str, cells: tuple[str, str], instants: tuple[str, str]
) -> None:
    heading = {
        "microsoft_forms": "ID,Hora de finalización", "google_forms": "Sin uso,Marca temporal",
        "surveymonkey": "Respondent ID,End Date",
    }[preset]  # fmt: skip
    content = f"{heading},Comentarios\n1,{cells[0]},x\n2,{cells[1]},x\n".encode()
    contract_ = source(preset, event=None, survey="s", questions=FORMS, format={"header_rows": 1})
    chunk = read(contract_, landed(tmp_path, content, scope="s"))[-1]
    assert chunk.rows([0, 1])["response"]["submitted_at"].tolist() == [f"{instant}+00:00" for instant in instants]


@pytest.mark.parametrize(
    "time", ["27/05/2026 09:58:30 a. m.", "27/05/2026 09:58:30", "5/27/2026 9:58:30 AM", "5/27/26 9:58:30 AM"]
)
def test_teams_without_the_comma_that_excel_leaves_out(tmp_path: Path, time: str) -> None:
    content = f"Name\tJoin Time\tLeave Time\tDuration\tEmail\nLucía\t{time}\t{time}\t0s\t{LUCIA}\n"
    (chunk,) = read(source("teams_attendance"), landed(tmp_path, content.encode("utf-16")))
    assert counted(chunk.rows([0]), "attendance_interval", "joined_at") == [("2026-05-27T15:58:30+00:00",)]


# -- what messages show ----------------------------------------------------------------------------------------


def test_the_message_about_a_missing_header_holds_no_answers(tmp_path: Path) -> None:
    """A condensed SurveyMonkey file with one header row, anonymous: blanks in the first answer look like headings."""
    content = (
        "Respondent ID,Collector ID,Date Created,Date Modified,IP Address,Email Address,First Name,Last Name,"
        "Comentarios\n11812345678,22,05/07/2026 10:00:00 AM,05/27/2026 10:10:00 AM,201.140.9.77,,,,Luis Paz me acosa\n"
    )
    with pytest.raises(PermanentError, match="Email Address, First Name, Last Name y 6 que no se conocen") as error:
        read(source("surveymonkey", event=None, survey="s", questions=FORMS), landed(tmp_path, content.encode()))
    for secret in ("201.140", "Luis Paz", "11812345678"):
        assert secret not in str(error.value)


def test_headings_that_are_not_used_are_told_without_the_row_below_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = ",Folio,Nombre,Correo,Dicho\nEva Luna,,,,Luis Paz me acosa\n7,1,Ana,,x\n"
    with caplog.at_level(logging.WARNING):
        read_csv(tmp_path, content, contract(dataset={"format": {"type": "csv", "header_rows": 2}}))
    assert "no son de ninguna columna: Dicho." in caplog.text
    assert "Luis" not in caplog.text
    assert "Eva" not in caplog.text


def test_a_web_page_among_the_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"lista 2\.csv, conjunto lista: se encontró una página web"):
        read(contract(), landed(tmp_path, b"<!DOCTYPE html><html><body>Ana</body></html>", "lista 2.csv"))


@pytest.mark.parametrize("instead", ["nadie", "nombre"])
def test_a_column_instead_of_another_is_declared_and_no_circle(tmp_path: Path, instead: str) -> None:
    columns: dict[str, Any] = {name: {"headings": [name]} for name in ("folio", "nombre", "correo", "hora")}
    columns["nombre"]["instead"] = instead
    with pytest.raises(ContractError, match="instead: se encontró"):
        TabularConnector(contract(dataset={"columns": columns}), tmp_path)


def rows_of_sheets(*sheets: list[str], hidden: int = -1) -> Any:
    """What is read of a workbook of sheets with these cells below each other, of which one may be hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, cells in enumerate(sheets):
        sheet = book.create_sheet(f"Hoja {number}")
        sheet.sheet_state = "hidden" if number == hidden else "visible"
        for cell in cells:
            sheet.append([cell])
    book.active = 1
    written = io.BytesIO()
    book.save(written)
    dataset = TabularDataset.model_validate(
        {
            "dataset": "lista", "files": "*.xlsx", "scope": "lista", "columns": {"email": {"headings": ["Correo"]}},
            "rows": [{"entity": "account", "fields": {"email": "email"}}],
        }
    )  # fmt: skip
    (batch,) = xlsx_batches(lambda: io.BytesIO(written.getvalue()), dataset, "lista.xlsx")
    return batch.rows


NOW = ["Correo", "actual@example.org"]


@pytest.mark.parametrize(
    ("before", "hidden"),
    [(["Correo", "anterior@example.org"], 0), (["Lista de asistencia", "Llene la hoja 1"], -1), (["Correo"], -1)],
    ids=["hidden", "a cover", "nothing below the header"],
)
def test_another_sheet_before_the_list_is_not_taken_for_it(before: list[str], hidden: int) -> None:
    assert rows_of_sheets(before, NOW, hidden=hidden) == [["Correo"], ["actual@example.org"]]


def test_of_a_sheet_a_month_none_is_read_alone() -> None:
    with pytest.raises(PermanentError, match=r"en varias hojas \(Hoja 0, Hoja 2\), se esperaba una"):
        rows_of_sheets(["Correo", "mayo@example.org"], ["Notas"], ["Correo", "junio@example.org"])
