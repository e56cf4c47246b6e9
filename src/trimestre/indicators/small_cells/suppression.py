"""Small cells: what the public is told, so that nobody is found in a figure.

*internal* sees everything; *donor* sees every figure, which are aggregates, and no row of a person; *public* is told no
number of people from 1 to below ``framework.small_cell``. Zeros and totals are told. A percentage is hidden when its
numerator, its denominator or what is between them is such a number; a mean when that few answered. With them other
cells are hidden so that no subtraction gives them back, over breakdowns, crossed ones, lines, spans, indicators and all
that was published before. All of them carry one mark, which does not say which is which. A breakdown that can't be
protected by hiding some of it is withdrawn whole: its cells are left out. Below the totals nothing but the value is
told: no numerator, denominator or n. What one version of a quarter hides or withdraws stays so in the later ones.

Data flow: cells (+ those published before) -> numbers -> small ones -> complements -> cells as seen.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, get_args

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.errors import ContractError
from trimestre.indicators.small_cells.cell_numbers import (
    LAYERS,
    Cell,
    CellKey,
    CellTable,
    as_cell,
    cell_of,
    counts_people,
    numbers_of,
    table_of,
)
from trimestre.indicators.small_cells.pinning import pinned_down
from trimestre.indicators.small_cells.recovering import Part, apart, given_away, pieces
from trimestre.indicators.small_cells.sums import Edition, Node, Sum, Table, not_listed, same, sums
from trimestre.periods import Period, covering
from trimestre.texts import REFUSALS

Audience = Literal["internal", "donor", "public"]
SUPPRESSED = "suprimido"
"""``obs_status`` of a cell that is not told."""

_WORKING = (
    "value_exact", "numerator", "denominator", "response_rate", "n", "excluded", "late", "added", "adjustment",
    "accumulated",
)  # fmt: skip
"""Columns that the public is not told below the totals."""
_TELLING = ("value", "percent_of_target", "percent_of_progress", "status", *_WORKING)
"""Columns from which the value of a cell can be worked out."""

_AT_ONCE = 500
"""Sums that are looked at in one linear program, unless more hang together."""

_KNOWN: dict[str, tuple[frozenset[CellKey], frozenset[CellTable]]] = {}
"""What was decided of a version after those before it: a file over many quarters asks for each of them again and again.
It follows from the figures alone (the digest is of them), so that it never grows old."""
_MOST_KNOWN = 80


def suppress(
    project: Project, values: Iterable[Any], audience: str, earlier: Sequence[Iterable[Any]] = ()
) -> list[Cell]:
    """The cells of one quarter as an audience sees them, in their order; a hidden one has no value and
    ``obs_status`` = :data:`SUPPRESSED`, and a withdrawn breakdown has no cells.

    ``values``: all its cells, as ``computing.Value`` or as mappings with its columns (without ``covers`` they are of
    the quarter). ``earlier``: what was published before, each version of a quarter whole, in the order in which they
    came out; a quarter that is there twice was restated. What was hidden of them is worked out again, so that it stays
    hidden. :class:`ContractError` for another audience.
    """
    if audience not in get_args(Audience):
        raise ContractError(REFUSALS["audience"].format(found=audience, known=", ".join(get_args(Audience))))
    told = [as_cell(value) for value in values]
    if audience != "public":
        return told
    publishing = Publishing(project)
    for cells in (*([as_cell(value) for value in version] for version in earlier), told):
        publishing.add(cells)
    return [seen for cell in told if (seen := publishing.seen(cell)) is not None]


@dataclass
class Publishing:
    """Versions of quarters as they are published, one after another: what is out can't be taken back."""

    project: Project
    numbers: dict[Table, dict[str, Decimal]] = field(default_factory=dict)
    hidden: set[CellKey] = field(default_factory=set)
    withdrawn: set[CellTable] = field(default_factory=set)
    labels: list[str] = field(default_factory=list)
    """Publication -> its quarter."""
    _tables_of: list[Sequence[Table]] = field(default_factory=list)
    """Publication -> its tables, in order."""
    _sums: dict[Sum, None] = field(default_factory=dict)
    _first: dict[Table, Table] = field(default_factory=dict)
    """Table -> the first with the same numbers, of its publication or of an earlier version of it."""
    _alike: dict[Table, list[Table]] = field(default_factory=dict)
    """First table -> all with its numbers."""
    _digest: str = ""
    """Of all that was published so far and of the rules by which cells are hidden."""

    def add(self, cells: Sequence[Cell]) -> None:
        """Publish the cells of one more quarter, or of one more version of a quarter."""
        people = self._about_people
        self.labels.append(min((cell["covers"] for cell in cells if "-Q" in cell["covers"]), default=""))
        added: dict[Table, dict[str, Decimal]] = {}
        for cell in cells:
            if cell["indicator"] in people:
                key = self._key(cell)
                for layer, number in numbers_of(people[cell["indicator"]], cell).items():
                    added.setdefault(table_of(key[0], layer), {})[key[1]] = number
        for table, told_of in added.items():
            told_of |= dict.fromkeys(not_listed(added, table), Decimal()) | told_of
        self.numbers |= added
        newest = sorted(added)
        families = {code: f"{item.evidence} {sorted(item.parameters.items())}" for code, item in people.items()}
        self._tables_of.append(newest)
        self._first |= same(self.numbers, newest, self._versions_before(), self._first)
        for table in newest:
            self._alike.setdefault(self._first[table], []).append(table)
        self._sums |= dict.fromkeys(
            sums(self.numbers, newest, self._editions_told(), self.labels, families, self._first)
        )
        told = [[*table, sorted(added[table].items())] for table in newest]
        rules = [self.project.framework.small_cell, self.project.framework.fiscal_year_starts, sorted(families.items())]
        self._digest = hashlib.sha256(repr([self._digest, rules, self.labels[-1], told]).encode()).hexdigest()
        hidden, withdrawn = _KNOWN.get(self._digest) or self._decide(newest)
        self.hidden |= hidden
        self.withdrawn |= withdrawn
        _KNOWN[self._digest] = hidden, withdrawn
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)), None)

    def _decide(self, newest: Sequence[Table]) -> tuple[frozenset[CellKey], frozenset[CellTable]]:
        """Which cells of the newest publication are hidden, and which of its breakdowns withdrawn."""
        hidden, withdrawn = frozenset(self.hidden), frozenset(self.withdrawn)
        versions = self._versions_before()
        hidden_before = {(table[1:], name) for table, name in hidden if table[0] in versions}
        self.withdrawn |= {(len(self.labels) - 1, *table[1:]) for table in withdrawn if table[0] in versions}
        for table in newest:
            place = cell_of(Node(table, ""))[0][1:]
            for name, number in self.numbers[table].items():
                if self._small(number) or (place, name) in hidden_before:
                    self._hide(Node(table, name))
        for part in apart(list(self._sums), self._hidden_together()):
            if any(map(self._is_new, part.tables)):
                self._protect(part)
        return frozenset(self.hidden - hidden), frozenset(self.withdrawn - withdrawn)

    def seen(self, cell: Cell) -> Cell | None:
        """A cell of the newest publication as the public sees it; ``None`` = it is of a withdrawn breakdown, or of an
        indicator that the project no longer has, so that nobody can say what it counts."""
        if cell["indicator"] not in self._about_people:
            return cell if cell["indicator"] in self._indicators else None
        table, _ = key = self._key(cell)
        if table in self.withdrawn:
            return None
        if key in self.hidden:
            return cell | dict.fromkeys([name for name in _TELLING if name in cell]) | {"obs_status": SUPPRESSED}
        if cell["disaggregation"] == TOTAL:
            few = [name for name in ("late", "excluded") if self._small(Decimal(cell.get(name) or 0))]
            return cell | dict.fromkeys(few)
        return cell | dict.fromkeys([name for name in _WORKING if name in cell])

    # ------------------------------------------------------------ what is hidden with them
    def _protect(self, part: Part) -> None:
        """Hide more until no sum gives anything away; every round hides something, so that it ends."""
        while True:
            if sum(self._thicken(one) for one in part.sums):  # of each, also behind the first
                continue
            unknown = self._unknown(part)
            known = [piece for piece in pieces(part.sums, unknown) if self._may_be_news(piece)]
            if not self._cover(self._given_away(known, unknown)) and not self._cover(self._pinned_down(known, unknown)):
                return

    def _thicken(self, one: Sum) -> bool:
        """Hide more of a sum until its hidden parts do not tell themselves; whether anything was to be done."""
        was_thin = False
        while self._is_thin(one):
            was_thin = True
            if not self._hide_one(one.parts) and not self._hide_one([one.whole]):
                self.withdrawn |= self._tables(one.parts[:1])
        return was_thin

    def _may_be_news(self, piece: Sequence[Sum]) -> bool:
        """Whether the newest publication tells of it: what else there is was looked at when that was published."""
        return any(self._is_new(self._alike[node.table][-1]) for one in piece for node in one.nodes())

    def _given_away(self, known: Iterable[Sequence[Sum]], unknown: Iterable[Node]) -> dict[Node, set[Node]]:
        """Hidden numbers that sums give away -> the told ones they are worked out from."""
        given = given_away([one for piece in known for one in piece], unknown)
        return {node: told for node, told in sorted(given.items()) if self._is_protected(node)}

    def _pinned_down(self, known: Iterable[Sequence[Sum]], unknown: Iterable[Node]) -> dict[Node, set[Node]]:
        """Small hidden numbers that have one value left, since what is marked is at least one -> those behind it."""
        floors = {node: min(self._number(node), Decimal(self._is_marked(node))) for node in unknown}
        small = [node for node in unknown if self._small(self._number(node))]
        found: dict[Node, set[Node]] = {}
        for some in _of_a_size(known):
            found |= pinned_down(some, floors, self._number, small)
        return found

    def _cover(self, given: Mapping[Node, set[Node]]) -> bool:
        """Hide one of the numbers that each is worked out from, or withdraw what can't be protected; whether it did.

        Of a quarter that is out nothing can be withdrawn: of the breakdowns that give it away the finest one goes.
        """
        told = [[node for node in behind if not self._is_hidden(node)] for behind in given.values()]
        covered = [self._hide_one(nodes) for nodes in told if not any(map(self._is_hidden, nodes))]
        if any(covered):
            return True
        tables = self._tables(given)
        if not tables:
            behind = self._tables(node for nodes in given.values() for node in nodes if node.table.breakdown != TOTAL)
            tables = set(sorted(behind, key=lambda table: (table[-1].count("×"), table))[-1:])
        self.withdrawn |= tables
        return bool(tables)

    def _is_thin(self, one: Sum) -> bool:
        """Whether the hidden parts of a told whole are one, or so few people that they tell themselves.

        With m hidden parts, one of which is small, the reader knows that each of the others is at least 1: any small
        number is possible only if together they are at least ``small_cell`` + m - 2.
        """
        if not one.within or self._is_hidden(one.whole):
            return False
        hidden = [self._number(node) for node in one.parts if self._number(node) and self._is_hidden(node)]
        if not any(map(self._small, hidden)) or not self._tables(one.parts[:1]):
            return False
        return len(hidden) < 2 or sum(hidden) < self.project.framework.small_cell + len(hidden) - 2

    def _hide_one(self, nodes: Iterable[Node]) -> bool:
        """Hide the smallest number other than zero that may be hidden still; whether there was one."""
        able = [(self._number(node), node) for node in nodes if self._number(node) and self._may_be_hidden(node)]
        if able:
            self._hide(min(able)[1])
        return bool(able)

    def _hide(self, node: Node) -> None:
        """Hide the cells of the newest publication that tell a number, and what else tells the numbers behind them."""
        for table in self._alike[self._first[node.table]]:
            key = cell_of(Node(table, node.category))
            if key in self.hidden or table.breakdown == TOTAL or not self._is_new(table):
                continue
            self.hidden.add(key)
            for layer in LAYERS:
                beside = Node(table._replace(layer=layer), node.category)
                if self._number(beside):
                    self._hide(beside)

    def _tables(self, nodes: Iterable[Node]) -> set[CellTable]:
        """The breakdowns of the newest publication that tell numbers and are not withdrawn yet."""
        alike = [table for node in nodes for table in self._alike[self._first[node.table]] if self._is_new(table)]
        return {cell_of(Node(table, ""))[0] for table in alike} - self.withdrawn

    def _hidden_together(self) -> Iterator[tuple[Table, Table]]:
        """Tables that tell the same numbers, and the numbers behind the same cells."""
        cells: dict[CellTable, Table] = {}
        for table, first in self._first.items():
            if table.breakdown != TOTAL:
                yield table, first
                yield table, cells.setdefault(cell_of(Node(table, ""))[0], table)

    def _unknown(self, part: Part) -> list[Node]:
        """Every number that the reader is not told."""
        return sorted({node for one in part.sums for node in one.nodes() if self._is_hidden(node)})

    def _is_hidden(self, node: Node) -> bool:
        """Whether no cell tells a number; zeros are told but in a withdrawn breakdown."""
        if node.table.breakdown == TOTAL:
            return False
        keys = [cell_of(Node(table, node.category)) for table in self._alike[self._first[node.table]]]
        return all(key in self.hidden or key[0] in self.withdrawn for key in keys)

    def _is_marked(self, node: Node) -> bool:
        """Whether a cell that is marked as hidden tells of a number that it is not zero."""
        keys = (cell_of(Node(table, node.category)) for table in self._alike[self._first[node.table]])
        return any(key in self.hidden and key[0] not in self.withdrawn for key in keys)

    def _may_be_hidden(self, node: Node) -> bool:
        """Whether it is told by cells of the newest publication only, below a total."""
        return not self._is_hidden(node) and node.table.breakdown != TOTAL and all(
            map(self._is_new, self._alike[self._first[node.table]])
        )  # fmt: skip

    def _is_protected(self, node: Node) -> bool:
        """Whether a hidden number must not be worked out: of a withdrawn breakdown only a small one."""
        return self._small(self._number(node)) or cell_of(node)[0] not in self.withdrawn

    # ------------------------------------------------------------ cells and numbers
    @cached_property
    def _indicators(self) -> frozenset[str]:
        return frozenset(item.code for item in self.project.indicators)

    @cached_property
    def _about_people(self) -> Mapping[str, Indicator]:
        return {item.code: item for item in self.project.indicators if counts_people(item)}

    def _is_new(self, table: Table) -> bool:
        return table.edition == len(self.labels) - 1

    def _number(self, node: Node) -> Decimal:
        return self.numbers.get(node.table, {}).get(node.category, Decimal())

    def _small(self, number: Decimal) -> bool:
        return 0 < number < self.project.framework.small_cell

    def _key(self, cell: Cell) -> CellKey:
        place = (cell["indicator"], cell["official"], cell["covers"], cell["disaggregation"])
        return (len(self.labels) - 1, *place), cell["category"]

    def _versions_before(self) -> list[int]:
        """Publications that the newest one takes the place of: earlier versions of its quarter."""
        return [edition for edition, label in enumerate(self.labels[:-1]) if label == self.labels[-1]]

    def _editions_told(self) -> Iterator[Edition]:
        """The newest publication, and those in force of later quarters, whose spans tell of it, too."""
        in_force = {label: edition for edition, label in enumerate(self.labels) if label}
        for label, edition in in_force.items():
            if label >= self.labels[-1]:
                spans = covering(Period.parse(label), self.project.framework.fiscal_year_starts)
                yield Edition(
                    label=label,
                    tables=self._tables_of[edition],
                    before=max(((other, which) for other, which in in_force.items() if other < label), default=None),
                    inside={
                        span.label: [which for other, which in in_force.items() if span.holds(other)] for span in spans
                    },
                )


def _of_a_size(pieces: Iterable[Sequence[Sum]]) -> Iterator[list[Sum]]:
    """Pieces together: solving them takes more time than they are larger, and beginning takes some, too."""
    some: list[Sum] = []
    for piece in pieces:
        some += piece
        if len(some) >= _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
