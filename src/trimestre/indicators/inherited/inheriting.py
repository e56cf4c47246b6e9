"""Candidates of figures of before Trimestre («valor heredado»): one per quarter, each value with its cell as evidence.

Approved, they are vintages as any other: later quarters take them for what was officially said, and what sources know
of those quarters no longer counts. One workbook holds all of them: it takes the place of the one before.

Data flow: Legacy + landed file -> cells of the quarter and of wider spans -> results.candidate, candidate_value,
evidence_set, evidence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicator_rules import PERCENTAGES
from trimestre.contracts.indicators import ADDITIVE, TOTAL, Indicator
from trimestre.errors import ContractError
from trimestre.indicators.candidates import write_candidate
from trimestre.indicators.definitions import definitions_of
from trimestre.indicators.hashing import candidate_hash, rows_digest
from trimestre.indicators.inherited.legacy import UNSPECIFIED, Legacy, LegacyValue
from trimestre.indicators.status import percent_of_progress, percent_of_target, rounded, status
from trimestre.periods import Covers, Period, covering
from trimestre.texts import REFUSALS
from trimestre.warehouse.entities import LEGACY_SOURCE
from trimestre.warehouse.tables.results import candidate, evidence, evidence_set, evidence_set_id

_NOT_AVAILABLE, _NOT_APPLICABLE, _INHERITED = "n_d", "n_a", "heredado"

Figure = tuple[Decimal | None, Decimal | None, Decimal | None]
"""Value before rounding, numerator, denominator."""


@dataclass(frozen=True)
class Landed:
    """The workbook as it was landed."""

    batch_id: int
    landed_file_id: int
    landed_at: datetime


@dataclass(frozen=True)
class Proposed:
    """A candidate that an import wrote."""

    period: str
    candidate_id: int
    values: int
    """Figures typed for the quarter."""
    hash: str


def check_inheritable(connection: sa.Connection, legacy: Legacy) -> None:
    """:class:`ContractError` where figures of before would stand over official ones, or drop some they replace."""
    last = str(legacy.periods()[-1])
    known = connection.execute(
        sa.select(candidate.c.period, candidate.c.kind, candidate.c.state)
        .where(candidate.c.state.in_(["vintage", "pending"]), candidate.c.kind != "inherited")
        .where(candidate.c.period <= last)
        .order_by(candidate.c.period)
    ).all()
    problems = [
        REFUSALS["legacy_published" if row.state == "vintage" else "legacy_waiting"].format(period=row.period)
        for row in known
    ]
    typed = {(value.indicator, str(value.period)) for value in legacy.values}
    problems += [
        REFUSALS["legacy_missing"].format(code=code, period=period)
        for code, period in sorted(_inherited(connection) - typed)
    ]
    if problems:
        raise ContractError("\n".join(dict.fromkeys(problems)))


def propose(
    connection: sa.Connection, project: Project, legacy: Legacy, landed: Landed, *, reason: str, prepared_by: str
) -> list[Proposed]:
    """Write a pending candidate for every quarter, in the open transaction under the warehouse lock."""
    return [
        _propose(connection, project, legacy, period, landed, reason=reason, prepared_by=prepared_by)
        for period in legacy.periods()
    ]


def inherited_cells(project: Project, legacy: Legacy, period: Period) -> list[dict[str, Any]]:
    """The cells of a quarter and of the wider spans up to it, with the columns of ``results.candidate_value``."""
    cells: list[dict[str, Any]] = []
    for code in dict.fromkeys(value.indicator for value in legacy.values if value.period == period):
        indicator = project.indicator(code)
        typed = [value for value in legacy.values if value.indicator == code and value.period <= period]
        places: dict[tuple[str, str], list[LegacyValue]] = {}
        for value in (*typed, *remainders(indicator, typed)):
            places.setdefault(value.place, []).append(value)
        for covers in covering(period, project.framework.fiscal_year_starts):
            for place, values in places.items():
                if any(covers.holds(str(value.period)) for value in values):
                    cells.append(_cell(project, indicator, covers, place, values))
            if not indicator.total:
                cells.append(_cell(project, indicator, covers, (TOTAL, TOTAL), ()))
    return cells


def remainders(indicator: Indicator, values: Sequence[LegacyValue]) -> Iterator[LegacyValue]:
    """What nobody told apart of a total, as «no especificado»: parts that add up do so in every later figure, too."""
    for total in values:
        if total.disaggregation != TOTAL or total.value is None:
            continue
        for dimensions in filter(indicator.adds_up, indicator.breakdowns()):
            breakdown = "×".join(dimensions)
            parts = [v.value for v in values if (v.period, v.disaggregation) == (total.period, breakdown)]
            rest = total.value - sum((part for part in parts if part is not None), Decimal(0))
            if rest:
                category = " × ".join([UNSPECIFIED] * len(dimensions))
                yield replace(
                    total, disaggregation=breakdown, category=category, value=rest, numerator=None, denominator=None
                )


def _cell(
    project: Project, indicator: Indicator, covers: Covers, place: tuple[str, str], values: Sequence[LegacyValue]
) -> dict[str, Any]:
    """One cell, of its figures; what a quarter adds and what was reached are told for the quarter itself."""
    quarter = str(covers.until)
    exact, numerator, denominator = _together(indicator, [v for v in values if covers.holds(str(v.period))])
    value = None if exact is None else rounded(exact, indicator.decimals)
    target, base = indicator.target(covers.label, quarter, *place), indicator.base(quarter)
    total = place == (TOTAL, TOTAL)
    observed = _INHERITED if value is not None else _NOT_AVAILABLE
    flow = _flow(indicator, values, covers.until) if covers.label == quarter else (None, None, None)
    return {
        "indicator": indicator.code,
        "official": True,
        "covers": covers.label,
        "disaggregation": place[0],
        "category": place[1],
        "attribution": indicator.attribution,
        "value": value,
        "value_exact": exact,
        "numerator": numerator,
        "denominator": denominator,
        "response_rate": None,
        "n": sum(covers.holds(str(v.period)) for v in values),
        "excluded": 0,
        "obs_status": observed if indicator.total or not total else _NOT_APPLICABLE,
        "target": target,
        "percent_of_target": percent_of_target(indicator, value, target),
        "percent_of_progress": percent_of_progress(indicator, value, target, base),
        "status": status(indicator, value, target, project.framework.status, base=base) if total else None,
        "late": 0,
        "added": flow[0],
        "adjustment": flow[1],
        "accumulated": flow[2],
    }


def _together(indicator: Indicator, values: Sequence[LegacyValue]) -> Figure:
    """What figures of several quarters come to: sums, Σ numerators / Σ denominators, or the latest one."""
    if len(values) == 1:
        return values[0].value, values[0].numerator, values[0].denominator
    known = [value.value for value in values if value.value is not None]
    if indicator.measure in ADDITIVE and indicator.span != "cumulative":
        return (sum(known, Decimal(0)) if known else None), None, None
    if indicator.measure not in (*PERCENTAGES, "mean") or indicator.span != "period":
        last = values[-1] if values else None
        if last is not None and last.value is not None:
            return last.value, last.numerator, last.denominator
        return (known[-1] if known else None), None, None
    if not values or any(value.numerator is None or not value.denominator for value in values):
        return None, None, None
    numerator = sum((value.numerator or Decimal(0) for value in values), Decimal(0))
    denominator = sum((value.denominator or Decimal(0) for value in values), Decimal(0))
    return (100 if indicator.measure in PERCENTAGES else 1) * numerator / denominator, numerator, denominator


def _flow(indicator: Indicator, values: Sequence[LegacyValue], period: Period) -> Figure:
    """What a quarter adds, what it adjusts (nothing), and what was reached, where quarters add up."""
    of_quarters = indicator.measure == "persons" and indicator.span == "period"
    if indicator.measure not in ADDITIVE or indicator.span == "latest" or of_quarters:
        return None, None, None
    reached = _together(indicator, values)[0]
    before = _together(indicator, [value for value in values if value.period < period])[0]
    value = values[-1].value
    if value is None or reached is None:
        return None, None, reached
    return (reached - (before or Decimal(0))), Decimal(0), reached


def _propose(
    connection: sa.Connection,
    project: Project,
    legacy: Legacy,
    period: Period,
    landed: Landed,
    *,
    reason: str,
    prepared_by: str,
) -> Proposed:
    typed = [value for value in legacy.values if value.period == period]
    sets = {code: _keep_rows(connection, [v for v in typed if v.indicator == code], landed)
            for code in dict.fromkeys(value.indicator for value in typed)}  # fmt: skip
    cells = inherited_cells(project, legacy, period)
    definitions = definitions_of(project)
    definitions["indicators"] = {code: definitions["indicators"][code] for code in sorted(sets)}
    stored = "SELECT e.* FROM results.evidence AS e WHERE e.set_id = :set_id"
    digests = {(code, True): rows_digest(connection, stored, set_id=set_id) for code, set_id in sets.items()}
    known_hash = candidate_hash(str(period), cells, definitions, digests)
    number = write_candidate(
        connection,
        period=str(period),
        kind="inherited",
        hash=known_hash,
        pins={LEGACY_SOURCE: landed.batch_id},
        base={},
        known_at=landed.landed_at,
        definitions=definitions,
        contract=None,
        forced=False,
        reason=reason,
        findings=[],
        explanations={},
        project_status={},
        prepared_by=prepared_by,
        values=cells,
    )
    connection.execute(sa.insert(evidence_set), list(_lines(project, number, str(period), sets)))
    return Proposed(str(period), number, len(typed), known_hash)


def _keep_rows(connection: sa.Connection, values: Sequence[LegacyValue], landed: Landed) -> int:
    """Keep the cells of the workbook behind an indicator's figures of a quarter; the number of their set."""
    set_id: int = connection.execute(sa.select(evidence_set_id.next_value())).scalar_one()
    rows = []
    for number, value in enumerate(values, start=1):
        key = "/".join((value.indicator, str(value.period), *value.place))
        dimensions = value.disaggregation.split("×") if value.disaggregation != TOTAL else []
        named = {name: part.strip() for name, part in zip(dimensions, value.category.split("×"), strict=False)}
        rows.append(
            {column.name: None for column in evidence.columns}
            | named
            | {
                "set_id": set_id,
                "row_no": number,
                "evidence_key": f"{key}/{LEGACY_SOURCE}",
                "thing": key,
                "period": str(value.period),
                "late": False,
                "at_estimated": False,
                "source": LEGACY_SOURCE,
                "value": value.value,
                "batch_id": landed.batch_id,
                "landed_file_id": landed.landed_file_id,
                "position": value.position,
                "document": value.document,
            }
        )
    connection.execute(sa.insert(evidence), rows)
    return set_id


def _lines(project: Project, number: int, period: str, sets: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for code, set_id in sets.items():
        indicator = project.indicator(code)
        yield {
            "candidate_id": number,
            "indicator": code,
            "official": True,
            "attribution": indicator.attribution,
            "set_id": set_id,
            "first_period": period,
            "last_period": period,
            "definition_version": indicator.version,
            "method": indicator.method_digest(),
        }


def _inherited(connection: sa.Connection) -> set[tuple[str, str]]:
    """Indicator and quarter of every inherited figure that is in force."""
    rows = connection.execute(
        sa.text(
            "SELECT s.indicator, c.period FROM results.evidence_set AS s INNER JOIN ("
            " SELECT DISTINCT ON (v.period) v.candidate_id, v.period, v.kind FROM results.candidate AS v"
            " WHERE v.state = 'vintage' ORDER BY v.period, v.vintage DESC"
            ") AS c ON s.candidate_id = c.candidate_id WHERE c.kind = 'inherited'"
        )
    )
    return {(row.indicator, row.period) for row in rows}
