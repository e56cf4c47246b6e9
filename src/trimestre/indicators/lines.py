"""A line of an indicator: what it counts, quarter by quarter, and what it counts in several quarters together.

Data flow: sql/compute/{cells,persons,latest} (``cells``) or ops.kept_line (``keeping``) -> :class:`Line` -> a window.
"""

from dataclasses import dataclass, field
from typing import Any

ADDED = ("n", "excluded", "late", "hits", "hits_known", "sex_known", "population_unknown", "by_open_link")
"""Numbers of a cell that are the sum of those of its quarters; so is ``total``, which may be null."""
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
    late_for: dict[str, int] = field(default_factory=dict)
    """Closed quarter -> rows that came late for it and count in another; told of lines that are kept."""

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


def empty(key: Key) -> Cell:
    """A cell in which nothing was counted."""
    nothing = {"disaggregation": key[0], "category": key[1], "total": None, "latest": None, "latest_place": None}
    return {**nothing, **dict.fromkeys((*ADDED, "persons"), 0), "unknown": False, "not_calculable": False}


def _add(cell: Cell, quarter: Cell) -> None:
    """Add what a quarter holds to a cell; persons are no sums."""
    for name in ADDED:
        cell[name] += quarter[name]
    if quarter["total"] is not None:
        cell["total"] = quarter["total"] + (cell["total"] or 0)
    place = quarter["latest_place"]
    if place is not None and (cell["latest_place"] is None or place < cell["latest_place"]):
        cell["latest"], cell["latest_place"] = quarter["latest"], place
