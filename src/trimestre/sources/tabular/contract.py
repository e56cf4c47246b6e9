"""What the contract of a dataset says of its files: whether it can be kept, and which cell is which column.

Data flow: YAML -> check_dataset; rows at the top of a file -> header_row -> header_of -> Header.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import pandas as pd

from trimestre.contracts.sources import Column, RowTemplate, TabularDataset, TabularSource
from trimestre.errors import ContractError, PermanentError
from trimestre.warehouse.entities import ENTITIES

CHUNK_ROWS = 10_000
HEADER_ROWS = 30
"""Titles, logos and blank lines may stand above the header row, but not more than this."""

Opener = Callable[[], BinaryIO]
"""Opens the content of a file, as often as it is called."""


@dataclass
class Batch:
    """Some rows of a file as cells of text; ``broken`` = indices of rows with wrong quotes (one cell: the line)."""

    rows: list[list[str]]
    broken: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Header:
    """The header row of one file."""

    width: int
    columns: dict[str, int]
    """Column of the contract -> place of its cell; a column that the file lacks is left out."""
    dropped: frozenset[int]
    kept: tuple[int, ...]
    """Places of the cells that make a record differ: neither dropped nor ignored."""
    digest: str
    unknown: tuple[str, ...]

    @property
    def landed(self) -> list[int]:
        """Places of the cells that may be landed."""
        return [place for place in range(self.width) if place not in self.dropped]


def check_dataset(contract: TabularSource, dataset: TabularDataset) -> None:
    """What the YAML model can't know: the entities' fields, encodings, strptime formats."""
    where = f"{contract.source}.yaml: dataset {dataset.dataset}"
    try:
        "".encode(dataset.format.encoding)
    except LookupError:
        raise ContractError(
            f"{where}: encoding: found {dataset.format.encoding!r}, expected one that Python knows. "
            "Write utf-8-sig, cp1252 or utf-16."
        ) from None
    if dataset.format.separator in '"\r\n':
        raise ContractError(f"{where}: separator: found a quote or line break, expected a comma, semicolon or tab.")
    unknown = sorted(set(dataset.ignore_columns) - set(dataset.columns))
    if unknown:
        raise ContractError(f"{where}: ignore_columns: found {unknown}, expected declared columns. Correct the names.")
    dropped = {_plain(heading) for heading in contract.drop}
    for name, column in dataset.columns.items():
        if column.required and all(_plain(heading) in dropped for heading in column.headings):
            raise ContractError(
                f"{where}: column {name}: found its headings under `drop`, expected a required column to stay. "
                "Remove it from `drop` or from `columns`."
            )
        for strptime in column.formats:
            _check_format(f"{where}: column {name}", strptime)
    for template in dataset.rows:
        _check_template(where, template)


def _check_format(where: str, strptime: str) -> None:
    try:
        # A format such as "mixed" would be taken for one of pandas' own, which guess day and month cell by cell.
        if "%" not in strptime:
            raise ValueError
        pd.to_datetime(pd.Series(["0"]), format=strptime, errors="coerce")
    except ValueError:
        raise ContractError(
            f"{where}: formats: found {strptime!r}, expected a strptime format. Write one such as %d/%m/%Y %H:%M."
        ) from None


def _check_template(where: str, template: RowTemplate) -> None:
    entity = ENTITIES[template.entity]
    account_fields = ("local_id", "email") if entity.has_account else ()
    for name in template.fields:
        if name not in entity.fields and name not in account_fields:
            raise ContractError(
                f"{where}: rows of {entity.name}: found the field {name!r}, expected one of: "
                f"{', '.join(dict.fromkeys((*account_fields, *entity.fields)))}. Correct the name."
            )
    if account_fields and not set(account_fields) & set(template.fields):
        raise ContractError(
            f"{where}: rows of {entity.name}: found neither local_id nor email, expected one of them. "
            "Add the column that says whose row it is."
        )


def normal(text: str) -> str:
    """A heading as it is compared: NFC, without marks that nobody sees, blanks collapsed, case folded."""
    visible = text.replace("\ufeff", "").replace("\u200b", "")
    return unicodedata.normalize("NFC", " ".join(visible.split()).casefold())


def _plain(text: str) -> str:
    """A heading without its accents."""
    parts = unicodedata.normalize("NFD", normal(text))
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


def _places(column: Column, row: Sequence[str]) -> list[int]:
    """Where a column's headings stand in a row: with their accents or, failing that, without."""
    for form in (normal, _plain):
        wanted = {form(heading) for heading in column.headings}
        found = [place for place, cell in enumerate(row) if cell and form(cell) in wanted]
        if found:
            return found
    return []


def header_row(dataset: TabularDataset, rows: Sequence[Sequence[str]], name: str) -> int:
    """Index of the first row that holds every required heading."""
    required = {code: column for code, column in dataset.columns.items() if column.required}
    best: tuple[int, Sequence[str], list[str]] = (0, (), [column.headings[0] for column in required.values()])
    for place, row in enumerate(rows):
        known = {code for code, column in dataset.columns.items() if _places(column, row)}
        missing = [column.headings[0] for code, column in required.items() if code not in known]
        # Without a required column any known heading makes a row the header.
        if known and not missing:
            return place
        if len(known) > best[0]:
            best = (len(known), row, missing)
    # A row that shares but one word with the contract may be a person's data: it is not shown.
    headings = [" ".join(cell.split()) for cell in best[1] if cell.strip()] if best[0] > 1 else []
    found = f"the headings {', '.join(headings)}" if headings else f"no header in the first {HEADER_ROWS} rows"
    raise PermanentError(
        f"{name}, dataset {dataset.dataset}, columns gone: found {found}, expected also: {', '.join(best[2])}. "
        "Export the file anew with these columns, or add the new headings to the source's YAML."
    )


def header_of(contract: TabularSource, dataset: TabularDataset, row: Sequence[str], name: str) -> Header:
    """The header that a row is; :class:`PermanentError` where two cells of it are the same column."""
    # A workbook's rows come without their blank end; a CSV's have as many cells as its header, blank or not.
    columns: dict[str, int] = {}
    for code, column in dataset.columns.items():
        places = _places(column, row)
        if len(places) > 1:
            twice = ", ".join(" ".join(row[place].split()) for place in places)
            raise PermanentError(
                f"{name}, dataset {dataset.dataset}: found {len(places)} headings of the column {code} ({twice}), "
                "expected one. Remove or rename one of them."
            )
        if places:
            columns[code] = places[0]
    gone = {_plain(heading) for heading in contract.drop}
    dropped = frozenset(place for place, cell in enumerate(row) if cell and _plain(cell) in gone)
    ignored = {columns[code] for code in dataset.ignore_columns if code in columns}
    kept = tuple(place for place in range(len(row)) if place not in dropped and place not in ignored)
    known = {*columns.values(), *dropped}
    return Header(
        width=len(row),
        columns={code: place for code, place in columns.items() if place not in dropped},
        dropped=dropped,
        kept=kept,
        digest=hashlib.sha256(json.dumps([normal(row[place]) for place in kept]).encode("ascii")).hexdigest(),
        unknown=tuple(" ".join(cell.split()) for i, cell in enumerate(row) if cell.strip() and i not in known),
    )
