"""Reproducing: a vintage worked out again from what was known and defined then, and told apart from what was published.

What was known is read from history at the batches that the vintage pins; what was officially said before, from the
vintages that it knew. Nothing is stored. ``pipeline.reliving`` makes the same comparison in a warehouse that was filled
from landed files alone.

Data flow: vintage -> pins, base, definitions -> draft -> its hash against the vintage's -> cells and rows that differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.indicators.definitions import project_from
from trimestre.indicators.drafting import Draft, draft, frozen
from trimestre.indicators.evidence import Pins, pins_at
from trimestre.indicators.hashing import CELL, hashed_definitions, stored_digests
from trimestre.indicators.placing import base_of
from trimestre.indicators.vintages import values_of, verify_hash, vintage_of
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.database import transaction, whole_tables
from trimestre.warehouse.sqlfiles import statement

SHOWN = 200
"""Rows of a set that are told one by one; more are counted."""

_PLACE = CELL[:5]
"""What a cell is known by: indicator, official, covers, disaggregation, category."""


@dataclass(frozen=True)
class Cell:
    """A cell that is another one now."""

    place: tuple[Any, ...]
    """Indicator, whether it is the official line, covers, breakdown, category."""
    fields: Mapping[str, tuple[Any, Any]]
    """What of it differs: name -> (published, worked out again); a cell that one side lacks has None there."""


@dataclass(frozen=True)
class Row:
    """A row of evidence that is another one now."""

    sha256: str
    """Of its landed file; empty = from none."""
    position: str
    source: str
    published: Mapping[str, Any] | None
    """What was counted of it; None = it was not there."""
    again: Mapping[str, Any] | None


@dataclass(frozen=True)
class Rows:
    """The rows that differ behind some lines of indicators, which share them."""

    lines: tuple[tuple[str, bool], ...]
    """Indicator, and whether it is its official line."""
    total: int
    rows: tuple[Row, ...]
    """The first of them, by file and position."""


@dataclass(frozen=True)
class Reproduced:
    """What working a vintage out again gave."""

    candidate_id: int
    period: str
    vintage: int
    hash: str
    """As it was approved."""
    again: str
    """As it is worked out again."""
    intact: bool
    """Whether what is stored of it still gives its hash."""
    definitions_differ: bool
    cells: tuple[Cell, ...]
    rows: tuple[Rows, ...]
    replayed: tuple[str, ...] = ()
    """Sources that were made anew since under the contract and decisions of a later day."""

    @property
    def same(self) -> bool:
        """Whether it is the vintage, letter by letter, and so is what is stored of it."""
        return self.hash == self.again and self.intact


def reproduce(engine: sa.Engine, project: Project, period: Period, number: int | None = None) -> Reproduced:
    """Work out a vintage (the one in force without a number) from history, with its own definitions; stores nothing.

    :class:`ContractError` when there is no such vintage, or its figures are of before Trimestre.
    """
    with transaction(engine) as connection:
        # a replay that commits meanwhile must not be seen by half of the statements
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        found = reproducible(connection, period, number)
        pins = pins_at(connection, found["pins"])
        return compared(connection, project_from(found["definitions"], project), found, pins)


def reproducible(connection: sa.Connection, period: Period, number: int | None) -> dict[str, Any]:
    """A vintage with rows of its own, as ``vintages.candidate_of`` gives it; else :class:`ContractError`."""
    found = vintage_of(connection, period, number)
    if found["kind"] == "inherited":
        raise ContractError(REFUSALS["not_reproducible"].format(vintage=found["vintage"], period=period))
    return found


def compared(connection: sa.Connection, project: Project, found: Mapping[str, Any], pins: Pins) -> Reproduced:
    """Work out a stored vintage in the open transaction, as ``project`` defines it and ``pins`` know it."""
    period = Period.parse(found["period"])
    whole_tables(connection)
    made = draft(connection, project, period, pins, base_of(connection, project, found["base"], period))
    intact = verify_hash(connection, found["candidate_id"])
    same = intact and made.hash == found["hash"]
    return Reproduced(
        candidate_id=found["candidate_id"],
        period=found["period"],
        vintage=found["vintage"],
        hash=found["hash"],
        again=made.hash,
        intact=intact,
        definitions_differ=not same and _differ(found, made),
        cells=() if same else _cells(connection, found, made),
        rows=() if same else _rows(connection, found, made),
        replayed=() if same else _replayed(connection, found),
    )


def _differ(found: Mapping[str, Any], made: Draft) -> bool:
    then, now = (hashed_definitions(item, found["period"]) for item in (found["definitions"], made.definitions))
    return then != now


def _cells(connection: sa.Connection, found: Mapping[str, Any], made: Draft) -> tuple[Cell, ...]:
    """The cells that differ, by indicator, line, span, breakdown and category."""
    published = {_place(cell): cell for cell in values_of(connection, found["candidate_id"])}
    again = {_place(cell): cell for cell in made.values}
    cells = []
    for place in sorted(published.keys() | again.keys(), key=str):
        then, now = (side.get(place, {}) for side in (published, again))
        names = [name for name in CELL if name not in _PLACE and then.get(name) != now.get(name)]
        if names:
            cells.append(Cell(place, {name: (then.get(name), now.get(name)) for name in names}))
    return tuple(cells)


def _place(cell: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(cell[name] for name in _PLACE)


def _rows(connection: sa.Connection, found: Mapping[str, Any], made: Draft) -> tuple[Rows, ...]:
    """The rows that differ, once for all lines that share them."""
    stored = connection.execute(
        sa.text("SELECT indicator, official, set_id FROM results.evidence_set WHERE candidate_id = :candidate_id"),
        {"candidate_id": found["candidate_id"]},
    )
    sets = {(row.indicator, row.official): row.set_id for row in stored}
    digests = stored_digests(connection, found["candidate_id"])
    pairs: dict[tuple[int, str], list[tuple[str, bool]]] = {}
    for line in made.lines:
        name = (line.indicator.code, line.official)
        if name in sets and digests[name] != line.digest:
            pairs.setdefault((sets[name], line.table), []).append(name)
    return tuple(
        _rows_of(connection, set_id, table, found["period"], tuple(lines)) for (set_id, table), lines in pairs.items()
    )


def _rows_of(
    connection: sa.Connection, set_id: int, table: str, period: str, lines: tuple[tuple[str, bool], ...]
) -> Rows:
    rows = connection.execute(
        sa.text(statement("scratch/differing", again=frozen(table))),
        {"set_id": set_id, "last": period, "shown": SHOWN},
    ).all()
    told = tuple(Row(row.sha256, row.position, row.source, row.published, row.again) for row in rows)
    return Rows(lines, rows[0].total if rows else 0, told)


def _replayed(connection: sa.Connection, found: Mapping[str, Any]) -> tuple[str, ...]:
    sources = connection.scalars(
        sa.text("SELECT DISTINCT source FROM ops.batch WHERE replayed_at > :prepared_at ORDER BY source"),
        {"prepared_at": found["prepared_at"]},
    )
    return tuple(sources)
