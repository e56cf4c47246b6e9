"""What a reader can work out: the sums that hold between published numbers, and which hidden ones they give away.

A *number* is one count behind a cell (of a share there are several). Every sum that holds among the true numbers is
taken for known to the reader: parts and their total, crossed breakdowns and their margins, quarters and wider spans,
lines and indicators that say the same. That is more than a reader can be sure of, so that what stays hidden here stays
hidden. The rest is linear algebra: a hidden number is given away when the sums determine it.

Data flow: tables of numbers -> sums -> hidden numbers that are determined.
"""

import random
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeVar

from trimestre.contracts.indicators import TOTAL

_Thing = TypeVar("_Thing", bound=Hashable)

_PRIME = 2**61 - 1
"""Coefficients are counted modulo a prime far above any that sums of ±1 come to: exact, and faster than fractions."""

CROSSED = " × "
"""Between the categories of a crossed one."""


class Table(NamedTuple):
    """The numbers of one breakdown."""

    edition: int
    """Which publication, from 0, in the order in which they came out."""
    indicator: str
    layer: str
    """value, hits, rows, misses or n."""
    official: bool
    covers: str
    breakdown: str


class Node(NamedTuple):
    """One number."""

    table: Table
    category: str


Numbers = Mapping[Table, Mapping[str, Decimal]]


@dataclass(frozen=True)
class Sum:
    """``whole`` = the sum of ``parts``, as it is for the true numbers."""

    parts: tuple[Node, ...]
    whole: Node
    within: bool
    """Whether the parts are categories of one breakdown, so that the whole is a total or a margin."""

    def nodes(self) -> tuple[Node, ...]:
        """Every number in it."""
        return (*self.parts, self.whole)


@dataclass(frozen=True)
class Edition:
    """A publication as it is added up with others: those that were in force when the newest one came out."""

    label: str
    """Its quarter."""
    tables: Sequence[Table]
    """Its tables, in order."""
    before: tuple[str, int] | None
    """The quarter before it and its publication; ``None`` = it is the first one."""
    inside: Mapping[str, Sequence[int]]
    """Span up to its quarter -> the publications whose quarters it holds."""


class Part(NamedTuple):
    """Tables whose hidden numbers may be worked out from each other, and the sums that hold in them."""

    tables: list[Table]
    sums: list[Sum]


def sums(
    numbers: Numbers,
    newest: Sequence[Table],
    editions: Iterable[Edition],
    labels: Sequence[str],
    families: Mapping[str, str],
    same: Mapping[Table, Table],
) -> list[Sum]:
    """Every sum that holds with a number of the newest publication, once, among the first of the :func:`same` tables.

    ``newest``: its tables in order; ``editions``: the publications in whose spans it may be; ``labels``: publication ->
    its quarter; ``families``: indicator -> what its numbers are counted over.
    """
    found = [*_totals(numbers, newest)]
    for edition in editions:
        found += _spans(numbers, edition, labels)
        found += _increments(numbers, edition, families)
    own = set(newest)
    told = (one for one in found if any(node.table in own for node in one.nodes()))
    return list(dict.fromkeys(_among_first(one, same) for one in told))


def same(
    numbers: Numbers, newest: Sequence[Table], versions: Sequence[int], known: Mapping[Table, Table]
) -> dict[Table, Table]:
    """Table -> the first one of its breakdown with the same numbers: a quarter, the year so far.

    The first one is of the newest publication, or of an earlier version of it (``versions``; ``known``: their first
    tables) that tells the same in the same place.
    """
    alike: dict[tuple[str, frozenset[tuple[str, Decimal]]], list[Table]] = {}
    for table in newest:
        alike.setdefault((table.breakdown, _told(numbers[table])), []).append(table)
    first: dict[Table, Table] = {}
    for (_, told), tables in alike.items():
        before = (table._replace(edition=edition) for edition in versions for table in tables)
        old = next((table for table in before if table in numbers and _told(numbers[table]) == told), None)
        first |= dict.fromkeys(tables, tables[0] if old is None else known[old])
    return first


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


