"""The demo: everything on this machine, with synthetic people, up to the printed figures and documents of 2020-Q2.

Starts the embedded PostgreSQL, the simulators and Airflow, lets the DAGs do the work, and waits until what is computed
has caught up with what is merged. Whatever a killed run left is repaired by the next one.

Data flow: simulators + drop folder -> ingest DAGs -> warehouse -> indicators DAG -> table and documents.
"""

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from rich.console import Console
from rich.live import Live
from rich.table import Table

from trimestre import texts
from trimestre.contracts import Project, load_project
from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import PermanentError, TransientError
from trimestre.indicators.values import current_values
from trimestre.orchestration.local import LocalAirflow
from trimestre.periods import Period
from trimestre.pipeline.night import pending_quarters
from trimestre.reports.documents import document_of, version_folder, write_version
from trimestre.reports.figures import indicator_table
from trimestre.settings import Settings
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, build_world, write_drop_files
from trimestre.texts import INSTALLED
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.entities import FRAMEWORK_SOURCE
from trimestre.warehouse.migrate import migrate

PERIOD = Period(2020, 2)
_PATIENCE = 300.0
_NUDGE = 20.0
"""Seconds after which a source without a batch is triggered, and a quarter left behind is computed, by hand."""


def run(settings: Settings, console: Console, *, once: bool, port: int) -> None:
    """Run the demo; returns after Ctrl-C, or at once when the figures stand and ``once`` is set."""
    project = load_project(settings.project)

    def interrupt(_signal: int, _frame: object) -> None:
        console.print(texts.DEMO["stopping"])
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    with contextlib.suppress(KeyboardInterrupt), EmbeddedPostgres.start(settings.home) as postgres:
        for database in ("airflow", "warehouse"):
            postgres.ensure_database(database)
        url = postgres.url("warehouse")
        migrate(url)
        console.print(f"✓ {texts.DEMO['postgres']}")
        world = build_world()
        settings.drop.mkdir(parents=True, exist_ok=True)
        write_drop_files(world, settings.drop)
        with MoodleSimulator(world) as moodle, LimeSurveySimulator(world) as limesurvey:
            console.print(f"✓ {texts.DEMO['simulators']}")
            environment = {
                "TRIMESTRE_PROJECT": str(settings.project),
                "TRIMESTRE_HOME": str(settings.home),
                "TRIMESTRE_LANDING": str(settings.landing),
                "TRIMESTRE_DROP": str(settings.drop),
                "TRIMESTRE_WAREHOUSE_URL": url,
                "TRIMESTRE_ACCOUNT_KEY_FILE": str(settings.key_file),
                "AIRFLOW_CONN_MOODLE_PNUD": _connection("moodle", moodle.url, "", moodle.token),
                "AIRFLOW_CONN_ENCUESTAS": _connection(
                    "limesurvey", limesurvey.endpoint, limesurvey.username, limesurvey.password
                ),
            }
            settings.account_hmac_key()  # made here once, not by several tasks at the same time
            started = time.monotonic()
            with LocalAirflow(
                settings.home, settings.project, postgres.url("airflow"), environment, port=port
            ) as airflow:
                airflow.wait_healthy()
                console.print(f"✓ {texts.DEMO['airflow']}")
                _Night(airflow, connect(url), project, console).run()
                console.print(texts.DEMO["elapsed"].format(seconds=time.monotonic() - started))
                _say_documents(_documents(connect(url), project, settings), console)
                console.print(texts.DEMO["page"].format(url=airflow.url), soft_wrap=True)
                console.print(
                    texts.DEMO["where"].format(url=airflow.url, user=airflow.user, file=airflow.password_file)
                )
                console.print(texts.DEMO["approver"].format(user=airflow.user, approver=airflow.approver))
                if once:
                    console.print(texts.DEMO["once"])
                else:
                    console.print(texts.DEMO["stay"])
                    _stay(airflow)


def _connection(kind: str, host: str, login: str, password: str) -> str:
    return json.dumps({"conn_type": kind, "host": host, "login": login, "password": password})


