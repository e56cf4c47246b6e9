"""Forms around the close of a quarter: a DAG each; one task keeps what was said, the next shows it to analysts."""

from collections.abc import Callable
from typing import Any

from airflow.sdk import DAG, task

from trimestre import texts
from trimestre.orchestration import closing, forms, tasks
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, START, indicator_names


def form(dag_id: str, keep: Callable[[dict[str, Any], str | None], dict[str, Any]]) -> DAG:
    """The DAG of one form; ``keep`` gets what was filled in and by whom."""
    said = texts.FORMS[dag_id]
    with DAG(
        dag_id=dag_id,
        dag_display_name=said["name"],
        description=said["description"],
        doc_md=said["doc"],
        schedule=None,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,  # runs only when somebody sends it; paused, it would wait without a word
        default_args=DEFAULT_ARGUMENTS,
        params=forms.params(dag_id, indicators=indicator_names()),
        tags=["formularios", "cierre"],
    ) as dag:

        @task(task_id="decide", task_display_name=said["task"])
        def do(params=None, dag_run=None):
            """Keep what was said, in the name of the user who sent the form."""
            return keep(params, dag_run.triggering_user_name)

        refresh = task(task_id="refresh_marts", task_display_name=texts.TASKS["refresh_marts"])
        do() >> refresh(tasks.refresh_marts)()
    return dag


explicar_desviacion = form("explicar_desviacion", closing.explain)
estado_informe = form("estado_informe", closing.set_report_state)
