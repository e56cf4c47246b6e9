"""A real Airflow over the demo's case, which several test files share one after the other, and what people do in it."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from nights import PROJECT, SELDOM, Installation

from trimestre.contracts import load_project
from trimestre.embedded import write_secret
from trimestre.indicators.candidates import prepare
from trimestre.indicators.explaining import explain
from trimestre.indicators.vintages import decide_candidate
from trimestre.orchestration.local import LocalAirflow
from trimestre.periods import Period
from trimestre.pipeline import night
from trimestre.pipeline.plant import Plant
from trimestre.simulators.case_moodle import CERTIFICATE, local_epoch
from trimestre.sources.base import Connection
from trimestre.warehouse.database import transaction

PREPARER, APPROVER, READER = "admin", "coordinacion", "lectura"
USERS = {PREPARER: "admin", APPROVER: "op", READER: "viewer"}
NOTHING = {"comentario": None, "estado_del_proyecto": None, "motivo_estado": None}
EXPLAINED = "Se abrieron dos grupos más | el donante lo pidió"
SECONDS = 180
TWO_DAGS = '''
"""Two DAGs: one that says its quarter only when it has run, and one that follows it (airflow, dag)."""
import sys

import pendulum
from airflow.sdk import DAG, Asset, PartitionedAssetTimetable, task
from trimestre.orchestration.timetable import NightlyRuntimePartitions

merged = Asset("merged_in_a_test")
nightly = NightlyRuntimePartitions("0 3 * * *", timezone="America/Mexico_City")
with DAG("producer", schedule=nightly, start_date=pendulum.datetime(2020, 1, 1), catchup=False):
    @task(outlets=[merged])
    def emit(outlet_events=None):
        assert "great_expectations" in sys.modules, "not preloaded"
        outlet_events[merged].add_partitions(["2020-Q2"])
    emit()
with DAG("consumer", schedule=PartitionedAssetTimetable(assets=merged), catchup=False):
    @task
    def compute(dag_run=None):
        assert dag_run.partition_key
    compute()
'''
"""Beside the real ones: what ``test_local_airflow.py`` runs."""


@dataclass
class Office:
    """A real Airflow over the demo's case, and what two people do in it."""

    here: Installation
    airflow: LocalAirflow
    plant: Plant
    passwords: dict[str, str]

    def send(self, dag_id: str, user: str = PREPARER, **filled: Any) -> str:
        """Send a form; the path of its run."""
        run = self.airflow.trigger(dag_id, conf=filled, user=user)
        return f"/dags/{dag_id}/dagRuns/{quote(run, safe='')}"

    def finished(self, run: str, expected: str) -> dict[str, str]:
        """Wait for the end of a run; the states of its tasks."""
        self.wait(lambda: self.airflow.request("GET", run)["state"] in {"success", "failed"}, run)
        assert self.airflow.request("GET", run)["state"] == expected, self.states(run)
        return self.states(run)

    def asked(self, run: str, try_number: int = 1) -> dict[str, Any]:
        """Wait until the question of a close is put; the question."""

        def put() -> bool:
            assert "failed" not in self.states(run).values(), self.said(run, "prepare")
            return self.question(run) in {("awaiting_input", later) for later in range(try_number, 9)}

        self.wait(put, run)
        # Airflow fails a task that is answered before the scheduler has noticed that it waits: it is asked again.
        time.sleep(3)
        question: dict[str, Any] = self.airflow.request("GET", f"{run}/taskInstances/approve/-1/hitlDetails")
        return question

    def answer(self, run: str, option: str, **said: Any) -> None:
        """Answer the question of a close, once more if it comes back, until the answer is taken."""
        while (now := self.question(run))[0] != "success":
            self.reply(run, option, APPROVER, **said)
            self.wait(lambda now=now: self.question(run)[0] == "success" or self.question(run)[1] > now[1], run)
            if self.question(run)[0] != "success":
                self.asked(run, now[1] + 1)

    def reply(self, run: str, option: str, user: str, **said: Any) -> None:
        """Send an answer to the question of a close."""
        candidate = str(self.candidates()[-1]["candidate_id"])
        body = {"chosen_options": [option], "params_input": NOTHING | {"candidata": candidate} | said}
        self.airflow.request("PATCH", f"{run}/taskInstances/approve/-1/hitlDetails", body, user=user)

    def question(self, run: str) -> tuple[str, int]:
        """State and number of tries of the question of a close."""
        found = self.airflow.request("GET", f"{run}/taskInstances/approve")
        return found["state"], found["try_number"]

    def states(self, run: str) -> dict[str, str]:
        """Task -> state."""
        found = self.airflow.request("GET", f"{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in found}

    def said(self, run: str, task: str) -> str:
        """What the first try of a task logged."""
        return str(self.airflow.request("GET", f"{run}/taskInstances/{task}/logs/1?full_content=true")["content"])

    def candidates(self) -> list[dict[str, Any]]:
        """The candidates of 2020-Q2, oldest first."""
        return self.here.rows("SELECT * FROM results.candidate WHERE period = '2020-Q2' ORDER BY candidate_id")

    def decision(self, kind: str) -> dict[str, Any]:
        """The newest decision of a kind."""
        statement = (
            "SELECT subject, reason, decided_by FROM ops.decision WHERE kind = :kind ORDER BY decision_id DESC LIMIT 1"
        )
        return self.here.rows(statement, kind=kind)[0]

    def indicators(self) -> list[str]:
        """Codes of the indicators that 2020-Q2 has figures of."""
        return [
            row["indicator"]
            for row in self.here.rows(
                "SELECT DISTINCT v.indicator FROM results.indicator_value AS v INNER JOIN results.computation AS c"
                " USING (computation_id) WHERE c.current AND c.period = '2020-Q2' ORDER BY 1"
            )
        ]

    def closed(self) -> None:
        """2020-Q2 has an official version: the one that other tests approved, or else one that is made at once."""
        if self.here.value("SELECT count(*) FROM results.candidate WHERE vintage IS NOT NULL"):
            return
        quarter, now = Period(2020, 2), datetime.now(UTC)
        with transaction(self.plant.engine) as connection:
            for code in self.indicators():
                explain(connection, self.plant.project, code, quarter, "Se pospuso una edición.", APPROVER)
        candidate = prepare(self.plant.engine, self.plant.project, quarter, prepared_by=PREPARER, now=now).candidate_id
        decide_candidate(
            self.plant.engine,
            candidate,
            approve=True,
            decided_by=APPROVER,
            comment=None,
            project=self.plant.project,
        )

    def later_night(self) -> None:
        """A night after the close: some certificates are taken back, and a sex is told by a text that may mean two."""
        world, now = self.here.world, datetime.now(UTC)
        world.change_user(10, sexo="M")
        for user in range(11, 21):
            if (CERTIFICATE, user) in world.moodle.completions:
                world.undo_completion(user, CERTIFICATE, local_epoch(2020, 8, 3, 9))
        night.ingest(self.plant, "moodle_pnud", now)
        night.compute_quarters(self.plant, night.pending_quarters(self.plant.engine, self.plant.project))
        night.refresh_marts(self.plant)

    def wait(self, done: Callable[[], bool], run: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < deadline, self.states(run)
            self.airflow.check()
            time.sleep(0.6)  # each look costs the web server, whose core the tasks need


@contextmanager
def office_over(here: Installation, airflow_database: str) -> Iterator[Office]:
    """One night of the case, and then an Airflow that runs until the end.

    The project is a copy, so that a test may change it; the DAGs are the real ones, and two beside them.
    """
    project, home = here.folder / "project", here.folder / "home"
    for name in ("framework", "sources", "expectations", "dags", "plugins"):
        shutil.copytree(PROJECT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "dags" / "two.py").write_text(TWO_DAGS)
    connections = {
        "moodle_pnud": Connection(here.moodle.url, password=here.moodle.token),
        "encuestas": Connection(here.limesurvey.endpoint, here.limesurvey.username, here.limesurvey.password),
    }
    plant = Plant(
        engine=here.engine,
        project=load_project(project),
        landing=here.folder / "landing",
        drop=here.folder / "drop",
        key=b"a key of the tests",
        connection_of=connections.get,
    )
    for source in plant.source_codes():
        night.ingest(plant, source, datetime.now(UTC))
    list(night.compute_quarters(plant, night.pending_quarters(plant.engine, plant.project)))
    passwords = {user: f"clave de {user}" for user in USERS}
    (home / "secrets").mkdir(parents=True)
    write_secret(home / "secrets" / "airflow_passwords.json", json.dumps(passwords))
    environment = here.environment | {
        "TRIMESTRE_PROJECT": str(project),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
    }
    with LocalAirflow(home, project, airflow_database, environment, parse_seconds=SELDOM) as airflow:
        airflow.wait_healthy()
        for dag_id in ("indicators", "close_quarter", "explicar_desviacion", "estado_informe"):
            airflow.unpause(dag_id)
        yield Office(here, airflow, plant, passwords)
        airflow.stop(grace=1)  # in its own time it takes twenty seconds, and nothing runs any more
