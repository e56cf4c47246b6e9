"""What the tasks of the DAGs call: one function a task, ids and counts in, ids and counts out.

A ``PermanentError`` ends the task at once, since trying again gives the same; after a ``TransientError`` it
is tried again, not before the time the server asked for (``retrying``). Nothing heavy is imported at the top: DAG files
import this module.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from trimestre.errors import ContractError
from trimestre.orchestration.retrying import errors_of_airflow

if TYPE_CHECKING:
    from trimestre.pipeline.night import Plant
    from trimestre.sources.base import Connection


@contextmanager
def _plant() -> Iterator["Plant"]:
    """The plant of this installation; its errors in Airflow's classes."""
    from trimestre import settings
    from trimestre.contracts import load_project
    from trimestre.pipeline.night import Plant
    from trimestre.warehouse.database import connect

    with errors_of_airflow():
        here = settings.from_environment()
        engine = connect(here.require_warehouse())
        try:
            yield Plant(
                engine=engine,
                project=load_project(here.project, lenient_sources=True),
                landing=here.landing,
                drop=here.drop,
                key=here.account_hmac_key(),
                connection_of=_connection,
            )
        finally:
            engine.dispose()


def _connection(name: str) -> "Connection | None":
    """A connection stored in Airflow (or in the environment, as Airflow reads it)."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    from trimestre.orchestration.hooks import translated

    try:
        return translated(BaseHook.get_connection(name))
    except AirflowNotFoundException:
        return None


def land(source: str) -> int:
    """Land a source; returns the number of the batch."""
    from trimestre.pipeline import night

    with _plant() as plant:
        return night.land(plant, source)


def stage(batch_id: int) -> int:
    """Take a batch through the door and stage what changed."""
    from trimestre.pipeline import night

    with _plant() as plant:
        night.stage(plant, batch_id)
    return batch_id


def validate(batch_id: int) -> int:
    """Judge the staged rows of a batch."""
    from trimestre.pipeline import night

    with _plant() as plant:
        night.validate(plant, batch_id, datetime.now(UTC))
    return batch_id


def merge(batch_id: int) -> int:
    """Merge a validated batch."""
    from trimestre.pipeline import night

    with _plant() as plant:
        night.merge(plant, batch_id)
    return batch_id


def publish(outlet: Any) -> list[str]:
    """Name every quarter that is not computed as merged; skipped when there is none.

    Whatever a run that died had merged is among them, so no quarter is ever forgotten.
    """
    from trimestre.pipeline import night

    with _plant() as plant:
        quarters = night.pending_quarters(plant.engine, plant.project)
    if not quarters:
        raise AirflowSkipException("Nada cambió: no hay trimestres por recalcular.")
    outlet.add_partitions(quarters)
    return quarters


def compute(period: str | None) -> dict[str, Any]:
    """Compute a quarter; skipped when nothing moved since it was computed."""
    from trimestre.indicators.computing import compute as compute_quarter
    from trimestre.periods import Period

    with _plant() as plant:
        if not period:
            raise ContractError(
                "indicators: found no partition key, expected a quarter such as 2020-Q2. "
                "Trigger the DAG with «Partition Key» under the advanced options."
            )
        computed = compute_quarter(plant.engine, plant.project, Period.parse(period))
    if not computed.moved:
        raise AirflowSkipException(f"{period}: nada cambió desde el último cálculo.")
    return {"period": computed.period, "values": len(computed.values)}


def fail_with(message: str) -> Callable[[], None]:
    """The task of a source whose YAML is wrong: it fails with that message and nothing else runs."""

    def contract_error() -> None:
        raise AirflowFailException(message)

    return contract_error
