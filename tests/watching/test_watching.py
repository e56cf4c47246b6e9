"""A source that failed, came late, brought too little or never ran is told once when it begins and once at its end."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from receivers import Mailbox, Posted
from the_case import case_project

from trimestre.contracts import Project
from trimestre.contracts.watching import Email, Freshness, Limits, Notifications, Webhook
from trimestre.errors import PermanentError, TransientError
from trimestre.pipeline.marts.refreshing import refresh
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect
from trimestre.watching import ledger, looking, outage
from trimestre.watching.conditions import Condition
from trimestre.watching.marks import mark
from trimestre.watching.passing import watch
from trimestre.watching.status import Level, level, status_of
from trimestre.watching.telling import Teller

if TYPE_CHECKING:
    from conftest import DemoPlant

NIGHT = datetime(2020, 7, 1, 9, tzinfo=UTC)
"""04:00 in Mexico City, where sources run from three o'clock on and are expected by six to eight."""
WEBHOOKS = (Webhook(connection="avisos", format="json"),)
EMAIL = Email(to=("operacion@example.org",))


class Case:
    """A warehouse with runs made by hand, who is told, and one pass of the watch."""

    def __init__(self, engine: sa.Engine, mailbox: Mailbox, posted: Posted) -> None:
        self.engine, self.mailbox, self.posted = engine, mailbox, posted
        notifications = Notifications(email=EMAIL, webhooks=WEBHOOKS, limits=Limits(behind_hours=999))
        self.project: Project = replace(case_project(), notifications=notifications)
        self.connections: dict[str, Connection] = {"smtp_default": mailbox.connection, "avisos": posted.connection}

    def wants(self, source: str, **freshness: Any) -> None:
        """Give a source another freshness."""
        changed = self.project.sources[source].model_copy(update={"freshness": Freshness.model_validate(freshness)})
        self.project = replace(self.project, sources={**self.project.sources, source: changed})

    def run(self, source: str, state: str, at: datetime, *, records: int = 100, message: str | None = None) -> int:
        """A run as the pipeline leaves it."""
        landed = state not in ("landing", "rejected", "abandoned")
        with self.engine.begin() as connection:
            batch_id: int = connection.execute(
                sa.text(
                    "INSERT INTO ops.batch (source, state, started_at, landed_at, merged_at, quarters, message)"
                    " VALUES (:source, :state, :at, :landed, :merged, '{}', :message) RETURNING batch_id"
                ),
                {
                    "source": source, "state": state, "at": at, "landed": at if landed else None,
                    "merged": self._unused(connection, at) if state == "merged" else None, "message": message,
                },
            ).scalar_one()  # fmt: skip
            if state == "merged":
                connection.execute(
                    sa.text("INSERT INTO ops.record_account VALUES (:batch, 'd', :n, 0, 0, :n, 0)"),
                    {"batch": batch_id, "n": records},
                )
        return batch_id

    @staticmethod
    def _unused(connection: sa.Connection, at: datetime) -> datetime:
        last = connection.execute(sa.text("SELECT max(merged_at) FROM ops.batch")).scalar()
        return max(at, last + timedelta(microseconds=1)) if last else at

    def night(self, at: datetime = NIGHT, *, but: str = "") -> None:
        """Every source ran well, but one."""
        for source in ("framework", *self.project.sources):
            if source != but:
                self.run(source, "merged", at)

    def passes(self, at: datetime) -> dict[str, Any]:
        """One pass; what is open afterwards, kind -> subject."""
        watch(self.engine, self.project, {}, at)
        self.tell(at)
        return self.opened()

    def tell(self, at: datetime) -> Any:
        return Teller(self.engine, self.project.notifications, self.connections.get, "Proyecto").tell(at)

    def opened(self) -> dict[str, str]:
        with self.engine.begin() as connection:
            return {one.kind: one.subject for one in ledger.open_notices(connection) if one.opened_at}

    def told(self) -> list[tuple[str, str]]:
        """Event and subject of everything that the webhook got, in order."""
        return [
            (one["event"], one["subject"]) for request in self.posted.requests for one in request["body"]["notices"]
        ]


