"""Drift: by how much today's figures of closed quarters differ from the published ones, and because of what.

What is published is compared with what a restatement would tell today: the vintage's own definitions, everything merged
so far, each thing in the quarter that published it (``placing``). What is then left to today's definition is the
reason ``definition``. The amounts of all reasons add up to the difference of the official total.

A vintage is compared again only when a merge, a vintage or a definition moved since: ``ops.setting`` holds the mark.

Data flow: results.evidence beside placed rows (sql/drift/compared) -> reasons -> amounts -> results.drift, drift_row.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.errors import ContractError
from trimestre.indicators.computing import Value, definitions_digest, work_out
from trimestre.indicators.definitions import project_from
from trimestre.indicators.drifting_rows import REASONS, Compared, compare_rows
from trimestre.indicators.evidence import Pins, check_definition, current_pins
from trimestre.indicators.placing import Base, current_base, placed
from trimestre.indicators.vintages import candidate_of, values_of
from trimestre.periods import Period
from trimestre.warehouse.database import lock_warehouse, transaction, whole_tables
from trimestre.warehouse.sqlfiles import read

DEFINITION, OTHER = "definition", "other"
_SETTING = "drift"


@dataclass(frozen=True)
class Drifted:
    """What comparing with the published figures gave."""

    compared: tuple[str, ...]
    """Closed quarters that were compared anew, in order."""
    drifting: tuple[str, ...]
    """Of them those with anything that differs."""


@dataclass(frozen=True)
class Drift:
    """A part of what an official total moved by: a row of ``results.drift`` without its vintage."""

    indicator: str
    reason: str
    published: Decimal | None
    now: Decimal | None
    amount: Decimal | None
    """At published precision; ``None`` where one of the two values is not available."""
    rows: int


@dataclass(frozen=True)
class _Vintage:
    candidate_id: int
    period: str
    mark: str


def refresh_drift(engine: sa.Engine, project: Project) -> Drifted:
    """Compare the vintages in force that something moved for since they were last compared; all or none is stored.

    Figures of before Trimestre have no rows to compare. Reads at what is merged now, so a night calls it after
    computing.
    """
    with transaction(engine) as connection:
        return drift_in(connection, project)


def drift_in(connection: sa.Connection, project: Project) -> Drifted:
    """As :func:`refresh_drift`, in the open transaction."""
    vintages = _in_force(connection, project)
    known = _marks(connection)
    marks = {str(vintage.candidate_id): vintage.mark for vintage in vintages}
    if marks == known:
        return Drifted((), ())
    whole_tables(connection)
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.drifted_row"))
    connection.execute(sa.text("CREATE TEMPORARY TABLE drifted_row (LIKE results.drift_row) ON COMMIT DROP"))
    pins = current_pins(connection)
    moved = [vintage for vintage in vintages if known.get(str(vintage.candidate_id)) != vintage.mark]
    found = {vintage: list(_drift_of(connection, project, vintage, pins)) for vintage in moved}
    lock_warehouse(connection)  # reading needs no lock; two nights that write would meet
    _store(connection, found, [vintage.candidate_id for vintage in vintages])
    _remember(connection, marks)
    return Drifted(
        tuple(vintage.period for vintage in moved), tuple(vintage.period for vintage in moved if found[vintage])
    )


def add_up(
    published: Decimal | None, steps: list[tuple[str, Decimal | None]], settled: Decimal | None, now: Decimal | None
) -> dict[str, Decimal | None]:
    """Reason -> amount, from the values after each step; together they are ``now - published``.

    ``settled``: the value of today by the vintage's definition. What the steps leave of it is ``other``, what today's
    definition leaves is ``definition``. A step without a value (a rate of nobody) leaves its part to the next.
    """
    amounts: dict[str, Decimal | None] = {}
    if published is None or settled is None:
        amounts = {reason: None for reason, _ in steps}
        if not amounts and published is not settled:
            amounts[OTHER] = None
    else:
        before = published
        for reason, value in steps:
            after = before if value is None else value
            amounts[reason] = (amounts.get(reason) or Decimal(0)) + after - before
            before = after
        if settled != before:
            amounts[OTHER] = (amounts.get(OTHER) or Decimal(0)) + settled - before
    if settled is None or now is None:
        if settled is not now:
            amounts[DEFINITION] = None
    elif now != settled:
        amounts[DEFINITION] = now - settled
    return amounts


def _in_force(connection: sa.Connection, project: Project) -> list[_Vintage]:
    """The vintages in force that have rows, with what they would be compared with now."""
    rows = connection.execute(sa.text(read("drift/in_force"))).all()
    base = digest([row.candidate_id for row in rows])
    definitions = definitions_digest(project) if rows else ""
    return [
        _Vintage(row.candidate_id, row.period, f"{row.moved_at} {base} {definitions}")
        for row in rows
        if row.kind != "inherited"
    ]


def _drift_of(connection: sa.Connection, project: Project, vintage: _Vintage, pins: Pins) -> Iterator[Drift]:
    """What differs of one vintage; its rows go to the temporary table ``drifted_row``."""
    candidate = candidate_of(connection, vintage.candidate_id)
    then = _known_evidence(project_from(candidate["definitions"], project))
    period = Period.parse(vintage.period)
    base = current_base(connection, then, period)
    settled = _totals(work_out(connection, then, period, pins, base))
    now = settled | _by_todays_definition(connection, project, then, period, pins)
    sets = _official_sets(connection, vintage.candidate_id)
    for cell in values_of(connection, vintage.candidate_id):
        code = cell["indicator"]
        whole = cell["official"] and cell["covers"] == vintage.period and cell["disaggregation"] == TOTAL
        if not whole or code not in settled or code not in sets:
            continue
        indicator = then.indicator(code)
        compared = compare_rows(
            connection,
            indicator,
            candidate,
            cell,
            sets[code],
            placed(connection, then, indicator, pins, base, indicator.attribution),
            pins,
            moved=settled[code].value != cell["value"],
        )
        yield from _parts(code, cell["value"], settled[code].value, now[code].value, compared)


def _parts(
    code: str, published: Decimal | None, settled: Decimal | None, now: Decimal | None, compared: Compared
) -> Iterator[Drift]:
    amounts = add_up(published, compared.steps, settled, now)
    for reason in (*REASONS, DEFINITION):
        rows = compared.rows.get(reason, 0)
        if rows or reason in amounts:
            if amounts.get(reason) == 0 and not rows:
                continue
            yield Drift(code, reason, published, now, amounts.get(reason), rows)


def _known_evidence(project: Project) -> Project:
    """The project without indicators whose evidence this release no longer has: nothing can be compared for them."""

    def known(indicator: Indicator) -> bool:
        try:
            check_definition(indicator)
        except ContractError:
            return False
        return True

    return replace(project, indicators=tuple(filter(known, project.indicators)))


def _by_todays_definition(
    connection: sa.Connection, project: Project, then: Project, period: Period, pins: Pins
) -> dict[str, Value]:
    """The official totals of the indicators whose value is another thing today than in the vintage."""
    same = then.surveys == project.surveys and all(
        getattr(then.framework, name) == getattr(project.framework, name) for name in ("timezone", "minimum_n")
    )
    known = {indicator.code: indicator.method_digest() for indicator in then.indicators}
    changed = tuple(
        indicator
        for indicator in project.indicators
        if indicator.state == "vigente"
        and indicator.code in known
        and not (same and known[indicator.code] == indicator.method_digest())
    )
    if not changed:
        return {}
    today = replace(project, indicators=changed)
    base: Base = current_base(connection, today, period)
    return _totals(work_out(connection, today, period, pins, base))


def _totals(values: tuple[Value, ...]) -> dict[str, Value]:
    """Indicator -> its official total of the quarter itself."""
    found: dict[str, Value] = {}
    for value in values:
        if value.official and value.disaggregation == TOTAL and value.covers.count("-Q"):
            found[value.indicator] = value
    return found


def _official_sets(connection: sa.Connection, candidate_id: int) -> dict[str, Mapping[str, Any]]:
    """Indicator -> which rows stand behind its official line: set_id, first_period, last_period."""
    rows = connection.execute(
        sa.text(
            "SELECT s.indicator, s.set_id, s.first_period, s.last_period FROM results.evidence_set AS s"
            " WHERE s.candidate_id = :candidate_id AND s.official"
        ),
        {"candidate_id": candidate_id},
    )
    return {row.indicator: dict(row._mapping) for row in rows}


def _store(connection: sa.Connection, found: Mapping[_Vintage, list[Drift]], in_force: list[int]) -> None:
    """Write the vintages that were compared in place of what was found of them before, and drop those of before."""
    compared = [vintage.candidate_id for vintage in found]
    for name in ("drift", "drift_row"):
        connection.execute(
            sa.text(
                f"DELETE FROM results.{name} AS d WHERE d.candidate_id = ANY(:compared)"
                " OR d.candidate_id <> ALL(:in_force)"
            ),
            {"compared": compared, "in_force": in_force},
        )
    parts = [
        {"candidate_id": vintage.candidate_id, "period": vintage.period, **vars(part)}
        for vintage, drifts in found.items()
        for part in drifts
    ]
    if parts:
        connection.execute(
            sa.text(
                "INSERT INTO results.drift (candidate_id, indicator, reason, period, published, now, amount, rows,"
                " seen_at) VALUES (:candidate_id, :indicator, :reason, :period, :published, :now, :amount, :rows,"
                " transaction_timestamp())"
            ),
            parts,
        )
    connection.execute(sa.text("INSERT INTO results.drift_row SELECT * FROM drifted_row"))


def _marks(connection: sa.Connection) -> dict[str, str]:
    value = connection.execute(
        sa.text("SELECT value FROM ops.setting WHERE setting = :setting"), {"setting": _SETTING}
    ).scalar()
    return dict(json.loads(value)) if value else {}


def _remember(connection: sa.Connection, marks: dict[str, str]) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO ops.setting (setting, value) VALUES (:setting, :value)"
            " ON CONFLICT (setting) DO UPDATE SET value = excluded.value"
        ),
        {"setting": _SETTING, "value": json.dumps(marks)},
    )
