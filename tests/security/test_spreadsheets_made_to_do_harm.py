"""Workbooks from the drop folder that were made to fill memory, take a night or read this machine: refused at once."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from the_case import case_project

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.pipeline.uploads import inheriting
from trimestre.pipeline.uploads.upload_checks import LARGEST_WORKBOOK, UploadRefused
from trimestre.sources.tabular import xlsx_files
from trimestre.warehouse.database import connect

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ENTITIES = '<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


@pytest.fixture(scope="module")
def dataset() -> TabularDataset:
    """Any sheet at all."""
    source = TabularSource.model_validate(
        {
            "source": "lista", "name": "Lista", "kind": "tabular", "folder": "lista", "delivers": "additions",
            "datasets": [{
                "dataset": "lista", "files": "*.xlsx", "scope": "S1",
                "columns": {"correo": {"headings": ["Correo"]}},
                "rows": [{"entity": "account", "fields": {"account_ref": "correo", "email": "correo"}}],
            }],
        }
    )  # fmt: skip
    return source.datasets[0]


def workbook(sheet: str | bytes = "", *, declared: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """A workbook whose only sheet has these rows, after a document type, with further or other parts."""
    made, packed = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "Correo"
    book.save(made)
    if isinstance(sheet, str) and sheet:
        sheet = (
            f'<?xml version="1.0"?>{declared}<worksheet {NAMESPACE}><sheetData>{sheet}</sheetData></worksheet>'.encode()
        )
    other = ({"xl/worksheets/sheet1.xml": sheet} if sheet else {}) | (more or {})
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            if part not in other:
                archive.writestr(part, source.read(part))
        for part, content in other.items():
            archive.writestr(part, content)
    return packed.getvalue()


def rows_of(content: bytes, dataset: TabularDataset) -> Iterator[list[str]]:
    for batch in xlsx_files.xlsx_batches(lambda: io.BytesIO(content), dataset, "lista.xlsx"):
        yield from batch.rows


def texts(*values: str) -> str:
    cells = "".join(
        f'<c r="{place}1" t="inlineStr"><is><t>{value}</t></is></c>' for place, value in zip("AB", values, strict=False)
    )
    return f'<row r="1">{cells}</row>'


def test_an_honest_workbook_is_read(dataset: TabularDataset) -> None:
    assert list(rows_of(workbook(texts("Correo", "a@b.mx")), dataset)) == [["Correo", "a@b.mx"]]


@pytest.mark.parametrize(
    "attack",
    {
        "billion laughs": {"sheet": texts("&j;"), "declared": f"<!DOCTYPE a [{ENTITIES}]>"},
        "a file of this machine": {
            "sheet": texts("&x;"), "declared": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        },
        "a million columns": {"sheet": '<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>'},
        "a part that shrank too well": {"more": {"xl/sharedStrings.xml": b"<si><t>a</t></si>" * 4_000_000}},
        "a sheet that shrank too well": {"sheet": b" " * 40_000_000},
        "no zip": {},
    }.items(),
    ids=lambda one: one[0],
)  # fmt: skip
def test_a_bomb_is_refused(attack: tuple[str, dict[str, Any]], dataset: TabularDataset) -> None:
    name, made = attack
    content = workbook(**made) if made else b"PK\x03\x04 and nothing of a zip"
    with pytest.raises(PermanentError, match=r"se esperaba .*\. \w") as refused:
        list(rows_of(content, dataset))
    assert "aaaa" not in str(refused.value), name


def test_a_part_that_fills_memory_is_refused_however_it_was_packed(
    dataset: TabularDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_files, "MOST_BYTES_HELD", 10_000)
    with pytest.raises(PermanentError, match="al abrirse ocupa"):
        list(rows_of(workbook(more={"xl/sharedStrings.xml": bytes(range(256)) * 100}), dataset))


def test_a_few_cells_at_the_far_end_of_their_rows_do_not_fill_memory(
    dataset: TabularDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_files, "MOST_CELLS", 1_000_000)
    wide = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 200))
    with pytest.raises(PermanentError, match="en 62 filas"):
        list(rows_of(workbook(wide), dataset))


def test_what_a_workbook_points_to_is_neither_opened_nor_run(dataset: TabularDataset) -> None:
    link = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'externalLinkPath" Target="file:///etc/hostname" TargetMode="External"/></Relationships>'
    )
    inner = workbook(texts("Correo"))
    content = workbook(
        texts("Correo", "=cmd|'/c calc'!A1"),
        more={
            "xl/externalLinks/_rels/externalLink1.xml.rels": link, "xl/vbaProject.bin": b"macro",
            "xl/embeddings/libro.xlsx": inner, "../../fuera.xml": b"<a/>",
        },
    )  # fmt: skip
    assert list(rows_of(content, dataset)) == [["Correo", "=cmd|'/c calc'!A1"]]


def test_a_sheet_that_looks_like_a_formula_again_and_again_is_searched_once() -> None:
    content = b"<f" + b"<c" * 400_000  # each of them made the search begin anew and run to the end
    assert xlsx_files._UNCALCULATED.search(content) is None
    assert xlsx_files._UNCALCULATED.search(b'<c r="A1" s="2"><f a="b">A2&gt;1</f><v></v></c>')


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (workbook(texts("&j;"), declared=f"<!DOCTYPE a [{ENTITIES}]>"), "ningún programa de Office"),
        (workbook(b" " * 40_000_000), "descomprimido ocupa demasiado"),
        (b"PK\x03\x04" + bytes(LARGEST_WORKBOOK), "se encontró un archivo de 2 MB"),
    ],
    ids=["billion laughs", "a sheet that shrank too well", "two megabytes"],
)
def test_figures_of_before_come_in_no_bomb(
    content: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "iptt.xlsx"
    path.write_bytes(content)
    monkeypatch.setattr(inheriting, "read_legacy", lambda *_: pytest.fail("read"))
    nowhere = connect("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(UploadRefused, match=told):
        inheriting.import_legacy(nowhere, case_project(), path, landing=tmp_path, reason="IPTT 2020", prepared_by="x")
    assert list(tmp_path.iterdir()) == [path]
