"""The two classes of errors of the house, and the shape of their text.

A message reads ``<what>: found <value>, expected <rule>. <What to do.>`` and never holds personal data.
Only :class:`TransientError` is worth a retry; everything else stays wrong however often it is tried.
"""

import errno

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the operating system says of a disk, a quota or a limit that is reached."""


class TrimestreError(Exception):
    """Anything Trimestre itself reports; its text is fit to be shown to a person."""


class PermanentError(TrimestreError):
    """Trying again gives the same error: wrong configuration, wrong file, wrong permission."""


class TransientError(TrimestreError):
    """Trying again later may work: network, server busy, lock held.

    ``retry_after`` is the number of seconds the server asked to wait, or ``None``.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ContractError(PermanentError):
    """A YAML file of the project is wrong: says file, key, value and mend."""


class BatchRejected(PermanentError):
    """A stop rule held a whole batch back: nothing was merged, nothing was remembered."""
