"""The hash of a candidate: the same figures from the same rows by the same definitions give the same 64 hex digits.

sha256 over canonical JSON of the quarter, every cell, of the definitions what values depend on and their targets in
force, and of each line the digest of its rows (landed file's sha256, position, counted or not, hit, value, quarter,
late, categories). No keys of people, numbers of batches or files, times of running, order or version of this program:
a rotation of the key, an erasure, a replay and a scratch database leave it as it is.

Data flow: cells + definitions + rows of evidence (sql/vintages/digest) -> hash.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.contracts.base import digest, stored
from trimestre.contracts.framework import Framework
from trimestre.indicators.definitions import indicators_in, targets_in_force
from trimestre.warehouse.sqlfiles import statement

CELL = (
    "indicator", "official", "covers", "disaggregation", "category", "attribution", "value", "numerator", "denominator",
    "response_rate", "n", "excluded", "obs_status", "target", "percent_of_target", "percent_of_progress", "status",
    "late", "added", "adjustment", "accumulated",
)  # fmt: skip
"""What of a cell is hashed: all but the value before rounding, which numerator and denominator say."""

_INDICATOR = {
    "code", "version", "name", "definition", "unit", "direction", "evidence", "parameters", "measure", "attribution",
    "span", "reconciliation", "disaggregations", "total", "decimals", "stages", "representative",
}  # fmt: skip
_FRAMEWORK = {"project", "timezone", "fiscal_year_starts", "status", "minimum_n"}
_SURVEY = ("survey", "edition", "event", "closes_on", "reached_by", "repeated", "scored")

Line = tuple[str, bool]
"""Indicator, and whether it is its official line."""


def candidate_hash(
    period: str, values: Iterable[Mapping[str, Any]], definitions: Mapping[str, Any], evidence: Mapping[Line, str]
) -> str:
    """The hash of a candidate.

    ``values``: cells with the keys of :data:`CELL`; ``definitions`` as ``definitions_of`` gives them; ``evidence``:
    line -> digest of its rows (:func:`rows_digest`).
    """
    cells = sorted(([_plain(value[name]) for name in CELL] for value in values), key=_placed)
    return digest(
        {
            "period": period,
            "values": cells,
            "definitions": hashed_definitions(definitions, period),
            "evidence": sorted([code, official, rows] for (code, official), rows in evidence.items()),
        }
    )


def hashed_definitions(definitions: Mapping[str, Any], period: str) -> dict[str, Any]:
    """What of the definitions goes into the hash: named one by one, so that a new key of a later release changes none.

    Of targets and baselines those in force for the quarter: a revision for later quarters changes no hash.
    """
    framework = stored(Framework, definitions["framework"])
    return {
        "framework": _plain(framework.model_dump(mode="json", include=_FRAMEWORK)),
        "surveys": sorted([_plain(survey.get(name)) for name in _SURVEY] for survey in definitions["surveys"]),
        "indicators": [
            _plain(indicator.model_dump(mode="json", include=_INDICATOR))
            | {
                "targets": sorted(
                    [*place, _plain(value)]
                    for place, value in targets_in_force(indicator, period, framework.fiscal_year_starts).items()
                )
            }
            for indicator in indicators_in(definitions).values()
        ],
    }


def rows_digest(connection: sa.Connection, rows: str, **parameters: Any) -> str:
    """The digest of rows of evidence: ``rows`` is a SELECT with the columns of ``results.evidence``."""
    found: str = connection.execute(sa.text(statement("vintages/digest", rows=rows)), parameters).scalar_one()
    return found


def stored_digests(connection: sa.Connection, candidate_id: int) -> dict[Line, str]:
    """Line -> digest of the rows that are stored for a candidate."""
    lines = connection.execute(
        sa.text("SELECT s.indicator, s.official, s.set_id FROM results.evidence_set AS s WHERE s.candidate_id = :id"),
        {"id": candidate_id},
    ).all()
    stored = "SELECT e.* FROM results.evidence AS e WHERE e.set_id = :set_id"
    digests = {set_id: rows_digest(connection, stored, set_id=set_id) for set_id in {line.set_id for line in lines}}
    return {(line.indicator, line.official): digests[line.set_id] for line in lines}


def _placed(cell: list[Any]) -> list[str]:
    """Where a cell stands: what makes it different from all others."""
    return [str(part) for part in cell[:5]]


def _plain(value: Any) -> Any:
    """JSON in which a number is its shortest text: 3, 3.0 and Decimal("3.00") are one."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value)).normalize()
        return f"{number + 0:f}"  # minus zero is zero
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]
