"""From batches of cells to records.

Data flow: Header + Batch -> RecordChunk: canonical bytes of each row of the file, why one is unreadable, and how the
rows of the chosen ones are made.
"""

import json
from collections.abc import Sequence

from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.contracts.tabular import HashOf, parts_of
from trimestre.sources.base import LandedFile, RecordChunk, RowFrames, WideRows
from trimestre.sources.tabular.contract import Batch
from trimestre.sources.tabular.header import Header
from trimestre.sources.tabular.rows import Records, Seen
from trimestre.sources.tabular.surveys import SurveyReader

_SEPARATOR = "\x1f"

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
    rows, whole = batch.rows, len(header.kept) == header.width
    records: list[bytes] = []
    unreadable: dict[int, str] = {}
    for index, row in enumerate(rows):
        cells = row if whole or len(row) != header.width else [row[place] for place in header.kept]
        text = _SEPARATOR.join(cells)
        if not text.strip():  # the separator counts as a blank, too
            records.append(b"")
            continue
        if index in batch.broken:
            unreadable[index] = UNREADABLE_QUOTES
        elif len(row) != header.width:
            unreadable[index] = UNREADABLE_CELLS
        elif "\x00" in text:  # neither PostgreSQL nor the person who reads it can do anything with it
            unreadable[index] = UNREADABLE_CHARACTER
        if text.count(_SEPARATOR) != len(cells) - 1:
            # The separator itself in a cell: other cells could give the same text.
            text = json.dumps(cells)
        record = f"{header.digest}{_SEPARATOR}{text}"
        try:
            records.append(record.encode())
        except UnicodeEncodeError:  # half a surrogate pair, which some encodings let through
            records.append(record.encode("utf-8", "surrogatepass"))
            unreadable.setdefault(index, UNREADABLE_CHARACTER)

    def table(indices: Sequence[int]) -> Records:
        chosen = [index for index in indices if records[index] and index not in unreadable]
        return Records(contract, dataset, header, rows, chosen, survey)

    numbered = _numbered(dataset)
    twins = table(range(len(records))).twins(numbered, Seen() if seen is None else seen) if numbered else {}
    for ordinals in twins.values():
        for index, ordinal in ordinals.items():
            records[index] += f"{_SEPARATOR}{ordinal}".encode()

    def make(indices: Sequence[int]) -> RowFrames:
        return table(indices).frames(twins)

    def wide(indices: Sequence[int]) -> WideRows:
        return table(indices).wide(twins)

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


def _numbered(dataset: TabularDataset) -> list[tuple[str, ...]]:
    """Columns of each numbered hash."""
    parts = [part for row in dataset.rows for field in row.fields.values() for part in parts_of(field)]
    return list(dict.fromkeys(part.hash_of for part in parts if isinstance(part, HashOf) and part.numbered))
