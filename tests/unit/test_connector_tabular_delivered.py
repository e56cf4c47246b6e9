"""Files as people deliver them: re-saved, translated, several tables in one. Nothing is lost or misread."""

import csv
import io
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fakes import FakeLanding, landed
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from test_connector_tabular import (
    HEADER,
    RELAXED,
    check_nothing_lost,
    contract,
    csv_bytes,
    read,
    read_csv,
    times,
    values,
    xlsx_bytes,
)

from trimestre.contracts.sources import TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.base import RecordChunk
from trimestre.sources.tabular import TabularConnector, fetch
from trimestre.sources.tabular.values import durations, split_multiple

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
IDENTITY = [{"entity": "account_identity", "fields": {"local_id": "folio", "full_name": "nombre", "email": "correo"}}]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.0)


def auto(**dataset: Any) -> TabularSource:
    """The source of the neighbouring tests, with nothing said of the format."""
    return contract(dataset={"format": {}} | dataset)


def column(nombre: dict[str, Any], **dataset: Any) -> TabularSource:
    """A source whose column `nombre` is as given."""
    columns = {
        "folio": {"headings": ["Folio"]},
        "nombre": {"headings": ["Nombre"]} | nombre,
        "correo": {"headings": ["Correo"], "required": False},
    }
    return contract(dataset={"format": {}, "columns": columns, "rows": IDENTITY} | dataset)


def cells(tmp_path: Path, texts: Sequence[str], **nombre: Any) -> list[str | None]:
    """What the cells of a column become."""
    rows = [["Folio", "Nombre"], *([str(number), text] for number, text in enumerate(texts))]
    return values(read_csv(tmp_path, csv_bytes(rows), column(nombre)), "account_identity", "full_name")


