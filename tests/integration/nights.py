"""Nights of the demo's case through the real DAGs: a process that runs them, and a world that can change between."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from trimestre.embedded.machine import die_with_parent
from trimestre.simulators import LimeSurveySimulator, MoodleSimulator, World, write_drop_files

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = ("framework", "datos_capturados", "encuestas", "eventos", "moodle_pnud", "plataforma_sfp")

SELDOM = 300
"""Seconds after which an Airflow of the tests reads its DAGs again: every five, that takes a quarter of a core."""


@dataclass(frozen=True)
class Run:
    """What came of one DAG run."""

    state: str
    tasks: dict[str, str]
    partitions: list[str]
    """Quarters that it named for the indicators DAG."""
    named: list[str] = field(default_factory=list, compare=False)
    """Names of its mapped tasks."""


class DagRunner:
    """The process of ``run_dags.py``: Airflow with a database of its own; ``log`` holds all it printed."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.database_url = database_url
        self.log = home / "dags.log"
        sections = {
            "CORE__DAGS_FOLDER": PROJECT / "dags",
            "CORE__PLUGINS_FOLDER": home / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__UNIT_TEST_MODE": False,
            "DATABASE__SQL_ALCHEMY_CONN": database_url.replace("+psycopg", "+psycopg2"),
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database_url,
            "LOGGING__BASE_LOG_FOLDER": home / "logs",
            "LOGGING__LOGGING_LEVEL": "DEBUG",  # what must never be logged must not be logged there either
        }
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "TRIMESTRE"))},
            "AIRFLOW_HOME": str(home),
            **{f"AIRFLOW__{key}": str(value) for key, value in sections.items()},
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("run_dags.py"))],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # a killed pytest closes nothing, and this process would wait for orders for ever
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process and self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait(30)

    def run(self, dag_id: str, environment: dict[str, str], conf: dict[str, Any] | None = None) -> Run:
        """One run of a DAG to its end."""
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        order = {"dag": dag_id, "conf": conf, "environment": environment}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the process that runs DAGs died:\n{self.log.read_text(errors='replace')[-4000:]}"
        answer = json.loads(line)
        assert not answer.pop("import_errors")
        return Run(**answer)


@dataclass
class Installation:
    """One warehouse with its folders, its simulators and a world that can change between nights."""

    url: str
    engine: sa.Engine
    folder: Path
    world: World
    moodle: MoodleSimulator
    limesurvey: LimeSurveySimulator

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the tasks, or of the CLI."""

        def connection(kind: str, host: str, login: str, password: str) -> str:
            return json.dumps({"conn_type": kind, "host": host, "login": login, "password": password})

        return {
            "TRIMESTRE_PROJECT": str(PROJECT),
            "TRIMESTRE_HOME": str(self.folder),
            "TRIMESTRE_WAREHOUSE_URL": self.url,
            "TRIMESTRE_ACCOUNT_KEY": "a key of the tests",
            "AIRFLOW_CONN_MOODLE_PNUD": connection("moodle", self.moodle.url, "", self.moodle.token),
            "AIRFLOW_CONN_ENCUESTAS": connection(
                "limesurvey", self.limesurvey.endpoint, self.limesurvey.username, self.limesurvey.password
            ),
        }

    def drop(self) -> None:
        """Write the files of the world into the drop folder, as files that nobody has touched for a while."""
        write_drop_files(self.world, self.folder / "drop")
        for path in (self.folder / "drop").rglob("*.*"):
            os.utime(path, (1_600_000_000, 1_600_000_000))

    def night(self, dags: DagRunner, sources: Iterable[str] = SOURCES) -> dict[str, Run]:
        """Some ingests, then the indicators of each quarter that an ingest named, keyed ``indicators <quarter>``."""
        runs = {f"ingest__{code}": dags.run(f"ingest__{code}", self.environment) for code in sources}
        for quarter in sorted({key for run in runs.values() for key in run.partitions}):
            runs[f"indicators {quarter}"] = dags.run("indicators", self.environment, {"partition_key": quarter})
        return runs

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.text(statement), parameters)]

    def value(self, statement: str, **parameters: Any) -> Any:
        """The one value of a query."""
        with self.engine.connect() as connection:
            return connection.execute(sa.text(statement), parameters).scalar_one()

    def snapshot(self) -> dict[str, tuple[int, str]]:
        """Rows and checksum of every table that a night without news must leave as it is."""
        schemas = ("warehouse", "restricted", "results", "quarantine", "marts")
        tables = self.rows(
            "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
            " WHERE table_schema = ANY(:schemas) AND table_type = 'BASE TABLE' ORDER BY 1",
            schemas=list(schemas),
        )
        found = {}
        for table in [*(row["name"] for row in tables), "ops.record_seen", "ops.row_owner", "ops.decision"]:
            text = "string_agg(CAST(t AS text), chr(10) ORDER BY CAST(t AS text))"
            (row,) = self.rows(f"SELECT count(*) AS n, coalesce(md5({text}), '') AS checksum FROM {table} AS t")
            found[table] = (row["n"], row["checksum"])
        return found

    def figure(
        self,
        indicator: str,
        disaggregation: str = "total",
        category: str = "total",
        *,
        period: str = "2020-Q2",
        official: bool = True,
    ) -> dict[str, Any]:
        """One computed cell, read from its table."""
        (cell,) = self.rows(
            "SELECT v.* FROM results.indicator_value AS v INNER JOIN results.computation AS c USING (computation_id)"
            " WHERE c.current AND c.period = :period AND v.indicator = :indicator AND v.official = :official"
            " AND v.disaggregation = :disaggregation AND v.category = :category",
            indicator=indicator,
            disaggregation=disaggregation,
            category=category,
            period=period,
            official=official,
        )
        return cell


@dataclass(frozen=True)
class Quarter:
    """The case after two nights without any change between them. Read only: tests share it."""

    here: Installation
    first: dict[str, Run]
    second: dict[str, Run]
    after_first: dict[str, tuple[int, str]]
    after_second: dict[str, tuple[int, str]]
