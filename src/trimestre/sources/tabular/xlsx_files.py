"""XLSX files: the rows of a sheet as text, and copies without the dropped columns.

Data flow: workbook -> values of one sheet (formulas where there is no result) -> batches of cells; values ->
write_xlsx -> file to be landed, the same bytes for the same rows.
"""

import itertools
import re
import shutil
import tempfile
import zipfile
from collections.abc import Generator, Iterator, Sequence
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

import openpyxl
from openpyxl.cell import WriteOnlyCell

from trimestre.contracts.sources import TabularDataset
from trimestre.contracts.tabular import Threshold, parts_of
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import CHUNK_ROWS, HEADER_ROWS, Batch, Opener
from trimestre.sources.tabular.header import Header, above_landed, find_header
from trimestre.sources.tabular.matching import normal
from trimestre.sources.tabular.sections import section_bounds
from trimestre.texts import DELIVERED

SHEET_ROWS = 1_048_576
_MEMORY = 32 * 1024 * 1024
_UNCALCULATED = re.compile(rb'<c(?![^<>]*\bt="str")[^<>]*>\s*<f[^<>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')
"""No part runs over the next "<": what is made to be read over and over takes no longer than anything else."""

_SIGNS_ONLY = re.compile(r'"[^"]*"|\\.')
"""What of a number's format is printed as it stands: in ``0"%"`` a sign and no percentage."""

MOST_BYTES = 4 * 1024**3
"""All parts of a workbook together, unpacked. A sheet is read as a stream; the limit is for the time that takes."""
MOST_BYTES_HELD = 128 * 1024**2
"""A part that is held in memory, unpacked: the shared texts, above all."""
_SHRUNK, _SMALL = 250, 1024**2
"""A part above the second that shrank to less than one in the first of its bytes was made to do harm."""

MOST_CELLS = 16_000_000
"""Cells of a batch, blank ones within a row included: a few cells in the last column would fill the memory."""


def xlsx_batches(opener: Opener, dataset: TabularDataset, name: str) -> Generator[Batch, None, None]:
    """The rows of a sheet as text, without the blank end of each."""
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as content:
        with opener() as raw:
            shutil.copyfileobj(raw, content)
        rows = _sheet_rows(content, dataset, name)
        while part := _batch(rows, name):
            yield Batch(part)


def _batch(rows: Iterator[tuple[Any, ...]], name: str) -> list[list[str]]:
    """The texts of the next rows; :class:`PermanentError` when they are wider than any table."""
    part: list[list[str]] = []
    cells = 0
    for row in itertools.islice(rows, CHUNK_ROWS):
        part.append(_texts(row))
        cells += len(part[-1])
        if cells > MOST_CELLS:
            said = DELIVERED["too_wide"]
            raise PermanentError(said.format(name=name, most=f"{MOST_CELLS:,}", rows=f"{len(part):,}"))
    return part


def _sheet_rows(content: IO[bytes], dataset: TabularDataset, name: str) -> Iterator[tuple[Any, ...]]:
    """The values of a sheet row by row; what openpyxl raises at a damaged workbook is of every class there is."""
    books = []
    try:
        _check_archive(content, name)
        books.append(openpyxl.load_workbook(content, read_only=True, data_only=True, keep_links=False))
        sheet = _sheet(books[0], dataset, name)
        if not _never_calculated(content):
            yield from _values(sheet, dataset)
            return
        # A workbook written by a program holds formulas without results: shown as text they are found by validation,
        # left out they would be empty cells.
        books.append(openpyxl.load_workbook(content, read_only=True, keep_links=False))
        formulas = _sheet(books[1], dataset, name).iter_rows(max_row=SHEET_ROWS, values_only=True)
        for values, texts in zip(_values(sheet, dataset), formulas, strict=True):
            yield tuple(_formula(text) if value is None else value for value, text in zip(values, texts, strict=True))
    except PermanentError:
        raise
    except Exception as error:
        where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
        raise PermanentError(DELIVERED["unreadable"].format(where=where, kind=type(error).__name__)) from None
    finally:
        for book in books:
            book.close()


def _values(sheet: Any, dataset: TabularDataset) -> Iterator[tuple[Any, ...]]:
    """The values of a sheet row by row. Where a dataset asks for numbers, a share is what people read: for 63% a
    workbook keeps 0.63."""
    if not _asks_for_numbers(dataset):
        yield from sheet.iter_rows(max_row=SHEET_ROWS, values_only=True)
        return
    for row in sheet.iter_rows(max_row=SHEET_ROWS):
        yield tuple(map(_as_read, row))


def _asks_for_numbers(dataset: TabularDataset) -> bool:
    sources = (part for row in dataset.rows for field in row.fields.values() for part in parts_of(field))
    return any(column.type == "number" for column in dataset.columns.values()) or any(
        isinstance(part, Threshold) for part in sources
    )


def _as_read(cell: Any) -> Any:
    value = cell.value
    if not isinstance(value, int | float) or isinstance(value, bool) or "%" not in (cell.number_format or ""):
        return value
    return f"{(100 * Decimal(str(value))).normalize():f}%" if "%" in _SIGNS_ONLY.sub("", cell.number_format) else value


