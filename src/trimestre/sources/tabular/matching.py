"""Texts compared as people mean them: headings, lines above a table, and cells with a known meaning.

Data flow: heading or cell -> normal form -> found among the texts of the contract, or by a pattern with ``*``.
"""

import re
import unicodedata
from collections.abc import Mapping

import pandas as pd

from trimestre.sources.answers import UNSEEN
from trimestre.sources.tabular.columns import each

_WITHOUT_UNSEEN = str.maketrans("", "", UNSEEN)


def normal(text: str) -> str:
    """A text as it is compared: NFC, without marks that nobody sees, blanks collapsed, case folded."""
    visible = text if text.isascii() else text.translate(_WITHOUT_UNSEEN)
    return unicodedata.normalize("NFC", " ".join(visible.split()).casefold())


def plain(text: str) -> str:
    """A text as it is compared, without its accents."""
    parts = unicodedata.normalize("NFD", normal(text))
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


class Meanings:
    """What texts mean: a text -> value mapping in which ``*`` stands for any text.

    Looked up as written, then in normal form (accents as they are), then by the patterns in their order.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._written = {unicodedata.normalize("NFC", key.strip()): value for key, value in values.items()}
        self._normal: dict[str, str] = {}
        for key, value in values.items():
            self._normal.setdefault(normal(key), value)
        self._patterns = [
            (re.compile(".*".join(re.escape(part) for part in normal(key).split("*")), re.DOTALL), value)
            for key, value in values.items()
            if "*" in key
        ]

    def of(self, text: str) -> str | None:
        """The value of a text, or null when it has none."""
        found = self._written.get(text)
        if found is not None:
            return found
        compared = normal(text)
        if compared in self._normal:
            return self._normal[compared]
        return next((value for pattern, value in self._patterns if pattern.fullmatch(compared)), None)

    def column(self, cells: pd.Series) -> pd.Series:
        """The values of trimmed NFC cells; null where one has none. Each different text is looked up once."""
        return each(cells, self.of)
