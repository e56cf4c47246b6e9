"""Names, e-mails, legal ids and secrets stay where they belong, also when a row, a file or a platform is wrong.

One night of a spoiled case through the DAGs with logging at DEBUG, then runs that fail, then the commands, among them
those that decide about rows and persons, and one that erases somebody.
"""

import contextlib
import csv
import io
import json
import os
import re
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from nights import DagRunner, Installation, Run

from trimestre import cli
from trimestre.embedded import EmbeddedPostgres
from trimestre.simulators.files import EVENT_FILE, SFP_FILE
from trimestre.simulators.server import Request, Response

Needle = tuple[str, ...]


def words(text: str) -> list[str]:
    """The words of a text, however its accents were written, escaped or composed."""
    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    folded = unicodedata.normalize("NFD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(sign for sign in folded if not unicodedata.combining(sign)))


def found_in(text: str, needles: dict[str, set[Needle]]) -> set[Needle]:
    """The needles that a text holds."""
    hay = words(text)
    return {
        needle
        for place, word in enumerate(hay)
        for needle in needles.get(word, ())
        if tuple(hay[place : place + len(needle)]) == needle
    }


def secrets_of(here: Installation, postgres: EmbeddedPostgres) -> dict[str, set[Needle]]:
    """Everything that must not show, by its first word."""
    world = here.world
    texts = [text for p in world.people.values() for text in (p.full_name, p.surnames, p.email, p.curp)]
    for user in world.moodle.users.values():
        texts += [f"{user.firstname} {user.lastname}", user.lastname, user.email, user.curp]
    texts += [text for learner in world.sfp for text in (learner.name, learner.email, learner.curp)]
    texts += [text for a in world.attendees for text in (a.name, a.email)]
    texts += [p.token for survey in world.surveys.values() for p in survey.participants]
    texts += [here.moodle.token, here.limesurvey.password, here.environment["TRIMESTRE_ACCOUNT_KEY"]]
    texts += [postgres.password_file.read_text()]
    needles: dict[str, set[Needle]] = {}
    for text in texts:
        needle = tuple(words(text))
        if len(needle) > 1 or len("".join(needle)) >= 12:
            needles.setdefault(needle[0], set()).add(needle)
    return needles


def without_masking(log: bytes) -> str:
    """A log without the lines by which ``dag.test()``, and nothing else of Airflow, tells itself what to mask."""
    lines = log.decode(errors="replace").splitlines()
    return "\n".join(line for line in lines if "msg=MaskSecret(" not in line)


@dataclass
class Spoiled:
    """What a night of the spoiled case left behind."""

    here: Installation
    needles: dict[str, set[Needle]]
    runs: dict[str, Run]
    failed: dict[str, Run] = field(default_factory=dict)
    logs: str = ""
    commands: str = ""
    erased: dict[str, set[Needle]] = field(default_factory=dict)
    """What must not show of the person who was erased."""


def write(path: Path, content: bytes) -> None:
    """A file that nobody has touched for a while, so that it is not waited for."""
    path.write_bytes(content)
    os.utime(path, (1_600_000_000, 1_600_000_000))


def spoil(here: Installation) -> None:
    """Wrong cells beside good ones, each holding somebody's data where none is expected."""
    world = here.world
    world.attendees[0].registered_at = world.attendees[0].name  # type: ignore[assignment]
    world.attendees[1].email = world.attendees[1].name
    world.captured[2].value = world.attendees[2].name  # type: ignore[assignment]
    world.captured[3].indicator = world.attendees[3].email
    person = world.people[10]
    world.change_user(10, curp=f"{person.curp}X", email=person.full_name)
    world.surveys[202002].responses[0]["submitdate"] = world.attendees[4].name
    here.drop()
    path = here.folder / "drop" / SFP_FILE
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("cp1252")), delimiter=";"))
    rows[1][-1] = rows[1][1]  # the date of a certificate is a name
    rows[2][6] = rows[2][3] or rows[2][2]  # the date of an enrolment is a CURP
    rows[3] = [*rows[3], rows[3][1]]  # a cell too many: unreadable
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    write(path, text.getvalue().encode("cp1252"))


def fail(here: Installation, dags: DagRunner) -> dict[str, Run]:
    """Every source fails once, with somebody's data at hand."""
    failed = {}
    name = next(iter(here.world.people.values())).full_name
    write(here.folder / "drop" / EVENT_FILE, headless_list(here))
    failed["eventos"] = dags.run("ingest__eventos", here.environment)
    path = here.folder / "drop" / SFP_FILE
    write(path, path.read_bytes().replace(b"@", b"\x81", 1))  # no character of Windows-1252
    failed["plataforma_sfp"] = dags.run("ingest__plataforma_sfp", here.environment)

    def refuse(_request: Any) -> Response:
        text = {
            "exception": "moodle_exception",
            "errorcode": "invaliduser",
            "message": f"User {name}",
            "debuginfo": name,
        }
        return Response(json.dumps(text).encode())

    here.moodle.answer = refuse  # type: ignore[method-assign]
    failed["moodle_pnud"] = dags.run("ingest__moodle_pnud", here.environment)
    here.limesurvey.answer = status_of("Invalid user name or password")  # type: ignore[method-assign]
    failed["encuestas"] = dags.run("ingest__encuestas", here.environment)
    return failed


