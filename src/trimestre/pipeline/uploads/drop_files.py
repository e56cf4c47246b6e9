"""What people type goes into the file that a source reads: rows are changed where they stand, new ones come after them.

Data flow: edits by key -> files of the drop folder that belong to the dataset -> the same files, replaced whole.
"""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimestre import texts
from trimestre.contracts.base import comparable
from trimestre.errors import ContractError, TransientError
from trimestre.sources.answers import text
from trimestre.sources.tabular.drop import DropFolder, FolderRefusal, drop_folder, ignored
from trimestre.sources.tabular.fetch import candidates, datasets_of

if TYPE_CHECKING:
    from trimestre.pipeline.plant import Plant
    from trimestre.reports.workbooks.typed_places import Typing

KEY = ("indicator", "period", "disaggregation", "category")
_TOTAL = "total"


@dataclass(frozen=True)
class FileEdit:
    """A typed figure: its key in the order of :data:`KEY`, and its other staged fields; ``None`` = the row goes."""

    key: tuple[str, ...]
    fields: Mapping[str, Any] | None


def write_typed(plant: "Plant", typing: "Typing", edits: Sequence[FileEdit]) -> tuple[list[str], Callable[[], None]]:
    """Change the files of the drop folder; their names, and what puts them back as they were (a new one stays).

    :class:`ContractError` when the folder is not writable, or a file of it has not the columns of the source.
    """
    folder = _folder(plant, typing)
    wanted = {edit.key: edit for edit in edits}
    there: set[tuple[str, ...]] = set()
    written: dict[str, bytes] = {}

    def undo() -> None:
        with tempfile.TemporaryDirectory(prefix="trimestre-") as room:
            for name, content in written.items():
                (Path(room) / name).write_bytes(content)
                folder.put(name, Path(room) / name)

    with tempfile.TemporaryDirectory(prefix="trimestre-") as room:
        changed: list[Path] = []
        names = _names(folder, typing)
        before = {}
        for name in names:
            copy = Path(room) / name
            folder.copy(name, copy)
            before[name] = copy.read_bytes()
            if found := _change(copy, typing, wanted):
                changed.append(copy)
                there |= found
        if new := [edit for edit in edits if edit.fields is not None and edit.key not in there]:
            target = Path(room) / (names[0] if names else _new_name(typing))
            _append(target, typing, new)
            changed = [*(path for path in changed if path != target), target]
        try:
            for path in changed:
                folder.put(path.name, path)
                if path.name in before:
                    written[path.name] = before[path.name]
        except (FolderRefusal, TransientError) as error:
            with suppress(FolderRefusal, TransientError):
                undo()
            if isinstance(error, TransientError):
                raise
            raise ContractError(texts.WORKBOOK_REFUSALS["drop_unwritable"].format(folder=folder.shown)) from None
    return sorted(path.name for path in changed), undo


def _folder(plant: "Plant", typing: "Typing") -> DropFolder:
    contract = typing.source
    connection = plant.connection_of(contract.connection) if contract.connection else None
    return drop_folder(contract.source, plant.drop, contract.folder, connection)


def _names(folder: DropFolder, typing: "Typing") -> list[str]:
    """Names of the dataset's files, oldest name first."""
    try:
        names, _ = candidates(typing.source, folder)
    except FolderRefusal as error:
        if error.reason == "missing":
            return []
        raise
    return [name for name in names if typing.dataset in datasets_of(typing.source, name)]


def _new_name(typing: "Typing") -> str:
    """A name by which the source will read the first file: its pattern with something in the place of its signs."""
    pattern = re.sub(r"\[([^]!])[^]]*\]", r"\1", typing.dataset.files).replace("?", "1")
    for filling in ("", "captura", ".xlsx", "captura.xlsx"):
        name = pattern.replace("*", filling)
        if name.endswith(".xlsx") and not ignored(name) and typing.dataset in datasets_of(typing.source, name):
            return name
    raise ContractError(texts.WORKBOOK_REFUSALS["drop_no_name"].format(pattern=typing.dataset.files))


