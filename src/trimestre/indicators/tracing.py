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
from trimestre.indicators.definitions import project_from
from trimestre.indicators.evidence import COLUMNS
from trimestre.indicators.inherited.legacy import UNSPECIFIED
from trimestre.indicators.placing import vintages_in_force
from trimestre.indicators.values import evidence_rows
from trimestre.indicators.vintages import candidate_of
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

    Without ``vintage`` those of the newest computation, else those that this official version of the quarter keeps, as
    it was defined then. :class:`ContractError` for an indicator, quarter, version, breakdown or category that there is
    not.
    """
    candidate_id = None
    if vintage is not None:
        candidate_id = _version(connection, project, code, period, vintage)
        project = project_from(candidate_of(connection, candidate_id)["definitions"], project)
    indicator = project.indicator(code)
    told = {name for breakdown in indicator.breakdowns() for name in breakdown}
    if unknown := sorted(set(category) - told):
        known = ", ".join(sorted(told)) or REFUSALS["none"]
        raise ContractError(REFUSALS["not_a_breakdown"].format(found=", ".join(unknown), code=code, known=known))
    if candidate_id is None:
        evidence_rows(connection, project, code, period)  # leaves them in the temporary table that is read next
        text, parameters = read("compute/traced"), {}
    else:
        text, parameters = read("vintages/traced"), kept_set(connection, candidate_id, indicator)
    rows = [dict(row._mapping) for row in connection.execute(sa.text(text), parameters)]
    if indicator.span != "latest" or all(row["excluded"] for row in rows):
        rows += _of_before(connection, indicator, period, _base(connection, period, candidate_id))
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


def kept_set(connection: sa.Connection, candidate_id: int, indicator: Indicator) -> dict[str, Any]:
    """Which rows a candidate keeps behind the figure of an indicator: ``set_id``, ``first`` and ``last`` quarter.

    Behind a latest value those of the latest quarter that counts any; a set that there is not where it has no figure.
    """
    row = connection.execute(
        sa.text(
            "SELECT s.set_id, s.first_period AS first, s.last_period AS last FROM results.evidence_set AS s"
            " WHERE s.candidate_id = :id AND s.indicator = :indicator AND s.official"
        ),
        {"id": candidate_id, "indicator": indicator.code},
    ).one_or_none()
    if row is None:
        return {"set_id": -1, "first": "", "last": ""}
    if indicator.span != "latest":
        return dict(row._mapping)
    counted = "SELECT max(e.period) FROM results.evidence AS e WHERE e.set_id = :set_id AND e.excluded IS NULL"
    asked = sa.text(f"{counted} AND e.period <= :last")
    newest = connection.scalar(asked, {"set_id": row.set_id, "last": row.last}) or row.last
    return {"set_id": row.set_id, "first": newest, "last": newest}


def _base(connection: sa.Connection, period: Period, candidate_id: int | None) -> Mapping[str, int]:
    """What the newest computation of a quarter, or a candidate, knew to be official: quarter -> candidate."""
    text = "SELECT c.base FROM results.computation AS c WHERE c.period = :period AND c.current"
    if candidate_id is not None:
        text = "SELECT c.base FROM results.candidate AS c WHERE c.candidate_id = :candidate_id"
    base: Mapping[str, int] | None = connection.scalar(
        sa.text(text), {"period": str(period), "candidate_id": candidate_id}
    )
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


def _version(connection: sa.Connection, project: Project, code: str, period: Period, vintage: int) -> int:
    """The candidate of an official version with rows of an indicator, else :class:`ContractError`."""
    rows = connection.execute(
        sa.text(
            "SELECT c.vintage, c.candidate_id FROM results.candidate AS c INNER JOIN results.evidence_set AS e"
            " USING (candidate_id) WHERE c.period = :period AND c.state = 'vintage' AND e.indicator = :code"
            " AND e.official ORDER BY 1"
        ),
        {"period": str(period), "code": code},
    )
    found = {row.vintage: int(row.candidate_id) for row in rows}
    if not found:
        project.indicator(code)
    if vintage not in found:
        known = ", ".join(map(str, found)) or REFUSALS["none"]
        refused = REFUSALS["no_rows_of_vintage"]
        raise ContractError(refused.format(code=code, period=period, vintage=vintage, known=known))
    return found[vintage]
