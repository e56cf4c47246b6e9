"""What is done to a warehouse beside its nights: replays, withdrawals, what people decide, erasures, another key.

The same functions stand behind the forms and the tasks of Airflow, the page and the commands of the CLI.

Data flow: plant, and what somebody asks for with a reason -> the module that does it -> what it did.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.pipeline import deciding
from trimestre.pipeline.deciding import Decided
from trimestre.pipeline.marts.refreshing import lock_marts
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.privacy import erasing, held
from trimestre.pipeline.privacy import retention as retaining
from trimestre.pipeline.privacy.erasing import Person, Removed
from trimestre.pipeline.privacy.held import Holding
from trimestre.pipeline.quarantine import retained
from trimestre.pipeline.quarantine.retained import Mended
from trimestre.pipeline.replay import replaying, withdrawing
from trimestre.pipeline.replay.rebuilding import Workshop, give_up_unfinished
from trimestre.pipeline.replay.replaying import Replayed
from trimestre.pipeline.replay.withdrawing import Withdrawn
from trimestre.pipeline.transactions import lock_source
from trimestre.texts import BATCH_MESSAGES, DECIDED
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.rekeying import Rotated, rotate, rotated_already


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
            raise ContractError(DECIDED["no_rejected_batch"].format(source=source))
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
