"""What a reader can work out: which hidden numbers the sums between published ones give away.

That is linear algebra: a hidden number is given away when the sums determine it.

Data flow: sums (see :mod:`sums`) + which numbers are hidden -> hidden numbers that are determined.
"""

import random
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeVar

from trimestre.contracts.indicators import TOTAL
from trimestre.indicators.small_cells.sums import Node, Sum, Table

_Thing = TypeVar("_Thing", bound=Hashable)

_PRIME = 2**61 - 1
"""Coefficients are counted modulo a prime far above any that sums of ±1 come to: exact, and faster than fractions."""


class Part(NamedTuple):
    """Tables whose hidden numbers may be worked out from each other, and the sums that hold in them."""

    tables: list[Table]
    sums: list[Sum]


def apart(known: Sequence[Sum], linked: Iterable[tuple[Table, Table]]) -> list[Part]:
    """Sums in parts that share no number that may be hidden: what is hidden in one says nothing of another.

    ``linked``: further tables that are hidden together. Totals are always told, and hold nothing together.
    """
    tables = [[node.table for node in one.nodes() if node.table.breakdown != TOTAL] for one in known]
    top = _tops((*filter(None, tables), *linked))
    parts: dict[Table, Part] = {}
    for table in sorted(top):
        parts.setdefault(top[table], Part([], [])).tables.append(table)
    for one, own in zip(known, tables, strict=True):
        if own:
            parts[top[own[0]]].sums.append(one)
    return list(parts.values())


def pieces(known: Iterable[Sum], hidden: Iterable[Node]) -> list[list[Sum]]:
    """Sums with hidden numbers, those together from which a hidden number may be worked out."""
    unknown = set(hidden)
    found = [(one, own) for one in known if (own := [node for node in one.nodes() if node in unknown])]
    top = _tops(own for _, own in found)
    together: dict[Node, list[Sum]] = {}
    for one, own in found:
        together.setdefault(top[own[0]], []).append(one)
    return list(together.values())


def _tops(groups: Iterable[Sequence[_Thing]]) -> dict[_Thing, _Thing]:
    """Each thing with the one that stands for all that groups hold together with it."""
    above: dict[_Thing, _Thing] = {}

    def top(thing: _Thing) -> _Thing:
        while (over := above.setdefault(thing, thing)) != thing:
            above[thing] = above[over]
            thing = over
        return thing

    for first, *others in groups:
        head = top(first)
        for other in others:
            above[top(other)] = head
    return {thing: top(thing) for thing in above}


def given_away(known: Iterable[Sum], hidden: Iterable[Node]) -> dict[Node, set[Node]]:
    """Hidden numbers that the sums determine, whatever the numbers are -> the told ones they are worked out from.

    Hidden numbers are taken out of the sums one after another. What could still be any number is then given one at
    random, with all told ones zero: a hidden number that comes to zero is determined.
    """
    names = sorted(set(hidden))
    places = {node: place for place, node in enumerate(names)}
    steps = _taken_out(_rows(known, places, names))
    drawn = random.Random(0)  # noqa: S311 - no secret, and the same every time
    values: dict[int, int] = {}
    for place, row in reversed(steps):
        for other in row.hidden:
            if other != place and other not in values:
                values[other] = drawn.randrange(1, _PRIME)
        values[place] = -sum(times * values[other] for other, times in row.hidden.items() if other != place) % _PRIME
    told = _worked_out(dict(steps), sorted(place for place, _ in steps if not values[place]))
    return {names[place]: {names[other] for other in found} for place, found in told.items()}


@dataclass(frozen=True)
class _Row:
    """Numbers, by their places, times coefficients that come to zero."""

    hidden: dict[int, int]
    told: dict[int, int]


def _rows(known: Iterable[Sum], places: dict[Node, int], names: list[Node]) -> list[_Row]:
    """A row for each sum with hidden numbers; of those with the same ones the first says it all.

    ``places``: of the hidden numbers, which are ``names``; told ones are put behind them.
    """
    unknown = len(names)
    found: dict[frozenset[tuple[int, int]], _Row] = {}
    for one in known:
        if places.keys().isdisjoint(one.nodes()):
            continue
        row = _Row({}, {})
        for node, sign in (*((part, 1) for part in one.parts), (one.whole, -1)):
            place = places.setdefault(node, len(names))
            if place == len(names):
                names.append(node)
            side = row.hidden if place < unknown else row.told
            side[place] = side.get(place, 0) + sign
        hidden = frozenset((place, times) for place, times in row.hidden.items() if times)
        if hidden:
            found.setdefault(hidden, _Row(dict(hidden), {place: times for place, times in row.told.items() if times}))
    return list(found.values())


def _taken_out(given: Sequence[_Row]) -> list[tuple[int, _Row]]:
    """Hidden numbers in the order in which they are taken out, each with a row of it (times one) and later ones.

    The shortest row comes first, and of its numbers the one that stands in the fewest others: rows stay short.
    """
    rows = dict(enumerate(given))
    standing: dict[int, set[int]] = {}
    for number, row in rows.items():
        for place in row.hidden:
            standing.setdefault(place, set()).add(number)
    queue = [(len(row.hidden), number) for number, row in rows.items()]
    heapify(queue)
    steps: list[tuple[int, _Row]] = []
    while queue:
        length, number = heappop(queue)
        if number not in rows or len(rows[number].hidden) != length:  # it was taken, or stands elsewhere in the queue
            continue
        row = rows[number]
        place = min(row.hidden, key=lambda place: (len(standing[place]), place))
        scale = pow(row.hidden[place], -1, _PRIME)
        row = _Row(*({name: times * scale % _PRIME for name, times in side.items()} for side in (row.hidden, row.told)))
        steps.append((place, row))
        del rows[number]
        for name in row.hidden:
            standing[name].discard(number)
        for which in sorted(standing[place]):
            other = rows[which]
            times = other.hidden[place]
            _subtract(other.told, row.told, times)
            for name in _subtract(other.hidden, row.hidden, times):
                standing[name] ^= {which}
            if other.hidden:
                heappush(queue, (len(other.hidden), which))
            else:
                del rows[which]
    return steps


def _worked_out(steps: Mapping[int, _Row], found: Sequence[int]) -> dict[int, set[int]]:
    """The told numbers that each of these is worked out from, once those taken out later are worked out themselves."""
    wanted: set[int] = set()
    ahead = list(found)
    while ahead:
        place = ahead.pop()
        if place in steps and place not in wanted:
            wanted.add(place)
            ahead += steps[place].hidden
    rows: dict[int, _Row] = {}
    for place in reversed([place for place in steps if place in wanted]):
        row = _Row(dict(steps[place].hidden), dict(steps[place].told))
        for other in [other for other in row.hidden if other in rows]:
            times = row.hidden[other]
            _subtract(row.hidden, rows[other].hidden, times)
            _subtract(row.told, rows[other].told, times)
        rows[place] = row
    return {place: set(rows[place].told) for place in found}


def _subtract(row: dict[int, int], other: Mapping[int, int], times: int) -> list[int]:
    """Take another row times a number off a row; what no longer stands in it or stands in it since."""
    moved: list[int] = []
    for place, value in other.items():
        before = row.get(place, 0)
        left = (before - times * value) % _PRIME
        if left:
            row[place] = left
        elif before:
            del row[place]
        if (not left) != (not before):
            moved.append(place)
    return moved
