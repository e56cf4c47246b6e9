"""What the public is told of a quarter that is restated: nothing that an earlier version hid."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from closing_case import Q2, Q3, Closing
from evidence.given import Given, indicator

from trimestre.indicators.computing import compute_all
from trimestre.indicators.small_cells.audiences import values_for
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.indicators.small_cells.suppression import SUPPRESSED
from trimestre.periods import Period
from trimestre.reports.quarter import quarter_of
from trimestre.warehouse.database import transaction

REASON = "Archivo tardío (oficio 7/2020)"
Told = dict[str, int | None]


@pytest.fixture
def closing(warehouse: sa.Engine) -> Closing:
    """With what the case brings: 3 women, 31 men and 9 whose sex nobody told have a certificate of May."""
    made = Closing(warehouse)
    made.define(indicator("certificates", attribution="event"))
    made.then(lambda given: certified(given, mujer=1, hombre=30, no_especificado=9))
    return made


def certified(given: Given, month: str = "05", **counts: int) -> None:
    for sex, count in counts.items():
        for number in range(count):
            account = f"{sex} {month} {len(given.names)} {number}"
            given.learner(account, certificate=f"2020-{month}-04 10:00", sex=sex, institution="UIF")


def told(closing: Closing, period: Period = Q2, *, vintage: int | None = None, preliminary: bool = False) -> Told:
    """Sex -> what the public reads of certificates in a quarter."""
    with transaction(closing.engine) as connection:
        quarter = quarter_of(
            connection, closing.project, period, vintage=vintage, preliminary=preliminary, audience="public"
        )
    return by_sex(quarter.figure("X-1").of("sex"))


def by_sex(cells: "list[Cell] | tuple[Cell, ...]") -> Told:
    return {
        cell["category"]: None if cell["obs_status"] == SUPPRESSED else int(Decimal(cell["value"])) for cell in cells
    }


def test_what_a_version_hid_is_told_by_no_later_one_nor_by_todays_figures(closing: Closing) -> None:
    closing.close()
    first = told(closing)
    assert first == {"mujer": None, "hombre": 31, "no_especificado": None}
    closing.then(lambda given: certified(given, mujer=3))
    compute_all(closing.engine, closing.project, [Q2])
    assert told(closing, preliminary=True) == first, "six women, as the restatement would tell them"
    with transaction(closing.engine) as connection:
        cells = values_for(connection, closing.project, Q2, "public")
    assert by_sex([cell for cell in cells if cell["disaggregation"] == "sex"]) == first

    closing.close(reason=REASON)
    assert told(closing, vintage=2) == first
    assert told(closing, vintage=1) == first, "its documents never change"
    assert told(closing) == first


def test_a_quarter_that_is_closed_after_a_restatement_gives_no_version_away(closing: Closing) -> None:
    closing.close()
    closing.then(lambda given: certified(given, mujer=3))
    closing.close(reason=REASON)
    closing.then(lambda given: certified(given, "08", mujer=40, hombre=50, no_especificado=70))
    closing.close(Q3)
    with transaction(closing.engine) as connection:
        figure = quarter_of(connection, closing.project, Q3, audience="public").figure("X-1")
    year = by_sex([cell for cell in figure.spans if (cell["covers"], cell["disaggregation"]) == ("2020", "sex")])
    quarter = by_sex(figure.of("sex"))
    assert None in (year["mujer"], quarter["mujer"]), "46 - 40 = 6, which no version told"


def test_a_restatement_changes_nothing_of_what_later_quarters_told_before_it(closing: Closing) -> None:
    closing.close()
    closing.then(lambda given: certified(given, "08", mujer=40, hombre=50, no_especificado=70))
    closing.close(Q3)
    before = told(closing, Q3)
    closing.then(lambda given: certified(given, mujer=3))
    closing.close(reason=REASON)
    assert told(closing, Q3) == before
