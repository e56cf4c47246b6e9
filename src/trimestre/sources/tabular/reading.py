"""A CSV or XLSX file as a table: its header, and the rows below it in batches.

Data flow: file of the drop folder, or landed file -> its layout -> batches of cells -> section of the table -> header
found by its headings -> what is decided for the whole file -> Table.
"""

import itertools
import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import zstandard

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import HEADER_ROWS, Batch, Opener
from trimestre.sources.tabular.csv_files import csv_batches, csv_top
from trimestre.sources.tabular.header import Header, find_header, header_of, header_row, headings_at
from trimestre.sources.tabular.plain import PlainRows
from trimestre.sources.tabular.sections import section_bounds
from trimestre.sources.tabular.sniffing import Layout, bad_byte, sniff
from trimestre.sources.tabular.times import Orders, has_both_orders
from trimestre.sources.tabular.xlsx_files import xlsx_batches
from trimestre.texts import DELIVERED, FOLDER

log = logging.getLogger(__name__)


class Table(NamedTuple):
    """A file being read: the batches of ``body`` are read as they are asked for."""

    header: Header
    body: Iterator[Batch]
    above: list[list[str]]
    """The rows of the file above the body; the last of them (the last two, of a header of two rows) are the header."""
    close: Callable[[], None]
    """Ends the reading before the end of the body."""


def open_landed(path: Path) -> BinaryIO:
    """The content of a landed file as it was received."""
    stream = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)
    return cast(BinaryIO, stream)


def read_table(
    contract: TabularSource, dataset: TabularDataset, opener: Opener, name: str, held_on: date | None = None
) -> Table:
    """The table that a file holds, or the one in its section; ``held_on`` = day of the event that it is about."""
    with _readable(dataset, opener, name):
        layout = sniff(dataset, opener, name, partial(_score, dataset, opener, name))
    table = _table(contract, dataset, opener, name, layout, {})
    undecided = [code for code in table.header.columns if has_both_orders(dataset.columns[code].formats)]
    if not undecided:
        return table
    formats = _decided(dataset, table, undecided, name, held_on)
    return _table(contract, dataset, opener, name, layout, formats)


def _score(dataset: TabularDataset, opener: Opener, name: str, layout: Layout) -> tuple[bool, int]:
    """Whether a CSV has its header with a layout, and how many of its columns."""
    with _readable(dataset, opener, name, layout.encoding):
        rows = _top(dataset, opener, layout)
    try:
        start, stop = section_bounds(dataset, rows, name)
    except PermanentError:
        return False, 0
    found = find_header(dataset, rows[start:stop])
    return found.is_header, found.known


def _top(dataset: TabularDataset, opener: Opener, layout: Layout) -> list[list[str]]:
    """As many rows of a CSV as it takes to find its header: all of them, where it is in a section."""
    rows = csv_top(opener, layout)
    with closing(rows):
        return list(rows if dataset.format.section is not None else itertools.islice(rows, HEADER_ROWS + 1))


def _table(
    contract: TabularSource,
    dataset: TabularDataset,
    opener: Opener,
    name: str,
    layout: Layout,
    formats: dict[str, tuple[str, ...]],
) -> Table:
    batches = _batches(dataset, opener, name, layout)
    if dataset.format.section is not None:
        batches = _at_once(batches)
    first = next(batches, Batch([]))
    start, stop = section_bounds(dataset, first.rows, name)
    top = list(first.rows[: min(stop, start + HEADER_ROWS + 1)])
    if layout.type == "xlsx" and any(column.right_of for column in dataset.columns.values()):
        top = [[*row, ""] for row in top]  # a workbook's rows come without their blank end
    place = start + header_row(dataset, top[start:], name)
    headings = headings_at(dataset, top, place)
    header = header_of(contract, dataset, layout, headings, name, formats)
    begin = place + dataset.format.header_rows
    rest = Batch(first.rows[begin:stop], {index - begin for index in first.broken if begin <= index < stop})
    body: Iterator[Batch] = itertools.chain([rest], batches)
    body = _fitted(body, header.width, name) if layout.type == "xlsx" else _evened(dataset, header, body)
    return Table(header, body, list(first.rows[:begin]), batches.close)


