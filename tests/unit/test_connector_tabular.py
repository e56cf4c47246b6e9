"""Files of the drop folder: found, landed, read; whatever is in them, no record is lost and nothing crashes."""

import csv
import io
import logging
import os
import re
import threading
import time
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import zstandard
from fakes import FakeLanding, landed
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from the_case import new_world

from trimestre.contracts import load_source
from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError, PermanentError
from trimestre.simulators.files import write_drop_files
from trimestre.sources.answers import TRIMMED
from trimestre.sources.base import LandedFile, RecordChunk
from trimestre.sources.tabular import TabularConnector, csv_files, fetch
from trimestre.texts import UNREADABLE
from trimestre.warehouse.entities import ENTITIES

ROOT = Path(__file__).parents[2]
HEADER = ["Folio", "Nombre", "Correo", "Hora"]
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.0)


def contract(kind: str = "csv", **changes: Any) -> TabularSource:
    """A source of one dataset; ``changes`` are keys of the source, ``dataset`` ones of its dataset."""
    dataset = {
        "dataset": "lista",
        "files": f"*.{kind}",
        "format": {"type": kind},
        "scope": "S1",
        "columns": {
            "folio": {"headings": ["Folio"]},
            "nombre": {"headings": ["Nombre"]},
            "correo": {"headings": ["Correo", "Correo electrónico"], "required": False},
            "hora": {
                "headings": ["Hora"],
                "type": "instant",
                "formats": ["%d/%m/%Y %H:%M", "%d/%m/%Y"],
                "required": False,
            },
        },
        "rows": [
            {"entity": "account_identity", "fields": {"local_id": "folio", "full_name": "nombre", "email": "correo"}},
            {"entity": "attendance", "fields": {"local_id": "folio", "event": {"value": "E"}, "registered_at": "hora"}},
        ],
    } | changes.pop("dataset", {})
    source = {
        "source": "prueba",
        "name": "Prueba",
        "kind": "tabular",
        "folder": "prueba",
        "delivers": "snapshot per file scope",
        "datasets": [dataset],
    }
    return TabularSource.model_validate(source | changes)


def read(source: TabularSource, file: LandedFile) -> list[RecordChunk]:
    return list(TabularConnector(source, file.path.parent).chunks([file]))


def read_csv(tmp_path: Path, content: str | bytes, source: TabularSource | None = None) -> RecordChunk:
    raw = content.encode() if isinstance(content, str) else content
    chunks = read(source or contract(), landed(tmp_path, raw))
    assert len(chunks) == 1
    return chunks[0]


def values(chunk: RecordChunk, entity: str, name: str) -> list[str | None]:
    frame = chunk.rows(range(len(chunk.records)))[entity]
    return [value if isinstance(value, str) else None for value in frame[name]]


def csv_bytes(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Sequence[Sequence[Any]], title: str = "Hoja") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def check_nothing_lost(chunks: Sequence[RecordChunk]) -> tuple[int, int, int]:
    """Blank, readable and unreadable records; every record is exactly one of them, and positions count all."""
    blank = readable = unreadable = 0
    positions: list[str] = []
    for chunk in chunks:
        assert len(chunk.records) == len(chunk.positions)
        positions += chunk.positions
        frames = chunk.rows(range(len(chunk.records)))
        made = set(frames["account_identity"]["record"]) if frames else set()
        for index, record in enumerate(chunk.records):
            if record == b"":
                assert index not in chunk.unreadable
                blank += 1
            elif index in chunk.unreadable:
                assert chunk.unreadable[index] in UNREADABLE
                unreadable += 1
            else:
                assert index in made
                readable += 1
        for entity, frame in frames.items():
            assert set(frame.columns) <= {"record", "out_of_scope", "account_ref", *ENTITIES[entity].fields}
            assert all(str(kind) == "str" for name, kind in frame.dtypes.items() if name != "record")
            assert not (frame.drop(columns="record") == "").any().any()
    assert positions == [str(number) for number in range(1, blank + readable + unreadable + 1)]
    return blank, readable, unreadable


# -- any content -----------------------------------------------------------------------------------------------


@RELAXED
@given(
    content=st.binary(max_size=300),
    headed=st.booleans(),
    encoding=st.sampled_from(["auto", "utf-8-sig", "cp1252", "utf-16", "utf-7"]),
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, headed: bool, encoding: str) -> None:
    source = contract(dataset={"format": {"type": "csv", "encoding": encoding}})
    if headed:
        content = "Folio,Nombre,Correo,Hora\r\n".encode("utf-8" if encoding == "auto" else encoding) + content
    try:
        chunks = read(source, landed(tmp_path, content))
    except PermanentError:
        return
    check_nothing_lost(chunks)


@settings(RELAXED, max_examples=40)
@given(content=st.binary(max_size=300))
def test_any_bytes_as_a_workbook_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PermanentError, match=r"no se puede leer como libro|una página web"):
        read(contract("xlsx"), landed(tmp_path, content))


