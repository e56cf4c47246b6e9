"""The rows behind a figure, a page at a time, and as CSV: for who may see row-level evidence (op, admin).

Pseudonymous: keys of accounts and persons, never who they are. Only the rows of a page leave the database; the CSV is
streamed, and nothing in it runs as a formula.

Data flow: figure + what is asked of it -> reports.behind -> table | CSV.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from trimestre.contracts.indicators import TOTAL
from trimestre.reports.behind import (
    Wanted,
    behind_of,
    categories_of,
    csv_of,
    inherited_of,
    page_of,
    reasons_of,
)
from trimestre.reports.figures import number
from trimestre.reports.naming import version_label
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.words import category_name, disaggregation_name, told
from trimestre.texts import EXCLUSIONS, YES_NO
from trimestre.texts.page_asking import PAGE_PARTS
from trimestre.texts.page_indicator import PAGE_ROWS as SAID
from trimestre.warehouse.database import one_state
from trimestre.web import parts
from trimestre.web.asking import Asked, choice_asked, figure_asked, page_asked, quarter_asked
from trimestre.web.context import framed, page, plant_of, reading, surroundings_of
from trimestre.web.parts import Cell, Table
from trimestre.web.visitors import Role, require

router = APIRouter(dependencies=[Depends(require(Role.OP))])

SIZE = 50
"""Rows of a page."""
COUNTED = {"contados": True, "excluidos": False, "todos": None}
_BREAKDOWN, _CATEGORY, _REASON, _WHICH = "desagregacion", "categoria", "motivo", "mostrar"
_ALWAYS = ("evidence_key", "at", "excluded", "batch_id", "landed_file_id", "position")
_NAMED = ("sex", "institution", "state", "organisation_type", "course", "edition", "module", "event", "survey")


@dataclass(frozen=True)
class Filter:
    """Which rows of a figure are asked for."""

    which: str
    disaggregation: str
    category: str
    reason: str | None

    @property
    def wanted(self) -> Wanted:
        """The same for the database."""
        return Wanted(COUNTED[self.which], self.reason, categories_of(self.disaggregation, self.category))

    def keys(self, **other: str) -> dict[str, str | None]:
        """The same as keys of a query."""
        whole = self.disaggregation == TOTAL
        return {
            _WHICH: self.which,
            _BREAKDOWN: None if whole else self.disaggregation,
            _CATEGORY: None if whole else self.category,
            _REASON: self.reason,
            **other,
        }


def address(indicator: str, asked: Asked, disaggregation: str, category: str) -> str:
    """Where the rows of a cell are; ``indicator``: address of the view of its indicator."""
    return f"{indicator}/registros?{asked.query(**Filter('contados', disaggregation, category, None).keys())}"


def address_of_reason(indicator: str, asked: Asked, reason: str) -> str:
    """Where the rows are that a reason leaves out."""
    return f"{indicator}/registros?{asked.query(**Filter('excluidos', TOTAL, TOTAL, reason).keys())}"


@router.get("/indicador/{code}/registros", response_class=HTMLResponse)
def rows(request: Request, code: str) -> HTMLResponse:
    """A page of the rows behind a figure."""
    nth = page_asked(request)
    with reading(request) as (plant, connection):
        asked, quarter = quarter_asked(request, connection, plant.project)
        figure = figure_asked(quarter, code)
        behind = behind_of(connection, quarter, figure.indicator)
        chosen = filter_asked(request, figure, reasons_of(connection, behind))
        found, total = page_of(connection, behind, chosen.wanted, nth, SIZE)
        inherited = inherited_of(connection, behind, chosen.wanted) if nth == 1 else []
        frame = framed(connection, quarter, asked)
    prefix = surroundings_of(request).prefix
    here = f"{prefix}/indicador/{quote(code)}"
    return page(
        request,
        "indicator_rows.html",
        **frame,
        tell=SAID,
        parts_said=PAGE_PARTS,
        title=SAID["title"].format(code=code),
        name=told(figure.indicator.name, "es"),
        filters=_filters(quarter, chosen),
        whole=f"{here}/registros?{asked.query(mostrar=chosen.which)}",
        choices=[
            (name, f"{here}/registros?{asked.query(**chosen.keys(mostrar=which))}", which == chosen.which)
            for which, name in SAID["choices"].items()
        ],
        table=_table(quarter, prefix, SAID["caption"], found) if found else None,
        inherited=_table(quarter, prefix, SAID["inherited"], inherited) if inherited else None,
        pages=parts.pages(nth, SIZE, total, f"{here}/registros?{asked.query(**chosen.keys())}&pagina={{page}}"),
        csv=f"{here}/registros.csv?{asked.query(**chosen.keys())}",
        back=f"{here}?{asked.query()}",
    )


@router.get("/indicador/{code}/registros.csv")
def rows_csv(request: Request, code: str) -> StreamingResponse:
    """The same rows, all of them, as CSV: codes and instants as they are stored."""
    with reading(request) as (plant, connection):  # what is wrong is said before any row
        _, quarter = quarter_asked(request, connection, plant.project)
        figure = figure_asked(quarter, code)
        chosen = filter_asked(request, figure, reasons_of(connection, behind_of(connection, quarter, figure.indicator)))

    def written() -> Iterator[bytes]:
        with plant_of(request) as plant, one_state(plant.engine) as connection:  # takes as long as it takes
            behind = behind_of(connection, quarter, figure.indicator)
            yield from csv_of(connection, behind, chosen.wanted, plant.project.framework.timezone)

    name = f"registros-{figure.indicator.code}-{quarter.period}-{version_label(quarter)}.csv"
    disposition = f'attachment; filename="{name}"'
    return StreamingResponse(
        written(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def filter_asked(request: Request, figure: Figure, reasons: Mapping[str, int]) -> Filter:
    """Which rows a request asks for; 422 for what can't be, 404 for a category or reason that the figure has not."""
    asked, code = request.query_params, figure.indicator.code
    which = choice_asked(request, _WHICH, tuple(COUNTED))
    place = asked.get(_BREAKDOWN, TOTAL), asked.get(_CATEGORY, TOTAL)
    if place != (TOTAL, TOTAL) and place not in {(cell["disaggregation"], cell["category"]) for cell in figure.cells}:
        raise HTTPException(404, SAID["no_category"].format(code=code))
    reason = asked.get(_REASON)
    if reason is not None and reason not in reasons:
        raise HTTPException(404, SAID["no_reason"].format(code=code))
    return Filter(which, *place, reason)


