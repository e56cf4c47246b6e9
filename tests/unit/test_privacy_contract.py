"""How long what says who somebody is is kept: the donor's three years, unless the donor agrees."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from trimestre.contracts import load_project
from trimestre.contracts.base import validated
from trimestre.contracts.privacy import Privacy
from trimestre.errors import ContractError

PROJECT = Path(__file__).resolve().parents[2]
MEXICO = ZoneInfo("America/Mexico_City")


def read(**data: object) -> Privacy:
    return validated(Path("privacy.yaml"), data, Privacy)


def test_the_demo_keeps_to_the_defaults() -> None:
    assert load_project(PROJECT).privacy == Privacy()


def test_nothing_is_due_while_the_projects_end_is_not_known() -> None:
    assert read().due("identities_years", MEXICO) is None


def test_the_years_are_full_ones_after_the_last_day_in_the_projects_zone() -> None:
    due = read(project_ends_on=date(2024, 9, 30)).due("landed_files_years", MEXICO)
    assert due is not None
    assert datetime(2027, 10, 1, 5, 59, tzinfo=UTC) < due < datetime(2027, 10, 1, 6, 1, tzinfo=UTC)
    leap = read(project_ends_on=date(2024, 2, 29)).due("landed_files_years", MEXICO)
    assert leap is not None
    assert leap.date() == date(2027, 2, 28)


@pytest.mark.parametrize("name", ["landed_files_years", "identities_years"])
def test_less_than_the_donor_asks_for_wants_its_agreement(name: str) -> None:
    with pytest.raises(ContractError, match=rf"privacy\.yaml.*{name}: .*3 años o más, o en donor_agrees"):
        read(retention={name: 2})
    assert getattr(read(retention={name: 2}, donor_agrees="oficio 12/2024").retention, name) == 2


@pytest.mark.parametrize("wrong", [{"retention": {"looks_years": 0}}, {"keep": 3}, {"project_ends_on": "pronto"}])
def test_what_is_not_understood_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(ContractError, match=r"privacy\.yaml: "):
        read(**wrong)
