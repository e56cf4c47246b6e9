"""The watch: every hour a look at sources, figures and disks; who has to know is told once."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from trimestre import texts
from trimestre.orchestration import watching
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, START, project_zone

with DAG(
    dag_id="watch",
    dag_display_name="Vigilancia",
    description="Revisa cada hora fuentes, cifras y disco, y avisa una vez a quien corresponde",
    doc_md=texts.WATCH_DOC,
    schedule=CronTriggerTimetable("10 * * * *", timezone=project_zone()),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,  # a watch that waits to be switched on is none
    default_args=DEFAULT_ARGUMENTS,
    tags=["vigilancia"],
):

    @task(task_display_name=texts.TASKS["look"], on_failure_callback=[watching.on_no_look])
    def look():
        """Look at everything and keep what is wrong."""
        return watching.look()

    @task(task_display_name=texts.TASKS["tell"])
    def tell():
        """Send what was not told yet."""
        return watching.tell()

    # Notices of an earlier look, or of a task that failed, wait for nobody.
    look() >> tell.override(trigger_rule="all_done")()
