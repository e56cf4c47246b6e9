"""Cells as values: numbers and times, normalised column by column.

Data flow: a column of cells -> plain decimal text, ISO 8601 instants in UTC, or ISO days; what can't be normalised
stays as it came, and validation says so.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

_YEARS = (1900, 2199)
_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
_SCIENTIFIC = r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}"


def numbers(cells: pd.Series) -> pd.Series:
    """Plain decimal text; what is no number stays as it came."""
    grouped = cells.str.fullmatch(_GROUPED)
    plain = cells.str.fullmatch(_NUMBER)
    scientific = cells.str.fullmatch(_SCIENTIFIC)
    if grouped.any():
        cells = cells.mask(grouped, cells[grouped].str.replace(",", "", regex=False))
    if scientific.any():  # how Python writes very small and very large cells of a workbook
        cells = cells.mask(scientific, cells[scientific].map(lambda text: format(Decimal(text), "f")).astype("str"))
    found = grouped | plain | scientific
    return cells.mask(found, cells[found].str.removeprefix("+")) if found.any() else cells


_ISO_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
_ISO_ZONED = _ISO_LOCAL + r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"


class Times:
    """Cells with dates or times: in the declared formats, in order, else ISO 8601 (as a workbook's dates come).

    ``local`` are wall-clock times of ``zone``, ``zoned`` instants in UTC; at most one of both is set for a cell.
    """

    def __init__(self, cells: pd.Series, formats: Sequence[str], zone: str) -> None:
        self._cells, self._zone = cells, zone
        self.local = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
        self.zoned = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us, UTC]")
        for strptime in formats:
            self._read(self._left(), strptime, zoned="%z" in strptime)
        self._read(self._left() & cells.str.fullmatch(_ISO_LOCAL), "ISO8601", zoned=False)
        self._read(self._left() & cells.str.fullmatch(_ISO_ZONED), "ISO8601", zoned=True)

    def _left(self) -> pd.Series:
        """Cells not understood yet. Only those with a digit: pandas takes «today» and «now» for dates."""
        return self._cells.str.contains(r"[0-9]", na=False) & self.local.isna() & self.zoned.isna()

    def _read(self, chosen: pd.Series, strptime: str, *, zoned: bool) -> None:
        if not chosen.any():
            return
        read: pd.Series = pd.to_datetime(self._cells[chosen], format=strptime, errors="coerce", utc=zoned)
        # Years as 0020 or 9999 are slips of the keyboard: they stay as they came, and validation says so.
        read = read[read.dt.year.between(*_YEARS)]
        target = self.zoned if zoned else self.local
        target.loc[read.index] = read.astype(target.dtype)

    def instants(self) -> pd.Series:
        """ISO 8601 in UTC. Of an hour that is there twice the first is meant; one that is skipped is its end."""
        local = self.local.dropna()
        # The tz database is asked once; both rules are the same every night.
        utc = local.dt.tz_localize(
            self._zone, ambiguous=np.ones(len(local), dtype=bool), nonexistent="shift_forward"
        ).dt.tz_convert("UTC")
        instants = pd.concat([utc, self.zoned.dropna()]).dt.tz_localize(None)
        return self._written(instants, lambda values: np.char.add(_iso(values), "+00:00"))

    def dates(self) -> pd.Series:
        """``YYYY-MM-DD``; of an instant with its zone, the local day of the source."""
        days = pd.concat([self.local.dropna(), self.zoned.dropna().dt.tz_convert(self._zone).dt.tz_localize(None)])
        return self._written(days, lambda values: np.datetime_as_string(values, unit="D", casting="unsafe"))

    def _written(self, times: pd.Series, write: Callable[[Any], Any]) -> pd.Series:
        if times.empty:
            return self._cells
        texts = pd.Series(write(times.to_numpy("datetime64[us]")).tolist(), index=times.index, dtype="str")
        return texts.reindex(self._cells.index).fillna(self._cells)


def _iso(values: Any) -> Any:
    """Times to the second; to the microsecond where one has a fraction."""
    texts = np.datetime_as_string(values, unit="s", casting="unsafe")
    fraction = values != values.astype("datetime64[s]")
    if fraction.any():
        texts = texts.astype("U26")
        texts[fraction] = np.datetime_as_string(values[fraction], unit="us")
    return texts
