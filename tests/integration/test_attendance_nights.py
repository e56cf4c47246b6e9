"""Attendance through whole nights: a Zoom list and a signed one of an event that asks for 75 % of its two hours."""

import errno
import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from the_case import case_project

from trimestre.contracts.events import Event
from trimestre.contracts.framework import Periods
from trimestre.contracts.sources import TabularSource
from trimestre.contracts.watching import Limits
from trimestre.pipeline.acts import replay
from trimestre.pipeline.night import compute_quarters, ingest, refresh_marts
from trimestre.pipeline.plant import Plant
from trimestre.sources.tabular import fetch
from trimestre.sources.tabular.drop import LocalFolder
from trimestre.watching.conditions import source_conditions, source_states

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
PROJECT = case_project()
MEETING = (ROOT / "tests" / "fixtures" / "tabular" / "zoom_meeting_en.csv").read_bytes()
EVENT = "TALLER-2026-05-27"
HEADER = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\n"

ZOOM = {"dataset": "taller", "extends": "zoom_participants", "files": "zoom*.csv", "event": EVENT}
SIGNED = {
    "dataset": "firmas",
    "files": "firmas*.csv",
    "event": EVENT,
    "columns": {"nombre": {"headings": ["Nombre"]}, "correo": {"headings": ["Correo"]}},
    "rows": [
        {"entity": "account", "fields": {"email": "correo", "kind": {"value": "attendee"}}},
        {"entity": "account_identity", "fields": {"email": "correo", "full_name": "nombre"}},
        {"entity": "attendance", "fields": {"email": "correo", "event": {"value": "$event"}}},
    ],
}


def source(code: str, dataset: dict[str, Any]) -> TabularSource:
    return TabularSource.model_validate(
        {
            "source": code,
            "name": code,
            "kind": "tabular",
            "folder": code,
            "delivers": "snapshot per file scope",
            "datasets": [dataset],
        }
    )


@dataclass
class Site:
    plant: Plant
    drop: Path

    def put(self, source: str, name: str, content: bytes) -> None:
        path = self.drop / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_600_000_000, 1_600_000_000))

    def night(self) -> bool:
        return [code for code in ("framework", "firmas", "zoom") if ingest(self.plant, code, NOW).changed] != []

    def attendees(self) -> tuple[int | None, int]:
        """Persons who attended, and rows that do not count."""
        (computed,) = compute_quarters(self.plant, ["2026-Q2"])
        (total,) = (
            v for v in computed.values if (v.indicator, v.disaggregation, v.covers) == ("L2-07", "total", "2026-Q2")
        )
        return (None if total.value is None else int(total.value)), total.excluded

    def rows(self, what: str) -> list[Any]:
        with self.plant.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(what))]


