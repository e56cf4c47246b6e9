"""Making a source anew within one transaction, and joining what was made to the history that is kept.

Replay and withdrawal are the same work: forget all of a source, run its batches again from their landed files at the
instants of their merges, and from some instant on let that hold, while history before it stays as it was.

Data flow: landed files of merged batches -> staging -> validation -> merge (one transaction) -> seam with kept history.
"""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.errors import PermanentError, TransientError
from trimestre.indicators.keeping import forget as forget_kept_lines
from trimestre.pipeline import validation
from trimestre.pipeline.accounting import count_retained
from trimestre.pipeline.landing import landed_files, verify
from trimestre.pipeline.merging import merge_batch, moved_quarters
from trimestre.pipeline.staging import clear, refuse_other_key, stage_files
from trimestre.sources.base import Connector, LandedFile
from trimestre.texts import NIGHT
from trimestre.warehouse.entities import ENTITIES, Entity
from trimestre.warehouse.identity import link_persons
from trimestre.warehouse.sqlfiles import read, statement
from trimestre.warehouse.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trimestre.contracts import Project

_BOOKKEEPING = ("valid_to", "dataset", "scope", "record_id", "stale")
_ACCOUNTS = ("record_account", "row_account", "rule_result")


@dataclass(frozen=True)
class Delivered:
    """A merged batch to run again, with its verified files."""

    batch_id: int
    landed_at: datetime
    merged_at: datetime
    quarters: tuple[str, ...]
    files: tuple[LandedFile, ...] = field(repr=False)


@dataclass(frozen=True)
class Workshop:
    """What making a source anew needs."""

    connector: Connector
    project: "Project" = field(repr=False)
    source: str
    landing: Path
    key: bytes = field(repr=False)


def delivered(connection: sa.Connection, work: Workshop, *, without: int | None = None) -> list[Delivered]:
    """The merged batches of a source in their order, all their files verified: a damaged one stops before any change.

    What replays and withdrawals wrote is not among them: it came from no file.
    """
    refuse_other_key(connection, work.key)
    _expect_files(connection, work.source)
    rows = connection.execute(
        sa.text(
            "SELECT batch_id, coalesce(landed_at, started_at) AS landed_at, merged_at, quarters FROM ops.batch"
            " WHERE source = :source AND state = 'merged' AND fingerprint IS NOT NULL"
            " AND batch_id IS DISTINCT FROM CAST(:without AS bigint) ORDER BY merged_at"
        ),
        {"source": work.source, "without": without},
    ).all()
    found = []
    for row in rows:
        files = landed_files(connection, work.landing, row.batch_id)
        verify(files)
        found.append(Delivered(row.batch_id, row.landed_at, row.merged_at, tuple(row.quarters or ()), tuple(files)))
    return found


def _expect_files(connection: sa.Connection, source: str) -> None:
    """Nothing can be run again once retention removed a file: what came later was compared with what it brought."""
    removed = connection.execute(
        sa.text(
            "SELECT f.batch_id, f.removed_at FROM ops.landed_file AS f INNER JOIN ops.batch AS b USING (batch_id)"
            " WHERE f.source = :source AND f.removed_at IS NOT NULL AND b.state = 'merged' ORDER BY f.batch_id LIMIT 1"
        ),
        {"source": source},
    ).one_or_none()
    if removed is not None:
        raise PermanentError(
            NIGHT["files_removed"].format(batch=removed.batch_id, source=source, day=f"{removed.removed_at:%d/%m/%Y}")
        )


def give_up_unfinished(connection: sa.Connection, source: str, message: str) -> None:
    """Batches that met the door as it was are given up; one that is landed only will meet it as it is then."""
    given_up = connection.scalars(
        sa.text(
            "UPDATE ops.batch SET state = 'abandoned', message = :message"
            " WHERE source = :source AND state IN ('staged', 'validated') RETURNING batch_id"
        ),
        {"source": source, "message": message},
    ).all()
    for batch_id in given_up:
        clear(connection, batch_id)


