"""A sample of the files of a source that does not exist yet, as columns with their headings.

Data flow: file + preset -> columns that the preset does not know, which are the questions; file alone -> its header
row (the first that is about as wide as the widest) -> all its columns. Nothing is kept of it.
"""

import itertools
import re
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from trimestre.contracts.base import validated
from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import HEADER_ROWS
from trimestre.sources.tabular.csv_files import csv_top
from trimestre.sources.tabular.header import headings_at
from trimestre.sources.tabular.matching import normal, plain
from trimestre.sources.tabular.reading import Table, read_table
from trimestre.sources.tabular.sniffing import Layout, sniff
from trimestre.sources.tabular.xlsx_files import xlsx_batches
from trimestre.texts import ASKED

ROWS = 5_000
"""So many rows are looked at."""

_OF_THE_PLATFORM = re.compile(r"_.*|meta/.*|end|today")
"""Headings of columns that a form adds by itself, which no preset reads."""


class SampledColumn(NamedTuple):
    """A column of the sample."""

    heading: str
    occurrence: int | None
    """Which one, where several columns have its heading."""
    cells: list[str]


def questions_in(contract: TabularSource, path: Path) -> list[SampledColumn]:
    """The columns of a file that the only dataset of ``contract``, a preset of surveys, does not know.

    :class:`PermanentError` where the file is none of that preset.
    """
    (dataset,) = contract.datasets
    table = read_table(contract, dataset, partial(_opened, path), path.name)
    headings = headings_at(dataset, table.above, len(table.above) - dataset.format.header_rows)
    known = {*table.header.columns.values(), *table.header.dropped}
    return [column for place, column in _columns(table, headings) if place not in known and _is_asked(column.heading)]


def columns_in(path: Path) -> list[SampledColumn]:
    """All columns of a file with a heading. :class:`PermanentError` where nothing in it looks like a header."""
    headings, sample = _headings(path)
    columns = {
        f"c{place}": {"headings": [heading]} | ({"occurrence": occurrence} if occurrence else {})
        for place, heading, occurrence in _numbered(headings)
    }
    contract = _as_source({**sample, "columns": columns, "rows": [_row(next(iter(columns)))]})
    table = read_table(contract, contract.datasets[0], partial(_opened, path), path.name)
    return [column for _, column in _columns(table, headings)]


def _is_asked(heading: str) -> bool:
    return not _OF_THE_PLATFORM.fullmatch(heading)


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _columns(table: Table, headings: list[str]) -> list[tuple[int, SampledColumn]]:
    """Place and column of every heading, with the cells of the first rows."""
    rows: list[list[str]] = []
    for batch in table.body:
        rows += [row for index, row in enumerate(batch.rows) if index not in batch.broken]
        if len(rows) >= ROWS:
            break
    table.close()
    return [
        (place, SampledColumn(heading, occurrence, [row[place] for row in rows[:ROWS] if place < len(row)]))
        for place, heading, occurrence in _numbered(headings)
    ]


def _numbered(headings: list[str]) -> list[tuple[int, str, int | None]]:
    """Place, heading and occurrence of the columns that have a heading: found as the reader of files finds them."""
    texts = [" ".join(heading.split()) for heading in headings]
    often, seen = Counter(map(normal, texts)), Counter[str]()
    found: list[tuple[int, str, int | None]] = []
    for place, text in enumerate(texts):
        seen[normal(text)] += 1
        if plain(text):
            found.append((place, text, seen[normal(text)] if often[normal(text)] > 1 else None))
    return found


def _headings(path: Path) -> tuple[list[str], dict[str, Any]]:
    """The header of any table, and the keys of a dataset with which it is read."""
    bare: dict[str, Any] = {"dataset": "muestra", "files": "*", "scope": "MUESTRA"}
    (dataset,) = _as_source({**bare, "columns": {"c": {"headings": ["-"]}}, "rows": [_row("c")]}).datasets
    layout = sniff(dataset, partial(_opened, path), path.name, lambda layout: _score(dataset, path, layout))
    top = _top(dataset, path, layout)
    row = _header_among(top)
    if row is None:
        raise PermanentError(ASKED["no_header"].format(name=path.name, rows=HEADER_ROWS))
    form = {"format": {"encoding": layout.encoding, "separator": layout.separator}} if layout.type == "csv" else {}
    return top[row], bare | form


def _score(dataset: TabularDataset, path: Path, layout: Layout) -> tuple[bool, int]:
    """Whether a CSV has a header with a layout, and how wide it is."""
    top = _top(dataset, path, layout)
    row = _header_among(top)
    return row is not None, _filled(top[row]) if row is not None else 0


def _top(dataset: TabularDataset, path: Path, layout: Layout) -> list[list[str]]:
    if layout.type == "csv":
        with closing(csv_top(partial(_opened, path), layout)) as rows:
            return list(itertools.islice(rows, HEADER_ROWS))
    with closing(xlsx_batches(partial(_opened, path), dataset, path.name)) as batches:
        return [row for batch in itertools.islice(batches, 1) for row in batch.rows[:HEADER_ROWS]]


def _header_among(rows: list[list[str]]) -> int | None:
    """The first row that is about as wide as the widest: titles and notes above a table fill a cell or two."""
    widest = max(map(_filled, rows), default=0)
    return next((at for at, row in enumerate(rows) if _filled(row) >= max(2, widest * 0.7)), None)


def _filled(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _row(column: str) -> dict[str, Any]:
    return {"entity": "account_identity", "fields": {"local_id": column}}


def _as_source(dataset: dict[str, Any]) -> TabularSource:
    source = {
        "source": "muestra",
        "name": "Muestra",
        "kind": "tabular",
        "folder": "muestra",
        "delivers": "snapshot per file scope",
        "datasets": [dataset],
    }
    return validated(Path("--sample"), source, TabularSource)
