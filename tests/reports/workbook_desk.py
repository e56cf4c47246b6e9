"""A desk where people work with workbooks in tests: one goes out, cells are typed as a person would, it comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from trimestre import texts
from trimestre.contracts.base import comparable
from trimestre.periods import Period
from trimestre.pipeline.uploads import uploading
from trimestre.pipeline.uploads.taking import Taken, take_upload
from trimestre.reports.workbooks import Preview, preview, read, write
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.pipeline.plant import Plant

NOW = datetime(2020, 8, 2, tzinfo=UTC)
Q2, Q3 = Period(2020, 2), Period(2020, 3)


@dataclass
class Desk:
    plant: "Plant"
    folder: Path
    uploads: Path = field(init=False)

    def __post_init__(self) -> None:
        self.uploads = self.folder / "uploads"

    def out(self, kind: str, period: Period = Q3, name: str = "", partner: str | None = None) -> Path:
        path = self.folder / f"{name or kind}.xlsx"
        with transaction(self.plant.engine) as connection:
            return write(kind, connection, self.plant.project, period, path, partner=partner)

    def look(self, kind: str, path: Path, period: Period | None = None) -> Preview:
        sheet = read(kind, path, self.plant.project, period)
        with transaction(self.plant.engine) as connection:
            return preview(kind, connection, self.plant.project, sheet, "especialista")

    def bring(self, kind: str, path: Path) -> int:
        """Upload; the number."""
        with path.open("rb") as content, uploading.received(self.uploads, path.name, content) as file:
            found = self.look(kind, file.path).as_dict()
            with transaction(self.plant.engine) as connection:
                return uploading.keep(connection, self.uploads, file, kind, found, who="especialista", now=NOW)

    def take(self, kind: str, path: Path, who: str = "especialista") -> Taken:
        return take_upload(self.plant, self.uploads, self.bring(kind, path), who=who, now=NOW)


def data_sheet(book: openpyxl.Workbook, kind: str) -> Worksheet:
    return book[texts.WORKBOOKS[kind]["sheet"]]


def column_of(sheet: Worksheet, kind: str, name: str) -> int:
    heading = comparable(texts.WORKBOOK_FIELDS[kind][name][0])
    return next(cell.column for cell in sheet[2] if comparable(str(cell.value)) == heading)


def edit(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def type_in(path: Path, kind: str, wanted: Mapping[str, Any] | None, **values: Any) -> Path:
    """Type values into the first row whose cells say ``wanted`` (``None`` = the first blank one), as a person can."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = data_sheet(book, kind)
        for number in range(3, sheet.max_row + 1):
            row = {name: sheet.cell(number, column_of(sheet, kind, name)) for name in texts.WORKBOOK_FIELDS[kind]}
            if wanted is None:
                fits = all(cell.value is None for cell in row.values())
            else:
                fits = all(str(row[name].value or "").startswith(str(value)) for name, value in wanted.items())
            if fits:
                for name, value in values.items():
                    assert not row[name].protection.locked, f"{name} is locked"
                    row[name].value = value
                return
        raise AssertionError(f"no row with {wanted}")

    return edit(path, change)
