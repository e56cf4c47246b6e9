"""The question of a close: who is asked, and what becomes of an answer that can't be taken."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators import hitl
from airflow.sdk.exceptions import AirflowFailException, TaskAwaitingInput

from trimestre import settings, texts
from trimestre.contracts.base import read_yaml
from trimestre.contracts.framework import Framework
from trimestre.embedded import write_secret
from trimestre.errors import PermanentError
from trimestre.keys import AccountKey
from trimestre.orchestration import forms
from trimestre.orchestration.approval import ApprovalOperator, respondents
from trimestre.orchestration.local import LocalAirflow
from trimestre.orchestration.retrying import PatientRetries, TryAgain
from trimestre.orchestration.sealing import check_seal

PROJECT = Path(__file__).resolve().parents[2]
FRAMEWORK = """
project: "1"
name: Proyecto
timezone: America/Mexico_City
lines: [{line: L1, name: Línea}]
"""
ANSWER = {"candidata": "7", "comentario": None, "estado_del_proyecto": None, "motivo_estado": None}


@pytest.fixture
def approvers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Name the approvers of the project."""
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    (tmp_path / "framework").mkdir()

    def name(*users: str) -> None:
        listed = "".join(f"\n  - {{user: {user}, name: 'Persona {user}'}}" for user in users) or " []"
        (tmp_path / "framework" / "framework.yaml").write_text(f"{FRAMEWORK}approvers:{listed}\n")

    return name


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with a key."""
    monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path))


@pytest.fixture
def operator() -> ApprovalOperator:
    """The operator as every process makes it anew: the one that asks, and the one that hears the answer."""
    return made()


def made() -> ApprovalOperator:
    return ApprovalOperator(
        task_id="approve",
        candidate="7",
        subject="¿Aprobar?",
        body="Resumen",
        options=[texts.APPROVE, texts.RETURN],
        params=forms.answer_params(),
    )


def ask(operator: ApprovalOperator, monkeypatch: pytest.MonkeyPatch, preparer: str) -> Any:
    """Let the operator put its question; what Airflow is told."""
    told: dict[str, Any] = {}
    monkeypatch.setattr(hitl, "upsert_hitl_detail", lambda **given: told.update(given))
    context = {
        "dag_run": SimpleNamespace(triggering_user_name=preparer),
        "task_instance": SimpleNamespace(id="1"),
    }
    with pytest.raises(TaskAwaitingInput):
        operator.execute(context)
    return told


def test_every_approver_is_asked_but_the_one_who_prepared(
    approvers: Any, operator: ApprovalOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    approvers("ana", "luis", "eva")
    told = ask(operator, monkeypatch, "luis")
    assert told["assigned_users"] == [{"id": "ana", "name": "Persona ana"}, {"id": "eva", "name": "Persona eva"}]
    assert told["options"] == ["Aprobar", "Devolver"]
    assert told["body"] == "Resumen"


def test_an_answer_about_figures_that_nobody_saw_is_refused(
    approvers: Any, operator: ApprovalOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Airflow keeps the first question of a run, also when its tasks are cleared and it has another candidate.
    approvers("ana")
    asked = ask(operator, monkeypatch, "luis")["params"]["candidata"]
    assert (asked["value"], asked["schema"]["enum"]) == ("7", ["7"])
    with pytest.raises(AirflowFailException, match="era de la candidata 6, y esta corrida ya preparó la 7"):
        made().execute_complete({}, answered({"candidata": "6"}))
    with pytest.raises(TryAgain, match="no dice de qué «Candidata» es"):
        made().execute_complete({}, answered({"candidata": None}))


@pytest.mark.parametrize("users", [(), ("luis",)])
def test_without_another_approver_nobody_is_asked(
    approvers: Any, operator: ApprovalOperator, monkeypatch: pytest.MonkeyPatch, users: tuple[str, ...]
) -> None:
    # With nobody named Airflow would take the answer of whoever comes.
    approvers(*users)
    with pytest.raises(AirflowFailException, match="Agregue a otra en `approvers:`"):
        ask(operator, monkeypatch, "luis")


def test_a_candidate_that_nobody_is_known_to_have_prepared_is_asked_of_all(approvers: Any) -> None:
    approvers("ana", "luis")
    assert len(respondents(None)) == 2


def answered(said: dict[str, Any]) -> dict[str, Any]:
    """What Airflow hands over when somebody has answered."""
    return {
        "chosen_options": ["Aprobar"],
        "params_input": ANSWER | said,
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": "ana", "name": "ana"},
    }


def test_an_answer_is_handed_on(operator: ApprovalOperator) -> None:
    answer = operator.execute_complete({}, answered({"comentario": "Conforme"}))
    assert answer["chosen_options"] == ["Aprobar"]
    assert answer["params_input"]["comentario"] == "Conforme"
    assert answer["responded_by_user"]["name"] == "ana"


@pytest.mark.parametrize(
    "forged",
    [
        {"responded_by_user": {"id": "eva", "name": "eva"}},
        {"chosen_options": ["Devolver"]},
        {"params_input": ANSWER | {"comentario": "Otra cosa"}},
        {"seal": None},
        {"seal": "0" * 64},
    ],
)
def test_an_answer_that_somebody_wrote_into_airflow_decides_nothing(
    operator: ApprovalOperator, forged: dict[str, Any]
) -> None:
    # Whoever operates may mark the question as answered and write what they like where its answer is kept.
    answer = json.loads(json.dumps(operator.execute_complete({}, answered({})), default=str))
    key = settings.from_environment().account_hmac_key()
    check_seal(key, "7", answer)
    check_seal(AccountKey(b"n" * 32, [key]), "7", answer)
    with pytest.raises(PermanentError, match="se hace de nuevo"):
        check_seal(key, "7", answer | forged)
    with pytest.raises(PermanentError, match="No se decidió nada"):
        check_seal(key, "8", answer)


@pytest.mark.parametrize("said", [{"comentario": "a@b.example"}, {"estado_del_proyecto": "achieved"}])
def test_an_answer_that_cannot_be_taken_is_asked_for_again_at_once(
    operator: ApprovalOperator, said: dict[str, Any]
) -> None:
    with pytest.raises(TryAgain) as raised:
        operator.execute_complete({}, answered(said))
    assert "a@b.example" not in str(raised.value)
    decision = PatientRetries().evaluate(raised.value, 1, 20)
    assert decision.retry_delay
    assert decision.retry_delay.total_seconds() < 60


def test_a_machine_of_before_gets_a_second_person_and_keeps_the_password_of_the_first(tmp_path: Path) -> None:
    airflow = LocalAirflow(tmp_path, tmp_path, "postgresql://nobody@127.0.0.1:1/none")
    write_secret(airflow.password_file, json.dumps({"admin": "la de siempre"}))
    airflow._ensure_passwords()
    known = json.loads(airflow.password_file.read_text())
    assert known["admin"] == "la de siempre"
    assert len(known["coordinacion"]) > 10
    airflow._ensure_passwords()
    assert json.loads(airflow.password_file.read_text()) == known
    assert airflow._settings()["CORE__SIMPLE_AUTH_MANAGER_USERS"] == "admin:admin,coordinacion:op"


def test_the_people_of_the_demo_may_approve() -> None:
    framework = read_yaml(PROJECT / "framework" / "framework.yaml", Framework)
    assert {"admin", "coordinacion"} <= {approver.user for approver in framework.approvers}
