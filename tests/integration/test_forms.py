"""The forms of Airflow: each does what was decided, keeps who decided, names the quarters; a wrong one does nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from nights import DagRunner, Installation, Run

from trimestre.simulators.people import wall_clock

WHO = "maria.especialista"
SOURCES = ("framework", "eventos", "datos_capturados")


@dataclass
class House:
    """An installation with the list of an event and the workbook of typed values, and the DAGs that people start."""

    here: Installation
    dags: DagRunner

    def send(self, form: str, user: str = WHO, **filled: Any) -> Run:
        """Send a form as a user does."""
        return self.dags.run(form, self.here.environment | {"TRIGGERED_BY": user}, filled)

    def refused(self, form: str, user: str = WHO, **filled: Any) -> str:
        """Send a form that must do nothing; what the log says."""
        before, start = self.here.snapshot(), self.dags.log.stat().st_size
        run = self.send(form, user, **filled)
        assert run.tasks == {"decide": "failed", "publish": "upstream_failed"}
        assert run.partitions == []
        assert self.here.snapshot() == before
        with self.dags.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def compute(self, run: Run) -> None:
        """Compute the quarters that a form named, as the indicators' DAG does."""
        assert run.state == "success"
        for quarter in run.partitions:
            self.dags.run("indicators", self.here.environment, {"partition_key": quarter})

    def retained(self, rule: str, entity: str) -> int:
        """The number of the open row that a rule holds back."""
        statement = "SELECT retained_id FROM quarantine.row WHERE rule = :rule AND entity = :entity AND state = 'open'"
        return int(self.here.value(statement, rule=rule, entity=entity))

    def decision(self) -> dict[str, Any]:
        """The newest decision."""
        statement = "SELECT kind, subject, reason, decided_by FROM ops.decision ORDER BY decision_id DESC LIMIT 1"
        return self.here.rows(statement)[0]


@pytest.fixture(scope="module")
def house(install: Callable[..., AbstractContextManager[Installation]], dags: DagRunner) -> Iterator[House]:
    """One night in which an attendee has no e-mail, a value is no number, and a date is still to come.

    Shared: each test leaves what the others look at as it found it.
    """
    with install() as here:
        here.world.attendees[0].email = ""
        here.world.captured[2].value = "cinco"  # type: ignore[assignment]
        here.world.captured[3].date = wall_clock(2090, 6, 29)
        here.drop()
        here.night(dags, SOURCES)
        yield House(here, dags)


# -- retirar_lote ------------------------------------------------------------------------------------------------


def test_a_wrong_batch_is_withdrawn_and_the_figure_comes_back(house: House) -> None:
    here = house.here
    assert here.figure("L2-10", period="2020-Q1")["value"] == 1
    here.world.captured[0].value = 2
    here.drop()
    here.night(house.dags, ["datos_capturados"])
    assert here.figure("L2-10", period="2020-Q1")["value"] == 2
    wrong = here.value("SELECT max(batch_id) FROM ops.batch WHERE source = 'datos_capturados'")

    run = house.send("retirar_lote", lote=wrong, motivo="Era el libro de otro proyecto")
    assert "2020-Q1" in run.partitions
    house.compute(run)
    assert here.figure("L2-10", period="2020-Q1")["value"] == 1
    by = here.value("SELECT max(batch_id) FROM ops.batch")
    assert house.decision() == {
        "kind": "withdraw_batch",
        "subject": {"source": "datos_capturados", "batch_id": wrong, "by": by},
        "reason": "Era el libro de otro proyecto",
        "decided_by": WHO,
    }
    assert "ya lo retiró el lote" in house.refused("retirar_lote", lote=wrong, motivo="Otra vez")


def test_the_log_of_an_ingest_says_what_came_and_what_is_held_back(house: House) -> None:
    said = house.dags.log.read_text(errors="replace")
    number = house.here.value("SELECT min(batch_id) FROM ops.batch WHERE source = 'eventos'")
    assert f"Lote {number}: archivos recibidos: 1." in said
    counts = house.here.rows(
        "SELECT sum(landed) AS landed, sum(new) AS new, sum(quarantined) AS held FROM ops.row_account"
        " WHERE batch_id = :number",
        number=number,
    )[0]
    assert counts["held"] > 0
    told = f"Lote {number} cargado. Filas recibidas: {counts['landed']}; nuevas: {counts['new']}, cambiadas: 0"
    assert told in said
    assert f"retenidas: {counts['held']}." in said
    assert "Los registros retenidos no cuentan hasta que alguien decide" in said


