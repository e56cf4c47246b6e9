"""A night: the steps of one source, and all sources in order with the quarters they move.

The same functions stand behind the tasks of the DAGs and the commands of the CLI.

Data flow: land -> stage -> validate -> merge, a source at a time -> compute each quarter that moved -> marts.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.errors import ContractError, PermanentError
from trimestre.indicators.computing import Computed, compute_all, definitions_digest
from trimestre.indicators.drift import refresh_drift
from trimestre.indicators.placing import next_open, vintages_in_force
from trimestre.indicators.rechecking import Rechecked, recheck
from trimestre.periods import Period
from trimestre.pipeline import (
    deciding,
    erasing,
    held,
    landing,
    merging,
    parting,
    replaying,
    retained,
    staging,
    validation,
    withdrawing,
)
from trimestre.pipeline import retention as retaining
from trimestre.pipeline.deciding import Decided
from trimestre.pipeline.erasing import Person, Removed
from trimestre.pipeline.held import Holding
from trimestre.pipeline.lost import StagingLost
from trimestre.pipeline.merging import Merged
from trimestre.pipeline.parting import Group
from trimestre.pipeline.rebuilding import Workshop, give_up_unfinished
from trimestre.pipeline.refreshing import Refreshed, lock_marts, refresh
from trimestre.pipeline.replaying import Replayed
from trimestre.pipeline.retained import Mended
from trimestre.pipeline.transactions import lock_source
from trimestre.pipeline.withdrawing import Withdrawn
from trimestre.reports.texts import BATCH_MESSAGES
from trimestre.sources.base import Connection, Connector
from trimestre.sources.registry import connector_for
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.entities import FRAMEWORK_SOURCE
from trimestre.warehouse.rekeying import Rotated, rotate, rotated_already

ConnectionOf = Callable[[str], Connection | None]
"""Name of a connection -> address and secrets, or None when there is none."""


_NOWHERE = Connection("https://nowhere.invalid")
"""Where nothing is fetched from."""


@dataclass(frozen=True)
class Plant:
    """What every step needs: the project, where things are, and how to get a connection."""

    engine: sa.Engine
    project: Project
    landing: Path
    drop: Path | str
    """Root of the drop folders: a folder of this machine, or an fsspec URL."""
    key: bytes
    connection_of: ConnectionOf

    def connector(self, source: str) -> Connector:
        """The connector of a source."""
        contract = self.project.sources.get(source)
        name = getattr(contract, "connection", None)
        return connector_for(
            self.project, source, drop=self.drop, connection=self.connection_of(name) if name else None
        )

    def reader(self, source: str) -> Connector:
        """The connector of a source for what was landed: it needs no connection, so none has to be there."""
        return connector_for(self.project, source, drop=self.drop, connection=_NOWHERE)

    def source_codes(self) -> list[str]:
        """Every source in the order of a night: the framework first, since editions give the quarters."""
        return [FRAMEWORK_SOURCE, *sorted(self.project.sources)]


def land(plant: Plant, source: str) -> int:
    """Bring a source over into a new batch."""
    connector = plant.connector(source)
    contract = plant.project.sources.get(source)
    return landing.land(
        plant.engine,
        connector,
        source,
        landing=plant.landing,
        fingerprint=plant.project.fingerprint(source, connector.parser_version),
        dropped=contract.drop if contract else (),
    )


def stage(plant: Plant, batch_id: int) -> None:
    """Stage a landed batch; an empty one passes through. A stop rule, or a file that can't be read, rejects it."""
    source, state = _batch(plant, batch_id)
    if state == "empty":
        return
    with _rejecting(plant, batch_id):
        staging.stage(
            plant.engine, plant.connector(source), plant.project, batch_id, landing=plant.landing, key=plant.key
        )


def divide(plant: Plant, batch_id: int, most: int) -> list[Group]:
    """Begin to stage a landed batch by at most ``most`` tasks: the parts of each; none when there is nothing to do."""
    source, state = _batch(plant, batch_id)
    if state == "empty":
        return []
    with _rejecting(plant, batch_id):
        return parting.divide(
            plant.engine, plant.connector(source), batch_id, landing=plant.landing, key=plant.key, most=most
        )


