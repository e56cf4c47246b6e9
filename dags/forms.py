"""Forms for people's decisions: a DAG each; one task decides, the next names the quarters to compute."""

from collections.abc import Callable
from typing import Any

from airflow.sdk import DAG, task

from trimestre import texts
from trimestre.orchestration import forms, tasks
from trimestre.orchestration.defaults import DECISIONS, DEFAULT_ARGUMENTS, START, source_names


def form(dag_id: str, decide: Callable[[dict[str, Any], str | None], dict[str, Any]]) -> DAG:
    """The DAG of one form; ``decide`` gets what was filled in and by whom."""
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
        params=forms.params(dag_id, source_names()),
        tags=["formularios"],
    ) as dag:

        @task(task_id="decide", task_display_name=said["task"])
        def do(params=None, dag_run=None):
            """Do what was decided, in the name of the user who sent the form."""
            return decide(params, dag_run.triggering_user_name)

        @task(task_display_name=texts.TASKS["publish"], outlets=[DECISIONS])
        def publish(decided, outlet_events=None):
            """Name the quarters whose figures are behind what was decided."""
            return tasks.publish(outlet_events[DECISIONS])

        publish(do())
    return dag


retirar_lote = form("retirar_lote", tasks.withdraw)
decidir_identidad = form("decidir_identidad", tasks.decide_identity)
corregir_retenidos = form("corregir_retenidos", tasks.mend_retained)
