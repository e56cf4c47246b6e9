"""Charts: the same bytes twice, a sentence that says the figures, names of people's making that stay text."""

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import made_quarters
import pytest
from lxml import etree

from trimestre.periods import Period
from trimestre.reports import charts, words
from trimestre.reports.quarter import Figure, Quarter, quarter_of
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant


@pytest.fixture
def quarter(closed_demo: "DemoPlant") -> Quarter:
    with transaction(closed_demo.plant.engine) as connection:
        return quarter_of(connection, closed_demo.plant.project, Period(2020, 2))


def _renamed(figure: Figure, name: str) -> Figure:
    indicator = figure.indicator
    return replace(
        figure, indicator=indicator.model_copy(update={"name": indicator.name.model_copy(update={"es": name})})
    )


def test_who_can_not_see_a_chart_is_told_its_figures_and_twice_it_is_the_same(quarter: Quarter) -> None:
    figure = quarter.figure("L2-01")
    trend = charts.trend(figure)
    assert "2020-Q2: 400 (oficial, meta 350)" in trend.alt
    sexes = charts.sexes(figure)
    assert sexes is not None
    assert "Mujeres: 248; Hombres: 152; Sin especificar: 0" in sexes.alt
    english = charts.sexes(figure, "en")
    assert english is not None
    assert "Women: 248; Men: 152" in english.alt
    counts = charts.statuses(quarter)
    status = words.status_text(figure.total["status"] if figure.total else None)
    assert f"{status}: " in counts.alt
    for chart in (trend, sexes, counts):
        drawn = etree.fromstring(chart.svg().encode())
        assert drawn.get("aria-label") == chart.alt
        assert chart.svg() == chart.svg()
    assert trend.png() == trend.png()
    assert trend.png()[:8] == b"\x89PNG\r\n\x1a\n"
    assert charts.sexes(replace(figure, cells=figure.cells[:1])) is None


def test_every_breakdown_of_every_figure_can_be_drawn(quarter: Quarter) -> None:
    for figure in quarter.figures:
        for dimensions in figure.indicator.breakdowns():
            drawn = charts.breakdown(figure, "×".join(dimensions), project=quarter.project)
            assert drawn is None or figure.indicator.code in drawn.alt
        etree.fromstring(charts.trend(figure).svg().encode())


def test_a_name_that_people_wrote_stays_text_in_the_picture(quarter: Quarter) -> None:
    figure = _renamed(quarter.figure("L2-01"), "<script>alert(\"a\")</script> & 'b'")
    for chart in (charts.trend(figure), charts.sexes(figure), charts.spark(figure.series, charts.trend(figure).alt)):
        assert chart is not None
        drawn = etree.fromstring(chart.svg().encode())
        assert not [node for node in drawn.iter() if str(node.tag).endswith("script")]
        assert "<script>" in str(drawn.get("aria-label"))


def test_a_small_line_leaves_a_gap_where_nothing_is_known(quarter: Quarter) -> None:
    point = quarter.figure("L2-01").series[-1]
    points = [
        replace(point, period="2020-Q1", value=1),
        replace(point, period="2020-Q2", value=3),
        replace(point, period="2020-Q4", value=2),
    ]
    drawn = etree.fromstring(charts.spark(points).svg().encode())
    lines = [node.get("points") for node in drawn if str(node.tag).endswith("polyline")]
    assert [len(line.split()) for line in lines if line] == [2]
    assert drawn.get("aria-hidden") == "true"
    assert charts.spark([]).png()


def test_two_editions_of_one_name_are_two_bars_and_a_negative_one_keeps_its_figure_beside_it() -> None:
    (course, *others) = made_quarters.PROJECT.courses
    alike = tuple(edition.model_copy(update={"name": "Primera edición"}) for edition in course.editions)
    assert len(alike) > 1
    project = replace(made_quarters.PROJECT, courses=(course.model_copy(update={"editions": alike}), *others))
    item = made_quarters.indicator(disaggregations=["edition"])
    values = [Decimal(7), *[Decimal(-2)] * (len(alike) - 1)]
    cells = [
        made_quarters.cell("X-01", value, disaggregation="edition", category=edition.edition)
        for edition, value in zip(alike, values, strict=True)
    ]
    quarter = made_quarters.quarter([(item, cells)], project=project)
    drawn = charts.breakdown(quarter.figures[0], "edition", project=quarter.project)
    assert drawn is not None
    first, second = alike[:2]
    assert f"Primera edición ({first.edition}): 7; Primera edición ({second.edition}): -2" in drawn.alt
    texts = [node for node in etree.fromstring(drawn.svg().encode()).iter() if str(node.tag).endswith("text")]
    assert {"7", "-2"} <= {"".join(node.itertext()) for node in texts}
    places = {"".join(node.itertext()): node.get("transform") for node in texts}
    assert places["7"].split(",")[1] != places["-2"].split(",")[1], "a line each"
