"""Cells of an indicator: what is counted per breakdown and category, for every quarter from one pass over its evidence.

A cell of several quarters is the sum of theirs; of persons it is known who was counted in which quarters, so that the
distinct persons of any span come from the same pass. Indicators and quarters that ask for the same cells share it, and
so does a later computation where lines are kept (``keeping``).

Data flow: placed rows -> sql/compute/{cells,persons,latest} -> Line -> cells of a window of quarters.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.evidence import Pins, execute
from trimestre.indicators.keeping import BY_PERSON, Kept
from trimestre.indicators.lines import Cell, Key, Line, empty
from trimestre.indicators.placing import PERSONS, Base, Rows, late_for, placed_or_read, rows_of
from trimestre.warehouse.sqlfiles import read, statement

ASKED_SEXES = ("mujer", "hombre")
SHARES = ("share", "response_rate", "top_two_box")
"""Measures that are 100 × hits / rows of which a hit is known."""
_CELLS = tuple(
    f"compute/{name}" for name in ("cells", "persons", "persons_of_one", "latest", "seen", "first_reach", "frozen")
)
_ALIKE = {"sex", "institution", "state", "organisation_type"}
"""Dimensions that a person has one category of in placed rows (sql/compute/frozen)."""
_NOBODY = "reported_values"
"""The evidence whose rows belong to no person."""

SINCE_EVER = "0000-Q1"
"""Before any quarter."""


@dataclass(frozen=True)
class _Ask:
    """What a line is asked for with."""

    indicator: Indicator
    attribution: str
    base: Base
    evidence: str | None
    only: dict[str, str | None]

    @property
    def persons(self) -> bool:
        return self.indicator.measure in PERSONS and self.evidence is None

    @property
    def latest(self) -> bool:
        return self.indicator.measure in {"latest", "milestone"} and self.evidence is None

    def cells(self) -> tuple[Any, ...]:
        """What cells are made of the same rows."""
        return (*self.only.values(), tuple(self.indicator.breakdowns()), self.persons, self.latest)


@dataclass
class CellSource:
    """The lines of one transaction at its pins; each is worked out once, when it is first asked for."""

    connection: sa.Connection
    project: Project
    pins: Pins
    kept: Kept | None = None
    """Lines of earlier computations; without, everything is worked out from all evidence."""
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
            ask = _Ask(indicator, attribution, base, evidence, only)
            self._asked[asked] = self._kept_line(self.kept, ask) if self.kept else self._line(ask, self.pins)
        return self._asked[asked]

    def _kept_line(self, kept: Kept, ask: _Ask) -> Line:
        """The line from what is kept of it; a closed quarter has one of its own once something came late for it."""
        quarter, unseen = ask.base.quarter, replace(ask, base=replace(ask.base, quarter=""))
        rows = rows_of(ask.indicator, self.pins, ask.base, ask.attribution, ask.evidence)
        name = digest([rows.key, ask.cells(), self.project.framework.timezone, *map(read, _CELLS)])
        line = self._known_or_kept(kept, name, rows, unseen)
        if line.late_for.get(quarter):
            return self._known_or_kept(kept, f"{name} {quarter}", rows, ask)
        return line

    def _known_or_kept(self, kept: Kept, name: str, rows: Rows, ask: _Ask) -> Line:
        return kept.line(
            name,
            rows.text,
            lambda pins: self._line(ask, pins),
            by_person=(ask.evidence or ask.indicator.evidence) in BY_PERSON and not ask.latest,
        )

    def _line(self, ask: _Ask, pins: Pins) -> Line:
        rows = placed_or_read(
            self.connection,
            self.project,
            ask.indicator,
            pins,
            ask.base,
            ask.attribution,
            evidence=ask.evidence,
            late=self.kept is not None,
            linked=False,
        )
        key = (rows.table, *ask.cells())
        if key not in self._known:
            self._known[key] = self._read(ask, rows, pins)
        return self._known[key]

    def _read(self, ask: _Ask, rows: Rows, pins: Pins) -> Line:
        line = Line()
        tokens = _tokens(ask.indicator) | {"placed": rows.text}

        def run(name: str, **more: Any) -> sa.CursorResult[Any]:
            text = statement(f"compute/{name}", **tokens)
            return execute(self.connection, self.project, ask.indicator, pins, text, ask.only | more)

        for name in ("cells", *(["latest"] if ask.latest else [])):
            for row in run(name, **rows.parameters):
                found = dict(row._mapping)
                place = found["disaggregation"], found["category"]
                line.quarters.setdefault(found.pop("period"), {}).setdefault(place, empty(place)).update(found)
        line.labels = tuple(sorted(label for label in line.quarters if label))
        if ask.persons:
            size = len(line.labels)
            masks = [f"{1 << place:0{size}b}" for place in range(size)]
            alike = _dimensions(ask.indicator) <= _ALIKE and ask.indicator.evidence != _NOBODY
            for row in run("persons_of_one" if alike else "persons", labels=list(line.labels), masks=masks):
                line.persons.setdefault((row.disaggregation, row.category), {})[int(row.quarters, 2)] = row.persons
        if self.kept:
            line.late_for = late_for(self.connection, rows)
        return line


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


def _dimensions(indicator: Indicator) -> set[str]:
    """What an indicator is broken down by, alone or crossed."""
    return {dimension for dimensions in indicator.breakdowns() for dimension in dimensions}


def _tokens(indicator: Indicator) -> dict[str, str]:
    """The parts of a statement that the breakdowns make."""
    breakdowns = [f"('{TOTAL}', CASE WHEN NOT f.part THEN '{TOTAL}' END)"]
    for dimensions in indicator.breakdowns():
        # A crossed category is null when one of its parts is: such a row stays in the total only.
        columns = " || ' × ' || ".join(f"f.{dimension}" for dimension in dimensions)
        breakdowns.append(f"('{'×'.join(dimensions)}', {columns})")
    names = sorted(_dimensions(indicator))
    return {
        "breakdowns": f"(VALUES {', '.join(breakdowns)})",
        "dimensions": ", ".join(("e.period", *(f"e.{name}" for name in names))),
        "person": ", ".join(("e.person_key", *(f"e.{name}" for name in names))),
        "alike": ", ".join(("p.quarters", *(f"p.{name}" for name in names))),
    }
