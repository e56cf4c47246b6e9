"""Placing: which quarter each row of evidence counts in, once earlier quarters are closed.

Each thing counts in exactly one quarter per indicator. Without closed quarters that is its natural one, by event or by
edition. What a vintage counted stays in its quarter; what comes late for a closed quarter enters the next open one
(«resultado extemporáneo»). A *base* is every vintage in force, whatever its quarter, as seen from the quarter that is
computed: its natural rows count in it although it may be closed (so a restatement takes in what came late for it),
those that another quarter published stay there. Only the official line is placed; reconciliation lines keep the
natural quarters.

Data flow: sql/evidence -> sql/compute/attributed (natural quarters) -> sql/compute/placed (base) -> temporary table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.evidence import Pins, evidence_text, execute
from trimestre.periods import Period
from trimestre.warehouse.sqlfiles import statement


@dataclass(frozen=True)
class Closed:
    """A closed quarter of one indicator."""

    period: str
    candidate_id: int
    set_id: int | None
    """Its evidence; ``None`` where the method was another one then: what is late can't be told."""
    inherited: bool
    """Whether its figures are of before Trimestre."""


@dataclass(frozen=True)
class Base:
    """What was officially said, as seen from a quarter."""

    vintages: Mapping[str, int]
    """Closed quarter -> candidate_id of its vintage in force; later quarters and the own one are among them."""
    quarter: str
    """The quarter that is computed."""
    lines: Mapping[tuple[str, str], tuple[Closed, ...]] = field(default_factory=dict, compare=False)
    """Indicator and method -> its closed quarters, in order."""

    def closed(self, indicator: Indicator) -> tuple[Closed, ...]:
        """The closed quarters of an indicator; one of another method, with no set, is closed all the same."""
        return self.lines.get((indicator.code, indicator.method_digest()), ())

    def inherited_until(self, indicator: Indicator) -> str:
        """The last quarter with figures of before; empty without any."""
        return max((closed.period for closed in self.closed(indicator) if closed.inherited), default="")


def current_base(connection: sa.Connection, project: Project, period: Period) -> Base:
    """The vintages in force, as seen from ``period``."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (c.period) c.period, c.candidate_id FROM results.candidate AS c"
            " WHERE c.state = 'vintage' ORDER BY c.period, c.vintage DESC"
        )
    )
    return base_of(connection, project, {row.period: row.candidate_id for row in rows}, period)


def base_of(connection: sa.Connection, project: Project, vintages: Mapping[str, int], period: Period) -> Base:
    """The base that is made of these vintages, as it is for the definitions of ``project`` and seen from ``period``."""
    rows = connection.execute(
        sa.text(
            "SELECT c.period, c.candidate_id, c.kind = 'inherited' AS inherited, s.indicator, s.set_id, s.method"
            " FROM results.candidate AS c INNER JOIN results.evidence_set AS s USING (candidate_id)"
            " WHERE c.candidate_id = ANY(:ids) AND s.official ORDER BY c.period"
        ),
        {"ids": list(vintages.values())},
    ).all()
    lines: dict[tuple[str, str], tuple[Closed, ...]] = {}
    for indicator in project.indicators:
        method = indicator.method_digest()
        lines[indicator.code, method] = tuple(
            Closed(
                row.period,
                row.candidate_id,
                row.set_id if row.method == method and not row.inherited else None,
                row.inherited,
            )
            for row in rows
            if row.indicator == indicator.code
        )
    return Base(dict(vintages), str(period), lines)


def placed(
    connection: sa.Connection, project: Project, indicator: Indicator, pins: Pins, base: Base, attribution: str
) -> str:
    """The temporary table with the placed rows of one line of an indicator, made once a transaction.

    Indicators with the same evidence, parameters and closed quarters share it. Columns: those of
    ``evidence.COLUMNS``, and course, by_open_link, person_key, thing, period, natural_period, late.
    """
    closed = base.closed(indicator) if attribution == indicator.attribution else ()
    told = [item for item in closed if item.set_id is not None]
    labels = [item.period for item in told if item.period != base.quarter]
    parameters = {
        "attribution": attribution,
        "base_sets": [item.set_id for item in told],
        "base_periods": [item.period for item in told],
        "closed": labels,
        "opens": [_next_open(label, {item.period for item in closed}) for label in labels],
        "inherited_until": base.inherited_until(indicator) if closed else "",
    }
    named = set(sa.text(evidence_text(indicator.evidence)).compile().params)
    own = {**indicator.parameters, "indicator": indicator.code}
    asked = {name: value for name, value in own.items() if name in named}
    known: dict[str, Any] = {"evidence": indicator.evidence, "asked": asked, "pins": pins.parameters(), **parameters}
    table = f"placed_{digest(known)[:16]}"
    if connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": f"pg_temp.{table}"}).scalar() is None:
        text = statement(
            "compute/placed",
            attributed=statement("compute/attributed", evidence=evidence_text(indicator.evidence)),
            published=statement("compute/published"),
        )
        made = f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {text}"
        execute(connection, project, indicator, pins, made, parameters)
        connection.execute(sa.text(f"ANALYZE {table}"))
    return f"pg_temp.{table}"


def _next_open(label: str, closed: set[str]) -> str:
    period = Period.parse(label)
    while str(period) in closed:
        period = period.next()
    return str(period)
