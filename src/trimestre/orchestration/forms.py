"""The forms of people's decisions: what Airflow's trigger page asks for, and what was decided by what was filled in.

Data flow: texts + sources -> params of a DAG -> form -> filled params -> what the house is asked to do.

A pattern refuses an e-mail or a CURP before Airflow stores what was typed; the rest is judged by the task, in Spanish.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from airflow.sdk import Param

from trimestre import texts
from trimestre.errors import ContractError

_UUID = "[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"
_WITHOUT_CURP = r"(?![\s\S]*[A-Za-z]{4}[0-9]{6}[A-Za-z]{6}[A-Za-z0-9]{2})"
_PROSE = rf"^{_WITHOUT_CURP}[^@]*$"
_REASON = {"type": "string", "format": "multiline", "minLength": 1, "pattern": _PROSE}
_REMARK = {"type": ["null", "string"], "format": "multiline"}
_QUARTER = {"type": "string", "pattern": r"^\s*(FY)?[0-9]{4}-Q[1-4]\s*$"}

_HIGHEST = 999_999_999
"""No number is higher; one that the database can't hold would be tried again, and the next form wait behind it."""


def _lines(pattern: str) -> dict[str, Any]:
    """A field with one value a line; blank lines and an empty field are no error."""
    return {"type": ["null", "array"], "items": {"type": "string", "pattern": rf"^\s*({pattern})?\s*$"}}