def _documents(engine: sa.Engine, project: Project, settings: Settings) -> list[Path]:
    """Write the documents of the quarter as it is known now: nobody has approved it yet."""
    with transaction(engine) as connection:
        files = write_version(
            connection, project, PERIOD, version_folder(settings.documents, PERIOD, None), preliminary=True
        )
    engine.dispose()
    return files


def _say_documents(files: list[Path], console: Console) -> None:
    """Where they are; of those with a file an indicator, the first one."""
    console.print(texts.DEMO["documents"].format(period=PERIOD, folder=files[0].parent), soft_wrap=True)
    of_document: dict[str | None, list[Path]] = {}
    for file in files:
        of_document.setdefault(document_of(file.name), []).append(file)
    for document, written in of_document.items():
        more = texts.DEMO["more"].format(count=len(written) - 1) if len(written) > 1 else ""
        name = texts.DOCUMENT_NAMES[document or ""]
        console.print(f"  {written[0].name}{more} · {name}", markup=False, highlight=False, soft_wrap=True)


def _stay(airflow: LocalAirflow) -> None:
    while True:
        airflow.check()
        time.sleep(1)


@dataclass(frozen=True)
class _Progress:
    """Where a source stands in this run of the demo."""

    source: str
    batch_id: int
    state: str
    rows: tuple[tuple[str, int, int, int, int, int], ...]
    """Entity, landed, and what it is the sum of: merged, unchanged, retained, out of scope or repeated."""
    message: str | None


