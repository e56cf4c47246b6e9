"""What the IATI schema does not check of results: rules 8.x of the standard's rulesets, and no figure twice.

Data flow: an ``iati-activities`` element -> problems in Spanish.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from trimestre.texts.iati_labels import IATI_REFUSALS

_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_RULES = {"baseline": "8.8", "target": "8.9", "actual": "8.10"}
_WORDS_ONLY = "5"
"""Measure of a qualitative indicator, which has no values."""


def problems(activities: Any) -> list[str]:
    """What of the results breaks a rule, one sentence each; empty for a file that may be published."""
    return [problem for result in activities.iter("result") for problem in _of_result(result)]


def _of_result(result: Any) -> Iterator[str]:
    for indicator in result.iterfind("indicator"):
        reference = indicator.find("reference")
        title = indicator.findtext("title/narrative") or ""
        where = f"IATI, {reference.get('code') if reference is not None else title}"
        if reference is not None and result.find("reference") is not None:
            yield IATI_REFUSALS["two_references"].format(where=where)
        for element in ("baseline", "target", "actual"):
            for found in indicator.iter(element):
                yield from _value(where, element, indicator.get("measure"), found.get("value"))
        for period in indicator.iterfind("period"):
            yield from _period(where, period)


def _value(where: str, element: str, measure: str | None, value: str | None) -> Iterator[str]:
    rule, said = _RULES[element], {"where": where, "element": element, "found": value}
    if measure == _WORDS_ONLY:
        if value is not None:
            yield IATI_REFUSALS["value_of_words"].format(**said, rule=f"{rule}.3")
    elif value is None:
        yield IATI_REFUSALS["value_missing"].format(**said, rule=f"{rule}.1")
    elif not _NUMBER.match(value):
        yield IATI_REFUSALS["value_not_number"].format(**said, rule=f"{rule}.2")


def _period(where: str, period: Any) -> Iterator[str]:
    start, end = (period.find(name).get("iso-date") for name in ("period-start", "period-end"))
    if date.fromisoformat(start) >= date.fromisoformat(end):
        yield IATI_REFUSALS["period_order"].format(where=where, start=start, end=end)
    for element in ("target", "actual"):
        seen = set()
        for found in period.iterfind(element):
            cell = frozenset((item.get("name"), item.get("value")) for item in found.iterfind("dimension"))
            if cell in seen:
                yield IATI_REFUSALS["twice"].format(where=where, element=element, start=start)
            seen.add(cell)
