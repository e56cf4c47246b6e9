"""Findings about definitions as sentences in Spanish."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trimestre import texts
from trimestre.reports.figures import number

SAID = texts.DEFINITION_FINDINGS


def definition_sentence(finding: Mapping[str, Any]) -> str:
    """What a finding of ``definition_findings`` says: indicator, what was found, what to do."""
    values = dict(finding["values"])
    if "covers" in values:
        kind = "baseline" if values["covers"] == "baseline" else "target"
        category = f" ({finding['category']})" if finding["category"] else ""
        values["what"] = SAID[kind].format(covers=values["covers"], category=category)
        values |= {name: _told(values[name]) for name in ("published", "now")}
    if "kind" in values:
        values["what"] = SAID[values["kind"]]
    return SAID[finding["check"]].format(code=finding["indicator"], **values)


def _told(value: float | None) -> str:
    if value is None:
        return SAID["none"]
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return number(value, max(0, -int(exponent)))