class _Night:
    """One night through the scheduler, watched until the figures stand."""

    def __init__(self, airflow: LocalAirflow, engine: sa.Engine, project: Project, console: Console) -> None:
        self._airflow, self._engine, self._project, self._console = airflow, engine, project, console
        self._sources = [FRAMEWORK_SOURCE, *sorted(project.sources)]
        self._began = datetime.now(UTC).isoformat()
        with transaction(engine) as connection:
            self._before = connection.execute(sa.text("SELECT coalesce(max(batch_id), 0) FROM ops.batch")).scalar_one()

    def run(self) -> None:
        """Unpause, follow, and print the figures."""
        self._give_up_dead_runs()
        # The consumer first: what is emitted while it is paused is lost to it.
        self._airflow.unpause("indicators")
        was_paused = {source: self._unpause(f"ingest__{source}") for source in self._sources}
        for source, paused in was_paused.items():
            if not paused:  # a DAG that is unpaused for the first time runs by itself
                self._airflow.trigger(f"ingest__{source}")
        progress = self._follow()
        merged = sum(row[2] for source in progress for row in source.rows)
        if merged:
            self._console.print(texts.DEMO["changed"].format(rows=f"{merged:,}", batches=len(progress)))
        else:
            self._console.print(texts.DEMO["nothing_changed"])
        with transaction(self._engine) as connection:
            values = current_values(connection, PERIOD, reconciliation=True)
        self._console.print(indicator_table(self._project, str(PERIOD), values))
        self._engine.dispose()

    def _give_up_dead_runs(self) -> None:
        """End the runs that a killed demo left: nobody works on them, and new ones would wait behind them.

        Only those of the night: a close that waits for its answer waits on, and a watch is none of ours.
        """
        ours = {"indicators", *(f"ingest__{source}" for source in self._sources)}
        for run in self._airflow.request("GET", "/dags/~/dagRuns?state=running&state=queued&limit=100")["dag_runs"]:
            if run["dag_id"] not in ours:
                continue
            path = f"/dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'], safe='')}"
            self._airflow.request("PATCH", path, {"state": "failed"})

    def _unpause(self, dag_id: str) -> bool:
        paused = bool(self._airflow.request("GET", f"/dags/{dag_id}")["is_paused"]) if self._known(dag_id) else True
        self._airflow.unpause(dag_id)
        return paused

    def _known(self, dag_id: str) -> bool:
        return bool(self._airflow.request("GET", f"/dags?limit=100&dag_id_pattern={dag_id}")["dags"])

    def _follow(self) -> list[_Progress]:
        """Wait until every source has a finished batch of this run and no quarter is behind, while something moves."""
        moved = nudged = time.monotonic()
        behind: list[str] = []
        before: object = None
        with self._live() as show:
            while True:
                self._airflow.check()
                progress = self._progress()
                show(progress)
                # What people decide meanwhile is a batch, too, of no source of ours.
                done = {item.source for item in progress if item.state in {"merged", "empty"}} & set(self._sources)
                if done == set(self._sources) and not (behind := pending_quarters(self._engine, self._project)):
                    return progress
                self._fail_early(progress)
                now = time.monotonic()
                if (seen := (progress, behind)) != before:
                    before, moved = seen, now
                if now - moved > _PATIENCE:
                    raise TransientError(
                        INSTALLED["demo"].format(
                            sources=", ".join(sorted(set(self._sources) - done) or map(str, behind)),
                            seconds=_PATIENCE,
                            url=self._airflow.url,
                        )
                    )
                if now - nudged > _NUDGE:
                    nudged = now
                    self._nudge({item.source for item in progress}, done)
                time.sleep(0.5)

    def _nudge(self, begun: set[str], done: set[str]) -> None:
        """What a killed run left between two states is started again by hand."""
        for source in self._sources:
            if source not in begun and not self._running(f"ingest__{source}"):
                self._airflow.trigger(f"ingest__{source}")
        if done == set(self._sources) and not self._running("indicators"):
            for quarter in pending_quarters(self._engine, self._project):
                self._airflow.trigger("indicators", partition_key=quarter)

    def _running(self, dag_id: str) -> bool:
        runs = self._airflow.request("GET", f"/dags/{dag_id}/dagRuns?state=running&state=queued&limit=1")
        return bool(runs["dag_runs"])

    def _fail_early(self, progress: list[_Progress]) -> None:
        for item in progress:
            if item.state == "rejected":
                raise PermanentError(item.message or item.state)
        for source in self._sources:
            newest = self._airflow.request("GET", f"/dags/ingest__{source}/dagRuns?order_by=-run_after&limit=1")
            if any(run["state"] == "failed" and run["queued_at"] >= self._began for run in newest["dag_runs"]):
                raise PermanentError(texts.DEMO["failed"].format(dag=f"ingest__{source}", url=self._airflow.url))

    def _progress(self) -> list[_Progress]:
        with transaction(self._engine) as connection:
            batches = connection.execute(
                sa.text(
                    "SELECT DISTINCT ON (source) source, batch_id, state, message FROM ops.batch"
                    " WHERE batch_id > :before AND state <> 'abandoned' ORDER BY source, batch_id DESC"
                ),
                {"before": self._before},
            ).all()
            rows = connection.execute(
                sa.text(
                    "SELECT batch_id, entity, landed, merged, unchanged, quarantined, out_of_scope + repeated AS aside"
                    " FROM ops.row_account WHERE batch_id > :before ORDER BY batch_id, entity"
                ),
                {"before": self._before},
            ).all()
        return [
            _Progress(
                batch.source,
                batch.batch_id,
                batch.state,
                tuple(
                    (row.entity, row.landed, row.merged, row.unchanged, row.quarantined, row.aside)
                    for row in rows
                    if row.batch_id == batch.batch_id
                ),
                batch.message,
            )
            for batch in batches
        ]

    @contextlib.contextmanager
    def _live(self) -> Iterator[Any]:
        """A table that is renewed on a terminal; a line a change elsewhere."""
        if self._console.is_terminal:
            with Live(console=self._console, refresh_per_second=4) as live:
                yield lambda progress: live.update(_table(progress))
            return
        said: set[tuple[str, str]] = set()

        def say(progress: list[_Progress]) -> None:
            for item in progress:
                if (item.source, item.state) not in said and item.state in {"merged", "empty", "rejected"}:
                    said.add((item.source, item.state))
                    self._console.print(_table([item]))

        yield say


def _table(progress: list[_Progress]) -> Table:
    table = Table(*texts.PROGRESS_COLUMNS)
    for item in progress:
        state = texts.BATCH_STATES.get(item.state, item.state)
        table.add_row(item.source, state, *([""] * (len(texts.PROGRESS_COLUMNS) - 2)))
        for entity, *counts in item.rows:
            table.add_row("", "", texts.ENTITIES[entity], *(f"{count:,}" for count in counts))
    return table