def rebuild(
    connection: sa.Connection, work: Workshop, batches: Sequence[Delivered], *, moved: bool
) -> dict[int, tuple[str, ...]]:
    """Forget the source and run its batches again under today's contract; batch -> quarters it moves, if asked for.

    A stop rule undoes everything: :class:`PermanentError` naming the batch.
    """
    forget_kept_lines(connection)
    _set_retained_aside(connection, work.source)
    _forget(connection, work.source, [batch.batch_id for batch in batches])
    fingerprint = work.project.fingerprint(work.source, work.connector.parser_version)
    connection.execute(
        # as before their first night: what asks for merged batches must not find those that are still to come
        sa.text("UPDATE ops.batch SET state = 'landed', fingerprint = :fingerprint WHERE batch_id = ANY(:ids)"),
        {"fingerprint": fingerprint, "ids": [batch.batch_id for batch in batches]},
    )
    quarters: dict[int, tuple[str, ...]] = {}
    for batch in batches:
        with _naming(work.source, batch):
            stage_files(
                connection, work.connector, work.project, work.source, batch.batch_id, fingerprint, batch.files,
                key=work.key,
            )  # fmt: skip
            validation.validate(connection, work.project, batch.batch_id, batch.landed_at)
            changed = merge_batch(connection, work.source, batch.batch_id, batch.merged_at)
        if moved:
            quarters[batch.batch_id] = moved_quarters(connection, work.project, batch.merged_at) if changed else ()
        connection.execute(
            sa.text("UPDATE ops.batch SET state = 'merged' WHERE batch_id = :batch_id"), {"batch_id": batch.batch_id}
        )
    _number_retained_as_before(connection, work.source)
    return quarters


def _set_retained_aside(connection: sa.Connection, source: str) -> None:
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE retained ON COMMIT DROP AS SELECT * FROM quarantine.row WHERE source = :source"
        ),
        {"source": source},
    )


def _number_retained_as_before(connection: sa.Connection, source: str) -> None:
    """Retained rows that came back have their numbers again; what did not come back stays as it was, or is mended."""
    for name in ("retained_numbers", "retained_mended"):
        connection.execute(sa.text(statement(f"replay/{name}")), {"source": source})
    count_retained(connection, source)


@contextmanager
def _naming(source: str, batch: Delivered) -> "Iterator[None]":
    try:
        yield
    except TransientError:
        raise
    except PermanentError as error:
        raise PermanentError(NIGHT["repeated"].format(batch=batch.batch_id, source=source, error=error)) from None


def _forget(connection: sa.Connection, source: str, batch_ids: list[int]) -> None:
    """Take away all that the batches of a source wrote but for what arrived."""
    for entity in ENTITIES.values():
        connection.execute(sa.text(f"DELETE FROM {entity.table} WHERE source = :source"), {"source": source})
    for text in (
        "DELETE FROM ops.row_owner WHERE record_id IN (SELECT record_id FROM ops.record_seen WHERE source = :source)",
        "DELETE FROM ops.record_seen WHERE source = :source",
        "DELETE FROM quarantine.row WHERE source = :source",
    ):
        connection.execute(sa.text(text), {"source": source})
    for name in _ACCOUNTS:
        connection.execute(sa.text(f"DELETE FROM ops.{name} WHERE batch_id = ANY(:ids)"), {"ids": batch_ids})


def forget_mending(connection: sa.Connection, source: str, since: datetime) -> None:
    """Take away the accounting of what let retained rows enter since: they enter with the batches that brought them."""
    for name in _ACCOUNTS:
        connection.execute(
            sa.text(
                f"DELETE FROM ops.{name} WHERE batch_id IN (SELECT batch_id FROM ops.batch WHERE source = :source"
                " AND state = 'merged' AND fingerprint IS NULL AND withdraws IS NULL AND merged_at >= :since)"
            ),
            {"source": source, "since": since},
        )