@pytest.fixture
def site(warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(fetch, "SETTLE_SECONDS", 0.0)
    event = {
        "event": EVENT, "name": "Taller", "held_on": "2026-05-27", "line": "L2",
        "presence": {"starts_at": "10:00", "ends_at": "12:00", "minimum_percent": 75},
    }  # fmt: skip
    shutil.copytree(ROOT / "framework", tmp_path / "p" / "framework")
    (tmp_path / "p" / "framework" / "events" / "2026.yaml").write_text(json.dumps({"events": [event]}))
    project = replace(
        PROJECT,
        root=tmp_path / "p",
        sources={"zoom": source("zoom", ZOOM), "firmas": source("firmas", SIGNED)},
        events=(Event.model_validate(event),),
        periods=Periods(first="2026-Q1", last="2026-Q4"),
        surveys=(),
        courses=(),
    )
    connections: Callable[[str], None] = {}.get
    site = Site(Plant(warehouse, project, tmp_path / "l", tmp_path / "d", b"k" * 32, connections), tmp_path / "d")
    site.put("zoom", "zoom_1.csv", MEETING)
    site.put(
        "firmas", "firmas.csv", b"Nombre,Correo\nLuc\xc3\xada C.,lucia.cardenas@salud.example\nEva,eva@b.example\n"
    )
    return site


def test_who_stayed_attended_and_who_signed_attended_once(site: Site) -> None:
    assert site.night()
    # Lucía (two devices at once, and on the signed list), María José (only a name), Eva (signed) attended; Bruno stayed
    # for 40 of 90 minutes, an «iPhone» for one, and Lucía's second account is not counted again.
    assert site.attendees() == (3, 3)
    current = "valid_to = 'infinity' AND vanished_at IS NULL"
    weak = f"SELECT weak, count(*) FROM warehouse.attendance WHERE {current} GROUP BY 1 ORDER BY 1"
    assert site.rows(weak) == [(False, 4), (True, 2)]
    assert site.rows("SELECT DISTINCT entity, rule FROM quarantine.row") == []
    assert site.rows("SELECT DISTINCT entity, rule FROM ops.rule_result WHERE failed > 0") == [
        ("attendance", "identidad_debil")
    ]
    assert not site.night()


def test_the_day_of_the_event_tells_the_days_of_its_list_from_months(site: Site) -> None:
    events = site.plant.project.root / "framework" / "events" / "2026.yaml"
    events.write_text(events.read_text().replace("2026-05-27", "2026-05-06").replace("TALLER-2026-05-06", EVENT))
    moved = site.plant.project.events[0].model_copy(update={"held_on": date(2026, 5, 6)})
    site.plant = replace(site.plant, project=replace(site.plant.project, events=(moved,)))
    site.put("zoom", "zoom_1.csv", MEETING.replace(b"05/27/2026", b"06/05/2026"))
    site.night()
    assert site.attendees() == (3, 3)
    assert site.rows("SELECT DISTINCT entity, rule FROM quarantine.row") == []


def test_connections_of_another_day_are_held_back_and_said(site: Site) -> None:
    site.put("zoom", "zoom_1.csv", MEETING.replace(b"05/27/2026", b"06/27/2026"))
    site.night()
    assert site.rows("SELECT entity, rule, count(*) FROM quarantine.row GROUP BY 1, 2") == [
        ("attendance_interval", "conexion_el_dia_del_evento", 6)
    ]


def test_a_restarted_meeting_is_one_attendance_of_two_files(site: Site) -> None:
    site.night()
    site.attendees()
    again = "Bruno O. (Bruno Ortega),bruno@educacion.example,05/27/2026 11:00:00 AM,05/27/2026 11:50:00 AM,50,Yes,No\n"
    site.put("zoom", "zoom_2.csv", (HEADER + again).encode())
    assert site.night()
    assert site.attendees() == (4, 2)
    assert site.rows("SELECT DISTINCT entity, rule FROM quarantine.row") == []


def test_a_list_without_a_connection_any_more_counts_it_no_longer(site: Site) -> None:
    site.night()
    site.attendees()
    kept = [line for line in MEETING.decode("utf-8-sig").splitlines() if not line.startswith("MARIA JOSE")]
    site.put("zoom", "zoom_1.csv", "\r\n".join(kept).encode())
    assert site.night()
    assert site.attendees() == (2, 4)


@pytest.mark.parametrize("leave", ["--", "a las doce", "05/27/2026 09:00:00 AM"])
def test_whose_leaving_cannot_be_read_is_not_taken_for_a_signature(site: Site, leave: str) -> None:
    site.put("firmas", "firmas.csv", b"Nombre,Correo\n")
    line = f"Ana P. (Ana Paz),ana@x.example,05/27/2026 11:58:00 AM,{leave},2,Yes,No\n"
    site.put("zoom", "zoom_1.csv", (HEADER + line).encode())
    site.night()
    assert site.attendees() == (0, 1)


def test_a_text_pasted_into_one_cell_stops_no_night(site: Site) -> None:
    """As much as no index holds, even compressed: in the place of an e-mail, a number, an institution."""
    account, identity, attendance = SIGNED["rows"]
    said = {"institution": "lugar", "state": "lugar", "organisation_type": "lugar", "order_of_government": "lugar"}
    rows = [
        {**account, "fields": account["fields"] | said},
        {**identity, "fields": identity["fields"] | {"employee_id": "numero", "legal_id": "curp"}},
        {**attendance, "fields": attendance["fields"] | {"institution": "lugar", "organisation_type": "lugar"}},
    ]
    columns = SIGNED["columns"] | {name: {"headings": [name]} for name in ("lugar", "numero", "curp")}
    contract = source("firmas", SIGNED | {"columns": columns, "rows": rows})
    site.plant = replace(
        site.plant, project=replace(site.plant.project, sources={**site.plant.project.sources, "firmas": contract})
    )
    cells = [random.Random(seed).randbytes(4_000).hex() for seed in range(6)]  # noqa: S311
    lines = [
        "Nombre,Correo,lugar,numero,curp",
        f"Eva,eva@b.example,{cells[0]},{cells[1]},{cells[2]}",
        f"{cells[3]},{cells[4]}@b.example,Salud,{cells[5]},",
    ]
    site.put("firmas", "firmas.csv", "\n".join(lines).encode())
    assert site.night()
    assert site.attendees() == (4, 2)
    refresh_marts(site.plant)
    kept = "SELECT full_name, email_normalised, employee_id, legal_id FROM restricted.account_identity"
    assert site.rows(f"{kept} WHERE source = 'firmas' ORDER BY length(full_name)") == [
        ("Eva", "eva@b.example", None, None),
        (cells[3], None, None, None),
    ]
    assert site.rows("SELECT DISTINCT entity, rule FROM quarantine.row") == []
    told = (
        "SELECT r.entity, r.rule, r.failed FROM ops.rule_result AS r INNER JOIN ops.batch AS b USING (batch_id)"
        " WHERE b.source = 'firmas' AND r.failed > 0 AND r.rule LIKE '%_con_largo_razonable' ORDER BY 1, 2"
    )
    assert site.rows(told) == [
        ("account", "entidad_federativa_con_largo_razonable", 1),
        ("account", "institucion_con_largo_razonable", 1),
        ("account", "tipo_de_organizacion_con_largo_razonable", 1),
        ("account_identity", "correo_con_largo_razonable", 1),
        ("account_identity", "numero_de_empleado_con_largo_razonable", 2),
        ("attendance", "institucion_con_largo_razonable", 1),
        ("attendance", "tipo_de_organizacion_con_largo_razonable", 1),
    ]


def test_who_is_in_a_file_that_cannot_be_read_stays(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a list are one snapshot: without one of them nobody knows who is gone."""
    known = "SELECT count(*) FROM warehouse.attendance WHERE valid_to = 'infinity' AND vanished_at IS NULL"
    newest = (
        "SELECT b.state, b.message, s.complete FROM ops.batch AS b LEFT JOIN ops.scope_delivery AS s USING (batch_id)"
        " WHERE b.source = 'firmas' ORDER BY b.batch_id DESC LIMIT 1"
    )
    site.put("firmas", "firmas_2.csv", b"Nombre,Correo\nEva,eva@b.example\nIris,iris@b.example\n")
    site.night()
    assert site.rows(newest) == [("merged", None, True)]
    before = site.rows(known)
    copy = LocalFolder.copy
    with monkeypatch.context() as patch:

        def refused(folder: LocalFolder, name: str, target: Path) -> None:
            if name == "firmas_2.csv":
                raise PermissionError(errno.EACCES, "Permission denied")
            copy(folder, name, target)

        patch.setattr(LocalFolder, "copy", refused)
        site.night()
        assert site.rows(known) == before
        ((state, message, complete),) = site.rows(newest)
        assert (state, complete) == ("merged", False)
        assert "Quedan fuera por hoy firmas_2.csv (no se pudo leer)" in message
        ((_, told),) = found_by_the_watch(site)
        assert told == {"name": "firmas", "batch": 5, "files": 1}
        site.night()  # nothing new: what it was is known, and that it lacks a file
        ((state, message, _),) = site.rows(newest)
        assert (state, message.partition(".")[0]) == ("empty", "sin archivos nuevos")
        assert "firmas_2.csv" in message
        replay(site.plant, "firmas")
        assert site.rows(known) == before
        assert found_by_the_watch(site)
    (site.drop / "firmas" / "firmas_2.csv").unlink()
    assert site.night()  # one that was taken away tells that Iris is gone
    assert site.rows(newest) == [("merged", None, True)]
    assert site.rows(known) == [(before[0][0] - 1,)]
    assert found_by_the_watch(site) == []


def test_a_link_that_leads_out_of_the_folder_takes_nobody_away(site: Site, tmp_path: Path) -> None:
    site.put("firmas", "firmas_2.csv", b"Nombre,Correo\nIris,iris@b.example\n")
    site.night()
    file = site.drop / "firmas" / "firmas_2.csv"
    file.rename(tmp_path / "lista.csv")
    file.symlink_to(tmp_path / "lista.csv")
    site.night()
    gone = "SELECT count(*) FROM warehouse.attendance WHERE vanished_at IS NOT NULL"
    assert site.rows(gone) == [(0,)]
    assert [kind for kind, _ in found_by_the_watch(site)] == ["source_partial"]


def found_by_the_watch(site: Site) -> list[tuple[str, Any]]:
    """What is wrong with the signed lists: kind and what its sentences name."""
    with site.plant.engine.connect() as connection:
        (state,) = (one for one in source_states(connection, site.plant.project, NOW) if one.source == "firmas")
    late = ("source_late", "source_old")
    return [(one.kind, one.details) for one in source_conditions(state, Limits(), NOW) if one.kind not in late]
