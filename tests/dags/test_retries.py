"""What Airflow does with a task that failed: when it runs again, and when it does not.

A process of its own runs a DAG by ``dag.test()``. The scheduler's own calculation says when the next try is due; that
moment is then taken as come, so that nothing waits.
"""

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.orchestration.retrying import FIRST_DELAY, LONGEST_ASKED, LONGEST_DELAY, delay_after

DAG = '''
"""A task that fails as it is told, then succeeds (airflow, dag)."""
import json, os
from pathlib import Path

from airflow.sdk import DAG, task
from trimestre.errors import PermanentError, TransientError
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, START
from trimestre.orchestration.retrying import errors_of_airflow

FAILURES = {
    "transient": lambda: TransientError("fuente: found HTTP status 503, expected 200. Try again later."),
    "asked": lambda: TransientError("fuente: found HTTP status 503, expected 200. Try again later.", 300.0),
    "permanent": lambda: PermanentError("fuente: found a wrong token, expected a right one. Correct it."),
    "bug": lambda: KeyError("oops"),
    "around": lambda: ConnectionResetError("the API of Airflow"),
}

with DAG("failing", schedule=None, start_date=START, default_args=DEFAULT_ARGUMENTS) as dag:

    @task
    def work():
        todo = Path(os.environ["FAILURES"])
        left = json.loads(todo.read_text())
        if left:
            todo.write_text(json.dumps(left[1:]))
            with errors_of_airflow():
                raise FAILURES[left[0]]()

    work()
'''

RUN = """
import json, os, sys
from datetime import timedelta
from pathlib import Path

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.models.taskinstance import TaskInstance
from airflow.utils.db import upgradedb

upgradedb()
folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
assert not bag.import_errors, bag.import_errors
delays = []
due = TaskInstance.next_retry_datetime

def now(self):
    moment = (self.try_number, (due(self) - self.end_date).total_seconds())
    if moment not in delays:
        delays.append(moment)
    return self.end_date - timedelta(seconds=1)

TaskInstance.next_retry_datetime = now
results = []
for failures in json.loads(sys.argv[1]):
    Path(os.environ["FAILURES"]).write_text(json.dumps(failures))
    run = bag.dags["failing"].test()
    (task,) = run.get_task_instances()
    results.append({"state": str(run.state), "tries": task.try_number, "delays": [seconds for _, seconds in delays]})
    delays.clear()
print(json.dumps(results))
"""

CASES: dict[str, list[str]] = {
    "transient": ["transient", "transient"],
    "asked": ["asked"],
    "too often": ["transient"] * 9,
    "permanent": ["permanent"],
    "bug": ["bug"],
    "around": ["around"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of a run with each kind of failure."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    (home / "dags" / "failing.py").write_text(DAG)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "TRIMESTRE"))}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "FAILURES": str(home / "failures.json"),
    }
    command = [sys.executable, "-c", RUN, json.dumps(list(CASES.values()))]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return dict(zip(CASES, json.loads(run.stdout.splitlines()[-1]), strict=True))


def test_a_transient_error_is_tried_again_after_growing_delays(results: dict[str, dict[str, Any]]) -> None:
    assert (results["transient"]["state"], results["transient"]["tries"]) == ("success", 3)
    first, second = results["transient"]["delays"]
    assert 30 <= first <= 45
    assert 60 <= second <= 90


def test_the_delay_is_never_shorter_than_the_server_asked(results: dict[str, dict[str, Any]]) -> None:
    assert (results["asked"]["state"], results["asked"]["tries"]) == ("success", 2)
    assert 300 <= results["asked"]["delays"][0] <= 315


def test_what_does_not_pass_fails_after_three_retries(results: dict[str, dict[str, Any]]) -> None:
    assert (results["too often"]["state"], results["too often"]["tries"]) == ("failed", 4)


@pytest.mark.parametrize("kind", ["permanent", "bug"])
def test_what_stays_wrong_is_not_tried_again(results: dict[str, dict[str, Any]], kind: str) -> None:
    assert results[kind] == {"state": "failed", "tries": 1, "delays": []}


def test_what_happens_around_a_task_has_the_usual_retries_of_airflow(results: dict[str, dict[str, Any]]) -> None:
    assert (results["around"]["state"], results["around"]["tries"]) == ("success", 2)
    assert 30 <= results["around"]["delays"][0] <= 60


@given(try_number=st.integers(1, 10**6), asked=st.one_of(st.none(), st.floats(allow_nan=False)))
def test_a_delay_is_bounded_whatever_a_server_asks(try_number: int, asked: float | None) -> None:
    delay = delay_after(try_number, asked)
    assert FIRST_DELAY <= delay <= LONGEST_ASKED + LONGEST_DELAY
    if asked is not None and asked <= LONGEST_ASKED.total_seconds():
        assert delay >= timedelta(seconds=max(asked, 0))
