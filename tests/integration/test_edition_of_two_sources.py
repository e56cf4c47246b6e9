"""One edition on two platforms: modules 1 and 2 on Moodle, module 3 and the certificate on the ministry's own."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import new_world

from trimestre.contracts import load_project
from trimestre.contracts.courses import Course
from trimestre.contracts.sources import TabularSource
from trimestre.pipeline.night import compute_quarters, ingest
from trimestre.pipeline.plant import Plant
from trimestre.simulators.moodle import MoodleSimulator
from trimestre.simulators.world import World
from trimestre.sources.base import Connection
from trimestre.sources.tabular import fetch

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROJECT = load_project(Path(__file__).resolve().parents[2])
EDITION = "NEISP-2020-1"
INSTANT = {"type": "instant", "formats": ["%d/%m/%Y %H:%M"]}
MINISTRY = {
    "dataset": "avance",
    "files": "*.csv",
    "edition": EDITION,
    "columns": {
        "folio": {"headings": ["Folio"]},
        "nombre": {"headings": ["Nombre"]},
        "curp": {"headings": ["CURP"]},
        "correo": {"headings": ["Correo"]},
        "modulo_3": {"headings": ["Módulo 3"], **INSTANT},
        "constancia": {"headings": ["Constancia"], **INSTANT},
    },
    "rows": [
        {"entity": "account", "fields": {"local_id": "folio", "kind": {"value": "learner"}}},
        {
            "entity": "account_identity",
            "fields": {"local_id": "folio", "full_name": "nombre", "legal_id": "curp", "email": "correo"},
        },
        {
            "entity": "module_completion",
            "fields": {
                "local_id": "folio",
                "edition": {"value": "$edition"},
                "module": {"value": "M3"},
                "state": {"column": "modulo_3", "filled": "completed", "blank": "not_completed"},
                "completed_at": "modulo_3",
            },
        },
        {
            "entity": "certificate",
            "fields": {
                "local_id": "folio",
                "edition": {"value": "$edition"},
                "state": {"column": "constancia", "filled": "obtained", "blank": "not_obtained"},
                "obtained_at": "constancia",
            },
        },
    ],
}


@dataclass
class Site:
    plant: Plant
    world: World
    drop: Path

    def learners(self, number: int) -> list[int]:
        """Users of the edition whom Moodle alone counts as one person each, with a CURP."""
        with self.plant.engine.connect() as connection:
            found = connection.execute(
                sa.text(
                    "SELECT i.local_id FROM restricted.account_identity AS i"
                    " INNER JOIN warehouse.enrolment AS e USING (account_key, source)"
                    " INNER JOIN warehouse.person_link AS k USING (account_key, source)"
                    " WHERE e.edition = :edition AND e.in_population AND e.first_access_at IS NOT NULL"
                    " AND i.legal_id IS NOT NULL AND i.valid_to = 'infinity' AND e.valid_to = 'infinity'"
                    " AND k.valid_to = 'infinity' AND 1 = (SELECT count(*) FROM warehouse.person_link AS l"
                    " WHERE l.person_key = k.person_key AND l.valid_to = 'infinity')"
                    " ORDER BY CAST(i.local_id AS integer) LIMIT :number"
                ),
                {"edition": EDITION, "number": number},
            )
            return [int(row.local_id) for row in found]

    def put(self, lines: list[list[str]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows([["Folio", "Nombre", "CURP", "Correo", "Módulo 3", "Constancia"], *lines])
        path = self.drop / "ministerio" / "avance.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.getvalue(), encoding="utf-8")
        os.utime(path, (1_600_000_000, 1_600_000_000))

    def figures(self) -> dict[tuple[str, str], int | None]:
        """Indicator and module (or total) -> value of the second quarter."""
        (computed,) = compute_quarters(self.plant, ["2020-Q2"])
        return {
            (value.indicator, value.category): None if value.value is None else int(value.value)
            for value in computed.values
            if value.official and value.disaggregation in ("total", "module")
        }


@pytest.fixture
def site(warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.0)
    course: dict[str, Any] = PROJECT.courses[0].model_dump()
    moodle_part = {"source": "moodle_pnud", "course": EDITION, "activities": {"M1": "Módulo 1", "M2": "Módulo 2"}}
    course["editions"] = [
        {
            "edition": EDITION, "name": EDITION, "opens_on": "2020-04-07", "closes_on": "2020-05-18",
            "delivered_by": [moodle_part, {"source": "ministerio", "course": EDITION}],
        }
    ]  # fmt: skip
    ministry = TabularSource.model_validate(
        {
            "source": "ministerio",
            "name": "Plataforma de la secretaría",
            "kind": "tabular",
            "folder": "ministerio",
            "delivers": "snapshot per file scope",
            "datasets": [MINISTRY],
        }
    )
    project = replace(
        PROJECT,
        sources={"moodle_pnud": PROJECT.source("moodle_pnud"), "ministerio": ministry},
        courses=(Course.model_validate(course),),
        surveys=(),
        events=(),
    )
    world = new_world()
    with MoodleSimulator(world) as moodle:
        connections = {"moodle_pnud": Connection(moodle.url, password=moodle.token)}
        plant = Plant(warehouse, project, tmp_path / "l", tmp_path / "d", b"k" * 32, connections.get)
        yield Site(plant, world, tmp_path / "d")


def test_results_of_both_platforms_are_of_one_person(site: Site) -> None:
    for code in ("framework", "moodle_pnud"):
        ingest(site.plant, code, NOW)
    before = site.figures()
    assert before["L2-06", "M1"]
    assert not before.get(("L2-06", "M3"))
    assert not before["L2-01", "total"]

    users = site.learners(6)
    people = [site.world.people[user] for user in users]
    done, day = "10/05/2020 12:30", "11/05/2020 09:00"
    lines = [[f"F-{place}", "X", person.curp, "", done, day] for place, person in enumerate(people[:4])]
    # Known again by the e-mail alone; and one who has not finished.
    lines[3][2:4] = ["", site.world.moodle.users[users[3]].email]
    lines += [["F-4", "X", people[4].curp, "", done, ""], ["F-5", "X", people[5].curp, "", "", ""]]
    # Nobody of the edition's population.
    lines += [["F-6", "X", "", "nadie@otra.example", done, day]]
    site.put(lines)
    assert ingest(site.plant, "ministerio", NOW).changed

    after = site.figures()
    assert after["L2-06", "M3"] == 5
    assert after["L2-01", "total"] == 4
    # Each of them entered through Moodle already: nobody is two learners.
    assert {key: after[key] for key in (("L2-06", "M1"), ("L2-06", "M2"), ("L2-03", "total"))} == {
        key: before[key] for key in (("L2-06", "M1"), ("L2-06", "M2"), ("L2-03", "total"))
    }
    assert not ingest(site.plant, "ministerio", NOW).changed
