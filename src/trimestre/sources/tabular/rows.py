"""From records to rows.

Data flow: the chosen records, column by column -> one frame per entity, as the row templates of the contract say, or
the columns themselves, each once, and what is made of them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import reduce

import numpy as np
import pandas as pd

from trimestre.contracts.sources import RowTemplate, TabularDataset, TabularSource
from trimestre.contracts.tabular import (
    Chosen,
    Column,
    ColumnWhere,
    Constant,
    FieldSource,
    FirstOf,
    HashOf,
    Joined,
    PlainName,
    Threshold,
)
from trimestre.sources.base import RowFrames, WideRows, WideTemplate
from trimestre.sources.tabular.columns import as_column, columns_of, composed, each, trimmed
from trimestre.sources.tabular.header import Header
from trimestre.sources.tabular.matching import Meanings, plain
from trimestre.sources.tabular.names import CLEANED
from trimestre.sources.tabular.surveys import SurveyReader
from trimestre.sources.tabular.times import Times
from trimestre.sources.tabular.values import durations, numbers, scores, split_multiple
from trimestre.warehouse.entities import ENTITIES

Seen = Counter[tuple[tuple[str, ...], str]]
"""Columns of a numbered hash and the hash -> how many records of a file have had it."""

_NAMING = ("local_id", "email", "fallback_id")
"""Fields that say whose row it is."""
_NOBODYS = (
    r"(?:#(?:N/A|N/D|¡?(?:REF|VALOR|VALUE|DIV/0|NUM|NULO|NULL)!|¿?(?:NOMBRE|NAME)\?)|[0-9](?:[.,][0-9]+)?E\+[0-9]{2})"
)
"""What stands in the place of a number: an error of Excel's, or what it made of a long one (1.23E+11). Many have it."""

Twins = dict[tuple[str, ...], dict[int, int]]
"""Columns of a numbered hash -> index of a record -> which one of those with its hash it is, from 2 on."""


