"""Computing quarters: every indicator from its evidence, all cells of all quarters from one pass.

Idempotent per quarter: when neither the pins nor the definitions moved since the newest computation, nothing is done.

Data flow: pins + framework/indicators/*.yaml -> cells -> results.computation, results.indicator_value.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import Indicator
from trimestre.errors import ContractError
from trimestre.indicators.cells import TOTAL, CellSource
from trimestre.indicators.evidence import Pins, current_pins, evidence_texts
from trimestre.indicators.status import percent_of_target, rounded, status
from trimestre.periods import Period
from trimestre.warehouse.database import lock_warehouse, transaction, whole_tables
from trimestre.warehouse.sqlfiles import read

NORMAL, NOT_AVAILABLE, NOT_APPLICABLE, NOT_REPRESENTATIVE = "normal", "n_d", "n_a", "no_representativo"
NOT_CALCULABLE = "no_calculable"
"""Of a rate whose denominator nobody can know, however complete the data are: a survey reached by an open link."""


@dataclass(frozen=True)
class Value:
    """One cell of one indicator and line."""

    indicator: str
    official: bool
    attribution: str
    disaggregation: str
    category: str
    value: Decimal | None
    value_exact: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    response_rate: Decimal | None
    n: int
    excluded: int
    obs_status: str
    target: Decimal | None
    percent_of_target: Decimal | None
    status: str | None


_CELL = tuple(Value.__dataclass_fields__)
"""Columns of ``results.indicator_value`` after computation and quarter."""


@dataclass(frozen=True)
class Computed:
    """What computing a quarter gave."""

    period: str
    values: tuple[Value, ...]
    moved: bool
    """False = nothing moved since the newest computation; ``values`` is then empty."""


def compute(engine: sa.Engine, project: Project, period: Period, *, dry_run: bool = False) -> Computed:
    """Compute one quarter and store it; a dry run computes in any case and stores nothing."""
    return compute_all(engine, project, [period], dry_run=dry_run)[0]


def compute_all(
    engine: sa.Engine, project: Project, periods: Sequence[Period], *, dry_run: bool = False
) -> list[Computed]:
    """Compute quarters at the same pins and store them, all or none: they share the pass over the evidence."""
    for period in periods:
        if period not in project.periods.all():
            raise ContractError(
                f"period: found {period}, expected one from {project.periods.first} to {project.periods.last}. "
                "Correct it or extend framework/periods.yaml."
            )
    with transaction(engine) as connection:
        pins = current_pins(connection)
        definitions = definitions_digest(project)
        whole_tables(connection)
        source = CellSource(connection, project, pins)
        moved = {
            period: tuple(
                value
                for indicator in project.indicators
                if indicator.state == "vigente"
                for value in indicator_values(connection, project, indicator, period, pins, source)
            )
            for period in periods
            if dry_run or not _unmoved(connection, period, definitions)
        }
        if moved and not dry_run:
            # Reading needs no lock, since it reads at its pins; writing waits for merges, and yields to who knew more.
            lock_warehouse(connection)
            for period, values in moved.items():
                _store(connection, period, pins, definitions, values)
    return [Computed(str(period), moved.get(period, ()), moved=period in moved) for period in periods]


def definitions_digest(project: Project) -> str:
    """sha256 over everything but data that a value depends on: definitions, limits, statements."""
    return digest(
        {
            "indicators": [indicator.model_dump() for indicator in project.indicators],
            "framework": project.framework.model_dump(),
            "statements": {
                name: text
                for indicator in project.indicators
                if indicator.state == "vigente"
                for name, text in evidence_texts(indicator).items()
            }
            | {name: read(f"compute/{name}") for name in ("attributed", "cells", "persons", "latest")},
        }
    )


def indicator_values(
    connection: sa.Connection,
    project: Project,
    indicator: Indicator,
    period: Period,
    pins: Pins,
    source: CellSource | None = None,
) -> list[Value]:
    """Every cell of an indicator: the official line, then its reconciliation lines; ``source`` is shared by many."""
    source = source or CellSource(connection, project, pins)
    values: list[Value] = []
    for attribution in (indicator.attribution, *indicator.reconciliation):
        able = _able_to_answer(source, project, indicator, period, attribution)
        cells = source.cells(indicator, period, attribution)
        official = attribution == indicator.attribution
        values += [_value(project, indicator, cell, period, attribution, official, able) for cell in cells]
    return values


def _value(
    project: Project,
    indicator: Indicator,
    cell: dict[str, Any],
    period: Period,
    attribution: str,
    official: bool,
    able: dict[tuple[str, str], int],
) -> Value:
    """One cell as a value at published precision, with target and status on the official total."""
    exact, numerator, denominator = _measure(indicator, cell)
    if cell["unknown"] or cell["not_calculable"]:
        exact = None
    is_total = cell["disaggregation"] == TOTAL
    if is_total and not indicator.total:
        exact, numerator, denominator = None, None, None
    value = None if exact is None else rounded(exact, indicator.decimals)
    target = _target(indicator, period) if is_total and official else None
    rate = _rate(cell, able)
    observed = NORMAL if value is not None else NOT_CALCULABLE if cell["not_calculable"] else NOT_AVAILABLE
    if is_total and not indicator.total:
        observed = NOT_APPLICABLE
    if value is not None and indicator.representative and (rate is None or rate < indicator.representative.min_rate):
        observed = NOT_REPRESENTATIVE
    return Value(
        indicator=indicator.code,
        official=official,
        attribution=attribution,
        disaggregation=cell["disaggregation"],
        category=cell["category"],
        value=value,
        value_exact=exact,
        numerator=numerator,
        denominator=denominator,
        response_rate=rate,
        n=cell["n"],
        excluded=cell["excluded"],
        obs_status=observed,
        target=target,
        percent_of_target=percent_of_target(value, target),
        status=status(indicator, value, target, project.framework.status) if is_total and official else None,
    )


def _measure(indicator: Indicator, cell: dict[str, Any]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Value, numerator and denominator of a cell. Shares are percentages: 100 × hits / rows of which a hit is known."""
    n = Decimal(cell["n"])
    match indicator.measure:
        case "count":
            return n, None, None
        case "persons":
            return Decimal(cell["persons"]), None, None
        case "share":
            hits, known = Decimal(cell["hits"]), Decimal(cell["hits_known"])
            return (100 * hits / known if known else None), hits, known
        case "mean":
            return (cell["total"] / n if n and cell["total"] is not None else None), cell["total"], n
        case "sum":
            return cell["total"], None, None
        case _:
            return cell["latest"], None, None


