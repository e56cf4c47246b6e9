"""What a quarter tells, before anything is drawn from it."""

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from made_quarters import cell, indicator
from made_quarters import quarter as made

from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports.quarter import Point, quarter_of
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

Q2 = Period(2020, 2)


def test_a_closed_quarter_tells_its_official_figures_and_todays_on_request(closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        official = quarter_of(connection, closed_demo.plant.project, Q2)
        today = quarter_of(connection, closed_demo.plant.project, Q2, preliminary=True)
        next_one = quarter_of(connection, closed_demo.plant.project, Period(2020, 3))
    assert (official.version.kind, official.version.vintage, official.version.decided_by) == (
        "oficial",
        1,
        "coordinacion",
    )
    assert (today.version.kind, next_one.version.kind) == ("preliminar", "preliminar")
    for quarter in (official, today):
        figure = quarter.figure("L2-01")
        assert figure.total is not None
        assert figure.total["value"] == 400
        assert {cell["category"]: cell["value"] for cell in figure.of("sex")} == {
            "mujer": 248,
            "hombre": 152,
            "no_especificado": 0,
        }
    assert [point.period for point in next_one.figure("L2-01").series][-2:] == ["2020-Q2", "2020-Q3"]
    before = next_one.figure("L2-01").before
    assert before is not None
    assert (before.kind, before.value, before.target) == ("oficial", Decimal(400), Decimal(350))


def test_the_public_is_told_no_small_cell_and_nothing_of_other_quarters(closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        public = quarter_of(connection, closed_demo.plant.project, Q2, audience="public")
        internal = quarter_of(connection, closed_demo.plant.project, Q2)
    small = [
        (cell["indicator"], cell["disaggregation"], cell["category"])
        for figure in internal.figures
        for cell in figure.cells
        if cell["disaggregation"] != "total" and cell["value"] in range(1, 5) and cell["indicator"] == "L2-07"
    ]
    told = {
        (cell["indicator"], cell["disaggregation"], cell["category"]): cell["value"]
        for figure in public.figures
        for cell in figure.cells
    }
    assert all(told.get(place) is None for place in small)
    assert {len(figure.series) for figure in public.figures} == {1}


def test_figures_of_categories_alone_stand_beside_the_quarter_just_before() -> None:
    """A mean that came in by sex, without its total: what was before is the newest quarter with one."""
    points = tuple(
        Point(f"2019-Q{nth}", Decimal(nth), None, "heredado", "heredado", None, None) for nth in (2, 3)
    )  # fmt: skip
    women = cell("X-01", Decimal(4), disaggregation="sex", category="mujer")
    figure = replace(made([(indicator(), [women])]).figures[0], series=points)
    assert figure.before == points[-1]
    assert replace(figure, series=points[:1]).before == points[0]
    whole = replace(figure, cells=(cell("X-01", Decimal(9)), women))
    assert whole.before == points[0], "the last point is its own"


def test_a_quarter_out_of_the_project_is_refused(closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection, pytest.raises(ContractError, match="2031-Q1"):
        quarter_of(connection, closed_demo.plant.project, Period(2031, 1))
