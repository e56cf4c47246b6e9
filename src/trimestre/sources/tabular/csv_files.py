"""CSV files: their rows in batches, whatever their quotes, and copies without the dropped columns.

Data flow: bytes -> lines -> batches of cells (broken quotes marked); batches -> write_csv -> file to be landed.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from trimestre.contracts.sources import TabularDataset
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import CHUNK_ROWS, HEADER_ROWS, Batch, Header, Opener, header_row

RECORD_LINES = 200
"""A CSV record over more lines than this has a quote that nobody closed."""


def csv_batches(opener: Opener, dataset: TabularDataset, name: str) -> Generator[Batch, None, None]:
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
            width = len(rows[header_row(dataset, rows, name)])
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


def write_csv(
    dataset: TabularDataset, header: Header, above: list[list[str]], body: Iterable[Batch], target: Path
) -> None:
    """A copy without the dropped columns. A row with broken quotes or a wrong number of cells may hold what must not
    be landed in any of its cells: what remains of it is that it was there.
    """
    places = header.landed
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