def _filters(quarter: Quarter, chosen: Filter) -> list[str]:
    """What the list is narrowed to, in words."""
    said = []
    if chosen.disaggregation != TOTAL:
        category = category_name(quarter.project, chosen.disaggregation, chosen.category)
        said.append(SAID["category"].format(
            disaggregation=disaggregation_name(chosen.disaggregation).lower(), category=category
        ))  # fmt: skip
    if chosen.reason:
        said.append(SAID["reason"].format(reason=EXCLUSIONS.get(chosen.reason, chosen.reason)))
    return said


def _table(quarter: Quarter, prefix: str, caption: str, found: list[dict[str, Any]]) -> Table:
    """The rows as people read them; columns that say nothing of any of them are left out."""
    silent = {None, False, "no_especificado"}
    headings = {
        name: heading
        for name, heading in SAID["headings"].items()
        if name in _ALWAYS or any(row[name] not in silent or (name == "hit" and row[name] is False) for row in found)
    }
    if {row["period"] for row in found} == {str(quarter.period)}:
        headings.pop("period", None)
    if "edition" in headings:
        headings.pop("course", None)  # an edition is of one course
    zone = quarter.project.framework.zone
    lines = [[_cell(quarter, prefix, name, row, zone) for name in headings] for row in found]
    return Table(caption, list(headings.values()), lines)


def _cell(quarter: Quarter, prefix: str, name: str, row: Mapping[str, Any], zone: ZoneInfo) -> Cell:
    value = row[name]
    if value is None:
        return parts.text("")
    if name == "excluded":
        return parts.long(EXCLUSIONS.get(value, value))
    if name == "at":
        said = f"{value.astimezone(zone):%d/%m/%Y %H:%M}"
        return parts.whole(SAID["estimated"].format(at=said) if row["at_estimated"] else said)
    if name == "batch_id":
        return Cell(f"{value:,}", f"{prefix}/calidad/lote/{value}", "number")
    if isinstance(value, bool):
        return parts.text(YES_NO[value])
    if name == "value":
        exponent = Decimal(value).normalize().as_tuple().exponent
        return parts.figure(number(value, max(0, -exponent) if isinstance(exponent, int) else 0))
    if name in _NAMED:
        return parts.long(category_name(quarter.project, name, value))
    return parts.count(value) if isinstance(value, int) else parts.whole(value)
