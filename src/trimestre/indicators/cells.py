"""Cells of an indicator: what is counted per breakdown and category, for every quarter from one pass over its evidence.

A cell of several quarters is the sum of theirs; so is a number of distinct persons where each one is counted in the
quarter that saw them first (``span: cumulative``). Indicators and quarters that ask for the same cells share the pass.

Data flow: sql/evidence at the pins -> sql/compute/{cells,persons,latest} -> cells per quarter -> cells of a window.
"""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.evidence import Pins, evidence_text, execute, window
from trimestre.periods import Period
from trimestre.warehouse.sqlfiles import statement

TOTAL = "total"
ASKED_SEXES = ("mujer", "hombre")
ADDED = ("n", "excluded", "persons", "hits", "hits_known", "sex_known", "population_unknown", "by_open_link")
"""Numbers of a cell that are the sum of those of its quarters; so is ``total``, which may be null."""

_Key = tuple[str, str]
_Quarters = dict[str, dict[_Key, dict[str, Any]]]


@dataclass
class CellSource:
    """The cells of all quarters at the pins of one transaction; each is worked out once, when it is first asked for."""

    connection: sa.Connection
    project: Project
    pins: Pins
    _known: dict[Any, _Quarters] = field(default_factory=dict)

    def cells(
        self,
        indicator: Indicator,
        period: Period,
        attribution: str,
        *,
        evidence: str | None = None,
        only_edition: str | None = None,
        only_event: str | None = None,
    ) -> list[dict[str, Any]]:
        """The cells of the quarter's window; the total is always there, and both sexes where sex is a breakdown.

        ``evidence`` replaces the indicator's own, ``only_edition`` and ``only_event`` leave out the rows of others.
        ``unknown`` says that nothing of a cell was ever delivered: not available, which is not zero.
        ``not_calculable`` says that nobody can know its denominator, however complete the data are.
        """
        only = {"only_edition": only_edition, "only_event": only_event}
        quarters = self._quarters(indicator, attribution, evidence or indicator.evidence, only)
        first, last = window(indicator, period)
        cells: dict[_Key, dict[str, Any]] = {}
        for quarter in sorted(quarters):
            if first <= quarter <= last:
                for key, cell in quarters[quarter].items():
                    _add(cells.setdefault(key, _empty(key)), cell)
        for cell in cells.values():
            # Only of people whose number nobody knows: a count of the others would be a zero.
            cell["unknown"] = not cell["n"] and cell["population_unknown"] > 0
            known = cell["hits_known"] if indicator.measure == "share" else cell["n"]
            cell["not_calculable"] = not known and cell["by_open_link"] > 0
        whole = cells.setdefault((TOTAL, TOTAL), _empty((TOTAL, TOTAL)))
        if ("sex",) in indicator.breakdowns():
            for sex in ASKED_SEXES:
                cell = cells.setdefault(("sex", sex), _empty(("sex", sex)))
                # Nobody was asked: women and men are not available, which is not zero.
                cell["unknown"] = whole["unknown"] or (whole["n"] > 0 and whole["sex_known"] == 0)
                cell["not_calculable"] = cell["not_calculable"] or whole["not_calculable"]
        if not quarters:
            for cell in cells.values():
                cell["unknown"] = True
        return [cells[key] for key in sorted(cells, key=lambda key: (key[0] != TOTAL, key))]

    def _quarters(
        self, indicator: Indicator, attribution: str, evidence: str, only: dict[str, str | None]
    ) -> _Quarters:
        persons = indicator.measure == "persons"
        latest = indicator.measure in {"latest", "milestone"}
        cumulative = indicator.span == "cumulative"
        named = set(sa.text(evidence_text(evidence)).compile().params)
        own = {**indicator.parameters, "indicator": indicator.code}
        asked = tuple(sorted((name, value) for name, value in own.items() if name in named))
        key = (
            evidence,
            asked,
            attribution,
            tuple(only.values()),
            tuple(indicator.breakdowns()),
            (persons, persons and cumulative, latest),
        )
        if key not in self._known:
            more = {"attribution": attribution, "cumulative": cumulative, **only}
            quarters: _Quarters = {}
            for name in ("cells", *(["persons"] if persons else []), *(["latest"] if latest else [])):
                text = statement(f"compute/{name}", **_tokens(indicator, evidence))
                for row in execute(self.connection, self.project, indicator, self.pins, text, more):
                    found = dict(row._mapping)
                    place = found["disaggregation"], found["category"]
                    quarters.setdefault(found.pop("period"), {}).setdefault(place, _empty(place)).update(found)
            self._known[key] = quarters
        return self._known[key]


def _tokens(indicator: Indicator, evidence: str) -> dict[str, str]:
    """The parts of a statement."""
    breakdowns = [f"('{TOTAL}', '{TOTAL}')"]
    for dimensions in indicator.breakdowns():
        # A crossed category is null when one of its parts is: such a row stays in the total only.
        columns = " || ' × ' || ".join(f"f.{dimension}" for dimension in dimensions)
        breakdowns.append(f"('{'×'.join(dimensions)}', {columns})")
    names = sorted({dimension for dimensions in indicator.breakdowns() for dimension in dimensions})
    return {
        "attributed": statement("compute/attributed", evidence=evidence_text(evidence)),
        "breakdowns": f"(VALUES {', '.join(breakdowns)})",
        "dimensions": ", ".join(f"e.{name}" for name in ("period", *names)),
    }


def _empty(key: _Key) -> dict[str, Any]:
    nothing = {"disaggregation": key[0], "category": key[1], "total": None, "latest": None, "latest_place": None}
    return {**nothing, **dict.fromkeys(ADDED, 0), "unknown": False, "not_calculable": False}


def _add(cell: dict[str, Any], quarter: dict[str, Any]) -> None:
    """Add what a quarter holds to a cell."""
    for name in ADDED:
        cell[name] += quarter[name]
    if quarter["total"] is not None:
        cell["total"] = quarter["total"] + (cell["total"] or 0)
    place = quarter["latest_place"]
    if place is not None and (cell["latest_place"] is None or place < cell["latest_place"]):
        cell["latest"], cell["latest_place"] = quarter["latest"], place
