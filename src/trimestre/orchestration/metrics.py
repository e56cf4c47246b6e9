"""Our metrics, by the client that Airflow has (StatsD, OpenTelemetry or Datadog; ``[metrics]`` of its configuration).

Names hold the source, since plain StatsD has no tags: ``trimestre.source.<source>.records_landed``. Without a backend
nothing is sent.

Data flow: accounting of a batch, what a look saw -> counters, timings and gauges.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trimestre.warehouse.sqlfiles import read

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trimestre.watching.looking import Seen

COUNTED = ("records_landed", "records_parsed", "rows_merged", "rows_quarantined", "rows_vanished")
"""What the merge of a batch counts; columns of sql/watching/accounting."""


def emit_step(connection: "sa.Connection", context: Mapping[str, Any], now: datetime) -> None:
    """Emit how long a task of ours took; of a merge also what its batch brought."""
    from airflow.sdk.observability import stats

    task, begun = context["task"], getattr(context.get("ti"), "start_date", None)
    source = task.dag_id.removeprefix("ingest__")
    name = f"source.{source}" if source != task.dag_id else f"dag.{task.dag_id}"
    if begun is not None:
        stats.timing(f"trimestre.{name}.{task.task_id}.duration", now - begun)
    if task.task_id == "merge" and source != task.dag_id:
        for counted, count in _accounting(connection, source).items():
            stats.incr(f"trimestre.{name}.{counted}", count)


def emit_seen(seen: "Seen", now: datetime) -> None:
    """Emit how everything stands: ages in seconds, shares in percent, the rest in pieces."""
    from airflow.sdk.observability import stats

    for source in seen.sources:
        if source.merged_at is not None:
            stats.gauge(f"trimestre.source.{source.source}.age", int((now - source.merged_at).total_seconds()))
        stats.gauge(f"trimestre.source.{source.source}.retained", source.retained)
    stats.gauge("trimestre.quarters_behind", len(seen.quarters_behind))
    stats.gauge("trimestre.marts_behind", len(seen.marts_behind))
    stats.gauge("trimestre.candidates_waiting", len(seen.waiting))
    for disk in seen.disks:
        stats.gauge(f"trimestre.disk.{disk.name}.free_percent", round(disk.free_percent, 1))


def _accounting(connection: "sa.Connection", source: str) -> dict[str, int]:
    """What the newest merged batch of a source brought; its DAG runs one at a time."""
    import sqlalchemy as sa

    row = connection.execute(sa.text(read("watching/accounting")), {"source": source}).one_or_none()
    return {} if row is None else {name: getattr(row, name) for name in COUNTED}
