"""What the approver of a candidate compares it with: what is published, the proposal before it, the quarter before."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.indicators.closing import closing_of, quarter_before
from trimestre.periods import Period
from trimestre.warehouse.tables.results import candidate, candidate_value

SOME = datetime(2020, 7, 20, tzinfo=UTC)


@pytest.fixture
def connection(warehouse: sa.Engine) -> Any:
    with warehouse.begin() as connection:
        yield connection


def propose(
    connection: sa.Connection, period: str, value: int, state: str = "pending", vintage: int | None = None
) -> int:
    """A candidate with one cell."""
    number: int = connection.execute(
        sa.insert(candidate)
        .values(
            period=period, kind="close", state=state, vintage=vintage, report_state="borrador", hash="0" * 64, pins={},
            base={}, known_at=SOME, definitions={}, forced=False, findings=[], explanations={}, project_status={},
            prepared_by="ana", prepared_at=SOME,
        )
        .returning(candidate.c.candidate_id)
    ).scalar_one()  # fmt: skip
    connection.execute(
        sa.insert(candidate_value).values(
            candidate_id=number, indicator="L2-01", official=True, covers=period, disaggregation="total",
            category="total", period=period, attribution="edition", value=value, n=value, excluded=0,
            obs_status="normal",
        )
    )  # fmt: skip
    return number


def test_the_first_candidate_of_the_first_quarter_is_compared_with_nothing(connection: sa.Connection) -> None:
    closing = closing_of(connection, propose(connection, "2020-Q2", 400))
    assert (closing.candidate["period"], [cell["value"] for cell in closing.values]) == ("2020-Q2", [400])
    assert (closing.before, closing.before_vintage, closing.earlier, closing.next_vintage) == ([], None, (), 1)


def test_a_candidate_is_compared_with_what_is_published_and_with_the_one_before_it(connection: sa.Connection) -> None:
    propose(connection, "2020-Q1", 380, "vintage", 1)
    propose(connection, "2020-Q1", 385, "vintage", 2)
    published = propose(connection, "2020-Q2", 399, "vintage", 1)
    propose(connection, "2020-Q2", 397, "returned")
    last = propose(connection, "2020-Q2", 398, "void")
    closing = closing_of(connection, number := propose(connection, "2020-Q2", 400))
    assert [earlier.candidate["candidate_id"] for earlier in closing.earlier] == [published, last]
    assert [earlier.values[0]["value"] for earlier in closing.earlier] == [399, 398]
    assert ([cell["value"] for cell in closing.before], closing.before_vintage) == ([385], 2)
    assert closing.next_vintage == 2
    # What comes later is not what it was compared with.
    propose(connection, "2020-Q3", 500)
    assert closing_of(connection, number).earlier == closing.earlier


def test_a_vintage_keeps_its_number_and_what_it_took_the_place_of(connection: sa.Connection) -> None:
    first = propose(connection, "2020-Q2", 399, "vintage", 1)
    closing = closing_of(connection, propose(connection, "2020-Q2", 400, "vintage", 2))
    assert closing.next_vintage == 2
    assert [earlier.candidate["candidate_id"] for earlier in closing.earlier] == [first]


def test_a_candidate_that_there_is_not_is_told(connection: sa.Connection) -> None:
    with pytest.raises(ContractError, match="candidata 5: no se encontró"):
        closing_of(connection, 5)


@pytest.mark.parametrize(("period", "before"), [("2020-Q2", "2020-Q1"), ("2020-Q1", "2019-Q4")])
def test_the_quarter_before_may_be_of_the_year_before(period: str, before: str) -> None:
    assert str(quarter_before(Period.parse(period))) == before