def sheet(rows: Sequence[Sequence[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


# -- what a file is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [["Lista; de, asistencia"], [], ["Folio", "Nombre", "Correo"], ["1", "Lucía, la «ñ»; y", "a@b.example"]]
    chunk = read_csv(tmp_path, sheet(rows, separator, encoding), auto())
    assert values(chunk, "account_identity", "full_name") == ["Lucía, la «ñ»; y"]


def test_a_mark_tells_the_encoding_whatever_was_declared(tmp_path: Path) -> None:
    """Saved again as «CSV UTF-8» the file looks the same in Excel."""
    declared = auto(format={"encoding": "cp1252"})
    chunk = read_csv(tmp_path, sheet([["Folio", "Nombre"], ["1", "Núñez"]], encoding="utf-8-sig"), declared)
    assert values(chunk, "account_identity", "full_name") == ["Núñez"]


@pytest.mark.parametrize(
    "name",
    ["Ana Núñez", "JOSÉ PEÑA", "Institución", "Espinosa de los Monteros José", "Rubén", "Verástegui", "D’Angelo Núñez"],
)
@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_the_csv_of_excel_for_mac_is_told_from_that_of_windows(tmp_path: Path, name: str, encoding: str) -> None:
    content = sheet([["Folio", "Nombre"], ["1", name], ["2", "Eva"]], encoding=encoding)
    for written in (content, content.replace(b"\r\n", b"\r")):
        assert values(read_csv(tmp_path, written, auto()), "account_identity", "full_name") == [name, "Eva"]


def test_dashes_between_words_are_not_of_a_mac(tmp_path: Path) -> None:
    texts = ["Norte – Sur", "O’Brien", "2019–2020", "Toluca–Morelia", "«Uno» … Ž"]
    content = sheet([["Folio", "Nombre"], *([str(n), text] for n, text in enumerate(texts))], encoding="cp1252")
    assert values(read_csv(tmp_path, content, auto()), "account_identity", "full_name") == texts


def test_utf16_of_either_byte_order(tmp_path: Path) -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        chunk = read_csv(tmp_path, mark + "Folio\tNombre\r\n1\tLucía\r\n".encode(encoding), auto())
        assert values(chunk, "account_identity", "full_name") == ["Lucía"]


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    (chunk,) = read(auto(), landed(tmp_path, xlsx_bytes([HEADER, [1, "Ana"]]), "datos.csv"))
    assert values(chunk, "account_identity", "full_name") == ["Ana"]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"<!DOCTYPE html>\n<html><body>Acceder</body></html>", "a.csv", "página web .HTML.*sesión"),
        (b"\xef\xbb\xbf \r\n<HTML lang='es'>", "a.csv", "página web .HTML"),
        ("<html>".encode("utf-16"), "a.csv", "página web .HTML"),
        (b"<!-- x --><table border=1><tr><td>Folio", "reporte.xls", "una página web con nombre de libro"),
        (b"<html><table>", "reporte.xls", "una página web con nombre de libro"),
        (b"<?xml version='1.0'?>\n<Workbook>", "reporte.xls", "se encontró un archivo XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "a.xls", "anterior a 2007 .* o con contraseña"),
        (b"PK\x03\x04 and no workbook", "a.xlsx", "no se puede leer como libro"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path: Path, content: bytes, name: str, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        read(auto(), landed(tmp_path, content, name))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_web_page_is_refused_whatever_was_declared(tmp_path: Path, kind: str) -> None:
    with pytest.raises(PermanentError, match="página web"):
        read(contract(kind), landed(tmp_path, b"<html>Folio,Nombre\n1,Ana\n"))


def test_a_workbook_where_a_csv_was_declared_is_refused_as_one(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="se encontró un libro o un ZIP, se esperaba un CSV"):
        read(contract(), landed(tmp_path, xlsx_bytes([HEADER])))


def test_a_damaged_utf8_file_is_not_taken_for_cp1252(tmp_path: Path) -> None:
    content = "Folio,Nombre\n1,Lucía\n2,José\n".encode()[:-2]
    with pytest.raises(PermanentError, match=f"en el byte {len(content) - 1} caracteres que no son UTF-8"):
        read(auto(), landed(tmp_path, content))


def test_a_file_without_the_columns_is_named_with_what_it_has_whatever_its_separator(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"columnas Nombre\. Encabezados que se encontraron: Folio, Correo, Hora"):
        read(auto(), landed(tmp_path, b"Folio;Correo;Hora\n1;a@b.example;\n"))


@RELAXED
@given(content=st.binary(max_size=300), head=st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"<html"]))
def test_any_bytes_are_read_or_refused_when_nothing_is_declared(tmp_path: Path, content: bytes, head: bytes) -> None:
    try:
        chunks = read(auto(), landed(tmp_path, head + content))
    except PermanentError:
        return
    check_nothing_lost(chunks)


MECHANISMS: dict[str, Any] = {
    "columns": {
        "nombre": {"headings": ["Nombre"], "position": "first", "blank_values": ["-", "n/*"]},
        "correo": {"headings": ["Correo"], "values": {"*@x": "", "a*": "b"}},
        "junto": {"right_of": "correo", "type": "duration", "unit": "minutes", "required": False},
        "hora": {
            "headings": ["Hora"], "type": "instant", "formats": ["%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"],
            "required": False,
        },
        "temas": {"headings": ["Temas"], "multiple": {"options": ["A", "A, B", "C"]}, "required": False},
    },
    "exclude": [{"column": "nombre", "values": ["prueba*", ""], "reason": "prueba"}],
    "rows": [
        {"entity": "account_identity", "fields": {"email": "correo", "full_name": "nombre"}},
        {
            "entity": "attendance",
            "fields": {
                "email": "correo", "event": {"value": "E"}, "seconds": "junto",
                "registered_at": {"column": "hora", "where": "correo", "values": ["b"]},
                "weak": {"column": "temas", "option": "C"},
            },
        },
    ],
}  # fmt: skip


@RELAXED
@given(
    headings=st.permutations(["", "Correo", "", "Hora", "Temas"]),
    rows=st.lists(
        st.lists(
            st.one_of(ANY_TEXT, st.sampled_from(["a", "x@x", "-", "Prueba 1", "1h 5m", "45:10", "A, B, C", "43958.6"])),
            max_size=6,
        ),
        max_size=6,
    ),
    header_rows=st.sampled_from([1, 2]),
    section=st.sampled_from([None, 2, ["Asistentes"]]),
    above=st.lists(st.lists(ANY_TEXT, max_size=2), max_size=4),
    workbook=st.booleans(),
)
def test_no_mechanism_loses_a_row_or_crashes(
    tmp_path: Path,
    headings: list[str],
    rows: list[list[str]],
    header_rows: int,
    section: Any,
    above: list[list[str]],
    workbook: bool,
) -> None:
    if workbook:
        legal = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
        rows, above = ([[cell.translate(legal) for cell in row] for row in part] for part in (rows, above))
    lines = [*above, ["2. Lista" if section == 2 else "asistentes"], headings, *rows]
    source = contract(dataset=MECHANISMS | {"format": {"header_rows": header_rows, "section": section}})
    try:
        chunks = read(source, landed(tmp_path, xlsx_bytes(lines) if workbook else csv_bytes(lines)))
    except PermanentError:
        return
    check_nothing_lost(chunks)


# -- header ----------------------------------------------------------------------------------------------------


SURVEY = [
    ["Respondent ID", "IP Address", "¿Qué temas?", "", "", "Comentarios"],
    ["", "", "Ética", "Integridad", "Otro (especifique)", "Open-Ended Response"],
    ["11500000001", "10.0.0.1", "Ética", "", "", "Bien"],
    ["11500000002", "10.0.0.2", "", "Integridad", "Otra cosa", ""],
]
TWO_ROWS: dict[str, Any] = {
    "format": {"header_rows": 2},
    "columns": {
        "folio": {"headings": ["Respondent ID"]},
        "nombre": {"headings": ["¿qué temas? | Integridad"]},
        "correo": {"headings": ["Comentarios | Open-Ended Response"]},
    },
    "rows": IDENTITY,
}


@pytest.mark.parametrize("workbook", [False, True])
@pytest.mark.parametrize("above", [[], [["Encuesta"], []]])
def test_a_header_of_two_rows(tmp_path: Path, above: list[list[str]], workbook: bool) -> None:
    rows = [*above, *SURVEY]
    (chunk,) = read(contract(dataset=TWO_ROWS), landed(tmp_path, xlsx_bytes(rows) if workbook else csv_bytes(rows)))
    assert check_nothing_lost([chunk]) == (0, 2, 0)
    assert values(chunk, "account_identity", "local_id") == ["11500000001", "11500000002"]
    assert values(chunk, "account_identity", "full_name") == [None, "Integridad"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_dropped_column_of_two_header_rows_lends_its_heading_to_no_other(tmp_path: Path, kind: str) -> None:
    folder, store = tmp_path / "drop", tmp_path / "landing"
    folder.mkdir()
    store.mkdir()
    rows = [["Lista de 10.0.0.9"], *SURVEY]
    (folder / f"a.{kind}").write_bytes(csv_bytes(rows) if kind == "csv" else xlsx_bytes(rows))
    dropped = ["IP Address", "¿Qué temas? | Ética"]
    format_ = {"type": kind, "header_rows": 2}
    connector = TabularConnector(contract(kind, drop=dropped, dataset=TWO_ROWS | {"format": format_}), folder)
    landing = FakeLanding(store)
    connector.fetch(landing)
    (chunk,) = connector.chunks(landing.files)
    assert values(chunk, "account_identity", "full_name") == [None, "Integridad"]
    assert not any(b"10.0.0" in record for record in chunk.records)
    import zstandard

    if kind == "csv":
        assert b"10.0.0" not in zstandard.decompress(landing.files[0].path.read_bytes())


NEIGHBOURS: dict[str, Any] = {
    "format": {},
    "columns": {
        "nombre": {"headings": ["Nombre completo"], "position": "first"},
        "folio": {"headings": ["Módulo 1"]},
        "correo": {"right_of": "folio"},
    },
    "rows": IDENTITY,
}


@pytest.mark.parametrize("workbook", [False, True])
def test_columns_without_a_heading_are_found_by_their_place(tmp_path: Path, workbook: bool) -> None:
    rows = [["", "Módulo 1", ""], ["Ana", "Completed", "2020-04-18"]]
    (chunk,) = read(contract(dataset=NEIGHBOURS), landed(tmp_path, xlsx_bytes(rows) if workbook else csv_bytes(rows)))
    (row,) = chunk.rows([0])["account_identity"].to_dict("records")
    assert (row["full_name"], row["local_id"], row["email"]) == ("Ana", "Completed", "2020-04-18")


@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        (["Persona", "Módulo 1", ""], "un primer encabezado en blanco|Nombre completo"),
        (["", "Módulo 1", "Fecha"], "un encabezado en blanco a la derecha de Módulo 1"),
        (["", "Módulo 1"], "un encabezado en blanco a la derecha de Módulo 1"),
    ],
)
def test_a_neighbour_that_is_not_blank_is_another_column(tmp_path: Path, headings: list[str], missing: str) -> None:
    with pytest.raises(PermanentError, match=missing):
        read(contract(dataset=NEIGHBOURS), landed(tmp_path, csv_bytes([headings, ["a", "b", "c"]])))


def test_the_blank_column_beside_a_dropped_one_is_dropped_with_it(tmp_path: Path) -> None:
    source = contract(drop=["Módulo 2"], dataset=NEIGHBOURS)
    chunk = read_csv(tmp_path, "Nombre completo,Módulo 2,,Módulo 1,\nAna,secreto,oculto,x,y\n", source)
    assert b"secreto" not in chunk.records[0]
    assert b"oculto" not in chunk.records[0]
    assert values(chunk, "account_identity", "email") == ["y"]


def test_equal_headings_are_told_apart_by_their_order(tmp_path: Path) -> None:
    content = "Folio,Comentarios,Nombre,comentarios ,Comentarios\n1,a,Ana,b,c\n"
    columns = {
        "folio": {"headings": ["Folio"]},
        "nombre": {"headings": ["Comentarios"], "occurrence": 1},
        "correo": {"headings": ["Comentarios"], "occurrence": 3},
    }
    chunk = read_csv(tmp_path, content, auto(columns=columns, rows=IDENTITY))
    assert values(chunk, "account_identity", "full_name") == ["a"]
    assert values(chunk, "account_identity", "email") == ["c"]
    columns["correo"]["occurrence"] = 4
    with pytest.raises(PermanentError, match="faltan las columnas Comentarios"):
        read(auto(columns=columns, rows=IDENTITY), landed(tmp_path, content.encode()))
    # Unknown ones are only said.
    assert len(read_csv(tmp_path, "Folio,Nombre,Nota,Nota\n1,Ana,x,y\n", auto()).records) == 1


# -- sections --------------------------------------------------------------------------------------------------


TEAMS = [
    ["1. Resumen"],
    ["Título de la reunión", "Taller"],
    ["Duración de la reunión", "1h 5m 3s"],
    [],
    ["2. Participantes"],
    ["Nombre", "Primera entrada (UTC)", "Duración de la reunión", "Correo"],
    ["Ana", "27/5/2026, 16:01:22", "1 h 5 min 3 s", "a@b.example"],
    ["Eva", "27/5/2026, 16:05:00", "55m", ""],
    [],
    ["3. Actividades en la reunión"],
    ["Nombre", "Hora de unión", "Duración de la reunión", "Correo"],
    ["Ana", "27/5/2026, 16:01:22", "45s", "a@b.example"],
]
MEETING: dict[str, Any] = {
    "columns": {
        "nombre": {"headings": ["Nombre"]},
        "hora": {
            "headings": ["Primera entrada", "Hora de unión"], "type": "instant", "formats": ["%d/%m/%Y, %H:%M:%S"],
        },
        "duracion": {"headings": ["Duración de la reunión"], "type": "duration"},
        "correo": {"headings": ["Correo"]},
    },
    "rows": [
        {
            "entity": "attendance",
            "fields": {"email": "correo", "event": {"value": "E"}, "registered_at": "hora", "seconds": "duracion"},
        },
        {"entity": "account_identity", "fields": {"email": "correo", "full_name": "nombre"}},
    ],
}  # fmt: skip


def meeting(section: Any) -> TabularSource:
    return contract(dataset=MEETING | {"format": {"section": section}})


@pytest.mark.parametrize("shape", ["teams", "resaved", "workbook"])
def test_a_numbered_section_in_any_language(tmp_path: Path, shape: str) -> None:
    resaved = [[*row, *[""] * (4 - len(row))] for row in TEAMS]
    content = {
        "teams": sheet(TEAMS, "\t", "utf-16"),
        "resaved": sheet(resaved, ";", "cp1252"),
        "workbook": xlsx_bytes(TEAMS),
    }[shape]
    (chunk,) = read(meeting(2), landed(tmp_path, content))
    assert [record == b"" for record in chunk.records] == [False, False, True]
    assert chunk.positions == ["1", "2", "3"]
    assert values(chunk, "account_identity", "full_name") == ["Ana", "Eva"]
    assert values(chunk, "attendance", "seconds") == ["3903", "3300"]
    # «(UTC)» in the heading counts more than the zone of the source.
    assert values(chunk, "attendance", "registered_at")[0] == "2026-05-27T16:01:22+00:00"
    (other,) = read(meeting(3), landed(tmp_path, content))
    assert values(other, "attendance", "seconds") == ["45"]
    assert values(other, "attendance", "registered_at") == ["2026-05-27T22:01:22+00:00"]


def test_a_section_far_down_is_found(tmp_path: Path) -> None:
    rows = [*TEAMS[:8], *([f"Persona {number}", "", "1m", ""] for number in range(500)), *TEAMS[8:]]
    (chunk,) = read(meeting(3), landed(tmp_path, sheet(rows, "\t", "utf-16")))
    assert values(chunk, "attendance", "seconds") == ["45"]


def test_a_report_without_the_section_says_which_it_has(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="se encontraron las secciones 1, 2, 3, se esperaba la sección 4"):
        read(meeting(4), landed(tmp_path, sheet(TEAMS)))


def test_a_file_in_which_somebody_left_only_the_table(tmp_path: Path) -> None:
    (chunk,) = read(meeting(2), landed(tmp_path, sheet(TEAMS[5:8])))
    assert values(chunk, "attendance", "seconds") == ["3903", "3300"]


WEBINAR = [
    ["Attendee Report"],
    ["Topic", "Webinar ID", "# Registrants"],
    ["Taller", "123", "2"],
    [],
    ["Host Details", ""],
    ["Nombre", "Correo"],
    ["Organizadora", "o@b.example"],
    [],
    ["Attendee Details", ""],
    ["Nombre", "Correo"],
    ["Ana", "a@b.example"],
    ["Eva", ""],
    [],
    ["Luz", "l@b.example"],
    [],
    ["Other Attended", ""],
    ["Nombre"],
    ["+52 55"],
]


def test_a_section_found_by_the_text_above_it(tmp_path: Path) -> None:
    columns = {"nombre": {"headings": ["Nombre"]}, "correo": {"headings": ["Correo"]}}
    rows = [{"entity": "account_identity", "fields": {"email": "correo", "full_name": "nombre"}}]
    source = auto(format={"section": ["Detalles del asistente", "ATTENDEE details"]}, columns=columns, rows=rows)
    (chunk,) = read(source, landed(tmp_path, sheet(WEBINAR)))
    assert values(chunk, "account_identity", "full_name") == ["Ana", "Eva", "Luz"]
    assert [record == b"" for record in chunk.records] == [False, False, True, False, True]
    with pytest.raises(PermanentError, match="no se encontró el renglón Detalles del asistente o ATTENDEE details"):
        read(source, landed(tmp_path, sheet(WEBINAR[:7])))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_dropping_columns_of_a_section_lands_nothing_of_the_others(tmp_path: Path, kind: str) -> None:
    folder, store = tmp_path / "drop", tmp_path / "landing"
    folder.mkdir()
    store.mkdir()
    (folder / f"a.{kind}").write_bytes(sheet(TEAMS) if kind == "csv" else xlsx_bytes(TEAMS))
    dataset = MEETING | {"format": {"type": kind, "section": 2}}
    connector = TabularConnector(contract(kind, drop=["Rol"], dataset=dataset), folder)
    landing = FakeLanding(store)
    connector.fetch(landing)
    (chunk,) = connector.chunks(landing.files)
    assert values(chunk, "attendance", "seconds") == ["3903", "3300"]
    with pytest.raises(PermanentError, match="las secciones 2, se esperaba la sección 3"):
        read(meeting(3), landing.files[0])


def test_the_block_of_a_meeting_above_its_table_is_no_header(tmp_path: Path) -> None:
    rows = [
        ["Meeting ID", "Topic", "User Email", "Duration (Minutes)", "Participants"],
        ["123", "Taller", "host@b.example", "90", "2"],
        [],
        ["Name (Original Name)", "User Email", "Duration (Minutes)", "Guest"],
        ["Ana", "a@b.example", "15", "Yes"],
    ]
    source = auto(
        columns={
            "nombre": {"headings": ["Name (original name)"], "required": False},
            "correo": {"headings": ["User Email"]},
            "folio": {"headings": ["Duration (Minutes)"], "type": "duration", "unit": "minutes"},
        },
        rows=IDENTITY,
    )
    chunk = read_csv(tmp_path, sheet(rows), source)
    assert values(chunk, "account_identity", "full_name") == ["Ana"]
    assert values(chunk, "account_identity", "local_id") == ["900"]


def test_a_table_is_not_skipped_for_a_wider_one_below(tmp_path: Path) -> None:
    content = "Folio,Nombre\n1,Ana\n2,Eva\n\nFolio,Nombre,Correo\n3,Luz,l@b.example\n"
    (chunk,) = read(auto(), landed(tmp_path, content.encode()))
    assert values(chunk, "account_identity", "full_name")[:2] == ["Ana", "Eva"]


# -- cells -----------------------------------------------------------------------------------------------------


def test_values_by_pattern_exact_ones_first(tmp_path: Path) -> None:
    mapping = {"Completed*": "algo", "Completed (set by *)": "por otro", "COMPLETED": "sí", "Ñandú": "ave", "*": "otro"}
    texts = ["Completed", "completed (SET\xa0by  Ana)", "completado", "n\u0303andu\u0301", "nandu", ""]
    assert cells(tmp_path, texts, values=mapping) == ["sí", "algo", "otro", "ave", "otro", None]


def test_texts_that_mean_nothing_are_blank(tmp_path: Path) -> None:
    texts = ["-", "N/A", "n/a", "Anonymous", "anónimo", "0", "N/Ab"]
    found = cells(tmp_path, texts, blank_values=["-", "n/a", "an?nimo", "anonymous"], values={"-": "algo más"})
    assert found[1:] == [None, None, None, "anónimo", "0", "N/Ab"]


@RELAXED
@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=5), key=ANY_TEXT)
def test_any_pattern_maps_or_leaves_any_text(tmp_path: Path, texts: list[str], key: str) -> None:
    texts = [text for text in texts if text.strip() and "\x00" not in text] or ["x"]
    plain = cells(tmp_path, texts)
    mapped = cells(tmp_path, texts, values={key: "X"})
    assert all(one in (other, "X") for one, other in zip(mapped, plain, strict=True))


