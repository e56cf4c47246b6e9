"""Which sums hold between the numbers that are published: what a reader may be expected to know of them.

A *number* is one count behind a cell (of a share there are several). Every sum that holds among the true numbers is
taken for known to the reader: parts and their total, crossed breakdowns and their margins, quarters and wider spans,
lines and indicators that say the same. That is more than a reader can be sure of, so that what stays hidden here stays
hidden.

Data flow: tables of numbers -> sums.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from trimestre.contracts.indicators import TOTAL

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
Told = frozenset[tuple[str, Decimal]]
"""The numbers of a table that are not zero: two tables with the same ones tell the same."""


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


def not_listed(numbers: Numbers, table: Table) -> Iterator[str]:
    """Names for all that a breakdown does not list, by side of a crossed one: its number is zero.

    That is told with the categories that are listed, unless the breakdown is withdrawn.
    """
    if table.breakdown == TOTAL:
        return
    dimensions = table.breakdown.split("×")
    yield CROSSED.join(("",) * len(dimensions))
    for place, dimension in enumerate(dimensions if len(dimensions) > 1 else ()):
        for name in numbers.get(table._replace(breakdown=dimension), ()):
            if name:
                yield CROSSED.join(name if own == place else "" for own in range(len(dimensions)))


def same(
    numbers: Numbers, newest: Sequence[Table], versions: Sequence[int], known: Mapping[Table, Table]
) -> dict[Table, Table]:
    """Table -> the first one of its breakdown with the same numbers: a quarter, the year so far.

    The first one is of the newest publication, or of an earlier version of it (``versions``; ``known``: their first
    tables) that tells the same in the same place.
    """
    alike: dict[tuple[str, Told], list[Table]] = {}
    for table in newest:
        alike.setdefault((table.breakdown, _told(numbers[table])), []).append(table)
    first: dict[Table, Table] = {}
    for (_, told), tables in alike.items():
        before = (table._replace(edition=edition) for edition in versions for table in tables)
        old = next((table for table in before if table in numbers and _told(numbers[table]) == told), None)
        first |= dict.fromkeys(tables, tables[0] if old is None else known[old])
    return first


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
            if whole.category in numbers.get(whole.table, ()) and _holds(numbers, parts, whole):
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
    adding: dict[tuple[str, str, str, Told], list[Table]] = {}
    for table in edition.tables:
        if table.covers == edition.label:
            key = (families[table.indicator], table.layer, table.breakdown, _told(numbers[table]))
            adding.setdefault(key, []).append(table)
    for table in edition.tables:
        before = table._replace(edition=which, covers=label if table.covers == edition.label else table.covers)
        if before not in numbers:
            continue
        grown = _grown(numbers[before], numbers[table])
        if before.covers == table.covers and not grown:
            yield from _by_category(numbers, [before], table)
        for added in adding.get((families[table.indicator], table.layer, table.breakdown, grown), ()):
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


def _told(cells: Mapping[str, Decimal]) -> Told:
    return frozenset((name, number) for name, number in cells.items() if number)


def _grown(before: Mapping[str, Decimal], cells: Mapping[str, Decimal]) -> Told:
    nothing = Decimal()
    return _told({name: cells.get(name, nothing) - before.get(name, nothing) for name in {**before, **cells}})


def _among_first(one: Sum, first: Mapping[Table, Table]) -> Sum:
    def named(node: Node) -> Node:
        return Node(first[node.table], node.category)

    return Sum(tuple(sorted(named(part) for part in one.parts)), named(one.whole), one.within)
