"""What a field may be made of: thresholds, first of several, joined, hashed; and the codes of the dataset."""

from pathlib import Path
from typing import Any

import pytest
from fakes import landed
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from test_connector_tabular import RELAXED, contract, csv_bytes, read

from trimestre.contracts.sources import TabularSource
from trimestre.errors import ContractError
from trimestre.sources.tabular import TabularConnector


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
    rows = [["1", cell, ""] for cell in ("60", "59.99", "85,5", "66.67 %", "1,200", "", "EX")]
    judged = {"weak": {"column": "b", "at_least": 60, "reached": "sí", "below": "no"}}
    assert field(tmp_path, "weak", judged, rows) == ["sí", "no", "sí", "sí", "sí", None, "EX"]
    judged["weak"]["blank"] = "no"
    assert field(tmp_path, "weak", judged, rows)[5] == "no"


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
    with pytest.raises(ValidationError, match=r"hash_of columns that don't say who somebody is, not \['b'\]"):
        source({"institution": {"hash_of": ["a", "b"]}}, columns=columns)
    with pytest.raises(ValidationError, match=r"hash_of columns that don't say who somebody is, not \['b'\]"):
        source({"email": "b", "fallback_id": {"hash_of": ["b", "c"]}}, "account_identity")


@pytest.mark.parametrize("made", [{"first_of": ["b", "z"]}, {"joined": [{"first_of": ["z"]}]}, {"hash_of": ["z"]}])
def test_a_part_of_a_field_must_be_a_declared_column(made: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"use declared columns, not \['z'\]"):
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
    with pytest.raises(ContractError, match="dataset lista: event: found nothing, expected the code of the event"):
        source({"event": {"value": "$event"}}, edition="ED-1")
    with pytest.raises(ContractError, match="dataset lista: pass_mark: found nothing, expected a number"):
        source({"weak": {"column": "b", "at_least": "$pass_mark", "reached": "r", "below": "b"}})


def test_another_pass_mark_re_reads_the_files(tmp_path: Path) -> None:
    fields = {"weak": {"column": "b", "at_least": "$pass_mark", "reached": "r", "below": "b"}}
    one, two = (source(fields, pass_mark=mark) for mark in (60, 70))
    assert one.model_dump() != two.model_dump()
    TabularConnector(one, tmp_path)
