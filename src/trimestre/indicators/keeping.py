"""Lines kept from one computation to the next: what a night costs goes with what it brought.

A kept line holds its cells as they were at some pins. At later ones it holds the same, less what the people touched
since counted then, plus what they count now (:func:`moved_on`); both are worked out by the very statements that work
out the whole line, over the history of these people (``touching``). Where that can't be had, the whole line is worked
out: evidence that looks across people, a dimension that moved, very many people. Another definition or vintage makes
another line.

Nothing official comes from a kept line: candidates, dry runs and reproductions read all evidence. Whatever rewrites
history (a replay, a new key of accounts) calls :func:`forget`.

Data flow: ops.kept_line + people touched -> Line -> figures; -> ops.kept_line.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.indicators.evidence import OF_PEOPLE, Pins, current_pins
from trimestre.indicators.lines import ADDED, Cell, Key, Line, empty
from trimestre.indicators.touching import Touched, follows, tables_read, touch

BY_PERSON = frozenset(
    {"certificates", "enrolments_entered", "enrolments_invited", "module_completions", "scored_answers"}
)
"""Evidence whose rows of one person depend on no other person's. Of those that count all have a value, or none."""

MARTS_KNOWN = "marts_known"
"""Setting with the pins of the last refresh of the marts, and what they were made by."""

WorkOut = Callable[[Pins], Line]
"""Works a line out at pins, for everybody or for some people."""

_NUMBERS = (*ADDED, "total", "latest", "latest_place")


class Kept:
    """The kept lines of one transaction, brought to its pins as they are asked for; ``anew`` = what was kept is not."""

    def __init__(self, connection: sa.Connection, pins: Pins, *, anew: bool = False) -> None:
        self._connection, self._pins, self._anew = connection, pins, anew
        self._instants = _told(pins)
        self._asked: dict[str, Line] = {}
        self._behind: set[str] = set()
        self._touched: dict[str, Touched] = {}

    def line(self, name: str, text: str, work_out: WorkOut, *, by_person: bool) -> Line:
        """The line of this name, whose rows ``text`` gives; ``by_person`` = what people count adds up to it."""
        if name not in self._asked:
            row = None if self._anew else self._stored(name)
            line = self._brought(row, text, work_out, by_person) if row is not None else None
            if row is None or row.instants != self._instants:
                self._behind.add(name)
            self._asked[name] = work_out(self._pins) if line is None else line
        return self._asked[name]

    def save(self, connection: sa.Connection) -> None:
        """Keep the lines asked for, under the warehouse lock; not where more was merged meanwhile."""
        if self._behind and _told(current_pins(connection)) == self._instants:
            if self._anew:
                connection.execute(sa.text("DELETE FROM ops.kept_line"))
            connection.execute(
                sa.text(
                    "INSERT INTO ops.kept_line (line, instants, content)"
                    " VALUES (:line, CAST(:instants AS jsonb), CAST(:content AS jsonb)) ON CONFLICT (line) DO UPDATE"
                    " SET instants = excluded.instants, content = excluded.content"
                ),
                [
                    {"line": name, "instants": json.dumps(self._instants), "content": json.dumps(_content(line))}
                    for name, line in self._asked.items()
                    if name in self._behind
                ],
            )

    def _stored(self, name: str) -> Any:
        asked = sa.text("SELECT instants, content FROM ops.kept_line WHERE line = :line")
        return self._connection.execute(asked, {"line": name}).one_or_none()

    def _brought(self, row: Any, text: str, work_out: WorkOut, by_person: bool) -> Line | None:
        """A stored line at the pins of this transaction; None where the whole is to be worked out."""
        line = _line(row.content)
        if row.instants == self._instants:
            return line
        old = Pins({}, {source: datetime.fromisoformat(at) for source, at in row.instants.items()})
        if not follows(self._pins, old):
            return None
        told = json.dumps(row.instants, sort_keys=True)
        if told not in self._touched:
            self._touched[told] = touch(self._connection, old, self._pins)
        touched = self._touched[told]
        moved = tables_read(text) & touched.tables
        if not moved:
            return line
        if touched.many or not by_person or not moved <= set(OF_PEOPLE):
            return None
        return moved_on(line, work_out(touched.before), work_out(touched.now))


