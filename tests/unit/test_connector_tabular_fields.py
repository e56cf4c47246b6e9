"""What a field may be made of: thresholds, first of several, joined, hashed; and the codes of the dataset."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from fakes import landed
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from test_connector_tabular import RELAXED, contract, csv_bytes, read

from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError
from trimestre.sources.tabular import TabularConnector
from trimestre.sources.tabular.values import scores


def source(fields: dict[str, Any], entity: str = "attendance", **dataset: Any) -> TabularSource:
    columns = {name: {"headings": [name]} for name in ("a", "b", "c")}
    rows = [{"entity": entity, "fields": {"local_id": "a"} | fields}]
    return contract(dataset={"columns": columns, "rows": rows} | dataset)


def field(folder: Path, name: str, fields: dict[str, Any], rows: list[list[str]], **dataset: Any) -> list[str | None]:
    """A field of the rows of a file with the columns a, b and c."""
    (chunk,) = read(source(fields, **dataset), landed(folder, csv_bytes([["a", "b", "c"], *rows])))
    frame = chunk.rows(range(len(rows)))["attendance"]
    return [cell if isinstance(cell, str) else None for cell in frame[name]]


# -- sources ---------------------------------------------------------------------------------------------------


def test_a_threshold_judges_numbers_however_they_are_written(tmp_path: Path) -> None:
    rows = [["1", cell, ""] for cell in ("60", "59,99", "85,5", "66.67 %", "59,999", "", "EX", "1,200.5")]
    judged = {"weak": {"column": "b", "at_least": 60, "reached": "sí", "below": "no"}}
    assert field(tmp_path, "weak", judged, rows) == ["sí", "no", "sí", "sí", "no", None, "EX", "1,200.5"]
    judged["weak"]["blank"] = "no"
    assert field(tmp_path, "weak", judged, rows)[5] == "no"


@pytest.mark.parametrize("least", [50, 0.5])
def test_a_percentage_of_a_workbook_is_judged_as_it_is_read(tmp_path: Path, least: float) -> None:
    """Of 55% the cell holds 0.55, which is beneath a pass mark of 50."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["a", "b", "c"], [1, 0.55, None], [2, 0.45, None]):
        book.active.append(row)
    for row in (2, 3):
        book.active.cell(row, 2).number_format = "0%"
    book.save(tmp_path / "a.xlsx")
    judged = {"weak": {"column": "b", "at_least": least, "reached": "sí", "below": "no"}}
    file = landed(tmp_path, (tmp_path / "a.xlsx").read_bytes(), "a.xlsx")
    (chunk,) = read(source(judged, format={"type": "xlsx"}), file)
    assert chunk.rows([0, 1])["attendance"]["weak"].tolist() == ["sí", "no"]


@pytest.mark.parametrize("type_", ["text", "number"])
def test_a_score_beyond_its_scale_is_no_pass_and_stays_as_it_came(tmp_path: Path, type_: str) -> None:
    rows = [["1", cell, ""] for cell in ("0,125", "0.6", "55%", "60 %", "55", "-1", "0,650", "6.0e-1")]
    judged = {"weak": {"column": "b", "at_least": 0.6, "scale": [0, 1], "reached": "sí", "below": "no"}}
    columns = {name: {"headings": [name]} for name in ("a", "b", "c")}
    columns["b"]["type"] = type_  # type: ignore[assignment]
    assert field(tmp_path, "weak", judged, rows, columns=columns) == ["no", "sí", "no", "sí", "55", "-1", "sí", "sí"]


def test_a_pass_mark_beyond_the_scale_is_refused(tmp_path: Path) -> None:
    judged = {"weak": {"column": "b", "at_least": 60, "scale": [0, 1], "reached": "sí", "below": "no"}}
    with pytest.raises(ContractError, match=r"se encontró 60 \(at_least o pass_mark\), se esperaba .* de 0 a 1\."):
        TabularConnector(source(judged), tmp_path)


@given(whole=st.integers(0, 999), digits=st.from_regex("[0-9]{1,4}", fullmatch=True), sign=st.sampled_from(",."))
def test_a_decimal_comma_is_a_decimal_point(whole: int, digits: str, sign: str) -> None:
    assert scores(pd.Series([f"{whole}{sign}{digits}"], dtype="str"), share=False)[0] == float(f"{whole}.{digits}")


def test_the_first_that_holds_something_and_what_is_joined(tmp_path: Path) -> None:
    rows = [["1", "x", "y"], ["2", "", "y"], ["3", "x", ""]]
    first = {"institution": {"first_of": ["b", "c", {"value": "z"}]}}
    assert field(tmp_path, "institution", first, rows) == ["x", "y", "x"]
    joined = {"institution": {"joined": [{"value": "e"}, {"first_of": ["b", {"value": "sin"}]}, "c"]}}
    assert field(tmp_path, "institution", joined, rows) == ["e/x/y", "e/sin/y", None]


