"""Runs DAGs by ``dag.test()`` in a process of its own, so that Airflow is imported once and never by pytest.

A line of JSON in is an order ``{"dag": …, "conf": …, "environment": …}``, a line out is what came of it. Whatever
Airflow and the tasks print goes to standard error. ``TRIGGERED_BY`` in the environment is the user who started the run;
empty, nobody did.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch


def main() -> None:
    """Take orders until standard input ends."""
    # Task logs go to file descriptor 1, wherever they are made: only the answers keep the real one.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Secrets and addresses stand in the orders; a variable of an earlier one must not live on.
    original = dict(os.environ)
    for line in sys.stdin:
        order = json.loads(line)
        os.environ.clear()
        os.environ.update(original | order["environment"])
        answers.write(json.dumps(_run(order["dag"], order["conf"])) + "\n")
        answers.flush()


def _run(dag_id: str, conf: dict[str, Any] | None) -> dict[str, Any]:
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    dag = bag.dags[dag_id]
    for task in dag.tasks:
        task.retries = 0  # a test that waits for three retries says nothing more than one that fails
    with _started_by(os.environ.get("TRIGGERED_BY", "dag_test") or None):
        run = dag.test(run_conf=conf)
    return {
        "state": str(run.state),
        "tasks": {task.task_id: str(task.state) for task in run.get_task_instances()},
        "partitions": _partitions(run.run_id),
        "import_errors": bag.import_errors,
    }


@contextmanager
def _started_by(user: str | None) -> Iterator[None]:
    """What the page of Airflow does, and ``dag.test()`` does not: keep who started the run."""
    from airflow.models import dagrun

    create = dagrun.get_or_create_dagrun

    def create_for(**given: Any) -> Any:
        return create(**given | {"triggering_user_name": user})

    with patch.object(dagrun, "get_or_create_dagrun", create_for):
        yield


def _partitions(run_id: str) -> list[str]:
    """The quarters that a run named."""
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        keys = session.scalars(select(AssetEvent.partition_key).where(AssetEvent.source_run_id == run_id))
        return sorted(key for key in keys if key)


if __name__ == "__main__":
    main()
