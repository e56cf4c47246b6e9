"""The forms of people's decisions: what Airflow's trigger page asks for, and what was decided by what was filled in.

Data flow: texts + sources -> params of a DAG -> form -> filled params -> what the house is asked to do.

A pattern refuses an e-mail or a CURP before Airflow stores what was typed; the rest is judged by the task, in Spanish.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from airflow.sdk import Param

from trimestre.errors import ContractError
from trimestre.reports import texts

_UUID = "[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"
_WITHOUT_CURP = r"(?![\s\S]*[A-Za-z]{4}[0-9]{6}[A-Za-z]{6}[A-Za-z0-9]{2})"
_REASON = {"type": "string", "format": "multiline", "minLength": 1, "pattern": rf"^{_WITHOUT_CURP}[^@]*$"}


def _lines(pattern: str) -> dict[str, Any]:
    """A field with one value a line; blank lines and an empty field are no error."""
    return {"type": ["null", "array"], "items": {"type": "string", "pattern": rf"^\s*({pattern})?\s*$"}}


def _choice(values: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    """A list to choose from, shown in words."""
    if required:
        return {"type": "string", "enum": list(values), "values_display": dict(values)}
    shown = {**values, "null": texts.FORM_EMPTY}  # the word under which Airflow's page looks for the label of none
    return {"type": ["null", "string"], "enum": [*values, None], "values_display": shown}


def params(form: str, sources: Mapping[str, str] | None = None) -> dict[str, Param]:
    """The params of a form, in the order of its page; ``sources``: code -> name of those that may be chosen."""
    number = {"type": ["null", "integer"], "minimum": 1}
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
    }[form]
    return {name: _param(name, schema) for name, schema in (fields | {"motivo": _REASON}).items()}


def _param(name: str, schema: dict[str, Any]) -> Param:
    title, description = texts.FORM_FIELDS[name]
    # Airflow's form asks for whatever has a type without null, and for nothing else.
    default = {} if isinstance(schema["type"], str) else {"default": None}
    return Param(**default, title=title, description_md=description, **schema)


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
    if filled["accion"] == "corregir" and len(lines(filled, "numeros")) > 1:
        raise _wrong(form, "one_number", filled)


def _wrong(form: str, message: str, filled: Mapping[str, Any] | None = None, field: str = "") -> ContractError:
    choice = texts.FORM_CHOICES.get(form, {}).get((filled or {}).get("accion", ""), "")
    title = texts.FORM_FIELDS[field][0] if field else ""
    return ContractError(
        texts.FORM_MESSAGES[message].format(form=texts.FORMS[form]["name"], field=title, choice=choice)
    )
