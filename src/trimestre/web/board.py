"""The view *Tablero*: the quarter at a glance."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from trimestre.web.context import page

router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def board(request: Request) -> HTMLResponse:
    """The board of the quarter that is worked on."""
    return page(request, "board.html", title=None)
