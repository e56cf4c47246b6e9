"""Runs DAGs by ``dag.test()`` in a process of its own, so that Airflow is imported once and never by pytest.

A line of JSON in is an order ``{"dag": …, "conf": …, "environment": …}``, a line out is what came of it. Whatever
Airflow and the tasks print goes to standard error. ``TRIGGERED_BY`` in the environment is the user who started the run;
empty, nobody did. Airflow's database is told of the DAGs once: they look at nothing but the project, which is the same
in every order; the file of the DAG is read for each, since a run leaves its conf in the parameters.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import BundleDagBag

BUNDLE = "dags-folder"


def main() -> None:
    """Take orders until standard input ends."""
    # Task logs go to file descriptor 1, wherever they are made: only the answers keep the real one.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _migrate()
    # Secrets and addresses stand in the orders; a variable of an earlier one must not live on.
    original = dict(os.environ)
    for line in sys.stdin:
        order = json.loads(line)
        os.environ.clear()
        os.environ.update(original | order["environment"])
        answers.write(json.dumps(_run(order["dag"], order["conf"])) + "\n")
        answers.flush()


def _migrate() -> None:
    """Make the tables of Airflow here: ``airflow db migrate`` would import all of it a second time."""
    from airflow.utils.db import upgradedb

    upgradedb()


def _run(dag_id: str, conf: dict[str, Any] | None) -> dict[str, Any]:
    bag = _read(Path(_all_dags().dags[dag_id].fileloc))
    dag = bag.dags[dag_id]
    for task in dag.tasks:
        task.retries = 0  # a test that waits for three retries says nothing more than one that fails
    with _known(), _started_by(os.environ.get("TRIGGERED_BY", "dag_test") or None):
        run = dag.test(run_conf=conf)
    return {
        "state": str(run.state),
        "tasks": {task.task_id: str(task.state) for task in run.get_task_instances()},
        "partitions": _partitions(run.run_id),
        "named": sorted(task.rendered_map_index or "" for task in run.get_task_instances() if task.map_index >= 0),
        "import_errors": _all_dags().import_errors | bag.import_errors,
    }


@cache
def _all_dags() -> "BundleDagBag":
    """The DAGs as Airflow's database knows them."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag = _read(Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]))
    sync_bag_to_db(bag, BUNDLE, None)
    return bag


def _read(place: Path) -> "BundleDagBag":
    """The DAGs of a file or of a folder."""
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(
        dag_folder=place, bundle_path=Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]), bundle_name=BUNDLE
    )


@contextmanager
def _known() -> Iterator[None]:
    """Keep ``dag.test()`` from reading and storing all DAGs again, which takes longer than most of our tasks."""
    from airflow.dag_processing import dagbag

    with patch.object(dagbag, "BundleDagBag"), patch.object(dagbag, "sync_bag_to_db"):
        yield


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
