"""A CSV or XLSX file as a table: its header, and the rows below it in batches.

Data flow: file of the drop folder, or landed file -> batches of cells -> header found by its headings -> Table.
"""

import itertools
import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import zstandard

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import HEADER_ROWS, Batch, Header, Opener, header_of, header_row
from trimestre.sources.tabular.csv_files import csv_batches
from trimestre.sources.tabular.xlsx_files import xlsx_batches

log = logging.getLogger(__name__)


class Table(NamedTuple):
    """A file being read: the batches of ``body`` are read as they are asked for."""

    header: Header
    body: Iterator[Batch]
    above: list[list[str]]
    """The rows above the body; the last of them is the header row itself."""
    close: Callable[[], None]
    """Ends the reading before the end of the body."""


def open_landed(path: Path) -> BinaryIO:
    """The content of a landed file as it was received."""
    stream = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)
    return cast(BinaryIO, stream)


def read_table(contract: TabularSource, dataset: TabularDataset, opener: Opener, name: str) -> Table:
    """The table that a file holds."""
    batches = _batches(dataset, opener, name)
    first = next(batches, Batch([]))
    place = header_row(dataset, first.rows[:HEADER_ROWS], name)
    header = header_of(contract, dataset, first.rows[place], name)
    rest = Batch(first.rows[place + 1 :], {index - place - 1 for index in first.broken if index > place})
    body: Iterator[Batch] = itertools.chain([rest], batches)
    if dataset.format.type == "xlsx":
        body = _fitted(body, header.width, name)
    return Table(header, body, first.rows[: place + 1], batches.close)


def _batches(dataset: TabularDataset, opener: Opener, name: str) -> Generator[Batch, None, None]:
    read = csv_batches if dataset.format.type == "csv" else xlsx_batches
    try:
        yield from read(opener, dataset, name)
    except zstandard.ZstdError as error:
        raise PermanentError(
            f"landed file of {name}: found damaged content ({type(error).__name__}), expected what was landed. "
            "Restore it from a backup, or withdraw its batch and deliver the file again."
        ) from None


def _fitted(batches: Iterable[Batch], width: int, name: str) -> Iterator[Batch]:
    """Rows as wide as the header: what stands to the right of it, under no heading, is no part of the table."""
    told = False
    for batch in batches:
        if not told and any(len(row) > width for row in batch.rows):
            log.warning("%s: found cells to the right of the last heading; they are not read.", name)
            told = True
        yield Batch([row[:width] + [""] * (width - len(row)) for row in batch.rows])
