"""Cells of an indicator: what is counted per breakdown and category, for every quarter from one pass over its evidence.

A cell of several quarters is the sum of theirs; of persons it is known who was counted in which quarters, so that the
distinct persons of any span come from the same pass. Indicators and quarters that ask for the same cells share it.

Data flow: placed rows -> sql/compute/{cells,persons,latest} -> :class:`Line` -> cells of a window of quarters.
"""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.evidence import Pins, execute
from trimestre.indicators.placing import PERSONS, Base, Rows, placed_or_read
from trimestre.warehouse.sqlfiles import statement

ASKED_SEXES = ("mujer", "hombre")
SHARES = ("share", "response_rate", "top_two_box")
"""Measures that are 100 × hits / rows of which a hit is known."""
ADDED = ("n", "excluded", "late", "hits", "hits_known", "sex_known", "population_unknown", "by_open_link")
"""Numbers of a cell that are the sum of those of its quarters; so is ``total``, which may be null."""
SINCE_EVER = "0000-Q1"
"""Before any quarter."""

Key = tuple[str, str]
"""Breakdown and category."""
Cell = dict[str, Any]
"""disaggregation, category, numbers of :data:`ADDED`, persons, total, latest, latest_place, unknown, not_calculable."""


@dataclass
class Line:
    """What one line of an indicator holds, quarter by quarter."""

    quarters: dict[str, dict[Key, Cell]] = field(default_factory=dict)
    """Quarter (empty text: rows without one) -> cells."""
    labels: tuple[str, ...] = ()
    """Quarters in order; bit ``i`` of a pattern is the ``i``-th."""
    persons: dict[Key, dict[int, int]] = field(default_factory=dict)
    """Breakdown and category -> in which quarters (a bit each) -> number of persons."""

    def window(self, first: str, last: str, *, first_reach: bool = False) -> dict[Key, Cell]:
        """The cells of the quarters from ``first`` to ``last``.

        Persons are the distinct ones of these quarters; with ``first_reach`` those that no quarter before had counted.
        """
        cells: dict[Key, Cell] = {}
        for label in self.labels:
            if first <= label <= last:
                for key, cell in self.quarters[label].items():
                    _add(cells.setdefault(key, empty(key)), cell)
        inside = sum(1 << place for place, label in enumerate(self.labels) if first <= label <= last)
        for key, cell in cells.items():
            for quarters, persons in self.persons.get(key, {}).items():
                if (quarters & -quarters if first_reach else quarters) & inside:
                    cell["persons"] += persons
        return cells

    def latest_counted(self, first: str, last: str) -> str | None:
        """The latest of these quarters with a counted row."""
        counted = (
            label
            for label in reversed(self.labels)
            if first <= label <= last and any(cell["n"] for cell in self.quarters[label].values())
        )
        return next(counted, None)


@dataclass
class CellSource:
    """The lines of one transaction at its pins; each is worked out once, when it is first asked for."""

    connection: sa.Connection
    project: Project
    pins: Pins
    _known: dict[Any, Line] = field(default_factory=dict)
    _asked: dict[Any, Line] = field(default_factory=dict)

    def line(
        self,
        indicator: Indicator,
        attribution: str,
        base: Base,
        *,
        evidence: str | None = None,
        only_edition: str | None = None,
        only_event: str | None = None,
    ) -> Line:
        """One line of an indicator of the project, its rows placed by ``base``.

        ``evidence`` replaces the indicator's own, ``only_edition`` and ``only_event`` leave out the rows of others.
        """
        only = {"only_edition": only_edition, "only_event": only_event}
        vintages = frozenset(base.vintages.items())
        asked = (indicator.code, attribution, base.quarter, vintages, evidence, *only.values())
        if asked not in self._asked:  # every span of a quarter asks for the same
            self._asked[asked] = self._line(indicator, attribution, base, evidence, only)
        return self._asked[asked]

    def _line(
        self,
        indicator: Indicator,
        attribution: str,
        base: Base,
        evidence: str | None,
        only: dict[str, str | None],
    ) -> Line:
        rows = placed_or_read(self.connection, self.project, indicator, self.pins, base, attribution, evidence=evidence)
        persons = indicator.measure in PERSONS and evidence is None
        latest = indicator.measure in {"latest", "milestone"} and evidence is None
        key = (rows.table, *only.values(), tuple(indicator.breakdowns()), persons, latest)
        if key not in self._known:
            self._known[key] = self._read(indicator, rows, only, persons=persons, latest=latest)
        return self._known[key]

    def _read(
        self, indicator: Indicator, rows: Rows, only: dict[str, str | None], *, persons: bool, latest: bool
    ) -> Line:
        line = Line()
        tokens = _tokens(indicator) | {"placed": rows.text}
        for name in ("cells", *(["latest"] if latest else [])):
            for row in self._run(indicator, statement(f"compute/{name}", **tokens), only | rows.parameters):
                found = dict(row._mapping)
                place = found["disaggregation"], found["category"]
                line.quarters.setdefault(found.pop("period"), {}).setdefault(place, empty(place)).update(found)
        line.labels = tuple(sorted(label for label in line.quarters if label))
        if persons:
            size = len(line.labels)
            asked = {
                **only,
                "labels": list(line.labels),
                "masks": [f"{1 << place:0{size}b}" for place in range(size)],
            }
            for row in self._run(indicator, statement("compute/persons", **tokens), asked):
                line.persons.setdefault((row.disaggregation, row.category), {})[int(row.quarters, 2)] = row.persons
        return line

    def _run(self, indicator: Indicator, text: str, more: dict[str, Any]) -> sa.CursorResult[Any]:
        return execute(self.connection, self.project, indicator, self.pins, text, more)