# ---------------------------------------------------------------- the history that stays
def keep(connection: sa.Connection, source: str, at: datetime, accounts_of: Sequence[Delivered]) -> None:
    """Set aside the versions that began before ``at``, and the accounting of the batches given."""
    for entity in ENTITIES.values():
        _execute(connection, "keep", entity, source=source, at=at)
        connection.execute(sa.text(f"ANALYZE kept_{entity.name}"))
    for name in _ACCOUNTS:
        connection.execute(
            sa.text(
                f"CREATE TEMPORARY TABLE kept_{name} ON COMMIT DROP AS"
                f" SELECT * FROM ops.{name} WHERE batch_id = ANY(:ids)"
            ),
            {"ids": [batch.batch_id for batch in accounts_of]},
        )


def join_kept(
    connection: sa.Connection, source: str, at: datetime, batch_id: int, accounts_of: Sequence[Delivered]
) -> None:
    """Let kept history hold before ``at`` and what was made anew from then on; changes at ``at`` are of ``batch_id``.

    The accounting of the batches given is put back as well. Leaves the temporary tables ``seam_<entity>``: what
    becomes of each key at ``at``.
    """
    for entity in ENTITIES.values():
        for name in ("past", "clip", "seam", "same", "restore"):
            _execute(connection, name, entity, source=source, at=at, batch_id=batch_id)
            if name == "seam":
                connection.execute(sa.text(f"ANALYZE seam_{entity.name}"))
        connection.execute(sa.text(f"ANALYZE {entity.table}"))
    parameters = {"ids": [batch.batch_id for batch in accounts_of]}
    for name in _ACCOUNTS:
        connection.execute(sa.text(f"DELETE FROM ops.{name} WHERE batch_id = ANY(:ids)"), parameters)
        connection.execute(sa.text(f"INSERT INTO ops.{name} SELECT * FROM kept_{name}"))


def account_seams(connection: sa.Connection, source: str, batch_id: int) -> bool:
    """Store what the seams changed as the accounting of a batch; False when they changed nothing."""
    written = [
        _execute(connection, "accounts", entity, source=source, batch_id=batch_id, entity=entity.name)
        for entity in ENTITIES.values()
    ]
    return any(written)


def _execute(connection: sa.Connection, name: str, of: Entity, **parameters: object) -> int:
    """Run one of sql/replay/*.sql for an entity; rows it touched."""
    text = read(f"replay/{name}")
    keys = [key for key in of.key_columns if key != "source"]
    copied = [column.name for column in metadata.tables[of.table].columns if column.name not in _BOOKKEEPING]
    tokens = {
        "target": of.table,
        "kept": f"kept_{of.name}",
        "seam": f"seam_{of.name}",
        "eitherkeys": ", ".join(f"coalesce(k.{key}, c.{key}) AS {key}" for key in keys),
        "ckjoin": " AND ".join(f"k.{key} = c.{key}" for key in keys),
        "csjoin": " AND ".join(f"c.{key} = s.{key}" for key in keys),
        "ksjoin": " AND ".join(f"k.{key} = s.{key}" for key in keys),
        "columns": ", ".join(copied),
        # what no version begins with is, as bookkeeping, that of the source as it was made anew
        "kcolumns": ", ".join(
            f"CASE WHEN s.outcome = 'same' THEN s.{column} ELSE k.{column} END AS {column}"
            if column in of.carried
            else f"k.{column}"
            for column in copied
        ),
        "cstaying": ", ".join(f"c.{column}" for column in ("stale", *of.carried)),
    }
    used = {token: value for token, value in tokens.items() if f"__{token}__" in text}
    return connection.execute(sa.text(statement(f"replay/{name}", **used)), parameters).rowcount


def link_anew(connection: sa.Connection, project: "Project", source: str, batch_id: int, at: datetime) -> bool:
    """Bring identity up to date after a source was made anew: what moved bears no new instant, so all is looked at."""
    closed = 0
    for name in ("close_links", "close_people"):
        closed += connection.execute(sa.text(statement(f"replay/{name}")), {"source": source, "at": at}).rowcount
    connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = 'identity_contract'"))
    return link_persons(connection, project, batch_id=batch_id, at=at) or closed > 0
