"""The app: who may see what, the headers that every answer carries, and the views.

Data flow: request -> visitor (told by whoever mounts the app) -> view -> HTML from a template, escaped.

Nothing is served from elsewhere, no view needs JavaScript, and what changes something is a POST.
"""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path

from fastapi import Depends, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from trimestre.web import board, capture, closing, documents, indicator, quality
from trimestre.web.context import OpenPlant, Surroundings
from trimestre.web.visitors import Identify, Visitor

VIEWS = (board, indicator, quality, closing, documents, capture)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(
    open_plant: OpenPlant, identify: Identify, *, uploads: Path, written: Path, prefix: str = "/trimestre"
) -> FastAPI:
    """The page's app.

    Args:
        open_plant: opens what a view reads: ``with open_plant() as plant``.
        identify: a FastAPI dependency that gives the visitor, or ends the request (401) when nobody is logged in.
        uploads: folder of what people bring.
        written: folder of the documents that closes wrote.
        prefix: the path that it is mounted under.
    """

    async def visitor(request: Request, who: Visitor = Depends(identify)) -> None:  # noqa: B008  # FastAPI's way
        request.state.visitor = who

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(visitor)])
    app.state.surroundings = Surroundings(open_plant, prefix, uploads, written)
    # The style sheet says nothing about anybody: no login is asked for it.
    app.mount("/static", StaticFiles(directory=str(files("trimestre.web") / "static")), name="static")

    @app.middleware("http")
    async def secure(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    for view in VIEWS:
        app.include_router(view.router)
    return app
