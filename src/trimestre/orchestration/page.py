"""The page as Airflow serves it: logins and roles are Airflow's, the app is ``trimestre.web``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.configuration import conf
from fastapi import FastAPI

from trimestre.settings import Settings, from_environment
from trimestre.web.app import create_app
from trimestre.web.visitors import Role, Visitor

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trimestre.contracts import Project
    from trimestre.pipeline.plant import Plant

PREFIX = "/trimestre"


def page_app() -> FastAPI:
    """The app, ready to be mounted below :data:`PREFIX`."""
    here = from_environment()
    root = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    return create_app(
        _Plants(here).open,
        _identify,
        uploads=here.uploads,
        written=here.documents,
        prefix=root + PREFIX,
        airflow=root,
        login=_login,
    )


class _Plants:
    """The plant of this installation for many requests: one pool of connections, the project read anew when it changed.

    It fetches nothing from anywhere, so it has no connections of Airflow.
    """

    def __init__(self, here: Settings) -> None:
        self._here = here
        self._lock = Lock()
        self._engine: sa.Engine | None = None
        self._project: tuple[frozenset[Any], Project] | None = None

    @contextmanager
    def open(self) -> Iterator["Plant"]:
        """The plant for one request."""
        from trimestre.pipeline.plant import Plant

        yield Plant(
            engine=self._pool(),
            project=self._read(),
            landing=self._here.landing,
            drop=self._here.drop,
            key=self._here.account_hmac_key(),
            connection_of=lambda _: None,
        )

    def _pool(self) -> "sa.Engine":
        from trimestre.warehouse.database import connect

        with self._lock:
            if self._engine is None:
                self._engine = connect(self._here.require_warehouse())
            return self._engine

    def _read(self) -> "Project":
        from trimestre.contracts import load_project

        with self._lock:
            files = _files(self._here.project)
            if self._project is None or self._project[0] != files:
                self._project = files, load_project(self._here.project, lenient_sources=True)
            return self._project[1]


def _files(project: Path) -> frozenset[tuple[str, int, int]]:
    """What the files of a project look like from outside: another set is another project."""
    found = (path for folder in ("framework", "sources", "expectations") for path in (project / folder).rglob("*.yaml"))
    return frozenset((str(path), (said := path.stat()).st_mtime_ns, said.st_size) for path in found)


async def _identify(user: GetUserDep) -> Visitor:
    """The visitor that Airflow's login says; a role that it does not know sees no more than a viewer."""
    return Visitor(user.get_name(), _role_of(user))


def _role_of(user: Any) -> Role:
    """The role that Airflow's own login manager gives; another manager is asked what its users may."""
    named = getattr(user, "role", None)
    if named is not None:
        return Role.__members__.get(str(named).upper(), Role.VIEWER)
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity

    manager = get_auth_manager()
    # What Airflow's menu asks before it shows the page; a directory logs in people to whom nobody gave a role.
    if not manager.is_authorized_view(access_view=AccessView.PLUGINS, user=user):
        return Role.NOBODY
    # Whoever may change connections is trusted with the rows of a source, too.
    if not manager.is_authorized_connection(method="PUT", user=user):
        return Role.USER if manager.is_authorized_dag(method="PUT", user=user) else Role.VIEWER
    # To read what everybody did is an administrator's right.
    everything = manager.is_authorized_dag(method="GET", access_entity=DagAccessEntity.AUDIT_LOG, user=user)
    return Role.ADMIN if everything else Role.OP


def _login(next_url: str) -> str:
    """Airflow's login page, which comes back to an address."""
    from airflow.api_fastapi.app import get_auth_manager

    return str(get_auth_manager().get_url_login(next_url=next_url))
