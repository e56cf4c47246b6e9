"""Attendance reports as Zoom and Teams give them: who was there, from when to when, and who only had a name."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from recorded import FIXTURES
from test_connector_tabular import landed, read

from trimestre.contracts import load_source
from trimestre.contracts.events import Events
from trimestre.contracts.presets import preset_names
from trimestre.contracts.sources import TabularSource
from trimestre.errors import PermanentError
from trimestre.sources.base import LandedFile, RowFrames
from trimestre.sources.tabular import TabularConnector
from trimestre.sources.tabular.names import display_name, email, renamed_name

EVENT = "TALLER-2026-05-27"
LUCIA = "lucia.cardenas@salud.example"
BRUNO = "bruno@educacion.example"
MARIA = "taller-2026-05-27/maria jose nunez"

ZOOM = """\
source: zoom
name: Listas de asistencia de Zoom
kind: tabular
folder: zoom
delivers: snapshot per file scope
datasets:
  - dataset: taller
    extends: zoom_participants
    files: "participants_*.csv"
    event: TALLER-2026-05-27
"""


def source(preset: str, **dataset: Any) -> TabularSource:
    mapping = yaml.safe_load(ZOOM)
    mapping["datasets"] = [{"dataset": "lista", "files": "*.csv", "extends": preset, "event": EVENT} | dataset]
    return TabularSource.model_validate(mapping)


def file_of(folder: Path, name: str) -> LandedFile:
    return landed(folder, (FIXTURES / "tabular" / name).read_bytes(), name)


def rows_of(folder: Path, contract: TabularSource, name: str) -> RowFrames:
    """All rows of a fixture, of which no record may be unreadable."""
    (chunk,) = read(contract, file_of(folder, name))
    assert not chunk.unreadable
    return chunk.rows(range(len(chunk.records)))


def counted(frames: RowFrames, entity: str, *names: str) -> list[tuple[Any, ...]]:
    """The fields of the rows in scope; null as None."""
    frame = frames[entity]
    chosen = frame[frame["out_of_scope"].isna()][list(names)]
    return [tuple(cell if isinstance(cell, str) else None for cell in row) for row in chosen.to_numpy()]


def test_zoom_takes_fewer_than_twelve_lines_of_yaml(tmp_path: Path) -> None:
    path = tmp_path / "zoom.yaml"
    path.write_text(ZOOM, encoding="utf-8")
    contract = load_source(path)
    assert len(ZOOM.splitlines()) < 12
    assert isinstance(contract, TabularSource)
    assert contract.datasets[0].scope == EVENT


# -- Zoom ------------------------------------------------------------------------------------------------------


def test_every_connection_to_a_zoom_meeting_is_an_interval_of_one_account(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("zoom_participants"), "zoom_meeting_en.csv")
    assert counted(frames, "attendance_interval", "account_ref", "joined_at", "left_at", "seconds") == [
        (LUCIA, "2026-05-27T15:58:30+00:00", "2026-05-27T17:15:00+00:00", "4620"),
        (LUCIA, "2026-05-27T17:05:00+00:00", "2026-05-27T18:01:12+00:00", "3420"),
        (BRUNO, "2026-05-27T16:00:00+00:00", "2026-05-27T16:40:00+00:00", "2400"),
        (MARIA, "2026-05-27T16:02:00+00:00", "2026-05-27T17:00:00+00:00", "3480"),
        (MARIA, "2026-05-27T17:01:00+00:00", "2026-05-27T18:00:00+00:00", "3540"),
        ("taller-2026-05-27/iphone", "2026-05-27T16:30:00+00:00", "2026-05-27T16:31:00+00:00", "60"),
    ]
    waiting = frames["attendance"]["out_of_scope"].dropna()
    assert waiting.tolist() == ["sala_de_espera"]
    assert {row[0] for row in counted(frames, "attendance", "event")} == {EVENT}


def test_who_has_but_a_name_is_weak_and_gets_no_email(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("zoom_participants"), "zoom_meeting_en.csv")
    assert set(counted(frames, "attendance", "account_ref", "weak")) == {
        (LUCIA, "false"), (BRUNO, "false"), (MARIA, "true"), ("taller-2026-05-27/iphone", "true"),
    }  # fmt: skip
    identities = dict(counted(frames, "account_identity", "account_ref", "email"))
    assert [identities[ref] for ref in (MARIA, "taller-2026-05-27/iphone")] == [None, None]
    assert identities[LUCIA] == LUCIA


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        ("zoom_participants", "zoom_meeting_en.csv"),
        ("zoom_webinar", "zoom_webinar_en.csv"),
        ("teams_attendance", "teams_report_en.csv"),
        ("teams_attendance", "teams_informe_es.csv"),
    ],
)
def test_connections_of_one_account_say_the_same_of_it(tmp_path: Path, preset: str, name: str) -> None:
    """Else validation would hold them back as a conflict, and the person would not be known again."""
    frames = rows_of(tmp_path, source(preset), name)
    for entity, *fields in (("account", "kind"), ("account_identity", "full_name", "email"), ("attendance", "weak")):
        rows = set(counted(frames, entity, "account_ref", *fields))
        assert len(rows) == len({row[0] for row in rows}), entity


@pytest.mark.parametrize(("name", "seconds"), [("zoom_reunion_es.csv", ":30"), ("zoom_reunion_es_guardado.csv", ":00")])
def test_both_spanish_generations_of_zoom(tmp_path: Path, name: str, seconds: str) -> None:
    frames = rows_of(tmp_path, source("zoom_participants"), name)
    assert counted(frames, "attendance_interval", "account_ref", "joined_at") == [
        (LUCIA, f"2026-05-27T15:58{seconds}+00:00"),
        (MARIA, "2026-05-27T16:02:00+00:00"),
    ]
    assert frames["attendance"]["out_of_scope"].dropna().tolist() == ["sala_de_espera"]


def test_unique_participants_of_zoom_have_a_total_and_no_times(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("zoom_participants"), "zoom_unicos_es.csv")
    assert counted(frames, "attendance", "account_ref", "seconds", "registered_at", "weak") == [
        (LUCIA, "7380", None, "false"),
        (MARIA, "3480", None, "true"),
    ]
    assert "attendance_interval" not in frames


def test_of_a_webinar_only_attendees_who_came_count(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("zoom_webinar"), "zoom_webinar_en.csv")
    assert counted(frames, "attendance_interval", "account_ref", "joined_at", "seconds") == [
        (LUCIA, "2026-05-27T15:58:00+00:00", "7380"),
        (BRUNO, "2026-05-27T16:00:00+00:00", "2400"),
        (BRUNO, "2026-05-27T17:00:00+00:00", "1200"),
    ]
    assert frames["attendance"]["out_of_scope"].dropna().tolist() == ["no_asistio"]


def test_telephones_of_a_webinar_are_not_landed() -> None:
    assert "Phone" in source("zoom_webinar").drop


def test_a_list_of_registrations_is_no_list_of_attendance(tmp_path: Path) -> None:
    content = b"First Name,Last Name,Email,Registration Time,Approval Status\nAna,Paz,a@b.example,05/20/2026,approved\n"
    with pytest.raises(PermanentError, match="faltan las columnas"):
        read(source("zoom_participants"), landed(tmp_path, content))


def test_a_source_excludes_further_people_without_losing_the_waiting_room(tmp_path: Path) -> None:
    more = [{"column": "correo", "values": ["*@educacion.example"], "reason": "equipo_del_programa"}]
    frames = rows_of(tmp_path, source("zoom_participants", more_exclude=more), "zoom_meeting_en.csv")
    assert frames["attendance"]["out_of_scope"].dropna().tolist() == ["sala_de_espera", "equipo_del_programa"]


# -- Teams -----------------------------------------------------------------------------------------------------


def test_every_connection_to_a_teams_meeting_but_the_organisers(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("teams_attendance"), "teams_report_en.csv")
    assert counted(frames, "attendance_interval", "account_ref", "joined_at", "left_at", "seconds") == [
        (LUCIA, "2026-05-27T15:58:30+00:00", "2026-05-27T17:00:00+00:00", "3690"),
        (LUCIA, "2026-05-27T17:07:39+00:00", "2026-05-27T18:01:12+00:00", "3213"),
        (BRUNO, "2026-05-27T16:00:00+00:00", "2026-05-27T16:40:00+00:00", "2400"),
        (MARIA, "2026-05-27T16:02:00+00:00", "2026-05-27T17:00:00+00:00", "3480"),
        (MARIA, "2026-05-27T17:01:00+00:00", "2026-05-27T18:00:00+00:00", "3540"),
    ]
    assert frames["attendance"]["out_of_scope"].dropna().tolist() == ["organizador"]


def test_times_of_teams_that_say_utc_are_utc(tmp_path: Path) -> None:
    frames = rows_of(tmp_path, source("teams_attendance"), "teams_informe_es.csv")
    assert counted(frames, "attendance_interval", "account_ref", "joined_at", "seconds") == [
        (LUCIA, "2026-05-27T15:58:30+00:00", "3690"),
        (LUCIA, "2026-05-27T17:07:39+00:00", "3213"),
        (MARIA, "2026-05-27T16:02:00+00:00", "3480"),
    ]


@pytest.mark.parametrize("name", ["teams_report_en.csv", "teams_informe_es.csv"])
def test_the_participants_of_teams_have_a_total(tmp_path: Path, name: str) -> None:
    frames = rows_of(tmp_path, source("teams_attendance", format={"section": 2}), name)
    totals = dict(counted(frames, "attendance", "account_ref", "seconds"))
    assert totals[LUCIA] == "6903"
    assert "attendance_interval" not in frames
    assert None not in dict(counted(frames, "attendance", "registered_at", "seconds"))


def test_the_teams_report_of_2021_without_numbered_sections(tmp_path: Path) -> None:
    content = (
        "Meeting Summary\r\nTotal Number of Participants\t1\r\nMeeting Title\tTaller\r\n\r\n"
        "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\r\n"
        f"Lucía\t5/27/2021, 9:58:30 AM\t5/27/2021, 11:00:00 AM\t1h 1m\t{LUCIA}\tAttendee\t{LUCIA}\r\n"
    )
    (chunk,) = read(source("teams_attendance"), landed(tmp_path, content.encode("utf-16")))
    assert counted(chunk.rows([0]), "attendance_interval", "account_ref", "joined_at") == [
        (LUCIA, "2021-05-27T14:58:30+00:00")
    ]


@pytest.mark.parametrize(("upn", "account"), [(LUCIA, LUCIA), ("l_x.example#EXT#@t.onmicrosoft.com", None)])
def test_a_teams_participant_without_email_is_known_by_the_upn(tmp_path: Path, upn: str, account: str | None) -> None:
    content = (
        "3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tParticipant ID (UPN)\tRole\n"
        f"Lucía\t5/27/26, 9:55:00 AM\t5/27/26, 11:00:00 AM\t1h\t\t{upn}\tAttendee\n"
        f"Lucía\t5/27/26, 11:05:00 AM\t5/27/26, 11:30:00 AM\t25m\t{LUCIA}\t{LUCIA}\tAttendee\n"
    )
    (chunk,) = read(source("teams_attendance"), landed(tmp_path, content.encode("utf-16")))
    frames = chunk.rows([0, 1])
    first = (account or f"{EVENT.lower()}/lucia", "true" if account is None else "false")
    assert counted(frames, "attendance", "account_ref", "weak") == [first, (LUCIA, "false")]
    # Of who has an address no name is kept: the rows of one account say the same of it.
    assert counted(frames, "account_identity", "full_name")[0] == (None if account else "Lucia",)


# -- names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana Paz (Invitado)", "Ana Paz"),
        ("Ana Paz (Invitada) (no verificada)", "Ana Paz"),
        ("Ana Paz (Guest)", "Ana Paz"),
        ("Ana  Paz\u200b (Unverified)", "Ana Paz"),
        ("Ana Paz (External)", "Ana Paz"),
        ("Ana Paz (SFP)", "Ana Paz (SFP)"),
        ("iPhone de Ana Paz", "Ana Paz"),
        ("Ana\u2019s iPad (2)", "Ana"),
        ("Galaxy de Ana", "Ana"),
        ("iPhone", "iPhone"),
        ("(Guest)", "(Guest)"),
        ("Ana Paz", "Ana Paz"),
    ],
)
def test_names_without_what_the_platform_added(text: str, name: str) -> None:
    assert display_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana Paz (iPhone de Ana)", "Ana Paz"),
        ("Ana Paz (Ana P. (SFP))", "Ana Paz"),
        ("iPhone (Ana Paz)", "Ana Paz"),
        ("Ana Paz (SFP) (Guest)", "Ana Paz"),
        ("(Ana Paz)", "(Ana Paz)"),
    ],
)
def test_who_renamed_herself_is_who_she_says(text: str, name: str) -> None:
    assert renamed_name(text) == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@b.example", "ana@b.example"),
        ("Ana <ana@b.example>", "ana@b.example"),
        ("Ana@B.example", "ana@b.example"),
        ("mailto:ana@b.example;", "ana@b.example"),
        ("anonymous", None),
        ("n/a", None),
        ("ana@b.example, eva@b.example", None),
    ],
)
def test_what_is_no_email_makes_nobody_strong(text: str, address: str | None) -> None:
    assert email(text) == address


@given(text=st.text("an ()'\u2019deiPhoneGust\u200b", min_size=1, max_size=30).filter(str.strip))
def test_a_name_is_never_cleaned_away(text: str) -> None:
    visible = " ".join(text.replace("\u200b", "").split())
    for name in (display_name(text), renamed_name(text)):
        assert bool(name) == bool(visible)
        assert name == " ".join(name.split())


# -- what people read ------------------------------------------------------------------------------------------


def test_the_sources_that_the_documentation_shows_are_valid(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "fuentes" / "asistencia-y-plataformas.md"
    text = page.read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    sources = [TabularSource.model_validate(block) for block in blocks if "source" in block]
    for contract in sources:
        TabularConnector(contract, tmp_path)
    assert len(sources) == 5
    (events,) = (Events.model_validate(block) for block in blocks if "events" in block)
    assert events.events[0].presence
    shown = {dataset.extends for contract in sources for dataset in contract.datasets}
    assert shown <= set(preset_names())
    for preset in ("zoom_participants", "zoom_webinar", "teams_attendance", *shown):
        assert f"`{preset}`" in text