def _check_archive(content: IO[bytes], name: str) -> None:
    """Refuse a workbook that unpacks to more than any table, before anything of it is unpacked.

    What a ZIP says of its parts is what its reader goes by: no part gives more bytes than it says.
    """
    with zipfile.ZipFile(content) as archive:
        parts = archive.infolist()
    held = max((part.file_size for part in parts if not _is_sheet(part.filename)), default=0)
    shrunk = any(part.file_size > _SMALL and part.file_size > _SHRUNK * part.compress_size for part in parts)
    if shrunk or held > MOST_BYTES_HELD or sum(part.file_size for part in parts) > MOST_BYTES:
        raise PermanentError(DELIVERED["unpacks"].format(name=name))


def _is_sheet(part: str) -> bool:
    return part.startswith("xl/worksheets/") and part.endswith(".xml")


def _sheet(book: Any, dataset: TabularDataset, name: str) -> Any:
    wanted = dataset.format.sheet
    names = [sheet.title for sheet in book.worksheets]
    matching = [sheet for sheet in book.worksheets if wanted is None or normal(sheet.title) == normal(wanted)]
    if not matching:
        where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
        found = ", ".join(names) or DELIVERED["no_sheet"]
        raise PermanentError(
            DELIVERED["sheets"].format(where=where, found=found, wanted=wanted or DELIVERED["any_sheet"])
        )
    for sheet in matching:
        # The size that a workbook claims for its sheet is often wrong; the rows say themselves how wide they are.
        sheet.reset_dimensions()
    # Unless it is asked for by its name, a hidden sheet is not the list: last month's copy, or the options of a menu.
    shown = [sheet for sheet in matching if sheet.sheet_state == "visible"] or matching[:1]
    if len(shown) == 1 or dataset.format.section is not None:
        return shown[0]
    # Nor is a cover. Of a sheet a month, the first alone would be read, and nobody would miss the others.
    holding = [sheet for sheet in shown if _holds_rows(sheet, dataset)]
    if len(holding) > 1:
        found = ", ".join(sheet.title for sheet in holding)
        where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
        raise PermanentError(DELIVERED["several_sheets"].format(where=where, found=found))
    return (holding or shown)[0]


def _holds_rows(sheet: Any, dataset: TabularDataset) -> bool:
    """Whether a sheet holds the table of a dataset, and something below its header."""
    rows = [_texts(row) for row in sheet.iter_rows(max_row=HEADER_ROWS + 10, values_only=True)]
    found = find_header(dataset, rows)
    return found.is_header and any(rows[found.row + dataset.format.header_rows :])


def _never_calculated(content: IO[bytes]) -> bool:
    """Whether a sheet holds a formula without a result (a result that is an empty text has its type on it)."""
    with zipfile.ZipFile(content) as archive:
        for part in archive.namelist():
            if not _is_sheet(part):
                continue
            with archive.open(part) as xml:
                tail = b""
                while block := xml.read(1 << 20):
                    window = tail + block
                    if b"<f" in window and _UNCALCULATED.search(window):
                        return True
                    tail = window[-16_384:]
    return False


def _formula(text: Any) -> Any:
    """The text of a formula; array formulas and data tables come as objects."""
    return text if text is None or isinstance(text, str) else str(getattr(text, "text", None) or "=")


def _texts(row: Sequence[Any]) -> list[str]:
    cells = [value if isinstance(value, str) else _text(value) for value in row]
    while cells and not cells[-1].strip():
        cells.pop()
    # Excel's escape of the line break of old Macintoshes and Windows, which openpyxl leaves as it is.
    return [cell.replace("_x000D_", "") if "_x000D_" in cell else cell for cell in cells]


def _text(value: Any) -> str:
    """A cell's value as text: dates in ISO local time, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time_of_day):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def write_xlsx(dataset: TabularDataset, header: Header, place: int, path: Path, target: Path) -> None:
    """A workbook with the values of one sheet, without the dropped columns and what stands right of the header."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(dataset.format.sheet or "Hoja1")
    try:
        with path.open("rb") as content:
            rows = _sheet_rows(content, dataset, path.name)
            above = [_texts(row) for row in itertools.islice(rows, place + 1)]
            if dataset.format.section is not None:
                below = list(rows)
                _, stop = section_bounds(dataset, above + [_texts(row) for row in below], path.name)
                rows = iter(below[: stop - place - 1])
            body = ([row[index] if index < len(row) else None for index in header.landed] for row in rows)
            for row in itertools.chain(above_landed(dataset, header, above), body):
                sheet.append([_cell(sheet, value) for value in row])
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as written:
            book.save(cast(IO[bytes], written))
            _repack(cast(IO[bytes], written), target)
    finally:
        book.close()


def _cell(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with "=" stays a text
    return cell


def _repack(written: IO[bytes], target: Path) -> None:
    """The same archive without the moment of writing: the same rows give the same bytes."""
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(source.namelist()):
            content = source.read(part)
            if part == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", content)
            archive.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