def _target(indicator: Indicator, period: Period) -> Decimal | None:
    target = indicator.targets.get(str(period))
    return None if target is None else Decimal(str(target))


def _able_to_answer(
    source: CellSource, project: Project, indicator: Indicator, period: Period, attribution: str
) -> dict[tuple[str, str], int]:
    """For a mean of a survey: who could have answered, per breakdown and category; nobody knows with an open link."""
    survey = next((s for s in project.surveys if s.survey == indicator.parameters.get("survey")), None)
    if indicator.representative is None or (survey is not None and survey.reached_by == "open_link"):
        return {}
    cells = source.cells(
        indicator,
        period,
        attribution,
        evidence=indicator.representative.denominator,
        only_edition=survey.edition if survey else None,
        only_event=survey.event if survey else None,
    )
    return {(cell["disaggregation"], cell["category"]): cell["n"] for cell in cells}


def _rate(cell: dict[str, Any], able: dict[tuple[str, str], int]) -> Decimal | None:
    could = able.get((cell["disaggregation"], cell["category"]))
    # More answers than people of that category: the survey knows them under another one, so there is no rate.
    return rounded(Decimal(cell["n"]) / could, 4) if could and cell["n"] <= could else None


def _unmoved(connection: sa.Connection, period: Period, definitions: str) -> bool:
    """Whether no merge since the newest computation of the quarter concerns it, and its definitions hold."""
    return bool(
        connection.execute(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM results.computation AS c WHERE c.period = :period AND c.current"
                " AND c.definitions = :definitions AND NOT EXISTS (SELECT 1 FROM ops.batch AS b"
                " WHERE b.merged_at > c.known_at AND :period = ANY(b.quarters)))"
            ),
            {"period": str(period), "definitions": definitions},
        ).scalar_one()
    )


def _store(connection: sa.Connection, period: Period, pins: Pins, definitions: str, values: tuple[Value, ...]) -> None:
    """Write the computation as the newest version of its quarter; earlier ones stay, so that they can be read.

    The same figures make no new version: the newest is then known to hold up to these pins and definitions.
    """
    parameters = {
        "period": str(period),
        "known_at": max(pins.instants.values()),
        "pins": json.dumps(pins.batches),
        "definitions": definitions,
    }
    newest = connection.execute(
        sa.text(
            "SELECT computation_id, known_at > :known_at AS knew_more FROM results.computation"
            " WHERE period = :period AND current"
        ),
        parameters,
    ).one_or_none()
    if newest is not None and newest.knew_more:
        return
    if newest is not None and _figures(connection, newest.computation_id) == {tuple(vars(v).values()) for v in values}:
        connection.execute(
            sa.text(
                "UPDATE results.computation SET known_at = :known_at, pins = CAST(:pins AS jsonb),"
                " definitions = :definitions WHERE period = :period AND current"
            ),
            parameters,
        )
        return
    connection.execute(
        sa.text("UPDATE results.computation SET current = FALSE WHERE period = :period AND current"), parameters
    )
    computation_id = connection.execute(
        sa.text(
            "INSERT INTO results.computation (period, computed_at, known_at, pins, definitions, current)"
            " VALUES (:period, clock_timestamp(), :known_at, CAST(:pins AS jsonb), :definitions, TRUE)"
            " RETURNING computation_id"
        ),
        parameters,
    ).scalar_one()
    if values:
        connection.execute(
            sa.text(
                f"INSERT INTO results.indicator_value (computation_id, period, {', '.join(_CELL)})"
                f" VALUES (:computation_id, :period, {', '.join(f':{name}' for name in _CELL)})"
            ),
            [{**vars(value), "computation_id": computation_id, "period": str(period)} for value in values],
        )


def _figures(connection: sa.Connection, computation_id: int) -> set[tuple[Any, ...]]:
    """Every cell of a stored computation."""
    text = f"SELECT {', '.join(_CELL)} FROM results.indicator_value WHERE computation_id = :computation_id"
    return {tuple(row) for row in connection.execute(sa.text(text), {"computation_id": computation_id})}
