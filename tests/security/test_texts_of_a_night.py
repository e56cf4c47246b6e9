"""A whole night over people whose names and institutions are statements, formulas and markup: texts stay texts."""

import csv
import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from the_case import case_project

from trimestre.contracts.events import Event
from trimestre.contracts.framework import Periods
from trimestre.contracts.sources import TabularSource
from trimestre.pipeline.night import compute_quarters, ingest, refresh_marts
from trimestre.pipeline.plant import Plant
from trimestre.reports.exporting import export, marts
from trimestre.warehouse.tables import metadata

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
EVENT = "TALLER-2026-05-27"
EVIL = [
    "'; DROP TABLE warehouse.account; --", "Robert'); DELETE FROM ops.batch; --", "x' OR '1'='1", "$$; SELECT 1; $$",
    "\\'; SELECT pg_sleep(60); --", "%s %(name)s {0} {name} :batch_id :source", "{{ 7 * 7 }} ${jndi:ldap://x}",
    "=HYPERLINK(\"http://evil.mx\")", "<script>alert(1)</script>", "__table__ -- /* */", "\"; COPY x TO PROGRAM 'id'",
    "ERROR\\nfalso", "ñ" * 3_000, "NULL", "\\N", "\\.", "pg_temp.good", "' || current_user || '",
    "+cmd|'/c calc'!A1", "-2+3+cmd|'/c calc'!A1", "@SUM(1+1)",
]  # fmt: skip
SOURCE = {
    "source": "firmas", "name": "Firmas", "kind": "tabular", "folder": "firmas",
    "delivers": "snapshot per file scope",
    "datasets": [{
        "dataset": "firmas", "files": "firmas*.csv", "event": EVENT,
        "columns": {
            "nombre": {"headings": ["Nombre"]}, "correo": {"headings": ["Correo"]},
            "institucion": {"headings": ["Institución"]},
        },
        "rows": [
            {"entity": "account",
             "fields": {"email": "correo", "kind": {"value": "attendee"}, "institution": "institucion"}},
            {"entity": "account_identity", "fields": {"email": "correo", "full_name": "nombre"}},
            {"entity": "attendance", "fields": {"email": "correo", "event": {"value": "$event"}}},
        ],
    }],
}  # fmt: skip


@pytest.fixture
def plant(warehouse: sa.Engine, tmp_path: Path) -> Plant:
    """A project of one signed list."""
    event = {"event": EVENT, "name": "Taller", "held_on": "2026-05-27", "line": "L2"}
    shutil.copytree(ROOT / "framework", tmp_path / "p" / "framework")
    (tmp_path / "p" / "framework" / "events" / "2026.yaml").write_text(json.dumps({"events": [event]}))
    project = replace(
        case_project(),
        root=tmp_path / "p",
        sources={"firmas": TabularSource.model_validate(SOURCE)},
        events=(Event.model_validate(event),),
        periods=Periods(first="2026-Q1", last="2026-Q4"),
        surveys=(),
        courses=(),
    )
    connections: Callable[[str], None] = {}.get
    return Plant(warehouse, project, tmp_path / "l", tmp_path / "d", b"k" * 32, connections)


def deliver(plant: Plant, name: str, people: list[tuple[str, str, str]]) -> None:
    path = Path(plant.drop) / "firmas" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Nombre", "Correo", "Institución"), *people])
    os.utime(path, (1_600_000_000, 1_600_000_000))


def test_texts_of_people_are_kept_as_they_are_and_do_nothing(
    plant: Plant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="trimestre")
    deliver(plant, "firmas.csv", [(evil, f"p{n}@b.example", evil) for n, evil in enumerate(EVIL)])
    ingest(plant, "framework", NOW)
    assert ingest(plant, "firmas", NOW).changed
    assert not ingest(plant, "firmas", NOW).changed
    with plant.engine.connect() as connection:
        names = connection.scalars(sa.text("SELECT full_name FROM restricted.account_identity")).all()
        assert connection.scalar(sa.text("SELECT count(*) FROM warehouse.account")) == len(EVIL)
    assert set(names) == set(EVIL)
    (computed,) = compute_quarters(plant, ["2026-Q2"])
    (total,) = (
        one
        for one in computed.values
        if (one.indicator, one.disaggregation, one.covers) == ("L2-07", "total", "2026-Q2")
    )
    assert total.value == len(EVIL)
    refresh_marts(plant)
    told = caplog.text
    assert [evil for evil in EVIL if len(evil) > 6 and evil in told] == []
    for to in ("csv", "xlsx", "parquet"):
        written = export(
            plant.engine, marts(metadata), to, tmp_path / to, project="P", zone="America/Mexico_City", exported_at=NOW
        )  # fmt: skip
        assert written
    formulas, told_as = {evil for evil in EVIL if evil[0] in "=+-@"}, set()
    for path in (tmp_path / "csv").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "\t", "\r", "-2+"))], path.name
        told_as |= {*cells}
    assert {f"'{evil}" for evil in formulas} <= told_as, "or nothing was tried"
    (book,) = (tmp_path / "xlsx").glob("*.xlsx")
    shown = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in shown if cell.data_type == "f" or cell.hyperlink] == []
    assert formulas <= {cell.value for cell in shown}


@pytest.mark.parametrize("evil", ["a@b.example'; DROP TABLE ops.batch; --", '"<script>"@b.example', "=1+1@b.example"])
def test_an_e_mail_that_is_a_statement_is_an_account_or_held_back(evil: str, plant: Plant) -> None:
    deliver(plant, "firmas.csv", [("Eva", evil, "UIF"), ("Ana", "ana@b.example", "UIF")])
    ingest(plant, "framework", NOW)
    ingest(plant, "firmas", NOW)
    with plant.engine.connect() as connection:
        merged = connection.scalar(sa.text("SELECT count(*) FROM warehouse.account"))
        held = connection.scalar(sa.text("SELECT count(*) FROM quarantine.row WHERE entity = :one"), {"one": "account"})
    assert merged in (1, 2)
    assert merged == 2 or held
