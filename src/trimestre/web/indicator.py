"""The view *Indicador*: one figure with its series, breakdowns, definition, versions and what stands behind it.

Data flow: code + quarter and version asked for -> Quarter -> tables -> HTML. The rows themselves: :mod:`evidence`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from trimestre.contracts.indicators import Indicator
from trimestre.reports.behind import behind_of, reasons_of
from trimestre.reports.charts import breakdown, trend
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.words import illustrative_text, told
from trimestre.texts.page_indicator import PAGE_INDICATOR as SAID
from trimestre.web import evidence, figure_tables
from trimestre.web.asking import Asked, figure_asked, language_asked, quarter_asked
from trimestre.web.context import framed, page, reading, surroundings_of
from trimestre.web.visitors import Role, visitor_of

router = APIRouter()
router.include_router(evidence.router)


@router.get("/indicador/{code}", response_class=HTMLResponse)
def indicator(request: Request, code: str) -> HTMLResponse:
    """One indicator in a quarter."""
    language = language_asked(request)
    with reading(request) as (plant, connection):
        asked, quarter = quarter_asked(request, connection, plant.project)
        figure = figure_asked(quarter, code)
        behind = behind_of(connection, quarter, figure.indicator)
        known = {
            "reasons": reasons_of(connection, behind) if figure.total is None or figure.total["excluded"] else {},
            "vintages": _vintages(connection, quarter, figure.indicator),
            "drift": _drift(connection, quarter, figure.indicator),
        }
        frame = framed(connection, quarter, asked)
    return page(request, "indicator.html", **frame, **_shown(request, asked, quarter, figure, known, language))


def _shown(
    request: Request, asked: Asked, quarter: Quarter, figure: Figure, known: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """What the template takes."""
    subject = figure.indicator
    here = f"{surroundings_of(request).prefix}/indicador/{quote(subject.code)}"
    sees_rows = visitor_of(request).may(Role.OP)

    def rows_of(disaggregation: str, category: str) -> str | None:
        return evidence.address(here, asked, disaggregation, category) if sees_rows else None

    def left_out(reason: str) -> str | None:
        return evidence.address_of_reason(here, asked, reason) if sees_rows else None

    total = figure.total
    return {
        "tell": SAID,
        "indicator": subject,
        "name": told(subject.name, "es"),
        "definition_text": told(subject.definition, "es"),
        "illustrative": illustrative_text(quarter.project, subject),
        "facts": figure_tables.facts(quarter, figure),
        "rows_address": f"{here}/registros?{asked.query(mostrar='todos')}" if total and sees_rows else None,
        "rows_text": SAID["rows_link"].format(n=f"{total['n']:,}", excluded=f"{total['excluded']:,}") if total else "",
        "chart": _chart(request, asked, "tendencia", subject, trend(figure).alt) if figure.series else None,
        "series": figure_tables.series(figure),
        "spans": figure_tables.spans(quarter, figure),
        "breakdowns": [
            (table, _breakdown_chart(request, asked, quarter, figure, name))
            for name, table in figure_tables.breakdowns(quarter, figure, rows_of)
        ],
        "no_breakdowns": SAID["nothing_to_break_down" if subject.breakdowns() else "no_breakdowns"],
        "reconciliation": figure_tables.reconciliation(quarter, figure),
        "excluded": figure_tables.excluded(known["reasons"], left_out),
        "targets": figure_tables.targets(quarter, subject),
        "revisions": figure_tables.revisions(subject),
        "definition": figure_tables.definition(quarter, subject, language),
        "language": language,
        "languages": [
            (name, f"{here}?{asked.query(idioma=code)}#ficha", code == language, code)
            for code, name in SAID["language"].items()
        ],
        "official": figure_tables.versions(
            quarter, subject, known["vintages"], f"{here}?trimestre={quarter.period}&version={{version}}"
        ),
        "official_title": SAID["versions"].format(period=quarter.period),
        "drift": figure_tables.drift(subject, known["drift"]),
        "no_drift": SAID["not_compared" if _of_before(known["vintages"]) else "no_drift"],
        "compare_address": f"{surroundings_of(request).prefix}/cierre/comparar?trimestre={quarter.period}",
    }


def _chart(request: Request, asked: Asked, kind: str, subject: Indicator, alt: str, **more: str) -> dict[str, str]:
    """A picture with what it says in words."""
    address = f"{surroundings_of(request).prefix}/grafica/{kind}/{quote(subject.code)}.svg?{asked.query(**more)}"
    return {"address": address, "alt": alt}


def _breakdown_chart(
    request: Request, asked: Asked, quarter: Quarter, figure: Figure, name: str
) -> dict[str, str] | None:
    drawn = breakdown(figure, name, project=quarter.project)
    return (
        None if drawn is None else _chart(request, asked, "desglose", figure.indicator, drawn.alt, desagregacion=name)
    )


def _vintages(connection: sa.Connection, quarter: Quarter, subject: Indicator) -> list[dict[str, Any]]:
    """The official versions of the quarter with the indicator's total, newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT c.vintage, c.kind, c.prepared_by, c.decided_by, c.decided_at, c.reason, c.comment, c.report_state,"
            " v.value, v.obs_status, v.status, v.disaggregation"
            " FROM results.candidate AS c INNER JOIN results.candidate_value AS v"
            " ON c.candidate_id = v.candidate_id AND v.indicator = :indicator AND v.official AND v.covers = c.period"
            " AND v.disaggregation = 'total'"
            " WHERE c.period = :period AND c.state = 'vintage' ORDER BY c.vintage DESC"
        ),
        {"indicator": subject.code, "period": str(quarter.period)},
    )
    return [dict(row._mapping) for row in rows]


def _of_before(vintages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what is official is of before Trimestre: it has no rows to compare."""
    return bool(vintages) and vintages[0]["kind"] == "inherited"


def _drift(connection: sa.Connection, quarter: Quarter, subject: Indicator) -> list[dict[str, Any]]:
    """By how much today differs from the version in force, as the last night found it."""
    rows = connection.execute(
        sa.text(
            "SELECT d.reason, d.published, d.now, d.amount, d.rows FROM results.drift AS d"
            " WHERE d.period = :period AND d.indicator = :indicator ORDER BY d.reason"
        ),
        {"indicator": subject.code, "period": str(quarter.period)},
    )
    return [dict(row._mapping) for row in rows]