def test_serial_numbers_of_excel_are_dates(tmp_path: Path) -> None:
    found = times(
        tmp_path, ["43958.6535", "43958", "32874", "32873", "73415", "73416", "43958.99999999", "1", "439580"]
    )
    assert found == [
        "2020-05-07T20:41:02+00:00",
        "2020-05-07T05:00:00+00:00",
        "1990-01-01T06:00:00+00:00",
        "32873",
        "2100-12-31T06:00:00+00:00",
        "73416",
        "2020-05-08T05:00:00+00:00",
        "1",
        "439580",
    ]


def test_serial_numbers_are_days_where_days_are_asked_for(tmp_path: Path) -> None:
    assert cells(tmp_path, ["43958.9", "43958"], type="date", formats=["%d/%m/%Y"]) == ["2020-05-07", "2020-05-07"]


@RELAXED
@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)))  # noqa: DTZ001
def test_every_serial_number_is_the_second_it_was_made_of(tmp_path: Path, moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001
    (found,) = times(tmp_path, [repr(serial)], timezone="UTC")
    assert found == moment.replace(tzinfo=UTC).isoformat()


HALVES = ["%d/%m/%Y %I:%M:%S %p", "%Y/%m/%d %I:%M:%S %p", "%Y/%m/%d %I:%M:%S %p %z", "%A, %d %B %Y, %H:%M", "%d %b %Y"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("27/05/2026 10:01:22 p. m.", "2026-05-28T04:01:22+00:00"),
        ("27/05/2026 10:01:22\u202fp.\xa0m.", "2026-05-28T04:01:22+00:00"),
        ("27/05/2026 10:01:22 a.m.", "2026-05-27T16:01:22+00:00"),
        ("27/05/2026  10:01:22pm", "2026-05-28T04:01:22+00:00"),
        ("\u200e27/05/2026 12:00:00 a. m.", "2026-05-27T06:00:00+00:00"),
        ("2026/05/27 10:01:22 AM GMT-6", "2026-05-27T16:01:22+00:00"),
        ("2026/05/27 10:01:22 a.m. GMT-06:00", "2026-05-27T16:01:22+00:00"),
        ("2026/05/27 10:01:22 p.\u202fm. GMT+5:30", "2026-05-27T16:31:22+00:00"),
        ("2026/05/27 10:01:22 AM UTC", "2026-05-27T10:01:22+00:00"),
        ("27/05/2026 10:01:22 AM (GMT\u22126)", "2026-05-27T16:01:22+00:00"),
        ("miércoles, 27 de mayo de 2026, 10:01", "2026-05-27T16:01:00+00:00"),
        ("Wednesday, 27 May 2026, 10:01", "2026-05-27T16:01:00+00:00"),
        ("27 ago. 2026", "2026-08-27T06:00:00+00:00"),
        ("27/05/2026 25:01:22 a.m.", "27/05/2026 25:01:22 a.m."),
        ("27/05/2026 a.m.", "27/05/2026 a.m."),
    ],
)
def test_halves_of_the_day_and_zones_however_written(tmp_path: Path, text: str, instant: str) -> None:
    columns = {
        "folio": {"headings": ["Folio"]},
        "hora": {"headings": ["Hora"], "type": "instant", "formats": HALVES},
    }
    rows = [{"entity": "attendance", "fields": {"local_id": "folio", "registered_at": "hora"}}]
    chunk = read_csv(tmp_path, csv_bytes([["Folio", "Hora"], ["1", text]]), auto(columns=columns, rows=rows))
    assert values(chunk, "attendance", "registered_at") == [instant]


