"""The rows behind a figure, a page at a time: however many there are, only those shown leave the database.

Of an official version the rows that it keeps; of what is known today those of the marts. A closed quarter that is asked
for as known today sees what came late for it, too: its rows are placed anew. Figures of before Trimestre have the cells
of their workbook.

Data flow: Quarter + indicator -> Behind (a statement and its parameters) + Wanted -> rows, their number, their reasons.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import psycopg
import sqlalchemy as sa

from trimestre.contracts.indicators import TOTAL, Dimension, Indicator
from trimestre.indicators.evidence import current_pins, pins_at
from trimestre.indicators.placing import base_of, current_base, gather, vintages_in_force
from trimestre.indicators.tracing import kept_set
from trimestre.reports.exporting import HARMLESS, ISO_INSTANT
from trimestre.reports.quarter import Quarter
from trimestre.warehouse.copying import copied
from trimestre.warehouse.sqlfiles import read, statement

COLUMNS = (
    "evidence_key", "account_key", "person_key", "period", "late", "at", "at_estimated", "source", "course", "edition",
    "event", "survey", "module", "sex", "institution", "state", "organisation_type", "value", "hit", "excluded",
    "batch_id", "landed_file_id", "dataset", "sha256", "position",
    "document",
)  # fmt: skip
"""What is told of a row."""

_CROSS = "×"
_TEXTS = {*COLUMNS} - {
    "account_key", "person_key", "late", "at", "at_estimated", "value", "hit", "batch_id", "landed_file_id",
}  # fmt: skip
"""Columns that hold what somebody may have typed."""


@dataclass(frozen=True)
class Behind:
    """All rows behind the official line of one indicator, as a statement."""

    text: str
    parameters: Mapping[str, Any]
    inherited: Mapping[str, Any]
    """Parameters of the cells of figures of before that the figure takes in."""


@dataclass(frozen=True)
class Wanted:
    """Which of them."""

    counted: bool | None = None
    """Those that count, those that do not; ``None`` = both."""
    reason: str | None = None
    """Only those left out for it."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Dimension -> category."""

    @property
    def parameters(self) -> dict[str, Any]:
        """As ``sql/page/wanted.sql`` names them."""
        dimensions = {name: self.categories.get(name) for name in get_args(Dimension)}
        return {"counted": self.counted, "reason": self.reason, **dimensions}


def categories_of(disaggregation: str, category: str) -> dict[str, str]:
    """Dimension -> category of a cell, crossed or not; empty for the total."""
    if disaggregation == TOTAL:
        return {}
    return dict(zip(disaggregation.split(_CROSS), category.split(f" {_CROSS} "), strict=False))


def behind_of(connection: sa.Connection, quarter: Quarter, indicator: Indicator) -> Behind:
    """The rows behind a figure of a quarter as it is shown."""
    text, parameters, base = _own(connection, quarter, indicator)
    first = str(quarter.period) if indicator.span == "period" else ""
    before = {"indicator": indicator.code, "candidates": list(base.values()), "first": first}
    behind = Behind(text, parameters, {**before, "last": str(quarter.period)} if base else {})
    if indicator.span == "latest" and page_of(connection, behind, Wanted(counted=True), 1, 1)[1]:
        return replace(behind, inherited={})  # the latest value is one of ours
    return behind


def page_of(
    connection: sa.Connection, behind: Behind, wanted: Wanted, number: int, size: int
) -> tuple[list[dict[str, Any]], int]:
    """The rows of a page (from 1 on) by :data:`COLUMNS`, and how many there are on all pages."""
    text, parameters = _wanted(behind.text), {**behind.parameters, **wanted.parameters}
    total: int = connection.execute(sa.text(f"SELECT count(*) FROM ({text}) AS w"), parameters).scalar_one()
    rows = connection.execute(
        sa.text(f"SELECT w.* FROM ({text}) AS w ORDER BY w.place LIMIT :size OFFSET :start"),
        {**parameters, "size": size, "start": (number - 1) * size},
    )
    return [dict(row._mapping) for row in rows], total


def inherited_of(connection: sa.Connection, behind: Behind, wanted: Wanted) -> list[dict[str, Any]]:
    """The cells of workbooks that the figure takes in: a handful."""
    if not behind.inherited:
        return []
    text = _wanted(read("vintages/inherited"))
    rows = connection.execute(sa.text(text), {**behind.inherited, **wanted.parameters})
    return [dict(row._mapping) for row in rows]


