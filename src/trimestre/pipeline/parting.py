"""The parts of a batch staged beside each other, each in a transaction of its own.

A part is one landed file, or the files of one scope of an API. Its records have a range of numbers of their own, so
that the batch is the same whichever part is staged first; what hangs on all of them is told at the end: repeated
records, what was delivered, the floor, corrections.

Data flow: landed batch -> divide (groups of parts) -> stage_parts, as many at once as there are groups -> complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.pipeline import staging
from trimestre.pipeline.landing import landed_files, verify
from trimestre.sources.base import Connector, Part, parts_of
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.contracts import Project

GROUP_BYTES = 8 << 20
"""Content of a group: smaller files are staged together, since starting a task costs more than they do."""


@dataclass(frozen=True)
class Group:
    """Parts that follow each other and are staged by one task."""

    name: str
    """Dataset and scope of the first part, and how many more there are."""
    parts: tuple[int, ...]
    datasets: tuple[str, ...]
    """Datasets of their files."""


def divide(
    engine: sa.Engine, connector: Connector, batch_id: int, *, landing: Path, key: bytes, most: int
) -> list[Group]:
    """Begin to stage a landed batch anew: at most ``most`` groups of its parts; none when it is merged."""
    with transaction(engine) as connection:
        if staging.held_batch(connection, batch_id).state == "merged":
            return []
        staging.refuse_other_key(connection, key)
        staging.clear(connection, batch_id)
        connection.execute(
            sa.text("UPDATE ops.batch SET state = 'landed' WHERE batch_id = :batch_id"), {"batch_id": batch_id}
        )
        files = landed_files(connection, landing, batch_id)
        sizes = connection.execute(
            sa.text("SELECT landed_file_id, bytes FROM ops.landed_file WHERE batch_id = :batch_id"),
            {"batch_id": batch_id},
        )
        return grouped(parts_of(connector, files), {row.landed_file_id: row.bytes for row in sizes}, most)


def grouped(parts: Sequence[Part], sizes: dict[int, int], most: int) -> list[Group]:
    """Parts in groups of some :data:`GROUP_BYTES`, or of more where that would be more than ``most`` groups.

    ``sizes``: landed file -> its bytes.
    """
    bytes_of = [sum(sizes[file.landed_file_id] for file in part.files) for part in parts]
    # Two groups that follow each other hold more than the border together, so that half of `most` borders hold all.
    border = max(GROUP_BYTES, -(-2 * sum(bytes_of) // most))
    groups: list[list[int]] = []
    filled = 0
    for number, size in enumerate(bytes_of):
        if groups and filled + size <= border:
            groups[-1].append(number)
            filled += size
        else:
            groups.append([number])
            filled = size
    return [Group(_name(parts, numbers), tuple(numbers), _datasets(parts, numbers)) for numbers in groups]


def _name(parts: Sequence[Part], numbers: Sequence[int]) -> str:
    more = f" (+{len(numbers) - 1})" if len(numbers) > 1 else ""
    return parts[numbers[0]].name + more


def _datasets(parts: Sequence[Part], numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(file.dataset for number in numbers for file in parts[number].files))


def stage_parts(
    engine: sa.Engine, connector: Connector, batch_id: int, numbers: Sequence[int], *, landing: Path, key: bytes
) -> None:
    """Stage some parts of a batch, each in a transaction; one that is staged, and a batch that is, stays as it is."""
    for number in numbers:
        with transaction(engine) as connection:
            batch = staging.held_batch(connection, batch_id, alone=False)
            if batch.state != "landed":
                return
            # a task that was given up may be at the same part still
            connection.execute(
                sa.text("SELECT pg_advisory_xact_lock(hashtextextended('part ' || :batch_id || ' ' || :part, 0))"),
                {"batch_id": str(batch_id), "part": str(number)},
            )
            if number in _staged(connection, batch_id):
                continue
            part = parts_of(connector, landed_files(connection, landing, batch_id))[number]
            verify(part.files)
            staging.take_part(connection, batch.source, batch_id, batch.fingerprint, part, number, key=key)


def complete(
    engine: sa.Engine, connector: Connector, project: "Project", batch_id: int, *, landing: Path, key: bytes
) -> None:
    """End the staging of a batch: the parts that are missing (a crash empties the staging tables, and a person may
    pass over a task that failed) are staged now, so that nothing of it seems to have vanished.
    """
    with transaction(engine) as connection:
        batch = staging.held_batch(connection, batch_id)
        if batch.state != "landed":
            return
        files = landed_files(connection, landing, batch_id)
        parts = parts_of(connector, files)
        missing = sorted(set(range(len(parts))) - _staged(connection, batch_id))
        for number in missing:
            verify(parts[number].files)
            staging.take_part(connection, batch.source, batch_id, batch.fingerprint, parts[number], number, key=key)
        staging.complete(connection, connector, project, batch.source, batch_id, files, parts=len(parts))


def _staged(connection: sa.Connection, batch_id: int) -> set[int]:
    return set(
        connection.scalars(sa.text("SELECT part FROM staging.part WHERE batch_id = :batch_id"), {"batch_id": batch_id})
    )
