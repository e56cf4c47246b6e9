"""Landing: the network happens here and nowhere else; what was received is stored once and never changed.

A batch writes into ``<landing>/<source>/<batch>/`` and its manifest comes last: a folder without a manifest is a run
that died, swept by the next one. Content is compressed (zstd), checksums are of the content as received.

The files of one dataset and scope are one snapshot together. They are landed when any of them differs from what was
merged last under the same contract (so a file that goes back to an earlier state is taken again), or a record of
theirs was forgotten since; else none is. What was withdrawn is not taken again. Where a file of theirs was left out,
what arrived is no complete snapshot, and is taken again once nothing is.

Data flow: connector.fetch -> landed files + manifest.json -> ops.batch, ops.landed_file, ops.left_out.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
import zstandard

from trimestre.errors import NO_ROOM, PermanentError, TransientError, TrimestreError
from trimestre.pipeline.receiving import BLOCK, BatchLanding, Scope, Snapshots
from trimestre.sources.base import LandedFile, Landing
from trimestre.texts import BATCH_MESSAGES, NIGHT
from trimestre.warehouse.database import transaction
from trimestre.warehouse.tables.ops import left_out
from trimestre.writing import write_whole

MANIFEST = "manifest.json"


class Fetcher(Protocol):
    """What brings files over: the part of a connector that a landing needs."""

    def fetch(self, landing: Landing) -> None:
        """Bring everything over."""


def land(
    engine: sa.Engine,
    connector: Fetcher,
    source: str,
    *,
    landing: Path,
    fingerprint: str,
    dropped: tuple[str, ...] = (),
) -> int:
    """Fetch one source into a new batch and return its number; nothing half-landed is ever seen.

    The batch is ``landed`` when there is something to stage, ``empty`` when no file is new.
    """
    with transaction(engine) as connection:
        _sweep(connection, source, landing)
        batch_id = connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, fingerprint)"
                " VALUES (:source, 'landing', clock_timestamp(), :fingerprint) RETURNING batch_id"
            ),
            {"source": source, "fingerprint": fingerprint},
        ).scalar_one()
        merged, partial = _last_merged(connection, source, fingerprint)
        withdrawn = _withdrawn(connection, source)
    folder = landing / source / f"{batch_id:08d}"
    batch = BatchLanding(landing, folder, dropped)
    try:
        with _told(source, landing):
            _make(folder)
            connector.fetch(batch)
            said = batch.drop_withdrawn(withdrawn) + batch.said_of_left()
            batch.drop_known(merged, partial)
            manifest = {
                "source": source,
                "batch_id": batch_id,
                "fingerprint": fingerprint,
                "files": [asdict(file) for file in batch.stored],
                "left_out": [asdict(file) for file in batch.left],
            }
            write_whole(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    except TrimestreError as error:
        if isinstance(error, TransientError):
            shutil.rmtree(folder, ignore_errors=True)  # the next try lands everything anew
        if not _give_up(engine, batch_id, "abandoned" if isinstance(error, TransientError) else "rejected", str(error)):
            raise _taken_over(source, batch_id) from None
        raise
    if not batch.stored:
        said.insert(0, BATCH_MESSAGES["nothing_new"])
    with transaction(engine) as connection:
        _expect_own(connection, source, batch_id)
        for file in batch.stored:
            connection.execute(
                sa.text(
                    "INSERT INTO ops.landed_file"
                    " (batch_id, source, dataset, scope, path, sha256, bytes, original_name, dropped)"
                    " VALUES (:batch_id, :source, :dataset, :scope, :path, :sha256, :bytes, :original_name, :dropped)"
                ),
                asdict(file) | {"batch_id": batch_id, "source": source, "dropped": list(file.dropped)},
            )
        for left in batch.left:
            connection.execute(sa.insert(left_out).values(batch_id=batch_id, **asdict(left)))
        connection.execute(
            sa.text(
                "UPDATE ops.batch SET landed_at = clock_timestamp(), state = :state, message = :message"
                " WHERE batch_id = :batch_id"
            ),
            {
                "batch_id": batch_id,
                "state": "landed" if batch.stored else "empty",
                "message": ". ".join(said) or None,
            },
        )
    return int(batch_id)


@contextmanager
def _told(source: str, landing: Path) -> Iterator[None]:
    """Errors of the disk in our words: a full one is worth another try, one that may not be written to is not."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise TransientError(NIGHT["no_room"].format(source=source, landing=landing, why=why)) from None
        if not str(error.filename or "").startswith(str(landing)):
            raise  # not of the landing folder
        raise PermanentError(NIGHT["read_only"].format(source=source, landing=landing, why=why)) from None


def _make(folder: Path) -> None:
    """Make the folder of a batch; one that is there belongs to a warehouse that forgot it, and is kept aside."""
    if folder.exists():  # a warehouse restored to an earlier day draws the numbers of later batches again
        aside = (folder.with_name(f"{folder.name}.{number}") for number in count(1))
        folder.rename(next(path for path in aside if not path.exists()))
    folder.mkdir(parents=True)


def _expect_own(connection: sa.Connection, source: str, batch_id: int) -> None:
    """Refuse to finish a batch that a next run of the source gave up meanwhile, files and all."""
    state = connection.execute(
        sa.text("SELECT state FROM ops.batch WHERE batch_id = :batch_id FOR UPDATE"), {"batch_id": batch_id}
    ).scalar_one()
    if state != "landing":
        raise _taken_over(source, batch_id)


def _taken_over(source: str, batch_id: int) -> PermanentError:
    return PermanentError(NIGHT["taken_over"].format(source=source, batch=batch_id))