def forget(connection: sa.Connection) -> None:
    """Keep nothing any more, nor what the marts were made of: history is not what it was then."""
    connection.execute(sa.text("DELETE FROM ops.kept_line"))
    connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = :setting"), {"setting": MARTS_KNOWN})


def moved_on(line: Line, before: Line, now: Line) -> Line | None:
    """A line less what some people counted before, plus what they count now.

    ``None`` where that can't be told: something would count less than nothing, or a sum might have lost its decimals.
    """
    cells = {(label, key): dict(cell) for label, row in line.quarters.items() for key, cell in row.items()}
    persons = dict(_persons(line))
    late = dict(line.late_for)
    for sign, part in ((-1, before), (1, now)):
        for label, row in part.quarters.items():
            for key, cell in row.items():
                if not _add(cells.setdefault((label, key), empty(key)), cell, sign):
                    return None
        for seen, number in _persons(part):
            persons[seen] = persons.get(seen, 0) + sign * number
        for label, number in part.late_for.items():
            late[label] = late.get(label, 0) + sign * number
    counts = [*persons.values(), *late.values(), *(cell[name] for cell in cells.values() for name in ADDED)]
    if min(counts, default=0) < 0:
        return None
    found = Line(late_for={label: number for label, number in late.items() if number})
    for (label, key), cell in cells.items():
        if cell["n"] or cell["excluded"]:
            found.quarters.setdefault(label, {})[key] = cell if cell["n"] else {**cell, "total": None}
    found.labels = tuple(sorted(label for label in found.quarters if label))
    _set_persons(found, ((*seen, number) for seen, number in persons.items()))
    return found


def _add(cell: Cell, other: Cell, sign: int) -> bool:
    """Add the numbers of another cell, or take them off; False where the sum can't be told to the last decimal."""
    for name in ADDED:
        cell[name] += sign * other[name]
    total = other["total"]
    if total is not None:
        if sign < 0 and (cell["total"] is None or 0 < _decimals(cell["total"]) <= _decimals(total)):
            return False
        cell["total"] = (cell["total"] or 0) + sign * total
    return True


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _persons(line: Line) -> Iterator[tuple[tuple[str, str, tuple[str, ...]], int]]:
    """Breakdown, category and quarters of the persons of a line, with their number."""
    for (breakdown, category), patterns in line.persons.items():
        for quarters, number in patterns.items():
            seen = tuple(label for place, label in enumerate(line.labels) if quarters >> place & 1)
            yield (breakdown, category, seen), number


def _set_persons(line: Line, persons: Iterator[tuple[str, str, Any, int]]) -> None:
    bits = {label: 1 << place for place, label in enumerate(line.labels)}
    for breakdown, category, seen, number in persons:
        if number:
            line.persons.setdefault((breakdown, category), {})[sum(bits[label] for label in seen)] = number


def _content(line: Line) -> dict[str, Any]:
    """A line as it is kept; sums and values as text, with all their decimals."""
    return {
        "quarters": {
            label: [[*key, *(_plain(cell[name]) for name in _NUMBERS)] for key, cell in row.items()]
            for label, row in line.quarters.items()
        },
        "persons": [[*seen, number] for seen, number in _persons(line)],
        "late_for": line.late_for,
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _line(content: dict[str, Any]) -> Line:
    line = Line(late_for=content["late_for"])
    for label, row in content["quarters"].items():
        cells: dict[Key, Cell] = line.quarters.setdefault(label, {})
        for breakdown, category, *numbers in row:
            cell = empty((breakdown, category)) | dict(zip(_NUMBERS, numbers, strict=True))
            cell |= {name: Decimal(cell[name]) for name in ("total", "latest") if cell[name] is not None}
            cells[breakdown, category] = cell
    line.labels = tuple(sorted(label for label in line.quarters if label))
    _set_persons(line, iter(content["persons"]))
    return line


def _told(pins: Pins) -> dict[str, str]:
    return {source: at.isoformat() for source, at in pins.instants.items()}
