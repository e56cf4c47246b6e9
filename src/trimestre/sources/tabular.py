"""CSV and XLSX files that people put into a drop folder.

Data flow: drop folder -> fetch (copy once settled, without dropped columns) -> landing -> batches of cells -> header
found by its headings -> records -> rows. A file is read as a stream: what is in memory is one chunk, and the shared
strings of a workbook.
"""

import codecs
import csv
import fnmatch
import hashlib
import io
import itertools
import json
import logging
import re
import shutil
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import openpyxl
import pandas as pd
import zstandard
from openpyxl.cell import WriteOnlyCell

from trimestre.contracts.sources import Column, Constant, FieldSource, RowTemplate, TabularDataset, TabularSource
from trimestre.errors import ContractError, PermanentError
from trimestre.sources.base import Delivery, LandedFile, Landing, RecordChunk, RowFrames
from trimestre.warehouse.entities import ENTITIES

log = logging.getLogger(__name__)

CHUNK_ROWS = 50_000
HEADER_ROWS = 30
"""Titles, logos and blank lines may stand above the header row, but not more than this."""
SETTLE_SECONDS = 2.0
"""A file younger than this may still be written: it is looked at again after as long."""
RECORD_LINES = 200
"""A CSV record over more lines than this has a quote that nobody closed."""
SHEET_ROWS = 1_048_576
_MEMORY = 32 * 1024 * 1024
_YEARS = (1900, 2199)
_SEPARATOR = "\x1f"

UNREADABLE_CELLS = "numero_de_celdas"
UNREADABLE_QUOTES = "comillas"
UNREADABLE_CHARACTER = "caracter_no_valido"

Opener = Callable[[], BinaryIO]


@dataclass
class Batch:
    """Some rows of a file as cells of text; ``broken`` = indices of rows with wrong quotes (one cell: the line)."""

    rows: list[list[str]]
    broken: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Header:
    """The header row of one file."""

    width: int
    columns: dict[str, int]
    """Column of the contract -> place of its cell; a column that the file lacks is left out."""
    dropped: frozenset[int]
    kept: tuple[int, ...]
    """Places of the cells that make a record differ: neither dropped nor ignored."""
    digest: str
    unknown: tuple[str, ...]


