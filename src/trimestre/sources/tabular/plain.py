"""The records of a CSV without parsing them: what two nights have in common is most of a file.

Data flow: block of whole lines (UTF-8) -> cells of each line, put together as records are -> PlainRows, whose cells are
taken apart where they are asked for. A line that asks for more is parsed.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import pyarrow as pa

SEPARATOR = "\x1f"
"""What stands between the cells of a record."""

_BETWEEN = SEPARATOR.encode()
_QUOTE = b'"'[0]
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")


class PlainRows(Sequence[list[str]]):
    """Rows of cells: of most as one text, of the others as they were parsed."""

    def __init__(self, texts: list[bytes], parsed: dict[int, list[str]]) -> None:
        """``texts``: the cells of each row with :data:`SEPARATOR` between them, where ``parsed`` has none."""
        self.texts, self.parsed = texts, parsed

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[list[str]]:
        return (self[index] for index in range(len(self.texts)))

    @overload
    def __getitem__(self, index: int) -> list[str]: ...

    @overload
    def __getitem__(self, index: slice) -> "PlainRows": ...

    def __getitem__(self, index: int | slice) -> "list[str] | PlainRows":
        if isinstance(index, slice):
            places = range(*index.indices(len(self.texts)))
            parsed = {places.index(place): row for place, row in self.parsed.items() if place in places}
            return PlainRows(self.texts[index], parsed)
        row = self.parsed.get(index)
        return self.texts[index].decode().split(SEPARATOR) if row is None else row

    def cells(self, indices: Sequence[int], width: int) -> "pa.Array | None":
        """The cells of some rows, each of ``width``, one after the other; null where one of them holds what stands
        between others.
        """
        parsed = self.parsed
        rows = [SEPARATOR.join(parsed[i]).encode() if i in parsed else self.texts[i] for i in indices]
        text = _BETWEEN.join(rows)
        ends = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _BETWEEN[0])
        if len(ends) + 1 != len(rows) * width:
            return None
        ends -= np.arange(len(ends))  # without what stands between
        offsets = np.concatenate(([0], ends, [len(text) - len(ends)]))
        data = text.replace(_BETWEEN, b"")
        return pa.LargeStringArray.from_buffers(len(rows) * width, pa.py_buffer(offsets), pa.py_buffer(data))

    def extend(self, more: "PlainRows") -> None:
        """Take over further rows."""
        begin = len(self.texts)
        self.texts += more.texts
        self.parsed |= {begin + place: row for place, row in more.parsed.items()}

    def __setitem__(self, index: int, row: list[str]) -> None:
        self.parsed[index] = row


def plain_rows(block: bytes, separator: str, width: int) -> PlainRows | None:
    """The rows of a block in which every line is a well-formed record of its own; null where that is not sure.

    Without quotes a line is its cells. With quotes around each cell and none in it, it is what stands between the
    first and the last one and between `","`: nothing else can be read there. Any other line is parsed, and if all of
    these are records by themselves, no quote is open where another one begins.
    """
    between = separator.encode()
    if len(between) > 1 or _BETWEEN in block or b"\x00" in block or (b"\xed" in block and _SURROGATE.search(block)):
        return None
    if b'"' in block:
        texts = [_bare(line, between) for line in block.replace(b'"%b"' % between, _BETWEEN).splitlines()]
    else:
        texts = block.replace(between, _BETWEEN).splitlines()
    if max(map(len, texts), default=0) > csv.field_size_limit():
        return None
    odd = [index for index, text in enumerate(texts) if text.count(_BETWEEN) != width - 1 or not text]
    lines = block.splitlines() if odd else []
    try:
        rows = list(csv.reader((lines[index].decode() for index in odd), delimiter=separator, strict=True))
    except csv.Error:
        return None
    return PlainRows(texts, dict(zip(odd, rows, strict=True))) if len(rows) == len(odd) else None


def _bare(line: bytes, separator: bytes) -> bytes:
    """The cells of a line in which `","` was replaced; nothing where it has to be parsed."""
    quotes = line.count(b'"')
    if quotes == 2 and line[0] == line[-1] == _QUOTE:
        return line[1:-1]
    return b"" if quotes or _BETWEEN in line else line.replace(separator, _BETWEEN)