@pytest.fixture
def case(warehouse: sa.Engine, mailbox: Mailbox, posted: Posted) -> Case:
    return Case(warehouse, mailbox, posted)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_a_good_night_tells_nobody_anything(case: Case) -> None:
    case.night()
    assert case.passes(NIGHT + hours(6)) == {}
    assert case.told() == []


def test_a_night_that_did_not_run_is_told_once_a_source_and_its_end_once(case: Case) -> None:
    case.night()
    missed = NIGHT + timedelta(days=1)
    case.night(missed, but="eventos")
    for hour in (6, 7, 8):
        assert case.passes(missed + hours(hour)) == {"source_late": "source:eventos"}
    assert case.told() == [("opened", "source:eventos")]
    assert len(case.mailbox.mails) == 1
    case.run("eventos", "empty", missed + hours(8))  # no new file is no failure
    assert case.passes(missed + hours(9)) == {}
    assert case.passes(missed + hours(10)) == {}
    assert case.told() == [("opened", "source:eventos"), ("recovered", "source:eventos")]
    assert [mail["Subject"].startswith("[Trimestre] Resuelto: ") for mail in case.mailbox.mails] == [False, True]


def test_a_rejected_batch_is_told_at_once_with_its_reason(case: Case) -> None:
    case.night(but="encuestas")
    number = case.run("encuestas", "rejected", NIGHT, message="answers: found 3 of 900 records.")
    assert case.passes(NIGHT + hours(0.2)) == {"source_failed": "source:encuestas"}
    (mail,) = case.mailbox.mails
    assert "found 3 of 900 records." in mail.get_content()
    assert str(number) in mail.get_content()


def test_an_open_notice_says_what_is_wrong_now_and_is_not_sent_again(case: Case) -> None:
    """Else whoever mended the first failure would read of it until the second one is mended, too."""
    case.night(but="encuestas")
    for hour, message in enumerate(("la clave no es válida", "faltan las columnas")):
        number = case.run("encuestas", "rejected", NIGHT + hours(hour), message=message)
        assert case.passes(NIGHT + hours(hour + 0.2)) == {"source_failed": "source:encuestas"}
    failed = Condition("run_failed", "source:eventos", {"message": "la carpeta no existe"})
    again = replace(failed, details={"message": "el archivo está dañado"})
    with case.engine.begin() as connection:
        ledger.report(connection, failed, NIGHT + hours(2))
        ledger.report(connection, again, NIGHT + hours(3))
        details = {one.kind: one.details for one in ledger.open_notices(connection)}
        opened = {one.kind: one.opened_at for one in ledger.open_notices(connection)}
    assert (details["source_failed"]["message"], details["source_failed"]["batch"]) == ("faltan las columnas", number)
    assert details["run_failed"]["message"] == "el archivo está dañado"
    assert opened["run_failed"] == NIGHT + hours(2)
    assert len(case.mailbox.mails) == 1


def test_what_broke_off_is_told_only_when_it_stays_so(case: Case) -> None:
    case.night(but="encuestas")
    case.run("encuestas", "abandoned", NIGHT)
    assert case.passes(NIGHT + hours(0.2)) == {}
    assert case.passes(NIGHT + hours(2.3)) == {"source_failed": "source:encuestas"}


def test_what_was_over_before_anybody_could_be_told_is_told_to_nobody(case: Case) -> None:
    case.night(but="encuestas")
    case.run("encuestas", "abandoned", NIGHT)
    case.passes(NIGHT + hours(0.2))
    case.run("encuestas", "merged", NIGHT + hours(1))
    case.passes(NIGHT + hours(3))
    assert case.told() == []
    with case.engine.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM ops.notice WHERE kind = 'source_failed'")).scalar() == 0