def stage_parts(plant: Plant, batch_id: int, numbers: Sequence[int]) -> None:
    """Stage some parts of a batch. A part that can't be read rejects the batch."""
    connector = plant.connector(_batch(plant, batch_id)[0])
    with _rejecting(plant, batch_id):
        parting.stage_parts(plant.engine, connector, batch_id, numbers, landing=plant.landing, key=plant.key)


def complete(plant: Plant, batch_id: int) -> None:
    """End the staging of a batch whose parts are staged; an empty one passes through. A stop rule rejects it."""
    source, state = _batch(plant, batch_id)
    if state == "empty":
        return
    with _rejecting(plant, batch_id):
        parting.complete(
            plant.engine, plant.connector(source), plant.project, batch_id, landing=plant.landing, key=plant.key
        )


@contextmanager
def _rejecting(plant: Plant, batch_id: int) -> Iterator[None]:
    """An error that trying again would meet again rejects the batch; one that is rejected keeps its first reason."""
    try:
        yield
    except PermanentError as error:
        if _batch(plant, batch_id)[1] != "rejected":
            merging.reject(plant.engine, batch_id, error)
        raise


def validate(plant: Plant, batch_id: int, now: datetime) -> None:
    """Judge the staged rows of a batch; one that was judged (its task runs again) stays as it is.

    Rows that PostgreSQL lost by going down are staged again before.
    """
    if _batch(plant, batch_id)[1] in ("empty", "validated", "merged"):
        return
    try:
        validation.validate(plant.engine, plant.project, batch_id, now)
    except StagingLost:
        stage(plant, batch_id)
        validation.validate(plant.engine, plant.project, batch_id, now)
    with transaction(plant.engine) as connection:
        connection.execute(
            sa.text("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :id AND state = 'staged'"),
            {"id": batch_id},
        )


def merge(plant: Plant, batch_id: int, now: datetime) -> Merged:
    """Merge a validated batch; an empty one changes nothing.

    Rows that PostgreSQL lost by going down are staged and judged again before, as of ``now``.
    """
    if _batch(plant, batch_id)[1] == "empty":
        return Merged(batch_id, (), changed=False)
    try:
        return merging.merge(plant.engine, plant.project, batch_id)
    except StagingLost:
        stage(plant, batch_id)
        validate(plant, batch_id, now)
        return merging.merge(plant.engine, plant.project, batch_id)


def ingest(plant: Plant, source: str, now: datetime) -> Merged:
    """All steps of one source."""
    batch_id = land(plant, source)
    stage(plant, batch_id)
    validate(plant, batch_id, now)
    return merge(plant, batch_id, now)


def replay(plant: Plant, source: str, since: date | None = None) -> Replayed:
    """Make a source anew from its landed files; ``since``: only from the first batch landed on that local day or later.

    Merges wait for it, and so does a night of the same source.
    """
    zone = ZoneInfo(plant.project.framework.timezone)
    return replaying.replay(
        plant.engine,
        plant.reader(source),
        plant.project,
        source,
        landing=plant.landing,
        key=plant.key,
        since=None if since is None else datetime.combine(since, time.min, zone),
    )


def withdraw(plant: Plant, batch_id: int, *, reason: str, decided_by: str) -> Withdrawn:
    """Undo a wrong batch by later versions; its files stay and are not taken again."""
    with transaction(plant.engine) as connection:
        source = withdrawing.check_withdrawable(connection, batch_id, reason)
    return withdrawing.withdraw(
        plant.engine,
        plant.reader(source),
        plant.project,
        source,
        batch_id,
        landing=plant.landing,
        key=plant.key,
        reason=reason,
        decided_by=decided_by,
    )


def decide_identity(plant: Plant, kind: str, accounts: Sequence[str], *, reason: str, decided_by: str) -> Decided:
    """Merge or split persons, or take possible pairs off the list."""
    return deciding.decide_identity(plant.engine, plant.project, kind, accounts, reason=reason, decided_by=decided_by)


