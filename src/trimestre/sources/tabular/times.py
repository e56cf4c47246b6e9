"""Cells as times: normalised column by column, whatever program wrote them.

Data flow: a column of cells -> declared formats, the same once their marks are written as usual, ISO 8601, Excel's
serial numbers -> ISO 8601 instants in UTC, or ISO days; what can't be normalised stays as it came.
"""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trimestre.sources.tabular.columns import TEXT, arrow, as_column

_YEARS = (np.datetime64("1900"), np.datetime64("2200"))
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

    For each cell ``_local`` is a wall-clock time of ``zone``, ``_zoned`` an instant in UTC; at most one of both is set.
    ``_left`` are the texts not understood yet, by their places in the column.
    """

    def __init__(self, cells: pd.Series, formats: Sequence[str], zone: str) -> None:
        self._cells, self._zone = cells, zone
        self._local = np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[us]")
        self._zoned = self._local.copy()
        places = np.flatnonzero(cells.str.contains(r"[0-9]", na=False))  # pandas takes «today» and «now» for dates
        self._left = pd.Series(cells.array[places], index=places)
        for strptime in formats:
            self._read(self._left, strptime)
        self._read_iso()
        if len(self._left):
            self._read_as_usual(formats)
            self._read_serials()

    def _read(self, texts: pd.Series, strptime: str, *, zoned: bool | None = None) -> None:
        """Read texts that are left, whose index are their places in the column; what is read is no longer left."""
        if texts.empty:
            return
        zoned = "%z" in strptime if zoned is None else zoned
        read = pd.to_datetime(texts, format=strptime, errors="coerce", utc=zoned)
        self._take(read.dt.tz_localize(None) if zoned else read, self._zoned if zoned else self._local)

    def _take(self, read: pd.Series, target: "np.ndarray") -> None:
        times = read.to_numpy("datetime64[us]")
        # Years as 0020 or 9999 are slips of the keyboard: they stay as they came, and validation says so.
        sane = (times >= _YEARS[0]) & (times < _YEARS[1])
        target[read.index[sane]] = times[sane]
        left = self._left.index
        self._left = self._left[np.isnat(self._local[left]) & np.isnat(self._zoned[left])]

    def _read_iso(self) -> None:
        for pattern, zoned in ((_ISO_LOCAL, False), (_ISO_ZONED, True)):
            if len(self._left):
                self._read(self._left[self._left.str.fullmatch(pattern)], "ISO8601", zoned=zoned)

    def _read_as_usual(self, formats: Sequence[str]) -> None:
        usual = as_usual(self._left)
        changed = usual[usual != self._left]
        for strptime in formats:
            self._read(changed[changed.index.isin(self._left.index)], strptime)
            if "%z" not in strptime:
                self._read(changed[changed.index.isin(self._left.index)], f"{strptime} %z")

    def _read_serials(self) -> None:
        days = self._left[self._left.str.fullmatch(_SERIAL)].astype("float64")
        days = days[(days >= _SERIALS[0]) & (days < _SERIALS[1])]
        # To the second: what a serial number says beyond is how it was rounded.
        seconds = (days * 86_400).round().astype("int64")
        self._take(pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s"), self._local)

    def instants(self) -> pd.Series:
        """ISO 8601 in UTC. Of an hour that is there twice the first is meant; one that is skipped is its end."""
        places = np.flatnonzero(~np.isnat(self._local))
        # The tz database is asked once; both rules are the same every night.
        local = pd.DatetimeIndex(self._local[places]).tz_localize(
            self._zone, ambiguous=np.ones(len(places), dtype=bool), nonexistent="shift_forward"
        )
        instants = self._zoned.copy()
        instants[places] = local.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]")
        return self._written(_iso(instants))

    def dates(self) -> pd.Series:
        """``YYYY-MM-DD``; of an instant with its zone, the local day of the source."""
        places = np.flatnonzero(~np.isnat(self._zoned))
        zoned = pd.DatetimeIndex(self._zoned[places]).tz_localize("UTC").tz_convert(self._zone).tz_localize(None)
        days = self._local.copy()
        days[places] = zoned.to_numpy("datetime64[us]")
        return self._written(pa.array(days.astype("datetime64[D]")).cast(TEXT))

    def _written(self, times: "pa.Array") -> pd.Series:
        return as_column(pc.coalesce(times, arrow(self._cells)), self._cells.index)


def _iso(times: "np.ndarray") -> "pa.Array":
    """Times to the second; to the microsecond where one has a fraction."""
    seconds = times.astype("datetime64[s]")
    texts = pa.array(seconds).cast(TEXT)
    fraction = (times != seconds) & ~np.isnat(times)
    if fraction.any():
        texts = pc.if_else(pa.array(fraction), pa.array(times).cast(TEXT), texts)
    signs = (pa.scalar(sign, TEXT) for sign in ("+00:00", ""))
    return pc.binary_join_element_wise(pc.binary_replace_slice(texts, 10, 11, b"T"), *signs)


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
