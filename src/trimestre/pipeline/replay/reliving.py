"""A vintage from its landed files alone: the nights up to it are lived once more in a scratch warehouse.

Each batch that was merged by then runs from its files in the order of the merges, under the contract that the vintage
keeps. What people decided enters where it was decided: about rows in steps of their own, about persons before the one
linking at the end. Of the warehouse only records are taken: what arrived, was decided and published, and who was linked
to people that were erased since, which no file may tell any more.

Data flow: vintage -> past (records) -> scratch warehouse <- landed files -> draft -> comparison with the vintage.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from trimestre.contracts import Project, load_project
from trimestre.errors import PermanentError
from trimestre.indicators.evidence import current_pins
from trimestre.indicators.reproducing import Reproduced, compared, reproducible
from trimestre.periods import Period
from trimestre.pipeline import validation
from trimestre.pipeline.landing import landed_files
from trimestre.pipeline.merging import merge_batch
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.quarantine import retained
from trimestre.pipeline.quarantine.honouring import ACCEPT
from trimestre.pipeline.replay import withdrawing
from trimestre.pipeline.replay.past import NotReproducible, Past, Step, past_of
from trimestre.pipeline.replay.rebuilding import Workshop
from trimestre.pipeline.replay.scratch import copy_across, scratch_warehouse
from trimestre.pipeline.staging import stage_files
from trimestre.texts import REPRODUCE
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import REVOKE, Decision
from trimestre.warehouse.entities import IDENTITY_SOURCE
from trimestre.warehouse.identity import ERASE, link_persons
from trimestre.warehouse.tables import ops, restricted, results


def reproduce_from_landing(
    plant: Plant, period: Period, number: int | None = None, *, scratch_url: str | None = None
) -> Reproduced:
    """Work out a vintage (the one in force without a number) from its landed files, in a scratch warehouse.

    ``scratch_url``: an empty database for it; without one it is made beside the warehouse. :class:`NotReproducible`
    when files or contract are gone or can't be read; nothing is left behind, in any case.
    """
    with transaction(plant.engine) as connection:
        found = reproducible(connection, period, number)
        past = past_of(connection, found, plant.landing)
    with tempfile.TemporaryDirectory(prefix="trimestre-") as folder:
        project = _project_then(past.contract, Path(folder))
        with scratch_warehouse(plant.engine, scratch_url) as engine:
            there = replace(plant, engine=engine, project=project)
            _take_records(plant, there, past)
            _Life(plant, there, past).live()
            with transaction(engine) as connection:
                return compared(connection, project, found, current_pins(connection))


def _project_then(contract: Mapping[str, str], root: Path) -> Project:
    """The project as its YAML was."""
    for name, text in contract.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    try:
        return load_project(root, lenient_sources=True)
    except PermanentError as error:
        raise NotReproducible(REPRODUCE["contract"].format(error=error)) from None


def _take_records(here: Plant, there: Plant, past: Past) -> None:
    """Fill the scratch warehouse with what arrived, what was decided and what was published."""
    vintages = {past.candidate["candidate_id"], *past.candidate["base"].values()}
    with transaction(here.engine) as reading, transaction(there.engine) as writing:
        of_vintages = sa.select(results.evidence_set.c.set_id).where(results.evidence_set.c.candidate_id.in_(vintages))
        sets = set(reading.scalars(of_vintages))
        cited = sa.select(results.evidence.c.landed_file_id).where(results.evidence.c.set_id.in_(sets)).distinct()
        brought = sa.select(ops.landed_file.c.landed_file_id).where(ops.landed_file.c.batch_id.in_(past.delivered))
        files = {number for number in reading.scalars(cited.union(brought)) if number is not None}
        decided = [decision.decision_id for decision in past.from_the_start]
        buried = reading.scalars(sa.select(restricted.tombstone.c.account_key)).all()
        for table, column, keys in (
            (ops.batch, "batch_id", past.delivered),
            (ops.landed_file, "landed_file_id", files),
            (ops.decision, "decision_id", decided),
            (restricted.correction, "decision_id", decided),
            (restricted.tombstone, "account_key", [str(key) for key in buried]),
            (results.candidate, "candidate_id", vintages),
            (results.candidate_value, "candidate_id", vintages),
            (results.evidence_set, "candidate_id", vintages),
            (results.evidence, "set_id", sets),
        ):
            copy_across(reading, writing, table, column, keys)
        # as before their first night
        writing.execute(sa.update(ops.batch).values(state="landed", merged_at=None, quarters=None, replayed_at=None))
        for table, column in ((ops.batch, "batch_id"), (ops.decision, "decision_id")):
            newest = reading.execute(sa.select(sa.func.max(table.c[column]))).scalar_one() or 0
            writing.execute(
                sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.fullname, column), newest + 1))
            )
        writing.execute(sa.text("ANALYZE results.evidence, ops.landed_file"))
        _hold_together(writing, past)


def _hold_together(connection: sa.Connection, past: Past) -> None:
    """The accounts of an erased person are one by a decision, since their identifiers are blank."""
    rows = [{"kind": ERASE, "subject": json.dumps({"accounts": list(accounts)})} for accounts in past.erased]
    if rows:
        connection.execute(
            sa.text(
                "INSERT INTO ops.decision (kind, subject, reason, decided_by, decided_at)"
                " VALUES (:kind, CAST(:subject AS jsonb), '', '', clock_timestamp())"
            ),
            rows,
        )


class _Life:
    """The steps of a past, lived in a scratch warehouse."""

    def __init__(self, here: Plant, there: Plant, past: Past) -> None:
        self._here, self._there, self._past = here, there, past
        self._numbers: dict[int, int] = {}
        """Decision -> its number in the scratch warehouse, where that is another one."""

    def live(self) -> None:
        """Every step in its order, then the persons."""
        for step in self._past.steps:
            try:
                self._live(step)
            except PermanentError as error:
                raise NotReproducible(
                    REPRODUCE["refused"].format(batch=step.batch_id, source=step.source, error=error)
                ) from None
        with transaction(self._there.engine) as connection:
            at = lock_warehouse(connection)
            batch_id = connection.execute(
                sa.insert(ops.batch)
                .values(source=IDENTITY_SOURCE, state="merged", started_at=at, merged_at=at, quarters=[])
                .returning(ops.batch.c.batch_id)
            ).scalar_one()
            link_persons(connection, self._there.project, batch_id=batch_id, at=at, everything=True)

    def _live(self, step: Step) -> None:
        work = self._work(step.source)
        if step.files:
            self._deliver(work, step)
        elif step.withdraws is not None:
            withdrawing.withdraw(
                self._there.engine, work.connector, work.project, step.source, step.withdraws,
                landing=work.landing, key=work.key, reason=f"batch {step.batch_id}", decided_by="",
            )  # fmt: skip
        for decision in step.decisions:
            self._decide(work, step, decision)

    def _work(self, source: str) -> Workshop:
        return Workshop(self._there.reader(source), self._there.project, source, self._there.landing, self._there.key)

    def _deliver(self, work: Workshop, step: Step) -> None:
        """One batch from its files: staged, judged as of its day, merged."""
        fingerprint = work.project.fingerprint(work.source, work.connector.parser_version)
        with transaction(self._there.engine) as connection:
            at = lock_warehouse(connection)
            files = landed_files(connection, work.landing, step.batch_id)
            stage_files(
                connection, work.connector, work.project, work.source, step.batch_id, fingerprint, files, key=work.key
            )
            validation.validate(connection, work.project, step.batch_id, step.landed_at)
            merge_batch(connection, work.source, step.batch_id, at, nightly=True)
            connection.execute(
                sa.update(ops.batch)
                .where(ops.batch.c.batch_id == step.batch_id)
                .values(state="merged", merged_at=at, quarters=[], fingerprint=fingerprint)
            )

    def _decide(self, work: Workshop, step: Step, decision: Decision) -> None:
        """Decide about a row as somebody did then; where it is not held back here, the decision stands all the same."""
        said = {"reason": decision.reason, "decided_by": decision.decided_by}
        if decision.kind == REVOKE:
            revoked = int(decision.subject["decision_id"])
            withdrawing.take_back(
                self._there.engine, work.connector, work.project, work.source, self._numbers.get(revoked, revoked),
                landing=work.landing, key=work.key, **said,
            )  # fmt: skip
            return
        held = self._held(decision)
        if held is None:
            self._store(decision)
        elif decision.kind == ACCEPT:
            retained.accept(self._there.engine, work, [held], now=step.landed_at, **said)
        else:
            changes = self._changes(decision)
            retained.correct(self._there.engine, work, held, changes, now=step.landed_at, **said)
        if held is not None:
            with transaction(self._there.engine) as connection:
                self._numbers[decision.decision_id] = connection.execute(
                    sa.select(sa.func.max(ops.decision.c.decision_id))
                ).scalar_one()

    def _held(self, decision: Decision) -> int | None:
        """The number here of the retained row that a decision is about."""
        with transaction(self._there.engine) as connection:
            return connection.execute(
                sa.text(
                    "SELECT min(q.retained_id) FROM quarantine.row AS q WHERE q.state = 'open' AND q.source = :source"
                    " AND q.dataset = :dataset AND q.entity = :entity AND q.row_hash = decode(:row_hash, 'hex')"
                    " AND q.rule = coalesce(CAST(:rule AS text), q.rule)"
                ),
                {"rule": None} | decision.subject,
            ).scalar_one()

    def _changes(self, decision: Decision) -> dict[str, str | None]:
        own = sa.select(restricted.correction.c.field, restricted.correction.c.value)
        with transaction(self._here.engine) as connection:
            rows = connection.execute(own.where(restricted.correction.c.decision_id == decision.decision_id))
            return {row.field: row.value for row in rows}

    def _store(self, decision: Decision) -> None:
        with transaction(self._here.engine) as reading, transaction(self._there.engine) as writing:
            for table in (ops.decision, restricted.correction):
                copy_across(reading, writing, table, "decision_id", [decision.decision_id])