def told(indicator: Indicator, line: Line, cells: dict[Key, Cell]) -> dict[Key, Cell]:
    """Cells of a window as they are told, the total first; it is always there, and both sexes where sex is a breakdown.

    ``unknown`` says that nothing of a cell was ever delivered: not available, which is not zero.
    ``not_calculable`` says that nobody can know its denominator, however complete the data are.
    """
    for cell in cells.values():
        # Only of people whose number nobody knows: a count of the others would be a zero.
        cell["unknown"] = not cell["n"] and cell["population_unknown"] > 0
        known = cell["hits_known"] if indicator.measure in SHARES else cell["n"]
        cell["not_calculable"] = not known and cell["by_open_link"] > 0
    whole = cells.setdefault((TOTAL, TOTAL), empty((TOTAL, TOTAL)))
    if ("sex",) in indicator.breakdowns():
        for sex in ASKED_SEXES:
            cell = cells.setdefault(("sex", sex), empty(("sex", sex)))
            # Nobody was asked: women and men are not available, which is not zero.
            cell["unknown"] = whole["unknown"] or (whole["n"] > 0 and whole["sex_known"] == 0)
            cell["not_calculable"] = cell["not_calculable"] or whole["not_calculable"]
    if not line.quarters:
        for cell in cells.values():
            cell["unknown"] = True
    return {key: cells[key] for key in sorted(cells, key=lambda key: (key[0] != TOTAL, key))}


def empty(key: Key) -> Cell:
    """A cell in which nothing was counted."""
    nothing = {"disaggregation": key[0], "category": key[1], "total": None, "latest": None, "latest_place": None}
    return {**nothing, **dict.fromkeys((*ADDED, "persons"), 0), "unknown": False, "not_calculable": False}


def _tokens(indicator: Indicator) -> dict[str, str]:
    """The parts of a statement that the breakdowns make."""
    breakdowns = [f"('{TOTAL}', CASE WHEN NOT f.part THEN '{TOTAL}' END)"]
    for dimensions in indicator.breakdowns():
        # A crossed category is null when one of its parts is: such a row stays in the total only.
        columns = " || ' × ' || ".join(f"f.{dimension}" for dimension in dimensions)
        breakdowns.append(f"('{'×'.join(dimensions)}', {columns})")
    names = sorted({dimension for dimensions in indicator.breakdowns() for dimension in dimensions})
    return {
        "breakdowns": f"(VALUES {', '.join(breakdowns)})",
        "dimensions": ", ".join(f"e.{name}" for name in ("period", *names)),
    }


def _add(cell: Cell, quarter: Cell) -> None:
    """Add what a quarter holds to a cell; persons are no sums."""
    for name in ADDED:
        cell[name] += quarter[name]
    if quarter["total"] is not None:
        cell["total"] = quarter["total"] + (cell["total"] or 0)
    place = quarter["latest_place"]
    if place is not None and (cell["latest_place"] is None or place < cell["latest_place"]):
        cell["latest"], cell["latest_place"] = quarter["latest"], place
