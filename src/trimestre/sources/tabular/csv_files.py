"""CSV files: their rows in batches, whatever their quotes, and copies without the dropped columns.

Data flow: bytes -> blocks of lines -> batches of cells (broken quotes marked); batches -> write_csv -> file to be
landed.
"""

import codecs
import csv
import io
import itertools
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

from trimestre.contracts.sources import TabularDataset
from trimestre.sources.tabular.contract import CHUNK_ROWS, HEADER_ROWS, Batch, Opener
from trimestre.sources.tabular.header import Header, above_landed
from trimestre.sources.tabular.plain import PlainRows, plain_rows
from trimestre.sources.tabular.sniffing import Layout

RECORD_LINES = 200
"""A CSV record over more lines than this has a quote that nobody closed."""

_BLOCK = 512 * 1024
"""Bytes that are read at once."""


def csv_top(opener: Opener, layout: Layout) -> Generator[list[str], None, None]:
    """The rows of a CSV one by one, as far as they are asked for: to find out what it is."""
    with opener() as raw, io.TextIOWrapper(raw, encoding=layout.encoding, newline="") as lines:
        left: list[str] = []
        while block := left + list(itertools.islice(lines, max(HEADER_ROWS - len(left), 0))):
            batch, left = _row_by_row(block, lines, layout.separator)
            yield from batch.rows


def csv_batches(opener: Opener, layout: Layout, width: int) -> Generator[Batch, None, None]:
    """The rows of a CSV, whose header has ``width`` cells, in batches of at most some :data:`CHUNK_ROWS` lines.

    Most lines are not parsed at all. The others are by Python's csv module rather than pandas: as fast for text, and it
    says where the lines of a record begin, so that a broken quote costs its own line and not the file.
    """
    with opener() as raw:
        blocks, rows = _Blocks(raw, layout.encoding), PlainRows([], {})
        while block := blocks.next():
            plain = plain_rows(block, layout.separator, width)
            if plain is not None:
                rows.extend(plain)
            while len(rows) >= CHUNK_ROWS or (rows and plain is None):
                yield Batch(rows[:CHUNK_ROWS])
                rows = rows[CHUNK_ROWS:]
            if plain is None:
                yield _parsed(block, blocks, layout.separator, width)
        if rows:
            yield Batch(rows)


class _Blocks:
    """The content of a file as UTF-8, cut at ends of lines; where it can be, at such as are no part of a cell."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._raw = raw
        name = codecs.lookup(encoding).name
        self._is_utf8 = name in ("utf-8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder("utf-8" if self._is_utf8 else name)()
        self._left = b""
        self._back: list[bytes] = []
        self._more = True
        self._mark = codecs.BOM_UTF8 if name == "utf-8-sig" else b""

    def next(self) -> bytes:
        """The next lines with their ends; nothing at the end of the file."""
        if self._back:
            return self._back.pop()
        while self._more:
            piece = _read(self._raw, _BLOCK)
            self._more = len(piece) == _BLOCK
            piece, self._mark = piece.removeprefix(self._mark), b""
            text = self._decoder.decode(piece, final=not self._more)
            self._left += piece if self._is_utf8 else text.encode("utf-8", "surrogatepass")
            cut = _cut(self._left) if self._more else len(self._left)
            if cut:
                block, self._left = self._left[:cut], self._left[cut:]
                return block
        return b""

    def give_back(self, lines: Iterable[str]) -> None:
        """Lines that were read too many: the next block."""
        if block := "".join(lines).encode("utf-8", "surrogatepass"):
            self._back.append(block)


def _read(raw: BinaryIO, size: int) -> bytes:
    """As many bytes, unless the file has fewer."""
    pieces = []
    while size and (piece := raw.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _cut(block: bytes) -> int:
    """Where whole lines end, which is in no cell if it is one of the last places; 0 = they don't."""
    # What ends in CR may go on with LF.
    last = cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
    odd = block.count(b'"', 0, cut) % 2
    for _ in range(RECORD_LINES):
        if not odd or not cut:
            break
        before = max(block.rfind(b"\n", 0, cut - 1), block.rfind(b"\r", 0, cut - 1)) + 1
        odd ^= block.count(b'"', before, cut) % 2
        cut = before
    return cut if cut and not odd else last


def _parsed(block: bytes, blocks: _Blocks, separator: str, width: int) -> Batch:
    """The rows of the first lines of a block; the others are given back."""
    lines = _lines_of(block)
    first, beyond = lines[:CHUNK_ROWS], deque(lines[CHUNK_ROWS:])
    clean = _one_row_a_line(first, separator)

    def more() -> Iterator[str]:
        while beyond or (further := blocks.next()):
            if not beyond:
                beyond.extend(_lines_of(further))
            yield beyond.popleft()

    batch, left = (Batch(clean), []) if clean else _row_by_row(first, more(), separator, width)
    blocks.give_back([*left, *beyond])
    return batch


def _lines_of(block: bytes) -> list[str]:
    """Lines with their ends, which are those that a text file has: CR, LF or both."""
    return list(io.StringIO(block.decode("utf-8", "surrogatepass"), newline=""))


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
    rows: list[list[str]] = []
    broken: set[int] = set()
    reader = csv.reader(window, delimiter=separator, strict=True)
    while window.next < end:
        start = window.first = window.next
        cells: list[str] | None
        try:
            cells = next(reader)
        except (csv.Error, StopIteration):
            cells = None
        if cells is None or _swallowed(window.lines[start + 1 : window.next - 1], width, separator):
            broken.add(len(rows))
            cells = [window.lines[start].rstrip("\r\n")]
            window.next = start + 1
            reader = csv.reader(window, delimiter=separator, strict=True)
        rows.append(cells)
    return Batch(rows, broken), window.lines[window.next :]


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
    # What tells Mac OS Roman from cp1252 may be dropped with its column: a mark says what the copy is.
    encoding = "utf-8-sig" if header.layout.encoding == "mac_roman" else header.layout.encoding
    with target.open("w", encoding=encoding, newline="") as file:
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
