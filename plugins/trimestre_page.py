"""Puts the page into Airflow's menu. Every Airflow process imports this file: nothing heavy at its top."""

from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

_ROOT = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
"""Path that Airflow stands below."""


class _LazyApp:
    """The page, made when the first request asks for it: only the web server ever needs it."""

    _app = None

    async def __call__(self, scope, receive, send):
        """Hand a request over to the app (ASGI)."""
        if self._app is None:
            from trimestre.orchestration.page import page_app

            self._app = page_app()
        await self._app(scope, receive, send)


class _WithSlash:
    """Leads from the address without its last slash to the page; Airflow would answer it with a frame of nothing."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        """Redirect that one address, and hand every other request on (ASGI)."""
        if scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")) == "/trimestre":
            location = f"{_ROOT}/trimestre/".encode()
            headers = [(b"location", location), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 307, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)


class TrimestrePage(AirflowPlugin):
    """The page and its entry in the menu."""

    name = "trimestre_page"
    fastapi_apps = [{"app": _LazyApp(), "url_prefix": "/trimestre", "name": "Trimestre"}]  # noqa: RUF012
    fastapi_root_middlewares = [  # noqa: RUF012
        {"middleware": _WithSlash, "args": [], "kwargs": {}, "name": "Trimestre"}
    ]
    # Without url_route: a link to the whole page, since the sandbox of Airflow's frame would stop links to Airflow's
    # own forms. In the menu «Browse»: at the top level Airflow 3.3 draws such a link as a button that leads nowhere.
    external_views = [  # noqa: RUF012
        {
            "name": "Trimestre",
            "href": f"{_ROOT}/trimestre/",
            "destination": "nav",
            "category": "browse",
            "icon": f"{_ROOT}/trimestre/static/icon.svg",
            "icon_dark_mode": f"{_ROOT}/trimestre/static/icon-dark.svg",
        },
    ]
