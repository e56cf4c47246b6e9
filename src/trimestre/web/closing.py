"""The view *Cierre*: what waits for an answer, what the next close lacks, what is official, two versions side by side.

Answers are given in Airflow, whose users they are; here is what they are about, with the link.

Data flow: candidates, vintages, drift, the preliminary figures -> tables -> HTML.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from trimestre.contracts import Project
from trimestre.indicators.candidates import waiting_for
from trimestre.indicators.closing import Closing, closing_of
from trimestre.indicators.coherence_rules import ERROR, EXPLANATION, Before, judge
from trimestre.indicators.comparing import PRELIMINARY, compare, side
from trimestre.indicators.definitions import definition_findings, project_from
from trimestre.indicators.vintages import candidates_of, vintages_of
from trimestre.periods import Period
from trimestre.reports.closing import labels
from trimestre.reports.quarter import Quarter, quarter_of
from trimestre.texts import CANDIDATE_KINDS
from trimestre.texts.page_asking import PAGE_PARTS
from trimestre.texts.page_closing import PAGE_CLOSING as SAID
from trimestre.texts.page_closing import PAGE_COMPARE
from trimestre.web import closing_tables, parts
from trimestre.web.asking import PERIOD, default_quarter, missing, page_asked, read_quarter
from trimestre.web.context import now_of, page, reading, surroundings_of

router = APIRouter()

SIZE = 100
"""Cells that differ, on a page."""
_LEFT, _RIGHT = "izquierda", "derecha"


@router.get("/cierre", response_class=HTMLResponse)
def closing(request: Request) -> HTMLResponse:
    """What waits, what lacks and what is official."""
    prefix = surroundings_of(request).prefix
    with reading(request) as (plant, connection):
        project = plant.project
        candidates = candidates_of(connection)
        pending = [item for item in candidates if item["state"] == "pending"]
        waiting = [closing_of(connection, item["candidate_id"]) for item in pending]
        vintages = vintages_of(connection)
        following = _next_asked(request, project, vintages)
        official = _in_force(vintages, following)
        lacks = {} if official or not following else _lacks(connection, project, following, now_of(request))
        drifted = _drift(connection)
    return page(
        request,
        "closing.html",
        tell=SAID,
        pending=[_pending(project, prefix, item) for item in waiting],
        returned=[_returned(project, item) for item in _newest(candidates) if item["state"] == "returned"],
        following=following,
        official=official,
        next_title=SAID["closed" if official else "next"].format(period=following),
        open_quarters=[
            (str(period), f"{prefix}/cierre?trimestre={period}#falta", period == following)
            for period in _open(project, vintages)
        ],
        **lacks,
        past=closing_tables.past(project, vintages, prefix),
        compared=any(item["kind"] != "inherited" for item in vintages),
        drift=[closing_tables.drift(project, found, _figure_of(prefix, found[0])) for found in drifted],
    )


@router.get("/cierre/comparar", response_class=HTMLResponse)
def side_by_side(request: Request) -> HTMLResponse:
    """Two versions of a quarter."""
    nth, prefix = page_asked(request), surroundings_of(request).prefix
    with reading(request) as (plant, connection):
        project = plant.project
        label = request.query_params.get(PERIOD, "").strip()
        period = read_quarter(label, project) if label else default_quarter(connection, project)
        sides = _sides(connection, period)
        left, right = _sides_asked(request, sides)
        done = None
        if left != right:
            with missing():
                done = compare(connection, project, period, left, right)
    shown = done.pairs[(nth - 1) * SIZE : nth * SIZE] if done else ()
    asked = f"trimestre={period}&{_LEFT}={quote(left)}&{_RIGHT}={quote(right)}"
    return page(
        request,
        "closing_compare.html",
        tell=PAGE_COMPARE,
        parts_said=PAGE_PARTS,
        quarters=[(str(item), item == period) for item in project.periods.all()],
        lefts=[(name, text, name == left) for name, text in sides.items()],
        rights=[(name, text, name == right) for name, text in sides.items()],
        one_side=PAGE_COMPARE["one_side"].format(period=period) if done is None else "",
        equal=PAGE_COMPARE["equal" if done.pairs else "same"].format(equal=f"{done.equal:,}") if done else "",
        table=closing_tables.comparison(project, done, shown) if done else None,
        edits=closing_tables.edits(done) if done else None,
        methods=PAGE_COMPARE["methods"].format(codes=", ".join(done.methods)) if done and done.methods else "",
        pages=parts.pages(nth, SIZE, len(done.pairs), f"{prefix}/cierre/comparar?{asked}&pagina={{page}}")
        if done and len(done.pairs) > SIZE
        else None,
    )


# ---------------------------------------------------------------- what waits
def _pending(project: Project, prefix: str, closing: Closing) -> dict[str, Any]:
    """A candidate that waits, with the definitions that it was told by."""
    candidate = closing.candidate
    then = project_from(candidate["definitions"], project)
    period, fiscal = labels(project, candidate["period"])
    said = {
        "kind": CANDIDATE_KINDS[candidate["kind"]],
        "period": period,
        "fiscal": fiscal,
        "number": candidate["candidate_id"],
        "by": candidate["prepared_by"],
        "vintage": closing.next_vintage,
    }
    return {
        "title": SAID["candidate"].format(**said),
        "answer": SAID["answer_note"].format(**said),
        "illustrative": then.framework.illustrative,
        "facts": closing_tables.facts(project, candidate),
        "figures": closing_tables.figures(
            then, closing, lambda code: f"{prefix}/indicador/{quote(code)}?trimestre={period}&version={PRELIMINARY}"
        ),
        "findings": closing_tables.findings(then, candidate["findings"], candidate["explanations"]),
        "differences": [closing_tables.difference(then, closing, earlier) for earlier in closing.earlier],
    }


def _newest(candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest candidate of each quarter."""
    newest = {item["period"]: item for item in sorted(candidates, key=lambda item: item["candidate_id"])}
    return list(newest.values())