def _batches(dataset: TabularDataset, opener: Opener, name: str, layout: Layout) -> Generator[Batch, None, None]:
    with _readable(dataset, opener, name, layout.encoding):
        if layout.type == "xlsx":
            yield from xlsx_batches(opener, dataset, name)
            return
        rows = _top(dataset, opener, layout)
        start, stop = section_bounds(dataset, rows, name)
        width = len(headings_at(dataset, rows, start + header_row(dataset, rows[start:stop], name)))
        yield from csv_batches(opener, layout, width)


def _at_once(batches: Iterable[Batch]) -> Generator[Batch, None, None]:
    """All batches as one: where a section ends is known only once it was read."""
    rows: list[list[str]] = []
    broken: set[int] = set()
    for batch in batches:
        broken |= {len(rows) + index for index in batch.broken}
        rows += batch.rows
    yield Batch(rows, broken)


@contextmanager
def _readable(dataset: TabularDataset, opener: Opener, name: str, encoding: str = "") -> Iterator[None]:
    """Damaged content and wrong encodings as errors that say what to do."""
    try:
        yield
    except zstandard.ZstdError as error:
        raise PermanentError(DELIVERED["damaged"].format(name=name, kind=type(error).__name__)) from None
    except UnicodeError:
        where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
        offset = bad_byte(opener, encoding)
        raise PermanentError(DELIVERED["encoding"].format(where=where, offset=offset, encoding=encoding)) from None


def _decided(
    dataset: TabularDataset, table: Table, undecided: Sequence[str], name: str, held_on: date | None
) -> dict[str, tuple[str, ...]]:
    """Formats of the columns with day-first and month-first twins: those of the one order that the file has."""
    votes, unsure = Orders(held_on), set()
    for batch in table.body:
        rows = list(batch.rows)
        for code in undecided:
            place = table.header.columns[code]
            cells = [row[place] for row in rows if place < len(row)]
            if votes.add(cells, dataset.columns[code].formats):
                unsure.add(code)
    if unsure and votes.day_first is None:
        log.warning(FOLDER["dates"].format(name=name, columns=", ".join(code for code in undecided if code in unsure)))
    return {code: votes.formats(dataset.columns[code].formats) for code in undecided}


def _fitted(batches: Iterable[Batch], width: int, name: str) -> Iterator[Batch]:
    """Rows as wide as the header: what stands to the right of it, under no heading, is no part of the table."""
    told = False
    for batch in batches:
        if not told and any(len(row) > width for row in batch.rows):
            log.warning(FOLDER["cells_beyond"].format(name=name))
            told = True
        yield Batch([row[:width] + [""] * (width - len(row)) for row in batch.rows])


def _evened(dataset: TabularDataset, header: Header, batches: Iterable[Batch]) -> Iterator[Batch]:
    """Rows of a CSV whose blank end was left out, as Excel does it, or that all end in further separators.

    Whatever else has a wrong number of cells stays as it is, and is no record that can be read: a cell too many that
    is blank may come from a comma within a name, unless no row has as many cells as the header.
    """
    if header.dropped:  # a cell missing in the middle would put what must not be landed under another heading
        yield from batches
        return
    width, needed = header.width, _needed(dataset, header)
    for batch in batches:
        rows = batch.rows
        # Of the others of PlainRows it is known that they are as wide as the header.
        looked_at = sorted(rows.parsed) if isinstance(rows, PlainRows) else range(len(rows))
        odd = [index for index in looked_at if len(rows[index]) != width and index not in batch.broken]
        spare = bool(odd) and not any(len(row) == width and "".join(row).strip() for row in rows)
        for index in odd:
            row = rows[index]
            if needed <= len(row) < width:
                rows[index] = row + [""] * (width - len(row))
            elif spare and not "".join(row[width:]).strip():
                rows[index] = row[:width]
        yield batch


def _needed(dataset: TabularDataset, header: Header) -> int:
    """How many cells of a row must be there for the rest to be blank: all of which something else depends."""
    codes = {code for code, column in dataset.columns.items() if column.required}
    codes.update(*dataset.at_least_one, *({row.when} for row in dataset.rows if row.when is not None))
    return max((place + 1 for code, place in header.columns.items() if code in codes), default=1)
