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
from trimestre.texts import YAML_FILES_OF_SOURCES
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
    where = YAML_FILES_OF_SOURCES["dataset"].format(file=f"{contract.source}.yaml", dataset=dataset.dataset)
    _check_format_of_file(where, dataset)
    unknown = sorted(set(dataset.ignore_columns) - set(dataset.columns))
    if unknown:
        raise ContractError(YAML_FILES_OF_SOURCES["ignore_columns"].format(where=where, found=", ".join(unknown)))
    dropped = {plain(heading) for heading in contract.drop}
    for name, column in dataset.columns.items():
        here = YAML_FILES_OF_SOURCES["column"].format(where=where, column=name)
        if column.required and column.headings and all(plain(heading) in dropped for heading in column.headings):
            raise ContractError(YAML_FILES_OF_SOURCES["dropped"].format(where=here))
        _check_column(here, column)
        other = dataset.columns.get(column.instead or name)
        if other is None or (column.instead is not None and other.instead is not None):
            raise ContractError(YAML_FILES_OF_SOURCES["instead"].format(where=here, found=column.instead))
    for template in dataset.rows:
        _check_template(where, template)


def _check_format_of_file(where: str, dataset: TabularDataset) -> None:
    encoding, separator = dataset.format.encoding, dataset.format.separator
    try:
        "".encode("utf-8" if encoding == "auto" else encoding)
    except LookupError:
        raise ContractError(YAML_FILES_OF_SOURCES["encoding"].format(where=where, found=encoding)) from None
    if separator in '"\r\n':
        raise ContractError(YAML_FILES_OF_SOURCES["separator"].format(where=where))


def _check_column(where: str, column: Column) -> None:
    for strptime in column.formats:
        try:
            # A format such as "mixed" would be taken for one of pandas' own, which guess day and month cell by cell.
            if "%" not in strptime:
                raise ValueError
            pd.to_datetime(pd.Series(["0"]), format=strptime, errors="coerce")
        except ValueError:
            raise ContractError(YAML_FILES_OF_SOURCES["formats"].format(where=where, found=strptime)) from None


def _check_template(where: str, template: RowTemplate) -> None:
    entity = ENTITIES[template.entity]
    where = YAML_FILES_OF_SOURCES["rows"].format(where=where, entity=entity.name)
    account_fields = ACCOUNT_FIELDS if entity.has_account else ()
    for name in template.fields:
        if name not in entity.fields and name not in account_fields:
            known = ", ".join(dict.fromkeys((*account_fields, *entity.fields)))
            raise ContractError(YAML_FILES_OF_SOURCES["field"].format(where=where, found=name, known=known))
    for part in (part for field_source in template.fields.values() for part in parts_of(field_source)):
        if isinstance(part, Threshold) and part.scale and not part.scale[0] <= part.at_least <= part.scale[1]:
            least, most = (f"{end:g}" for end in part.scale)
            scale = {"found": f"{part.at_least:g}", "column": part.column, "least": least, "most": most}
            raise ContractError(YAML_FILES_OF_SOURCES["scale"].format(where=where, **scale))
    if account_fields and not set(account_fields) & set(template.fields):
        raise ContractError(YAML_FILES_OF_SOURCES["whose"].format(where=where, known=", ".join(account_fields)))
