"""The quarters before a quarter, each as it was told: what tables over time are drawn from.

Data flow: Quarter -> vintages that were in force beside it -> the same Quarter with ``earlier``.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import sqlalchemy as sa

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.placing import vintages_in_force
from trimestre.indicators.small_cells.suppression import Audience
from trimestre.indicators.vintages import candidate_of
from trimestre.reports.quarter import Quarter, quarter_of


def with_earlier(connection: sa.Connection, quarter: Quarter) -> Quarter:
    """A quarter together with those before it, oldest first, as the same audience sees them.

    Beside an official version stand the versions that were official when it was written, so that its tables never
    change; beside a preliminary quarter those in force, and what is known today of the quarters that are not closed.
    The public is told official versions only.
    """
    return replace(quarter, earlier=tuple(_earlier(connection, quarter)))


def with_former(connection: sa.Connection, quarter: Quarter) -> Quarter:
    """A restated quarter together with the version before it, as the same audience sees it; any other as it is."""
    version, audience = quarter.version, cast(Audience, quarter.audience)
    if not version.restates or version.vintage is None:
        return quarter
    former = quarter_of(connection, quarter.project, quarter.period, vintage=version.vintage - 1, audience=audience)
    return replace(quarter, former=former)


def _earlier(connection: sa.Connection, quarter: Quarter) -> Iterator[Quarter]:
    known_then = quarter.version.candidate_id
    official = vintages_in_force(connection) if known_then is None else candidate_of(connection, known_then)["base"]
    audience = cast(Audience, quarter.audience)
    for period in quarter.project.periods.all():
        if period >= quarter.period:
            return
        if str(period) in official:
            vintage = candidate_of(connection, official[str(period)])["vintage"]
            told = quarter_of(connection, quarter.project, period, vintage=vintage, audience=audience)
            yield with_former(connection, told)
        elif known_then is None and audience != "public":
            today = quarter_of(connection, quarter.project, period, preliminary=True, audience=audience)
            if today.figures:
                yield today


def indicators_told(quarter: Quarter) -> tuple[Indicator, ...]:
    """Every indicator that the quarter or one before it tells, in the newest definition of theirs, by code."""
    newest = {
        figure.indicator.code: figure.indicator for told in (*quarter.earlier, quarter) for figure in told.figures
    }
    return tuple(newest[code] for code in sorted(newest))
