"""What views need: the plant they read, and the templates they fill.

Data flow: request -> plant, template, visitor -> HTML.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from trimestre import texts
from trimestre.indicators.vintages import vintages_of
from trimestre.pipeline.plant import Plant
from trimestre.reports import words
from trimestre.reports.quarter import Quarter
from trimestre.texts.page import PAGE_ROLES, PAGE_VIEWS
from trimestre.warehouse.database import one_state
from trimestre.web.visitors import Role, Visitor

if TYPE_CHECKING:
    from trimestre.web.asking import Asked


def _clock() -> datetime:
    return datetime.now(UTC)


_COMMAND = re.compile("`([^`]+)`")

_LONGEST = 60
"""Seconds that a statement of a page may take."""

OpenPlant = Callable[[], AbstractContextManager[Plant]]


@dataclass(frozen=True)
class Surroundings:
    """What the app was made with."""

    open_plant: OpenPlant
    prefix: str
    uploads: Path
    documents: Path
    airflow: str = ""
    """Path that Airflow's own pages stand below; empty = the root."""
    login: Callable[[str], str] | None = None
    """Address of the login that comes back to an address; ``None`` = there is none to be sent to."""
    now: Callable[[], datetime] = _clock


_TEMPLATES = Environment(
    loader=PackageLoader("trimestre.web"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _with_commands(text: str) -> Markup:
    """A sentence of ours as HTML: what stands between backticks is a command."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped just before


_TEMPLATES.filters["commands"] = _with_commands


def plant_of(request: Request) -> AbstractContextManager[Plant]:
    """The plant, to be opened for one request."""
    return surroundings_of(request).open_plant()


@contextmanager
def reading(request: Request) -> Iterator[tuple[Plant, sa.Connection]]:
    """The plant, and one state of its warehouse: a page reads by many statements, and what it says belongs together.

    A statement that takes very long is given up (503), so that nobody can keep the page's connections for himself.
    """
    with plant_of(request) as plant, one_state(plant.engine) as connection:
        limit = sa.text("SELECT set_config('statement_timeout', :limit, TRUE)")
        connection.execute(limit, {"limit": f"{_LONGEST}s"})
        yield plant, connection


def surroundings_of(request: Request) -> Surroundings:
    """What the app was made with."""
    found: Surroundings = request.app.state.surroundings
    return found


def now_of(request: Request) -> datetime:
    """The instant at which a request is answered."""
    return surroundings_of(request).now()


def framed(connection: sa.Connection, quarter: Quarter, asked: "Asked") -> dict[str, Any]:
    """What the frame shows of a quarter: the chooser with its versions, and which one is shown.

    To be given to :func:`page` by every view of a quarter: ``page(request, "x.html", **framed(…), …)``.
    """
    versions = [found["vintage"] for found in vintages_of(connection, quarter.period)]
    return {"quarter": quarter, "asked": asked, "versions": versions}


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from ``templates/``.

    Every template also has ``prefix``, ``airflow`` (paths that links begin with), ``visitor`` (``None`` on a
    stranger's error page), ``Role``, ``texts``, ``said`` (``texts.PAGE``), ``words``, ``here`` (its own path) and
    ``view`` (the entry of the menu that it belongs to). With ``quarter`` and ``asked``, the
    frame has a chooser and says the version.
    """
    around = surroundings_of(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    html = _TEMPLATES.get_template(template).render(
        prefix=around.prefix,
        airflow=around.airflow,
        visitor=visitor,
        Role=Role,
        texts=texts,
        words=words,
        said=texts.PAGE,
        views=PAGE_VIEWS,
        roles=PAGE_ROLES,
        here=request.url.path,
        view=_view(request.url.path.removeprefix(around.prefix)),
        **values,
    )
    return HTMLResponse(html, status)


def _view(path: str) -> str:
    """The entry of the menu that a path belongs to; an indicator is opened from the board."""
    for known in PAGE_VIEWS:
        if known != "/" and (path == known or path.startswith(f"{known}/")):
            return known
    return "/" if path in {"", "/"} or path.startswith("/indicador/") else ""