@settings(RELAXED, max_examples=60)
@given(damages=st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, damages: list[tuple[int, int]]) -> None:
    content = bytearray(xlsx_bytes([HEADER, ["1", "Ana", "a@b.example", datetime(2020, 5, 27, 9)]]))  # noqa: DTZ001
    for place, byte in damages:
        content[place % len(content)] = byte
    try:
        chunks = read(contract("xlsx"), landed(tmp_path, bytes(content)))
    except PermanentError:
        return
    check_nothing_lost(chunks)


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@RELAXED
@given(rows=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=8))
def test_any_cells_arrive_trimmed_and_normalised(tmp_path: Path, rows: list[list[str]]) -> None:
    # Lines inside of a cell that look like a record are taken for the work of a broken quote: see below.
    assume(not any(cell.count(",") >= 3 and len(re.findall("[\r\n]", cell)) > 1 for row in rows for cell in row))
    chunks = read(contract(), landed(tmp_path, csv_bytes([HEADER, *rows])))
    blank, readable, unreadable = check_nothing_lost(chunks)
    assert blank == sum(not "".join(row).strip() for row in rows)
    assert unreadable == sum("\x00" in "".join(row) for row in rows)
    assert blank + readable + unreadable == len(rows)
    expected = [row for row in rows if "".join(row).strip() and "\x00" not in "".join(row)]
    found: list[str | None] = [
        value for chunk in chunks if readable for value in values(chunk, "account_identity", "full_name")
    ]
    assert found == [unicodedata.normalize("NFC", row[1].strip(TRIMMED)) or None for row in expected]


@settings(RELAXED, max_examples=40)
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12), min_size=4, max_size=4),
        max_size=5,
    )
)
def test_any_cells_of_a_workbook_arrive(tmp_path: Path, rows: list[list[str]]) -> None:
    chunks = read(contract("xlsx"), landed(tmp_path, xlsx_bytes([HEADER, *rows])))
    blank, readable, unreadable = check_nothing_lost(chunks)
    assert unreadable == 0
    full = [row for row in rows if "".join(row).strip()]
    assert readable == len(full)
    # A workbook does not store blank rows at its end.
    assert blank <= len(rows) - len(full)
    found = [value for chunk in chunks if readable for value in values(chunk, "account_identity", "full_name")]
    assert found == [unicodedata.normalize("NFC", row[1].strip(TRIMMED)) or None for row in full]


@RELAXED
@given(
    headings=st.lists(CELL, max_size=8),
    cells=st.lists(st.lists(CELL, max_size=8), max_size=5),
)
def test_any_columns_are_read_or_refused(tmp_path: Path, headings: list[str], cells: list[list[str]]) -> None:
    try:
        chunks = read(contract(), landed(tmp_path, csv_bytes([[*headings, "Nombre", "Folio"], *cells])))
    except PermanentError:
        return
    check_nothing_lost(chunks)


@RELAXED
@given(lines=st.lists(st.one_of(st.integers(0, 99), st.text('ab,"', min_size=1, max_size=15)), max_size=12))
def test_broken_quotes_take_no_other_record_with_them(tmp_path: Path, lines: list[int | str]) -> None:
    good = [f"F{line},Ana {place},a@b.example,x" for place, line in enumerate(lines) if isinstance(line, int)]
    number = iter(good)
    body = [next(number) if isinstance(line, int) else line for line in lines]
    chunks = read(contract(), landed(tmp_path, "\n".join([",".join(HEADER), *body, ""]).encode()))
    check_nothing_lost(chunks)
    frames = [chunk.rows(range(len(chunk.records))) for chunk in chunks]
    names = [name for frame in frames if frame for name in frame["account_identity"]["full_name"].dropna()]
    assert [name for name in names if name.startswith("Ana ")] == [line.split(",")[1] for line in good]


# -- CSV -------------------------------------------------------------------------------------------------------


def test_rows_with_wrong_cells_are_unreadable_and_positioned(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre,Correo,Hora\n1,Ana,,\n2\n3,Luz,,,\n\n4,N\x00,,\n5,Rut,,\n")
    assert chunk.unreadable == {
        1: "numero_de_celdas",
        2: "numero_de_celdas",
        4: "caracter_no_valido",
    }
    assert chunk.records[3] == b""
    assert chunk.positions == ["1", "2", "3", "4", "5", "6"]
    assert values(chunk, "account_identity", "full_name") == ["Ana", "Rut"]


def test_a_quote_that_nobody_closes_costs_its_own_line(tmp_path: Path) -> None:
    body = "".join(f"{number},Persona {number},,\n" for number in range(1000))
    chunk = read_csv(tmp_path, f'Folio,Nombre,Correo,Hora\n0,"Ana,,\n{body}x,"Eva')
    assert chunk.unreadable == {0: "comillas", 1001: "comillas"}
    assert len(values(chunk, "account_identity", "full_name")) == 1000


def test_two_broken_quotes_that_close_each_other_swallow_nothing_between(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, 'Folio,Nombre,Correo,Hora\n1,"Ana,,\n2,Eva,,\n3,Luz",,\n4,Rut,,\n')
    assert chunk.unreadable == {0: "comillas"}
    assert values(chunk, "account_identity", "local_id") == ["2", "3", "4"]


def test_cells_over_several_lines_and_over_the_end_of_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "CHUNK_ROWS", 5)
    rows = [[str(number), f'Ana\r\n"{number}"\nLuz', "", ""] for number in range(20)]
    chunks = read(contract(), landed(tmp_path, csv_bytes([HEADER, *rows])))
    assert check_nothing_lost(chunks) == (0, 20, 0)
    found = [name for chunk in chunks for name in values(chunk, "account_identity", "full_name")]
    assert found == [row[1] for row in rows]