def both_orders(tmp_path: Path, texts: Sequence[str], formats: Sequence[str]) -> tuple[RecordChunk, list[str | None]]:
    columns = {
        "folio": {"headings": ["Folio"]},
        "hora": {"headings": ["Hora"], "type": "instant", "formats": list(formats)},
    }
    rows = [{"entity": "attendance", "fields": {"local_id": "folio", "registered_at": "hora"}}]
    content = csv_bytes([["Folio", "Hora"], *([str(number), text] for number, text in enumerate(texts))])
    chunk = read_csv(tmp_path, content, contract(timezone="UTC", dataset={"columns": columns, "rows": rows}))
    return chunk, [text and text[:10] for text in values(chunk, "attendance", "registered_at")]


BOTH = ["%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M"]


def test_one_date_tells_the_order_of_all_of_its_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert both_orders(tmp_path, ["05/06/2020", "05/27/2020"], BOTH)[1] == ["2020-05-06", "2020-05-27"]
    assert both_orders(tmp_path, ["05/06/2020", "27/05/2020"], BOTH)[1] == ["2020-06-05", "2020-05-27"]
    assert "no se distinguen días de meses" not in caplog.text
    with caplog.at_level(logging.WARNING):
        assert both_orders(tmp_path, ["05/06/2020"], BOTH)[1] == ["2020-06-05"]
        assert both_orders(tmp_path, ["05/06/2020"], BOTH[1::-1])[1] == ["2020-05-06"]
    assert caplog.text.count("fechas de hora no se distinguen días de meses") == 2
    assert "05/06" not in caplog.text
    # Both kinds in one file: the first order, and what is not of it waits for a person.
    assert both_orders(tmp_path, ["05/27/2020", "27/05/2020"], BOTH)[1] == ["05/27/2020", "2020-05-27"]


