"""The view *Tablero*: the quarter at a glance.

Data flow: query -> Quarter -> state, cards by line of action, what is owed, freshness -> HTML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.vintages import candidates_of
from trimestre.periods import Period
from trimestre.reports import charts, words
from trimestre.reports.closing import change
from trimestre.reports.quarter import Figure, Quarter
from trimestre.texts.page_board import BOARD, BOARD_COLUMNS, STATUS_MARKS
from trimestre.watching.ledger import Due, open_notices
from trimestre.watching.messages import said
from trimestre.web.asking import quarter_asked
from trimestre.web.context import framed, now_of, page, reading
from trimestre.web.freshness import freshness
from trimestre.web.owed import approvers, owed

router = APIRouter()


@dataclass(frozen=True)
class Card:
    """An indicator as the board shows it, every figure as it is printed."""

    indicator: Indicator
    value: str
    unit: str
    """Empty where the value says it: a percentage, a stage."""
    target: str
    percent: str
    status: str
    """Code of the status."""
    change: str
    spark: Markup
    """Empty with fewer than two values: there is no course to see."""
    sexes: tuple[tuple[str, str, str], ...]
    """Category, its name, its value; empty without this breakdown."""
    women: Decimal | None
    """Percentage of women among women and men, for the bar; ``None`` where it means nothing."""
    explanation: str


@router.get("/", response_class=HTMLResponse)
def board(request: Request) -> HTMLResponse:
    """The board of a quarter: the one that the query names, else the newest that was closed."""
    now = now_of(request)
    with reading(request) as (plant, connection):
        asked, quarter = quarter_asked(request, connection, plant.project)
        sources = freshness(connection, plant.project, quarter.period, now)
        candidates = candidates_of(connection, quarter.period)
        pending = next((found for found in candidates if found["state"] == "pending"), None)
        waiting = owed(connection, quarter, sources, pending, now)
        notices = [said(Due(one, "opened"), "") for one in open_notices(connection) if one.opened_at]
        frame = framed(connection, quarter, asked)
    today = now.astimezone(quarter.project.framework.zone).date()
    cards = [card(quarter, figure) for figure in quarter.figures]
    return page(
        request,
        "board.html",
        **frame,
        board=BOARD,
        columns=BOARD_COLUMNS,
        marks=STATUS_MARKS,
        limits=limits(quarter, today),
        pending=pending,
        approvers=approvers(quarter.project, pending) if pending else "",
        lines=[(line, [c for c in cards if c.indicator.line == line.line]) for line in quarter.project.framework.lines],
        counts={status: sum(c.status == status for c in cards) for status in STATUS_MARKS},
        owed=waiting,
        sources=sources,
        notices=notices,
        loaded=any(source.merged_at for source in sources),
    )


def card(quarter: Quarter, figure: Figure) -> Card:
    """The card of an indicator."""
    indicator, total = figure.indicator, figure.total
    target = words.target_text(indicator, total["target"]) if total else ""
    told = indicator.kind_of_value in {"percentage", "stage"} or not indicator.total
    sexes = tuple(
        (cell["category"], words.category_name(quarter.project, "sex", cell["category"]),
         words.value_text(indicator, cell))
        for cell in sorted(figure.of("sex"), key=_women_first)
        if cell["value"] or cell["category"] != "no_especificado"
    )  # fmt: skip
    return Card(
        indicator=indicator,
        value=words.value_text(indicator, total),
        unit="" if told or total is None or total["value"] is None else indicator.unit,
        target=target,
        percent=words.percent_text(total["percent_of_target"]) if total else "",
        status=(total["status"] if total else None) or "sin_meta",
        change=_change(figure),
        spark=_spark(figure),
        sexes=sexes,
        women=_share_of_women(figure),
        explanation=figure.explanation["text"] if figure.explanation else "",
    )


def limits(quarter: Quarter, today: date) -> list[tuple[str, str]]:
    """The days that a close waits for, in their order, each with how far it is."""
    project, period = quarter.project, quarter.period
    days = [
        (BOARD["quarter_end"], period.next().first_day() - timedelta(days=1)),
        (BOARD["reception_end"], project.periods.received_until(period)),
        *(
            (BOARD["edition_end"].format(edition=edition.edition), edition.last_day)
            for _, edition in project.editions().values()
            if Period.of(edition.opens_on) == period
        ),
    ]
    return [(name, _distance(day, today)) for name, day in sorted(days, key=lambda item: item[1])]


def _distance(day: date, today: date) -> str:
    left = (day - today).days
    kind = "past" if left < 0 else {0: "today", 1: "left_one"}.get(left, "left")
    return BOARD[kind].format(day=words.day(day), days=left)


def _change(figure: Figure) -> str:
    """By how much the total differs from that of the quarter before; empty where it can't be said."""
    before = figure.before
    if before is None or figure.total is None:
        return ""
    told = change(figure.indicator, figure.total, vars(before))
    if told and figure.total["value"] == before.value:
        return BOARD["no_change"].format(period=before.period)
    return BOARD["change"].format(change=told, period=before.period) if told else ""


def _spark(figure: Figure) -> Markup:
    """The small line, which says from where to where it goes."""
    known = [point for point in figure.series if point.value is not None]
    if len(known) < 2:
        return Markup()
    first, last = known[0], known[-1]
    text = BOARD["spark"].format(
        first=first.period,
        first_value=words.value_text(figure.indicator, vars(first)),
        last=last.period,
        last_value=words.value_text(figure.indicator, vars(last)),
    )
    return Markup(charts.spark(figure.series, text).svg())  # noqa: S704  # escaped where it is drawn


def _share_of_women(figure: Figure) -> Decimal | None:
    """Of counts only: the mean of women and that of men are no parts of a whole."""
    values = {cell["category"]: cell["value"] for cell in figure.of("sex")}
    women, men = values.get("mujer"), values.get("hombre")
    if not figure.indicator.adds_up(("sex",)) or women is None or men is None or not women + men:
        return None
    share: Decimal = Decimal(100 * women / (women + men)).quantize(Decimal("0.1"))
    return share


def _women_first(cell: Mapping[str, Any]) -> tuple[int, str]:
    order = ("mujer", "hombre")
    category = cell["category"]
    return (order.index(category) if category in order else len(order), category)