class TabularConnector:
    """The connector of one tabular source: ``folder`` is the drop folder of this source."""

    parser_version = "tabular-1"

    def __init__(self, contract: TabularSource, folder: Path) -> None:
        """:class:`ContractError` where the contract asks for fields, formats or an encoding that don't exist."""
        self._contract = contract
        self._folder = folder
        self._datasets = {dataset.dataset: dataset for dataset in contract.datasets}
        for dataset in contract.datasets:
            _check(contract, dataset)

    # -- fetch -----------------------------------------------------------------------------------------------

    def fetch(self, landing: Landing) -> None:
        """Land every settled file of the folder that belongs to a dataset; unchanged ones are known to the landing."""
        with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
            for number, (path, look) in enumerate(self._settled(self._candidates())):
                # The copy is what is landed: nobody writes into it while it is read.
                copy = Path(workroom) / str(number) / path.name
                copy.parent.mkdir()
                try:
                    shutil.copyfile(path, copy)
                except OSError as error:
                    log.warning("%s: found no way to read it (%s); left for the next night.", path.name, error.strerror)
                    continue
                if _look(path) != look:
                    log.warning("%s: found it changing while it was copied; left for the next night.", path.name)
                    continue
                for dataset in self._datasets_of(path.name):
                    landing.store_file(dataset.dataset, dataset.scope, self._without_dropped(dataset, copy))

    def _candidates(self) -> list[Path]:
        source = self._contract.source
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.is_file())
        except FileNotFoundError:
            raise PermanentError(
                f"source {source}: found no folder {self._folder.name!r} in the drop folder, expected one. "
                "Create it and put the files there."
            ) from None
        except OSError as error:
            raise PermanentError(
                f"source {source}: found a folder {self._folder.name!r} that can't be listed ({error.strerror}), "
                "expected a readable one. Give the user of Airflow the right to read it."
            ) from None
        chosen = []
        for path in paths:
            if path.name.startswith(("~$", ".")) or path.name.casefold().endswith((".part", ".tmp")):
                continue
            if self._datasets_of(path.name):
                chosen.append(path)
            else:
                log.warning("source %s: found file %s of no dataset; it is not read.", source, path.name)
        return chosen

    def _datasets_of(self, name: str) -> list[TabularDataset]:
        """Datasets whose pattern the name matches, whatever its case and however its accents are encoded."""
        plain = unicodedata.normalize("NFC", name).casefold()
        return [
            dataset
            for dataset in self._contract.datasets
            if fnmatch.fnmatchcase(plain, unicodedata.normalize("NFC", dataset.files).casefold())
        ]

    @staticmethod
    def _settled(paths: Sequence[Path]) -> list[tuple[Path, tuple[int, int]]]:
        """Those that nobody seems to be writing, with size and time of the look."""
        looks = {path: _look(path) for path in paths}
        now = time.time_ns()
        if any(look and now - look[1] < SETTLE_SECONDS * 1e9 for look in looks.values()):
            time.sleep(SETTLE_SECONDS)
        settled = []
        for path, look in looks.items():
            if look is not None and look == _look(path):
                settled.append((path, look))
            else:
                log.warning("%s: found it still changing; left for the next night.", path.name)
        return settled

    def _without_dropped(self, dataset: TabularDataset, path: Path) -> Path:
        """The file itself, or a copy without the columns that must not be landed: same name, same bytes every time."""
        if not self._contract.drop:
            return path
        target = path.parent / dataset.dataset / path.name
        target.parent.mkdir()
        if dataset.format.type == "csv":
            batches = _csv_batches(lambda: path.open("rb"), dataset, path.name)
            header, body, above = self._table(dataset, batches, path.name)
            _write_csv(dataset, header, above, body, target)
        else:
            batches = _xlsx_batches(lambda: path.open("rb"), dataset, path.name)
            header, _, above = self._table(dataset, batches, path.name)
            batches.close()
            _write_xlsx(dataset, header, len(above) - 1, path, target)
        return target

    # -- parse -----------------------------------------------------------------------------------------------

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """One per dataset and scope: two files of one scope in one batch are one snapshot together."""
        complete = self._contract.delivers == "snapshot per file scope"
        scopes = dict.fromkeys((file.dataset, file.scope) for file in files)
        return [Delivery(dataset, scope, complete) for dataset, scope in scopes]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """The records of the files in order.

        A record is one row below the header; its position counts these rows from 1, blank ones included, so that in
        a file whose header is its first line and whose cells hold no line breaks, position 1 is line 2.
        """
        for file in files:
            dataset = self._datasets.get(file.dataset)
            if dataset is None:
                raise PermanentError(
                    f"landed file {file.original_name}: found dataset {file.dataset!r}, expected one of: "
                    f"{', '.join(self._datasets)}. Put the dataset back into sources/{self._contract.source}.yaml."
                )
            yield from self._chunks_of(dataset, file)

    def _chunks_of(self, dataset: TabularDataset, file: LandedFile) -> Iterator[RecordChunk]:
        read = _csv_batches if dataset.format.type == "csv" else _xlsx_batches
        batches = read(lambda: _landed(file.path), dataset, file.original_name)
        header, body, _ = self._table(dataset, batches, file.original_name)
        if header.unknown:
            log.warning("%s: found headings of no column: %s.", file.original_name, ", ".join(header.unknown))
        ordinal = 1
        for batch in body:
            if batch.rows:
                yield _chunk(self._contract, dataset, header, file, batch, ordinal)
                ordinal += len(batch.rows)

    def _table(
        self, dataset: TabularDataset, batches: Iterator[Batch], name: str
    ) -> tuple[Header, Iterator[Batch], list[list[str]]]:
        """Header, the rows below it, and the rows above it together with the header row itself."""
        first = next(batches, Batch([]))
        place = _header_row(dataset, first.rows[:HEADER_ROWS], name)
        header = _header(self._contract, dataset, first.rows[place], name)
        rest = Batch(first.rows[place + 1 :], {index - place - 1 for index in first.broken if index > place})
        width = header.width
        fitted: Iterator[Batch] = itertools.chain([rest], batches)
        if dataset.format.type == "xlsx":
            fitted = _fitted(fitted, width, name)
        return header, fitted, first.rows[: place + 1]


