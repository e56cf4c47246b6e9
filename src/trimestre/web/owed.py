"""What is owed before a quarter is done, and who has it: explanations, rows, answers, typed figures.

Of an official version the findings are those that it was approved with; of a preliminary quarter those that its values
alone tell, since the checks that read rows run when a candidate is prepared.

Data flow: Quarter + sources + candidate + uploads -> Owed, one a kind of work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.indicators.candidates import waiting_for
from trimestre.indicators.coherence_rules import (
    ERROR,
    EXPLANATION,
    Finding,
    change_out_of_band,
    deviation,
    implausible,
    is_total,
)
from trimestre.indicators.placing import vintages_in_force
from trimestre.reports.quarter import INHERITED, PRELIMINARY, Figure, Quarter
from trimestre.texts import REPORT_STATES
from trimestre.texts.page_board import BOARD
from trimestre.warehouse.tables.by_hand import upload
from trimestre.web.freshness import Freshness


@dataclass(frozen=True)
class Item:
    """One thing that it is about, with the page that opens it."""

    text: str
    path: str | None = None
    """Below the page's prefix; ``None`` = it has no page."""
    airflow: str | None = None
    """Below Airflow's root."""


@dataclass(frozen=True)
class Owed:
    """Work that waits, and for whom."""

    what: str
    items: tuple[Item, ...]
    who: str


def owed(
    connection: sa.Connection,
    quarter: Quarter,
    sources: Sequence[Freshness],
    pending: Mapping[str, Any] | None,
    now: datetime,
) -> list[Owed]:
    """Everything that waits in a quarter. ``pending``: its candidate that waits for an answer; ``now``: an instant."""
    found = [
        *_of_figures(quarter),
        *_of_sources(sources),
        *_of_people(connection, quarter),
        *_of_the_close(quarter, pending, now, closed=str(quarter.period) in vintages_in_force(connection)),
    ]
    return [item for item in found if item.items]


def approvers(project: Project, pending: Mapping[str, Any]) -> str:
    """Who may answer a candidate: everybody who approves but who prepared it."""
    able = [person.name for person in project.framework.approvers if person.user != pending["prepared_by"]]
    return ", ".join(able) or BOARD["coordination"]


def _of_figures(quarter: Quarter) -> Iterable[Owed]:
    by_severity = _findings(quarter)
    for severity, what in ((ERROR, "owed_errors"), (EXPLANATION, "owed_explanations")):
        codes = sorted(by_severity.get(severity, ()))
        if severity == EXPLANATION:
            codes = [code for code in codes if not quarter.figure(code).explanation]
        yield from _by_responsible(BOARD[what], [quarter.figure(code) for code in codes])
    if quarter.version.kind != PRELIMINARY:  # what is typed now changes no official version
        return
    typed = [figure for figure in quarter.figures if figure.indicator.evidence == "reported_values"]
    missing = [figure for figure in typed if figure.total is None or figure.total["value"] is None]
    yield from _by_responsible(BOARD["owed_reported"], missing)


def _findings(quarter: Quarter) -> dict[str, set[str]]:
    """Severity -> indicators that a check found something about."""
    known = {figure.indicator.code for figure in quarter.figures}
    found: dict[str, set[str]] = {}
    if quarter.version.kind == PRELIMINARY:
        findings = [finding.as_dict() for figure in quarter.figures for finding in _seen(quarter, figure)]
    else:
        findings = [dict(finding) for finding in quarter.findings]
    for finding in findings:
        if finding["indicator"] in known:
            found.setdefault(finding["severity"], set()).add(finding["indicator"])
    return found


def _seen(quarter: Quarter, figure: Figure) -> Iterable[Finding]:
    """What the values of an indicator tell of themselves that a person has to explain."""
    indicator, before = figure.indicator, figure.before.value if figure.before else None
    yield from implausible(indicator, figure.cells, quarter.period)
    for cell in filter(is_total, (*figure.cells, *figure.spans)):
        yield from deviation(quarter.project, indicator, cell, quarter.period)
        if cell is figure.total:
            yield from change_out_of_band(indicator, cell, before)


def _by_responsible(what: str, figures: Iterable[Figure]) -> list[Owed]:
    """The same work of several people, a line for each of them."""
    groups: dict[str, list[Item]] = {}
    for figure in figures:
        code = figure.indicator.code
        who = figure.indicator.responsible or BOARD["somebody"]
        groups.setdefault(who, []).append(Item(code, f"/indicador/{code}"))
    return [Owed(what, tuple(items), who) for who, items in groups.items()]


def _of_sources(sources: Sequence[Freshness]) -> Iterable[Owed]:
    held = [
        Item(BOARD["retained_rows"].format(source=source.name, rows=f"{source.retained:,}"), "/calidad")
        for source in sources
        if source.retained
    ]
    yield Owed(BOARD["owed_retained"], tuple(held), BOARD["operator"])
    late = tuple(
        Item(source.name, f"/calidad/lote/{source.batch_id}" if source.batch_id else "/calidad")
        for source in sources
        if source.late
    )
    yield Owed(BOARD["owed_sources"], late, BOARD["operator"])


def _of_people(connection: sa.Connection, quarter: Quarter) -> Iterable[Owed]:
    waiting = connection.execute(
        sa.select(sa.func.count()).select_from(upload).where(upload.c.state == "previewed")
    ).scalar_one()
    items = (Item(BOARD["uploads"].format(count=waiting), "/capturar"),) if waiting else ()
    yield Owed(BOARD["owed_uploads"], items, BOARD["operator"])
    open_ones = tuple(Item(row["remark"]) for row in quarter.written.remarks if not row["answered_in"])
    yield Owed(BOARD["owed_remarks"], open_ones, BOARD["coordination"])


def _of_the_close(
    quarter: Quarter, pending: Mapping[str, Any] | None, now: datetime, *, closed: bool
) -> Iterable[Owed]:
    version = quarter.version
    if pending is not None:
        item = Item(str(quarter.period), "/cierre", airflow="/required_actions?response_received=false")
        what = BOARD["owed_candidate"].format(number=pending["candidate_id"])
        yield Owed(what, (item,), approvers(quarter.project, pending))
    elif not closed and not waiting_for(quarter.project, quarter.period, now) and quarter.figures:
        item = Item(BOARD["close_ready"], "/cierre", airflow="/dags/close_quarter")
        yield Owed(BOARD["owed_close"], (item,), BOARD["somebody"])
    if version.report_state in {"borrador", "con_observaciones"} and version.in_force and version.kind != INHERITED:
        what = BOARD["owed_report"].format(state=REPORT_STATES[version.report_state].lower())
        yield Owed(what, (Item(str(quarter.period), "/documentos"),), BOARD["coordination"])
