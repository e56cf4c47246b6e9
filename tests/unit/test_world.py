"""The synthetic world gives the case's figures, and the same world each time."""

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from trimestre.simulators import World, build_world, write_drop_files
from trimestre.simulators import case_moodle as case
from trimestre.simulators.case_moodle import CERTIFICATE, M1, M2, M3, OLD_M2
from trimestre.simulators.people import curp_check_digit, is_valid_curp

MEXICO = ZoneInfo("America/Mexico_City")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def counted(world: World) -> list[int]:
    return [user_id for user_id in world.moodle.users if world.is_counted(user_id)]


def completed(world: World, cmid: int, states: tuple[int, ...] = (1, 2)) -> list[int]:
    done = world.moodle.completions
    return [i for i in counted(world) if (cmid, i) in done and done[cmid, i].state in states]


@pytest.mark.parametrize("curp", ["BOXW310820HNERXN09", "HEGG560427MVZRRL04"])
def test_published_curps_have_the_computed_check_digit(curp: str) -> None:
    assert is_valid_curp(curp)


def test_the_common_sample_curp_fails_its_check_digit() -> None:
    assert curp_check_digit("BADD110313HCMLNS0") == "6"
    assert not is_valid_curp("BADD110313HCMLNS09")


def test_every_curp_is_valid_synthetic_and_agrees_with_the_sex(world: World) -> None:
    for person in world.people.values():
        assert is_valid_curp(person.curp)
        assert person.curp[11:13] == "NE"
        assert person.curp[10] == {"mujer": "M", "hombre": "H"}[person.sex]
    sfp = [learner.curp for learner in world.sfp if learner.curp]
    assert all(is_valid_curp(curp) for curp in sfp)
    assert len(set(sfp)) == len(sfp)


def test_every_address_is_in_a_reserved_domain(world: World) -> None:
    emails = [user.email for user in world.moodle.users.values() if not user.deleted]
    emails += [learner.email for learner in world.sfp] + [attendee.email for attendee in world.attendees]
    assert all(re.search(r"\.(example|test)$", email.strip().lower()) for email in emails)


def test_course_a_figures_by_the_population_rule(world: World) -> None:
    everybody = counted(world)
    assert len(everybody) == 469
    assert len({world.moodle.users[i].curp for i in everybody}) == 468
    entered = [i for i in everybody if world.moodle.course_access.get((2, i), 0) > 0]
    assert len(entered) == 429
    in_q3 = [i for i in entered if world.moodle.course_access[2, i] >= case.local_epoch(2020, 7, 1)]
    assert len(in_q3) == 17
    assert [len(completed(world, cmid)) for cmid in (M1, M2, M3, CERTIFICATE)] == [387, 382, 380, 377]
    assert Counter(world.moodle.users[i].sexo for i in completed(world, CERTIFICATE)) == {"Mujer": 238, "Hombre": 139}


def test_certificates_of_course_a_lie_inside_the_edition(world: World) -> None:
    times = [world.moodle.completions[CERTIFICATE, i].time for i in completed(world, CERTIFICATE)]
    assert min(times) >= 1586235600
    assert max(times) == 1589864399


def test_each_extra_moves_a_naive_count(world: World) -> None:
    site = world.moodle
    assert len(completed(world, M3, (1, 2, 3))) == 382
    assert sum(site.completions[M1, i].time > 0 for i in counted(world) if (M1, i) in site.completions) == 390
    assert len(completed(world, OLD_M2)) == 50
    assert any(i not in completed(world, M2) for i in completed(world, OLD_M2))
    assert site.completions[M1, case.OVERRIDDEN].override_by == case.TEACHER
    assert sum(e.user_id == case.TWO_ENROLMENTS for e in site.enrolments) == 2
    assert site.users[case.NO_SEX].sexo == ""
    assert case.NO_SEX not in completed(world, CERTIFICATE)
    second, first = site.users[case.SECOND_ACCOUNT], site.users[case.FIRST_ACCOUNT]
    assert (second.curp, second.email != first.email) == (first.curp, True)
    assert (2, case.SECOND_ACCOUNT) not in site.course_access
    names = [f"{user.firstname} {user.lastname}" for user in site.users.values()]
    assert any(name != unicodedata.normalize("NFC", name) for name in names)
    assert any("'" in name for name in names)


def test_uif_figures(world: World) -> None:
    steps = ("enrolled_at", "entered_at", "module_1_at", "module_2_at", "module_3_at", "certified_at")
    assert [sum(getattr(row, step) is not None for row in world.sfp) for step in steps] == [41, 36, 30, 28, 28, 28]
    assert Counter(row.sex for row in world.sfp if row.certified_at) == {"Mujer": 12, "Hombre": 16}
    for row in world.sfp:
        reached = [getattr(row, step) for step in steps if getattr(row, step)]
        assert reached == sorted(reached)


def test_uif_certificates_by_quarter_differ_between_local_time_and_utc(world: World) -> None:
    times = [row.certified_at.replace(tzinfo=MEXICO) for row in world.sfp if row.certified_at]
    border_local = datetime(2020, 7, 1, tzinfo=MEXICO)
    border_utc = datetime(2020, 7, 1, tzinfo=UTC)
    assert Counter(time < border_local for time in times) == {True: 21, False: 7}
    assert Counter(time < border_utc for time in times) == {True: 19, False: 9}
    assert max(times) < datetime(2020, 7, 8, tzinfo=MEXICO)


