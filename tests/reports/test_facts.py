"""The facts of a data quality assessment: they have to be those of the figures they are told of."""

from typing import TYPE_CHECKING

from trimestre.periods import Period
from trimestre.reports.facts import facts_of
from trimestre.reports.quarter import quarter_of
from trimestre.texts import EXCLUSIONS, EXCLUSIONS_EN
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant


def test_the_rows_told_of_are_those_that_the_figures_count(closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        official = quarter_of(connection, closed_demo.plant.project, Period(2020, 2))
        today = quarter_of(connection, closed_demo.plant.project, Period(2020, 2), preliminary=True)
        for quarter in (official, today):
            facts = facts_of(connection, quarter)
            for figure in quarter.figures:
                total = figure.total
                assert total is not None
                if total["n"] or total["excluded"]:
                    behind = facts.evidence[figure.indicator.code]
                    assert (behind.counted, sum(behind.excluded.values())) == (total["n"], total["excluded"]), (
                        figure.indicator.code,
                        quarter.version.kind,
                    )
                    assert behind.late == total["late"]
    certificates = facts.evidence["L2-01"]
    assert certificates.sources == ("moodle_pnud", "plataforma_sfp")
    assert certificates.files >= 2


def test_sources_say_what_they_brought_and_who_is_known_twice(closed_demo: "DemoPlant") -> None:
    with transaction(closed_demo.plant.engine) as connection:
        facts = facts_of(connection, quarter_of(connection, closed_demo.plant.project, Period(2020, 2)))
    moodle = facts.sources["moodle_pnud"]
    assert moodle.batches == 1
    assert moodle.landed >= moodle.merged > 0
    assert moodle.checked > 0
    assert facts.several_accounts >= 5  # those who finished both editions
    assert facts.verifications == {}


def test_every_reason_is_told_in_both_languages() -> None:
    assert EXCLUSIONS.keys() == EXCLUSIONS_EN.keys()
