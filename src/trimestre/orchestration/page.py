"""The page as Airflow serves it: logins and roles are Airflow's, the app is ``trimestre.web``."""

from typing import Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from trimestre.orchestration.tasks import open_plant
from trimestre.settings import from_environment
from trimestre.web.app import create_app
from trimestre.web.visitors import Role, Visitor

PREFIX = "/trimestre"


def page_app() -> FastAPI:
    """The app, ready to be mounted below :data:`PREFIX`."""
    here = from_environment()
    app = create_app(open_plant, _identify, uploads=here.uploads, written=here.documents, prefix=PREFIX)
    app.add_exception_handler(HTTPException, _refused)
    return app


async def _identify(user: GetUserDep) -> Visitor:
    """The visitor that Airflow's login says; a role that it does not know sees no more than a viewer."""
    role = str(getattr(user, "role", "") or "").upper()
    return Visitor(user.get_name(), Role[role] if role in Role.__members__ else Role.VIEWER)


async def _refused(request: Request, error: Any) -> Response:
    """A browser that nobody is logged in with goes to Airflow's login page and comes back from it."""
    if error.status_code == 401 and request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        from airflow.api_fastapi.app import get_auth_manager

        return RedirectResponse(get_auth_manager().get_url_login(next_url=str(request.url)), status_code=303)
    return JSONResponse({"detail": error.detail}, error.status_code)
