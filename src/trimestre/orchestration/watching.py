"""What the watch calls: its tasks, and what follows from a task that failed for good or ended well.

A failure is told from the task's own process; when that process was killed or could not reach the warehouse, the next
look finds what it left. Only errors of the house are quoted: others may quote a row.

Data flow: look -> ledger -> tell; context of a task -> ledger (``run_failed``) -> tell, and metrics.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from trimestre import texts
from trimestre.errors import ContractError, TrimestreError
from trimestre.orchestration import metrics
from trimestre.orchestration.defaults import source_of
from trimestre.orchestration.retrying import TryAgain, errors_of_airflow
from trimestre.orchestration.tasks import open_plant, page_address, stored_connection

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trimestre.contracts import Project
    from trimestre.watching.telling import Teller, Told

log = logging.getLogger(__name__)

_BY_RUN = ("ingest__", "indicators")
"""DAGs whose tasks follow each other: their run fails or ends well as a whole."""


def look() -> dict[str, int]:
    """Look at everything, keep what is wrong, and emit how it stands; returns counts."""
    from trimestre import settings
    from trimestre.watching import outage
    from trimestre.watching.passing import watch
    from trimestre.watching.telling import teller_of

    with open_plant(_project()) as plant:
        seen, changed = watch(
            plant.engine, plant.project, settings.from_environment().watched_places, datetime.now(UTC)
        )
        teller = teller_of(plant.engine, plant.project, stored_connection, page_address())
        _say(outage.over(settings.from_environment().outage_mark, teller, datetime.now(UTC)))
    metrics.emit_seen(seen, datetime.now(UTC))
    return {"opened": len(changed.opened), "recovered": len(changed.recovered)}


def tell() -> list[str]:
    """Send what was not told yet; returns the channels, skipped when there is nothing to tell."""
    with errors_of_airflow(), _engine() as engine:
        told = _teller(engine).tell(datetime.now(UTC))
        told.raise_failed()
    if not told.sent:
        raise AirflowSkipException(texts.STATUS_CLI["nothing_due"])
    return told.sent


def on_no_look(context: Mapping[str, Any]) -> None:
    """No try of a look reached the warehouse: that is told although the ledger can't be asked."""
    from trimestre import settings
    from trimestre.watching import outage

    if isinstance(context.get("exception"), TryAgain):
        with _engine() as engine:
            _say(outage.began(settings.from_environment().outage_mark, _teller(engine), datetime.now(UTC)))


def on_failure(context: Mapping[str, Any]) -> None:
    """A task failed and is not tried again: whoever has to know is told, once an incident."""
    from trimestre.warehouse.database import transaction
    from trimestre.watching.conditions import Condition
    from trimestre.watching.ledger import report

    task = context["task"]
    error = context.get("exception")
    details = {
        "name": context["dag"].dag_display_name,
        "task": task.task_display_name,
        "dag": task.dag_id,
        "message": str(error) if isinstance(error, AirflowFailException | TryAgain) else type(error).__name__,
    }
    now = datetime.now(UTC)
    with _quietly(), _engine() as engine:
        with transaction(engine) as connection:
            report(connection, Condition("run_failed", subject_of(context), details), now)
        _say(_teller(engine).tell(now))


def on_success(context: Mapping[str, Any]) -> None:
    """A task ended well or had nothing to do: the last one of a run ends its incident; metrics are emitted."""
    from trimestre.warehouse.database import transaction
    from trimestre.watching.ledger import resolve

    task, now = context["task"], datetime.now(UTC)
    with _quietly(), _engine() as engine:
        with transaction(engine) as connection:
            metrics.emit_step(connection, context, now)
            ended = not task.downstream_task_ids and resolve(connection, "run_failed", subject_of(context), now)
        if ended:
            _say(_teller(engine).tell(now))


WATCHED: dict[str, Any] = {
    "on_failure_callback": [on_failure], "on_success_callback": [on_success], "on_skipped_callback": [on_success],
}  # fmt: skip
"""Arguments of the tasks whose failure somebody has to know; forms are answered to whoever sent them."""


def subject_of(context: Mapping[str, Any]) -> str:
    """What a task is about: its source, its quarter, or itself."""
    task, run = context["task"], context.get("dag_run")
    if task.dag_id.startswith(_BY_RUN[0]):
        return f"source:{source_of(task.dag_id)}"
    if task.dag_id in _BY_RUN:
        return f"quarter:{getattr(run, 'partition_key', None) or ''}"
    return f"task:{task.dag_id}:{task.task_id}"


@contextmanager
def _quietly() -> Iterator[None]:
    """What follows a task is no part of it: a warehouse that is down by then is the next look's to tell."""
    try:
        yield
    except TrimestreError as error:
        log.warning("%s", error)


@contextmanager
def _engine() -> Iterator["sa.Engine"]:
    """The warehouse alone: what is told of a project that can't be read must not need to read it."""
    from trimestre import settings
    from trimestre.warehouse.database import connect

    engine = connect(settings.from_environment().require_warehouse())
    try:
        yield engine
    finally:
        engine.dispose()


def _project() -> "Project":
    """The project; of one that can't be read people are told, which no look could see."""
    from trimestre import settings
    from trimestre.contracts import load_project
    from trimestre.watching.telling import tell_unreadable

    try:
        return load_project(settings.from_environment().project, lenient_sources=True)
    except ContractError as error:
        with errors_of_airflow(), _engine() as engine:
            _say(tell_unreadable(_teller(engine), error, datetime.now(UTC)))
            raise


def _teller(engine: "sa.Engine") -> "Teller":
    from trimestre import settings
    from trimestre.watching.telling import teller_of

    return teller_of(engine, settings.from_environment().project, stored_connection, page_address())


def _say(told: "Told") -> None:
    """A message that could not be sent stays due; the watch tries again and fails by it."""
    for channel, error in told.failed.items():
        log.warning("%s: %s", channel, error)
