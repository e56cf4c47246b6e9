"""Calls to the REST API of an Airflow on this machine, as its user ``admin`` or another of its users.

Data flow: method and path -> token -> answer, or an error of the house.
"""

import contextlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from trimestre.errors import PermanentError, TransientError
from trimestre.texts import INSTALLED

USER = "admin"
APPROVER = "coordinacion"
"""A second person, since nobody approves what they prepared."""
USERS = {USER: "admin", APPROVER: "op"}
"""The users of an Airflow on this machine, with their roles."""
_TIMEOUT = 120.0
"""Seconds to wait for one answer: while six tasks start on two busy cores, the api-server has given none for 45."""
_AGAIN = Retry(
    total=2,
    connect=0,
    backoff_factor=0.5,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods=("GET", "PATCH"),
    raise_on_status=False,
)
"""On a machine that is all at work an answer may be late, and where the scheduler works on a run as somebody ends it,
PostgreSQL breaks off one of the two: status 500. What changes nothing by being said again is said again."""
_HEALTH_NAMES = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class AirflowApi(ABC):
    """The REST API of one Airflow, which a subclass runs."""

    project: Path
    """The folder with ``dags/``."""
    logs: Path
    """The folder of the components' logs."""
    password_file: Path
    """Airflow's file of users and passwords."""

    def __init__(self) -> None:
        self._bearers: dict[str, str] = {}
        self._http = _session()
        self._http.mount("http://", HTTPAdapter(max_retries=_AGAIN))

    @property
    @abstractmethod
    def url(self) -> str:
        """Address of the web interface."""

    @abstractmethod
    def check(self) -> None:
        """Raise PermanentError when this Airflow can't answer any more."""

    def log_of(self, component: str) -> Path:
        """The log of one component, such as ``api-server``."""
        return self.logs / f"airflow-{component}.log"

    def close(self) -> None:
        """Forget the tokens and end the connections."""
        self._bearers = {}
        self._http.close()

    def wait_healthy(self, timeout: float = 90) -> None:
        """Wait until all four components say that they are healthy.

        Raises PermanentError when one dies, TransientError after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        missing: list[str] = list(_HEALTH_NAMES)
        with _session() as http:
            while time.monotonic() < deadline:
                self.check()
                with contextlib.suppress(requests.RequestException, ValueError):
                    health = http.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
                    missing = [n for n in _HEALTH_NAMES if (health.get(n) or {}).get("status") != "healthy"]
                    if not missing:
                        return
                time.sleep(0.2)
        raise TransientError(INSTALLED["unhealthy"].format(missing=", ".join(missing), seconds=timeout, logs=self.logs))

    def token(self, user: str = USER) -> str:
        """Bearer token of a user, fetched once."""
        if user not in self._bearers:
            password = json.loads(self.password_file.read_text())[user]
            answer = self._send("POST", "/auth/token", {"username": user, "password": password}, {})
            self._bearers[user] = str(answer.json()["access_token"])
        return self._bearers[user]

    def request(self, method: str, path: str, json: object = None, *, user: str = USER) -> Any:
        """Call Airflow's REST API: ``path`` below ``/api/v2``, e.g. ``/dags``; returns the parsed answer.

        Raises PermanentError for an answer 4xx, TransientError for 5xx or no answer, also when it was asked again.
        """
        bearer = {"Authorization": f"Bearer {self.token(user)}"}
        answer = self._send(method, f"/api/v2{path}", json, bearer)
        return answer.json() if answer.content else None

    def unpause(self, dag_id: str, timeout: float = 60) -> None:
        """Unpause a DAG, waiting up to ``timeout`` seconds until its file has been read.

        Raises PermanentError, with what Airflow says of DAG files that it cannot import.
        """
        self._wait_for_dag(dag_id, timeout)
        self.request("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def trigger(
        self,
        dag_id: str,
        partition_key: str | None = None,
        conf: Mapping[str, object] | None = None,
        *,
        user: str = USER,
    ) -> str:
        """Start a run by hand, of one quarter when ``partition_key`` is given; returns the run's id."""
        body: dict[str, object] = {"logical_date": None, "conf": dict(conf or {})}
        if partition_key is not None:
            body["partition_key"] = partition_key
        return str(self.request("POST", f"/dags/{dag_id}/dagRuns", body, user=user)["dag_run_id"])

    def _wait_for_dag(self, dag_id: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            self.check()
            found = self.request("GET", f"/dags?limit=100&dag_id_pattern={dag_id}")["dags"]
            if any(dag["dag_id"] == dag_id and not dag.get("is_stale") for dag in found):
                return
            if time.monotonic() > deadline:
                # Only now, because a bad file of another DAG is no reason to give up.
                errors = self.request("GET", "/importErrors")["import_errors"]
                trace = "\n".join(e["stack_trace"].strip().splitlines()[-1] for e in errors)
                raise PermanentError(
                    INSTALLED["no_dag"].format(dag=dag_id, seconds=timeout, folder=self.project / "dags", trace=trace)
                )
            time.sleep(0.3)

    def _send(self, method: str, path: str, body: object, headers: dict[str, str]) -> requests.Response:
        try:
            answer = self._http.request(method, self.url + path, json=body, headers=headers, timeout=_TIMEOUT)
        except requests.RequestException as error:
            self.check()
            raise TransientError(
                INSTALLED["api_silent"].format(method=method, path=path, kind=type(error).__name__)
            ) from error
        if answer.status_code >= 500:
            raise TransientError(
                INSTALLED["api_later"].format(
                    method=method, path=path, status=answer.status_code, log=self.log_of("api-server")
                )
            )
        if answer.status_code >= 400:
            raise PermanentError(
                INSTALLED["api"].format(method=method, path=path, status=answer.status_code, said=answer.text[:300])
            )
        return answer


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy of the user's environment has no part in talking to ourselves
    return session
