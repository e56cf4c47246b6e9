"""Closing a quarter: a candidate, its summary, the answer of a person who did not prepare it, and what follows."""

from airflow.sdk import DAG, task

from trimestre import texts
from trimestre.orchestration import closing, forms, tasks
from trimestre.orchestration.approval import ApprovalOperator
from trimestre.orchestration.defaults import DECISIONS, DEFAULT_ARGUMENTS, START

SAID = texts.FORMS["close_quarter"]


def step(name, **options):
    """A task under its name in Spanish."""
    return task(task_id=name, task_display_name=texts.TASKS[name], **options)


with DAG(
    dag_id="close_quarter",
    dag_display_name=SAID["name"],
    description=SAID["description"],
    doc_md=SAID["doc"],
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=500,  # one that waits, for ever once superseded, holds up no newer candidate nor another quarter
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGUMENTS,
    params=forms.params("close_quarter"),
    tags=["formularios", "cierre"],
):

    @task(task_id="prepare", task_display_name=SAID["task"])
    def prepare(params=None, dag_run=None):
        """Write the candidate, in the name of the user who sent the form."""
        return closing.prepare(params, dag_run.triggering_user_name)

    @step("publish", outlets=[DECISIONS])
    def publish(outlet_events=None):
        """Name the quarters whose figures follow from what is official now."""
        return tasks.publish(outlet_events[DECISIONS])

    candidate = prepare()
    approve = ApprovalOperator(
        task_id="approve",
        task_display_name=texts.TASKS["approve"],
        subject="{{ ti.xcom_pull(task_ids='summarise')['subject'] }}",
        candidate="{{ ti.xcom_pull(task_ids='prepare')['candidate'] }}",
        body="{{ ti.xcom_pull(task_ids='summarise')['body'] }}",
        options=[texts.APPROVE, texts.RETURN],
        params=forms.answer_params(),
        retries=20,  # each asks again: what was typed beside an answer may be of no use
    )
    decided = step("decide")(closing.decide)(candidate, approve.output)
    step("summarise")(closing.summarise)(candidate) >> approve
    step("write_documents")(closing.write_documents)(decided)
    decided >> [publish(), step("refresh_marts")(tasks.refresh_marts)()]
