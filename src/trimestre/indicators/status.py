"""Percentages, rounding and status of a value: pure arithmetic on decimals.

Rounding is half up at the published precision, and a status is judged on the published value, so that whoever repeats
the division on the printed figures comes to the same status.
"""

from decimal import ROUND_HALF_UP, Decimal

from trimestre.contracts.framework import StatusThresholds
from trimestre.contracts.indicators import Indicator

ACHIEVED, ON_TRACK, BEHIND, NO_DATA, NO_TARGET = "alcanzada", "conforme", "con_rezago", "sin_dato", "sin_meta"


def rounded(value: Decimal, decimals: int) -> Decimal:
    """``value`` half up at ``decimals`` places."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def percent_of_target(value: Decimal | None, target: Decimal | None) -> Decimal | None:
    """100 × value / target at one decimal; ``None`` without a value or a target other than zero."""
    if value is None or not target:
        return None
    return rounded(100 * value / target, 1)


def status(indicator: Indicator, value: Decimal | None, target: Decimal | None, limits: StatusThresholds) -> str:
    """The status of a value against the target of the period.

    A milestone is as planned when it is one stage behind; a decreasing indicator is judged on the progress from the
    baseline, (actual - base) / (target - base), since a smaller value is better.
    """
    if value is None and indicator.total:
        return NO_DATA
    if value is None or target is None or (target == 0 and indicator.direction == "increase"):
        return NO_TARGET
    if indicator.measure == "milestone":
        behind = target - value
        return ACHIEVED if behind <= 0 else ON_TRACK if behind == 1 else BEHIND
    if indicator.direction == "decrease":
        base = indicator.baseline.value if indicator.baseline else None
        if base is None or Decimal(str(base)) == target:
            return NO_TARGET
        start = Decimal(str(base))
        percent = rounded(100 * (value - start) / (target - start), 1)
    else:
        percent = rounded(100 * value / target, 1)
    if percent >= Decimal(str(limits.achieved)):
        return ACHIEVED
    return ON_TRACK if percent >= Decimal(str(limits.on_track)) else BEHIND
