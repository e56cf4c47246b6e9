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


def percent_of_target(indicator: Indicator, value: Decimal | None, target: Decimal | None) -> Decimal | None:
    """«% de la meta»: 100 × value / target at one decimal, of any size; ``None`` without a value or a target.

    ``None`` also for a target of zero, where less is better (half the target would be 50 %, and twice as good), and
    for a milestone, whose stages are an order and no amounts.
    """
    if value is None or not target or indicator.direction == "decrease" or indicator.measure == "milestone":
        return None
    return rounded(100 * value / target, 1)


def percent_of_progress(
    indicator: Indicator, value: Decimal | None, target: Decimal | None, base: Decimal | None
) -> Decimal | None:
    """«% de avance desde la línea de base»: 100 × (value - base) / (target - base) at one decimal, of any size.

    ``None`` without a value, a target or a baseline, where target and baseline are one, and for a milestone.
    """
    if value is None or target is None or base is None or base == target or indicator.measure == "milestone":
        return None
    return rounded(100 * (value - base) / (target - base), 1)


def status(
    indicator: Indicator,
    value: Decimal | None,
    target: Decimal | None,
    limits: StatusThresholds,
    *,
    base: Decimal | None = None,
) -> str:
    """The status of a value against the target of what it covers, at published precision; ``base`` = the baseline.

    A milestone is as planned when it is one stage behind; a decreasing indicator is judged by its progress from the
    baseline only, since a smaller value is better, and may have a target of zero.
    """
    if value is None and indicator.total:
        return NO_DATA
    if value is None or target is None or (target == 0 and indicator.direction == "increase"):
        return NO_TARGET
    if indicator.measure == "milestone":
        behind = target - value
        return ACHIEVED if behind <= 0 else ON_TRACK if behind == 1 else BEHIND
    percent = percent_of_target(indicator, value, target)
    if indicator.direction == "decrease":
        percent = percent_of_progress(indicator, value, target, base)
    if percent is None:
        return NO_TARGET
    if percent >= Decimal(str(limits.achieved)):
        return ACHIEVED
    return ON_TRACK if percent >= Decimal(str(limits.on_track)) else BEHIND
