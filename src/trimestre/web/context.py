"""What views need: the plant they read, and the templates they fill.

Data flow: request -> plant, template, visitor -> HTML.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from trimestre.pipeline.night import Plant
from trimestre.reports import texts
from trimestre.web.visitors import Role, visitor_of

OpenPlant = Callable[[], AbstractContextManager[Plant]]


@dataclass(frozen=True)
class Surroundings:
    """What the app was made with."""

    open_plant: OpenPlant
    prefix: str
    uploads: Path
    documents: Path


_TEMPLATES = Environment(
    loader=PackageLoader("trimestre.web"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def plant_of(request: Request) -> AbstractContextManager[Plant]:
    """The plant, to be opened for one request."""
    return surroundings_of(request).open_plant()


def surroundings_of(request: Request) -> Surroundings:
    """What the app was made with."""
    found: Surroundings = request.app.state.surroundings
    return found


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from ``templates/``; every template also has ``prefix``, ``visitor``, ``Role``, ``texts`` and ``here``."""
    html = _TEMPLATES.get_template(template).render(
        prefix=surroundings_of(request).prefix,
        visitor=visitor_of(request),
        Role=Role,
        texts=texts,
        said=texts.PAGE,
        here=request.url.path,
        **values,
    )
    return HTMLResponse(html, status)
