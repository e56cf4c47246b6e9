"""From batches of cells to records.

Data flow: Header + Batch -> RecordChunk: canonical bytes of each row of the file, why one is unreadable, and how the
rows of the chosen ones are made.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.contracts.tabular import HashOf, parts_of
from trimestre.sources.base import LandedFile, RecordChunk, RowFrames, WideRows
from trimestre.sources.tabular.contract import Batch
from trimestre.sources.tabular.header import Header
from trimestre.sources.tabular.plain import SEPARATOR, PlainRows
from trimestre.sources.tabular.rows import Records, Seen, Twins
from trimestre.sources.tabular.surveys import SurveyReader

_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))).encode()
"""Bytes of blank characters, :data:`SEPARATOR` among them: a text with others than these is not blank."""

UNREADABLE_CELLS = "numero_de_celdas"
UNREADABLE_QUOTES = "comillas"
UNREADABLE_CHARACTER = "caracter_no_valido"


def chunk_of(
    contract: TabularSource,
    dataset: TabularDataset,
    header: Header,
    file: LandedFile,
    batch: Batch,
    first: int,
    survey: SurveyReader | None = None,
    seen: Seen | None = None,
) -> RecordChunk:
    """A batch as records, of which ``first`` is the ordinal of the first.

    ``survey`` = what reads its questions; ``seen`` = the numbered hashes of the batches before, and then of this one.
    """
    rows = batch.rows
    records, unreadable = _plain_records(header, batch) or _records(header, batch)

    def table(indices: Sequence[int]) -> Records:
        chosen = [index for index in indices if records[index] and index not in unreadable]
        return Records(contract, dataset, header, rows, chosen, survey)

    numbered = _numbered(dataset)
    twins = table(range(len(records))).twins(numbered, Seen() if seen is None else seen) if numbered else {}
    for ordinals in twins.values():
        for index, ordinal in ordinals.items():
            records[index] += f"{SEPARATOR}{ordinal}".encode()

    def make(indices: Sequence[int]) -> RowFrames:
        return table(indices).frames(twins)

    wide = WideTable(partial(Records, contract, dataset, header, survey=None), rows, twins)
    return RecordChunk(
        dataset=file.dataset,
        scope=file.scope,
        landed_file_id=file.landed_file_id,
        positions=[str(ordinal) for ordinal in range(first, first + len(rows))],
        records=records,
        rows=make,
        unreadable=unreadable,
        wide=wide if survey is None else None,  # how many answers a response has is not told by its columns
    )


class WideTable:
    """Makes the columns of chosen records; :class:`trimestre.sources.base.Gathered`."""

    def __init__(
        self, read: Callable[..., Records], rows: Sequence[list[str]] | dict[int, list[str]], twins: Twins
    ) -> None:
        """``rows``: index -> cells; ``twins`` name records by the same index."""
        self._read, self._rows, self._twins = read, rows, twins

    def __call__(self, indices: Sequence[int]) -> WideRows:
        """The columns of the chosen records, which can be read."""
        return self._read(rows=self._rows, chosen=indices).wide(self._twins)

    def aside(self, indices: Sequence[int], shift: int) -> "WideTable":
        """Some of the records alone."""
        rows = {index + shift: self._rows[index] for index in indices}
        twins = {
            columns: {index + shift: ordinal for index, ordinal in ordinals.items() if index + shift in rows}
            for columns, ordinals in self._twins.items()
        }
        return WideTable(self._read, rows, twins)

    def add(self, other: "WideTable") -> None:
        """Take over the records of another one."""
        own, more = self._rows, other._rows
        if isinstance(own, dict) and isinstance(more, dict):  # as they are once put aside
            own.update(more)
        for columns, ordinals in other._twins.items():
            self._twins.setdefault(columns, {}).update(ordinals)


def _records(header: Header, batch: Batch) -> tuple[list[bytes], dict[int, str]]:
    """Canonical bytes of each row, and why some are unreadable."""
    whole = len(header.kept) == header.width
    records: list[bytes] = []
    unreadable: dict[int, str] = {}
    for index, row in enumerate(batch.rows):
        cells = row if whole or len(row) != header.width else [row[place] for place in header.kept]
        text = SEPARATOR.join(cells)
        if not text.strip():  # the separator counts as a blank, too
            records.append(b"")
            continue
        if index in batch.broken:
            unreadable[index] = UNREADABLE_QUOTES
        elif len(row) != header.width:
            unreadable[index] = UNREADABLE_CELLS
        elif "\x00" in text:  # neither PostgreSQL nor the person who reads it can do anything with it
            unreadable[index] = UNREADABLE_CHARACTER
        if text.count(SEPARATOR) != len(cells) - 1:
            # The separator itself in a cell: other cells could give the same text.
            text = json.dumps(cells)
        record = f"{header.digest}{SEPARATOR}{text}"
        try:
            records.append(record.encode())
        except UnicodeEncodeError:  # half a surrogate pair, which some encodings let through
            records.append(record.encode("utf-8", "surrogatepass"))
            unreadable.setdefault(index, UNREADABLE_CHARACTER)
    return records, unreadable


def _plain_records(header: Header, batch: Batch) -> tuple[list[bytes], dict[int, str]] | None:
    """The same of rows whose cells stand in one text each; null where records leave some of them out."""
    rows = batch.rows
    if not isinstance(rows, PlainRows) or len(header.kept) != header.width:
        return None
    begin = (header.digest + SEPARATOR).encode()
    records = [begin + text if text.strip(_BLANK) or text.decode().strip() else b"" for text in rows.texts]
    places = sorted(rows.parsed)
    found, reasons = _records(header, Batch([rows.parsed[place] for place in places]))
    for place, record in zip(places, found, strict=True):
        records[place] = record
    return records, {places[number]: why for number, why in reasons.items()}


def _numbered(dataset: TabularDataset) -> list[tuple[str, ...]]:
    """Columns of each numbered hash."""
    parts = [part for row in dataset.rows for field in row.fields.values() for part in parts_of(field)]
    return list(dict.fromkeys(part.hash_of for part in parts if isinstance(part, HashOf) and part.numbered))
