"""Computing quarters: every indicator from its evidence, all cells and spans of all quarters from one pass.

Idempotent per quarter: when neither pins, definitions nor official figures moved since the newest computation, nothing
is done. A candidate, a dry run and a reproduction work a quarter out by the same function (:func:`work_out`).

Data flow: pins + base + framework/indicators/*.yaml -> placed rows -> cells -> figures and flows -> values ->
results.computation, indicator_value, span_value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import digest
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.cells import CellSource
from trimestre.indicators.evidence import Pins, current_pins, evidence_texts
from trimestre.indicators.flows import Flow, flows
from trimestre.indicators.keeping import Kept
from trimestre.indicators.lines import Cell, Key, empty
from trimestre.indicators.measuring import Figure, Inherited, figures, window
from trimestre.indicators.official import Official, official_figures
from trimestre.indicators.placing import Base, base_of, vintages_in_force
from trimestre.indicators.status import percent_of_progress, percent_of_target, rounded, status
from trimestre.indicators.storing import Known, store, unmoved
from trimestre.periods import Covers, Period, covering
from trimestre.warehouse.database import lock_warehouse, transaction, whole_tables
from trimestre.warehouse.sqlfiles import read

NORMAL, NOT_AVAILABLE, NOT_APPLICABLE, NOT_REPRESENTATIVE = "normal", "n_d", "n_a", "no_representativo"
NOT_CALCULABLE = "no_calculable"
"""Of a rate whose denominator nobody can know, however complete the data are: a survey reached by an open link."""
TOO_FEW = "n_insuficiente"
"""Of a mean of fewer answers than are told."""
INHERITED = "heredado"
"""Of a figure of before Trimestre."""

_DECIDING = {
    "code", "version", "evidence", "parameters", "measure", "attribution", "span", "reconciliation", "disaggregations",
    "total", "decimals", "stages", "representative", "direction", "baseline", "targets", "category_targets",
    "life_of_project_target", "revisions",
}  # fmt: skip
_DECIDING_SURVEY = {"survey", "edition", "event", "closes_on", "reached_by", "repeated", "scored"}
_STATEMENTS = (
    "attributed", "linked", "not_linked", "placed", "published", "nothing_published", "seen", "first_reach",
    "frozen", "cells", "persons", "persons_of_one", "latest",
)  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One cell of one indicator, line and span."""

    indicator: str
    official: bool
    covers: str
    """The quarter itself, or a wider span up to it (``periods.covering``): those of the official line only."""
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
    percent_of_progress: Decimal | None
    status: str | None
    late: int
    added: Decimal | None
    adjustment: Decimal | None
    accumulated: Decimal | None


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
        project.expect_quarter(period)
    with transaction(engine) as connection:
        pins = current_pins(connection)
        definitions = definitions_digest(project)
        vintages = vintages_in_force(connection)
        whole_tables(connection)
        kept = None if dry_run else Kept(connection, pins)
        source = CellSource(connection, project, pins, kept)
        moved = {
            period: work_out(connection, project, period, pins, base_of(connection, project, vintages, period), source)
            for period in periods
            if dry_run or not unmoved(connection, period, definitions, vintages)
        }
        if moved and not dry_run:
            # Reading needs no lock, since it reads at its pins; writing waits for merges, and yields to who knew more.
            lock_warehouse(connection)
            for period, values in moved.items():
                store(connection, period, Known(pins, vintages, definitions), map(vars, values))
            if kept:
                kept.save(connection)
    return [Computed(str(period), moved.get(period, ()), moved=period in moved) for period in periods]


def work_out(
    connection: sa.Connection,
    project: Project,
    period: Period,
    pins: Pins,
    base: Base,
    source: CellSource | None = None,
) -> tuple[Value, ...]:
    """Every cell of every indicator in force for one quarter; nothing is stored.

    ``source`` is shared by the quarters of one transaction at the same pins. The transaction is to be planned for whole
    tables (``whole_tables``) wherever more than a few rows are there.
    """
    source = source or CellSource(connection, project, pins)
    return tuple(
        value
        for indicator in project.indicators
        if indicator.state == "vigente"
        for value in indicator_values(source, indicator, period, base)
    )


def definitions_digest(project: Project) -> str:
    """sha256 over everything but data that a value depends on: definitions, limits, statements.

    Names, reasons and the rest of a reference sheet move no value and are no part of it.
    """
    in_force = [indicator for indicator in project.indicators if indicator.state == "vigente"]
    return digest(
        {
            "indicators": [indicator.model_dump(mode="json", include=_DECIDING) for indicator in in_force],
            "framework": project.framework.model_dump(
                mode="json", include={"timezone", "fiscal_year_starts", "status", "minimum_n"}
            ),
            "surveys": [survey.model_dump(mode="json", include=_DECIDING_SURVEY) for survey in project.surveys],
            "statements": {name: text for indicator in in_force for name, text in evidence_texts(indicator).items()}
            | {name: read(f"compute/{name}") for name in _STATEMENTS},
        }
    )


