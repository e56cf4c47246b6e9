"""A warehouse that does not answer: told once, too, although its ledger can't be asked.

A mark in the installation's folder stands for the ledger. Where workers have a folder each, each of them may tell it.

Data flow: look that failed or worked -> mark -> one message when it begins, one when it is over.
"""

from datetime import datetime
from pathlib import Path

from trimestre.watching.telling import Teller, Told

KIND = "warehouse_down"


def began(mark: Path, teller: Teller, now: datetime) -> Told:
    """Tell that the warehouse does not answer, unless that was told; what nobody heard is told next time."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch(exist_ok=False)
    except FileExistsError:
        return Told()
    told = teller.announce(KIND, "opened", now)
    if not told.sent:
        mark.unlink(missing_ok=True)
    return told


def over(mark: Path, teller: Teller, now: datetime) -> Told:
    """Tell that it answers again, where it was told that it does not."""
    if not mark.exists():
        return Told()
    told = teller.announce(KIND, "recovered", now)
    if told.sent:
        mark.unlink(missing_ok=True)
    return told
