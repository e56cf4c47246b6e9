"""Nightly upkeep: what has outlived its retention or was never taken goes, and the analysts' tables catch up."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from trimestre import texts
from trimestre.orchestration import tasks
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, START, project_zone
from trimestre.orchestration.watching import WATCHED

with DAG(
    dag_id="upkeep",
    dag_display_name="Mantenimiento",
    description="Borra lo que ya cumplió su plazo y pone al día las tablas para analistas",
    doc_md=texts.UPKEEP_DOC,
    schedule=CronTriggerTimetable("0 5 * * *", timezone=project_zone()),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGUMENTS | WATCHED,
    tags=["mantenimiento"],
):
    # None waits for another: a retention that fails leaves no analyst with yesterday's tables.
    for _name in ("retention", "discard_uploads", "recheck_figures", "refresh_marts"):
        task(task_id=_name, task_display_name=texts.TASKS[_name])(getattr(tasks, _name))()