def status_of(text: str) -> Callable[[Request], Response]:
    """How LimeSurvey says no: HTTP 200 and a status."""

    def answer(request: Request) -> Response:
        body = {"id": json.loads(request.body)["id"], "result": {"status": text}, "error": None}
        return Response(json.dumps(body).encode())

    return answer


def headless_list(here: Installation) -> bytes:
    """The attendance list without its header row: its first row is a person."""
    import openpyxl

    path = here.folder / "drop" / EVENT_FILE
    book = openpyxl.load_workbook(path)
    book.active.delete_rows(1, 4)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def command(here: Installation, *words: str, typed: str = "") -> str:
    """All that a command says, a trace included; ``typed`` is what it reads."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        for name, value in here.environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["trimestre", *words])
        patch.setattr(sys, "stdin", io.StringIO(typed))
        try:
            cli.main()
        except SystemExit:
            pass
        except Exception:
            traceback.print_exc()
    return said.getvalue()


@pytest.fixture(scope="module")
def spoiled(
    install: Callable[..., AbstractContextManager[Installation]], dags: DagRunner, postgres: EmbeddedPostgres
) -> Iterator[Spoiled]:
    with install() as here:
        needles = secrets_of(here, postgres)
        start = dags.log.stat().st_size
        spoil(here)
        night = Spoiled(here, needles, here.night(dags))
        night.commands = command(here, "evidence", "L2-02", "2020-Q2", "--csv")
        night.commands += command(here, "values", "2020-Q2")
        night.failed = fail(here, dags)
        night.commands += command(here, "ingest", "eventos")
        night.commands += command(here, "ingest", "moodle_pnud")
        page = f"<b>Fatal error</b>: Uncaught Error in {here.world.attendees[0].name}".encode()
        here.limesurvey.answer = lambda _request: Response(page, "text/html")  # type: ignore[method-assign]
        night.commands += command(here, "ingest", "encuestas")
        night.commands += command(here, "batches")
        night.commands += decide_and_erase(here, night)
        with dags.log.open("rb") as log:
            log.seek(start)
            night.logs = without_masking(log.read())
        yield night


def decide_and_erase(here: Installation, night: Spoiled) -> str:
    """The commands about retained rows, persons and privacy, with somebody's data at hand; one person is erased."""
    held = here.rows("SELECT retained_id FROM quarantine.row ORDER BY retained_id")
    said = command(here, "retained", "list")
    said += "".join(command(here, "retained", "show", str(row["retained_id"])) for row in held)
    said += command(here, "retained", "accept", str(held[0]["retained_id"]), "--reason", "prueba")
    said += command(here, "identity", "pairs")
    said += command(here, "identity", "decisions")
    said += command(here, "verify", "L2-02", "2020-Q2", "--reason", "prueba")
    said += command(here, "retention", "--dry-run")
    who = here.world.attendees[5]
    ask = ("erase", "--email", "-", "--reason", "prueba")
    said += command(here, *ask, "--dry-run", typed=f"{who.email}\n")
    accounts = re.search(r"--accounts (\d+)", said)
    assert accounts, said[-2000:]
    said += command(here, *ask, "--accounts", accounts[1], typed=f"{who.email}\n")
    said += command(here, "erase", "--legal-id", "-", "--reason", "prueba", typed=f"{here.world.sfp[5].curp}X\n")
    said += command(here, "export", "--to", "csv", str(here.folder / "export"))
    tokens = [p.token for survey in here.world.surveys.values() for p in survey.participants if p.email == who.email]
    for needle in (tuple(words(text)) for text in (who.name, who.email, *tokens)):
        night.erased.setdefault(needle[0], set()).add(needle)
    return said


