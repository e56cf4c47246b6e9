"""Cells as values: numbers, durations and several answers in one cell, normalised column by column.

Data flow: a column of cells -> plain decimal text, whole seconds, or the options chosen; what can't be normalised stays
as it came, and validation says so.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import pandas as pd

_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_GROUPED = r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"
"""A comma of thousands; that of 0,125 is none."""
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


def scores(cells: pd.Series, *, share: bool) -> pd.Series:
    """Scores as numbers, null where a cell is none: 66.67, 66,67, 66.67 %.

    A comma is the decimal sign that it is in Spanish settings, never one of thousands. With ``share`` scores go from 0
    to 1, so that 55 % is 0.55.
    """
    parts = cells.str.extract(r"^([+-]?[0-9]+(?:[.,][0-9]+)?)\s*(%?)$")
    plain = parts[0].str.replace(",", ".", regex=False)
    amounts = pd.to_numeric(plain.fillna(cells.where(cells.str.fullmatch(_SCIENTIFIC))), errors="coerce")
    return amounts.where(parts[1] != "%", amounts / 100) if share else amounts


_SECONDS = {"hours": 3600, "minutes": 60, "seconds": 1}
_AMOUNT = r"([0-9]{1,6}(?:[.,][0-9]{1,9})?)"
_WORDS = " ?(?:[,;]|y|and)? ?".join(
    rf"(?:{_AMOUNT} ?{words}\.?)?"
    for words in (
        "(?:d|days?|d[ií]as?)",
        "(?:h|hrs?|hours?|horas?)",
        "(?:m|mins?|minutes?|minutos?)",
        "(?:s|secs?|segs?|seconds?|segundos?)",
    )
)
_ISO = r"p(?:([0-9]{1,6})d)?(?:t(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?)?"
_CLOCK = r"([0-9]{1,6}):([0-5]?[0-9]):([0-5]?[0-9](?:\.[0-9]{1,9})?)"
_TWO_PARTS = r"([0-9]{1,6}):([0-5]?[0-9])"
_PLAIN = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"


def durations(cells: pd.Series, unit: str | None = None) -> pd.Series:
    """Whole seconds as text, of ``1h 5m 3s``, ``1 h 5 min``, ``00:45:12``, ``PT1H5M``; else as it came.

    ``unit`` is that of a plain number, and of the first part of a time of two parts (``45:10``), which without it
    could be hours as well as minutes.
    """
    shapes: list[tuple[str, Sequence[int]]] = [
        (_CLOCK, (3600, 60, 1)), (_WORDS, (86_400, 3600, 60, 1)), (_ISO, (86_400, 3600, 60, 1)),
    ]  # fmt: skip
    if unit is not None:
        first = _SECONDS[unit]
        shapes += [(_TWO_PARTS, (first, first // 60))] if first > 1 else []
        shapes += [(_PLAIN, (first,))]
    texts = pd.Series(cells.dropna().unique(), dtype="str")
    texts = texts[texts.str.contains(r"[0-9]", na=False)]
    usual = texts.map(lambda text: " ".join(text.lower().split()))
    seconds: dict[str, str] = {}
    for pattern, factors in shapes:
        # Each different text once: a list of people has a few hundred of them.
        parts = usual.str.extract(f"^{pattern}$")
        parts = parts.apply(lambda part: pd.to_numeric(part.str.replace(",", ".", regex=False), errors="coerce"))
        total = parts.dropna(how="all").fillna(0.0).mul(list(factors)).sum(axis=1)
        seconds |= {
            texts[index]: str(int(value + 0.5)) for index, value in total.items() if texts[index] not in seconds
        }
    return cells.map(seconds).astype("str").fillna(cells) if seconds else cells


def split_multiple(cells: pd.Series, options: Mapping[str, str], separator: str) -> list[tuple[list[str], str | None]]:
    """For each cell the codes of the options chosen in their order, and what else is written there.

    ``options``: text -> code. The texts may hold the separator: a cell is split so that all of it is options if that
    can be, else by the longest option at each place; what is none stays together as one other text. Case and blanks
    don't matter; a separator at the end, as Microsoft Forms writes it, is no answer. Null: no options, no other text.
    """
    split = _Splitter(options, separator)
    known = {text: split(text) for text in cells.dropna().unique()}
    return [([*known[text][0]], known[text][1]) if isinstance(text, str) else ([], None) for text in cells]


class _Splitter:
    """Splits the cells of one column."""

    def __init__(self, options: Mapping[str, str], separator: str) -> None:
        self._core = separator.strip()
        after = r"(?:\s+|$)" if separator[-1:].isspace() else r"\s*"
        self._separator = re.compile(rf"\s*{re.escape(self._core)}{after}" if self._core else r"\s+")
        texts = {unicodedata.normalize("NFC", text): code for text, code in options.items() if text.strip()}
        self._options = [
            (re.compile(r"\s+".join(map(re.escape, text.split())), re.IGNORECASE), texts[text])
            for text in sorted(texts, key=lambda text: (-len(text), text))
        ]

    def __call__(self, cell: str) -> tuple[list[str], str | None]:
        """The codes of a cell, and its other text."""
        text = cell.strip()
        while self._core and text.endswith(self._core):
            text = text.removesuffix(self._core).rstrip()
        codes, other = self._whole(text), None
        if codes is None:
            codes, other = self._greedily(text)
        return list(dict.fromkeys(codes)), other

    def _at(self, text: str, start: int) -> Iterator[tuple[str, int]]:
        """The options that stand at a place, longest first, and where what follows their separator begins."""
        for pattern, code in self._options:
            if option := pattern.match(text, start):
                following = self._separator.match(text, option.end())
                if option.end() == len(text):
                    yield code, len(text)
                elif following and following.end() > option.end():
                    yield code, following.end()

    def _whole(self, text: str) -> list[str] | None:
        """The codes of a text that is nothing but options, else null."""
        codes: list[str] = []
        ways = [(0, self._at(text, 0))]
        dead: set[int] = set()
        while ways:
            start, options = ways[-1]
            if start == len(text):
                return codes
            code, end = next(((code, end) for code, end in options if end not in dead), ("", -1))
            if end >= 0:
                codes.append(code)
                ways.append((end, self._at(text, end)))
            else:
                dead.add(start)
                ways.pop()
                del codes[-1:]
        return None

    def _greedily(self, text: str) -> tuple[list[str], str | None]:
        """The longest option at each place; what lies between two of them is one text."""
        codes: list[str] = []
        others: list[tuple[int, int]] = []
        start, begun = 0, False
        while start < len(text):
            option = next(self._at(text, start), None)
            if option is not None:
                codes.append(option[0])
                start, begun = option[1], False
                continue
            following = self._separator.search(text, start + 1)
            end = following.start() if following else len(text)
            others[-1:] = [(others[-1][0], end)] if begun else [*others[-1:], (start, end)]
            start, begun = following.end() if following else len(text), True
        separator = f"{self._core} " if self._core else " "
        return codes, separator.join(text[begin:end].strip() for begin, end in others) or None