def _look(path: Path) -> tuple[int, int] | None:
    """Size and time of change, or null when the file is gone."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_size, seen.st_mtime_ns


# -- the contract ----------------------------------------------------------------------------------------------


def _check(contract: TabularSource, dataset: TabularDataset) -> None:
    """What the YAML model can't know: the entities' fields, encodings, strptime formats."""
    where = f"{contract.source}.yaml: dataset {dataset.dataset}"
    try:
        "".encode(dataset.format.encoding)
    except LookupError:
        raise ContractError(
            f"{where}: encoding: found {dataset.format.encoding!r}, expected one that Python knows. "
            "Write utf-8-sig, cp1252 or utf-16."
        ) from None
    if dataset.format.separator in '"\r\n':
        raise ContractError(f"{where}: separator: found a quote or line break, expected a comma, semicolon or tab.")
    unknown = sorted(set(dataset.ignore_columns) - set(dataset.columns))
    if unknown:
        raise ContractError(f"{where}: ignore_columns: found {unknown}, expected declared columns. Correct the names.")
    dropped = {_plain(heading) for heading in contract.drop}
    for name, column in dataset.columns.items():
        if column.required and all(_plain(heading) in dropped for heading in column.headings):
            raise ContractError(
                f"{where}: column {name}: found its headings under `drop`, expected a required column to stay. "
                "Remove it from `drop` or from `columns`."
            )
        for strptime in column.formats:
            _check_format(f"{where}: column {name}", strptime)
    for template in dataset.rows:
        _check_template(where, template)


def _check_format(where: str, strptime: str) -> None:
    try:
        # A format such as "mixed" would be taken for one of pandas' own, which guess day and month cell by cell.
        if "%" not in strptime:
            raise ValueError
        pd.to_datetime(pd.Series(["0"]), format=strptime, errors="coerce")
    except ValueError:
        raise ContractError(
            f"{where}: formats: found {strptime!r}, expected a strptime format. Write one such as %d/%m/%Y %H:%M."
        ) from None


def _check_template(where: str, template: RowTemplate) -> None:
    entity = ENTITIES[template.entity]
    account_fields = ("local_id", "email") if entity.has_account else ()
    for name in template.fields:
        if name not in entity.fields and name not in account_fields:
            raise ContractError(
                f"{where}: rows of {entity.name}: found the field {name!r}, expected one of: "
                f"{', '.join(dict.fromkeys((*account_fields, *entity.fields)))}. Correct the name."
            )
    if account_fields and not set(account_fields) & set(template.fields):
        raise ContractError(
            f"{where}: rows of {entity.name}: found neither local_id nor email, expected one of them. "
            "Add the column that says whose row it is."
        )


# -- header ----------------------------------------------------------------------------------------------------


def _normal(text: str) -> str:
    """A heading as it is compared: NFC, without marks that nobody sees, blanks collapsed, case folded."""
    visible = text.replace("\ufeff", "").replace("\u200b", "")
    return unicodedata.normalize("NFC", " ".join(visible.split()).casefold())


def _plain(text: str) -> str:
    """A heading without its accents."""
    parts = unicodedata.normalize("NFD", _normal(text))
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


def _places(column: Column, row: Sequence[str]) -> list[int]:
    """Where a column's headings stand in a row: with their accents or, failing that, without."""
    for form in (_normal, _plain):
        wanted = {form(heading) for heading in column.headings}
        found = [place for place, cell in enumerate(row) if cell and form(cell) in wanted]
        if found:
            return found
    return []


