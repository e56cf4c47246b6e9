"""A quarter closed in a real Airflow: sent back, approved, asked again, refused; and the forms around it.

The tests run in their order: the quarter is first not ready, then sent back, then approved.
"""

from typing import Any

import pytest
from office import APPROVER, EXPLAINED, NOTHING, PREPARER, Office

from trimestre.errors import PermanentError


def test_a_quarter_with_deviations_that_nobody_explained_is_not_proposed(office: Office) -> None:
    run = office.send("close_quarter", trimestre="2020-Q2")
    states = office.finished(run, "failed")
    assert (states["prepare"], states["approve"], states["decide"]) == ("failed", "upstream_failed", "upstream_failed")
    said = office.said(run, "prepare")
    assert "2020-Q2 no se puede cerrar todavía" in said
    assert "- L2-01: " in said
    assert "- L2-02: " not in said, "96.4% of its target is within the tolerance"
    assert office.candidates() == []


def test_a_deviation_is_explained_in_a_form(office: Office) -> None:
    run = office.send(
        "explicar_desviacion", APPROVER, indicador="L2-05", trimestre="FY2020-Q3", texto="Se pospuso una edición"
    )
    assert office.finished(run, "success")["decide"] == "success"
    assert office.decision("explain") == {
        "subject": {"indicator": "L2-05", "period": "2020-Q2"},
        "reason": "Se pospuso una edición",
        "decided_by": APPROVER,
    }


def test_a_candidate_is_sent_back_by_another_person_and_nothing_is_published(office: Office) -> None:
    explained = [f"{code}: {EXPLAINED}" for code in office.indicators() if code != "L2-05"]
    run = office.send("close_quarter", trimestre="FY2020-Q3", explicaciones=explained)
    question = office.asked(run)
    assert question["subject"] == "¿Aprobar 2020-Q2 (FY2020-Q3)? Candidata 1"
    assert [user["id"] for user in question["assigned_users"]] == [APPROVER]
    for expected in ("| **400** | 350 | 114.3% |", "dos grupos más \\| el donante", "Se pospuso una edición"):
        assert expected in question["body"]
    assert "@" not in question["body"]
    with pytest.raises(PermanentError, match="HTTP 403"):
        office.reply(run, "Aprobar", PREPARER)

    office.answer(run, "Devolver", comentario="Falta la lista del 9 de junio")
    states = office.finished(run, "success")
    assert states["decide"] == "success"
    (candidate,) = office.candidates()
    names = ("state", "vintage", "prepared_by", "decided_by", "comment")
    assert [candidate[name] for name in names] == [
        "returned", None, PREPARER, APPROVER, "Falta la lista del 9 de junio",
    ]  # fmt: skip
    assert office.decision("return_candidate")["decided_by"] == APPROVER


def test_a_candidate_is_approved_as_it_stands_and_later_quarters_follow(office: Office) -> None:
    run = office.send("close_quarter", trimestre="2020-Q2")
    question = office.asked(run)
    assert "Diferencia con la candidata 1 (devuelta)" in question["body"]
    assert "Falta la lista del 9 de junio" in question["body"]
    before = _cells(office)

    # The question can be put again, as when an answer could not be taken.
    office.airflow.request(
        "POST",
        "/dags/close_quarter/clearTaskInstances",
        {
            "dry_run": False,
            "dag_run_id": run.rsplit("/", 1)[-1].replace("%3A", ":").replace("%2B", "+"),
            "task_ids": ["approve"],
            "include_downstream": True,
            "only_failed": False,
        },
        user=APPROVER,
    )
    assert office.asked(run, try_number=2)["body"] == question["body"]
    office.answer(run, "Aprobar", estado_del_proyecto="off_track", motivo_estado="Se pospuso una edición")
    states = office.finished(run, "success")
    assert [states[task] for task in ("decide", "publish", "write_documents")] == ["success"] * 3
    candidate = office.candidates()[-1]
    assert [candidate[name] for name in ("candidate_id", "state", "vintage", "decided_by", "comment")] == [
        2, "vintage", 1, APPROVER, None,
    ]  # fmt: skip
    assert _cells(office) == before
    assert office.decision("project_status") == {
        "subject": {"period": "2020-Q2", "status": "off_track"},
        "reason": "Se pospuso una edición",
        "decided_by": APPROVER,
    }
    office.wait(lambda: _base_of_q3(office) == {"2020-Q2": 2}, run)


@pytest.mark.slow
def test_what_the_donor_said_of_the_report_is_noted(office: Office) -> None:
    office.closed()
    run = office.send("estado_informe", trimestre="2020-Q2", estado="enviada", motivo="Oficio 21/2020")
    assert office.finished(run, "success")["decide"] == "success"
    assert office.candidates()[-1]["report_state"] == "enviada"
    run = office.send("estado_informe", trimestre="2020-Q2", estado="borrador", motivo="No se puede volver")
    assert office.finished(run, "failed")["decide"] == "failed"
    assert office.candidates()[-1]["report_state"] == "enviada"


@pytest.mark.slow
def test_published_figures_are_not_proposed_again_without_a_reason(office: Office) -> None:
    office.closed()
    before = office.candidates()
    run = office.send("close_quarter", trimestre="2020-Q2")
    assert office.finished(run, "failed")["prepare"] == "failed"
    assert "no se encontró motivo" in office.said(run, "prepare")
    assert office.candidates() == before


def test_who_prepared_a_candidate_does_not_decide_even_when_airflow_lets_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from trimestre import settings
    from trimestre.orchestration import closing
    from trimestre.orchestration.sealing import sealed

    for name, value in office.here.environment.items():
        monkeypatch.setenv(name, value)
    prepared = closing.prepare({"trimestre": "2020-Q2", "forzar": False, "motivo": "Oficio 30/2020"}, PREPARER)
    key, number = settings.from_environment().account_hmac_key(), str(prepared["candidate"])
    answer = {"chosen_options": ["Aprobar"], "params_input": NOTHING}
    for who in (PREPARER, "cualquiera"):
        with pytest.raises(AirflowFailException, match="sigue en espera"):
            closing.decide(prepared, sealed(key, number, answer | {"responded_by_user": {"id": who, "name": who}}))
        assert office.candidates()[-1]["state"] == "pending"
    by_another = answer | {"responded_by_user": {"id": APPROVER, "name": APPROVER}}
    with pytest.raises(AirflowFailException, match="no viene de la pregunta"):
        closing.decide(prepared, by_another)
    assert office.candidates()[-1]["state"] == "pending"
    by_another = sealed(key, number, by_another)
    assert closing.decide(prepared, by_another)["vintage"] == 2
    # The task was killed after it had decided, and runs again.
    assert closing.decide(prepared, by_another)["vintage"] == 2
    with pytest.raises(AirflowFailException, match="se esperaba en espera"):
        closing.decide(prepared, sealed(key, number, by_another | {"chosen_options": ["Devolver"]}))


def _cells(office: Office) -> list[dict[str, Any]]:
    return office.here.rows("SELECT * FROM results.candidate_value WHERE candidate_id = 2 ORDER BY 2, 3, 4, 5, 6")


def _base_of_q3(office: Office) -> dict[str, int]:
    found: dict[str, int] = office.here.value(
        "SELECT base FROM results.computation WHERE period = '2020-Q3' AND current"
    )
    return found
