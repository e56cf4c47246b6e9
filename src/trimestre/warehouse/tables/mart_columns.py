# ruff: noqa: E501 (one column a line, however long its comment)
"""What the tables of ``marts`` are made of: columns that carry what an analyst must know, and those that many share.

A comment says what a column means; ``info`` holds its parts for the dictionary and for exports: ``additive`` (over what a
measure may be summed, in Spanish), ``codes`` (code -> meaning) and ``limits`` (known limits). COMMENT ON carries all of it.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from trimestre.texts import EXCLUSIONS
from trimestre.warehouse.tables.base import metadata

NOT_ADDITIVE = "no se suma"
"""How ``additive`` says that a number is none to add up."""

SEXES = {
    "mujer": "mujer", "hombre": "hombre", "no_binario": "no binario", "otro": "otro",
    "no_especificado": "ninguna fuente lo dice, o se contradicen",
}  # fmt: skip
RULES = {
    "edition": "el trimestre en que abrió la edición, con lo ocurrido antes de su cierre",
    "event": "el trimestre local de la fecha del hecho",
}
OBS_STATUS = {
    "normal": "valor de una versión oficial", "preliminar": "calculado, aún sin versión oficial",
    "n. d.": "no disponible: nadie lo preguntó o no se ha entregado; no es cero",
    "n. a.": "no aplica: un total que no significa nada", "heredado": "tomado de un reporte anterior",
    "suprimido": "oculto por protección de datos",
}  # fmt: skip
OBS_NOTES = {
    "no_representativo": "tasa de respuesta menor que la mínima", "no_calculable": "nadie puede conocer el denominador (enlace abierto)",
    "n_insuficiente": "menos respuestas de las que se publican",
}  # fmt: skip
STATUSES = {
    "Meta alcanzada": "llegó a la meta", "Conforme a lo programado": "cerca de la meta", "Con rezago": "por debajo",
    "Sin dato": "no hay valor", "Sin meta del periodo": "no hay meta",
}  # fmt: skip
KINDS = {"calculo": "cálculo de la noche, preliminar", "oficial": "versión aprobada por una persona, o heredada"}
VINTAGE_STATES = {
    "preliminar": "cálculo, no es versión oficial", "borrador": "aprobada, sin enviar", "enviada": "enviada al donante",
    "con_observaciones": "el donante la observó", "aceptada": "el donante la aceptó",
    "heredado": "cifras de reportes anteriores al sistema",
}  # fmt: skip
MEASURES = {
    "count": "cuenta de registros", "persons": "personas distintas", "new_persons": "personas que llegan por primera vez",
    "share": "proporción en por ciento", "response_rate": "tasa de respuesta en por ciento",
    "top_two_box": "por ciento en los dos puntajes más altos", "mean": "promedio", "sum": "suma",
    "latest": "último dato", "milestone": "etapa",
}  # fmt: skip


def mart(name: str, grain: str, *columns: sa.Column[Any], warning: str = "") -> sa.Table:
    """A table of ``marts``: its grain first, then what to beware of."""
    return sa.Table(
        name,
        metadata,
        *columns,
        schema="marts",
        comment=f"{grain} {warning}".strip(),
        info={"grain": grain, "warning": warning},
    )


def key(name: str, kind: Any, comment: str, **about: Any) -> sa.Column[Any]:
    """A column of the primary key."""
    return _described(name, kind, comment, primary_key=True, autoincrement=False, nullable=False, **about)


def text(name: str, comment: str, **about: Any) -> sa.Column[Any]:
    """A text."""
    return _described(name, sa.Text, comment, **about)


def flag(name: str, comment: str, **about: Any) -> sa.Column[Any]:
    """True or false; null = not known."""
    return _described(name, sa.Boolean, comment, **about)


def instant(name: str, comment: str, **about: Any) -> sa.Column[Any]:
    """An instant with its zone."""
    return _described(name, sa.TIMESTAMP(timezone=True), comment, **about)


def day(name: str, comment: str, **about: Any) -> sa.Column[Any]:
    """A local calendar day."""
    return _described(name, sa.Date, comment, **about)


def count(name: str, comment: str, *, additive: str, **about: Any) -> sa.Column[Any]:
    """A measure in whole numbers."""
    return _described(name, sa.BigInteger, comment, additive=additive, **about)


def amount(name: str, comment: str, *, additive: str, **about: Any) -> sa.Column[Any]:
    """A measure with decimals."""
    return _described(name, sa.Numeric, comment, additive=additive, **about)


def order(name: str, comment: str, **about: Any) -> sa.Column[Any]:
    """A number that orders or names, and adds up to nothing."""
    return _described(name, sa.BigInteger, comment, additive=NOT_ADDITIVE, **about)


def _described(
    name: str,
    kind: Any,
    comment: str,
    *,
    additive: str = "",
    codes: Mapping[str, str] | None = None,
    limits: str = "",
    nullable: bool = True,
    **options: Any,
) -> sa.Column[Any]:
    parts = [comment]
    if additive:
        parts.append(
            f"{additive[0].upper()}{additive[1:]}."
            if additive.startswith(NOT_ADDITIVE)
            else f"Aditiva sobre {additive}."
        )
    if codes:
        parts.append("Valores: " + "; ".join(f"{code} = {meaning}" for code, meaning in codes.items()) + ".")
    if limits:
        parts.append(f"Límites: {limits}")
    info = {"meaning": comment, "additive": additive, "codes": dict(codes or {}), "limits": limits}
    return sa.Column(
        name, kind, comment=" ".join(parts), nullable=nullable, info={k: v for k, v in info.items() if v}, **options
    )


def account() -> tuple[sa.Column[Any], ...]:
    """The first columns of a fact's key."""
    return (
        key("account_key", sa.Uuid, "Cuenta, seudónima: una aparición de una persona en una fuente."),
        key("source", sa.Text, "Fuente que entregó el registro."),
    )