def test_exactly_five_finished_both_editions(world: World) -> None:
    users = {i: world.moodle.users[i] for i in counted(world)}
    by_curp = {user.curp: i for i, user in users.items() if i != case.SECOND_ACCOUNT}
    by_email = {user.email.strip().lower(): i for i, user in users.items()}
    same_curp = [row for row in world.sfp if row.curp in by_curp]
    same_email = [row for row in world.sfp if row.email.strip().lower() in by_email]
    assert (len(same_curp), len(same_email)) == (3, 2)
    assert all(row.curp == "" and row.email != row.email.strip().lower() for row in same_email)
    finished = set(completed(world, CERTIFICATE))
    for row in same_curp + same_email:
        account = by_curp.get(row.curp) or by_email[row.email.strip().lower()]
        assert account in finished
        assert row.certified_at
        assert users[account].sexo == row.sex
    assert Counter(row.sex for row in same_curp + same_email) == {"Mujer": 2, "Hombre": 3}
    assert not {a.email for a in world.attendees} & by_email.keys()


def test_event_and_surveys(world: World) -> None:
    assert len({a.email for a in world.attendees}) == 89
    lines = [line for line in world.attendance if line.attendee]
    assert (len(lines), len(world.attendance) - len(lines)) == (95, 4)
    complete = {
        sid: sum(row["submitdate"] is not None for row in survey.responses) for sid, survey in world.surveys.items()
    }
    assert complete == {202001: 60, 202002: 22, 202005: 0, 202006: 0}
    assert len(world.surveys[202001].responses) == 67
    scored = ("P01", "P02[SQ001]", "P02[SQ002]", "P02[SQ003]")
    done = [row for row in world.surveys[202001].responses if row["submitdate"]]
    assert all(row[column] in {"A1", "A2", "A3", "A4", "A5"} for row in done for column in scored)
    assert all("2020-04-20" <= row["submitdate"] < "2020-06-03" for row in done)
    invited = {person.email.lower() for person in world.surveys[202002].participants}
    assert invited == {attendee.email for attendee in world.attendees}
    tokens = {person.token for person in world.surveys[202002].participants if person.completed != "N"}
    assert tokens == {row["token"] for row in world.surveys[202002].responses if row["submitdate"]}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_seed_same_bytes(world: World, tmp_path: Path) -> None:
    write_drop_files(world, tmp_path / "one")
    write_drop_files(build_world(), tmp_path / "two")
    assert len(digests(tmp_path / "one")) == 3
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert build_world(7).moodle != world.moodle


def test_ministry_csv(world: World, tmp_path: Path) -> None:
    write_drop_files(world, tmp_path)
    raw = (tmp_path / "plataforma_sfp/EISP-UIF-2020.csv").read_bytes()
    text = raw.decode("cp1252")
    assert text.count("\r\n") == text.count("\n") == 42
    header, *rows = csv.reader(text.splitlines(), delimiter=";")
    assert ";".join(header) == (
        "Folio;Nombre completo;Correo electrónico;CURP;Sexo;Dependencia;Fecha de inscripción;Primer acceso;"
        "Módulo 1;Módulo 2;Módulo 3;Constancia"
    )
    assert all(re.fullmatch(r"SFP-\d{5}", row[0]) and row[4] in {"Mujer", "Hombre"} for row in rows)
    assert all(re.fullmatch(r"(\d\d/\d\d/2020 \d\d:\d\d)?", cell) for row in rows for cell in row[6:])


def test_workbooks(world: World, tmp_path: Path) -> None:
    write_drop_files(world, tmp_path)
    event = openpyxl.load_workbook(tmp_path / "eventos/lista_asistencia_2020-05-27.xlsx")["Asistencia"]
    rows = list(event.iter_rows(values_only=True))
    assert rows[2] == (None,) * 6
    assert rows[3] == ("No.", "Nombre", "Correo electrónico", "Institución", "Tipo de organización", "Hora de registro")
    people = [row[1:] for row in rows[4:] if any(row)]
    assert (len(people), len(set(people)), len(rows) - 4 - len(people)) == (95, 89, 4)
    assert all(isinstance(row[4], datetime) and row[4].date().isoformat() == "2020-05-27" for row in people)
    assert {row[3] for row in people} == {"Secretaría Ejecutiva Local", "Academia", "Sociedad civil"}
    captured = openpyxl.load_workbook(tmp_path / "datos_capturados/datos_capturados.xlsx")["Captura"]
    header, *values = captured.iter_rows(values_only=True)
    assert header[:5] == ("Indicador", "Trimestre", "Desagregación", "Categoría", "Valor")
    assert {row[:2]: row[4] for row in values} == {
        ("L2-10", "2020-Q1"): 1,
        ("L2-10", "2020-Q2"): 3,
        ("L1-01", "2020-Q2"): 0,
        ("L1-02", "2020-Q2"): 0,
        ("L1-01", "2020-Q3"): None,
    }


def test_the_world_changes_as_the_platforms_do() -> None:
    world = build_world()
    somebody = completed(world, CERTIFICATE)[0]
    world.unenrol(somebody, 1590000000)
    assert len(counted(world)) == 468
    assert world.moodle.completions[M3, somebody].state == 0
    assert world.moodle.completions[CERTIFICATE, somebody].state == 1
    newcomer = world.add_learner("mujer")
    world.complete(newcomer, M1, 1589000000)
    assert world.is_counted(newcomer)
    assert world.moodle.course_access[2, newcomer] == 1589000000
    world.change_user(newcomer, suspended=True)
    assert not world.is_counted(newcomer)
    begun = world.add_response(202001, datetime(2020, 6, 2, 9, 0), {"P01": "A5"}, complete=False)  # noqa: DTZ001
    world.submit_response(202001, begun, datetime(2020, 6, 2, 11, 0))  # noqa: DTZ001
    assert world.response(202001, begun)["submitdate"] == "2020-06-02 11:00:00"