def test_the_order_of_day_and_month_is_part_of_every_record(tmp_path: Path) -> None:
    one, two, three = (
        both_orders(tmp_path, ["05/06/2020", *more], BOTH)[0].records[0]
        for more in (["05/27/2020"], ["27/05/2020"], ["28/05/2020"])
    )
    assert one != two == three


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 5m 3s", "3903"), ("55m", "3300"), ("32m 10s", "1930"), ("45s", "45"), ("1 h 5 min 3 s", "3903"),
        ("1\xa0h 5\u202fmin", "3900"), ("1 hr 5 min", "3900"), ("2 horas y 30 minutos", "9000"),
        ("1 día, 2 h", "93600"),
        ("00:45:12", "2712"), ("125:00:00", "450000"), ("0:00:29.6", "30"), ("PT1H5M", "3900"), ("pt45S", "45"),
        ("P1DT1S", "86401"), ("1,5 h", "5400"), ("1.5h", "5400"), ("45:10", "2710"), ("90", "5400"), ("0", "0"),
        ("1.5", "90"), ("h", "h"), ("PT", "PT"), ("mucho", "mucho"), ("5 x", "5 x"), ("-5", "-5"),
        ("00:99:00", "00:99:00"),
    ],
)  # fmt: skip
def test_durations_are_whole_seconds(tmp_path: Path, text: str, seconds: str) -> None:
    assert cells(tmp_path, [text], type="duration", unit="minutes") == [seconds]


