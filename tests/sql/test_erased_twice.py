"""Two erased people whose retained rows say the same."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from test_retained import FUTURE, NOW, PLATFORM, TYPED, Site

from trimestre.contracts.privacy import Privacy
from trimestre.pipeline import acts
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant

STATE = "SELECT retained_id, state FROM quarantine.row WHERE source = :source ORDER BY 1"


@pytest.fixture
def emails(demo_plant: "DemoPlant") -> tuple[Site, list[str]]:
    """Two people whose certificates of one edition have the same future date."""
    here = Site(demo_plant.plant, demo_plant.world)
    both = [learner for learner in here.world.sfp if learner.certified_at is not None][:2]
    for learner in both:
        learner.certified_at = FUTURE
    here.deliver()
    for source in ("framework", TYPED, PLATFORM):
        here.night(source)
    return here, [learner.email for learner in both]


def test_people_with_equal_retained_rows_are_each_erased_and_decided_about(emails: tuple[Site, list[str]]) -> None:
    site, addresses = emails
    (first, _), _ = site.rows(STATE, source=PLATFORM)
    site.accept(first)
    before = site.rows(STATE, source=PLATFORM)
    assert [row.state for row in before] == ["accepted", "open"]
    for address in addresses:
        acts.erase(site.plant, "email", address, accounts=1, reason="solicitud", decided_by="prueba")
    assert site.rows(STATE, source=PLATFORM) == before
    acts.replay(site.plant, PLATFORM)
    assert site.rows(STATE, source=PLATFORM) == before


def test_a_figure_that_has_the_digits_of_an_employee_number_stays(emails: tuple[Site, list[str]]) -> None:
    site, addresses = emails
    typed = next(row for row in site.world.captured if (row.indicator, row.period) == ("L1-01", "2020-Q2"))
    typed.date = FUTURE
    site.deliver()
    site.night(TYPED)
    site.correct(site.retained(TYPED)[0].retained_id, reported_on="2020-06-20", value="12345")
    figures = (
        "SELECT indicator, period, value FROM warehouse.reported_value"
        " WHERE valid_to = 'infinity' AND vanished_at IS NULL ORDER BY 1, 2, 3"
    )
    before = site.rows(figures)
    with transaction(site.plant.engine) as connection:
        connection.execute(
            sa.text("UPDATE restricted.account_identity SET employee_id = '12345' WHERE email_normalised = :email"),
            {"email": addresses[0]},
        )
    acts.erase(site.plant, "employee_id", "12345", accounts=1, reason="solicitud", decided_by="prueba")
    acts.replay(site.plant, TYPED)
    assert site.rows(figures) == before


CERTIFICATES = (
    "SELECT account_key, obtained_at FROM warehouse.certificate"
    " WHERE valid_to = 'infinity' AND vanished_at IS NULL ORDER BY 1, 2"
)


def test_what_was_decided_holds_after_its_retained_row_was_due_and_its_person_erased(
    emails: tuple[Site, list[str]],
) -> None:
    site, addresses = emails
    site.accept(*(row.retained_id for row in site.retained(PLATFORM)))
    before = site.rows(CERTIFICATES)
    acts.retention(site.plant, NOW + timedelta(days=800), dry_run=False)
    acts.erase(site.plant, "email", addresses[0], accounts=1, reason="solicitud", decided_by="prueba")
    acts.replay(site.plant, PLATFORM)
    assert site.rows(CERTIFICATES) == before


def test_what_was_decided_holds_after_identities_were_due(emails: tuple[Site, list[str]]) -> None:
    site, _ = emails
    first, second = (row.retained_id for row in site.retained(PLATFORM))
    site.accept(first)
    site.correct(second, obtained_at="2020-06-20T12:00:00-05:00")
    before = site.rows(CERTIFICATES)
    privacy = Privacy(
        project_ends_on=date(2020, 9, 30),
        donor_agrees="oficio",
        retention={"identities_years": 0, "landed_files_years": 90},  # type: ignore[arg-type]
    )
    site.plant = replace(site.plant, project=replace(site.plant.project, privacy=privacy))
    assert acts.retention(site.plant, NOW, dry_run=False)["identities"] > 0
    acts.replay(site.plant, PLATFORM)
    assert site.rows(CERTIFICATES) == before