def test_a_record_is_the_same_whatever_its_batch_and_another_when_a_cell_differs(tmp_path: Path) -> None:
    one = read_csv(tmp_path, "Folio,Nombre,Correo,Hora\n1,Ana,,\n1,Ana,,\n1,Eva,,\n")
    assert one.records[0] == one.records[1] != one.records[2]
    moved = read_csv(tmp_path, 'Lista\n\nfolio , NOMBRE,Correo,Hora\n1,"Ana",,\n')
    assert moved.records[0] == one.records[0]
    swapped = read_csv(tmp_path, "Nombre,Folio,Correo,Hora\n1,Ana,,\n")
    assert swapped.records[0] != one.records[0]


def test_cells_that_hold_the_separator_of_records_are_not_mixed_up(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre,Correo,Hora\na\x1fb,c,,\na,b\x1fc,,\n")
    assert chunk.records[0] != chunk.records[1]


def test_a_wrong_encoding_names_the_byte(tmp_path: Path) -> None:
    content = b"Folio,Nombre,Correo,Hora\n" + b"1,Ana,,\n" * 20_000 + "2,Lucía,,\n".encode("cp1252")
    source = contract(dataset={"format": {"type": "csv", "encoding": "utf-8-sig"}})
    with pytest.raises(PermanentError, match=f"en el byte {content.index(0xED)} caracteres que no son utf-8-sig"):
        read(source, landed(tmp_path, content))


def test_the_offset_of_a_wrong_byte_counts_the_mark_at_the_beginning(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfFolio,Nombre\n1,\xed\n"
    with pytest.raises(PermanentError, match=f"en el byte {content.index(0xED)} "):
        read(contract(), landed(tmp_path, content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_with_and_without_mark(tmp_path: Path, encoding: str) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre\n1,Lucía\n".encode(encoding))
    assert values(chunk, "account_identity", "full_name") == ["Lucía"]


def test_words_for_nothing_are_words_and_zero_is_zero(tmp_path: Path) -> None:
    cells = ["NULL", "N/A", "NaN", "nan", "None", "0", "-", "=1+1", "TRUE", "007", "1e5"]
    chunk = read_csv(tmp_path, csv_bytes([["Folio", "Nombre"], *([str(i), cell] for i, cell in enumerate(cells))]))
    assert values(chunk, "account_identity", "full_name") == cells


def test_a_landed_file_in_several_frames_and_a_damaged_one(tmp_path: Path) -> None:
    file = landed(tmp_path, b"Folio,Nombre\n1,Ana\n")
    file.path.write_bytes(file.path.read_bytes() + zstandard.compress(b"2,Eva\n"))
    assert check_nothing_lost(read(contract(), file)) == (0, 2, 0)
    file.path.write_bytes(b"damaged")
    for kind in ("csv", "xlsx"):
        with pytest.raises(PermanentError, match="contenido dañado"):
            read(contract(kind), file)


# -- header ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("above", [0, 3, 29])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_header_is_found_below_titles(tmp_path: Path, above: int, kind: str) -> None:
    rows = [*([f"Título {number}"] for number in range(above)), HEADER, ["1", "Ana", "", ""]]
    content = csv_bytes(rows) if kind == "csv" else xlsx_bytes(rows)
    (chunk,) = read(contract(kind), landed(tmp_path, content))
    assert chunk.positions == ["1"]
    assert values(chunk, "account_identity", "full_name") == ["Ana"]


def test_a_header_further_down_is_not_looked_for(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="ninguno conocido en las primeras 30 filas"):
        read(contract(), landed(tmp_path, csv_bytes([*([["x"]] * 30), HEADER])))


@pytest.mark.parametrize(
    "heading",
    [
        "Correo electrónico",
        "CORREO ELECTRÓNICO",
        " Correo\xa0 electro\u0301nico ",
        "\ufeffcorreo electronico",
        "Correo\nelectrónico",
    ],
)
def test_headings_match_whatever_their_accents_case_and_blanks(tmp_path: Path, heading: str) -> None:
    chunk = read_csv(tmp_path, csv_bytes([["Folio", "Nombre", heading], ["1", "Ana", "a@b.example"]]))
    assert values(chunk, "account_identity", "email") == ["a@b.example"]


def test_accents_tell_two_headings_apart_where_they_can(tmp_path: Path) -> None:
    source = contract(
        dataset={
            "columns": {
                "folio": {"headings": ["Folio"]},
                "nombre": {"headings": ["Año"]},
                "correo": {"headings": ["Ano"]},
            },
            "rows": [
                {
                    "entity": "account_identity",
                    "fields": {"local_id": "folio", "full_name": "nombre", "email": "correo"},
                }
            ],
        }
    )
    chunk = read_csv(tmp_path, "Folio,Ano,Año\n1,a,b\n", source)
    assert values(chunk, "account_identity", "full_name") == ["b"]


def test_a_missing_heading_is_named_with_those_found(tmp_path: Path) -> None:
    with pytest.raises(
        PermanentError,
        match=r"columnas Nombre\. Encabezados que se encontraron: Folio, Correo y uno que no se conoce",
    ):
        read(contract(), landed(tmp_path, b"Folio,Apellido,Correo\n1,Ana,a@b.example\n"))


def test_a_file_without_header_shows_no_data(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as error:
        read(contract(), landed(tmp_path, b"1,Ana,a@b.example\nFolio,Eva,e@b.example\n"))
    assert "Ana" not in str(error.value)
    assert "Eva" not in str(error.value)


def test_two_headings_for_one_column(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="se encontraron 2 encabezados de la columna correo"):
        read(contract(), landed(tmp_path, "Folio,Nombre,Correo,Correo electrónico\n".encode()))


def test_unknown_headings_are_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        read_csv(tmp_path, "Folio,Nombre,Signo\n1,Ana,Libra\n2,Eva,Leo\n")
    assert [record.getMessage() for record in caplog.records] == [
        "datos.csv: encabezados que no son de ninguna columna: Signo."
    ]


def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre\n1,Ana\n")
    assert values(chunk, "account_identity", "email") == [None]


def test_a_file_with_nothing_below_its_header_has_no_records(tmp_path: Path) -> None:
    assert read(contract(), landed(tmp_path, b"Folio,Nombre\n")) == []


# -- workbooks -------------------------------------------------------------------------------------------------


def test_cells_of_a_workbook_as_text(tmp_path: Path) -> None:
    rows = [HEADER, [7, True, 2.5, None], [3.0, False, 1e20, None], [0, "0", " ", None]]
    (chunk,) = read(contract("xlsx"), landed(tmp_path, xlsx_bytes(rows)))
    assert values(chunk, "account_identity", "local_id") == ["7", "3", "0"]
    assert values(chunk, "account_identity", "full_name") == ["true", "false", "0"]
    assert values(chunk, "account_identity", "email") == ["2.5", "1e+20", None]


def test_excel_dates_and_typed_dates_in_one_column(tmp_path: Path) -> None:
    moments = [datetime(2020, 6, 30, 17, 10), datetime(2020, 6, 30), "30/06/2020 17:10", "2020-06-30 17:10", "ayer"]  # noqa: DTZ001
    (chunk,) = read(contract("xlsx"), landed(tmp_path, xlsx_bytes([HEADER, *([1, "Ana", "", m] for m in moments)])))
    assert values(chunk, "attendance", "registered_at") == [
        "2020-06-30T22:10:00+00:00",
        "2020-06-30T05:00:00+00:00",
        "2020-06-30T22:10:00+00:00",
        "2020-06-30T22:10:00+00:00",
        "ayer",
    ]


def test_a_formula_without_a_result_is_shown_not_lost(tmp_path: Path) -> None:
    rows = [HEADER, [1, '="Ana"&" "&"Luz"', "", ""], [2, "Eva", "", ""]]
    (chunk,) = read(contract("xlsx"), landed(tmp_path, xlsx_bytes(rows)))
    assert values(chunk, "account_identity", "full_name") == ['="Ana"&" "&"Luz"', "Eva"]


def test_a_formula_with_a_result_is_its_result(tmp_path: Path) -> None:
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(xlsx_bytes([["Folio", "Nombre"], [1, "=A2"], [2, "=A9"], [None, "=A9"]])))
    target = io.BytesIO()
    results = {b"B2": b"<f>A2</f><v>1</v>", b"B3": b"<f>A9</f><v></v>", b"B4": b"<f>A9</f><v></v>"}
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            for cell, result in results.items() if name.endswith("sheet1.xml") else ():
                content = re.sub(rb'<c r="%s">.*?</c>' % cell, rb'<c r="%s" t="str">%s</c>' % (cell, result), content)
            archive.writestr(name, content)
    (chunk,) = read(contract("xlsx"), landed(tmp_path, target.getvalue()))
    assert values(chunk, "account_identity", "full_name") == ["1", None]
    assert chunk.records[2] == b""


def test_blank_rows_of_a_workbook_count(tmp_path: Path) -> None:
    rows = [["Lista"], [], HEADER, [1, "Ana"], [], [None, "  "], [2, "Eva"]]
    (chunk,) = read(contract("xlsx"), landed(tmp_path, xlsx_bytes(rows)))
    assert [record == b"" for record in chunk.records] == [False, True, True, False]


def test_the_sheet_is_found_by_its_name_or_named_as_missing(tmp_path: Path) -> None:
    source = contract("xlsx", dataset={"format": {"type": "xlsx", "sheet": "Asistencia"}})
    assert len(read(source, landed(tmp_path, xlsx_bytes([HEADER, [1, "Ana"]], "ASISTENCIA ")))) == 1
    with pytest.raises(PermanentError, match="se encontraron las hojas Otra, se esperaba Asistencia"):
        read(source, landed(tmp_path, xlsx_bytes([HEADER], "Otra")))


def test_notes_beside_the_table_are_not_read_but_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = xlsx_bytes([HEADER, [1, "Ana", "", "", "", "nota"], [None, None, None, None, "nota"]])
    (chunk,) = read(contract("xlsx"), landed(tmp_path, content))
    assert chunk.records[1] == b""
    assert "derecha del último encabezado" in caplog.text


# -- values ----------------------------------------------------------------------------------------------------


def times(tmp_path: Path, cells: Sequence[str], **changes: Any) -> list[str | None]:
    rows = [HEADER, *([str(number), "Ana", "", cell] for number, cell in enumerate(cells))]
    return values(read_csv(tmp_path, csv_bytes(rows), contract(**changes)), "attendance", "registered_at")


def test_day_comes_before_month_and_what_is_no_date_stays(tmp_path: Path) -> None:
    cells = [
        "07/04/2020 09:00",
        "7/4/2020",
        "13/04/2020 9:05",
        "04/13/2020 09:00",
        "31/02/2020",
        "today",
        "now",
        "0",
        "N/A",
        "",
    ]
    assert times(tmp_path, cells) == [
        "2020-04-07T14:00:00+00:00",
        "2020-04-07T05:00:00+00:00",
        "2020-04-13T14:05:00+00:00",
        "04/13/2020 09:00",
        "31/02/2020",
        "today",
        "now",
        "0",
        "N/A",
        None,
    ]


def test_absurd_years_stay_as_they_came(tmp_path: Path) -> None:
    assert times(tmp_path, ["07/04/0020", "07/04/9999", "01/01/1900"]) == [
        "07/04/0020",
        "07/04/9999",
        "1900-01-01T06:36:36+00:00",
    ]


def test_iso_with_and_without_zone_and_fractions(tmp_path: Path) -> None:
    cells = [
        "2020-06-30T23:10:00-06:00",
        "2020-06-30T23:10:00Z",
        "2020-06-30 23:10",
        "2020-06-30T10:00:00.25",
        "20200630",
        "2020",
    ]
    assert times(tmp_path, cells) == [
        "2020-07-01T05:10:00+00:00",
        "2020-06-30T23:10:00+00:00",
        "2020-07-01T04:10:00+00:00",
        "2020-06-30T15:00:00.250000+00:00",
        "20200630",
        "2020",
    ]


def test_hours_that_are_skipped_or_twice_there(tmp_path: Path) -> None:
    # Mexico City, 2020: 5 April 02:00-03:00 is skipped, 25 October 01:00-02:00 comes twice.
    assert times(tmp_path, ["05/04/2020 02:30", "25/10/2020 01:30", "25/10/2020 02:30"]) == [
        "2020-04-05T08:00:00+00:00",
        "2020-10-25T06:30:00+00:00",
        "2020-10-25T08:30:00+00:00",
    ]
    assert times(tmp_path, ["05/04/2020 02:30"], timezone="America/Cancun") == ["2020-04-05T07:30:00+00:00"]


@RELAXED
@given(
    moment=st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["America/Mexico_City", "America/Tijuana", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]),
)
def test_every_local_time_becomes_one_instant(tmp_path: Path, moment: datetime, zone: str) -> None:
    from zoneinfo import ZoneInfo

    moment = moment.replace(second=0, microsecond=0)
    (found,) = times(tmp_path, [moment.strftime("%d/%m/%Y %H:%M")], timezone=zone)
    assert found is not None
    instant = datetime.fromisoformat(found)
    if moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment:
        assert instant == moment.replace(tzinfo=ZoneInfo(zone))
    else:
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) > moment


REPORTED = {
    "columns": {
        "indicador": {"headings": ["Indicador"]},
        "valor": {"headings": ["Valor"], "type": "number"},
        "fecha": {"headings": ["Fecha"], "type": "date", "formats": ["%d/%m/%Y"]},
        "categoria": {"headings": ["Categoría"], "required": False},
    },
    "rows": [
        {
            "entity": "reported_value",
            "when": "valor",
            "fields": {"indicator": "indicador", "value": "valor", "reported_on": "fecha", "category": "categoria"},
        }
    ],
}


def reported(tmp_path: Path, cells: Sequence[Any], name: str, kind: str = "csv") -> list[str | None]:
    header = ["Indicador", "Valor", "Fecha"]
    place = 1 if name == "value" else 2
    rows = [["I", "1", "01/01/2020"] for _ in cells]
    for row, cell in zip(rows, cells, strict=True):
        row[place] = cell
    content = csv_bytes([header, *rows]) if kind == "csv" else xlsx_bytes([header, *rows])
    (chunk,) = read(contract(kind, dataset=REPORTED), landed(tmp_path, content))
    return values(chunk, "reported_value", name)


def test_numbers_are_plain_decimal_text(tmp_path: Path) -> None:
    cells = ["0", "1,234.5", "+5", "-3", "1,234,567", "12,34", "1e3", "1.5E-3", "nada", "NULL", "5%", "1e999", "007"]
    assert reported(tmp_path, cells, "value") == [
        "0", "1234.5", "5", "-3", "1234567", "12,34", "1000", "0.0015", "nada", "NULL", "5%", "1e999", "007",
    ]  # fmt: skip
    assert reported(tmp_path, [0, 1e-7, 3.0, "=1+1"], "value", "xlsx") == ["0", "0.0000001", "3", "=1+1"]
    # A decimal comma: taken for one of thousands it would be 125.
    assert reported(tmp_path, ["0,125", "-0,125", "100,125"], "value") == ["0,125", "-0,125", "100125"]


def test_a_share_of_a_workbook_is_what_people_read(tmp_path: Path) -> None:
    """Who types 63% into Excel has 0.63 in the cell: as a figure it would be a hundredth."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Indicador", "Valor", "Fecha", "Categoría"])
    for value in (0.63, 0.145, 63):
        book.active.append(["I", value, "", ""])
    book.active["B2"].number_format, book.active["B3"].number_format = "0%", "0.0%"
    book.active["B4"].number_format = '0"%"'
    target = io.BytesIO()
    book.save(target)
    (chunk,) = read(contract("xlsx", dataset=REPORTED), landed(tmp_path, target.getvalue()))
    assert values(chunk, "reported_value", "value") == ["63%", "14.5%", "63"]


def test_dates_lose_their_time(tmp_path: Path) -> None:
    moment = datetime(2020, 6, 30, 23, 59)  # noqa: DTZ001
    assert reported(tmp_path, [moment, "30/06/2020", "2020-06-30", "junio"], "reported_on", "xlsx") == [
        "2020-06-30",
        "2020-06-30",
        "2020-06-30",
        "junio",
    ]


def test_a_date_with_its_zone_is_the_local_day(tmp_path: Path) -> None:
    assert reported(tmp_path, ["2020-07-01T04:59:00Z"], "reported_on") == ["2020-06-30"]


def test_without_a_breakdown_a_reported_value_is_the_total(tmp_path: Path) -> None:
    content = csv_bytes(
        [["Indicador", "Valor", "Fecha", "Categoría"], ["I", "1", "", "mujer"], ["I", "", "", ""], ["I", "2", "", ""]]
    )
    (chunk,) = read(contract(dataset=REPORTED), landed(tmp_path, content))
    frame = chunk.rows([0, 1, 2])["reported_value"]
    assert frame["record"].tolist() == [0, 2]
    assert frame["category"].tolist() == ["mujer", "total"]
    assert frame["disaggregation"].tolist() == ["total", "total"]
    assert chunk.rows([1]) == {}


def test_values_are_mapped_and_others_stay(tmp_path: Path) -> None:
    source = contract(
        dataset={
            "columns": {
                "folio": {"headings": ["Folio"]},
                "nombre": {"headings": ["Nombre"], "values": {"Mujer": "mujer", "s/d": "", "Nin\u0303a": "niña"}},
                "hora": {"headings": ["Hora"], "required": False},
            },
            "rows": [
                {
                    "entity": "account",
                    "fields": {
                        "local_id": "folio",
                        "kind": {"value": "learner"},
                        "sex": "nombre",
                        "state": {"column": "hora", "filled": "sí", "blank": "no"},
                    },
                }
            ],
        }
    )
    chunk = read_csv(tmp_path, "Folio,Nombre,Hora\n1, Mujer\xa0,x\n2,MUJER,\n3,s/d, \n4,Niña,y\n", source)
    assert values(chunk, "account", "sex") == ["mujer", "mujer", None, "niña"]
    assert values(chunk, "account", "state") == ["sí", "no", "no", "sí"]
    assert values(chunk, "account", "account_ref") == ["1", "2", "3", "4"]
    assert "local_id" not in chunk.rows([0])["account"].columns


def test_the_account_is_the_local_id_else_the_email(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre,Correo\n7,Ana,A@B.example\n,Eva,\xa0 EVA@b.Example \n,Luz,\n")
    assert values(chunk, "account_identity", "account_ref") == ["7", "eva@b.example", None]
    assert values(chunk, "account_identity", "email") == ["A@B.example", "EVA@b.Example", None]
    assert values(chunk, "attendance", "account_ref") == ["7", None, None]


def test_what_stands_for_no_number_or_address_is_nobodys_account(tmp_path: Path) -> None:
    """All who have it would be one person."""
    nobodys = ["#N/D", "#N/A", "#¡REF!", "#¿NOMBRE?", "1.23E+11", "1,2E+11"]
    rows = [[number, "Ana", "a@b.example"] for number in nobodys]
    rows += [["", "Eva", address] for address in ("no tiene", "-", "S/C", "#N/A")]
    rows += [["#7", "Luz", "-"], ["12E+1", "Lea", ""]]
    chunk = read_csv(tmp_path, csv_bytes([["Folio", "Nombre", "Correo"], *rows]))
    assert values(chunk, "account_identity", "account_ref") == [*["a@b.example"] * 6, *[None] * 4, "#7", "12E+1"]
    assert values(chunk, "account_identity", "email")[6:8] == ["no tiene", "-"], "which validation tells"


def test_marks_that_nobody_sees_make_no_other_person_and_hide_no_column(tmp_path: Path) -> None:
    content = "\u200eFo\u00adlio,Nombre\u2060,Correo\n\u202a1\u202c,Ana\ufeff,\u200bana@b.example\u200b \n"
    chunk = read_csv(tmp_path, content)
    assert values(chunk, "account_identity", "account_ref") == ["1"]
    assert values(chunk, "account_identity", "full_name") == ["Ana"]
    assert values(chunk, "account_identity", "email") == ["ana@b.example"]


def test_only_the_chosen_records_give_rows(tmp_path: Path) -> None:
    chunk = read_csv(tmp_path, "Folio,Nombre\n1,Ana\n2,Eva\n3,Luz\n")
    frame = chunk.rows([2, 0])["account_identity"]
    assert list(zip(frame["record"], frame["full_name"], strict=True)) == [(2, "Luz"), (0, "Ana")]


def test_ignored_columns_make_no_record_differ(tmp_path: Path) -> None:
    source = contract(dataset={"ignore_columns": ["folio"]})
    chunk = read_csv(tmp_path, "Folio,Nombre\n1,Ana\n2,Ana\n3,\n", source)
    assert chunk.records[0] == chunk.records[1]
    assert chunk.records[2] == b""


# -- contracts -------------------------------------------------------------------------------------------------


ATTENDANCE = [{"entity": "attendance", "fields": {"local_id": "folio"}}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"rows": [{"entity": "attendance", "fields": {"local_id": "folio", "colour": "nombre"}}]},
            "attendance: se encontró el campo «colour»",
        ),
        ({"rows": [{"entity": "account", "fields": {"sex": "nombre"}}]}, "no se encontró ninguno de local_id, email"),
        ({"rows": [{"entity": "reported_value", "fields": {"email": "correo"}}]}, "se encontró el campo «email»"),
        ({"format": {"type": "csv", "encoding": "klingon"}}, "encoding: se encontró «klingon»"),
        ({"format": {"type": "csv", "separator": '"'}}, "separator"),
        ({"ignore_columns": ["numero"]}, "ignore_columns"),
        ({"columns": {"folio": {"headings": ["F"], "formats": ["mixed"]}}, "rows": ATTENDANCE}, "se encontró «mixed»"),
        ({"columns": {"folio": {"headings": ["F"], "formats": ["%Q"]}}, "rows": ATTENDANCE}, "se encontró «%Q»"),
    ],
)
def test_a_contract_that_can_not_work_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message) as error:
        TabularConnector(contract(dataset=change), tmp_path)
    assert str(error.value).startswith("prueba.yaml: dataset lista")


def test_a_required_column_can_not_be_dropped(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="columna nombre: se encontraron sus encabezados en «drop»"):
        TabularConnector(contract(drop=["NOMBRE"]), tmp_path)


# -- fetch -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.mkdir()
    return path


@pytest.fixture
def landing(tmp_path: Path) -> FakeLanding:
    path = tmp_path / "landing"
    path.mkdir()
    return FakeLanding(path)


def test_fetch_takes_the_files_of_a_dataset_by_name_and_says_what_it_leaves(
    folder: Path, landing: FakeLanding, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("b.csv", "a.CSV", "~$a.csv", ".a.csv", "c.csv.part", "d.tmp", "otro.txt"):
        (folder / name).write_text(f"Folio,Nombre\n1,{name}\n", encoding="utf-8")
    (folder / "sub.csv").mkdir()
    connector = TabularConnector(contract(), folder)
    connector.fetch(landing)
    assert [file.original_name for file in landing.files] == ["a.CSV", "b.csv"]
    assert "el archivo otro.txt no corresponde a ningún conjunto" in caplog.text
    assert "part" not in caplog.text
    connector.fetch(landing)
    assert len(landing.files) == 2
    (delivery,) = connector.deliveries(landing.files)
    assert (delivery.dataset, delivery.scope, delivery.complete) == ("lista", "S1", True)
    (addition,) = TabularConnector(contract(delivers="additions"), folder).deliveries(landing.files)
    assert not addition.complete


def test_names_match_whatever_way_their_accents_are_encoded(folder: Path, landing: FakeLanding) -> None:
    (folder / "captacio\u0301n.csv").write_text("Folio,Nombre\n", encoding="utf-8")
    TabularConnector(contract(dataset={"files": "captación*.csv"}), folder).fetch(landing)
    assert len(landing.files) == 1


def test_a_missing_folder_is_named(folder: Path, landing: FakeLanding) -> None:
    with pytest.raises(PermanentError, match="no se encontró la carpeta «gone» en la carpeta de entrega"):
        TabularConnector(contract(), folder / "gone").fetch(landing)


def test_a_file_that_still_grows_is_left_for_the_next_night(
    folder: Path, landing: FakeLanding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.4)
    growing, finished = folder / "growing.csv", folder / "finished.csv"
    growing.write_text("Folio,Nombre\n", encoding="utf-8")
    finished.write_text("Folio,Nombre\n1,Ana\n", encoding="utf-8")

    def grow() -> None:
        time.sleep(0.2)
        with growing.open("a", encoding="utf-8") as file:
            file.write("2,Eva\n")

    writer = threading.Thread(target=grow)
    writer.start()
    connector = TabularConnector(contract(), folder)
    connector.fetch(landing)
    writer.join()
    assert [file.original_name for file in landing.files] == ["finished.csv"]
    assert "growing.csv: todavía está cambiando" in caplog.text
    assert landing.left == [("lista", "S1", "growing.csv", "changing")]
    old = time.time() - 60
    os.utime(growing, (old, old))
    connector.fetch(landing)
    assert [file.original_name for file in landing.files] == ["finished.csv", "growing.csv"]


def test_a_file_that_changes_while_it_is_copied_is_left_for_the_next_night(
    folder: Path, landing: FakeLanding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "a.csv").write_text("Folio,Nombre\n1,Ana\n", encoding="utf-8")

    def copy_and_grow(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes())
        source.write_text("Folio,Nombre\n1,Ana\n2,Eva\n", encoding="utf-8")

    monkeypatch.setattr("shutil.copyfile", copy_and_grow)
    TabularConnector(contract(), folder).fetch(landing)
    assert landing.files == []
    assert landing.left == [("lista", "S1", "a.csv", "changing")]
    assert "cambió mientras se copiaba" in caplog.text


def test_old_files_are_taken_without_waiting(
    folder: Path, landing: FakeLanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 2.0)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("waited"))
    path = folder / "a.csv"
    path.write_text("Folio,Nombre\n", encoding="utf-8")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    TabularConnector(contract(), folder).fetch(landing)
    assert len(landing.files) == 1


SECRET_ROWS = [["Lista"], ["Folio", "Teléfono", "Nombre", "Telefono "], ["1", "555", "Ana", "556"], [], ["2", "557"]]


def test_dropped_columns_are_not_landed_from_a_csv(folder: Path, landing: FakeLanding) -> None:
    (folder / "a.csv").write_bytes(csv_bytes(SECRET_ROWS) + b'3,558,"Eva,559\n4,560,Luz,561\n')
    connector = TabularConnector(contract(drop=["Teléfono"]), folder)
    connector.fetch(landing)
    content = zstandard.decompress(landing.files[0].path.read_bytes())
    assert b"55" not in content
    assert b"56" not in content
    (chunk,) = connector.chunks(landing.files)
    assert landing.files[0].original_name == "a.csv"
    assert values(chunk, "account_identity", "full_name") == ["Ana", "Luz"]
    assert chunk.records[1] == b""
    assert set(chunk.unreadable) == {2, 3}
    connector.fetch(landing)
    assert len(landing.files) == 1


def test_a_copy_without_what_told_its_encoding_is_read_alike(folder: Path, landing: FakeLanding) -> None:
    rows = [["Folio", "Institución", "Nombre"], ["1", "Cámara", "María"]]
    (folder / "a.csv").write_bytes(csv_bytes(rows, "mac_roman"))
    connector = TabularConnector(contract(drop=["Institución"], dataset={"format": {}}), folder)
    connector.fetch(landing)
    (chunk,) = connector.chunks(landing.files)
    assert values(chunk, "account_identity", "full_name") == ["María"]


def test_dropped_columns_are_not_landed_from_a_workbook(folder: Path, landing: FakeLanding) -> None:
    moment = datetime(2020, 6, 30, 17, 10)  # noqa: DTZ001
    rows = [
        ["Lista"],
        [],
        ["Folio", "Teléfono", "Nombre", "Hora"],
        [1, "5550", "=A1", moment],
        [],
        [2, "5551", "Eva", None, "5552"],
    ]
    (folder / "a.xlsx").write_bytes(xlsx_bytes(rows))
    connector = TabularConnector(contract("xlsx", drop=["telefono"]), folder)
    connector.fetch(landing)
    book = openpyxl.load_workbook(io.BytesIO(zstandard.decompress(landing.files[0].path.read_bytes())))
    assert "555" not in "".join(str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row)
    (chunk,) = connector.chunks(landing.files)
    assert values(chunk, "account_identity", "full_name") == ["=A1", "Eva"]
    assert values(chunk, "attendance", "registered_at") == ["2020-06-30T22:10:00+00:00", None]
    assert chunk.records[1] == b""
    # The same rows saved again a second later are the same file.
    (folder / "a.xlsx").write_bytes(xlsx_bytes(rows))
    time.sleep(1.1)
    connector.fetch(landing)
    assert len(landing.files) == 1


def test_a_file_whose_dropped_columns_can_not_be_found_is_not_landed(folder: Path, landing: FakeLanding) -> None:
    (folder / "a.csv").write_text("Clave,Teléfono\n1,555\n", encoding="utf-8")
    with pytest.raises(PermanentError, match="faltan las columnas"):
        TabularConnector(contract(drop=["Teléfono"]), folder).fetch(landing)
    assert landing.files == []


def test_dropped_columns_of_files_landed_before_are_not_read(tmp_path: Path) -> None:
    source = contract(drop=["Correo"])
    one = read_csv(tmp_path, "Folio,Nombre,Correo\n1,Ana,a@b.example\n", source)
    two = read_csv(tmp_path, "Folio,Nombre\n1,Ana\n", source)
    assert one.records == two.records
    assert values(one, "account_identity", "email") == [None]


# -- the files of the case -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("case")
    write_drop_files(new_world(), path)
    return path


def case(drop: Path, landing: FakeLanding, source: str) -> tuple[RecordChunk, dict[str, pd.DataFrame]]:
    configured = load_source(ROOT / "sources" / f"{source}.yaml")
    assert isinstance(configured, TabularSource)
    connector = TabularConnector(configured, drop / configured.folder)
    connector.fetch(landing)
    (chunk,) = connector.chunks(landing.files)
    return chunk, chunk.rows(range(len(chunk.records)))


def test_the_platform_of_the_ministry(drop: Path, landing: FakeLanding) -> None:
    chunk, frames = case(drop, landing, "plataforma_sfp")
    assert len(chunk.records) == len(frames["enrolment"]) == 41
    assert frames["enrolment"]["accessed_at"].notna().sum() == 36
    done = frames["module_completion"].query("state == 'completed'").groupby("module").size()
    assert done.to_dict() == {"M1": 30, "M2": 28, "M3": 28}
    certified = frames["certificate"].query("state == 'obtained'").merge(frames["account"], on="account_ref")
    assert certified["sex"].value_counts().to_dict() == {"hombre": 16, "mujer": 12}
    # Midnight of 30 June in Mexico City is five o'clock in UTC.
    assert (certified["obtained_at"] < "2020-07-01T05:00:00+00:00").sum() == 21
    assert (certified["obtained_at"] < "2020-07-01T00:00:00+00:00").sum() == 19


def test_the_attendance_list(drop: Path, landing: FakeLanding) -> None:
    chunk, frames = case(drop, landing, "eventos")
    assert (len(chunk.records), sum(not record for record in chunk.records), len(set(chunk.records) - {b""})) == (
        99,
        4,
        89,
    )
    assert frames["attendance"]["account_ref"].nunique() == 89
    assert frames["attendance"]["registered_at"].str.fullmatch(r"2020-05-27T1[45]:\d\d:\d\d\+00:00").all()
    assert "sex" not in frames["account"]


def test_the_captured_values(drop: Path, landing: FakeLanding) -> None:
    _, frames = case(drop, landing, "datos_capturados")
    frame = frames["reported_value"]
    # A typed zero is a value; the row without one gives no row.
    assert frame[["indicator", "period", "value"]].to_numpy().tolist() == [
        ["L2-10", "2020-Q1", "1"],
        ["L2-10", "2020-Q2", "3"],
        ["L1-01", "2020-Q2", "0"],
        ["L1-02", "2020-Q2", "0"],
    ]
    assert set(frame["disaggregation"]) == set(frame["category"]) == {"total"}
    assert frame["reported_on"].tolist() == ["2020-03-27", "2020-06-24", "2020-06-30", "2020-06-29"]
