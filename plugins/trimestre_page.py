"""Puts the page into Airflow's menu. Every Airflow process imports this file: nothing heavy at its top."""

from airflow.plugins_manager import AirflowPlugin


class _LazyApp:
    """The page, made when the first request asks for it: only the web server ever needs it."""

    _app = None

    async def __call__(self, scope, receive, send):
        """Hand a request over to the app (ASGI)."""
        if self._app is None:
            from trimestre.orchestration.page import page_app

            self._app = page_app()
        await self._app(scope, receive, send)


class TrimestrePage(AirflowPlugin):
    """The page and its entry in the menu."""

    name = "trimestre_page"
    fastapi_apps = [{"app": _LazyApp(), "url_prefix": "/trimestre", "name": "Trimestre"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {"name": "Trimestre", "href": "/trimestre/", "destination": "nav", "url_route": "trimestre"},
    ]