def test_a_column_counts_where_another_is_blank(tmp_path: Path) -> None:
    rows = [["1", "x", "y"], ["2", "x", ""]]
    where = {"institution": {"column": "b", "where": "c", "values": [""]}}
    assert field(tmp_path, "institution", where, rows) == [None, "x"]


def test_spellings_of_one_name_are_one_account_with_one_name(tmp_path: Path) -> None:
    fields = {"local_id": "c", "fallback_id": {"joined": [{"value": "E"}, "b"]}, "institution": {"plain_name": "b"}}
    rows = [["1", " JOSÉ  pérez", ""], ["2", "Jose Perez", ""], ["3", "José Pérez", "folio 3"]]
    assert field(tmp_path, "account_ref", fields, rows) == ["e/jose perez", "e/jose perez", "folio 3"]
    assert set(field(tmp_path, "institution", fields, rows)) == {"Jose Perez"}


CELL = st.text('ab,"[', max_size=4)


@given(cells=st.lists(st.tuples(CELL, CELL).filter(any), min_size=1, max_size=6, unique=True))
@RELAXED
def test_other_cells_give_another_hash_and_the_same_cells_the_same(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("hash")
    rows = [["1", left, right] for left, right in cells]
    hashes = field(folder, "institution", {"institution": {"hash_of": ["b", "c"]}}, rows)
    assert hashes == field(folder, "institution", {"institution": {"hash_of": ["b", "c"]}}, rows)
    assert len(set(hashes)) == len(rows)
    assert all(text is not None and len(text) == 16 for text in hashes)


def test_a_hash_knows_which_cell_was_blank_and_is_nothing_of_nothing(tmp_path: Path) -> None:
    hashes = field(
        tmp_path,
        "institution",
        {"institution": {"hash_of": ["b", "c"]}},
        [["1", "x", ""], ["2", "", "x"], ["3", "", ""]],
    )
    assert hashes[0] != hashes[1]
    assert hashes[2] is None


def test_an_email_or_a_name_is_never_hashed() -> None:
    columns = {"a": {"headings": ["a"]}, "b": {"headings": ["b"], "clean": "email"}}
    with pytest.raises(ValidationError, match=r"rows.hash_of: columnas que no digan quién es la persona"):
        source({"institution": {"hash_of": ["a", "b"]}}, columns=columns)
    with pytest.raises(ValidationError, match=r"rows.hash_of: columnas que no digan quién es la persona"):
        source({"email": "b", "fallback_id": {"hash_of": ["b", "c"]}}, "account_identity")


@pytest.mark.parametrize("made", [{"first_of": ["b", "z"]}, {"joined": [{"first_of": ["z"]}]}, {"hash_of": ["z"]}])
def test_a_part_of_a_field_must_be_a_declared_column(made: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"columnas declaradas en columns"):
        source({"institution": made})


# -- $edition, $event, $survey, $pass_mark ---------------------------------------------------------------------


def test_the_codes_of_the_dataset_stand_in_its_rows_and_give_its_scope(tmp_path: Path) -> None:
    fields = {"event": {"value": "$event"}, "institution": {"joined": [{"value": "$edition"}, "b"]}}
    columns = {name: {"headings": [name]} for name in ("a", "b")}
    rows = [{"entity": "attendance", "fields": {"local_id": "a"} | fields}]
    dataset = {"dataset": "d", "files": "*", "columns": columns, "rows": rows, "edition": "ED-1", "event": "EV-1"}
    base = contract().model_dump(exclude={"datasets"})
    (read_dataset,) = TabularSource.model_validate(base | {"datasets": [dataset]}).datasets
    assert read_dataset.scope == "EV-1"
    assert read_dataset.rows[0].model_dump()["fields"]["event"] == {"value": "EV-1"}
    assert read_dataset.rows[0].model_dump()["fields"]["institution"]["joined"][0] == {"value": "ED-1"}


def test_a_dataset_that_has_but_a_scope_is_about_that() -> None:
    (dataset,) = source({"event": {"value": "$event"}}).datasets
    assert dataset.rows[0].model_dump()["fields"]["event"] == {"value": "S1"}


def test_a_code_that_is_missing_is_named() -> None:
    with pytest.raises(ContractError, match="dataset lista: event: no se encontró nada, se esperaba la clave"):
        source({"event": {"value": "$event"}}, edition="ED-1")
    with pytest.raises(ContractError, match="dataset lista: pass_mark: no se encontró nada, se esperaba un número"):
        source({"weak": {"column": "b", "at_least": "$pass_mark", "reached": "r", "below": "b"}})


def test_another_pass_mark_re_reads_the_files(tmp_path: Path) -> None:
    fields = {"weak": {"column": "b", "at_least": "$pass_mark", "reached": "r", "below": "b"}}
    one, two = (source(fields, pass_mark=mark) for mark in (60, 70))
    assert one.model_dump() != two.model_dump()
    TabularConnector(one, tmp_path)
