"""Whether what the contract of a dataset says of its files can be kept: fields, encodings, formats.

Data flow: YAML -> check_dataset. What the other modules of the package share stands here, too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

import pandas as pd

from trimestre.contracts.sources import RowTemplate, TabularDataset, TabularSource
from trimestre.contracts.tabular import Column, Threshold, parts_of
from trimestre.errors import ContractError
from trimestre.sources.tabular.matching import plain
from trimestre.sources.tabular.plain import PlainRows
from trimestre.warehouse.entities import ENTITIES

ACCOUNT_FIELDS = ("local_id", "email", "fallback_id")
"""What says whose row it is: the first that holds something. The last one is for whom nothing else is known of."""

CHUNK_ROWS = 10_000
HEADER_ROWS = 30
"""Titles, logos and blank lines may stand above the header row, but not more than this."""

Opener = Callable[[], BinaryIO]
"""Opens the content of a file, as often as it is called."""


@dataclass
class Batch:
    """Some rows of a file as cells of text; ``broken`` = indices of rows with wrong quotes (one cell: the line)."""

    rows: list[list[str]] | PlainRows
    broken: set[int] = field(default_factory=set)


def check_dataset(contract: TabularSource, dataset: TabularDataset) -> None:
    """What the YAML model can't know: the entities' fields, encodings, strptime formats."""
    where = f"{contract.source}.yaml: dataset {dataset.dataset}"
    _check_format_of_file(where, dataset)
    unknown = sorted(set(dataset.ignore_columns) - set(dataset.columns))
    if unknown:
        raise ContractError(f"{where}: ignore_columns: found {unknown}, expected declared columns. Correct the names.")
    dropped = {plain(heading) for heading in contract.drop}
    for name, column in dataset.columns.items():
        if column.required and column.headings and all(plain(heading) in dropped for heading in column.headings):
            raise ContractError(
                f"{where}: column {name}: found its headings under `drop`, expected a required column to stay. "
                "Remove it from `drop` or from `columns`."
            )
        _check_column(f"{where}: column {name}", column)
        other = dataset.columns.get(column.instead or name)
        if other is None or (column.instead is not None and other.instead is not None):
            raise ContractError(
                f"{where}: column {name}: instead: found {column.instead!r}, expected a declared column that has none "
                "of its own. Correct the name."
            )
    for template in dataset.rows:
        _check_template(where, template)


def _check_format_of_file(where: str, dataset: TabularDataset) -> None:
    encoding, separator = dataset.format.encoding, dataset.format.separator
    try:
        "".encode("utf-8" if encoding == "auto" else encoding)
    except LookupError:
        raise ContractError(
            f"{where}: encoding: found {encoding!r}, expected one that Python knows. "
            "Write auto, utf-8-sig, cp1252 or utf-16."
        ) from None
    if separator in '"\r\n':
        raise ContractError(f"{where}: separator: found a quote or line break, expected a comma, semicolon or tab.")


def _check_column(where: str, column: Column) -> None:
    for strptime in column.formats:
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
    account_fields = ACCOUNT_FIELDS if entity.has_account else ()
    for name in template.fields:
        if name not in entity.fields and name not in account_fields:
            raise ContractError(
                f"{where}: rows of {entity.name}: found the field {name!r}, expected one of: "
                f"{', '.join(dict.fromkeys((*account_fields, *entity.fields)))}. Correct the name."
            )
    for part in (part for field_source in template.fields.values() for part in parts_of(field_source)):
        if isinstance(part, Threshold) and part.scale and not part.scale[0] <= part.at_least <= part.scale[1]:
            raise ContractError(
                f"{where}: rows of {entity.name}: found {part.at_least:g} (at_least or pass_mark), expected a number "
                f"on the scale of {part.column}, from {part.scale[0]:g} to {part.scale[1]:g}. Correct it."
            )
    if account_fields and not set(account_fields) & set(template.fields):
        raise ContractError(
            f"{where}: rows of {entity.name}: found none of {', '.join(account_fields)}, expected one of them. "
            "Add the column that says whose row it is."
        )
