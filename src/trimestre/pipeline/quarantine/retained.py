"""Retained rows as people work with them: accept, correct, read again.

A decision is stored, applied and has entered its row in one transaction, or nothing happened. It is honoured by every
later night and replay (see ``honouring``), and taken back by ``withdrawing.take_back``.

Data flow: numbers of retained rows + reason -> ops.decision (+ quarantine.correction) -> mending -> what entered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline.privacy.tombstones import blank_staged
from trimestre.pipeline.quarantine.honouring import ACCEPT, CORRECT, Subject, apply_corrections, mark_accepted
from trimestre.pipeline.quarantine.mending import Entered, Held, mend_batch
from trimestre.pipeline.replay.rebuilding import Workshop, give_up_unfinished
from trimestre.pipeline.transactions import lock_source
from trimestre.texts import BATCH_MESSAGES, DECIDED, REFUSALS, RETAINED_MESSAGES, RETAINED_STATES
from trimestre.texts import ENTITIES as ENTITY_NAMES
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide, plain_reason
from trimestre.warehouse.entities import ENTITIES


@dataclass(frozen=True)
class Mended:
    """What became of the retained rows of one source that somebody decided about, or had read again."""

    batches: tuple[int, ...]
    entered: tuple[int, ...]
    """Retained rows that entered."""
    held: tuple[int, ...]
    """Those that another rule still holds back, or another row contradicts."""
    again: tuple[int, ...]
    """Numbers of what is held back anew, such as a correction that fails another rule."""
    already: tuple[int, ...]
    """Those that were decided before just so; nothing was done about them."""
    quarters: tuple[str, ...]


def accept(
    engine: sa.Engine, work: Workshop, retained_ids: Sequence[int], *, now: datetime, reason: str, decided_by: str
) -> Mended:
    """Let rows of one source enter although a rule fails, each for the rule that its number stands for.

    :class:`ContractError` when a rule can't be accepted, or a row is not open or no longer the newest of its key.
    """
    with transaction(engine) as connection:
        _alone(connection, work.source)
        rows = _rows(connection, work.source, retained_ids)
        already = [row for row in rows if row.state == "accepted"]
        wanted = [row for row in rows if row not in already]
        for row in wanted:
            _check_acceptable(work, row)
            _check_open(connection, row)
        done = []
        for own in _by_batch(wanted):

            def decided(batch_id: int, found: dict[int, list[int]], own: Sequence[Held] = own) -> dict[int, int]:
                numbers = {}
                for row in own:
                    _check_found(row, found)
                    subject = _subject(row) | {"rule": row.rule}
                    numbers[row.retained_id] = decide(connection, ACCEPT, subject, reason=reason, decided_by=decided_by)
                    mark_accepted(connection, work.project, batch_id, [subject])
                return numbers

            message = RETAINED_MESSAGES["accepts"].format(rows=_listed(own), reason=reason.strip())
            done.append(mend_batch(connection, work, own, now=now, message=message, state="accepted", decide=decided))
    return _mended(done, already)


def correct(
    engine: sa.Engine,
    work: Workshop,
    retained_id: int,
    changes: Mapping[str, str | None],
    *,
    now: datetime,
    reason: str,
    decided_by: str,
) -> Mended:
    """Let a row enter with other values in some fields (text as connectors normalise it; None = empty).

    :class:`ContractError` when a field is unknown, the values are those it has, or the row is not open or no longer the
    newest of its key. Where the corrected row fails a rule, that holds it back under a number of its own.
    """
    with transaction(engine) as connection:
        _alone(connection, work.source)
        (row,) = _rows(connection, work.source, [retained_id])
        _check_fields(row, changes)
        if (
            row.state == "corrected"
            and row.decision_id is not None
            and _written(connection, row.decision_id) == changes
        ):
            return _mended([], [row])
        _check_open(connection, row)

        def decided(batch_id: int, found: dict[int, list[int]]) -> dict[int, int]:
            _check_found(row, found)
            subject = _subject(row) | {"fields": sorted(changes)}
            number = decide(connection, CORRECT, subject, reason=reason, decided_by=decided_by)
            _write(connection, number, changes)
            apply_corrections(connection, batch_id, [subject | {"decision_id": number}])
            blank_staged(connection, work.source, batch_id)
            return {row.retained_id: number}

        message = RETAINED_MESSAGES["corrects"].format(
            rows=retained_id, fields=", ".join(sorted(changes)), reason=reason.strip()
        )
        done = mend_batch(connection, work, [row], now=now, message=message, state="corrected", decide=decided)
        if retained_id in done.held and not done.again:
            fields = ", ".join(sorted(changes))
            raise ContractError(DECIDED["same_values"].format(number=retained_id, fields=fields))
    return _mended([done], [])


def replay_retained(engine: sa.Engine, work: Workshop, *, now: datetime, reason: str | None = None) -> Mended:
    """Read every open retained row of a source again under today's contract: what passes now enters.

    The batch says the ``reason``, where one is given: nothing is decided here, so that none is needed.
    """
    because = plain_reason(REFUSALS["source"].format(source=work.source), reason) if reason else ""
    message = RETAINED_MESSAGES["replays_because" if because else "replays"].format(reason=because)
    with transaction(engine) as connection:
        _alone(connection, work.source)
        rows = [row for row in _rows(connection, work.source, None) if row.state == "open"]
        done = [mend_batch(connection, work, own, now=now, message=message) for own in _by_batch(rows)]
    return _mended(done, [])


def together(parts: Iterable[Mended]) -> Mended:
    """What became of the retained rows of several sources."""
    done = list(parts)

    def flat(name: str) -> tuple[int, ...]:
        return tuple(sorted(number for item in done for number in getattr(item, name)))

    quarters = tuple(sorted({quarter for item in done for quarter in item.quarters}))
    return Mended(flat("batches"), flat("entered"), flat("held"), flat("again"), flat("already"), quarters)


def source_of(connection: sa.Connection, retained_ids: Sequence[int]) -> dict[int, str]:
    """Retained row -> source; :class:`ContractError` naming the numbers that there are not."""
    rows = connection.execute(
        sa.text("SELECT retained_id, source FROM quarantine.row WHERE retained_id = ANY(:ids)"),
        {"ids": list(retained_ids)},
    )
    found = {row.retained_id: row.source for row in rows}
    missing = [str(number) for number in retained_ids if number not in found]
    if missing:
        raise ContractError(DECIDED["no_such_row"].format(numbers=", ".join(missing)))
    return found


def decisions_of(connection: sa.Connection, retained_ids: Sequence[int]) -> list[int]:
    """The decisions in force about retained rows, by which they are taken back."""
    return list(
        connection.scalars(
            sa.text(
                "SELECT DISTINCT decision_id FROM quarantine.row WHERE retained_id = ANY(:ids)"
                " AND decision_id IS NOT NULL ORDER BY decision_id"
            ),
            {"ids": list(retained_ids)},
        )
    )


# ---------------------------------------------------------------- what may be decided
def _alone(connection: sa.Connection, source: str) -> None:
    """Hold the warehouse and the source: batches that met the door as it was are given up."""
    lock_warehouse(connection)
    lock_source(connection, source, alone=True)
    give_up_unfinished(connection, source, BATCH_MESSAGES["gave_up"])


def _rows(connection: sa.Connection, source: str, retained_ids: Sequence[int] | None) -> list[Held]:
    """Retained rows of a source, all without numbers, in their order."""
    if retained_ids is not None:
        source_of(connection, retained_ids)
    rows = connection.execute(
        sa.text(
            "SELECT q.retained_id, q.source, q.dataset, q.scope, q.entity, encode(q.row_hash, 'hex') AS row_hash,"
            " q.rule, q.state, q.decision_id, q.landed_file_id, q.position, q.last_batch_id FROM quarantine.row AS q"
            " WHERE q.source = :source AND (:all OR q.retained_id = ANY(:ids)) ORDER BY q.retained_id"
        ),
        {"source": source, "all": retained_ids is None, "ids": list(retained_ids or ())},
    )
    return [Held(**row._mapping) for row in rows]


def _by_batch(rows: Sequence[Held]) -> list[list[Held]]:
    """Rows together that the same batch brought last, in the order of the batches."""
    batches = sorted({row.last_batch_id for row in rows})
    return [[row for row in rows if row.last_batch_id == batch] for batch in batches]


def _check_acceptable(work: Workshop, row: Held) -> None:
    suite = work.project.suites.get(row.entity)
    rule = suite.rule(row.rule) if suite else None
    if rule is None or not rule.acceptable:
        what = rule.what if rule else row.rule
        raise ContractError(DECIDED["not_acceptable"].format(number=row.retained_id, rule=what.rstrip(".")))


def _check_open(connection: sa.Connection, row: Held) -> None:
    """Refuse what is no longer held back, or can't be read any more."""
    problem = None
    if row.state == "mended_at_source":
        later = connection.execute(
            sa.text(
                "SELECT min(d.batch_id) FROM ops.scope_delivery AS d INNER JOIN ops.batch AS b USING (batch_id)"
                " WHERE b.source = :source AND b.state = 'merged' AND d.dataset = :dataset AND d.scope = :scope"
                " AND d.batch_id > :batch_id"
            ),
            {"source": row.source, "dataset": row.dataset, "scope": row.scope, "batch_id": row.last_batch_id},
        ).scalar()
        since = DECIDED["since_batch"].format(batch=later) if later else ""
        problem = DECIDED["mended_at_source"].format(since=since)
    elif row.state != "open":
        problem = DECIDED["decided_already"].format(state=RETAINED_STATES[row.state], decision=row.decision_id)
    if problem is not None:
        raise ContractError(DECIDED["not_open"].format(number=row.retained_id, problem=problem))
    removed_at = connection.execute(
        sa.text("SELECT removed_at FROM ops.landed_file WHERE landed_file_id = :file"),
        {"file": row.landed_file_id},
    ).scalar_one()
    if removed_at is not None:
        said = DECIDED["file_removed"]
        raise ContractError(said.format(number=row.retained_id, file=row.landed_file_id, day=f"{removed_at:%d/%m/%Y}"))


