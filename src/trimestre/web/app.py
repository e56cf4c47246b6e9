"""The app: who may see what, the headers that every answer carries, and the views.

Data flow: request -> guard -> visitor (told by whoever mounts the app) -> view -> HTML from a template, escaped.

Nothing is served from elsewhere, no view needs JavaScript, and what changes something is a POST.
"""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.staticfiles import StaticFiles

from trimestre.texts import PAGE
from trimestre.web import board, capture, closing, documents, graphics, indicator, quality
from trimestre.web.answers import answer_errors
from trimestre.web.context import OpenPlant, Surroundings
from trimestre.web.guards import HeadAsGet, guard
from trimestre.web.visitors import Identify, Role, Visitor

VIEWS = (board, graphics, indicator, quality, closing, documents, capture)


def create_app(
    open_plant: OpenPlant,
    identify: Identify,
    *,
    uploads: Path,
    written: Path,
    prefix: str = "/trimestre",
    airflow: str = "",
    login: Callable[[str], str] | None = None,
) -> FastAPI:
    """The page's app.

    Args:
        open_plant: opens what a view reads: ``with open_plant() as plant``.
        identify: a FastAPI dependency that gives the visitor, or ends the request (401) when nobody is logged in.
        uploads: folder of what people bring.
        written: folder of the documents that closes wrote.
        prefix: the path that it is mounted under.
        airflow: the path that Airflow's own pages stand below.
        login: address of the login that comes back to an address.
    """

    async def visitor(request: Request, who: Visitor = Depends(identify)) -> None:  # noqa: B008  # FastAPI's way
        request.state.visitor = who
        if not who.may(Role.VIEWER):
            raise HTTPException(403, PAGE["no_role"])

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(visitor)])
    app.state.surroundings = Surroundings(open_plant, prefix, uploads, written, airflow, login)
    # The style sheet says nothing about anybody: no login is asked for it.
    app.mount("/static", StaticFiles(directory=str(files("trimestre.web") / "static")), name="static")
    answer_errors(app)
    app.middleware("http")(guard)
    app.add_middleware(HeadAsGet)
    for view in VIEWS:
        app.include_router(view.router)
    return app