def dump(url: str, schemas: tuple[str, ...], leave_out: tuple[str, ...] = ()) -> str:
    """Every row of every table of some schemas as text."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        tables = connection.execute(
            sa.text(
                "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables"
                " WHERE table_schema = ANY(:schemas) AND table_name <> ALL(:leave_out) AND table_type = 'BASE TABLE'"
            ),
            {"schemas": list(schemas), "leave_out": list(leave_out)},
        ).scalars()
        return "\n".join(
            line
            for table in tables
            for line in connection.execute(sa.text(f"SELECT CAST(to_jsonb(t) AS text) FROM {table} AS t")).scalars()
        )


def test_the_search_finds_what_it_looks_for(spoiled: Spoiled) -> None:
    people = found_in(dump(spoiled.here.url, ("restricted",)), spoiled.needles)
    assert len(people) > 1500
    assert found_in(json.dumps({"x": "Inés  IBÁÑEZ-Muñoz"}), {"ines": {("ines", "ibanez", "munoz")}})


def test_the_night_met_wrong_rows_of_every_source_and_went_on(spoiled: Spoiled) -> None:
    assert {run.state for run in spoiled.runs.values()} == {"success"}
    held = spoiled.here.rows("SELECT source, count(*) AS n FROM quarantine.row GROUP BY source")
    assert {row["source"] for row in held} == {"datos_capturados", "encuestas", "eventos", "plataforma_sfp"}
    assert spoiled.here.value("SELECT sum(failed) FROM ops.rule_result WHERE severity = 'warning'") > 0
    assert found_in(dump(spoiled.here.url, ("quarantine",)), spoiled.needles), "the rows held back hold no data"


def test_every_failing_run_says_why(spoiled: Spoiled) -> None:
    assert {source: run.state for source, run in spoiled.failed.items()} == dict.fromkeys(
        ("eventos", "plataforma_sfp", "moodle_pnud", "encuestas"), "failed"
    )
    messages = spoiled.here.rows("SELECT source, message FROM ops.batch WHERE state = 'rejected'")
    assert {row["source"] for row in messages} == set(spoiled.failed)
    for text in ("faltan las columnas", "no son cp1252", "invaliduser"):
        assert text in spoiled.logs
        assert any(text in row["message"] for row in messages)


def test_no_log_holds_personal_data_or_secrets(spoiled: Spoiled) -> None:
    assert " [debug" in spoiled.logs
    assert found_in(spoiled.logs, spoiled.needles) == set()


def test_nothing_that_airflow_stores_holds_personal_data_or_secrets(spoiled: Spoiled, dags: DagRunner) -> None:
    stored = dump(dags.database_url, ("public",))
    assert "ingest__moodle_pnud" in stored
    assert found_in(stored, spoiled.needles) == set()


@pytest.mark.parametrize("schema", ["ops", "results", "warehouse", "marts", "staging"])
def test_pseudonymous_tables_hold_no_personal_data(spoiled: Spoiled, schema: str) -> None:
    assert found_in(dump(spoiled.here.url, (schema,)), spoiled.needles) == set()


def test_no_command_says_personal_data(spoiled: Spoiled) -> None:
    assert "EISP-UIF-2020" in spoiled.commands
    assert "faltan las columnas" in spoiled.commands
    assert found_in(spoiled.commands, spoiled.needles) == set()


def test_an_erased_person_is_nowhere_in_the_database(spoiled: Spoiled) -> None:
    """After commands only: their decision is there, and the files that hold the person are named."""
    assert spoiled.here.value("SELECT count(*) FROM ops.decision WHERE kind = 'erase_person'") == 1
    assert spoiled.here.value("SELECT count(*) FROM restricted.tombstone") > 0
    assert "Suprimida por la decisión" in spoiled.commands
    assert re.search(r"eventos/\d+/\d+-[a-z_]+\.zst", spoiled.commands)
    schemas = ("ops", "staging", "quarantine", "restricted", "warehouse", "results", "marts")
    assert found_in(dump(spoiled.here.url, schemas), spoiled.erased) == set()


def test_no_exported_file_holds_personal_data(spoiled: Spoiled) -> None:
    files = list((spoiled.here.folder / "export").rglob("*.csv"))
    assert files
    for path in files:
        assert found_in(path.read_text(encoding="utf-8-sig"), spoiled.needles) == set(), path.name


def test_the_log_of_the_database_holds_no_personal_data(spoiled: Spoiled, postgres: EmbeddedPostgres) -> None:
    assert found_in(postgres.log_file.read_text(errors="replace"), spoiled.needles) == set()


def test_what_postgresql_cannot_store_is_not_told_in_an_error(
    install: Callable[..., AbstractContextManager[Installation]], dags: DagRunner, postgres: EmbeddedPostgres
) -> None:
    """A null character, which MySQL keeps and PostgreSQL refuses with the line it stands in."""
    with install() as here:
        needles = secrets_of(here, postgres)
        start = dags.log.stat().st_size
        person = here.world.people[20]
        here.world.change_user(20, lastname=f"{person.surnames}\x00", institucion=f"{person.email}\x00")
        dags.run("ingest__framework", here.environment)
        dags.run("ingest__moodle_pnud", here.environment)
        with dags.log.open("rb") as log:
            log.seek(start)
            assert found_in(without_masking(log.read()), needles) == set()
        assert found_in(dump(here.url, ("ops",)), needles) == set()


def test_a_text_of_the_platform_is_not_passed_on(
    install: Callable[..., AbstractContextManager[Installation]], postgres: EmbeddedPostgres
) -> None:
    """A plugin or a language of LimeSurvey may write a participant's name into a status."""
    with install() as here:
        who = here.world.attendees[0]
        here.limesurvey.answer = status_of(f"Error: {who.name} <{who.email}>")  # type: ignore[method-assign]
        said = command(here, "ingest", "encuestas")
        assert "encuestas" in said
        assert found_in(said, secrets_of(here, postgres)) == set()
