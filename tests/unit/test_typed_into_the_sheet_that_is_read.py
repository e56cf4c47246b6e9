"""What people type goes into the sheet of a workbook that the night reads."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl

from trimestre.contracts.datasets import TabularDataset
from trimestre.pipeline.uploads import drop_files
from trimestre.pipeline.uploads.drop_files import FileEdit

HEADINGS = ["Indicador", "Trimestre", "Valor", "Fecha"]


def _typing() -> Any:
    fields = {"indicator": "indicador", "period": "trimestre", "value": "valor", "reported_on": "fecha"}
    columns = {name: {"headings": [heading]} for name, heading in zip(fields.values(), HEADINGS, strict=True)}
    rows = [{"entity": "reported_value", "fields": fields}]
    dataset = TabularDataset.model_validate(
        {
            "dataset": "captura",
            "files": "*.xlsx",
            "scope": "captura",
            "format": {"type": "xlsx"},
            "columns": columns,
            "rows": rows,
        }
    )
    return SimpleNamespace(dataset=dataset, template=dataset.rows[0])


def test_a_typed_figure_does_not_go_into_a_hidden_copy_that_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "captura.xlsx"
    book = openpyxl.Workbook()
    for title in ("Copia de mayo", "Captura"):
        sheet = book.create_sheet(title)
        sheet.append(HEADINGS)
        sheet.append(["L1-01", "2020-Q2", 0, None])
    book.remove(book["Sheet"])
    book["Copia de mayo"].sheet_state = "hidden"
    book.active = 1
    book.save(path)

    key = ("L1-01", "2020-Q2", "total", "total")
    found = drop_files._change(path, _typing(), {key: FileEdit(key, {"value": 7, "reported_on": None})})

    assert found == {key}
    after = openpyxl.load_workbook(path)
    assert [after[title]["C2"].value for title in ("Copia de mayo", "Captura")] == [0, 7]
