"""From batches of cells to records and rows.

Data flow: Header + Batch -> RecordChunk (canonical bytes of each row of the file, and why one is unreadable); the
chosen records, column by column -> one frame per entity, as the row templates of the contract say.
"""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from trimestre.contracts.sources import Constant, FieldSource, RowTemplate, TabularDataset, TabularSource
from trimestre.sources.base import LandedFile, RecordChunk, RowFrames
from trimestre.sources.tabular.contract import Batch, Header
from trimestre.sources.tabular.values import Times, numbers
from trimestre.warehouse.entities import ENTITIES

_SEPARATOR = "\x1f"

UNREADABLE_CELLS = "numero_de_celdas"
UNREADABLE_QUOTES = "comillas"
UNREADABLE_CHARACTER = "caracter_no_valido"


def chunk_of(
    contract: TabularSource, dataset: TabularDataset, header: Header, file: LandedFile, batch: Batch, first: int
) -> RecordChunk:
    """A batch as records, of which ``first`` is the ordinal of the first."""
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
            return numbers(cells)
        times = Times(cells, column.formats, self._contract.timezone)
        return times.instants() if column.type == "instant" else times.dates()

    def _nothing(self) -> pd.Series:
        return self._texts([None] * len(self._rows))

    @staticmethod
    def _texts(values: Any) -> pd.Series:
        return pd.Series(values, dtype="str")


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several templates of one entity, record by record."""
    return pd.concat(frames).sort_values("record", kind="stable", ignore_index=True)