def test_what_cannot_be_withdrawn_stays_and_is_told(house: House) -> None:
    assert "lote 999: no se encontró" in house.refused("retirar_lote", lote=999, motivo="No existe")
    framework = house.here.value("SELECT max(batch_id) FROM ops.batch WHERE source = 'framework'")
    assert "es del marco de resultados" in house.refused("retirar_lote", lote=framework, motivo="Es del marco")
    eventos = house.here.value("SELECT max(batch_id) FROM ops.batch WHERE source = 'eventos'")
    assert "no se encontró motivo" in house.refused("retirar_lote", lote=eventos, motivo="  ")
    assert "toda decisión lleva nombre" in house.refused("retirar_lote", "", lote=eventos, motivo="Sin usuario")


# -- corregir_retenidos ------------------------------------------------------------------------------------------


def test_a_retained_row_enters_with_the_right_value(house: House) -> None:
    number = house.retained("valor_numerico", "reported_value")
    run = house.send(
        "corregir_retenidos",
        accion="corregir",
        numeros=[f" {number} ", ""],
        campo="value",
        valor="5",
        motivo="Es cinco",
    )
    assert "2020-Q2" in run.partitions
    house.compute(run)
    assert house.here.figure("L1-01")["value"] == 5
    decision = house.decision()
    assert (decision["kind"], decision["reason"], decision["decided_by"]) == ("correct_row", "Es cinco", WHO)
    assert decision["subject"]["fields"] == ["value"]


def test_a_retained_row_is_accepted_and_the_decision_taken_back(house: House) -> None:
    number = house.retained("fecha_no_futura", "reported_value")
    run = house.send("corregir_retenidos", accion="aceptar", numeros=[str(number)], motivo="La fecha es del acta")
    house.compute(run)
    assert house.here.figure("L1-02")["value"] == 0
    assert (house.decision()["kind"], house.decision()["decided_by"]) == ("accept_row", WHO)
    decision = house.here.value("SELECT max(decision_id) FROM ops.decision")
    said = house.dags.log.read_text(errors="replace")
    assert f"Con qué número se anula: {decision}." in said, "who works in the browser finds it nowhere else"
    house.compute(house.send("corregir_retenidos", accion="revocar", decision=decision, motivo="No había acta"))
    assert house.here.figure("L1-02")["value"] is None
    assert house.decision()["subject"] == {"decision_id": decision}
    assert house.retained("fecha_no_futura", "reported_value") == number


def test_a_source_is_tried_again_and_what_is_still_wrong_stays(house: House) -> None:
    before = house.here.value("SELECT count(*) FROM quarantine.row WHERE state = 'open' AND source = 'eventos'")
    run = house.send("corregir_retenidos", accion="reintentar", fuente="eventos", motivo="Se corrigió el YAML")
    assert run.tasks == {"decide": "success", "publish": "skipped"}
    after = house.here.value("SELECT count(*) FROM quarantine.row WHERE state = 'open' AND source = 'eventos'")
    assert before == after > 0
    message = house.here.value("SELECT message FROM ops.batch ORDER BY batch_id DESC LIMIT 1")
    assert message.endswith(": Se corrigió el YAML")


def test_personal_data_is_not_corrected_in_a_form(house: House) -> None:
    number = house.retained("cuenta_presente", "account_identity")
    said = house.refused(
        "corregir_retenidos", accion="corregir", numeros=[str(number)], campo="sex", valor="mujer", motivo="Así consta"
    )
    assert "trimestre retained correct" in said
    assert "identidad de la cuenta" in said