def revoke_decision(plant: Plant, decision_id: int, *, reason: str, decided_by: str) -> Decided:
    """Take back a decision about persons."""
    return deciding.revoke(plant.engine, plant.project, decision_id, reason=reason, decided_by=decided_by)


def accept_shrink(plant: Plant, source: str, *, reason: str, decided_by: str) -> None:
    """Accept what the last rejected batch of a source delivered: its scopes may be that small from now on."""
    with transaction(plant.engine) as connection:
        rejected = connection.execute(
            sa.text(
                "SELECT batch_id FROM ops.batch WHERE source = :source AND state = 'rejected'"
                " ORDER BY batch_id DESC LIMIT 1"
            ),
            {"source": source},
        ).scalar()
        if rejected is None:
            raise ContractError(f"source {source}: found no rejected batch, expected one to accept. Nothing was done.")
        subject = {"source": source, "batch_id": rejected}
        decide(connection, "accept_shrink", subject, reason=reason, decided_by=decided_by)


def accept_rows(plant: Plant, numbers: Sequence[int], now: datetime, *, reason: str, decided_by: str) -> Mended:
    """Let retained rows enter although a rule fails, source by source."""
    with transaction(plant.engine) as connection:
        sources = retained.source_of(connection, numbers)
    return retained.together(
        retained.accept(
            plant.engine, _workshop(plant, source), [number for number in numbers if sources[number] == source],
            now=now, reason=reason, decided_by=decided_by,
        )
        for source in sorted(set(sources.values()))
    )  # fmt: skip


def correct_row(
    plant: Plant, number: int, changes: Mapping[str, str | None], now: datetime, *, reason: str, decided_by: str
) -> Mended:
    """Let a retained row enter with other values in some fields."""
    with transaction(plant.engine) as connection:
        source = retained.source_of(connection, [number])[number]
    return retained.correct(
        plant.engine, _workshop(plant, source), number, changes, now=now, reason=reason, decided_by=decided_by
    )


def replay_retained(plant: Plant, source: str, now: datetime, *, reason: str | None = None) -> Mended:
    """Read the open retained rows of a source again under today's contract."""
    return retained.replay_retained(plant.engine, _workshop(plant, source), now=now, reason=reason)


def take_back_row(plant: Plant, decision_id: int, *, reason: str, decided_by: str) -> Withdrawn:
    """Take back a decision about a retained row."""
    with transaction(plant.engine) as connection:
        source = withdrawing.decided_source(connection, decision_id)
    return withdrawing.take_back(
        plant.engine,
        plant.reader(source),
        plant.project,
        source,
        decision_id,
        landing=plant.landing,
        key=plant.key,
        reason=reason,
        decided_by=decided_by,
    )


def _workshop(plant: Plant, source: str) -> Workshop:
    return Workshop(plant.reader(source), plant.project, source, plant.landing, plant.key)


def find_person(plant: Plant, kind: erasing.Kind, value: str) -> Person:
    """The person with an identifier."""
    with transaction(plant.engine) as connection:
        return erasing.find(connection, kind, value, key=plant.key, sources=plant.source_codes())


def erase(
    plant: Plant, kind: erasing.Kind, value: str, *, accounts: int, reason: str, decided_by: str
) -> tuple[Person, Removed]:
    """Erase the person with an identifier, as long as it has as many accounts as were looked at."""
    with transaction(plant.engine) as connection:

        def person() -> Person:
            found = erasing.find(connection, kind, value, key=plant.key, sources=plant.source_codes())
            return erasing.links_no_others(connection, erasing.expected(found, accounts), plant.project.identity)

        return erasing.erase(
            connection,
            person,
            key=plant.key,
            reason=reason,
            decided_by=decided_by,
        )


def still_held(plant: Plant, person: Person) -> list[Holding]:
    """The landed files that hold a person; those of a source that is no longer configured can't be read."""
    return [
        file
        for source in person.sources
        for file in held.holding(
            plant.engine,
            plant.reader(source) if source in plant.source_codes() else None,
            person,
            source,
            landing=plant.landing,
            key=plant.key,
        )
    ]