def test_a_run_that_died_in_its_work_is_noticed(case: Case) -> None:
    case.night(but="encuestas")
    case.run("encuestas", "landing", NIGHT)
    assert "source_failed" not in case.passes(NIGHT + hours(1))
    assert case.passes(NIGHT + hours(13))["source_failed"] == "source:encuestas"


def test_a_source_that_never_ran_has_a_night_and_a_day(case: Case) -> None:
    case.night(but="eventos")
    assert case.passes(NIGHT) == {}
    case.night(NIGHT + timedelta(days=1), but="eventos")
    assert case.passes(NIGHT + hours(27)) == {"source_never": "source:eventos"}


def test_too_few_records_and_too_old_data_are_told(case: Case) -> None:
    case.wants("encuestas", min_records=50)
    case.wants("moodle_pnud", min_percent_of_last=90)
    case.wants("eventos", max_age_days=10)
    case.night(NIGHT)
    assert case.passes(NIGHT + hours(6)) == {}
    later = NIGHT + timedelta(days=11)
    for source in case.project.sources:
        fewer = {"encuestas": 49, "moodle_pnud": 89}.get(source, 100)
        case.run(source, "empty" if source == "eventos" else "merged", later, records=fewer)
    case.run("framework", "merged", later)
    watch(case.engine, case.project, {}, later + hours(6))
    with case.engine.begin() as connection:
        opened = {(one.kind, one.subject) for one in ledger.open_notices(connection) if one.opened_at}
    assert opened == {
        ("source_short", "source:encuestas"), ("source_short", "source:moodle_pnud"), ("source_old", "source:eventos"),
    }  # fmt: skip


def test_a_source_that_goes_on_bringing_too_little_is_not_called_well_again(case: Case) -> None:
    case.wants("moodle_pnud", min_percent_of_last=90)
    case.night(NIGHT)
    for nights, records in enumerate((95, 60, 60, 85, 86, 200, 181), start=1):
        later = NIGHT + timedelta(days=nights)
        case.night(later, but="moodle_pnud")
        case.run("moodle_pnud", "merged", later, records=records)
        found = case.passes(later + hours(6))
        assert ("source_short" in found) == (records in (60, 85)), records


def test_many_retained_rows_are_told_and_few_are_not(case: Case) -> None:
    case.night()
    with case.engine.begin() as connection:
        batch = connection.execute(sa.text("SELECT max(batch_id) FROM ops.batch WHERE source = 'eventos'")).scalar()
        connection.execute(
            sa.text("INSERT INTO ops.row_account VALUES (:b, 'attendance', 96, 96, 0, 0, 0, 0, 96, 0, 0, 0, 0, 96)"),
            {"b": batch},
        )
        connection.execute(
            sa.text("INSERT INTO ops.retained_count VALUES ('eventos', 'd', 'attendance', 'r', 'open', 4)")
        )
    assert case.passes(NIGHT + hours(6)) == {}
    with case.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ops.retained_count SET rows = 6"))
    assert case.passes(NIGHT + hours(6)) == {"retained": "retained:eventos"}


def test_a_source_that_nobody_watches_is_told_by_nobody(case: Case) -> None:
    case.wants("eventos", watched=False)
    case.night(but="eventos")
    case.night(NIGHT + timedelta(days=1), but="eventos")
    case.passes(NIGHT)
    assert case.passes(NIGHT + hours(27)) == {}


def test_a_mail_server_that_is_down_loses_nothing_and_repeats_nothing(case: Case) -> None:
    case.night(but="encuestas")
    case.run("encuestas", "rejected", NIGHT)
    case.connections["smtp_default"] = replace(case.mailbox.connection, host="https://127.0.0.1:1")
    watch(case.engine, case.project, {}, NIGHT)
    told = case.tell(NIGHT)
    assert told.sent == ["webhook:avisos"]
    assert isinstance(told.failed["email"], TransientError)
    assert status_of(case.engine, case.project, {}, NIGHT).unsent == 1
    case.connections["smtp_default"] = case.mailbox.connection
    assert case.tell(NIGHT).sent == ["email"]
    assert case.tell(NIGHT).sent == []
    assert len(case.mailbox.mails) == len(case.posted.requests) == 1


