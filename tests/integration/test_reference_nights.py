"""Nights after somebody edited the reviewed lists: who stands in which cell, and which quarters are computed anew."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import yaml

from trimestre.contracts import load_project
from trimestre.indicators.values import current_values
from trimestre.periods import Period
from trimestre.pipeline.merging import Merged
from trimestre.pipeline.night import compute_quarters, ingest
from trimestre.pipeline.plant import Plant
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from conftest import DemoPlant, StagedDemo

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
TREASURY = "Secretaría de Hacienda y Crédito Público"
ECONOMY = "Secretaría de Economía"
Item = dict[str, Any]


@dataclass
class Lists:
    """A project whose reviewed lists may be edited between nights."""

    plant: Plant
    root: Path

    def institutions(self, edit: Callable[[list[Item]], list[Item]]) -> Merged:
        """Edit the list of institutions and bring the framework over."""
        path = self.root / "framework" / "institutions" / "federales.yaml"
        kept = edit(yaml.safe_load(path.read_text(encoding="utf-8"))["institutions"])
        path.write_text(yaml.safe_dump({"institutions": kept}, allow_unicode=True), encoding="utf-8")
        self.plant = replace(self.plant, project=load_project(self.root))
        return ingest(self.plant, "framework", NOW)

    def certified(self) -> dict[str, int]:
        """Persons certified by institution, as of the newest computation of the quarter."""
        compute_quarters(self.plant, ["2020-Q2"])
        with transaction(self.plant.engine) as connection:
            rows = current_values(connection, Period.parse("2020-Q2"))
        return {
            row["category"]: int(row["value"])
            for row in rows
            if row["indicator"] == "L2-01" and row["disaggregation"] == "institution"
        }

    def rows(self, text: str) -> list[Any]:
        with transaction(self.plant.engine) as connection:
            return [tuple(row) for row in connection.execute(sa.text(text))]


def merge(demo: "DemoPlant") -> None:
    root = Path(demo.plant.landing).with_name("project")
    for folder in ("sources", "framework", "expectations"):
        shutil.copytree(ROOT / folder, root / folder)
    here = Lists(demo.plant, root)
    here.institutions(lambda items: [item for item in items if item["institution"] != "SHCP"])
    for source in ("moodle_pnud", "eventos"):
        ingest(here.plant, source, NOW)


@pytest.fixture
def lists(staged_demo: "StagedDemo") -> Lists:
    """Three sources merged once, while the list knew nothing of the treasury."""
    plant = staged_demo(merge).plant
    root = Path(plant.landing).with_name("project")
    return Lists(replace(plant, project=load_project(root)), root)


def test_an_edited_list_moves_people_between_cells_and_names_the_quarters(lists: Lists) -> None:
    before = lists.certified()
    assert before[TREASURY] > 0
    assert "SHCP" not in before
    assert before["SE"] > 0

    added = lists.institutions(
        lambda items: [*items, {"institution": "SHCP", "name": "Hacienda", "aliases": [TREASURY]}]
    )
    assert added.changed
    assert "2020-Q2" in added.quarters
    after = lists.certified()
    assert TREASURY not in after
    assert after == {("SHCP" if name == TREASURY else name): value for name, value in before.items()}

    removed = lists.institutions(lambda items: [item for item in items if item["institution"] != "SE"])
    assert "2020-Q2" in removed.quarters
    last = lists.certified()
    assert last == {(ECONOMY if name == "SE" else name): value for name, value in after.items()}
    assert lists.rows(
        "SELECT vanished_at IS NULL FROM warehouse.institution WHERE institution = 'SE' AND valid_to = 'infinity'"
    ) == [(False,)]
    assert not lists.institutions(lambda items: items[::-1]).changed, "the order of a list says nothing"


def test_a_new_title_of_an_institution_moves_no_figure(lists: Lists) -> None:
    """Its code stays its category, and the name that sources use is among its aliases."""
    before = lists.certified()

    def retitled(items: list[Item]) -> list[Item]:
        return [
            {**item, "name": "Economía", "aliases": [ECONOMY, "economia"]} if item["institution"] == "SE" else item
            for item in items
        ]

    assert lists.institutions(retitled).changed
    assert lists.certified() == before
    assert lists.rows("SELECT name FROM warehouse.institution WHERE institution = 'SE' AND valid_to = 'infinity'") == [
        ("Economía",)
    ]


def test_a_persons_order_of_government_and_state_come_by_the_list_and_the_text_stays_with_the_account(
    lists: Lists,
) -> None:
    given = lists.rows(f"SELECT count(*) FROM warehouse.account WHERE institution = '{ECONOMY}'")
    assert given[0][0] > 0
    found = "SELECT DISTINCT institution_listed, order_of_government FROM warehouse.person WHERE valid_to = 'infinity'"
    assert lists.rows(f"{found} AND institution = 'SE'") == [(True, "FEDERAL")]
    assert lists.rows(f"{found} AND institution = '{TREASURY}'") == [(False, None)]