def csv_of(connection: sa.Connection, behind: Behind, wanted: Wanted, zone: str) -> Iterator[bytes]:
    """All rows asked for as UTF-8 with BOM, commas, ISO instants in ``zone``; nothing in it runs as a formula.

    The database writes the lines, so that memory stays flat and a million rows take seconds.
    """
    connection.execute(sa.text("SELECT set_config('TimeZone', :zone, TRUE)"), {"zone": zone})
    yield ("\ufeff" + ",".join(COLUMNS) + "\n").encode()
    listed = ", ".join(_written(name) for name in COLUMNS)
    parts = [(behind.text, behind.parameters, "place")]
    if behind.inherited:
        parts.append((read("vintages/inherited"), behind.inherited, "evidence_key"))
    for text, parameters, order in parts:
        bound = _bound(connection, text, {**parameters, **wanted.parameters})
        for _, block in copied(connection, f"SELECT {listed} FROM ({bound}) AS w ORDER BY w.{order}"):
            yield block


def reasons_of(connection: sa.Connection, behind: Behind) -> dict[str, int]:
    """Reason -> rows that it leaves out, the most first."""
    text = f"SELECT w.excluded, count(*) AS rows FROM ({_wanted(behind.text)}) AS w GROUP BY 1 ORDER BY 2 DESC, 1"
    parameters = {**behind.parameters, **Wanted(counted=False).parameters}
    return {row.excluded: row.rows for row in connection.execute(sa.text(text), parameters)}


def _wanted(text: str) -> str:
    return statement("page/wanted", behind=text)


def _bound(connection: sa.Connection, text: str, parameters: Mapping[str, Any]) -> str:
    """The statement of the rows asked for with its parameters as literals, quoted by the driver: COPY takes none."""
    compiled = sa.text(_wanted(text)).bindparams(**parameters).compile(dialect=connection.dialect)
    raw: Any = connection.connection.driver_connection
    return psycopg.ClientCursor(raw).mogrify(str(compiled), compiled.params)


def _written(name: str) -> str:
    """A column as a CSV has it."""
    if name == "at":
        return ISO_INSTANT.format("w.at")
    return HARMLESS.format(f"w.{name}") if name in _TEXTS else f"CAST(w.{name} AS text)"


def _own(
    connection: sa.Connection, quarter: Quarter, indicator: Indicator
) -> tuple[str, Mapping[str, Any], Mapping[str, int]]:
    """Statement and parameters of its own rows, and what was official then: quarter -> candidate."""
    if quarter.version.candidate_id is not None:
        text = sa.text("SELECT c.base FROM results.candidate AS c WHERE c.candidate_id = :id")
        base = connection.execute(text, {"id": quarter.version.candidate_id}).scalar_one()
        return read("page/kept"), kept_set(connection, quarter.version.candidate_id, indicator), base
    known = connection.execute(
        sa.text("SELECT c.pins, c.base FROM results.computation AS c WHERE c.period = :period AND c.current"),
        {"period": str(quarter.period)},
    ).one_or_none()
    closed = vintages_in_force(connection)
    base = known.base if known else closed
    if str(quarter.period) in closed:
        _place_anew(connection, quarter, indicator, known)
        return read("page/seen"), {}, base
    return read("page/today"), _today(connection, indicator, str(quarter.period)), base


def _today(connection: sa.Connection, indicator: Indicator, period: str) -> dict[str, Any]:
    """The quarters whose rows a figure is made of."""
    first = period if indicator.span == "period" else ""
    if indicator.span == "latest":
        newest = connection.execute(
            sa.text(
                "SELECT max(e.period) FROM marts.indicator_evidence AS e"
                " WHERE e.indicator = :indicator AND e.excluded IS NULL AND e.period <= :last"
            ),
            {"indicator": indicator.code, "last": period},
        ).scalar()
        first = period = newest or period
    return {"indicator": indicator.code, "first": first, "last": period}


def _place_anew(connection: sa.Connection, quarter: Quarter, indicator: Indicator, known: Any) -> None:
    """Leave the rows in the temporary table ``evidence``, as the newest computation of the quarter knew them."""
    project, period = quarter.project, quarter.period
    if known is None:
        pins, base = current_pins(connection), current_base(connection, project, period)
    else:
        pins, base = pins_at(connection, known.pins), base_of(connection, project, known.base, period)
    gather(connection, project, indicator, period=period, pins=pins, base=base, attribution=indicator.attribution)
