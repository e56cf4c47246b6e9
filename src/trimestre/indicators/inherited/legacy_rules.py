"""Whether a figure of before Trimestre can be one of its indicator: pure rules on numbers.

Data flow: Indicator + value, numerator, denominator -> the rule that is broken, if any.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from trimestre.contracts.indicator_rules import PEOPLE, PERCENTAGES
from trimestre.contracts.indicators import Indicator
from trimestre.indicators.status import rounded


@dataclass(frozen=True)
class Broken:
    """A rule that a figure breaks."""

    rule: str
    """A key of ``texts.LEGACY_RULES``."""
    column: str = "value"
    """Column of the cell that is wrong: value, numerator or denominator."""
    more: dict[str, object] = field(default_factory=dict)
    """What the rule's sentence names."""


def broken_rule(
    indicator: Indicator, value: Decimal | None, numerator: Decimal | None, denominator: Decimal | None
) -> Broken | None:
    """The first rule that a figure breaks; ``value`` ``None`` = not available."""
    if (numerator is None) != (denominator is None):
        return Broken("both", "numerator" if numerator is None else "denominator")
    share = indicator.measure in PERCENTAGES
    if share and numerator is not None and denominator is not None and not 0 <= numerator <= denominator:
        return Broken("fraction", "numerator")
    if value is None:
        return None
    if share:
        return _percentage(indicator, value, numerator, denominator)
    kind = indicator.kind_of_value
    if kind == "stage" and (value != int(value) or not 0 <= value < len(indicator.stages)):
        return Broken("stage", more={"last": len(indicator.stages) - 1})
    if kind == "integer" and value != int(value):
        return Broken("whole")
    if indicator.measure in ("count", *PEOPLE) and value < 0:
        return Broken("negative")
    return None


def _percentage(
    indicator: Indicator, value: Decimal, numerator: Decimal | None, denominator: Decimal | None
) -> Broken | None:
    if not 0 <= value <= 100:
        return Broken("percent")
    if numerator is None and 0 < value <= 1:  # 0.63 is how a workbook holds what it shows as 63%
        return Broken("share_of_one")
    if numerator is not None and denominator:
        expected = rounded(100 * numerator / denominator, indicator.decimals)
        if expected != rounded(value, indicator.decimals):
            return Broken("ratio", more={"expected": expected})
    return None
