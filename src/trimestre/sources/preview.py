"""What would be staged of one file, without landing, door and database.

Data flow: file + contract of a tabular source -> records as the connector reads them -> counts, the first rows of each
entity (masked), and hints: what the rules of ``expectations/`` would hold back or count.
"""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import zstandard

from trimestre.contracts import Project
from trimestre.contracts.base import validated
from trimestre.contracts.expectations import Rule
from trimestre.contracts.sources import TabularDataset, TabularSource
from trimestre.errors import ContractError, PermanentError
from trimestre.sources.base import LandedFile, RecordChunk
from trimestre.sources.masking import masked
from trimestre.sources.tabular import TabularConnector
from trimestre.sources.tabular.fetch import datasets_of
from trimestre.sources.tabular.header import headings_at
from trimestre.sources.tabular.reading import Table, read_table
from trimestre.texts import ASKED

if TYPE_CHECKING:
    import pandas as pd

SHOWN_POSITIONS = 10
"""Of anything that is counted, so many positions are kept."""

HEADER_POSITION = "0"
"""Position of the header, which is a record of its own where it tells the questions of a survey."""

_FORMS = {
    "instant": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)",
    "date": r"\d{4}-\d\d-\d\d",
    "integer": r"-?\d+",
    "number": r"-?\d+(?:\.\d+)?",
    "boolean": r"true|false",
}
"""Named conditions of the rules that a value alone can fail; the night asks PostgreSQL, which knows the calendar."""


@dataclass
class Counted:
    """How many, and where the first of them are (positions of records, from 1 below the header)."""

    count: int = 0
    positions: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    """Distinct values found, only when they were asked for."""

    def add(self, positions: Sequence[str], values: Sequence[str] = ()) -> None:
        """Count some more."""
        self.count += len(positions)
        self.positions += positions[: SHOWN_POSITIONS - len(self.positions)]
        for value in values:
            if value not in self.values and len(self.values) < SHOWN_POSITIONS:
                self.values.append(value)


@dataclass
class EntityRows:
    """The rows of one entity."""

    count: int = 0
    out_of_scope: int = 0
    columns: list[str] = field(default_factory=list)
    first: list[list[str]] = field(default_factory=list)
    """The first rows as they may be shown; nothing is an empty text."""


@dataclass
class Preview:
    """What one file would become."""

    file: str
    dataset: str
    type: str
    encoding: str
    separator: str
    header_row: int
    """Row of the file that holds the headings, from 1."""
    headings: list[tuple[str, str]]
    """Heading as it stands in the file, column of the contract."""
    missing: list[str]
    """Optional columns that the file lacks."""
    unknown: list[str]
    """Headings of no column."""
    masked: bool
    questions: int = 0
    """Questions of the survey that the dataset asks; the header that tells them is no row of data."""
    parsed: int = 0
    blank: int = 0
    repeated: Counted = field(default_factory=Counted)
    unreadable: dict[str, Counted] = field(default_factory=dict)
    """Code of the reason -> records."""
    entities: dict[str, EntityRows] = field(default_factory=dict)
    hints: dict[tuple[str, str], Counted] = field(default_factory=dict)
    """Entity and code of the rule -> rows that it would find."""


def preview(
    project: Project,
    contract: TabularSource,
    path: Path,
    *,
    dataset: str | None = None,
    rows: int = 5,
    show_values: bool = False,
) -> Preview:
    """Read a file as its source would; ``rows`` of each entity are kept. Personal data is masked unless asked for.

    What the project's surveys say of this source's (which question is the sex, which texts are safe) counts; a source
    that the project does not have is read without them.

    :class:`PermanentError` with the connector's message when the file can't be read as that dataset.
    """
    chosen = dataset_for(contract, path.name, dataset)
    if not path.is_file():
        raise PermanentError(ASKED["file"].format(name=path.name))
    surveys = project.surveys_of(contract.source) if contract.source in project.sources else None
    connector = TabularConnector(contract, path.parent, surveys, project.events)
    held_on = next((event.held_on for event in project.events if event.event == chosen.event), None)
    table = read_table(contract, chosen, lambda: path.open("rb"), path.name, held_on)
    table.close()
    found = _begun(chosen, table, path.name, masked=not show_values)
    seen: set[bytes] = set()
    with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
        for chunk in connector.chunks([_as_landed(chosen, path, Path(workroom))]):
            parsed = _count_records(found, chunk, seen) if chunk.positions != [HEADER_POSITION] else [0]
            for entity, frame in chunk.rows(parsed).items() if parsed else ():
                _take_rows(found, entity, frame, rows)
                found.questions += int((frame["sub_code"] == "").sum()) if entity == "question" else 0
                _judge(found, project, entity, frame, chunk.positions)
    return found


def source_of_preset(preset: str, scope: str, modules: Mapping[str, Sequence[str]]) -> TabularSource:
    """A source of one dataset that is nothing but a preset, to see whether a file fits it."""
    dataset = {"dataset": preset, "extends": preset, "files": "*", "scope": scope}
    source = {
        "source": "vista_previa",
        "name": "Vista previa",
        "kind": "tabular",
        "folder": "vista_previa",
        "delivers": "snapshot per file scope",
        "datasets": [
            dataset | ({"modules": {code: list(names) for code, names in modules.items()}} if modules else {})
        ],
    }
    return validated(Path(f"--preset {preset}"), source, TabularSource)


