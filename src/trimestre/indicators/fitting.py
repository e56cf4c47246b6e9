"""Whether a definition fits its evidence, and what its reference sheet lacks: what `trimestre check` says of it.

Data flow: Indicator + sql/evidence/<evidence>.sql -> misfits (errors); Indicator -> gaps of its sheet (warnings).
"""

import re
from collections.abc import Iterator

import sqlalchemy as sa

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.evidence import COLUMNS, evidence_text
from trimestre.texts import YAML_EVIDENCE
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
    return [YAML_EVIDENCE["key"].format(code=indicator.code, key=problem) for problem in _misfits(indicator)]


def _misfits(indicator: Indicator) -> Iterator[str]:
    given = _given(indicator.evidence)
    needed = NEEDED.get(indicator.measure)
    if needed and needed not in given:
        yield YAML_EVIDENCE["measure"].format(found=indicator.measure, column=needed, evidence=indicator.evidence)
    for key, lines in (("attribution", [indicator.attribution]), ("reconciliation", indicator.reconciliation)):
        if "edition" in lines and "edition" not in given:
            yield YAML_EVIDENCE["no_edition"].format(key=key, evidence=indicator.evidence)
    for dimension in dict.fromkeys(name for pair in indicator.breakdowns() for name in pair):
        if ("edition" if dimension == "course" else dimension) not in given:
            known = ", ".join(sorted(given & _DIMENSIONS))
            yield YAML_EVIDENCE["dimension"].format(found=dimension, evidence=indicator.evidence, known=known)
    asked = set(sa.text(evidence_text(indicator.evidence)).compile().params)
    for name in sorted(set(indicator.parameters) - asked):
        known = ", ".join(sorted(asked - _OWN)) or YAML_EVIDENCE["none"]
        yield YAML_EVIDENCE["parameter"].format(found=name, evidence=indicator.evidence, known=known)


_DIMENSIONS = {"sex", "course", "edition", "module", "institution", "state", "event", "survey", "organisation_type"}
_OWN = {"pin_sources", "pin_instants", "identity_at", "indicator", "zone"}
"""Parameters that no YAML gives."""


def _given(evidence: str) -> set[str]:
    """The columns that an evidence fills, ``course`` with the edition: those its last SELECT does not leave null."""
    written = (ROOT / "evidence" / f"{evidence}.sql").read_text(encoding="utf-8")  # before what it reads is inlined
    select = re.split(r"^SELECT\b", written, flags=re.MULTILINE)[-1]
    given = set(COLUMNS) - set(_EMPTY.findall(select))
    return given | {"course"} if "edition" in given else given
