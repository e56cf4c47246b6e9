"""What a request is answered with when it is not a view: refusals and errors, for browsers as a page in Spanish.

No trace and nothing of a request's or a row's values leaves by an error: errors of the house are fit to be shown, all
others are told by their class in the log and by nothing in the page.

Data flow: error -> status, title, sentence -> HTML for a browser, JSON for others.
"""

import logging
import traceback
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from trimestre.errors import TransientError, TrimestreError
from trimestre.texts.page import NOT_MIGRATED, PAGE_ERRORS, SESSION_OVER
from trimestre.warehouse.database import SqlRefused
from trimestre.web.context import page, surroundings_of

log = logging.getLogger(__name__)

_NO_SUCH_TABLE = ("42P01", "3F000", "42703")
"""PostgreSQL's codes for a table, schema or column that is not there: the warehouse is not migrated."""


def answer_errors(app: FastAPI) -> None:
    """Let an app answer errors by a page or JSON."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(TrimestreError, _ours)


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to an error in the program: logged by its class and place, since its text may quote a value."""
    place = "".join(traceback.format_tb(error.__traceback__))
    said = str(error) if isinstance(error, SqlRefused) else type(error).__name__
    log.error("page: found an unexpected %s at %r\n%s", said, request.url.path, place)
    return refusal(request, 500)


def refusal(request: Request, status: int, sentence: str = "", title: str = "") -> Response:
    """A refusal with its sentence (else the usual one of its status)."""
    usual = PAGE_ERRORS.get(status, PAGE_ERRORS[500 if status >= 500 else 409])
    sentence = sentence or usual[1]
    if not wants_page(request):
        return JSONResponse({"detail": sentence}, status)
    return page(request, "error.html", status=status, title=title or usual[0], sentence=sentence)


def wants_page(request: Request) -> bool:
    """Whether a browser asks."""
    return "text/html" in request.headers.get("accept", "")


async def _refused(request: Request, error: Any) -> Response:
    """A refusal of a view or of the frame; whom nobody knows is sent to the login, and comes back from it."""
    login = surroundings_of(request).login
    stranger = error.status_code == 401 or (error.status_code == 403 and not hasattr(request.state, "visitor"))
    if stranger and login and request.method == "GET" and wants_page(request):
        return RedirectResponse(login(str(request.url)), status_code=303)
    if stranger and request.method == "POST":
        title, sentence = SESSION_OVER
        return refusal(request, 401, sentence, title)
    if stranger:
        return refusal(request, 401)
    usual = (HTTPStatus(error.status_code).phrase, None)  # the framework's own sentences are no Spanish
    own = error.detail not in usual
    return refusal(request, error.status_code, str(error.detail) if own else "")


async def _not_understood(request: Request, error: Any) -> Response:
    """A request whose fields are wrong: which ones is known to whoever wrote the form, their values are told nobody."""
    return refusal(request, 422)


async def _ours(request: Request, error: Any) -> Response:
    """An error of the house: its text is fit to be shown, unless it is about SQL."""
    if isinstance(error, SqlRefused):
        if error.code in _NO_SUCH_TABLE:
            title, sentence = NOT_MIGRATED
            return refusal(request, 503, sentence, title)
        return unexpected(request, error)
    if isinstance(error, TransientError):
        return refusal(request, 503)
    return refusal(request, 409, str(error))