def _header_row(dataset: TabularDataset, rows: Sequence[Sequence[str]], name: str) -> int:
    """Index of the first row that holds every required heading."""
    required = {code: column for code, column in dataset.columns.items() if column.required}
    best: tuple[int, Sequence[str], list[str]] = (0, (), [column.headings[0] for column in required.values()])
    for place, row in enumerate(rows):
        known = [bool(_places(column, row)) for column in dataset.columns.values()]
        missing = [column.headings[0] for column in required.values() if not _places(column, row)]
        # Without a required column any known heading makes a row the header.
        if not missing and any(known):
            return place
        if sum(known) > best[0]:
            best = (sum(known), row, missing)
    # A row that shares but one word with the contract may be a person's data: it is not shown.
    headings = [" ".join(cell.split()) for cell in best[1] if cell.strip()] if best[0] > 1 else []
    found = f"the headings {', '.join(headings)}" if headings else f"no header in the first {HEADER_ROWS} rows"
    raise PermanentError(
        f"{name}, dataset {dataset.dataset}, columns gone: found {found}, expected also: {', '.join(best[2])}. "
        "Export the file anew with these columns, or add the new headings to the source's YAML."
    )


def _header(contract: TabularSource, dataset: TabularDataset, row: Sequence[str], name: str) -> Header:
    # A workbook's rows come without their blank end; a CSV's have as many cells as its header, blank or not.
    columns: dict[str, int] = {}
    for code, column in dataset.columns.items():
        places = _places(column, row)
        if len(places) > 1:
            twice = ", ".join(" ".join(row[place].split()) for place in places)
            raise PermanentError(
                f"{name}, dataset {dataset.dataset}: found {len(places)} headings of the column {code} ({twice}), "
                "expected one. Remove or rename one of them."
            )
        if places:
            columns[code] = places[0]
    gone = {_plain(heading) for heading in contract.drop}
    dropped = frozenset(place for place, cell in enumerate(row) if cell and _plain(cell) in gone)
    ignored = {columns[code] for code in dataset.ignore_columns if code in columns}
    kept = tuple(place for place in range(len(row)) if place not in dropped and place not in ignored)
    known = {*columns.values(), *dropped}
    return Header(
        width=len(row),
        columns={code: place for code, place in columns.items() if place not in dropped},
        dropped=dropped,
        kept=kept,
        digest=hashlib.sha256(json.dumps([_normal(row[place]) for place in kept]).encode("ascii")).hexdigest(),
        unknown=tuple(" ".join(cell.split()) for i, cell in enumerate(row) if cell.strip() and i not in known),
    )


# -- CSV -------------------------------------------------------------------------------------------------------


def _landed(path: Path) -> BinaryIO:
    """The content of a landed file as it was received."""
    stream = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)
    return cast(BinaryIO, stream)


def _csv_batches(opener: Opener, dataset: TabularDataset, name: str) -> Generator[Batch, None, None]:
    """The rows of a CSV in batches of some :data:`CHUNK_ROWS` lines.

    Python's csv module rather than pandas: as fast for text, and it says where the lines of a record begin, so that a
    broken quote costs its own line and not the file.
    """
    encoding, separator = dataset.format.encoding, dataset.format.separator
    try:
        with opener() as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as lines:
            left = list(itertools.islice(lines, min(CHUNK_ROWS, HEADER_ROWS * RECORD_LINES)))
            above, _ = _row_by_row(left.copy(), iter(()), separator)
            rows = above.rows[:HEADER_ROWS]
            width = len(rows[_header_row(dataset, rows, name)])
            while block := left + list(itertools.islice(lines, max(CHUNK_ROWS - len(left), 0))):
                clean = _one_row_a_line(block, separator)
                batch, left = (Batch(clean), []) if clean else _row_by_row(block, lines, separator, width)
                yield batch
    except UnicodeError:
        raise PermanentError(
            f"{name}, dataset {dataset.dataset}: found bytes at offset {_bad_byte(opener, encoding)} that are not "
            f"{encoding}, expected a file in that encoding. Export it anew, or correct `encoding` in the source's YAML "
            "(cp1252 for a CSV saved by Spanish Excel, utf-8-sig for UTF-8, utf-16 for Unicode text)."
        ) from None
    except zstandard.ZstdError as error:
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> PermanentError:
    return PermanentError(
        f"landed file of {name}: found damaged content ({type(error).__name__}), expected what was landed. "
        "Restore it from a backup, or withdraw its batch and deliver the file again."
    )


