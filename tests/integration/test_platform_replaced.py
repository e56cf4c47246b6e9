"""A platform gives way to another: its source is taken away, and what it brought counts on."""

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
import yaml
from three_quarters import NOW, Learner, ThreeQuarters

from trimestre.contracts import load_project
from trimestre.pipeline.night import ingest


def test_what_a_platform_brought_counts_on_without_its_source(warehouse: sa.Engine, tmp_path: Path) -> None:
    made = ThreeQuarters(warehouse, tmp_path)
    made.night(Learner("Ana", "E1", "2020-02-20 10:00"), Learner("Eva", "E2", "2020-05-20 10:00"))
    made.close("2020-Q1")
    root = tmp_path / "project"
    for place, changes in (
        (root / "sources" / "avance.yaml", {"source": "nueva", "folder": "nueva"}),
        (root / "framework" / "identity.yaml", {"sex_order": ["nueva"]}),
    ):
        place.write_text(yaml.safe_dump(yaml.safe_load(place.read_text()) | changes))
    (root / "sources" / "avance.yaml").rename(root / "sources" / "nueva.yaml")
    course = root / "framework" / "courses" / "curso.yaml"
    said = yaml.safe_load(course.read_text())
    for edition in said["editions"]:
        edition["delivered_by"] = []
    course.write_text(yaml.safe_dump(said))
    made.plant = replace(made.plant, project=load_project(root))
    ingest(made.plant, "framework", NOW)
    made.compute()
    assert (made.value("CERT", "2020-Q1"), made.value("CERT", "2020-Q2")) == (1, 1)
    assert made.value("ALL", "2020-Q2") == 2
