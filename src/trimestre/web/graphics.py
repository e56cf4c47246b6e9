"""Charts as pictures: ``/grafica/{kind}/{code}.svg``, of the quarter and version that the query names.

Drawing costs more than reading the figures: what was drawn is kept by its content, so that a new figure is a new
picture and nobody has to forget anything.

Data flow: query -> Quarter -> Chart -> SVG.
"""

import json
from functools import lru_cache

from fastapi import APIRouter, HTTPException, Request, Response

from trimestre.reports import charts
from trimestre.reports.quarter import Quarter
from trimestre.web.asking import figure_asked, quarter_asked
from trimestre.web.context import reading

router = APIRouter()

_KEPT = 512
"""Pictures kept, some 20 kB each."""


@router.get("/grafica/{kind}/{code}.svg")
def chart(request: Request, kind: str, code: str) -> Response:
    """A picture: ``tendencia``, ``sexo`` or ``desglose`` (``?desagregacion=edition``) of an indicator, or ``estados``
    of the quarter (its code is then ``trimestre``). 404 where there is nothing to draw."""
    with reading(request) as (plant, connection):
        _, quarter = quarter_asked(request, connection, plant.project)
    drawn = _chart(quarter, kind, code, request.query_params.get("desagregacion", ""))
    if drawn is None:
        raise HTTPException(404)
    return Response(_svg(json.dumps(drawn.spec, sort_keys=True), drawn.alt), media_type="image/svg+xml")


def _chart(quarter: Quarter, kind: str, code: str, disaggregation: str) -> charts.Chart | None:
    if kind == "estados":
        return charts.statuses(quarter)
    figure = figure_asked(quarter, code)
    match kind:
        case "tendencia":
            return charts.trend(figure)
        case "sexo":
            return charts.sexes(figure)
        case "desglose":
            return charts.breakdown(figure, disaggregation, project=quarter.project)
    return None


@lru_cache(maxsize=_KEPT)
def _svg(spec: str, alt: str) -> str:
    return charts.Chart(json.loads(spec), alt).svg()