def _bad_byte(opener: Opener, encoding: str) -> int:
    """Offset of the first byte that the encoding does not know."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with opener() as raw:
        while True:
            block = raw.read(1 << 16)
            read += len(block)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                # What the decoder looked at may begin with bytes it had kept from the block before.
                return read - len(error.object) + error.start
            except UnicodeError:
                return 0
            if not block:
                return read


def _one_row_a_line(block: list[str], separator: str) -> list[list[str]] | None:
    """The rows of a block in which every line is a well-formed record of its own, else null."""
    try:
        rows = list(csv.reader(block, delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows if len(rows) == len(block) else None


class _Window:
    """The lines of a block and, where a record runs over its end, of the file; begins anew at any of them."""

    def __init__(self, lines: list[str], more: Iterator[str]) -> None:
        self.lines = lines
        self._more = more
        self.first = 0
        self.next = 0

    def __iter__(self) -> "_Window":
        return self

    def __next__(self) -> str:
        if self.next - self.first >= RECORD_LINES:
            raise StopIteration
        if self.next == len(self.lines):
            self.lines.append(next(self._more))
        self.next += 1
        return self.lines[self.next - 1]


def _row_by_row(block: list[str], more: Iterator[str], separator: str, width: int = 0) -> tuple[Batch, list[str]]:
    """The rows of a block with cells over several lines or with broken quotes, and lines read too many.

    A quote that is opened and not closed would swallow the records after it. Such a line is given up alone and reading
    goes on with the next one.
    """
    end = len(block)
    window = _Window(block, more)
    batch = Batch([])
    reader = csv.reader(window, delimiter=separator, strict=True)
    while window.next < end:
        start = window.first = window.next
        cells: list[str] | None
        try:
            cells = next(reader)
        except (csv.Error, StopIteration):
            cells = None
        if cells is None or _swallowed(window.lines[start + 1 : window.next - 1], width, separator):
            batch.broken.add(len(batch.rows))
            cells = [window.lines[start].rstrip("\r\n")]
            window.next = start + 1
            reader = csv.reader(window, delimiter=separator, strict=True)
        batch.rows.append(cells)
    return batch, window.lines[window.next :]


def _swallowed(inside: Sequence[str], width: int, separator: str) -> bool:
    """Whether a line wholly inside of a cell looks like a record: two broken quotes may close each other.

    Not told for tables of less than four columns, where a sentence with a comma would look like a record, too.
    """
    return width >= 4 and any(
        line.count(separator) >= width - 1 and '"' not in line.replace('""', "") for line in inside
    )


def _write_csv(
    dataset: TabularDataset, header: Header, above: list[list[str]], body: Iterable[Batch], target: Path
) -> None:
    """A copy without the dropped columns. A row with broken quotes or a wrong number of cells may hold what must not
    be landed in any of its cells: what remains of it is that it was there.
    """
    places = [place for place in range(header.width) if place not in header.dropped]
    with target.open("w", encoding=dataset.format.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=dataset.format.separator, lineterminator="\r\n")
        writer.writerows(above[:-1])
        writer.writerow([above[-1][place] for place in places])
        ordinal = 0
        for batch in body:
            for index, row in enumerate(batch.rows):
                ordinal += 1
                if index not in batch.broken and len(row) == header.width:
                    writer.writerow([row[place] for place in places])
                elif "".join(row).strip():
                    writer.writerow([f"?{ordinal}"] * (len(places) + 1))
                else:
                    writer.writerow([])


# -- XLSX ------------------------------------------------------------------------------------------------------


def _xlsx_batches(opener: Opener, dataset: TabularDataset, name: str) -> Generator[Batch, None, None]:
    """The rows of a sheet as text, without the blank end of each."""
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY) as content:
        try:
            with opener() as raw:
                shutil.copyfileobj(raw, content)
        except zstandard.ZstdError as error:
            raise _damaged(name, error) from None
        rows = _sheet_rows(content, dataset, name)
        while part := list(itertools.islice(rows, CHUNK_ROWS)):
            yield Batch([_texts(row) for row in part])


def _sheet_rows(content: IO[bytes], dataset: TabularDataset, name: str) -> Iterator[tuple[Any, ...]]:
    """The values of a sheet row by row; what openpyxl raises at a damaged workbook is of every class there is."""
    books = []
    try:
        books.append(openpyxl.load_workbook(content, read_only=True, data_only=True, keep_links=False))
        sheet = _sheet(books[0], dataset, name)
        if not _never_calculated(content):
            yield from sheet.iter_rows(max_row=SHEET_ROWS, values_only=True)
            return
        # A workbook written by a program holds formulas without results: shown as text they are found by validation,
        # left out they would be empty cells.
        books.append(openpyxl.load_workbook(content, read_only=True, keep_links=False))
        formulas = _sheet(books[1], dataset, name).iter_rows(max_row=SHEET_ROWS, values_only=True)
        for values, texts in zip(sheet.iter_rows(max_row=SHEET_ROWS, values_only=True), formulas, strict=True):
            yield tuple(_formula(text) if value is None else value for value, text in zip(values, texts, strict=True))
    except PermanentError:
        raise
    except Exception as error:
        raise PermanentError(
            f"{name}, dataset {dataset.dataset}: found no workbook that can be read ({type(error).__name__}), expected "
            "an XLSX file without a password. Open it in Excel or LibreOffice and save it as .xlsx."
        ) from None
    finally:
        for book in books:
            book.close()


def _sheet(book: Any, dataset: TabularDataset, name: str) -> Any:
    wanted = dataset.format.sheet
    names = [sheet.title for sheet in book.worksheets]
    matching = [sheet for sheet in book.worksheets if wanted is None or _normal(sheet.title) == _normal(wanted)]
    if not matching:
        raise PermanentError(
            f"{name}, dataset {dataset.dataset}: found the sheets {', '.join(names) or 'none'}, expected "
            f"{wanted or 'one'}. Rename the sheet, or correct `sheet` in the source's YAML."
        )
    sheet = matching[0]
    # The size that a workbook claims for its sheet is often wrong; the rows say themselves how wide they are.
    sheet.reset_dimensions()
    return sheet


_UNCALCULATED = re.compile(rb'<c(?![^>]*\bt="str")[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>')


def _never_calculated(content: IO[bytes]) -> bool:
    """Whether a sheet holds a formula without a result (a result that is an empty text has its type on it)."""
    with zipfile.ZipFile(content) as archive:
        for part in archive.namelist():
            if not part.startswith("xl/worksheets/") or not part.endswith(".xml"):
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
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _fitted(batches: Iterable[Batch], width: int, name: str) -> Iterator[Batch]:
    """Rows as wide as the header: what stands to the right of it, under no heading, is no part of the table."""
    told = False
    for batch in batches:
        if not told and any(len(row) > width for row in batch.rows):
            log.warning("%s: found cells to the right of the last heading; they are not read.", name)
            told = True
        yield Batch([row[:width] + [""] * (width - len(row)) for row in batch.rows])


def _write_xlsx(dataset: TabularDataset, header: Header, place: int, path: Path, target: Path) -> None:
    """A workbook with the values of one sheet, without the dropped columns and what stands right of the header."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(dataset.format.sheet or "Hoja1")
    places = [index for index in range(header.width) if index not in header.dropped]
    try:
        with path.open("rb") as content:
            for number, row in enumerate(_sheet_rows(content, dataset, path.name)):
                chosen = row if number < place else [row[index] if index < len(row) else None for index in places]
                sheet.append([_cell(sheet, value) for value in chosen])
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


