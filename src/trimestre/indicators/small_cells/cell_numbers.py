"""The numbers of people behind cells: which cells have any, and which cells tell which.

Data flow: cells <-> numbers of tables.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.coherence_rules import SHARES, counts_accounts
from trimestre.indicators.small_cells.sums import Node, Table

Cell = dict[str, Any]
"""Columns of ``results.candidate_value``."""

LAYERS = ("value", "hits", "rows", "misses", "n")
"""What a number is of a cell: a count; of a share those who did, all, and those who did not; of a mean who answered."""

CellTable = tuple[int, str, bool, str, str]
"""Publication, indicator, official line, span, breakdown."""
CellKey = tuple[CellTable, str]
"""Breakdown and category."""


def counts_people(indicator: Indicator) -> bool:
    """Whether figures of an indicator are about people: those over accounts, and typed ones whose unit is people.

    Mechanisms, agreements and milestones that somebody typed are not.
    """
    if indicator.measure in {"milestone", "latest"} and not indicator.unit.startswith("persona"):
        return False
    return counts_accounts(indicator) or indicator.unit.startswith(("persona", "inscripci", "certificad"))


def as_cell(value: Any) -> Cell:
    """A value as a mapping with its columns; without ``covers`` it is of its quarter."""
    cell = dict(value) if isinstance(value, Mapping) else dict(vars(value))
    cell.setdefault("covers", cell.get("period"))
    return cell


def numbers_of(indicator: Indicator, cell: Cell) -> dict[str, Decimal]:
    """The numbers of people behind a cell, by layer; none without a value."""
    if cell["value"] is None and cell["numerator"] is None:
        return {}
    if indicator.measure in SHARES and cell["denominator"] is not None:
        hits, rows = Decimal(cell["numerator"]), Decimal(cell["denominator"])
        return {"hits": hits, "rows": rows, "misses": rows - hits}
    if indicator.measure == "mean" or (indicator.measure in {"sum", "latest"} and counts_accounts(indicator)):
        return {"n": Decimal(cell["n"])}
    return {} if cell["value"] is None else {"value": Decimal(cell["value"])}


def table_of(table: CellTable, layer: str) -> Table:
    """The table with one of the numbers behind each cell of a breakdown."""
    edition, indicator, official, covers, breakdown = table
    return Table(edition, indicator, layer, official, covers, breakdown)


def cell_of(node: Node) -> CellKey:
    """The cell that a number is behind."""
    table = node.table
    return (table.edition, table.indicator, table.official, table.covers, table.breakdown), node.category