def _last_merged(connection: sa.Connection, source: str, fingerprint: str) -> tuple[Snapshots, set[Scope]]:
    """Dataset and scope -> checksums of the files of its last merged batch, where that had the same contract; and those
    of which that batch left a file out.

    Left out are scopes of which a record was forgotten since (another scope took a row of it over: it must be read
    again), and answers of an API: they hold times and orders of their own, and the door compares their records.
    """
    rows = connection.execute(
        sa.text(
            "SELECT f.dataset, f.scope, f.sha256, EXISTS (SELECT 1 FROM ops.left_out AS l WHERE l.batch_id = f.batch_id"
            "   AND l.dataset = f.dataset AND l.scope = f.scope) AS partial FROM ops.landed_file AS f"
            " INNER JOIN ops.batch AS b ON f.batch_id = b.batch_id AND b.state = 'merged'"
            " INNER JOIN (SELECT g.dataset, g.scope, max(g.batch_id) AS batch_id FROM ops.landed_file AS g"
            "   INNER JOIN ops.batch AS c ON g.batch_id = c.batch_id AND c.state = 'merged'"
            "   WHERE g.source = :source AND g.original_name <> '' GROUP BY g.dataset, g.scope) AS last"
            " ON f.batch_id = last.batch_id AND f.dataset = last.dataset AND f.scope = last.scope"
            " INNER JOIN ops.scope_delivery AS d"
            " ON f.batch_id = d.batch_id AND f.dataset = d.dataset AND f.scope = d.scope"
            " WHERE f.source = :source AND b.fingerprint = :fingerprint AND f.original_name <> ''"
            " AND d.records <= d.held_back + (SELECT count(*) FROM ops.record_seen AS s"
            "   WHERE s.source = :source AND s.dataset = f.dataset AND s.scope = f.scope)"
        ),
        {"source": source, "fingerprint": fingerprint},
    )
    merged: Snapshots = {}
    partial = set()
    for row in rows:
        scope = (row.dataset, row.scope)
        merged.setdefault(scope, set()).add(row.sha256)
        if row.partial:
            partial.add(scope)
    return merged, partial


def _withdrawn(connection: sa.Connection, source: str) -> dict[int, Snapshots]:
    """Withdrawn batch -> dataset and scope -> checksums of the files that no other batch of the scope merged.

    They may lie in the drop folder still. Answers of an API are left out: the next night reads anew.
    """
    rows = connection.execute(
        sa.text(
            "SELECT f.batch_id, f.dataset, f.scope, f.sha256 FROM ops.landed_file AS f"
            " INNER JOIN ops.batch AS b ON f.batch_id = b.batch_id AND b.state = 'withdrawn'"
            " WHERE f.source = :source AND f.original_name <> ''"
            " AND NOT EXISTS (SELECT 1 FROM ops.landed_file AS g"
            "   INNER JOIN ops.batch AS c ON g.batch_id = c.batch_id AND c.state = 'merged'"
            "   WHERE g.source = f.source AND g.dataset = f.dataset AND g.scope = f.scope AND g.sha256 = f.sha256)"
            " ORDER BY f.batch_id"
        ),
        {"source": source},
    )
    withdrawn: dict[int, Snapshots] = {}
    for row in rows:
        withdrawn.setdefault(row.batch_id, {}).setdefault((row.dataset, row.scope), set()).add(row.sha256)
    return withdrawn


def landed_files(connection: sa.Connection, landing: Path, batch_id: int) -> list[LandedFile]:
    """The landed files of a batch in the order they were stored."""
    rows = connection.execute(
        sa.text(
            "SELECT landed_file_id, dataset, scope, path, original_name, sha256 FROM ops.landed_file"
            " WHERE batch_id = :batch_id ORDER BY landed_file_id"
        ),
        {"batch_id": batch_id},
    )
    return [
        LandedFile(row.landed_file_id, row.dataset, row.scope, landing / row.path, row.original_name, row.sha256)
        for row in rows
    ]


def verify(files: Sequence[LandedFile]) -> None:
    """Refuse landed files that are not what was landed: gone, cut off, or changed.

    A cut zstd stream reads as a shorter file without an error, and what is missing would then have vanished.
    """
    for file in files:
        checksum = hashlib.sha256()
        try:
            with file.path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as reader:
                while block := reader.read(BLOCK):
                    checksum.update(block)
        except (OSError, zstandard.ZstdError) as error:
            raise PermanentError(
                NIGHT["unreadable"].format(file=file.landed_file_id, kind=type(error).__name__)
            ) from None
        if checksum.hexdigest() != file.sha256:
            raise PermanentError(NIGHT["other_content"].format(file=file.landed_file_id, sha=file.sha256[:12]))


def _give_up(engine: sa.Engine, batch_id: int, state: str, message: str) -> bool:
    """Close a batch that failed; False when another run did already."""
    with transaction(engine) as connection:
        closed = connection.execute(
            sa.text(
                "UPDATE ops.batch SET state = :state, message = :message"
                " WHERE batch_id = :batch_id AND state = 'landing'"
            ),
            {"state": state, "message": message, "batch_id": batch_id},
        )
        return closed.rowcount == 1


def _sweep(connection: sa.Connection, source: str, landing: Path) -> None:
    """Give up the batches of this source that a run left unfinished when it died.

    Batches of the same source never run side by side (the caller holds the source), so whatever is unfinished is dead.
    """
    for batch_id in connection.scalars(
        sa.text(
            "UPDATE ops.batch SET state = 'abandoned', message = 'corrida interrumpida'"
            " WHERE source = :source AND state IN ('landing', 'landed', 'staged', 'validated') RETURNING batch_id"
        ),
        {"source": source},
    ):
        folder = landing / source / f"{batch_id:08d}"
        if folder.is_dir() and not (folder / MANIFEST).exists():
            shutil.rmtree(folder, ignore_errors=True)  # what is left of it is no batch, and stops none