# -- records and rows ------------------------------------------------------------------------------------------


def _chunk(
    contract: TabularSource, dataset: TabularDataset, header: Header, file: LandedFile, batch: Batch, first: int
) -> RecordChunk:
    rows, width, kept = batch.rows, header.width, header.kept
    whole = len(kept) == width
    joined = [_SEPARATOR.join(row if whole or len(row) != width else [row[place] for place in kept]) for row in rows]
    records: list[bytes] = []
    unreadable: dict[int, str] = {}
    for index, text in enumerate(joined):
        if not text.strip():  # the separator counts as a blank, too
            records.append(b"")
            continue
        row = rows[index]
        if index in batch.broken:
            unreadable[index] = UNREADABLE_QUOTES
        elif len(row) != width:
            unreadable[index] = UNREADABLE_CELLS
        elif "\x00" in text:  # neither PostgreSQL nor the person who reads it can do anything with it
            unreadable[index] = UNREADABLE_CHARACTER
        if text.count(_SEPARATOR) != (len(kept) if len(row) == width else len(row)) - 1:
            # The separator itself in a cell: other cells could give the same text.
            text = json.dumps([row[place] for place in kept] if len(row) == width else row)
        try:
            records.append(f"{header.digest}{_SEPARATOR}{text}".encode())
        except UnicodeEncodeError:  # half a surrogate pair, which some encodings let through
            records.append(f"{header.digest}{_SEPARATOR}{text}".encode("utf-8", "surrogatepass"))
            unreadable.setdefault(index, UNREADABLE_CHARACTER)

    def make(indices: Sequence[int]) -> RowFrames:
        chosen = [index for index in indices if records[index] and index not in unreadable]
        return _Table(contract, dataset, header, rows, chosen).frames() if chosen else {}

    return RecordChunk(
        dataset=file.dataset,
        scope=file.scope,
        landed_file_id=file.landed_file_id,
        positions=[str(ordinal) for ordinal in range(first, first + len(rows))],
        records=records,
        rows=make,
        unreadable=unreadable,
    )


