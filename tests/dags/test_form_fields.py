"""The fields of the forms: what Airflow refuses before it stores it, and what a task makes of the rest."""

from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError

from trimestre import texts
from trimestre.errors import ContractError
from trimestre.orchestration import forms
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
    field = "texto" if form == "explicar_desviacion" else "motivo"
    for reason in (
        "Lista de otro curso",
        "Línea uno\nlínea dos",
        "¿Por qué? Así lo pidió la coordinación (acta 14/2020)",
    ):
        assert not refuses(form, field, reason)
    nothing = () if form == "close_quarter" else ("", None)
    for reason in (*nothing, "Lo pidió ana@correo.example", f"Es la misma:\n{CURP}"):
        assert refuses(form, field, reason)


@pytest.mark.parametrize(
    ("form", "field"),
    [("retirar_lote", "lote"), ("decidir_identidad", "decision"), ("corregir_retenidos", "decision"),
     ("estado_informe", "version")],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused_when_it_is_sent(form: str, field: str) -> None:
    """The database would refuse it again and again, and whoever sends the form next would wait for minutes."""
    assert not refuses(form, field, 41)
    assert all(refuses(form, field, number) for number in (0, -1, 10**9, 10**25))


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


# -- the close ---------------------------------------------------------------------------------------------------


def test_a_quarter_is_written_by_either_of_its_labels() -> None:
    for form in ("close_quarter", "explicar_desviacion", "estado_informe"):
        assert not any(refuses(form, "trimestre", label) for label in ("2020-Q2", "FY2020-Q3", " 2020-Q2 "))
        assert all(refuses(form, "trimestre", label) for label in ("2020-Q5", "Q2-2020", "abril a junio", "", None))


def test_explanations_are_a_line_an_indicator() -> None:
    typed = ["L2-01: se abrieron dos grupos: uno en mayo", "", " L2-08 :baja respuesta "]
    assert not refuses("close_quarter", "explicaciones", typed)
    assert forms.explanations({"explicaciones": typed}) == {
        "L2-01": "se abrieron dos grupos: uno en mayo",
        "L2-08": "baja respuesta",
    }
    assert forms.explanations({"explicaciones": None}) == {}
    for wrong in ("se abrieron dos grupos", "L2-01:", "L2-01: escriba a ana@correo.example", f"L2-01: {CURP}"):
        assert refuses("close_quarter", "explicaciones", [wrong])
    with pytest.raises(ContractError, match="el renglón 2 de «Explicaciones»"):
        forms.explanations({"explicaciones": ["L2-01: sí", "L2-02"]})
    with pytest.raises(ContractError, match="explica L2-01 en dos renglones"):
        forms.explanations({"explicaciones": ["L2-01: sí", "L2-01: no"]})


def test_forcing_a_close_needs_a_reason() -> None:
    forms.check_close({"forzar": True, "motivo": "Lo pide el donante (oficio 12)"})
    forms.check_close({"forzar": False, "motivo": None})
    for reason in (None, "  "):
        with pytest.raises(ContractError, match="falta «Motivo», que «Forzar» necesita"):
            forms.check_close({"forzar": True, "motivo": reason})


NOTHING = {"candidata": "7", "comentario": None, "estado_del_proyecto": None, "motivo_estado": None}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"comentario": "Conforme al acta 4/2020"},
        {"estado_del_proyecto": "off_track", "motivo_estado": "Un curso se pospuso"},
    ],
)
def test_an_answer_may_say_a_comment_and_another_status(said: dict[str, str]) -> None:
    forms.check_answer(NOTHING | said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"comentario": "Avise a ana@correo.example"}, "un correo o una CURP en «Comentario»"),
        ({"comentario": f"La de\n{CURP}"}, "un correo o una CURP en «Comentario»"),
        ({"estado_del_proyecto": "achieved", "motivo_estado": f"Por {CURP}"}, "«Motivo del estado del proyecto»"),
        ({"estado_del_proyecto": "achieved"}, "sin «Motivo del estado del proyecto»"),
        ({"motivo_estado": "Así lo vemos"}, "sin elegir un estado"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_asked_for_again_without_repeating_it(said: dict[str, str], told: str) -> None:
    with pytest.raises(ContractError, match=told) as raised:
        forms.check_answer(NOTHING | said)
    assert not any(value in str(raised.value) for value in said.values() if "@" in value or CURP in value)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("completed_at", "02/06/2020", "fecha y hora con su zona"),
        ("completed_at", "2020-07-03T09:00:00", "fecha y hora con su zona"),
        ("reported_on", "02/06/2020", "no es una fecha"),
        ("completed_at", "2020-06-02T10:00:00-05:00", None),
        ("obtained_at", "2020-06-02T15:00:00Z", None),
        ("reported_on", "2020-06-02", None),
        ("module", "M1", None),
    ],
)
def test_a_date_that_nobody_can_read_makes_no_decision(field: str, value: str, told: str | None) -> None:
    filled = {"accion": "corregir", "numeros": ["7"], "campo": field, "valor": value, "motivo": "acta 7"}
    if told is None:
        forms.check_retained(filled)
        return
    with pytest.raises(ContractError, match=told) as raised:
        forms.check_retained(filled)
    assert value not in str(raised.value), "what was typed is not logged"


@pytest.mark.parametrize("form", ["retirar_lote", "corregir_retenidos"])
def test_a_form_says_where_on_the_page_its_numbers_are(form: str) -> None:
    field = {"retirar_lote": "lote", "corregir_retenidos": "numeros"}[form]
    assert "Calidad" in texts.FORM_FIELDS[field][1], "who works in the browser has no command line"
    assert "*Calidad*" in texts.FORMS[form]["doc"]