def _check_found(row: Held, found: Mapping[int, list[int]]) -> None:
    if not found[row.retained_id]:
        raise ContractError(DECIDED["reads_otherwise"].format(number=row.retained_id, source=row.source))


def _check_fields(row: Held, changes: Mapping[str, str | None]) -> None:
    fields = ENTITIES[row.entity].fields if row.entity in ENTITIES else ()
    unknown = sorted(set(changes) - set(fields))
    if unknown or not changes:
        raise ContractError(
            DECIDED["fields"].format(
                number=row.retained_id,
                entity=ENTITY_NAMES.get(row.entity, row.entity),
                found=", ".join(unknown) or DECIDED["no_field"],
                known=", ".join(fields) or DECIDED["no_known_field"],
            )
        )


# ---------------------------------------------------------------- what was decided
def _subject(row: Held) -> Subject:
    """What a decision is about: no personal data."""
    names = ("source", "dataset", "entity", "row_hash", "retained_id")
    return {name: getattr(row, name) for name in names}


def _write(connection: sa.Connection, decision_id: int, changes: Mapping[str, str | None]) -> None:
    connection.execute(
        sa.text("INSERT INTO quarantine.correction (decision_id, field, value) VALUES (:decision_id, :field, :value)"),
        [{"decision_id": decision_id, "field": field, "value": value} for field, value in changes.items()],
    )


def _written(connection: sa.Connection, decision_id: int) -> dict[str, str | None]:
    rows = connection.execute(
        sa.text("SELECT field, value FROM quarantine.correction WHERE decision_id = :decision_id"),
        {"decision_id": decision_id},
    )
    return {row.field: row.value for row in rows}


def _listed(rows: Sequence[Held]) -> str:
    return ", ".join(str(row.retained_id) for row in rows)


def _mended(done: Sequence[Entered], already: Sequence[Held]) -> Mended:
    parts = [Mended((item.batch_id,), item.numbers, item.held, item.again, (), item.quarters) for item in done]
    return together([*parts, Mended((), (), (), (), tuple(row.retained_id for row in already), ())])
