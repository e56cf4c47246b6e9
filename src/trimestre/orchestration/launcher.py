"""Start one of Airflow's components with its heavy imports done: ``python -m ….launcher scheduler``.

LocalExecutor's workers fork from the scheduler and each task forks from a worker (a Celery worker's tasks
likewise), so what is imported here, Great Expectations above all (4 s) and the night itself (0.5 s), costs a task
nothing; nor does reading a DAG file, every half a minute, in a process forked from the dag-processor.

With ``--wait`` first, the component imports and then waits for a line on standard input: the local Airflow
uses it to migrate the database meanwhile. Every other argument goes to Airflow's own command. OpenLineage, where a
transport is configured for it, is told of the datasets of our tasks and never of forms.
"""

import importlib
import json
import os
import sys
from collections.abc import Sequence

from trimestre.late_imports import UNUSED, lightly
from trimestre.texts.forms import FORMS

_TASKS = ["great_expectations", "pandas", "trimestre.orchestration.tasks", "trimestre.pipeline.night"]
"""What every task imports."""

PRELOADED = {
    "api-server": ["airflow.api_fastapi.app", "airflow.api_fastapi.core_api.app"],
    "scheduler": [
        "airflow.jobs.scheduler_job_runner",
        "airflow.executors.local_executor",
        "airflow.sdk.execution_time.supervisor",
        *_TASKS,
    ],
    "celery": [
        "airflow.providers.celery.cli.celery_command",
        "airflow.sdk.execution_time.supervisor",
        *_TASKS,
    ],
    "dag-processor": [
        "airflow.dag_processing.manager",
        "airflow.sdk",
        "trimestre.orchestration.defaults",
        "trimestre.orchestration.tasks",
        "trimestre.orchestration.timetable",
        "trimestre.orchestration.watching",
    ],
    "triggerer": ["airflow.jobs.triggerer_job_runner"],
}

_FOR_TASKS = {"airflow.executors.local_executor", *_TASKS}


def modules(component: str, executor: str) -> list[str]:
    """What a component imports at its start; a scheduler that forks no tasks has no use for what only they need."""
    preloaded = PRELOADED.get(component, [])
    if component == "scheduler" and "LocalExecutor" not in executor:
        return [module for module in preloaded if module not in _FOR_TASKS]
    return preloaded


LINEAGE = {
    "AIRFLOW__OPENLINEAGE__EXTRACTORS": "trimestre.orchestration.lineage.Extractor",
    # A form holds what somebody typed, and Airflow's events hold the whole form.
    "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": json.dumps(
        [{"scope": {"dag_id": "|".join(FORMS)}, "match_mode": "regex", "controls": {"emit": False}, "locked": True}]
    ),
}
"""Of whom Airflow's OpenLineage asks for datasets, once a transport is configured, and what it never tells."""


def main(arguments: Sequence[str]) -> None:
    """Preload, wait if asked to, then become ``airflow <arguments>``."""
    for name, value in LINEAGE.items():
        os.environ.setdefault(name, value)
    wait = list(arguments[:1]) == ["--wait"]
    command = list(arguments[1:] if wait else arguments)
    if command[:1] == ["api-server"]:
        # As airflow.api_fastapi.main does: plugins loaded by an import must see the server's secrets.
        os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    for module in modules(command[0], os.environ.get("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")):
        with lightly(*(UNUSED if module == "great_expectations" else ())):
            importlib.import_module(module)
    if wait and not sys.stdin.readline():
        return  # whoever started us is gone
    from airflow.__main__ import main as airflow

    sys.argv = ["airflow", *command]
    airflow()


if __name__ == "__main__":
    main(sys.argv[1:])
