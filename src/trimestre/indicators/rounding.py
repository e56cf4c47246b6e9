"""Whole percentages that add to 100: for a list of parts in the report, and nowhere else.

Elsewhere a percentage is rounded half up by itself (``status.rounded``), and parts may add to 99 or 101. The list says
in a footnote that its percentages were made to add up.
"""

from collections.abc import Sequence
from decimal import Decimal


def largest_remainder(counts: Sequence[int | Decimal], total: int = 100) -> list[int]:
    """Whole shares of ``total``, in the order of ``counts``, that add to it (Hamilton's method).

    Every part gets the whole part of ``total`` × count / sum; what is left goes, one each, to those with the largest
    remainder, the first of equal ones first. Without anything to share all are zero. ``ValueError`` below zero.
    """
    parts = [Decimal(count) for count in counts]
    if any(part < 0 for part in parts):
        raise ValueError("a count below zero")
    whole = sum(parts, Decimal())
    if not whole:
        return [0] * len(parts)
    shares = [int(total * part // whole) for part in parts]
    remainders = [total * part % whole for part in parts]
    order = sorted(range(len(parts)), key=lambda place: (-remainders[place], place))
    for place in order[: total - sum(shares)]:
        shares[place] += 1
    return shares
