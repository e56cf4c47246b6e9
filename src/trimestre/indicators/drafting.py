"""Drafts: every figure of a quarter with the rows behind it and their hash, worked out and not yet stored.

Preparing a candidate stores a draft; reproducing one works it out anew and compares.

Data flow: pins + base + definitions -> cells, placed rows (temporary tables) and their digests -> hash.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.computing import work_out
from trimestre.indicators.definitions import definitions_of
from trimestre.indicators.evidence import Pins
from trimestre.indicators.hashing import candidate_hash, rows_digest
from trimestre.indicators.placing import Base, placed
from trimestre.periods import Period
from trimestre.warehouse.sqlfiles import statement


@dataclass(frozen=True)
class DraftLine:
    """One line of an indicator."""

    indicator: Indicator
    attribution: str
    table: str
    """Temporary table with its placed rows (``placing.placed``); lines with the same rows share it."""
    digest: str
    """Of its rows up to the quarter."""

    @property
    def official(self) -> bool:
        """Whether it is the official line."""
        return self.attribution == self.indicator.attribution


@dataclass(frozen=True)
class Draft:
    """The figures of a quarter."""

    period: Period
    pins: Pins
    base: Base
    definitions: dict[str, Any]
    """As ``definitions_of`` gives them."""
    values: tuple[dict[str, Any], ...]
    """Cells with the columns of ``results.candidate_value``."""
    lines: tuple[DraftLine, ...]
    hash: str


def draft(connection: sa.Connection, project: Project, period: Period, pins: Pins, base: Base) -> Draft:
    """Work a quarter out in the open transaction, which is to be planned for whole tables; nothing is stored."""
    values = tuple(map(vars, work_out(connection, project, period, pins, base)))
    digests: dict[str, str] = {}
    lines: list[DraftLine] = []
    for indicator in project.indicators:
        if indicator.state != "vigente":
            continue
        for attribution in (indicator.attribution, *indicator.reconciliation):
            table = placed(connection, project, indicator, pins, base, attribution)
            if table not in digests:
                digests[table] = rows_digest(connection, frozen(table), last=str(period))
            lines.append(DraftLine(indicator, attribution, table, digests[table]))
    definitions = definitions_of(project)
    return Draft(
        period=period,
        pins=pins,
        base=base,
        definitions=definitions,
        values=values,
        lines=tuple(lines),
        hash=candidate_hash(
            str(period),
            values,
            definitions,
            {(line.indicator.code, line.official): line.digest for line in lines},
        ),
    )


def frozen(table: str) -> str:
    """The rows of a placed table as a candidate of the quarter ``:last`` keeps them: a SELECT."""
    return statement("vintages/frozen", placed=table)