def retention(plant: Plant, now: datetime, *, dry_run: bool, decided_by: str = "retention") -> dict[str, int]:
    """Remove what is due; class -> how much of it."""
    done = retaining.retain(
        plant.engine,
        plant.project.privacy,
        plant.project.framework.zone,
        landing=plant.landing,
        key=plant.key,
        now=now,
        decided_by=decided_by,
        dry_run=dry_run,
    )
    return {item.name: item.removed for item in done}


def rotate_key(plant: Plant, new: bytes, *, reason: str, decided_by: str) -> Rotated:
    """Re-key the warehouse; nothing to do where an earlier run got as far as its commit."""
    with transaction(plant.engine) as connection:
        lock_warehouse(connection)
        sources = connection.scalars(sa.text("SELECT DISTINCT source FROM ops.batch ORDER BY 1")).all()
        for source in sources:
            lock_source(connection, source, alone=True)
        lock_marts(connection)
        if rotated_already(connection, new):
            return Rotated(0, 0)
        for source in sources:  # staged under the present key, and merged under it they could never be rotated again
            give_up_unfinished(connection, source, BATCH_MESSAGES["gave_up"])
        return rotate(connection, key=plant.key, new=new, reason=reason, decided_by=decided_by)


def compute_quarters(plant: Plant, quarters: Iterable[str]) -> list[Computed]:
    """Compute quarters in their order, and compare the closed ones with what was published."""
    periods = sorted(map(Period.parse, quarters))
    computed = compute_all(plant.engine, plant.project, periods) if periods else []
    refresh_drift(plant.engine, plant.project)
    return computed


def recheck_figures(plant: Plant) -> Rechecked:
    """Compare the stored figures with what all evidence gives; what differed is computed anew."""
    found = recheck(plant.engine, plant.project)
    if found.differed:
        refresh_drift(plant.engine, plant.project)
    return found


def refresh_marts(plant: Plant) -> Refreshed:
    """Bring the tables for analysts to what is merged and computed."""
    return refresh(plant.engine, plant.project)


def pending_quarters(engine: sa.Engine, project: Project) -> list[str]:
    """Quarters whose figures are behind: a merge, a definition or an official figure moved since they were computed.

    Looked at are the quarters that batches named, and those that take in what comes late for closed ones. A merge moves
    the quarters it names and all later ones, whose spans hold them. Nothing is behind before the first merge.
    """
    with transaction(engine) as connection:
        vintages = vintages_in_force(connection)
        rows = connection.execute(
            sa.text(
                "SELECT q.period FROM (SELECT unnest(b.quarters) AS period FROM ops.batch AS b WHERE b.state = 'merged'"
                " UNION SELECT unnest(CAST(:opens AS text[]))) AS q (period)"
                " LEFT JOIN results.computation AS c ON c.period = q.period AND c.current"
                " WHERE q.period = ANY(:periods)"
                " AND EXISTS (SELECT 1 FROM ops.batch AS b WHERE b.merged_at IS NOT NULL)"
                " AND (c.period IS NULL OR c.definitions <> :definitions OR c.base <> CAST(:base AS jsonb)"
                " OR EXISTS (SELECT 1 FROM ops.batch AS b CROSS JOIN LATERAL unnest(b.quarters) AS m (period)"
                " WHERE b.merged_at > c.known_at AND m.period <= q.period)) ORDER BY 1"
            ),
            {
                "periods": [str(period) for period in project.periods.all()],
                "opens": sorted({next_open(period, set(vintages)) for period in vintages}),
                "base": json.dumps(vintages),
                "definitions": definitions_digest(project),
            },
        )
        return [row.period for row in rows]


def _batch(plant: Plant, batch_id: int) -> tuple[str, str]:
    with transaction(plant.engine) as connection:
        row = connection.execute(
            sa.text("SELECT source, state FROM ops.batch WHERE batch_id = :id"), {"id": batch_id}
        ).one()
        return row.source, row.state
