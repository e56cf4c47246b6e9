"""Whether a definition fits its evidence, and what its reference sheet lacks: what `trimestre check` says of it.

Data flow: Indicator + sql/evidence/<evidence>.sql -> misfits (errors); Indicator -> gaps of its sheet (warnings).
"""

import re
from collections.abc import Iterator

import sqlalchemy as sa

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.evidence import COLUMNS, evidence_text
from trimestre.warehouse.sqlfiles import ROOT

NEEDED = {
    "share": "hit",
    "response_rate": "hit",
    "top_two_box": "value",
    "mean": "value",
    "sum": "value",
    "latest": "value",
    "milestone": "value",
    "persons": "account_key",
    "new_persons": "account_key",
}
"""Measure -> column of the evidence that it is made of."""

_EMPTY = re.compile(r"CAST\(NULL AS \w+\) AS (\w+)")

SHEET = ("parent", "unit_en", "rationale", "data_source", "method", "responsible", "limitations", "updated_on")
"""Fields that a reference sheet (PIRS) asks for and a definition may leave out."""


def pirs_gaps(indicator: Indicator) -> list[str]:
    """Keys that the reference sheet of an indicator lacks, in the order of the sheet; empty = it is complete.

    A smaller value is better against a baseline only, so that without one no status can be told.
    """
    gaps = [name for name in SHEET if not getattr(indicator, name)]
    if indicator.direction == "decrease" and (indicator.baseline is None or indicator.baseline.value is None):
        gaps.append("baseline")
    return gaps


def misfits(indicator: Indicator) -> list[str]:
    """What an indicator asks for and its evidence can't give, a line each; the evidence has to exist."""
    return [f"indicator {indicator.code}: {problem}" for problem in _misfits(indicator)]


def _misfits(indicator: Indicator) -> Iterator[str]:
    given = _given(indicator.evidence)
    needed = NEEDED.get(indicator.measure)
    if needed and needed not in given:
        yield (
            f"measure: found {indicator.measure!r}, expected one that needs no {needed}: the evidence "
            f"{indicator.evidence!r} has none. Correct the measure or the evidence."
        )
    for key, lines in (("attribution", [indicator.attribution]), ("reconciliation", indicator.reconciliation)):
        if "edition" in lines and "edition" not in given:
            yield (
                f"{key}: found 'edition', expected event: rows of {indicator.evidence!r} are of no edition. Correct it."
            )
    for dimension in dict.fromkeys(name for pair in indicator.breakdowns() for name in pair):
        if ("edition" if dimension == "course" else dimension) not in given:
            known = ", ".join(sorted(given & _DIMENSIONS))
            yield (
                f"disaggregations: found {dimension!r}, expected what rows of {indicator.evidence!r} have: {known}. "
                "Correct it, or remove the breakdown."
            )
    asked = set(sa.text(evidence_text(indicator.evidence)).compile().params)
    for name in sorted(set(indicator.parameters) - asked):
        yield (
            f"parameters.{name}: found a parameter that {indicator.evidence!r} does not take, expected one of: "
            f"{', '.join(sorted(asked - _OWN)) or 'none'}. Remove or rename it."
        )


_DIMENSIONS = {"sex", "course", "edition", "module", "institution", "state", "event", "survey", "organisation_type"}
_OWN = {"pin_sources", "pin_instants", "identity_at", "indicator", "zone"}
"""Parameters that no YAML gives."""


def _given(evidence: str) -> set[str]:
    """The columns that an evidence fills, ``course`` with the edition: those its last SELECT does not leave null."""
    written = (ROOT / "evidence" / f"{evidence}.sql").read_text(encoding="utf-8")  # before what it reads is inlined
    select = re.split(r"^SELECT\b", written, flags=re.MULTILINE)[-1]
    given = set(COLUMNS) - set(_EMPTY.findall(select))
    return given | {"course"} if "edition" in given else given