def _choice(values: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    """A list to choose from, shown in words."""
    if required:
        return {"type": "string", "enum": list(values), "values_display": dict(values)}
    shown = {**values, "null": texts.FORM_EMPTY}  # the word under which Airflow's page looks for the label of none
    return {"type": ["null", "string"], "enum": [*values, None], "values_display": shown}


def params(
    form: str, sources: Mapping[str, str] | None = None, indicators: Mapping[str, str] | None = None
) -> dict[str, Param]:
    """The params of a form, in the order of its page; code -> name of the sources and indicators to choose from."""
    number = {"type": ["null", "integer"], "minimum": 1, "maximum": _HIGHEST}
    fields: dict[str, dict[str, Any]] = {
        "retirar_lote": {"lote": number | {"type": "integer"}},
        "decidir_identidad": {
            "accion": _choice(texts.FORM_CHOICES["decidir_identidad"], required=True),
            "cuentas": _lines(_UUID),
            "decision": number,
        },
        "corregir_retenidos": {
            "accion": _choice(texts.FORM_CHOICES["corregir_retenidos"], required=True),
            "numeros": _lines("[0-9]{1,18}"),
            "campo": _choice(texts.FORM_CORRECTABLE, required=False),
            "valor": {"type": ["null", "string"], "maxLength": 60, "pattern": rf"^{_WITHOUT_CURP}[^\s@]+$"},
            "fuente": _choice(sources or {}, required=False),
            "decision": number,
        },
        "close_quarter": {
            "trimestre": _QUARTER,
            "explicaciones": _lines(rf"[^:@\s]+\s*:{_WITHOUT_CURP}[^@]*[^@\s][^@]*"),
            "forzar": {"type": "boolean", "default": False},
            "motivo": _REMARK | {"pattern": _PROSE},
        },
        "explicar_desviacion": {
            # Without any that can be read there is nothing to choose from; the task then says what is wrong.
            "indicador": _choice(indicators, required=True) if indicators else {"type": "string"},
            "trimestre": _QUARTER,
            "texto": _REASON,
        },
        "estado_informe": {
            "trimestre": _QUARTER,
            "estado": _choice(texts.REPORT_STATES, required=True),
            "version": number,
        },
    }[form]
    if form not in ("close_quarter", "explicar_desviacion"):
        fields |= {"motivo": _REASON}
    return {name: _param(name, schema, form) for name, schema in fields.items()}


def answer_params(candidate: str | None = None) -> dict[str, Param]:
    """What may be said beside the answer to a candidate. Airflow checks it only after it was stored."""
    only = {"type": "string", "enum": [candidate], "default": candidate}
    fields: dict[str, dict[str, Any]] = {
        "candidata": only if candidate else {"type": ["null", "string"]},
        "comentario": _REMARK,
        "estado_del_proyecto": _choice(texts.PROJECT_STATUS, required=False),
        "motivo_estado": _REMARK,
    }
    return {name: _param(name, schema) for name, schema in fields.items()}


def _param(name: str, schema: dict[str, Any], form: str = "") -> Param:
    title, description = texts.FORM_FIELDS_OF.get(form, {}).get(name) or texts.FORM_FIELDS[name]
    # Airflow's form asks for whatever has a type without null, and for nothing else.
    default = {} if isinstance(schema["type"], str) else {"default": None}
    return Param(**default | schema, title=title, description_md=description)


def decider(form: str, user: str | None) -> str:
    """Who sent the form; :class:`ContractError` when Airflow does not know."""
    if not user or not user.strip():
        raise _wrong(form, "nobody")
    return user.strip()


def lines(filled: Mapping[str, Any], name: str) -> list[str]:
    """The values of a field with one value a line, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in filled.get(name) or [] if line.strip()))


def expect(form: str, filled: Mapping[str, Any], *needed: str, unused: tuple[str, ...] = ()) -> None:
    """:class:`ContractError` when a field that the chosen action needs is empty, or one that it ignores is not."""
    for name in needed:
        if not _is_filled(filled.get(name)):
            raise _wrong(form, "missing", filled, name)
    for name in unused:
        if _is_filled(filled.get(name)):
            raise _wrong(form, "too_many", filled, name)


def _is_filled(value: Any) -> bool:
    return any(line.strip() for line in value) if isinstance(value, list) else value not in (None, "")


IDENTITY_KINDS = {"unir": "merge_persons", "separar": "split_persons", "distintas": "different_persons"}
"""Action of the form -> kind of decision."""


def identity(filled: Mapping[str, Any]) -> tuple[str, list[str]] | int:
    """Kind and accounts of a decision, or the number of the one that is revoked."""
    form = "decidir_identidad"
    if filled["accion"] == "revocar":
        expect(form, filled, "decision", unused=("cuentas",))
        return int(filled["decision"])
    expect(form, filled, "cuentas", unused=("decision",))
    accounts = list(dict.fromkeys(str(UUID(line)) for line in lines(filled, "cuentas")))
    if filled["accion"] != "separar" and len(accounts) < 2:
        raise _wrong(form, "two_accounts", filled)
    return IDENTITY_KINDS[filled["accion"]], accounts


def check_retained(filled: Mapping[str, Any]) -> None:
    """:class:`ContractError` when what was filled in does not suit the action on retained rows."""
    form, every = "corregir_retenidos", ("numeros", "campo", "valor", "fuente", "decision")
    needed = {
        "aceptar": ("numeros",),
        "corregir": ("numeros", "campo", "valor"),
        "reintentar": ("fuente",),
        "revocar": ("decision",),
    }[filled["accion"]]
    expect(form, filled, *needed, unused=tuple(name for name in every if name not in needed))
    if filled["accion"] != "corregir":
        return
    if len(lines(filled, "numeros")) > 1:
        raise _wrong(form, "one_number", filled)
    if not _is_of_its_kind(filled["campo"], filled["valor"]):
        raise _wrong(form, "not_an_instant" if filled["campo"].endswith("_at") else "not_a_date", field="valor")


def _is_of_its_kind(field: str, value: str) -> bool:
    """Whether a value is a date, or an instant with its zone, where the field holds one."""
    try:
        if field.endswith("_at"):
            return datetime.fromisoformat(value).tzinfo is not None
        if field.endswith("_on"):
            return str(date.fromisoformat(value)) == value
    except ValueError:
        return False
    return True


def check_close(filled: Mapping[str, Any]) -> None:
    """:class:`ContractError` when a close is forced without a reason."""
    if filled["forzar"] and not (filled.get("motivo") or "").strip():
        form = "close_quarter"
        raise ContractError(
            texts.CLOSING_MESSAGES["forced_without_reason"].format(
                form=texts.FORMS[form]["name"],
                field=texts.FORM_FIELDS_OF[form]["motivo"][0],
                forced=texts.FORM_FIELDS["forzar"][0],
            )
        )


def explanations(filled: Mapping[str, Any]) -> dict[str, str]:
    """Indicator -> explanation of a close's form; :class:`ContractError` when a line is no ``L2-01: text``."""
    form, found = "close_quarter", dict[str, str]()
    for place, line in enumerate(filled.get("explicaciones") or [], start=1):
        code, colon, text = (part.strip() for part in line.partition(":"))
        said = {"form": texts.FORMS[form]["name"], "field": texts.FORM_FIELDS["explicaciones"][0]}
        if line.strip() and not (code and colon and text):
            raise ContractError(texts.CLOSING_MESSAGES["explanation_line"].format(line=place, **said))
        if code in found:
            raise ContractError(texts.CLOSING_MESSAGES["explanation_twice"].format(code=code, **said))
        if code:
            found[code] = text
    return found


def check_answer(said: Mapping[str, Any]) -> None:
    """:class:`ContractError` when what was said beside the answer to a candidate may not be kept, or lacks a part."""
    for field in ("comentario", "motivo_estado"):
        if not re.fullmatch(_PROSE, said.get(field) or ""):
            raise ContractError(_unfit("personal", field))
    if not said.get("candidata"):
        raise ContractError(_unfit("missing_candidate", "candidata"))
    status, reason = said.get("estado_del_proyecto"), (said.get("motivo_estado") or "").strip()
    if bool(status) != bool(reason):
        raise ContractError(_unfit("status_without_reason" if status else "reason_without_status", "motivo_estado"))


def check_candidate(said: Mapping[str, Any], candidate: str) -> None:
    """:class:`ContractError` when the answer is about another candidate than the run's."""
    if said["candidata"] != candidate:
        raise ContractError(
            texts.CLOSING_MESSAGES["other_candidate"].format(asked=said["candidata"], candidate=candidate)
        )


def _unfit(message: str, field: str) -> str:
    return texts.CLOSING_MESSAGES[message].format(field=texts.FORM_FIELDS[field][0])


def _wrong(form: str, message: str, filled: Mapping[str, Any] | None = None, field: str = "") -> ContractError:
    choice = texts.FORM_CHOICES.get(form, {}).get((filled or {}).get("accion", ""), "")
    title = texts.FORM_FIELDS[field][0] if field else ""
    return ContractError(
        texts.FORM_MESSAGES[message].format(form=texts.FORMS[form]["name"], field=title, choice=choice)
    )