def _change(path: Path, typing: "Typing", wanted: Mapping[tuple[str, ...], FileEdit]) -> set[tuple[str, ...]]:
    """Change every row of a file whose key is wanted, or take it off; the keys that were there."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet, first, columns = _table(book, path.name, typing)
    there: set[tuple[str, ...]] = set()
    gone = []
    for number in range(first + 1, sheet.max_row + 1):
        said = {name: sheet.cell(number, columns[name]).value for name in KEY if name in columns}
        key = tuple(_key_text(said.get(name), name) for name in KEY)
        if key not in wanted:
            continue
        there.add(key)
        if wanted[key].fields is None:
            gone.append(number)
        else:
            _write(sheet, number, columns, wanted[key])
    for number in reversed(gone):
        sheet.delete_rows(number)
    if there:
        book.save(path)
    book.close()
    return there


def _append(path: Path, typing: "Typing", edits: Sequence[FileEdit]) -> None:
    """Add rows to a file; there being none, a new one with the headings of the source."""
    import openpyxl

    if path.exists():
        book = openpyxl.load_workbook(path)
    else:
        book = openpyxl.Workbook()
        title = typing.dataset.format.sheet
        headings = [column.headings[0] for column in typing.dataset.columns.values() if column.headings]
        if book.active is not None:
            book.active.title = title or book.active.title
            book.active.append(headings)
    sheet, first, columns = _table(book, path.name, typing)
    filled = (
        row
        for row in range(first, sheet.max_row + 1)
        if any(sheet.cell(row, number).value is not None for number in columns.values())
    )
    place = max(filled, default=first)
    for number, edit in enumerate(edits, start=place + 1):
        _write(sheet, number, columns, edit)
    book.save(path)
    book.close()


def _table(book: Any, name: str, typing: "Typing") -> tuple[Any, int, dict[str, int]]:
    """Sheet, row of the headings and column of each staged field."""
    wanted = typing.dataset.format.sheet
    sheets = [sheet for sheet in book.worksheets if wanted is None or comparable(sheet.title) == comparable(wanted)]
    known = {
        field: {comparable(heading) for heading in typing.dataset.columns[column].headings}
        for field, column in typing.template.fields.items()
        if isinstance(column, str)
    }
    # As the night reads it: a hidden sheet is not the list, unless it is asked for by its name, nor is a cover.
    for sheet in [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets[:1]:
        for number in range(1, min(sheet.max_row, 10) + 1):
            said = {comparable(str(cell.value)): cell.column for cell in sheet[number] if cell.value is not None}
            found = {field: said[heading] for field, names in known.items() for heading in names if heading in said}
            if {"indicator", "period", "value", "reported_on"} <= set(found):
                return sheet, number, found
    raise ContractError(texts.WORKBOOK_REFUSALS["drop_columns"].format(name=name))


def _write(sheet: Any, number: int, columns: Mapping[str, int], edit: FileEdit) -> None:
    values = dict(zip(KEY, edit.key, strict=True)) | dict(edit.fields or {})
    for name, value in values.items():
        if name not in columns:
            if name in ("disaggregation", "category") and value == _TOTAL:
                continue
            raise ContractError(texts.WORKBOOK_REFUSALS["drop_columns"].format(name=sheet.title))
        cell = sheet.cell(number, columns[name])
        if name in ("disaggregation", "category") and value == _TOTAL:
            value = None
        if isinstance(value, Decimal):
            value = int(value) if value == value.to_integral_value() else float(value)
            if "%" in cell.number_format:  # somebody typed 63% there before: a 63 would be 6300%
                cell.number_format = "General"
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time.min)
            cell.number_format = "dd/mm/yyyy"
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with "=" stays a text


def _key_text(value: Any, name: str) -> str:
    return text(value) or (_TOTAL if name in ("disaggregation", "category") else "")
