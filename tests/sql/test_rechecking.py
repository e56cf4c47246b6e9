"""Rechecking: a figure that is not what all evidence gives does not stay for longer than a day."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from evidence.given import Given, indicator

from trimestre.contracts import Project
from trimestre.indicators.computing import compute, compute_all
from trimestre.indicators.rechecking import Rechecked, recheck
from trimestre.periods import Period

Q2, Q3 = Period(2020, 2), Period(2020, 3)
TOTAL = (
    "SELECT v.value FROM results.indicator_value AS v INNER JOIN results.computation AS c USING (computation_id)"
    " WHERE c.current AND c.period = '2020-Q2' AND v.disaggregation = 'total'"
)
SPOILED = (
    "UPDATE ops.kept_line SET content = jsonb_set(content, '{quarters,2020-Q2,0,2}', '7') WHERE line = ("
    "SELECT k.line FROM ops.kept_line AS k WHERE k.content -> 'quarters' ? '2020-Q2')"
)


class Computed:
    """A warehouse whose second quarter has two certificates, computed."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        with engine.begin() as connection:
            self.given = Given(connection)
            self.given.learner("ana", certificate="2020-05-02 10:00")
            self.given.learner("luis", certificate="2020-05-03 10:00")
        asked = indicator("certificates", disaggregations=())
        self.project: Project = replace(self.given.project, indicators=(asked,))
        compute_all(engine, self.project, [Q2, Q3])

    def run(self, text: str) -> None:
        """Run a statement, and keep what it did."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(text))

    def one_more(self) -> None:
        """A third certificate, and the night's computation."""
        with self.engine.begin() as connection:
            self.given.connection = connection
            self.given.next_night()
            self.given.learner("eva", certificate="2020-05-04 10:00")
        compute(self.engine, self.project, Q2)

    def total(self) -> int:
        """The stored figure."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(TOTAL)).scalar_one())


@pytest.fixture
def computed(warehouse: sa.Engine) -> Computed:
    return Computed(warehouse)


def test_figures_that_are_right_stay_as_they_are_and_are_looked_at_once(computed: Computed) -> None:
    computed.one_more()
    assert computed.total() == 3
    assert recheck(computed.engine, computed.project) == Rechecked(("2020-Q2",), ())
    assert recheck(computed.engine, computed.project) == Rechecked((), ())


def test_a_figure_from_a_line_gone_wrong_is_found_and_mended_and_so_is_the_line(computed: Computed) -> None:
    computed.run(SPOILED)
    computed.one_more()
    assert computed.total() == 8
    assert recheck(computed.engine, computed.project).differed == ("2020-Q2",)
    assert computed.total() == 3
    computed.one_more()
    assert recheck(computed.engine, computed.project).differed == ()


def test_nothing_is_rechecked_before_anything_was_computed(warehouse: sa.Engine, computed: Computed) -> None:
    computed.run("DELETE FROM results.computation")
    assert recheck(warehouse, computed.project) == Rechecked((), ())
