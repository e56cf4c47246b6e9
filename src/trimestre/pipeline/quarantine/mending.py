"""Retained rows enter at once: their records are staged again from their landed files, as a batch of their own.

The batch has no files or contract of its own and says nothing of what is not in it: nothing vanishes. What still fails
stays retained under its number; a record all of whose rows are good now is remembered at the door with today's
fingerprint, so that the next night finds it unchanged. A later replay needs the batch no more: it honours the decision
in the batch that brought the row.

Data flow: quarantine.row -> landed files -> staging (these records) -> decision -> validation -> merge -> identity.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline import validation
from trimestre.pipeline.accounting import count_retained
from trimestre.pipeline.landing import landed_files, verify
from trimestre.pipeline.merging import merge_batch, moved_quarters
from trimestre.pipeline.quarantine.choosing import only
from trimestre.pipeline.replay.rebuilding import Workshop
from trimestre.pipeline.staging import stage_records
from trimestre.pipeline.statements import emptied
from trimestre.pipeline.tokens import Tokens
from trimestre.sources.base import RecordChunk
from trimestre.texts import DECIDED
from trimestre.texts import ENTITIES as ENTITY_NAMES
from trimestre.warehouse.database import lock_warehouse
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.identity import link_persons
from trimestre.warehouse.sqlfiles import CONTENT_HASH, statement

Staged = tuple[str, int]
"""Entity and staged_id of a staged row."""

Content = tuple[str, str, str, str]
"""Dataset, scope, entity and row_hash (in hex): what was held back, by whatever rules."""


@dataclass(frozen=True)
class Held:
    """A row of quarantine, without what it says."""

    retained_id: int
    source: str
    dataset: str
    scope: str
    entity: str
    row_hash: str
    """In hex."""
    rule: str
    state: str
    decision_id: int | None
    landed_file_id: int
    position: str
    last_batch_id: int
    """Batch that brought it last, whose landed file holds it."""


@dataclass(frozen=True)
class Entered:
    """What became of retained rows in one batch of their own."""

    batch_id: int
    numbers: tuple[int, ...]
    """Retained rows that entered."""
    held: tuple[int, ...]
    """Retained rows that another rule holds back, or another row contradicts."""
    again: tuple[int, ...]
    """Numbers that were given anew, to what rows say now."""
    quarters: tuple[str, ...]


Decide = Callable[[int, dict[int, list[int]]], dict[int, int]]
"""Stores and applies decisions in a batch, given the staged rows of each retained row; retained row -> decision."""


def mend_batch(
    connection: sa.Connection,
    work: Workshop,
    rows: Sequence[Held],
    *,
    now: datetime,
    message: str,
    state: str | None = None,
    decide: Decide | None = None,
) -> Entered:
    """Let retained rows of one batch enter by a new batch, in the open transaction that holds the source alone.

    With ``decide`` only these rows enter, and are then in ``state``; without, whatever today's contract lets in of
    their records. :class:`ContractError` when a later batch brought a newer version of the key of a row decided about.
    """
    at = lock_warehouse(connection)
    beside = rows[0].last_batch_id
    batch_id: int = connection.execute(
        sa.text(
            "INSERT INTO ops.batch (source, state, started_at, message)"
            " VALUES (:source, 'landed', clock_timestamp(), :message) RETURNING batch_id"
        ),
        {"source": work.source, "message": message},
    ).scalar_one()
    _stage(connection, work, batch_id, beside, rows)
    found = _locate(connection, batch_id, rows)
    decisions = decide(batch_id, found) if decide else {}
    validation.validate(connection, work.project, batch_id, now)
    decided = {row.retained_id: (row.entity, found[row.retained_id]) for row in rows} if decide else None
    contents = _contents(connection, batch_id, rows, found)
    _see_what_is_present(connection, work.source, beside)
    outdated = _keep_what_may_enter(connection, work.source, batch_id, at, decided)
    read = _places(connection, batch_id, outdated)
    merge_batch(connection, work.source, batch_id, at, beside=beside)
    again = _held_again(connection, batch_id)
    numbers, said = {number for number, _, _ in again}, {content for _, content, _ in again}
    read_rows = [row for row in rows if (row.landed_file_id, row.position) in read]
    for row in read_rows:
        if row.retained_id not in numbers:
            _close(connection, row, state or "mended_at_source", decisions.get(row.retained_id))
    _settle(connection, work.source, batch_id, beside)
    held = {row.retained_id for row in rows if row.retained_id in numbers or contents[row.retained_id] & said}
    return Entered(
        batch_id,
        tuple(row.retained_id for row in read_rows if row.retained_id not in held),
        tuple(sorted(held)),
        tuple(sorted(number for number, _, first in again if first)),
        _finish(connection, work, batch_id, at),
    )


def _finish(connection: sa.Connection, work: Workshop, batch_id: int, at: datetime) -> tuple[str, ...]:
    """Link persons and close the batch; the quarters that it moves."""
    link_persons(connection, work.project, batch_id=batch_id, at=at)
    quarters = moved_quarters(connection, work.project, at)
    connection.execute(
        sa.text(
            "UPDATE ops.batch SET state = 'merged', merged_at = :at, quarters = :quarters WHERE batch_id = :batch_id"
        ),
        {"at": at, "quarters": list(quarters), "batch_id": batch_id},
    )
    return quarters


# ---------------------------------------------------------------- staging
def _stage(connection: sa.Connection, work: Workshop, batch_id: int, beside: int, rows: Sequence[Held]) -> None:
    files = landed_files(connection, work.landing, beside)
    verify(files)
    wanted: dict[tuple[int, str], set[str]] = {}
    for row in rows:
        wanted.setdefault((row.landed_file_id, row.dataset), set()).add(row.position)
    fingerprint = work.project.fingerprint(work.source, work.connector.parser_version)

    def chunks() -> Iterator[RecordChunk]:
        return only(work.connector.chunks(files), wanted)

    stage_records(connection, work.project, work.source, batch_id, fingerprint, chunks, key=work.key)


def _locate(connection: sa.Connection, batch_id: int, rows: Sequence[Held]) -> dict[int, list[int]]:
    """Retained row -> the staged rows that say what it says."""
    found: dict[int, list[int]] = {row.retained_id: [] for row in rows}
    for entity in sorted({row.entity for row in rows} & set(ENTITIES)):
        own = [row for row in rows if row.entity == entity]
        listed = [{"retained_id": r.retained_id, "dataset": r.dataset, "scope": r.scope, "row_hash": r.row_hash}
                  for r in own]  # fmt: skip
        text = statement("retained/locate", staged=f"staging.{entity}", contenthash=CONTENT_HASH)
        for place in connection.execute(sa.text(text), {"batch_id": batch_id, "retained": json.dumps(listed)}):
            found[place.retained_id].append(place.staged_id)
    return found


def _contents(
    connection: sa.Connection, batch_id: int, rows: Sequence[Held], found: dict[int, list[int]]
) -> dict[int, set[Content]]:
    """Retained row -> what its staged rows say by now."""
    contents: dict[int, set[Content]] = {row.retained_id: set() for row in rows}
    for entity in sorted({row.entity for row in rows} & set(ENTITIES)):
        own = {row.retained_id: row for row in rows if row.entity == entity}
        staged = [staged_id for number in own for staged_id in found[number]]
        text = statement("retained/contents", staged=f"staging.{entity}", contenthash=CONTENT_HASH)
        said = {
            row.staged_id: row.row_hash.hex()
            for row in connection.execute(sa.text(text), {"batch_id": batch_id, "staged_ids": staged})
        }
        for number, row in own.items():
            contents[number] = {(row.dataset, row.scope, entity, said[staged_id]) for staged_id in found[number]}
    return contents


# ---------------------------------------------------------------- what may enter
def _see_what_is_present(connection: sa.Connection, source: str, beside: int) -> None:
    """The temporary tables by which rows are typed, as the merge will find them: nothing is gone by such a batch."""
    emptied(connection, "gone")
    emptied(connection, "present")
    connection.execute(sa.text(statement("merge/_beside")), {"source": source, "beside": beside})


def _keep_what_may_enter(
    connection: sa.Connection,
    source: str,
    batch_id: int,
    at: datetime,
    decided: dict[int, tuple[str, list[int]]] | None,
) -> set[int]:
    """Retain what fails, take out what is outdated; record_no of the records with something outdated.

    A record of which something was taken out is not remembered; of it only what was decided about enters, since its
    other rows entered with their batch.
    """
    staged = _staged(connection, batch_id)
    failing = _failing(connection, batch_id)
    outdated = _outdated(connection, source, batch_id, at, {entity for entity, _ in staged})
    targets: dict[Staged, int] = {
        (entity, staged_id): number for number, (entity, ids) in (decided or {}).items() for staged_id in ids
    }
    for target, number in targets.items():
        if target in outdated:
            entity = ENTITY_NAMES.get(target[0], target[0])
            raise ContractError(DECIDED["outdated"].format(number=number, batch=outdated[target], entity=entity))
    incomplete = {staged[item] for item in (*failing, *outdated)}
    taken_out = {*failing, *outdated}
    if decided is not None:
        taken_out |= {item for item, record_no in staged.items() if record_no in incomplete and item not in targets}
    for entity in sorted({entity for entity, _ in failing}):
        text = statement("merge/_quarantine", **Tokens(ENTITIES[entity]).for_("merge/_quarantine"))
        connection.execute(sa.text(text), {"source": source, "batch_id": batch_id, "entity": entity})
    connection.execute(
        sa.text(
            "UPDATE staging.record SET record_id = NULL"
            " WHERE batch_id = :batch_id AND status = 'parsed' AND record_no = ANY(:records)"
        ),
        {"batch_id": batch_id, "records": sorted(incomplete)},
    )
    for entity in sorted({entity for entity, _ in taken_out}):
        ids = [staged_id for of, staged_id in taken_out if of == entity]
        for text in (
            f"DELETE FROM staging.{entity} WHERE batch_id = :batch_id AND staged_id = ANY(:ids)",
            "DELETE FROM staging.failed_row WHERE batch_id = :batch_id AND entity = :entity AND staged_id = ANY(:ids)",
        ):
            connection.execute(sa.text(text), {"batch_id": batch_id, "entity": entity, "ids": ids})
    return {staged[item] for item in outdated}


def _staged(connection: sa.Connection, batch_id: int) -> dict[Staged, int]:
    """Staged row -> its record_no."""
    text = " UNION ALL ".join(
        f"SELECT '{name}' AS entity, staged_id, record_no FROM staging.{name} WHERE batch_id = :batch_id"
        for name in ENTITIES
    )
    rows = connection.execute(sa.text(text), {"batch_id": batch_id})
    return {(row.entity, row.staged_id): row.record_no for row in rows}


def _failing(connection: sa.Connection, batch_id: int) -> set[Staged]:
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT entity, staged_id FROM staging.failed_row"
            " WHERE batch_id = :batch_id AND severity = 'critical'"
        ),
        {"batch_id": batch_id},
    )
    return {(row.entity, row.staged_id) for row in rows}


def _outdated(
    connection: sa.Connection, source: str, batch_id: int, at: datetime, entities: set[str]
) -> dict[Staged, int]:
    """Staged row of whose key a later batch brought another version -> that batch."""
    parameters = {"source": source, "batch_id": batch_id, "at": at}
    found = {}
    for name in sorted(entities):
        text = statement("retained/outdated", **Tokens(ENTITIES[name]).for_("retained/outdated"))
        rows = connection.execute(sa.text(text), parameters | {"sighting": ENTITIES[name].sighting})
        found.update({(name, row.staged_id): row.batch_id for row in rows})
    return found


# ---------------------------------------------------------------- what became of them
def _places(connection: sa.Connection, batch_id: int, outdated: set[int]) -> set[tuple[int, str]]:
    """Landed file and position of the records that were read, those with something outdated left out."""
    rows = connection.execute(
        sa.text(
            "SELECT landed_file_id, position FROM staging.record WHERE batch_id = :batch_id AND status = 'parsed'"
            " AND record_no <> ALL(:outdated)"
        ),
        {"batch_id": batch_id, "outdated": sorted(outdated)},
    )
    return {(row.landed_file_id, row.position) for row in rows}


def _held_again(connection: sa.Connection, batch_id: int) -> list[tuple[int, Content, bool]]:
    """Number and content of all that the batch held back, and whether the number is new."""
    rows = connection.execute(
        sa.text(
            "SELECT dataset, scope, entity, encode(row_hash, 'hex') AS row_hash, retained_id,"
            " first_batch_id = :batch_id AS first FROM quarantine.row WHERE last_batch_id = :batch_id"
        ),
        {"batch_id": batch_id},
    )
    return [(row.retained_id, (row.dataset, row.scope, row.entity, row.row_hash), row.first) for row in rows]


def _close(connection: sa.Connection, row: Held, state: str, decision_id: int | None) -> None:
    """What is corrected is no longer held back by any rule; what is accepted, by that rule."""
    connection.execute(
        sa.text(
            "UPDATE quarantine.row SET state = :state, decision_id = :decision_id WHERE source = :source"
            " AND dataset = :dataset AND scope = :scope AND entity = :entity"
            " AND row_hash = decode(:row_hash, 'hex') AND (rule = :rule OR CAST(:state AS text) = 'corrected')"
        ),
        {
            "state": state, "decision_id": decision_id, "source": row.source, "dataset": row.dataset,
            "scope": row.scope, "entity": row.entity, "row_hash": row.row_hash, "rule": row.rule,
        },
    )  # fmt: skip


def _settle(connection: sa.Connection, source: str, batch_id: int, beside: int) -> None:
    """What is still held back was seen with the batch that brought it, and not since."""
    for name in ("first_batch_id", "last_batch_id"):
        connection.execute(
            sa.text(f"UPDATE quarantine.row SET {name} = :beside WHERE source = :source AND {name} = :batch_id"),
            {"source": source, "batch_id": batch_id, "beside": beside},
        )
    connection.execute(
        sa.text(statement("retained/remembered")), {"source": source, "batch_id": batch_id, "beside": beside}
    )
    count_retained(connection, source)