def test_a_form_that_contradicts_itself_does_nothing(house: House) -> None:
    form, number = "corregir_retenidos", str(house.retained("cuenta_presente", "attendance"))
    wrong: dict[str, dict[str, Any]] = {
        "falta «Números de los registros»": {"accion": "aceptar", "numeros": [" "]},
        "falta «Valor correcto»": {"accion": "corregir", "numeros": [number], "campo": "registered_at"},
        "falta «Fuente»": {"accion": "reintentar"},
        "se llenó «Campo por corregir»": {"accion": "aceptar", "numeros": [number], "campo": "sex"},
        "es de un solo registro": {"accion": "corregir", "numeros": [number, "7"], "campo": "sex", "valor": "mujer"},
        "se esperaba uno de la lista de «Calidad»": {"accion": "aceptar", "numeros": ["123456"]},
        "que no se puede aceptar": {"accion": "aceptar", "numeros": [number]},
        "no se encontró vigente sobre un registro retenido": {"accion": "revocar", "decision": 999},
    }
    for said, filled in wrong.items():
        assert said in house.refused(form, motivo="Una prueba", **filled)


# -- decidir_identidad -------------------------------------------------------------------------------------------


def test_two_accounts_become_one_person_until_the_decision_is_taken_back(house: House) -> None:
    here = house.here
    current = "SELECT account_key, person_key FROM warehouse.person_link WHERE valid_to = 'infinity' ORDER BY 1"
    before = here.rows(current)
    accounts = [str(row["account_key"]) for row in before[:2]]
    assert before[0]["person_key"] != before[1]["person_key"]

    house.compute(house.send("decidir_identidad", accion="unir", cuentas=accounts, motivo="Mismo expediente"))
    assert len({row["person_key"] for row in here.rows(current)[:2]}) == 1
    assert house.decision() == {
        "kind": "merge_persons",
        "subject": {"accounts": accounts},
        "reason": "Mismo expediente",
        "decided_by": WHO,
    }
    decision = here.value("SELECT max(decision_id) FROM ops.decision")
    house.compute(house.send("decidir_identidad", accion="revocar", decision=decision, motivo="Era su homónima"))
    assert here.rows(current) == before
    assert house.decision()["subject"] == {"decision_id": decision}


def test_an_identity_that_cannot_be_decided_stays_and_is_told(house: House) -> None:
    form = "decidir_identidad"
    account = str(house.here.rows("SELECT account_key FROM warehouse.person_link LIMIT 1")[0]["account_key"])
    nobody = "00000000-0000-0000-0000-000000000000"
    assert "dos cuentas o más" in house.refused(form, accion="unir", cuentas=[account, account], motivo="Una sola")
    assert "falta «Cuentas»" in house.refused(form, accion="separar", motivo="Ninguna")
    assert "falta «Número de la decisión»" in house.refused(form, accion="revocar", motivo="Cuál")
    assert nobody in house.refused(form, accion="unir", cuentas=[account, nobody], motivo="No existe")
    assert "no se encontró" in house.refused(form, accion="revocar", decision=999, motivo="No existe")


# -- upkeep ------------------------------------------------------------------------------------------------------


def test_upkeep_removes_what_is_due_and_is_skipped_when_nothing_is(house: House) -> None:
    looks = "SELECT count(*) FROM ops.look WHERE looked_at < '2011-01-01'"
    with house.here.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO ops.look (looked_at, looked_by, kind, subject, reason, rows)"
                " VALUES ('2010-05-14', 'alguien', 'person', '{}', 'Hace mucho', 1)"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO ops.upload"
                " (kind, file_name, sha256, bytes, path, state, preview, uploaded_by, uploaded_at)"
                " VALUES ('narrativa', 'libro.xlsx', '', 1, '1/libro.xlsx', 'previewed', '{}', 'alguien', '2010-05-14')"
            )
        )
    first = house.dags.run("upkeep", house.here.environment)
    assert (first.state, first.tasks["retention"]) == ("success", "success")
    assert house.here.value(looks) == 0
    assert first.tasks["discard_uploads"] == "success"
    assert house.here.value("SELECT count(*) FROM ops.upload WHERE state = 'previewed'") == 0
    second = house.dags.run("upkeep", house.here.environment)
    assert (second.state, second.tasks) == (
        "success",
        dict.fromkeys(("retention", "discard_uploads", "recheck_figures", "refresh_marts"), "skipped"),
    )