def _returned(project: Project, candidate: Mapping[str, Any]) -> str:
    """A candidate that was sent back, and what is asked for: nothing waits, and its quarter is not done."""
    said = SAID["sent_back"].format(
        period=candidate["period"],
        number=candidate["candidate_id"],
        by=candidate["decided_by"],
        at=f"{candidate['decided_at'].astimezone(project.framework.zone):%d/%m/%Y %H:%M}",
    )
    comment = candidate["comment"]
    return f"{said} {SAID['returned_comment'].format(by=candidate['decided_by'], comment=comment)}" if comment else said


# ---------------------------------------------------------------- what the next close lacks
def _open(project: Project, vintages: Sequence[Mapping[str, Any]]) -> list[Period]:
    """The quarters without an official version."""
    closed = {item["period"] for item in vintages}
    return [period for period in project.periods.all() if str(period) not in closed]


def _in_force(vintages: Sequence[Mapping[str, Any]], period: Period | None) -> Mapping[str, Any] | None:
    """The official version of a quarter that is in force; ``None`` = it is not closed."""
    own = [item for item in vintages if item["period"] == str(period)]
    return max(own, key=lambda item: item["vintage"], default=None)


def _next_asked(request: Request, project: Project, vintages: Sequence[Mapping[str, Any]]) -> Period | None:
    """The quarter that is asked for, else the first open one after the newest closed one, else the first."""
    label = request.query_params.get(PERIOD, "").strip()
    if label:
        return read_quarter(label, project)
    waiting = _open(project, vintages)
    newest = max((Period.parse(item["period"]) for item in vintages), default=None)
    later = [period for period in waiting if newest is None or period > newest]
    return next(iter([*later, *waiting]), None)


def _lacks(connection: sa.Connection, project: Project, period: Period, now: datetime) -> dict[str, Any]:
    """What stands between today's figures of a quarter and its close."""
    quarter = quarter_of(connection, project, period, preliminary=True)
    found = [*definition_findings(connection, project, period), *_judged(connection, quarter)]
    explained = {figure.indicator.code for figure in quarter.figures if figure.explanation}
    owed = [
        item
        for item in found
        if item["severity"] == ERROR or (item["severity"] == EXPLANATION and item["indicator"] not in explained)
    ]
    return {
        "limits": waiting_for(project, period, now),
        "no_figures": "" if quarter.figures else SAID["no_figures"].format(period=period),
        "owed": closing_tables.owed(project, owed),
    }


def _judged(connection: sa.Connection, quarter: Quarter) -> list[dict[str, Any]]:
    """What the values of a quarter alone tell; what reads rows is judged when a candidate is prepared."""
    if not quarter.figures:
        return []
    before = Before({figure.indicator.code: figure.before.value for figure in quarter.figures if figure.before})
    cells = list(side(connection, quarter.project, quarter.period, PRELIMINARY).cells.values())
    return [item.as_dict() for item in judge(quarter.project, quarter.period, cells, before)]


# ---------------------------------------------------------------- what is official
def _drift(connection: sa.Connection) -> list[list[dict[str, Any]]]:
    """What differs from the versions in force as the last night found it, a list a quarter."""
    rows = connection.execute(
        sa.text(
            "SELECT d.period, c.vintage, d.indicator, d.reason, d.published, d.now, d.amount, d.rows"
            " FROM results.drift AS d INNER JOIN results.candidate AS c ON d.candidate_id = c.candidate_id"
            " ORDER BY d.period DESC, d.indicator, d.reason"
        )
    )
    quarters: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        quarters.setdefault(row.period, []).append(dict(row._mapping))
    return list(quarters.values())


def _figure_of(prefix: str, found: Mapping[str, Any]) -> closing_tables.AddressOf:
    query = f"trimestre={found['period']}&version={found['vintage']}"
    return lambda code: f"{prefix}/indicador/{quote(code)}?{query}"


# ---------------------------------------------------------------- side by side
def _sides(connection: sa.Connection, period: Period) -> dict[str, str]:
    """What can be compared of a quarter: name of the side -> its text."""
    found: dict[str, str] = {}
    for item in candidates_of(connection, period):
        if item["vintage"] is not None:
            found[f"v{item['vintage']}"] = PAGE_PARTS["official"].format(vintage=item["vintage"])
        elif item["state"] == "pending":
            found[f"candidata:{item['candidate_id']}"] = PAGE_PARTS["candidate"].format(number=item["candidate_id"])
    computed = sa.text("SELECT EXISTS (SELECT 1 FROM results.computation AS c WHERE c.period = :period AND c.current)")
    if connection.execute(computed, {"period": str(period)}).scalar_one():
        found[PRELIMINARY] = PAGE_PARTS["today"]
    return found


def _sides_asked(request: Request, sides: Mapping[str, str]) -> tuple[str, str]:
    """Two of the sides; without a choice the newest two, empty where there is none."""
    names = list(sides)
    usual = names[-2:] if len(names) > 1 else names * 2 or ["", ""]
    return _side_asked(request, _LEFT, usual[0], sides), _side_asked(request, _RIGHT, usual[1], sides)


def _side_asked(request: Request, key: str, usual: str, sides: Mapping[str, str]) -> str:
    name = request.query_params.get(key) or usual
    if name and name not in sides:
        raise HTTPException(422, PAGE_COMPARE["side"].format(key=key, known=", ".join(sides)))
    return name