def person() -> sa.Column[Any]:
    """The person behind an account."""
    return _described("person_key", sa.Uuid, "Persona, seudónima: la misma en todas las fuentes en que se le reconoce.")


_WHOSE = "Es la que dice el registro o su cuenta; si no dicen ninguna, y en person, la de la persona."


def dimensions(*, organisation: bool = True) -> tuple[sa.Column[Any], ...]:
    """Of a person: the same names with the same meaning in every mart."""
    return (
        text("sex", "Sexo de la persona.", codes=SEXES, limits="Cuando las fuentes se contradicen es no_especificado."),
        text("sex_source", "Fuente cuyo dato de sexo cuenta; vacío = falta o es contradictorio."),
        text("institution", f"Institución: la clave de la lista revisada, o el texto tal como llegó cuando la lista no lo conoce. {_WHOSE}", limits="Un texto que la lista no conoce puede nombrar de otra forma a una institución que sí está; vea unmatched_institution."),
        text("institution_name", "Nombre de la institución según la lista; sin ella, el texto tal como llegó."),
        flag("institution_listed", "Si institution es una clave de la lista revisada."),
        text("state", f"Entidad federativa: clave del INEGI de dos dígitos, como texto. {_WHOSE}"),
        text("state_name", "Nombre de la entidad federativa."),
        text("order_of_government", "Orden de gobierno.", codes={"FEDERAL": "federal", "ESTATAL": "estatal", "MUNICIPAL_ALCALDIA": "municipal o alcaldía", "OTRO": "otro"}),
        *((text("organisation_type", "Tipo de organización, según la cuenta o la lista de asistencia."),) if organisation else ()),
    )  # fmt: skip


def quarter(what: str = "la fila") -> tuple[sa.Column[Any], ...]:
    """The quarter that a row belongs to, and the donor's."""
    return (
        text("attributed_period", f"Trimestre al que pertenece {what}, como 2020-Q2; vacío = no se sabe."),
        text("fy_period", "El mismo trimestre en el año fiscal del donante, como FY2020-Q3."),
    )


def rule(*, in_key: bool = False) -> sa.Column[Any]:
    """By which rule the quarter is found."""
    comment = "Regla por la que se atribuye un trimestre."
    return key("attribution_rule", sa.Text, comment, codes=RULES) if in_key else text("attribution_rule", comment, codes=RULES)  # fmt: skip


def counting(what: str) -> tuple[sa.Column[Any], ...]:
    """Whether a row counts, else why not."""
    return (
        flag("counted", f"Si cuenta: {what}. Filtre por counted antes de contar filas."),
        text(
            "excluded",
            "Por qué no cuenta: clave del motivo; vacío = cuenta.",
            codes=EXCLUSIONS,
        ),
    )
