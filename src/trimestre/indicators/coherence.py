"""Coherence: what is looked at before anybody approves the figures of a quarter.

Data flow: cells of the quarter + what was published + the rows behind them at the pins -> findings.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.coherence_rules import (
    ERROR,
    EXPLANATION,
    WARNING,
    Before,
    Cell,
    Finding,
    counts_accounts,
    implausible,
    judge,
)
from trimestre.indicators.evidence import Pins, evidence_texts, run
from trimestre.indicators.placing import Base, placed
from trimestre.periods import Period
from trimestre.warehouse.sqlfiles import read, statement

SETTLED = ("merged", "empty", "withdrawn")
"""States in which a batch may stay."""


def check(
    connection: sa.Connection, project: Project, period: Period, values: Iterable[Any], pins: Pins, base: Base
) -> list[Finding]:
    """Everything that is not coherent in the figures of a quarter.

    ``values``: all its cells, wider spans and reconciliation lines included, as ``computing.Value`` or as mappings.
    They were worked out at ``pins`` over ``base``.
    """
    cells: list[Cell] = [value if isinstance(value, Mapping) else vars(value) for value in values]
    return [
        *judge(project, period, cells, _before(connection, project, period, base)),
        *_scores(connection, project, period, cells, pins),
        *_funnel(connection, project, period, pins),
        *_failed(connection, project, period, pins, base),
        *_retained(connection, project),
        *_late(connection, project, period, pins),
    ]


def _before(connection: sa.Connection, project: Project, period: Period, base: Base) -> Before:
    previous = str(Period.of(period.first_day() - timedelta(days=1)))
    known = {"previous": previous, "candidate_id": base.vintages.get(previous)}
    rows = connection.execute(sa.text(read("coherence/before")), known)
    values = {row.indicator: row.value for row in rows}
    closed = max((quarter for quarter in base.vintages if quarter <= str(period)), default=None)
    if closed is None:
        return Before(values)
    kinds = {indicator.code: indicator for indicator in project.indicators}
    told = connection.execute(
        sa.text(read("coherence/told")), {"candidate_id": base.vintages[closed], "closed": closed}
    )
    return Before(
        values,
        {
            row.indicator: row.value
            if row.accumulated is None and kinds[row.indicator].span == "cumulative"
            else row.accumulated
            for row in told
            if row.indicator in kinds
        },
    )


def _scores(
    connection: sa.Connection, project: Project, period: Period, cells: Iterable[Cell], pins: Pins
) -> list[Finding]:
    """A mean of scores lies between those that the options of its question have."""
    cells = list(cells)
    found: list[Finding] = []
    for indicator in project.indicators:
        asked = {name: indicator.parameters.get(name) for name in ("survey", "question")}
        if indicator.measure != "mean" or None in asked.values():
            continue
        range_ = run(connection, read("coherence/scores"), pins.parameters() | asked).one()
        if range_.least is not None:
            own = [cell for cell in cells if cell["indicator"] == indicator.code]
            bare = indicator.model_copy(update={"plausible": None})  # the sheet's range was looked at already
            found += implausible(bare, own, period, (range_.least, range_.greatest))
    return found


def _funnel(connection: sa.Connection, project: Project, period: Period, pins: Pins) -> list[Finding]:
    """Certificates ≤ all modules passed ≤ entered, in persons, for each edition of the quarter."""
    owners = {name: _first_over(project, name) for name in ("certificate", "module_completion", "enrolment")}
    found: list[Finding] = []
    for row in run(connection, read("coherence/funnel"), pins.parameters() | {"period": str(period)}):
        steps = [("certificate", row.certified), ("module_completion", row.passed_all), ("enrolment", row.entered)]
        told = [(name, count) for name, count in steps if count is not None]
        for (name, narrow), (wide_name, wide) in pairwise(told):
            owner = owners[name] or owners[wide_name]
            if narrow > wide and owner:
                values = {"narrow": narrow, "wide": wide, "of": name, "among": wide_name}
                found.append(Finding(owner, "funnel", EXPLANATION, row.edition, values))
    return found


def _first_over(project: Project, entity: str) -> str | None:
    """The first indicator in force that counts rows of an entity: whose explanation is asked for."""
    first = {"certificate": "certificates", "module_completion": "module_completions", "enrolment": "enrolments_"}
    return next(
        (item.code for item in _in_force(project) if item.evidence.startswith(first[entity])),
        None,
    )


def _failed(connection: sa.Connection, project: Project, period: Period, pins: Pins, base: Base) -> list[Finding]:
    """Nothing that a platform calls not passed is counted as passed."""
    found: list[Finding] = []
    seen: dict[str, int] = {}
    for indicator in _in_force(project):
        if indicator.evidence != "module_completions":
            continue
        table = placed(connection, project, indicator, pins, base, indicator.attribution)
        if table not in seen:
            text = statement("coherence/failed", placed=table)
            seen[table] = run(connection, text, pins.parameters() | {"period": str(period)}).scalar_one()
        if seen[table]:
            found.append(Finding(indicator.code, "passed_counts_failed", ERROR, None, {"rows": seen[table]}))
    return found


def _retained(connection: sa.Connection, project: Project) -> list[Finding]:
    """Rows that wait for a decision, with the indicators whose evidence reads what they are rows of."""
    found = []
    for row in connection.execute(sa.text(read("coherence/retained"))):
        moved = [
            indicator.code
            for indicator in _in_force(project)
            if row.entity == "record" or _reads(indicator, row.entity)
        ]
        if moved:
            values = {"rows": row.rows, "dataset": row.dataset, "entity": row.entity, "indicators": moved}
            found.append(Finding(None, "retained_rows", WARNING, row.source, values))
    return found


def _reads(indicator: Indicator, entity: str) -> bool:
    """Whether a row of an entity can move an indicator; who people are stands behind every account."""
    read_by = " ".join(evidence_texts(indicator).values())
    if entity in {"account", "account_identity"}:
        return counts_accounts(indicator)
    return f"warehouse.{entity} " in read_by


def _late(connection: sa.Connection, project: Project, period: Period, pins: Pins) -> list[Finding]:
    """Sources without a merge since the quarter's end (its limit, once other sources are past it), or that failed."""
    zone = project.framework.zone
    limit_day = project.periods.received_until(period) + timedelta(days=1)
    limit = datetime.combine(limit_day, time.min, tzinfo=zone)
    newest = max(pins.instants.values())
    since = limit if newest >= limit else period.event_until(zone)
    runs = {row.source: row for row in connection.execute(sa.text(read("coherence/batches")), {"newest": newest})}
    found = []
    for source in sorted({*project.sources, *project.broken_sources}):
        run = runs.get(source)
        merged, state = (run.merged_at, run.state) if run else (None, None)
        if merged is None or merged < since or state not in SETTLED:
            values = {
                "merged_on": None if merged is None else merged.astimezone(zone).date().isoformat(),
                "since": since.date().isoformat(),
                "state": state,
            }
            found.append(Finding(None, "late_sources", WARNING, source, values))
    return found


def _in_force(project: Project) -> list[Indicator]:
    return [indicator for indicator in project.indicators if indicator.state == "vigente"]