def test_a_password_that_smtp_can_not_say_holds_up_no_other_channel(case: Case) -> None:
    """With «ñ» in it the pass ended in a trace, and the webhook was never told anything."""
    case.night(but="encuestas")
    case.run("encuestas", "rejected", NIGHT)
    case.connections["smtp_default"] = replace(case.mailbox.connection, login="avisos", password="contraseña")
    watch(case.engine, case.project, {}, NIGHT)
    told = case.tell(NIGHT)
    assert told.sent == ["webhook:avisos"]
    assert "sin acento ni ñ" in str(told.failed["email"])
    case.connections["smtp_default"] = replace(case.mailbox.connection, host="https://127.0.0.1:99999999")
    assert isinstance(case.tell(NIGHT).failed["email"], PermanentError)


def test_a_night_on_which_everything_fails_is_told_in_messages_that_every_channel_takes(case: Case) -> None:
    """One message with all of it is refused for its length, each hour anew, and nobody is told of anything."""
    webhooks = (Webhook(connection="avisos", format="teams"),)
    case.project = replace(case.project, notifications=Notifications(webhooks=webhooks))
    details = {
        "name": "Listas de asistencia",
        "task": "Recibir",
        "dag": "ingest__x",
        "message": "Se esperaba más. " * 40,
    }
    with case.engine.begin() as connection:
        for number in range(30):
            ledger.report(connection, Condition("run_failed", f"task:x:{number}", details), NIGHT)
    assert case.tell(NIGHT).sent == ["webhook:avisos"]
    bodies = [json.dumps(request["body"]) for request in case.posted.requests]
    assert 1 < len(bodies) < 10
    assert max(map(len, bodies)) < 28_000
    assert sum(body.count("Qu\\u00e9 pas\\u00f3") for body in bodies) == 30
    assert case.tell(NIGHT).sent == []


def test_a_source_that_left_the_project_is_no_incident_for_ever_and_not_called_well(case: Case) -> None:
    """Removed as the notice advises, or renamed: what failed stayed critical, and what was late «was loaded».

    Nor does it end without a word: those who were told of it would look after it still.
    """
    case.night(but="eventos")
    failed = Condition("run_failed", "source:eventos", {"name": "Listas", "task": "Recibir", "message": "found x"})
    with case.engine.begin() as connection:
        ledger.report(connection, failed, NIGHT)
    case.run("encuestas", "rejected", NIGHT + hours(1))
    assert set(case.passes(NIGHT + hours(2)).values()) == {"source:eventos", "source:encuestas"}
    left = {code: source for code, source in case.project.sources.items() if code not in ("eventos", "encuestas")}
    case.project = replace(case.project, sources=left)
    assert case.passes(NIGHT + hours(3)) == {}
    assert [event for event, _ in case.told()] == ["opened", "opened", "gone", "gone"]
    mail = case.mailbox.mails[-1]
    assert (mail["Subject"], "Resuelto" in mail.get_content()) == ("[Trimestre] 2 avisos: Falló: Listas y más", False)
    assert "«Listas» ya no está entre lo que se vigila" in " ".join(mail.get_content().split())
    assert status_of(case.engine, case.project, {}, NIGHT + hours(3)).findings == []


def test_a_task_that_a_later_version_does_not_have_is_no_incident_for_ever(case: Case) -> None:
    case.night()
    with case.engine.begin() as connection:
        for task in ("retention", "sweep_of_before"):
            failed = Condition("run_failed", f"task:upkeep:{task}", {"name": "Mantenimiento", "task": task})
            ledger.report(connection, failed, NIGHT)
    case.tell(NIGHT)
    assert case.passes(NIGHT + hours(1)) == {"run_failed": "task:upkeep:retention"}
    assert case.told()[2:] == [("gone", "task:upkeep:sweep_of_before")]