class Records:
    """The chosen records of a chunk, column by column."""

    def __init__(
        self,
        contract: TabularSource,
        dataset: TabularDataset,
        header: Header,
        rows: Sequence[Sequence[str]] | Mapping[int, Sequence[str]],
        chosen: Sequence[int],
        survey: SurveyReader | None,
    ) -> None:
        self._contract, self._dataset, self._header, self._survey = contract, dataset, header, survey
        self._cells_at = columns_of(rows, chosen, header.width)
        self._records = np.asarray(chosen, dtype=np.int64)
        self._cells: dict[str, pd.Series] = {}
        self._columns: dict[str, pd.Series] = {}
        self._fields: dict[str, pd.Series] = {}
        self._accounts: dict[tuple[str, ...], pd.Series] = {}
        self._twins: Twins = {}
        self._reasons: pd.Series | None = None

    def twins(self, numbered: Sequence[tuple[str, ...]], seen: Seen) -> Twins:
        """The records that are alike in the columns of a numbered hash, in their order; counts on in ``seen``."""
        found: Twins = {}
        for columns in numbered:
            ordinals: dict[int, int] = {}
            for index, text in zip(self._records.tolist(), self._hashes(columns), strict=True):
                if isinstance(text, str):
                    seen[columns, text] += 1
                    if seen[columns, text] > 1:
                        ordinals[index] = seen[columns, text]
            found[columns] = ordinals
        return found

    def frames(self, twins: Twins) -> RowFrames:
        """The rows of each entity in the order of their records."""
        if not len(self._records):
            return {}
        self._twins = twins
        made: dict[str, list[pd.DataFrame]] = {}
        for template in self._dataset.rows:
            frame = self._frame(template)
            if len(frame):
                made.setdefault(template.entity, []).append(frame)
            if self._survey is not None and template.entity == "response" and len(frame):
                made.setdefault("answer", []).append(self._answers(self._survey, template, frame))
        return {entity: frames[0] if len(frames) == 1 else _together(frames) for entity, frames in made.items()}

    def wide(self, twins: Twins) -> WideRows:
        """The columns that the rows are made of, each once, and how; not for a dataset that holds a survey."""
        self._twins = twins
        columns: dict[str, pd.Series] = {}
        names: dict[int, str] = {}  # by identity: what is named stays in `columns`

        def name_of(series: pd.Series) -> str:
            if id(series) not in names:
                names[id(series)] = f"c{len(columns)}"
                columns[names[id(series)]] = series
            return names[id(series)]

        templates = []
        for template in self._dataset.rows:
            constants = {
                name: source.value
                for name, source in template.fields.items()
                if isinstance(source, Constant) and name in ENTITIES[template.entity].fields and name not in _NAMING
                if name != "role" or not self._dataset.exclude
            }
            values = self._values(template, left_out=constants)
            if self._dataset.exclude:
                values = {"out_of_scope": self._left_out(template, values)} | values
            fields = {name: name_of(series) for name, series in values.items()}
            when = None if template.when is None else name_of(self._column(template.when))
            templates.append(WideTemplate(template.entity, fields, constants, when))
        return WideRows(self._records.tolist(), columns, templates)

    def _frame(self, template: RowTemplate) -> pd.DataFrame:
        values = self._values(template)
        if self._survey is not None and template.entity == "response":
            values["sex"] = self._survey.sex(self._column, values.get("sex", self._nothing()))
        out_of_scope = self._left_out(template, values)
        frame = pd.DataFrame({"record": self._records, "out_of_scope": out_of_scope, **values})
        if template.when is None:
            return frame
        return frame[self._column(template.when).notna()].reset_index(drop=True)

    def _answers(self, survey: SurveyReader, template: RowTemplate, responses: pd.DataFrame) -> pd.DataFrame:
        every = pd.Series(True, index=range(len(self._records)))
        chosen = every if template.when is None else self._column(template.when).notna()
        return survey.answers(self._column, frozenset(self._header.columns), responses, chosen)

    def _values(self, template: RowTemplate, *, left_out: Collection[str] = ()) -> dict[str, pd.Series]:
        """Field -> values of the rows of a template; one and the same series wherever the same is meant."""
        entity = ENTITIES[template.entity]
        values = {name: self._known(source) for name, source in template.fields.items() if name not in left_out}
        if entity.has_account:
            key = tuple(repr(template.fields.get(name)) for name in _NAMING)
            if key not in self._accounts:
                self._accounts[key] = self._account(values)
            values = {"account_ref": self._accounts[key]} | {
                name: value for name, value in values.items() if name in entity.fields
            }
        if template.entity == "reported_value":
            for name in ("disaggregation", "category"):
                if name not in left_out:
                    values[name] = values.get(name, self._nothing()).fillna("total")
        return values

    def _account(self, values: dict[str, pd.Series]) -> pd.Series:
        """Whose row it is: what is typed by people is compared without case and, a name, without accents."""
        account = values.get("local_id", self._nothing())
        nobodys = account.str.fullmatch(_NOBODYS, na=False)
        if nobodys.any():
            account = account.mask(nobodys)
        for name, known_by in (("email", _address), ("fallback_id", plain)):
            if name in values and (left := account.isna()).any():
                account = account.fillna(each(values[name][left], known_by))
        return account

    def _known(self, source: FieldSource) -> pd.Series:
        """The values of a field; made once for all templates that say it alike."""
        key = repr(source)
        if key not in self._fields:
            self._fields[key] = self._field(source)
        return self._fields[key]

    def _field(self, source: FieldSource) -> pd.Series:
        if isinstance(source, str):
            return self._column(source)
        if isinstance(source, Constant):
            return as_column([source.value] * len(self._records))
        if isinstance(source, ColumnWhere):
            deciding = self._column(source.where)
            counts = deciding.isin(source.values)
            return self._column(source.column).where(counts | deciding.isna() if "" in source.values else counts)
        if isinstance(source, Chosen):
            return self._chosen(source)
        if isinstance(source, Threshold):
            return self._reached(source)
        if isinstance(source, FirstOf):
            return reduce(pd.Series.fillna, map(self._field, source.first_of))
        if isinstance(source, Joined):
            return reduce(lambda left, right: left + source.between + right, map(self._field, source.joined))
        if isinstance(source, PlainName):
            return each(self._field(source.plain_name), lambda name: plain(name).title())
        if isinstance(source, HashOf):
            return self._hashed(source)
        says = {True: source.filled, False: source.blank}
        return as_column(self._column(source.column).notna().map(says))

    def _reached(self, source: Threshold) -> pd.Series:
        # As it came even where it is a `number`, among which a comma may be one of thousands.
        column = self._dataset.columns[source.column].model_copy(update={"type": "text"})
        cells = self._normalised(column, source.column)
        amounts = scores(cells, share=source.at_least <= 1)
        if source.scale is not None:
            amounts = amounts.where(amounts.between(*source.scale))
        judged = as_column(np.where(amounts >= source.at_least, source.reached, source.below).tolist())
        # What is no score stays as it came, and validation says so.
        judged = judged.where(amounts.notna(), cells)
        return judged if source.blank is None else judged.fillna(source.blank)

    def _hashed(self, source: HashOf) -> pd.Series:
        hashes, ordinals = self._hashes(source.hash_of), self._twins.get(source.hash_of, {})
        if not source.numbered or not ordinals:
            return hashes
        suffixes = [f"-{ordinals[index]}" if index in ordinals else "" for index in self._records.tolist()]
        return hashes + as_column(suffixes)

    def _hashes(self, columns: Sequence[str]) -> pd.Series:
        cells = pd.concat([self._column(name) for name in columns], axis=1)
        # A blank cell is not the same as an empty text, nor do two cells give the hash of one.
        texts = [json.dumps([cell if isinstance(cell, str) else None for cell in row]) for row in cells.to_numpy()]
        hashes = as_column([hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts])
        return hashes.where(cells.notna().any(axis=1))

    def _chosen(self, source: Chosen) -> pd.Series:
        cells, multiple = self._column(source.column), self._dataset.columns[source.column].multiple
        if multiple is None:  # the contract does not let this happen
            return self._nothing()
        split = split_multiple(cells, multiple.codes, multiple.separator)
        chosen = np.where([source.option in codes for codes, _ in split], "true", "false")
        return as_column(chosen.tolist()).where(cells.notna())

    def _left_out(self, template: RowTemplate, values: dict[str, pd.Series]) -> pd.Series:
        """Why the rows of a template are out of scope, or null.

        Of somebody's enrolment the reason becomes the role in ``values``, which is then no student's: one that was
        merged and is merely gone would count for ever, since platforms forget people who were there.
        """
        reasons = self._excluded()
        if template.entity != "enrolment" or reasons.isna().all():
            return reasons
        known = values["account_ref"].notna()
        values["role"] = reasons.where(known).fillna(values.get("role", self._nothing()))
        return reasons.mask(known)

    def _excluded(self) -> pd.Series:
        """The reason why a record is not counted, or null; the first one that applies. Made once."""
        if self._reasons is None:
            self._reasons = self._reasons_found()
        return self._reasons

    def _reasons_found(self) -> pd.Series:
        reasons = self._nothing()
        for exclusion in self._dataset.exclude:
            if exclusion.column not in self._header.columns:
                continue
            cells = self._cell_texts(exclusion.column)
            meant = Meanings(dict.fromkeys(exclusion.values, exclusion.reason)).column(cells)
            if any(not text.strip() for text in exclusion.values):
                meant = meant.mask(cells.isna(), exclusion.reason)
            reasons = reasons.fillna(meant)
        return reasons

    def _column(self, name: str) -> pd.Series:
        """A column's values, normalised as the contract says; made once."""
        if name not in self._columns:
            self._columns[name] = self._normalised(self._dataset.columns[name], name)
        return self._columns[name]

    def _cell_texts(self, name: str) -> pd.Series:
        """A column's cells as they stand in the file: trimmed, NFC, null when blank; made once."""
        if name not in self._cells:
            place = self._header.columns.get(name)
            if place is None:
                return self._nothing()
            cells = trimmed(self._cells_at(place))
            if self._dataset.format.unmask:
                cells = cells.str.replace(r"^'(?==)", "", regex=True)
            self._cells[name] = composed(cells)
        return self._cells[name]

    def _normalised(self, column: Column, name: str) -> pd.Series:
        cells = self._cell_texts(name)
        if (column.values or column.blank_values) and name in self._header.columns:
            # What means nothing is looked up first, then what means something.
            values = {**dict.fromkeys(column.blank_values, ""), **column.values}
            meanings = Meanings({key: value.strip() for key, value in values.items()})
            cells = each(cells, lambda text: (text if (value := meanings.of(text)) is None else value) or None)
        if column.clean:
            cells = each(cells, CLEANED[column.clean])
        if column.instead is not None:
            cells = cells.fillna(self._column(column.instead))
        if column.type == "text":
            return cells
        if column.type == "number":
            return numbers(cells)
        if column.type == "duration":
            return durations(cells, column.unit)
        zone = "UTC" if name in self._header.utc else column.timezone or self._contract.timezone
        times = Times(cells, self._header.formats.get(name, column.formats), zone)
        return times.instants() if column.type == "instant" else times.dates()

    def _nothing(self) -> pd.Series:
        return as_column([None] * len(self._records))


def _address(text: str) -> str | None:
    """An e-mail without case; «no tiene», «-» and what else is none would be one person for all who have none."""
    return text.casefold() if "@" in text else None


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of several templates of one entity, record by record."""
    return pd.concat(frames).sort_values("record", kind="stable", ignore_index=True)