def dataset_for(contract: TabularSource, name: str, wanted: str | None) -> TabularDataset:
    """The dataset that was asked for, or the one whose file names look like this."""
    by_name = {dataset.dataset: dataset for dataset in contract.datasets}
    if wanted is None:
        fitting = datasets_of(contract, name) or list(contract.datasets)
        if len(fitting) == 1:
            return fitting[0]
    elif wanted in by_name:
        return by_name[wanted]
    raise ContractError(
        ASKED["dataset"].format(
            source=contract.source, name=name, found=wanted or ASKED["several_datasets"], known=", ".join(by_name)
        )
    )


def _begun(dataset: TabularDataset, table: Table, name: str, *, masked: bool) -> Preview:
    header, layout = table.header, table.header.layout
    row = len(table.above) - dataset.format.header_rows
    headings = headings_at(dataset, table.above, row)
    return Preview(
        file=name,
        dataset=dataset.dataset,
        type=layout.type,
        encoding=layout.encoding,
        separator=layout.separator,
        header_row=row + 1,
        headings=[
            (" ".join(headings[place].split()) if place < len(headings) else "", code)
            for code, place in sorted(header.columns.items(), key=itemgetter(1))
        ],
        missing=[code for code in dataset.columns if code not in header.columns],
        unknown=list(header.unknown),
        masked=masked,
    )


def _as_landed(dataset: TabularDataset, path: Path, workroom: Path) -> LandedFile:
    """A file as the connector gets it: compressed, in a folder that is gone afterwards."""
    target = workroom / "file.zst"
    with path.open("rb") as source, target.open("wb") as raw:
        zstandard.ZstdCompressor(level=1).copy_stream(source, raw)
    return LandedFile(0, dataset.dataset, dataset.scope, target, path.name, "")


def _count_records(found: Preview, chunk: RecordChunk, seen: set[bytes]) -> list[int]:
    """Count records as the door does; returns the indices of those that give rows."""
    parsed = []
    for index, record in enumerate(chunk.records):
        mark = hashlib.blake2b(record, digest_size=16).digest()
        if not record:
            found.blank += 1
        elif mark in seen:
            found.repeated.add([chunk.positions[index]])
        elif index in chunk.unreadable:
            found.unreadable.setdefault(chunk.unreadable[index], Counted()).add([chunk.positions[index]])
        else:
            parsed.append(index)
        seen.add(mark)
    found.parsed += len(parsed)
    return parsed


def _take_rows(found: Preview, entity: str, frame: "pd.DataFrame", rows: int) -> None:
    kept = found.entities.setdefault(entity, EntityRows())
    kept.count += len(frame)
    kept.out_of_scope += int(frame["out_of_scope"].notna().sum())
    hidden = {"record", "out_of_scope"} if not kept.out_of_scope else {"record"}
    kept.columns = [*kept.columns, *(name for name in frame.columns if name not in {*hidden, *kept.columns})]
    for row in frame.head(max(rows - len(kept.first), 0)).to_dict("records"):
        free_text = row.get("free_text") == "true"
        kept.first.append(
            [_shown(found, entity, str(name), row.get(name), free_text=free_text) for name in kept.columns]
        )


def _shown(found: Preview, entity: str, name: str, value: object, *, free_text: bool) -> str:
    if not isinstance(value, str):
        return ""
    return masked(entity, name, value, free_text=free_text and name == "value") if found.masked else value


def _judge(found: Preview, project: Project, entity: str, frame: "pd.DataFrame", positions: Sequence[str]) -> None:
    """Count the rows in scope that the rules about single values would find."""
    frame = frame[frame["out_of_scope"].isna()]
    suite = project.suites.get(entity)
    for rule in suite.rules if suite else ():
        failing = _failing(project, rule, frame)
        if failing is not None and failing.any():
            bad = frame[failing]
            values = [] if found.masked else bad[rule.column].dropna().unique().tolist()
            places = [positions[record] for record in bad["record"]]
            found.hints.setdefault((entity, rule.rule), Counted()).add(places, values)


def _failing(project: Project, rule: Rule, frame: "pd.DataFrame") -> "pd.Series[bool] | None":
    """Which rows fail a rule, or null where only the database can tell."""
    if rule.column not in frame.columns:
        return None
    cells = frame[rule.column]
    if rule.expectation == "expect_column_values_to_not_be_null":
        return cells.isna()
    if rule.expectation == "expect_column_values_to_be_in_set":
        allowed = _allowed(project, rule)
        return None if allowed is None else cells.notna() & ~cells.isin(allowed)
    if rule.check in _FORMS:
        return cells.notna() & ~cells.str.fullmatch(_FORMS[rule.check]).astype(bool)
    return None


def _allowed(project: Project, rule: Rule) -> set[str] | None:
    """The values of a rule's ``value_set`` with its placeholders replaced by the project's codes."""
    known = {
        "$editions": list(project.editions()),
        "$modules": [module.module for course in project.courses for module in course.modules],
        "$surveys": [survey.survey for survey in project.surveys],
        "$events": [event.event for event in project.events],
        "$indicators": project.indicator_codes(),
        "$periods": [str(period) for period in project.periods.all()],
    }
    listed = rule.kwargs.get("value_set", ())
    items = [listed] if isinstance(listed, str) else [str(item) for item in listed]
    if any(item.startswith("$") and item not in known for item in items):
        return None
    return {value for item in items for value in known.get(item, [item])}
