"""A night: the steps of one source, and all sources in order with the quarters they move.

The same functions stand behind the tasks of the DAGs and the commands of the CLI.

Data flow: land -> stage -> validate -> merge, a source at a time -> compute each quarter that moved -> marts.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.errors import PermanentError
from trimestre.indicators.computing import Computed, compute_all, definitions_digest
from trimestre.indicators.drift import refresh_drift
from trimestre.indicators.placing import next_open, vintages_in_force
from trimestre.indicators.rechecking import Rechecked, recheck
from trimestre.periods import Period
from trimestre.pipeline import landing, merging, parting, staging, validation
from trimestre.pipeline.behind import OneBehind
from trimestre.pipeline.expecting import import_ahead
from trimestre.pipeline.lost import StagingLost
from trimestre.pipeline.marts.refreshing import Refreshed, refresh
from trimestre.pipeline.merging import Merged
from trimestre.pipeline.parting import Group
from trimestre.pipeline.plant import Plant
from trimestre.warehouse.database import transaction


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


def stage(plant: Plant, batch_id: int) -> int:
    """Stage a landed batch: how many records were new or changed; an empty one passes through.

    A stop rule, or a file that can't be read, rejects it.
    """
    source, state = _batch(plant, batch_id)
    if state == "empty":
        return 0
    with _rejecting(plant, batch_id):
        return staging.stage(
            plant.engine, plant.connector(source), plant.project, batch_id, landing=plant.landing, key=plant.key
        ).parsed


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
    make_ready(plant, batch_id, now)
    return merge(plant, batch_id, now)


def make_ready(plant: Plant, batch_id: int, now: datetime) -> int:
    """Stage a landed batch and judge it: how many records were new or changed."""
    with OneBehind() as behind:
        if _suspects_expected(plant, batch_id):
            behind.submit(import_ahead)
        parsed = stage(plant, batch_id)
        validate(plant, batch_id, now)
    return parsed


def _suspects_expected(plant: Plant, batch_id: int) -> bool:
    """Whether a batch is all but sure to bring rows that some rule has to look at: its source has retained ones.

    Their records come again every night until somebody mends them.
    """
    with transaction(plant.engine) as connection:
        return bool(
            connection.execute(
                sa.text(
                    "SELECT b.state = 'landed' AND EXISTS (SELECT 1 FROM quarantine.row AS q"
                    " WHERE q.source = b.source AND q.state = 'open') FROM ops.batch AS b WHERE b.batch_id = :id"
                ),
                {"id": batch_id},
            ).scalar_one()
        )


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