def test_a_channel_without_its_connection_says_which_one_is_missing(case: Case) -> None:
    case.night(but="encuestas")
    case.run("encuestas", "rejected", NIGHT)
    del case.connections["avisos"]
    watch(case.engine, case.project, {}, NIGHT)
    assert "no se encontró la conexión «avisos»" in str(case.tell(NIGHT).failed["webhook:avisos"])


def test_what_a_task_reports_takes_the_place_of_what_was_only_seen(case: Case) -> None:
    """A late source whose run then fails is one incident for the reader: the new message, and no «resolved»."""
    case.night()
    missed = NIGHT + timedelta(days=1)
    case.night(missed, but="eventos")
    case.passes(missed + hours(6))
    failed = Condition("run_failed", "source:eventos", {"name": "Listas", "task": "Recibir", "message": "found x"})
    with case.engine.begin() as connection:
        ledger.report(connection, failed, missed + hours(7))
        ledger.report(connection, failed, missed + hours(8))  # a second task, a second night: known already
    assert case.passes(missed + hours(8)) == {"run_failed": "source:eventos"}
    assert case.told() == [("opened", "source:eventos")] * 2
    case.run("eventos", "merged", missed + hours(9))  # mended by a command: no task tells of it
    assert case.passes(missed + hours(10)) == {}
    assert case.told()[2:] == [("recovered", "source:eventos")]


def test_figures_that_stay_behind_are_told_and_those_of_tonight_are_not(case: Case) -> None:
    case.project = replace(case.project, notifications=Notifications(email=EMAIL))
    case.night()
    with case.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ops.batch SET quarters = '{2020-Q2}' WHERE source = 'encuestas'"))
    assert case.passes(NIGHT + hours(1)) == {}
    case.night(NIGHT + timedelta(days=1))
    found = case.passes(NIGHT + hours(28))
    assert (found["quarter_behind"], found["marts_behind"]) == ("quarter:2020-Q2", "marts")


def test_a_look_is_no_news_for_analysts(demo_after_a_night: "DemoPlant") -> None:
    """Else every hour would fill their tables anew."""
    plant = demo_after_a_night.plant
    refresh(plant.engine, plant.project)
    seen, _ = watch(plant.engine, plant.project, {}, NIGHT)
    again, _ = watch(plant.engine, plant.project, {}, NIGHT + hours(1))
    assert (seen.marts_behind, again.marts_behind) == ([], [])


def test_a_candidate_that_nobody_answers_is_told_after_its_days(case: Case) -> None:
    one = looking.Waiting(7, "2020-Q2", NIGHT)
    seen = looking.Seen([], [], [], [one], [], "")
    kinds = [
        [found.kind for found in looking.conditions(seen, case.project, NIGHT + timedelta(days=days))]
        for days in (6, 7)
    ]
    assert kinds == [[], ["candidate_waiting"]]


def test_a_disk_that_fills_up_is_told_before_it_is_full(case: Case, tmp_path: Path) -> None:
    disks = [looking.Disk("landing", 9, 100), looking.Disk("home", 11, 100)]
    found = looking.conditions(looking.Seen([], [], [], [], disks, ""), case.project, NIGHT)
    assert [one.subject for one in found] == ["disk:landing"]
    seen = looking.look(case.engine, case.project, {"landing": tmp_path / "not" / "there", "home": tmp_path}, NIGHT)
    (disk,) = seen.disks  # both lie on one
    assert disk.total > disk.free > 0


def test_backups_that_stop_are_told_and_those_that_nobody_asked_for_are_not(case: Case) -> None:
    case.night()
    assert case.passes(NIGHT) == {}
    with case.engine.begin() as connection:
        mark(connection, "backup", NIGHT - timedelta(days=1))
    assert case.passes(NIGHT + hours(5)) == {}
    assert status_of(case.engine, case.project, {}, NIGHT).seen.backed_up_at == NIGHT - timedelta(days=1)
    later = NIGHT + timedelta(days=1, hours=1)
    case.night(later)
    assert case.passes(later) == {"backup_old": "backup"}
    assert level(status_of(case.engine, case.project, {}, later)) is Level.WARNING
    assert "30/06/2020 04:00" in case.mailbox.mails[0].get_content()
    with case.engine.begin() as connection:
        mark(connection, "backup", later)
    assert case.passes(later) == {}
    assert case.told() == [("opened", "backup"), ("recovered", "backup")]


