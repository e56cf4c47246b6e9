"""The fields of the forms: what Airflow refuses before it stores it, and what a task makes of the rest."""

from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError

from trimestre.errors import ContractError
from trimestre.orchestration import forms
from trimestre.reports import texts
from trimestre.warehouse.entities import ENTITIES

ACCOUNT, OTHER = "3f2a9c04-7d1e-5b60-8a2f-0c4d9e6b1a75", "0b1c2d3e-4f50-5162-8374-95a6b7c8d9e0"
CURP = "GOMC850412MDFNRR08"
PERSONAL = ["ana.gomez@correo.example", "Ana Gómez", CURP, CURP.lower(), f"la de {CURP}"]


def refuses(form: str, field: str, value: Any) -> bool:
    """Whether Airflow refuses a value of a field, when it is sent and again when it runs."""
    try:
        forms.params(form, {"eventos": "Eventos"})[field].resolve(value)
    except ParamValidationError:
        return True
    return False


@pytest.mark.parametrize("typed", PERSONAL)
def test_personal_data_is_refused_before_airflow_stores_it(typed: str) -> None:
    assert refuses("decidir_identidad", "cuentas", [ACCOUNT, typed])
    assert refuses("corregir_retenidos", "numeros", [typed])
    assert refuses("corregir_retenidos", "valor", typed)
    assert refuses("corregir_retenidos", "campo", typed)
    assert refuses("corregir_retenidos", "fuente", typed)


@pytest.mark.parametrize("form", texts.FORMS)
def test_a_reason_is_free_text_without_an_email_or_a_curp(form: str) -> None:
    for reason in (
        "Lista de otro curso",
        "Línea uno\nlínea dos",
        "¿Por qué? Así lo pidió la coordinación (acta 14/2020)",
    ):
        assert not refuses(form, "motivo", reason)
    for reason in ("", None, "Lo pidió ana@correo.example", f"Es la misma:\n{CURP}"):
        assert refuses(form, "motivo", reason)


def test_what_is_meant_to_be_typed_is_taken() -> None:
    assert not refuses("retirar_lote", "lote", 12)
    assert refuses("retirar_lote", "lote", 0)
    assert refuses("retirar_lote", "lote", "doce")
    assert not refuses("decidir_identidad", "cuentas", [ACCOUNT, f"  {OTHER.upper()} ", ""])
    assert not refuses("corregir_retenidos", "numeros", ["7", " 12", ""])
    for value in ("2020-05-14", "2020-05-14T09:30:00-05:00", "3.5", "-1", "mujer", "NEISP-2020-1", "no_especificado"):
        assert not refuses("corregir_retenidos", "valor", value)
    for empty in ("cuentas", "decision"):
        assert not refuses("decidir_identidad", empty, None)


def test_no_field_that_may_hold_personal_data_or_a_sentence_can_be_chosen() -> None:
    sentences = {
        "text",
        "texts",
        "name",
        "label",
        "labels",
        "free_text",
        "institution",
        "organisation_type",
        "verification",
    }
    for field in texts.FORM_CORRECTABLE:
        holders = {entity.name for entity in ENTITIES.values() if field in entity.fields}
        assert holders, f"{field} is a field of nothing"
        assert "account_identity" not in holders
        assert field not in sentences


def test_lines_are_taken_once_and_in_their_order() -> None:
    assert forms.lines({"numeros": [" 12", "7", "", "12 "]}, "numeros") == ["12", "7"]
    assert forms.lines({"numeros": None}, "numeros") == []


def test_an_account_typed_in_two_ways_is_one() -> None:
    with pytest.raises(ContractError, match="dos cuentas o más"):
        forms.identity({"accion": "unir", "cuentas": [ACCOUNT, ACCOUNT.upper().replace("-", "")]})


@pytest.mark.parametrize(
    ("action", "kind"),
    [("unir", "merge_persons"), ("separar", "split_persons"), ("distintas", "different_persons")],
)
def test_an_action_of_the_form_is_a_kind_of_decision(action: str, kind: str) -> None:
    assert action in texts.FORM_CHOICES["decidir_identidad"]
    assert forms.identity({"accion": action, "cuentas": [OTHER, ACCOUNT]}) == (kind, [OTHER, ACCOUNT])


def test_a_decision_is_revoked_by_its_number_alone() -> None:
    assert forms.identity({"accion": "revocar", "cuentas": None, "decision": 3}) == 3
    with pytest.raises(ContractError, match="se llenó «Cuentas»"):
        forms.identity({"accion": "revocar", "cuentas": [ACCOUNT], "decision": 3})


@pytest.mark.parametrize("user", [None, "", "  "])
def test_nobody_decides_anonymously(user: str | None) -> None:
    with pytest.raises(ContractError, match="toda decisión lleva nombre"):
        forms.decider("retirar_lote", user)