def _told(cells: Mapping[str, Decimal]) -> frozenset[tuple[str, Decimal]]:
    return frozenset((name, number) for name, number in cells.items() if number)


def _among_first(one: Sum, first: Mapping[Table, Table]) -> Sum:
    def named(node: Node) -> Node:
        return Node(first[node.table], node.category)

    return Sum(tuple(sorted(named(part) for part in one.parts)), named(one.whole), one.within)


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


# ---------------------------------------------------------------- which sums hold
def _totals(numbers: Numbers, newest: Sequence[Table]) -> Iterator[Sum]:
    """Parts and their total, crossed parts and their margins."""
    for table in newest:
        if table.breakdown == TOTAL:
            continue
        cells = numbers[table]
        groups = [(Node(table._replace(breakdown=TOTAL), TOTAL), tuple(Node(table, name) for name in sorted(cells)))]
        for place, dimension in enumerate(table.breakdown.split("×") if "×" in table.breakdown else ()):
            margin = table._replace(breakdown=dimension)
            for name in sorted(numbers.get(margin, ())):
                parts = tuple(Node(table, own) for own in sorted(cells) if _side(own, place) == name)
                groups.append((Node(margin, name), parts))
        for whole, parts in groups:
            # Without parts it says no more than the others; that a withdrawn breakdown has none nobody knows.
            if parts and whole.category in numbers.get(whole.table, ()) and _holds(numbers, parts, whole):
                yield Sum(parts, whole, within=True)


def _side(category: str, place: int) -> str:
    return [*category.split(CROSSED), "", ""][place]


def _spans(numbers: Numbers, edition: Edition, labels: Sequence[str]) -> Iterator[Sum]:
    """Quarters and the wider spans that they add to, breakdown by breakdown."""
    for table in edition.tables:
        inside = edition.inside.get(table.covers, ())
        quarters = [table._replace(edition=which, covers=labels[which]) for which in inside]
        quarters = [quarter for quarter in quarters if quarter in numbers and quarter != table]
        if quarters:
            yield from _by_category(numbers, quarters, table)


def _increments(numbers: Numbers, edition: Edition, families: Mapping[str, str]) -> Iterator[Sum]:
    """What a span grew by since the publication before is what some indicator says of the quarter, or nothing."""
    if edition.before is None:
        return
    label, which = edition.before
    by_family: dict[tuple[str, str, str], list[Table]] = {}
    for table in edition.tables:
        if table.covers == edition.label:
            key = (families[table.indicator], table.layer, table.breakdown)
            by_family.setdefault(key, []).append(table)
    for table in edition.tables:
        before = table._replace(edition=which, covers=label if table.covers == edition.label else table.covers)
        if before not in numbers:
            continue
        if before.covers == table.covers and _told(numbers[before]) == _told(numbers[table]):
            yield from _by_category(numbers, [before], table)
        for added in by_family.get((families[table.indicator], table.layer, table.breakdown), ()):
            if added != table:
                yield from _by_category(numbers, [before, added], table)


def _by_category(numbers: Numbers, parts: Sequence[Table], whole: Table) -> Iterator[Sum]:
    """A sum for each category, when it holds for all of them."""
    names = sorted({name for table in (*parts, whole) for name in numbers[table]})
    found = [
        Sum(tuple(Node(table, name) for table in parts), Node(whole, name), within=False)
        for name in names
    ]  # fmt: skip
    if all(_holds(numbers, one.parts, one.whole) for one in found):
        yield from found


def _holds(numbers: Numbers, parts: Sequence[Node], whole: Node) -> bool:
    def number(node: Node) -> Decimal:
        return numbers[node.table].get(node.category, Decimal())

    return sum((number(part) for part in parts), Decimal()) == number(whole)
