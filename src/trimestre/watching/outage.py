"""A warehouse that does not answer: told once, too, although its ledger can't be asked.

A mark in the installation's folder stands for the ledger. Where workers have a folder each, each of them may tell it.

Data flow: look that failed or worked -> mark -> one message when it begins, one when it is over.
"""

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from trimestre.texts import SENDING
from trimestre.watching.telling import Teller, Told

log = logging.getLogger(__name__)

KIND = "warehouse_down"


def began(mark: Path, teller: Teller, now: datetime) -> Told:
    """Tell that the warehouse does not answer, unless that was told; what nobody heard is told next time."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch(exist_ok=False)
    except OSError as error:
        if mark.exists():
            return Told()
        # Told again and again is better than never.
        log.warning(SENDING["no_mark"].format(path=mark, why=error.strerror))
    told = teller.announce(KIND, "opened", now)
    if not told.sent:
        _forget(mark)
    return told


def over(mark: Path, teller: Teller, now: datetime) -> Told:
    """Tell that it answers again, where it was told that it does not."""
    if not mark.exists():
        return Told()
    told = teller.announce(KIND, "recovered", now)
    if told.sent:
        _forget(mark)
    return told


def _forget(mark: Path) -> None:
    with suppress(OSError):  # where none could be made
        mark.unlink()
