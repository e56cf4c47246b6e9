"""What a reader can work out: the sums that hold between published numbers, and which hidden ones they give away.

A *number* is one count behind a cell (of a share there are several). Every sum that holds among the true numbers is
taken for known to the reader: parts and their total, crossed breakdowns and their margins, quarters and wider spans,
lines and indicators that say the same. That is more than a reader can be sure of, so that what stays hidden here stays
hidden. The rest is linear algebra: a hidden number is given away when the sums determine it.

Data flow: tables of numbers -> sums -> hidden numbers that are determined.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from trimestre.contracts.indicators import TOTAL

_PRIME = 2**61 - 1
"""Coefficients are counted modulo a prime far above any that sums of ±1 come to: exact, and faster than fractions."""

CROSSED = " × "
"""Between the categories of a crossed one."""


class Table(NamedTuple):
    """The numbers of one breakdown."""

    edition: int
    """Which publication, from 0: earlier quarters come first."""
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


def sums(
    numbers: Numbers,
    inside: Mapping[tuple[int, str], Sequence[int]],
    labels: Sequence[str],
    families: Mapping[str, str],
    same: Mapping[Table, Table],
) -> list[Sum]:
    """Every sum that holds, once, among the first of the tables that are the :func:`same`.

    ``inside``: publication and span -> the publications whose quarters it holds; ``labels``: publication -> its
    quarter; ``families``: indicator -> what its numbers are counted over.
    """
    found = [*_totals(numbers), *_spans(numbers, inside, labels), *_increments(numbers, labels, families)]
    return list(dict.fromkeys(_among_first(one, same) for one in found))


def same(numbers: Numbers) -> dict[Table, Table]:
    """Table -> the first one of its publication and breakdown with the same numbers: a quarter, the year so far."""
    seen: dict[tuple[int, str, frozenset[tuple[str, Decimal]]], Table] = {}
    return {
        table: seen.setdefault((table.edition, table.breakdown, _told(cells)), table)
        for table, cells in sorted(numbers.items())
    }


def _told(cells: Mapping[str, Decimal]) -> frozenset[tuple[str, Decimal]]:
    return frozenset((name, number) for name, number in cells.items() if number)


def _among_first(one: Sum, first: Mapping[Table, Table]) -> Sum:
    def named(node: Node) -> Node:
        return Node(first[node.table], node.category)

    return Sum(tuple(sorted(named(part) for part in one.parts)), named(one.whole), one.within)


def given_away(known: Iterable[Sum], hidden: Iterable[Node]) -> dict[Node, set[Node]]:
    """Hidden numbers that the sums determine, whatever the numbers are -> the told ones they are worked out from.

    In reduced row echelon form over the hidden numbers, these are the rows with a single one.
    """
    unknown = sorted(set(hidden))
    places = {node: place for place, node in enumerate(unknown)}
    names = list(unknown)
    pivots: dict[int, dict[int, int]] = {}
    for one in known:
        if places.keys().isdisjoint(one.nodes()):
            continue
        row: dict[int, int] = {}
        for node, sign in (*((part, 1) for part in one.parts), (one.whole, -1)):
            if node not in places:
                places[node] = len(names)
                names.append(node)
            row[places[node]] = row.get(places[node], 0) + sign
        _reduce(pivots, {place: value % _PRIME for place, value in row.items() if value}, len(unknown))
    return {
        names[pivot]: {names[place] for place in row if place >= len(unknown)}
        for pivot, row in pivots.items()
        if not any(place < len(unknown) for place in row if place != pivot)
    }


def _reduce(pivots: dict[int, dict[int, int]], row: dict[int, int], unknown: int) -> None:
    """Add a row to the reduced ones; those without a place below ``unknown`` say nothing."""
    for place in [place for place in row if place in pivots]:
        _subtract(row, pivots[place], row[place])
    pivot = min(row, default=unknown)
    if pivot >= unknown:
        return
    scale = pow(row[pivot], -1, _PRIME)
    row = {place: value * scale % _PRIME for place, value in row.items()}
    for other in pivots.values():
        if pivot in other:
            _subtract(other, row, other[pivot])
    pivots[pivot] = row


def _subtract(row: dict[int, int], other: Mapping[int, int], times: int) -> None:
    for place, value in other.items():
        left = (row.get(place, 0) - times * value) % _PRIME
        if left:
            row[place] = left
        else:
            row.pop(place, None)


# ---------------------------------------------------------------- which sums hold
def _totals(numbers: Numbers) -> Iterator[Sum]:
    """Parts and their total, crossed parts and their margins."""
    for table, cells in sorted(numbers.items()):
        if table.breakdown == TOTAL:
            continue
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


def _spans(numbers: Numbers, inside: Mapping[tuple[int, str], Sequence[int]], labels: Sequence[str]) -> Iterator[Sum]:
    """Quarters and the wider spans that they add to, breakdown by breakdown."""
    for table in sorted(numbers):
        quarters = [
            table._replace(edition=edition, covers=labels[edition])
            for edition in inside.get((table.edition, table.covers), ())
        ]
        quarters = [quarter for quarter in quarters if quarter in numbers and quarter != table]
        if quarters:
            yield from _by_category(numbers, quarters, table)


def _increments(numbers: Numbers, labels: Sequence[str], families: Mapping[str, str]) -> Iterator[Sum]:
    """What a span grew by since the publication before is what some indicator says of the quarter, or nothing."""
    by_family: dict[tuple[str, str, int, str], list[Table]] = {}
    for table in sorted(numbers):
        if table.covers == labels[table.edition]:
            key = (families[table.indicator], table.layer, table.edition, table.breakdown)
            by_family.setdefault(key, []).append(table)
    for table in sorted(numbers):
        before = table._replace(edition=table.edition - 1)
        if table.covers == labels[table.edition] and table.edition:
            before = before._replace(covers=labels[table.edition - 1])
        if before not in numbers:
            continue
        if before.covers == table.covers and _told(numbers[before]) == _told(numbers[table]):
            yield from _by_category(numbers, [before], table)
        for added in by_family.get((families[table.indicator], table.layer, table.edition, table.breakdown), ()):
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
