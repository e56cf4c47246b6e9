"""The header of a file: which of its first rows it is, and which cell is which column of the contract.

Data flow: rows at the top of a table -> headings (one row, or two put together) -> the row with the columns of the
contract -> Header.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from trimestre import texts
from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.contracts.tabular import Column
from trimestre.errors import PermanentError
from trimestre.sources.tabular.contract import HEADER_ROWS
from trimestre.sources.tabular.matching import normal, plain
from trimestre.sources.tabular.sections import is_section_line
from trimestre.sources.tabular.sniffing import SEPARATORS, Layout
from trimestre.texts import DELIVERED

_UTC = re.compile(r"\(\s*UTC\s*\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The header of one file."""

    layout: Layout
    width: int
    columns: dict[str, int]
    """Column of the contract -> place of its cell; a column that the file lacks is left out."""
    dropped: frozenset[int]
    kept: tuple[int, ...]
    """Places of the cells that make a record differ: neither dropped nor ignored."""
    digest: str
    """Of the headings and of what was decided for the whole file: another one gives other records."""
    unknown: tuple[str, ...]
    formats: dict[str, tuple[str, ...]]
    """Column -> its formats in this file, where they are not all those of the contract."""
    utc: frozenset[str]
    """Columns whose heading says that their times are in UTC."""

    @property
    def landed(self) -> list[int]:
        """Places of the cells that may be landed."""
        return [place for place in range(self.width) if place not in self.dropped]


class Found(NamedTuple):
    """The best candidate for the header among some rows."""

    row: int
    missing: list[str]
    """Required columns that it lacks, as people call them; none = it is the header."""
    known: int
    """Columns whose heading it has."""

    @property
    def is_header(self) -> bool:
        """Whether it is one at all: without a required column, any known heading makes a row the header."""
        return bool(self.known) and not self.missing


class _Places:
    """Where the columns of a dataset stand among some headings."""

    def __init__(self, dataset: TabularDataset) -> None:
        self._columns = dataset.columns
        self._wanted = {
            code: [_forms(column, form) for form in (normal, plain)] for code, column in dataset.columns.items()
        }

    def by_heading(self, headings: Sequence[str]) -> dict[str, list[int]]:
        """Column -> the places with one of its headings: with their accents or, failing that, without."""
        tables: list[dict[str, list[int]]] = [{}, {}]
        for place, cell in enumerate(headings):
            if cell.strip():
                for table, form in zip(tables, (normal, plain), strict=True):
                    table.setdefault(form(cell), []).append(place)
        found = {}
        for code, forms in self._wanted.items():
            for table, wanted in zip(tables, forms, strict=True):
                places = sorted(place for heading in wanted for place in table.get(heading, ()))
                if places:
                    found[code] = self._occurring(code, places)
                    break
        return found

    def _occurring(self, code: str, places: list[int]) -> list[int]:
        occurrence = self._columns[code].occurrence
        return places if occurrence is None else places[occurrence - 1 : occurrence]

    def all(self, headings: Sequence[str]) -> dict[str, list[int]]:
        """Column -> its places: by heading or, where it has none, as the first column or the one right of another."""
        found = {code: places for code, places in self.by_heading(headings).items() if places}
        for code, column in self._columns.items():
            if code not in found and column.position == "first" and headings and not headings[0].strip():
                found[code] = [0]
        for code in self._columns:
            self._right_of(code, found, headings)
        return found

    def _right_of(self, code: str, found: dict[str, list[int]], headings: Sequence[str]) -> None:
        left = self._columns[code].right_of
        if code in found or left is None:
            return
        self._right_of(left, found, headings)
        if left in found:
            place = found[left][0] + 1
            if place < len(headings) and not headings[place].strip():
                found[code] = [place]


def _forms(column: Column, form: Callable[[str], str]) -> set[str]:
    wanted = {form(heading) for heading in column.headings if heading.strip()}
    if column.type in ("instant", "date"):
        wanted |= {f"{heading} (utc)" for heading in wanted}
    return wanted


