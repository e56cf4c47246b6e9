"""The rows behind a figure as people read them: a table for a terminal. The CSV keeps codes and instants."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from trimestre import texts

_FORMULA = re.compile(r"[\t\r\n]|\s*[=+@\uFF1D\uFF0B\uFF20\uFF0D\u2212-]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def evidence_table(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> Table:
    """One line per row of evidence, with its local date and, in a sentence, why it does not count.

    Figures of before have the document that published them.
    """
    told = list(rows)
    inherited = any(row["document"] for row in told)
    columns = texts.EVIDENCE_COLUMNS | (texts.EVIDENCE_OF_BEFORE if inherited else {})
    table = Table(*columns.values())
    for row in told:
        table.add_row(*(escape(_shown(name, row[name], zone)) for name in columns))
    return table


def _shown(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if name == "excluded":
        return texts.EXCLUSIONS.get(value, value)
    if isinstance(value, bool):
        return texts.YES_NO[value]
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%d/%m/%Y %H:%M}"
    return str(value)


def harmless(value: Any) -> Any:
    """A value of a CSV that a spreadsheet takes for no formula; numbers stay numbers (as ``exporting.HARMLESS``)."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
