"""Cells as times: normalised column by column, whatever program wrote them.

Data flow: a column of cells -> declared formats, the same once their marks are written as usual, ISO 8601, Excel's
serial numbers -> ISO 8601 instants in UTC, or ISO days; what can't be normalised stays as it came.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

_YEARS = (1900, 2199)
_ISO_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
_ISO_ZONED = _ISO_LOCAL + r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_SERIAL = r"[3-7][0-9]{4}(?:\.[0-9]+)?"
_SERIALS = (32_874, 73_416)
"""Days since 1899-12-30 (Excel's 1900 system) from 1990-01-01 to 2101-01-01, the first that is too late."""
_HALF = re.compile(r"(?<=[0-9])\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
"""`a. m.`, `p.m.`, `AM`, … after a time."""
_ZONE = re.compile(r" ?\(?(?:GMT|UTC) ?(?:([+-])([0-9]{1,2})(?::?([0-9]{2}))?)?\)?$", re.IGNORECASE)
"""A zone at the end of a text without runs of blanks: one that may take many is tried at each of them anew."""
_UNSEEN = re.compile("[\u200e\u200f\u200b]")
_ENGLISH = {
    "enero": "January", "febrero": "February", "marzo": "March", "abril": "April", "mayo": "May", "junio": "June",
    "julio": "July", "agosto": "August", "septiembre": "September", "setiembre": "September", "octubre": "October",
    "noviembre": "November", "diciembre": "December", "ene": "Jan", "abr": "Apr", "ago": "Aug", "sept": "Sep",
    "dic": "Dec", "lunes": "Monday", "martes": "Tuesday", "miércoles": "Wednesday", "jueves": "Thursday",
    "viernes": "Friday", "sábado": "Saturday", "domingo": "Sunday",
}  # fmt: skip
_SPANISH = re.compile(rf"\b({'|'.join(_ENGLISH)})\b\.?", re.IGNORECASE)
_OF = re.compile(r"\bdel? ", re.IGNORECASE)
_ODD = rf"(?i)[ap]\.?\s?m|GMT|UTC|\s\s|{'|'.join(_ENGLISH)}|" + "[\u2212\u200b\u200e\u200f\u00a0\u2000-\u200a\u202f]"
"""What makes a text worth being written as usual."""


class Times:
    """Cells with dates or times: in the declared formats, in order, else ISO 8601 (as a workbook's dates come), else
    the serial number that Excel makes of a date.

    ``local`` are wall-clock times of ``zone``, ``zoned`` instants in UTC; at most one of both is set for a cell.
    """

    def __init__(self, cells: pd.Series, formats: Sequence[str], zone: str) -> None:
        self._cells, self._zone = cells, zone
        self.local = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
        self.zoned = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us, UTC]")
        for strptime in formats:
            self._read(cells, self._left(), strptime, zoned="%z" in strptime)
        self._read(cells, self._left() & cells.str.fullmatch(_ISO_LOCAL), "ISO8601", zoned=False)
        self._read(cells, self._left() & cells.str.fullmatch(_ISO_ZONED), "ISO8601", zoned=True)
        left = self._left()
        if left.any():
            self._read_as_usual(left, formats)
            self._read_serials(self._left() & cells.str.fullmatch(_SERIAL))

    def _left(self) -> pd.Series:
        """Cells not understood yet. Only those with a digit: pandas takes «today» and «now» for dates."""
        left = self._cells.notna() & self.local.isna() & self.zoned.isna()
        return left & self._cells.str.contains(r"[0-9]", na=False) if left.any() else left

    def _read(self, cells: pd.Series, chosen: pd.Series, strptime: str, *, zoned: bool) -> None:
        if not chosen.any():
            return
        read: pd.Series = pd.to_datetime(cells[chosen], format=strptime, errors="coerce", utc=zoned)
        # Years as 0020 or 9999 are slips of the keyboard: they stay as they came, and validation says so.
        read = read[read.dt.year.between(*_YEARS)]
        target = self.zoned if zoned else self.local
        target.loc[read.index] = read.astype(target.dtype)

    def _read_as_usual(self, left: pd.Series, formats: Sequence[str]) -> None:
        usual = as_usual(self._cells[left])
        changed = usual[usual != self._cells[left]].reindex(self._cells.index)
        for strptime in formats:
            self._read(changed, self._left() & changed.notna(), strptime, zoned="%z" in strptime)
            if "%z" not in strptime:
                self._read(changed, self._left() & changed.notna(), f"{strptime} %z", zoned=True)

    def _read_serials(self, chosen: pd.Series) -> None:
        if not chosen.any():
            return
        days = self._cells[chosen].astype("float64")
        days = days[(days >= _SERIALS[0]) & (days < _SERIALS[1])]
        # To the second: what a serial number says beyond is how it was rounded.
        seconds = (days * 86_400).round().astype("int64")
        read = pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s")
        self.local.loc[read.index] = read.astype(self.local.dtype)

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


def as_usual(cells: pd.Series) -> pd.Series:
    """Times with ordinary blanks, ``AM`` and ``PM``, a zone such as GMT-6 as `` -0600``, and English names.

    «lunes, 18 de mayo de 2020» becomes «Monday, 18 May 2020», which is «%A, %d %B %Y» as in English.
    """
    odd = cells.str.contains(_ODD, na=False)
    return cells.mask(odd, cells[odd].map(_usual).astype("str")) if odd.any() else cells


def _usual(text: str) -> str:
    text = " ".join(_UNSEEN.sub("", text).replace("\u2212", "-").split())
    text = _ZONE.sub(lambda found: f" {found[1] or '+'}{int(found[2] or 0):02}{found[3] or '00'}", text)
    text = _HALF.sub(lambda found: f" {found[1].upper()}M", text)
    if _SPANISH.search(text):
        text = _OF.sub("", _SPANISH.sub(lambda found: _ENGLISH[found[1].casefold()], text))
    return text


def _other_order(strptime: str) -> str:
    """A format with day and month changed about."""
    return strptime.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def has_both_orders(formats: Sequence[str]) -> bool:
    """Whether some format stands there day first and month first."""
    return any(_is_twin(strptime, formats) for strptime in formats)


def _is_twin(strptime: str, formats: Sequence[str]) -> bool:
    other = _other_order(strptime)
    return other != strptime and other in formats


def _is_day_first(strptime: str) -> bool:
    return strptime.index("%d") < strptime.index("%m")


class Orders:
    """Which order of day and month a file has: told by the dates that are one in that order only or, where none or
    both kinds are there, by ``held_on``, the day of the event that the file is about."""

    def __init__(self, held_on: date | None = None) -> None:
        self._held_on = None if held_on is None else pd.Timestamp(held_on, tz="UTC")
        self._days, self._months = 0, 0
        self._days_then, self._months_then = 0, 0

    def add(self, cells: Sequence[str], formats: Sequence[str]) -> bool:
        """Look at the cells of a column with formats of both orders; whether one of them is a date in both."""
        texts = pd.Series(pd.Series(cells, dtype="str").str.strip().unique(), dtype="str")
        texts = as_usual(texts[texts.str.contains(r"[0-9]", na=False)])
        unsure = False
        for strptime in formats:
            if _is_twin(strptime, formats) and _is_day_first(strptime):
                days, months = (self._read(texts, order) for order in (strptime, _other_order(strptime)))
                self._days += int((days.notna() & months.isna()).sum())
                self._months += int((months.notna() & days.isna()).sum())
                self._days_then += self._then(days)
                self._months_then += self._then(months)
                unsure |= bool((days.notna() & months.notna() & (days != months)).any())
        return unsure

    @staticmethod
    def _read(texts: pd.Series, strptime: str) -> pd.Series:
        first, second = (
            pd.to_datetime(texts, format=tried, errors="coerce", utc=True) for tried in (strptime, f"{strptime} %z")
        )
        return first.fillna(second)

    def _then(self, times: pd.Series) -> int:
        """How many are on the day of the event, the one before or the one after."""
        if self._held_on is None:
            return 0
        day = pd.Timedelta(days=1)
        return int(times.dt.normalize().between(self._held_on - day, self._held_on + day).sum())

    @property
    def day_first(self) -> bool | None:
        """True or false, or null where nothing tells."""
        if bool(self._days) != bool(self._months):
            return bool(self._days)
        if self._days_then != self._months_then:
            return self._days_then > self._months_then
        return None

    def formats(self, formats: Sequence[str]) -> tuple[str, ...]:
        """The formats that count in the file: of each pair one, the first where nothing tells."""
        kept = []
        for place, strptime in enumerate(formats):
            if _is_twin(strptime, formats):
                wanted = formats.index(_other_order(strptime)) > place
                if self.day_first is not None:
                    wanted = _is_day_first(strptime) == self.day_first
                if not wanted:
                    continue
            kept.append(strptime)
        return tuple(kept)