def filled(row: Sequence[str]) -> list[str]:
    """A row filled forward over its blank cells."""
    result: list[str] = []
    for cell in row:
        result.append(cell if cell.strip() or not result else result[-1])
    return result


def headings_at(dataset: TabularDataset, rows: Sequence[Sequence[str]], row: int) -> list[str]:
    """The headings that begin in a row: its cells or, with two header rows, «first | second»."""
    if dataset.format.header_rows == 1:
        return list(rows[row])
    below = rows[row + 1] if row + 1 < len(rows) else ()
    above = filled([*rows[row], *[""] * (len(below) - len(rows[row]))])
    pairs = itertools.zip_longest(above, below, fillvalue="")
    return [" | ".join(part for part in pair if part.strip()) for pair in pairs]


def find_header(dataset: TabularDataset, rows: Sequence[Sequence[str]]) -> Found:
    """The row among the first :data:`HEADER_ROWS` in which the header begins, or what comes nearest to one.

    The first with every required column, unless a better one follows after a single row: so it is with the block that
    says of a meeting what the table says of people.
    """
    places = _Places(dataset)
    required = {code: column for code, column in dataset.columns.items() if column.required}
    best = Found(0, [_called(dataset, code) for code in required], 0)
    for row in range(min(len(rows), HEADER_ROWS)):
        headings = headings_at(dataset, rows, row)
        known = len(places.by_heading(headings))
        if best.is_header and sum(any(cell.strip() for cell in rows[at]) for at in range(best.row, row)) > 2:
            break
        if known <= (best.known if best.is_header else 0):
            continue
        there = places.all(headings)
        missing = [_called(dataset, code) for code in required if code not in there]
        for group in dataset.at_least_one:
            if not any(code in there for code in group):
                missing.append(DELIVERED["or"].join(_called(dataset, code) for code in group))
        candidate = Found(row, missing, known)
        if candidate.is_header or (not best.is_header and known > best.known):
            best = candidate
    return best


def _called(dataset: TabularDataset, code: str) -> str:
    """A column as people call it."""
    column = dataset.columns[code]
    if column.headings and column.headings[0].strip():
        return column.headings[0]
    if column.right_of is not None:
        return DELIVERED["blank_right_of"].format(column=_called(dataset, column.right_of))
    return DELIVERED["blank_first"]


def header_row(dataset: TabularDataset, rows: Sequence[Sequence[str]], name: str) -> int:
    """Index of the row in which the header begins; :class:`PermanentError` when there is none."""
    found = find_header(dataset, rows)
    if found.is_header:
        return found.row
    where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
    if not any(cell.strip() for row in rows for cell in row):
        raise PermanentError(DELIVERED["empty"].format(where=where))
    # A row that shares but one word with the contract is somebody's answers as likely as a header.
    seen = _recognised(dataset, rows, found.row) if found.known > 1 else DELIVERED["no_header"].format(rows=HEADER_ROWS)
    mend = _other_separator(dataset, rows) or DELIVERED["export_anew"]
    raise PermanentError(
        DELIVERED["columns_gone"].format(where=where, found=seen, missing=", ".join(found.missing), mend=mend)
    )


def _other_separator(dataset: TabularDataset, rows: Sequence[Sequence[str]]) -> str:
    """What to do about a CSV whose columns another separator than the declared one tells apart; empty if none does."""
    own = dataset.format.separator
    if dataset.format.type == "xlsx" or own not in SEPARATORS:
        return ""
    for other in SEPARATORS:
        split = [own.join(row).split(other) for row in rows]
        if other != own and find_header(dataset, split).is_header:
            return DELIVERED["other_separator"].format(found=texts.SEPARATORS[other], expected=texts.SEPARATORS[own])
    return ""