def indicator_values(source: CellSource, indicator: Indicator, period: Period, base: Base) -> list[Value]:
    """Every cell of an indicator: the official line of the quarter and its wider spans, then reconciliation lines."""
    quarter, *wider = covering(period, source.project.framework.fiscal_year_starts)
    said = official_figures(source.connection, indicator, base)
    values = _line(source, indicator, quarter, base, indicator.attribution, said)
    for covers in wider:
        values += _line(source, indicator, covers, base, indicator.attribution, said)
    for attribution in indicator.reconciliation:
        values += _line(source, indicator, quarter, base, attribution, None)
    return values


def _line(
    source: CellSource, indicator: Indicator, covers: Covers, base: Base, attribution: str, said: Official | None
) -> list[Value]:
    """The cells of one line and span; ``said`` = what was officially said, of the official line."""
    line = source.line(indicator, attribution, base)
    inherited = said.inherited if said else Inherited()
    first, last = window(indicator, line, inherited, covers)
    found = figures(indicator, line, inherited, first, last)
    moved: dict[Key, Flow] = {}
    if said and covers.label == str(covers.until):
        moved = flows(indicator, line, inherited, said.closed, covers.until)
        for key, flow in moved.items():
            if flow.adjustment and key not in found:
                found[key] = Figure(empty(key), Decimal(0))
    able = _able_to_answer(source, indicator, base, attribution, first, last)
    return [
        _value(source.project, indicator, figure, covers, attribution, able.get(key), moved.get(key, Flow()))
        for key, figure in found.items()
    ]


def _value(
    project: Project,
    indicator: Indicator,
    figure: Figure,
    covers: Covers,
    attribution: str,
    able: int | None,
    flow: Flow,
) -> Value:
    """One figure at published precision, with target and status on the official line."""
    cell, period = figure.cell, str(covers.until)
    key = cell["disaggregation"], cell["category"]
    whole, official = key == (TOTAL, TOTAL), attribution == indicator.attribution
    rate = _rate(cell, able)
    observed = _observed(project, indicator, figure, rate)
    untold = observed in {NOT_APPLICABLE, TOO_FEW}
    exact = None if untold else figure.exact
    value = None if exact is None else rounded(exact, indicator.decimals)
    target = indicator.target(covers.label, period, *key) if official else None
    base = indicator.base(period) if whole and official else None
    return Value(
        indicator=indicator.code,
        official=official,
        covers=covers.label,
        attribution=attribution,
        disaggregation=cell["disaggregation"],
        category=cell["category"],
        value=value,
        value_exact=exact,
        numerator=None if untold else figure.numerator,
        denominator=None if observed == NOT_APPLICABLE else figure.denominator,
        response_rate=rate,
        n=cell["n"],
        excluded=cell["excluded"],
        obs_status=observed,
        target=target,
        percent_of_target=percent_of_target(indicator, value, target),
        percent_of_progress=percent_of_progress(indicator, value, target, base),
        status=status(indicator, value, target, project.framework.status, base=base) if whole and official else None,
        late=cell["late"],
        added=flow.added,
        adjustment=flow.adjustment,
        accumulated=flow.accumulated,
    )


def _observed(project: Project, indicator: Indicator, figure: Figure, rate: Decimal | None) -> str:
    """What kind of observation a figure is."""
    if not indicator.total and figure.cell["disaggregation"] == TOTAL:
        return NOT_APPLICABLE
    if figure.exact is None:
        return NOT_CALCULABLE if figure.cell["not_calculable"] else NOT_AVAILABLE
    if figure.inherited:
        return INHERITED
    if indicator.measure in {"mean", "top_two_box"} and (figure.denominator or 0) < project.framework.minimum_n:
        return TOO_FEW
    if indicator.representative and (rate is None or rate < Decimal(str(indicator.representative.min_rate))):
        return NOT_REPRESENTATIVE
    return NORMAL


def _able_to_answer(
    source: CellSource, indicator: Indicator, base: Base, attribution: str, first: str, last: str
) -> dict[Key, int]:
    """For scores of a survey: who could have answered, per breakdown and category; nobody knows with an open link."""
    survey = next((s for s in source.project.surveys if s.survey == indicator.parameters.get("survey")), None)
    if indicator.representative is None or (survey is not None and survey.reached_by == "open_link"):
        return {}
    line = source.line(
        indicator,
        attribution,
        base,
        evidence=indicator.representative.denominator,
        only_edition=survey.edition if survey else None,
        only_event=survey.event if survey else None,
    )
    return {key: cell["n"] for key, cell in line.window(first, last).items()}


def _rate(cell: Cell, able: int | None) -> Decimal | None:
    # More answers than people of that category: the survey knows them under another one, so there is no rate.
    return rounded(Decimal(cell["n"]) / able, 4) if able and cell["n"] <= able else None
