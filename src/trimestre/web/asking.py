"""What a request asks for, read from its query: texts of strangers become quarters, versions and numbers, or an error.

The same two keys in every view: ``trimestre`` (2020-Q2 or FY2020-Q3) and ``version`` (the number of an official
version, or ``preliminar``). Without them: the newest closed quarter, in its version in force.

Data flow: query -> Asked -> Quarter; what can't be read is 422, what there is not is 404, both in Spanish.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import HTTPException, Request

from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.indicators.placing import vintages_in_force
from trimestre.periods import Period
from trimestre.reports.quarter import PRELIMINARY, Figure, Quarter, quarter_of
from trimestre.texts.page_asking import PAGE_ASKING as SAID
from trimestre.warehouse.sqlfiles import read

PERIOD, VERSION, LANGUAGE, PAGE = "trimestre", "version", "idioma", "pagina"
"""Keys of a query."""
_LONGEST = 9
"""Digits of a number; nothing here has more."""


@dataclass(frozen=True)
class Asked:
    """Which figures of which quarter."""

    period: Period
    vintage: int | None = None
    """Number of an official version; ``None`` = the one in force, or what is known today."""
    preliminary: bool = False

    def query(self, **more: str | int | None) -> str:
        """The same as a query, ``trimestre=2020-Q2&version=1``, with more keys; those of ``None`` are left out."""
        version = PRELIMINARY if self.preliminary else self.vintage
        named = {PERIOD: str(self.period), VERSION: version, **more}
        return urlencode({name: value for name, value in named.items() if value is not None})


def asked_of(request: Request, connection: sa.Connection, project: Project) -> Asked:
    """The quarter and version that a request asks for."""
    label, version = (request.query_params.get(name, "").strip() for name in (PERIOD, VERSION))
    period = read_quarter(label, project) if label else default_quarter(connection, project)
    if version in ("", PRELIMINARY):
        return Asked(period, preliminary=version == PRELIMINARY)
    return Asked(period, vintage=read_number(version.removeprefix("v"), VERSION))


def quarter_asked(request: Request, connection: sa.Connection, project: Project) -> tuple[Asked, Quarter]:
    """What a request asks for, and the quarter itself, as those see it who work in the project."""
    asked = asked_of(request, connection, project)
    with missing():
        return asked, quarter_of(
            connection, project, asked.period, vintage=asked.vintage, preliminary=asked.preliminary
        )


def figure_asked(quarter: Quarter, code: str) -> Figure:
    """The figure of an indicator in a quarter; 404 when the quarter has none of it."""
    with missing():
        return quarter.figure(code)


def default_quarter(connection: sa.Connection, project: Project) -> Period:
    """The newest closed quarter; while there is none the newest in which something happened, else the first."""
    quarters = project.periods.all()
    labels = list(vintages_in_force(connection)) or connection.scalars(sa.text(read("page/eventful"))).all()
    return max((period for label in labels if (period := Period.parse(label)) in quarters), default=quarters[0])


def read_quarter(label: str, project: Project) -> Period:
    """A quarter by either label; 422 for anything else, 404 for one out of the project."""
    try:
        period = Period.parse_any(label, project.framework.fiscal_year_starts)
    except ContractError:
        raise HTTPException(422, SAID["quarter"]) from None
    if period not in project.periods.all():
        first, last = project.periods.first, project.periods.last
        raise HTTPException(404, SAID["no_quarter"].format(first=first, last=last))
    return period


def read_number(text: str, key: str) -> int:
    """A whole number from 1 on; 422 for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST and int(text)):
        raise HTTPException(422, SAID["number"].format(key=key))
    return int(text)


def page_asked(request: Request) -> int:
    """The page of a long list, from 1 on."""
    return read_number(request.query_params.get(PAGE, "1"), PAGE)


def choice_asked(request: Request, key: str, choices: tuple[str, ...]) -> str:
    """One of the values that a key may have, the first without it; 422 for another."""
    found = request.query_params.get(key, choices[0])
    if found not in choices:
        raise HTTPException(422, SAID["choice"].format(key=key, known=", ".join(choices)))
    return found


def language_asked(request: Request) -> str:
    """``es`` or ``en``: the labels of reports are selectable."""
    return choice_asked(request, LANGUAGE, ("es", "en"))


@contextmanager
def missing() -> Iterator[None]:
    """What the project or the warehouse does not have is 404, in the words of the refusal."""
    try:
        yield
    except ContractError as error:
        raise HTTPException(404, str(error)) from None
