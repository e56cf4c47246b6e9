"""Which records of a chunk are remembered from earlier batches.

Data flow: ops.record_seen -> eight bytes of each hash of a scope, read once where a chunk is large, so that no record
has to be looked up by itself; for a small chunk its own hashes are looked up.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.pipeline import hashes
from trimestre.sources.base import RecordChunk
from trimestre.warehouse.database import binary_column

if TYPE_CHECKING:
    import numpy as np

LARGE = 2_000
"""Records of a chunk from which on all of its scope's are read: that costs as much as looking up one in thirty."""


class Remembered:
    """What is remembered of a source's records."""

    def __init__(self, connection: sa.Connection, source: str, bite: int) -> None:
        """``bite`` = where the eight bytes of a hash begin that tell hashes apart."""
        self._connection, self._source, self._bite = connection, source, bite
        self._scopes: dict[tuple[str, str], hashes.Among] = {}

    def knows(self, chunk: RecordChunk) -> bool:
        """Whether :meth:`of` needs no connection for a chunk."""
        return (chunk.dataset, chunk.scope) in self._scopes

    def of(self, chunk: RecordChunk, its: "np.ndarray") -> "tuple[np.ndarray, np.ndarray | None]":
        """Which hashes of a chunk are remembered, and which of those were met before; null where that is not told."""
        import numpy as np

        about = (chunk.dataset, chunk.scope)
        if about not in self._scopes and len(its) >= LARGE:
            self._scopes[about] = hashes.Among(self._all(chunk))
        if about in self._scopes:
            return self._scopes[about].look_up(hashes.bites(its, self._bite))
        known = hashes.bites(self._looked_up(chunk, its), self._bite)
        return np.isin(hashes.bites(its, self._bite), known), None

    def _all(self, chunk: RecordChunk) -> "np.ndarray":
        """Eight bytes of each hash of the chunk's scope."""
        import numpy as np

        # In some hundred pieces: neither a value a record, nor all in one.
        found = self._rows(
            "SELECT string_agg(substr(record_hash, %(begin)s, 8), CAST('' AS bytea)) FROM ops.record_seen"
            " WHERE source = %(source)s AND dataset = %(dataset)s AND scope = %(scope)s GROUP BY record_id %% 128",
            chunk,
            begin=self._bite + 1,
        )
        whole = bytearray()
        for piece in found:
            whole += piece
        return np.frombuffer(whole, dtype=np.uint64)

    def _looked_up(self, chunk: RecordChunk, its: "np.ndarray") -> "np.ndarray":
        """The hashes of a chunk that are remembered."""
        return hashes.rows_of(
            b"".join(
                self._rows(
                    "SELECT record_hash FROM ops.record_seen WHERE source = %(source)s AND dataset = %(dataset)s"
                    " AND scope = %(scope)s AND record_hash = ANY(%(hashes)s)",
                    chunk,
                    hashes=[row.tobytes() for row in its],
                )
            )
        )

    def _rows(self, text: str, chunk: RecordChunk, **parameters: object) -> Iterator[bytes]:
        """The one column of a query, as bytes rather than as their hexadecimal text."""
        about = {"source": self._source, "dataset": chunk.dataset, "scope": chunk.scope}
        return binary_column(self._connection, text, about | parameters)
