"""Hashes of records by the thousand: made, written for COPY, and looked up by eight bytes of each.

Eight bytes tell surely that a hash is not among others, and all but surely that it is. What they say is confirmed in
the database by the whole hashes; where it is not, other eight bytes are asked.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

LENGTH = 32
BITES = tuple(range(0, LENGTH, 8))
"""Where the eight bytes of a hash may be taken from."""


def sha256_of(head: bytes, records: Sequence[bytes]) -> "np.ndarray":
    """The hash of each record after ``head``: one row of :data:`LENGTH` bytes a record."""
    sha256 = hashlib.sha256
    return rows_of(b"".join([sha256(head + record).digest() for record in records]))


def rows_of(hashes: bytes) -> "np.ndarray":
    """Hashes that stand one after the other, a row each."""
    import numpy as np

    return np.frombuffer(hashes, dtype=np.uint8).reshape(-1, LENGTH)


def bites(hashes: "np.ndarray", begin: int) -> "np.ndarray":
    """Eight bytes of each hash as a number."""
    import numpy as np

    return np.ascontiguousarray(hashes[:, begin : begin + 8]).view(np.uint64).reshape(-1)


def copied(hashes: "np.ndarray", missing: "np.ndarray") -> "pa.Array":
    """Hashes as COPY reads them; null where they are ``missing``."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = np.empty((len(hashes), 2 + 2 * LENGTH), dtype=np.uint8)
    texts[:, 0], texts[:, 1] = ord("\\"), ord("x")
    texts[:, 2:] = np.frombuffer(hashes.tobytes().hex().encode(), dtype=np.uint8).reshape(-1, 2 * LENGTH)
    whole = _as_long(texts.tobytes(), texts.shape[1])
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), whole) if missing.any() else whole


def uuids(keys: bytes) -> "pa.Array":
    """Keys of 16 bytes that stand one after the other, as COPY reads a UUID."""
    return _as_long(keys.hex().encode(), 32)


def _as_long(texts: bytes, length: int) -> "pa.Array":
    """Texts of one length that stand one after the other."""
    import numpy as np
    import pyarrow as pa

    ends = np.arange(0, len(texts) + 1, length, dtype=np.int32)
    return pa.StringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(texts))


class Met:
    """Numbers that were met so far, sorted."""

    def __init__(self) -> None:
        import numpy as np

        self._numbers = np.empty(0, dtype=np.uint64)

    def holds(self, numbers: "np.ndarray") -> "np.ndarray":
        """Which of the numbers were met before."""
        import numpy as np

        if not len(self._numbers):
            return np.zeros(len(numbers), dtype=bool)
        places = np.searchsorted(self._numbers, numbers)
        return self._numbers[np.minimum(places, len(self._numbers) - 1)] == numbers

    def again(self, numbers: "np.ndarray") -> "np.ndarray":
        """Which of the numbers were met before, be it earlier among them; all are met from now on."""
        import numpy as np

        different, firsts = np.unique(numbers, return_index=True)
        met = self.holds(different)
        again = np.ones(len(numbers), dtype=bool)
        again[firsts] = met
        fresh = different[~met]
        self._numbers = np.insert(self._numbers, np.searchsorted(self._numbers, fresh), fresh)
        return again


class Among:
    """Numbers that are all known at once; which of them were met since."""

    def __init__(self, numbers: "np.ndarray") -> None:
        """``numbers`` are sorted where they are."""
        import numpy as np

        numbers.sort()
        self._numbers = numbers
        self._met = np.zeros(len(numbers), dtype=bool)

    def look_up(self, numbers: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
        """Which are known, and which of those were met before, be it earlier among them; these are met from now on."""
        import numpy as np

        found = np.zeros(len(numbers), dtype=bool)
        if not len(self._numbers):
            return found, found
        places = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        found = self._numbers[places] == numbers
        which = found.nonzero()[0]
        different, firsts = np.unique(places[which], return_index=True)
        again = found.copy()
        again[which[firsts]] = self._met[different]
        self._met[different] = True
        return found, again