def _recognised(dataset: TabularDataset, rows: Sequence[Sequence[str]], row: int) -> str:
    """The headings of a row that the contract knows. How many others there are, but not what they are: any other cell
    of a row that only resembles a header may be a person's data."""
    headings = headings_at(dataset, rows, row)
    known = sorted({place for places in _Places(dataset).by_heading(headings).values() for place in places})
    others = sum(bool(cell.strip()) for cell in headings) - len(known)
    shown = ", ".join(" ".join(headings[place].split()) for place in known)
    return shown + (DELIVERED["other" if others == 1 else "others"].format(count=others) if others else "")


def header_of(
    contract: TabularSource,
    dataset: TabularDataset,
    layout: Layout,
    headings: Sequence[str],
    name: str,
    formats: Mapping[str, tuple[str, ...]] | None = None,
) -> Header:
    """The header with these headings; :class:`PermanentError` where two of them are the same column.

    ``formats`` are those decided for the file: column -> the formats that count in it.
    """
    columns: dict[str, int] = {}
    for code, places in _Places(dataset).all(headings).items():
        if len(places) > 1:
            twice = ", ".join(" ".join(headings[place].split()) for place in places)
            where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
            raise PermanentError(DELIVERED["twice"].format(where=where, count=len(places), column=code, headings=twice))
        columns[code] = places[0]
    dropped = _dropped(contract, headings)
    ignored = {columns[code] for code in dataset.ignore_columns if code in columns}
    kept = tuple(place for place in range(len(headings)) if place not in dropped and place not in ignored)
    known = {*columns.values(), *dropped}
    decided = sorted((formats or {}).items())
    digested = json.dumps([[normal(headings[place]) for place in kept], decided]).encode("ascii")
    return Header(
        layout=layout,
        width=len(headings),
        columns={code: place for code, place in columns.items() if place not in dropped},
        dropped=dropped,
        kept=kept,
        digest=hashlib.sha256(digested).hexdigest(),
        unknown=_unknown(dataset, [cell for place, cell in enumerate(headings) if place not in known]),
        formats=dict(formats or {}),
        utc=frozenset(code for code, place in columns.items() if _UTC.search(headings[place])),
    )


def _unknown(dataset: TabularDataset, headings: Sequence[str]) -> tuple[str, ...]:
    """Headings of no column as they are shown: of two rows the first, since the second may be the first answer (of a
    heading of one part it can't be told which of the rows it stands in)."""
    whole = [" ".join(cell.split()) for cell in headings if cell.strip()]
    if dataset.format.header_rows == 1:
        return tuple(whole)
    return tuple(dict.fromkeys(cell.split(" | ")[0] for cell in whole if " | " in cell))


def _dropped(contract: TabularSource, headings: Sequence[str]) -> frozenset[int]:
    """Places of the columns that must not be landed.

    Of a heading of two rows either the whole or its first row may be named; a column with a blank heading belongs to
    the one left of it.
    """
    gone = {plain(heading) for heading in contract.drop}
    dropped: set[int] = set()
    for place, cell in enumerate(headings):
        if cell.strip():
            if plain(cell) in gone or plain(cell.split(" | ")[0]) in gone:
                dropped.add(place)
        elif place - 1 in dropped:
            dropped.add(place)
    return frozenset(dropped)


def above_landed(dataset: TabularDataset, header: Header, above: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The rows down to the header of a file from which columns are dropped.

    Of what stands above the header only the line of its section remains: a report says there, too, what may be dropped.
    """
    first = len(above) - dataset.format.header_rows
    rows = [list(row) if is_section_line(dataset, row) else [] for row in above[:first]]
    for number, row in enumerate(above[first:]):
        cells = [*row, *[""] * (header.width - len(row))]
        if number == 0 and dataset.format.header_rows == 2:
            # Without its first column, a question would lend the others of it the heading of the one before.
            cells = filled(cells)
        rows.append([cells[place] for place in header.landed])
    return rows