def test_a_first_backup_is_expected_where_the_project_says_so(case: Case) -> None:
    limits = Limits(behind_hours=999, backup_days=1)
    case.project = replace(case.project, notifications=case.project.notifications.model_copy(update={"limits": limits}))
    case.night()
    assert case.passes(NIGHT) == {}
    later = NIGHT + timedelta(days=1)
    case.night(later)
    assert case.passes(later) == {"backup_never": "backup"}


def test_an_indicator_that_cannot_be_read_stops_no_look(case: Case) -> None:
    case.night()
    from trimestre.contracts.project import SomeWrong

    broken = SomeWrong(case.project.readable_indicators())
    broken.problems = "L1-01.yaml: name: no se encontró nada, se esperaba un valor. Agregue la clave."
    case.project = replace(case.project, indicators=broken)
    assert case.passes(NIGHT + hours(6)) == {"definitions_broken": "definitions"}


def test_of_two_looks_at_once_one_incident_comes(case: Case, run_together: Callable[..., None]) -> None:
    case.night(but="encuestas")
    case.run("encuestas", "rejected", NIGHT)
    run_together(lambda: case.passes(NIGHT), lambda: case.passes(NIGHT), lambda: case.passes(NIGHT))
    assert case.told() == [("opened", "source:encuestas")]
    assert len(case.mailbox.mails) == 1


def test_a_warehouse_that_is_down_is_told_once_and_so_is_its_end(case: Case, tmp_path: Path) -> None:
    mark = tmp_path / "watching" / "down"
    gone = connect("postgresql+psycopg://nobody@127.0.0.1:1/none")
    teller = Teller(gone, case.project.notifications, case.connections.get, "Proyecto")
    mails = case.connections.pop("smtp_default"), case.connections.pop("avisos")
    assert outage.began(mark, teller, NIGHT).sent == []  # nobody could be told: it is told next time
    case.connections |= dict(zip(("smtp_default", "avisos"), mails, strict=True))
    for _ in range(3):
        outage.began(mark, teller, NIGHT)
    for _ in range(3):
        outage.over(mark, teller, NIGHT)
    kind = "warehouse_down"
    assert case.told() == [("opened", kind), ("recovered", kind)]
    assert len(case.mailbox.mails) == 2


# -- the exit code ----------------------------------------------------------------------------------------------


def test_a_warehouse_that_is_down_is_told_where_no_mark_of_it_can_be_made(case: Case, tmp_path: Path) -> None:
    """In a container whose files can't be changed nobody was ever told."""
    (tmp_path / "watching").write_text("no folder")
    teller = Teller(case.engine, case.project.notifications, case.connections.get, "Proyecto")
    assert outage.began(tmp_path / "watching" / "warehouse_down", teller, NIGHT).sent == ["email", "webhook:avisos"]
    assert outage.over(tmp_path / "watching" / "warehouse_down", teller, NIGHT).sent == []


def test_a_monitor_is_told_how_bad_it_is(case: Case) -> None:
    def at(instant: datetime) -> Level:
        return level(status_of(case.engine, case.project, {}, instant))

    case.night()
    assert at(NIGHT + hours(6)) is Level.OK
    case.passes(NIGHT + hours(6))
    assert at(NIGHT + hours(8)) is Level.OK
    assert at(NIGHT + hours(10)) is Level.CRITICAL, "nobody watches any more"
    case.wants("encuestas", min_records=101)
    assert at(NIGHT + hours(8)) is Level.WARNING
    case.run("encuestas", "rejected", NIGHT + hours(7))
    assert at(NIGHT + hours(8)) is Level.CRITICAL
