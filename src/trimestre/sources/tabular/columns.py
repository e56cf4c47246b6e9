"""Columns of cells as Arrow holds them: a column is worked on as a whole, or each different text of it once.

Data flow: rows -> column of cells (trimmed, NFC, null when blank) -> texts made of them.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trimestre.sources.answers import TRIMMED
from trimestre.sources.tabular.plain import PlainRows

TEXT = pa.large_string()
"""What pandas holds texts in."""

_COMPOSED = 0xCC
"""First byte of the first sign, U+0300, that may not be as NFC has it."""


def columns_of(
    rows: Sequence[Sequence[str]] | Mapping[int, Sequence[str]], chosen: Sequence[int], width: int
) -> Callable[[int], pa.Array]:
    """What gives the cells at a place of the chosen rows, which have ``width`` each."""
    cells = rows.cells(chosen, width) if isinstance(rows, PlainRows) else None
    if cells is not None:
        return lambda place: cells.take(pa.array(np.arange(place, len(cells), width)))
    listed = [rows[index] for index in chosen]
    return lambda place: pa.array([row[place] for row in listed], TEXT)


def trimmed(cells: pa.Array) -> pd.Series:
    """Cells without blanks and unseen marks around them, null when blank."""
    cells = pc.utf8_trim(cells, TRIMMED)
    return as_column(pc.if_else(pc.equal(cells, ""), pa.scalar(None, TEXT), cells))


def composed(cells: pd.Series) -> pd.Series:
    """Texts in NFC."""
    array = arrow(cells)
    data = array.buffers()[2]
    if data is None or np.frombuffer(data, dtype=np.uint8).max(initial=0) < _COMPOSED:
        return cells
    foreign = pc.invert(pc.string_is_ascii(array))
    made = [unicodedata.normalize("NFC", cell) for cell in array.filter(foreign).to_pylist()]
    return as_column(pc.replace_with_mask(array, pc.fill_null(foreign, False), pa.array(made, TEXT)), cells.index)


def as_column(values: Any, index: Any = None) -> pd.Series:
    """A list or an Arrow array of texts and nulls as a column."""
    return pd.Series(values, index=index, dtype="str")


def arrow(cells: pd.Series) -> pa.Array:
    """The texts of a column in one piece."""
    array = pa.array(cells, TEXT, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def each(cells: pd.Series, change: Callable[[str], str | None]) -> pd.Series:
    """Texts changed one by one, each different one once."""
    coded = arrow(cells).dictionary_encode()
    changed = pa.array(list(map(change, coded.dictionary.to_pylist())), TEXT)
    return as_column(changed.take(coded.indices), cells.index)