def test_a_number_without_a_unit_is_no_duration(tmp_path: Path) -> None:
    assert cells(tmp_path, ["90", "45:10", "1m"], type="duration") == ["90", "45:10", "60"]
    assert cells(tmp_path, ["90", "45:10"], type="duration", unit="seconds") == ["90", "45:10"]
    assert cells(tmp_path, ["1.5", "1:05"], type="duration", unit="hours") == ["5400", "3900"]


def test_durations_of_a_workbook(tmp_path: Path) -> None:
    rows = [["Folio", "Nombre"], [1, timedelta(hours=30, seconds=5)], [2, timedelta(minutes=45, seconds=12)]]
    (chunk,) = read(column({"type": "duration"}), landed(tmp_path, xlsx_bytes(rows)))
    assert values(chunk, "account_identity", "full_name") == ["108005", "2712"]


@given(st.integers(0, 999), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_same_in_every_notation(hours: int, minutes: int, seconds: int) -> None:
    notations = [
        f"{hours}h {minutes}m {seconds}s", f"{hours} h {minutes} min {seconds} s", f"PT{hours}H{minutes}M{seconds}S",
        f"{hours}:{minutes:02}:{seconds:02}", f"{hours} hours, {minutes} minutes and {seconds} seconds",
    ]  # fmt: skip
    assert set(durations(pd.Series(notations, dtype="str"))) == {str(hours * 3600 + minutes * 60 + seconds)}


# -- several answers in one cell -------------------------------------------------------------------------------


def split(text: str | None, options: Sequence[str], separator: str = ", ") -> tuple[list[str], str | None]:
    (found,) = split_multiple(pd.Series([text], dtype="str"), {option: option for option in options}, separator)
    return found


@pytest.mark.parametrize(
    ("text", "options", "separator", "expected"),
    [
        ("Ética, Integridad", ["Ética", "Integridad"], ", ", (["Ética", "Integridad"], None)),
        ("Sí, siempre, No", ["Sí", "Sí, siempre", "No"], ", ", (["Sí, siempre", "No"], None)),
        ("a, b, c", ["a", "a, b", "b, c"], ", ", (["a", "b, c"], None)),
        ("Otra cosa, con coma, No", ["No"], ", ", (["No"], "Otra cosa, con coma")),
        ("uno, No, dos", ["No"], ", ", (["No"], "uno, dos")),
        ("Nota", ["No"], ", ", ([], "Nota")),
        ("A;B;", ["A", "B"], ";", (["A", "B"], None)),
        ("B;A;otra;", ["A", "B"], ";", (["B", "A"], "otra")),
        ("a1 a2  a3", ["a1", "a2", "a3"], " ", (["a1", "a2", "a3"], None)),
        ("ÉTICA,\xa0integridad", ["Ética", "Integridad"], ", ", (["Ética", "Integridad"], None)),
        ("A, A", ["A"], ", ", (["A"], None)),
        ("", ["A"], ", ", ([], None)),
        (None, ["A"], ", ", ([], None)),
    ],
)
def test_answers_in_one_cell(
    text: str | None, options: list[str], separator: str, expected: tuple[list[str], str | None]
) -> None:
    assert split(text, options, separator) == expected


@given(data=st.data(), separator=st.sampled_from([", ", ";", "; ", " | "]))
def test_what_was_chosen_is_found_again_whatever_the_options_hold(data: st.DataObject, separator: str) -> None:
    word = st.text("abÉñ ", min_size=1, max_size=4).map(str.strip).filter(bool)
    parts = st.lists(word, min_size=1, max_size=3, unique=True)
    options = data.draw(st.lists(parts.map(separator.join), min_size=1, max_size=6, unique_by=str.casefold))
    chosen = data.draw(st.lists(st.sampled_from(options), max_size=4, unique=True))
    codes, other = split(separator.join(chosen) or None, options, separator)
    assert other is None
    # Where the options leave a choice, another reading gives the same text.
    assert " ".join(separator.join(codes).casefold().split()) == " ".join(separator.join(chosen).casefold().split())


@given(
    text=st.text(max_size=40),
    options=st.lists(st.text(max_size=4), max_size=4),
    separator=st.text(min_size=1, max_size=2),
)
def test_any_text_is_split_without_a_crash_or_a_loss(text: str, options: list[str], separator: str) -> None:
    codes, other = split(text, options, separator)
    assert set(codes) <= set(options)
    rest = other or ""
    assert all(sign in text for sign in "".join(rest.split()) if sign not in separator)


def test_options_as_fields_of_a_row(tmp_path: Path) -> None:
    columns = {
        "folio": {"headings": ["Folio"]},
        "temas": {"headings": ["Temas"], "multiple": {"options": {"Ética": "A1", "Ética, avanzada": "A2"}}},
    }
    fields = {"local_id": "folio", "weak": {"column": "temas", "option": "A2"}}
    source = auto(columns=columns, rows=[{"entity": "attendance", "fields": fields}])
    chunk = read_csv(
        tmp_path, csv_bytes([["Folio", "Temas"], ["1", "Ética, avanzada"], ["2", "Ética"], ["3", ""]]), source
    )
    assert values(chunk, "attendance", "weak") == ["true", "false", None]


# -- what is not counted ---------------------------------------------------------------------------------------


def test_who_is_excluded_after_a_night_does_not_stay_in_the_population(tmp_path: Path) -> None:
    """What merely vanishes of an edition counts on: platforms forget people who were there."""
    always = {"edition": {"value": "E"}, "role": {"value": "student"}, "active": {"value": "true"}}
    enrolment = {"local_id": "folio", **always}
    source = column(
        {},
        rows=[*IDENTITY, {"entity": "enrolment", "fields": enrolment}],
        exclude=[{"column": "nombre", "values": ["Prueba*"], "reason": "cuenta_de_prueba"}],
    )
    chunk = read_csv(tmp_path, "Folio,Nombre\n1,Prueba Uno\n2,Ana\n,Prueba Dos\n", source)
    assert values(chunk, "enrolment", "role") == ["cuenta_de_prueba", "student", "student"]
    assert values(chunk, "enrolment", "out_of_scope") == [None, None, "cuenta_de_prueba"]
    assert values(chunk, "account_identity", "out_of_scope") == ["cuenta_de_prueba", None, "cuenta_de_prueba"]
    assert chunk.wide is not None
    wide = chunk.wide([0, 1, 2])
    fields = {template.entity: template.fields for template in wide.templates}
    assert wide.columns[fields["enrolment"]["role"]].tolist() == ["cuenta_de_prueba", "student", "student"]
    assert wide.columns[fields["enrolment"]["out_of_scope"]].isna().tolist() == [True, True, False]


def test_excluded_records_stay_in_the_accounting_with_their_reason(tmp_path: Path) -> None:
    source = column(
        {"values": {"Ana": "ANA"}},
        exclude=[
            {"column": "nombre", "values": ["points POSSIBLE", "student, *"], "reason": "fila_de_la_plataforma"},
            {"column": "correo", "values": ["", "*@prueba.example"], "reason": "cuenta_de_prueba"},
        ],
    )
    rows = [
        ["Folio", "Nombre", "Correo"],
        ["1", "    Points Possible", ""],
        ["2", "Student, Test", "s@b.example"],
        ["3", "Ana", "a@b.example"],
        ["4", "Eva", " "],
        ["5", "Luz", "l@PRUEBA.example"],
    ]
    chunk = read_csv(tmp_path, csv_bytes(rows), source)
    assert check_nothing_lost([chunk]) == (0, 5, 0)
    assert values(chunk, "account_identity", "out_of_scope") == [
        "fila_de_la_plataforma",
        "fila_de_la_plataforma",
        None,
        "cuenta_de_prueba",
        "cuenta_de_prueba",
    ]


def test_a_column_that_the_file_lacks_excludes_nothing(tmp_path: Path) -> None:
    source = column({}, exclude=[{"column": "correo", "values": ["*", ""], "reason": "prueba"}])
    chunk = read_csv(tmp_path, "Folio,Nombre\n1,Ana\n", source)
    assert values(chunk, "account_identity", "out_of_scope") == [None]


# -- contracts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nombre", "dataset", "message"),
    [
        ({"headings": []}, {}, "encabezados, o right_of, o position"),
        ({"headings": [""]}, {}, "encabezados, o right_of, o position"),
        ({"unit": "minutes"}, {}, "unit: nada, porque type no es duration"),
        ({"right_of": "apellido"}, {}, r"right_of: una columna declarada"),
        ({"right_of": "nombre"}, {}, r"right_of: una columna declarada"),
        ({}, {"format": {"separator": "::"}}, "auto, coma"),
        ({}, {"exclude": [{"column": "x", "values": ["a"], "reason": "r"}]}, "exclude: columnas declaradas"),
        (
            {},
            {"rows": [{"entity": "attendance", "fields": {"local_id": {"column": "nombre", "option": "A"}}}]},
            "que lleve multiple",
        ),
        (
            {},
            {
                "rows": [
                    {"entity": "attendance", "fields": {"local_id": {"column": "x", "where": "y", "values": ["a"]}}}
                ]
            },
            r"rows\.attendance: columnas declaradas",
        ),
    ],
)
def test_contracts_that_can_not_be_meant(nombre: dict[str, Any], dataset: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        column(nombre, **dataset)


@pytest.mark.parametrize(("separator", "name"), [(",", "coma"), ("\t", "tabulador")])
def test_a_file_with_another_separator_is_told_which_one(tmp_path: Path, separator: str, name: str) -> None:
    declared = contract(dataset={"format": {"type": "csv", "separator": ";"}})
    content = "Folio;Nombre;Correo\n1;Ana;a@b.example\n".replace(";", separator)
    with pytest.raises(PermanentError, match=f"separado por {name} y se lee separado por punto y coma") as error:
        read(declared, landed(tmp_path, content.encode()))
    assert "Ana" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_as_empty(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PermanentError, match="se encontró un archivo vacío"):
        read(contract(), landed(tmp_path, content))
