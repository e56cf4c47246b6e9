"""Tracing: every row behind a value, with the batch, landed file and position it came from.

Behind figures of before Trimestre stand the cells of their workbook.

Data flow: rows of the newest computation, or those that a vintage keeps + cells of figures of before -> those of the
categories asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.indicators import Dimension, Indicator
from trimestre.contracts.indicators_across import categories_of
from trimestre.errors import ContractError
from trimestre.indicators.evidence import COLUMNS
from trimestre.indicators.inherited.legacy import UNSPECIFIED
from trimestre.indicators.placing import vintages_in_force
from trimestre.indicators.values import evidence_rows
from trimestre.periods import Period
from trimestre.texts import REFUSALS
from trimestre.warehouse.sqlfiles import read

TRACED = (*COLUMNS, "course", "person_key", "period", "late", "dataset", "path", "sha256", "document")
"""Columns of a traced row: those of every evidence, the quarter it counts in, its landed file, and where a figure of
before was published."""

_DIMENSIONS = {
    "sexo": "sex", "curso": "course", "edicion": "edition", "edición": "edition",
    "modulo": "module", "módulo": "module",
    "institucion": "institution", "institución": "institution", "entidad": "state", "estado": "state",
    "evento": "event", "encuesta": "survey", "tipo_de_organizacion": "organisation_type",
}  # fmt: skip
_SEXES = {
    "f": "mujer", "female": "mujer", "woman": "mujer", "women": "mujer", "mujeres": "mujer", "femenino": "mujer",
    "h": "hombre", "male": "hombre", "man": "hombre", "men": "hombre", "hombres": "hombre", "masculino": "hombre",
    "o": "otro", "other": "otro", "non_binary": "no_binario", "nonbinary": "no_binario",
    "_u": "no_especificado", "u": "no_especificado", "unknown": "no_especificado", "n. d.": "no_especificado",
}  # fmt: skip
"""Usual names of a sex, Spanish, English and SDMX; a bare M is a man in SDMX and a woman in a CURP: neither."""

_MOST_TOLD = 30
"""Institutions may be hundreds: those of the rows come first."""


def asked_category(text: str) -> dict[str, str]:
    """Read ``sex=female,state=09``: breakdown -> category as the evidence has it; empty for an empty text.

    :class:`ContractError` for an unknown breakdown, one named twice or without a category, and for ``sex=M``.
    """
    asked: dict[str, str] = {}
    for part in filter(None, (item.strip() for item in text.split(","))):
        name, _, value = (item.strip() for item in part.partition("="))
        dimension = _DIMENSIONS.get(name.lower(), name.lower())
        if dimension not in get_args(Dimension) or not value or dimension in asked:
            known = ", ".join(get_args(Dimension))
            raise ContractError(REFUSALS["category"].format(found=part, known=known))
        if dimension == "sex" and value.lower() == "m":
            raise ContractError(REFUSALS["sex_m"])
        if dimension == "sex":
            value = _SEXES.get(value.lower(), value.lower())
        asked[dimension] = value.zfill(2) if dimension == "state" and value.isdigit() else value
    return asked


def trace(
    connection: sa.Connection,
    project: Project,
    code: str,
    period: Period,
    *,
    category: Mapping[str, str],
    excluded: bool = False,
    vintage: int | None = None,
) -> list[dict[str, Any]]:
    """The rows behind the official line of an indicator, by :data:`TRACED`; those excluded only if asked for.

    Without ``vintage`` those of the newest computation, else those that this official version of the quarter keeps.
    :class:`ContractError` for an indicator, quarter, version, breakdown or category that there is not.
    """
    indicator = project.indicator(code)
    told = {name for breakdown in indicator.breakdowns() for name in breakdown}
    if unknown := sorted(set(category) - told):
        known = ", ".join(sorted(told)) or REFUSALS["none"]
        raise ContractError(REFUSALS["not_a_breakdown"].format(found=", ".join(unknown), code=code, known=known))
    if vintage is None:
        evidence_rows(connection, project, code, period)  # leaves them in the temporary table that is read next
        text, parameters = read("compute/traced"), {}
    else:
        _expect_vintage(connection, code, period, vintage)
        text, parameters = read("vintages/traced"), {"indicator": code, "period": str(period), "vintage": vintage}
    rows = [dict(row._mapping) for row in connection.execute(sa.text(text), parameters)]
    if indicator.span != "latest" or all(row["excluded"] for row in rows):
        rows += _of_before(connection, indicator, period, _base(connection, period, vintage))
    _expect_known(project, indicator, category, rows)
    return [
        row
        for row in rows
        if (excluded or row["excluded"] is None)
        and all(str(row[name]).lower() == value.lower() for name, value in category.items())
    ]


def _expect_known(
    project: Project, indicator: Indicator, category: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """:class:`ContractError` for a category that neither these rows nor the project's lists know: no row says why."""
    listed = categories_of(project) | {
        "sex": list(dict.fromkeys(_SEXES.values())),
        "institution": [item.institution for item in project.institutions],
    }
    for dimension, value in category.items():
        found = {str(row[dimension]) for row in rows if row[dimension] is not None}
        known = list(dict.fromkeys([*sorted(found), *listed.get(dimension, ()), UNSPECIFIED]))
        if value.lower() not in {name.lower() for name in known}:
            told = ", ".join(known[:_MOST_TOLD]) + (", …" if len(known) > _MOST_TOLD else "")
            refused = REFUSALS["no_such_category"]
            raise ContractError(refused.format(dimension=dimension, found=value, code=indicator.code, known=told))


def _base(connection: sa.Connection, period: Period, vintage: int | None) -> Mapping[str, int]:
    """What the newest computation of a quarter, or a version of it, knew to be official: quarter -> candidate."""
    text = "SELECT c.base FROM results.computation AS c WHERE c.period = :period AND c.current"
    if vintage is not None:
        text = "SELECT c.base FROM results.candidate AS c WHERE c.period = :period AND c.vintage = :vintage"
    base: Mapping[str, int] | None = connection.scalar(sa.text(text), {"period": str(period), "vintage": vintage})
    return vintages_in_force(connection) if base is None else base


def _of_before(
    connection: sa.Connection, indicator: Indicator, period: Period, base: Mapping[str, int]
) -> list[dict[str, Any]]:
    """The cells of figures of before that a figure takes in: a cumulative one of before holds those before it."""
    known = {
        "indicator": indicator.code,
        "candidates": list(base.values()),
        "first": str(period) if indicator.span == "period" else "",
        "last": str(period),
    }
    return [dict(row._mapping) for row in connection.execute(sa.text(read("vintages/inherited")), known)]


def _expect_vintage(connection: sa.Connection, code: str, period: Period, vintage: int) -> None:
    found = connection.scalars(
        sa.text(
            "SELECT c.vintage FROM results.candidate AS c INNER JOIN results.evidence_set AS e USING (candidate_id)"
            " WHERE c.period = :period AND c.state = 'vintage' AND e.indicator = :code AND e.official ORDER BY 1"
        ),
        {"period": str(period), "code": code},
    ).all()
    if vintage not in found:
        known = ", ".join(map(str, found)) or REFUSALS["none"]
        refused = REFUSALS["no_rows_of_vintage"]
        raise ContractError(refused.format(code=code, period=period, vintage=vintage, known=known))