class _Table:
    """The chosen records of a chunk, column by column."""

    def __init__(
        self,
        contract: TabularSource,
        dataset: TabularDataset,
        header: Header,
        rows: Sequence[Sequence[str]],
        chosen: Sequence[int],
    ) -> None:
        self._contract, self._dataset, self._header = contract, dataset, header
        self._rows = [rows[index] for index in chosen]
        self._records = np.asarray(chosen, dtype=np.int64)
        self._columns: dict[str, pd.Series] = {}

    def frames(self) -> RowFrames:
        """The rows of each entity in the order of their records."""
        made: dict[str, list[pd.DataFrame]] = {}
        for template in self._dataset.rows:
            frame = self._frame(template)
            if len(frame):
                made.setdefault(template.entity, []).append(frame)
        return {entity: frames[0] if len(frames) == 1 else _together(frames) for entity, frames in made.items()}

    def _frame(self, template: RowTemplate) -> pd.DataFrame:
        entity = ENTITIES[template.entity]
        values = {name: self._field(source) for name, source in template.fields.items()}
        if entity.has_account:
            account = values.get("local_id", self._nothing())
            if "email" in values:
                account = account.fillna(values["email"].str.casefold())
            values = {"account_ref": account} | {name: value for name, value in values.items() if name in entity.fields}
        if template.entity == "reported_value":
            for name in ("disaggregation", "category"):
                values[name] = values.get(name, self._nothing()).fillna("total")
        frame = pd.DataFrame({"record": self._records, "out_of_scope": self._nothing(), **values})
        if template.when is None:
            return frame
        return frame[self._column(template.when).notna()].reset_index(drop=True)

    def _field(self, source: FieldSource) -> pd.Series:
        if isinstance(source, str):
            return self._column(source)
        if isinstance(source, Constant):
            return self._texts([source.value] * len(self._rows))
        filled = self._column(source.column).notna()
        return self._texts(np.where(filled, source.filled, source.blank).tolist())

    def _column(self, name: str) -> pd.Series:
        """A column's values, normalised as the contract says; made once."""
        if name not in self._columns:
            self._columns[name] = self._normalised(name)
        return self._columns[name]

    def _normalised(self, name: str) -> pd.Series:
        place = self._header.columns.get(name)
        if place is None:
            return self._nothing()
        cells = self._texts([row[place].strip() or None for row in self._rows])
        foreign = cells.notna() & ~cells.str.isascii().astype(bool)
        if foreign.any():
            cells = cells.mask(foreign, cells[foreign].str.normalize("NFC"))
        column = self._dataset.columns[name]
        if column.values:
            known = {unicodedata.normalize("NFC", key.strip()): value.strip() for key, value in column.values.items()}
            mapped = self._texts(cells.map(known))
            cells = mapped.fillna(cells)
            cells = cells.mask(cells == "")
        if column.type == "text":
            return cells
        if column.type == "number":
            return _numbers(cells)
        times = _Times(cells, column.formats, self._contract.timezone)
        return times.instants() if column.type == "instant" else times.dates()

    def _nothing(self) -> pd.Series:
        return self._texts([None] * len(self._rows))

    @staticmethod
    def _texts(values: Any) -> pd.Series:
        return pd.Series(values, dtype="str")


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several templates of one entity, record by record."""
    return pd.concat(frames).sort_values("record", kind="stable", ignore_index=True)


_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
_SCIENTIFIC = r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}"


def _numbers(cells: pd.Series) -> pd.Series:
    """Plain decimal text; what is no number stays as it came."""
    grouped = cells.str.fullmatch(_GROUPED)
    plain = cells.str.fullmatch(_NUMBER)
    scientific = cells.str.fullmatch(_SCIENTIFIC)
    if grouped.any():
        cells = cells.mask(grouped, cells[grouped].str.replace(",", "", regex=False))
    if scientific.any():  # how Python writes very small and very large cells of a workbook
        cells = cells.mask(scientific, cells[scientific].map(lambda text: format(Decimal(text), "f")).astype("str"))
    numbers = grouped | plain | scientific
    return cells.mask(numbers, cells[numbers].str.removeprefix("+")) if numbers.any() else cells


_ISO_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
_ISO_ZONED = _ISO_LOCAL + r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"


class _Times:
    """Cells with dates or times: in the declared formats, in order, else ISO 8601 (as a workbook's dates come).

    ``local`` are wall-clock times of ``zone``, ``zoned`` instants in UTC; at most one of both is set for a cell.
    """

    def __init__(self, cells: pd.Series, formats: Sequence[str], zone: str) -> None:
        self._cells, self._zone = cells, zone
        self.local = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
        self.zoned = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us, UTC]")
        for strptime in formats:
            self._read(self._left(), strptime, zoned="%z" in strptime)
        self._read(self._left() & cells.str.fullmatch(_ISO_LOCAL), "ISO8601", zoned=False)
        self._read(self._left() & cells.str.fullmatch(_ISO_ZONED), "ISO8601", zoned=True)

    def _left(self) -> pd.Series:
        """Cells not understood yet. Only those with a digit: pandas takes «today» and «now» for dates."""
        return self._cells.str.contains(r"[0-9]", na=False) & self.local.isna() & self.zoned.isna()

    def _read(self, chosen: pd.Series, strptime: str, *, zoned: bool) -> None:
        if not chosen.any():
            return
        read: pd.Series = pd.to_datetime(self._cells[chosen], format=strptime, errors="coerce", utc=zoned)
        # Years as 0020 or 9999 are slips of the keyboard: they stay as they came, and validation says so.
        read = read[read.dt.year.between(*_YEARS)]
        target = self.zoned if zoned else self.local
        target.loc[read.index] = read.astype(target.dtype)

    def instants(self) -> pd.Series:
        """ISO 8601 in UTC. Of an hour that is there twice the first is meant; one that is skipped is its end."""
        local = self.local.dropna()
        # The tz database is asked once; both rules are the same every night.
        utc = local.dt.tz_localize(
            self._zone, ambiguous=np.ones(len(local), dtype=bool), nonexistent="shift_forward"
        ).dt.tz_convert("UTC")
        instants = pd.concat([utc, self.zoned.dropna()]).dt.tz_localize(None)
        return self._written(instants, lambda values: np.char.add(_iso(values), "+00:00"))

    def dates(self) -> pd.Series:
        """``YYYY-MM-DD``; of an instant with its zone, the local day of the source."""
        days = pd.concat([self.local.dropna(), self.zoned.dropna().dt.tz_convert(self._zone).dt.tz_localize(None)])
        return self._written(days, lambda values: np.datetime_as_string(values, unit="D", casting="unsafe"))

    def _written(self, times: pd.Series, write: Callable[[Any], Any]) -> pd.Series:
        if times.empty:
            return self._cells
        texts = pd.Series(write(times.to_numpy("datetime64[us]")).tolist(), index=times.index, dtype="str")
        return texts.reindex(self._cells.index).fillna(self._cells)


def _iso(values: Any) -> Any:
    """Times to the second; to the microsecond where one has a fraction."""
    texts = np.datetime_as_string(values, unit="s", casting="unsafe")
    fraction = values != values.astype("datetime64[s]")
    if fraction.any():
        texts = texts.astype("U26")
        texts[fraction] = np.datetime_as_string(values[fraction], unit="us")
    return texts
