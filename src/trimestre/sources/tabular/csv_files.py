"""CSV files: their rows in batches, whatever their quotes, and copies without the dropped columns.

Data flow: bytes -> lines -> batches of cells (broken quotes marked); batches -> write_csv -> file to be landed.
"""

import csv
import io
import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from trimestre.contracts.sources import TabularDataset
from trimestre.sources.tabular.contract import CHUNK_ROWS, HEADER_ROWS, Batch, Opener
from trimestre.sources.tabular.header import Header, above_landed
from trimestre.sources.tabular.sniffing import Layout

RECORD_LINES = 200
"""A CSV record over more lines than this has a quote that nobody closed."""


def csv_top(opener: Opener, layout: Layout) -> Generator[list[str], None, None]:
    """The rows of a CSV one by one, as far as they are asked for: to find out what it is."""
    with opener() as raw, io.TextIOWrapper(raw, encoding=layout.encoding, newline="") as lines:
        left: list[str] = []
        while block := left + list(itertools.islice(lines, max(HEADER_ROWS - len(left), 0))):
            batch, left = _row_by_row(block, lines, layout.separator)
            yield from batch.rows


def csv_batches(opener: Opener, layout: Layout, width: int) -> Generator[Batch, None, None]:
    """The rows of a CSV, whose header has ``width`` cells, in batches of some :data:`CHUNK_ROWS` lines.

    Python's csv module rather than pandas: as fast for text, and it says where the lines of a record begin, so that a
    broken quote costs its own line and not the file.
    """
    separator = layout.separator
    with opener() as raw, io.TextIOWrapper(raw, encoding=layout.encoding, newline="") as lines:
        left: list[str] = []
        while block := left + list(itertools.islice(lines, max(CHUNK_ROWS - len(left), 0))):
            clean = _one_row_a_line(block, separator)
            batch, left = (Batch(clean), []) if clean else _row_by_row(block, lines, separator, width)
            yield batch


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


def write_csv(
    dataset: TabularDataset, header: Header, above: list[list[str]], body: Iterable[Batch], target: Path
) -> None:
    """A copy without the dropped columns. A row with broken quotes or a wrong number of cells may hold what must not
    be landed in any of its cells: what remains of it is that it was there.
    """
    places = header.landed
    # What is in quotes is read alike whatever separator is found in the copy.
    quoting: Literal[0, 1] = csv.QUOTE_ALL if dataset.format.separator == "auto" else csv.QUOTE_MINIMAL
    with target.open("w", encoding=header.layout.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=header.layout.separator, lineterminator="\r\n", quoting=quoting)
        writer.writerows(above_landed(dataset, header, above))
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
