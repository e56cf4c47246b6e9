"""A task that was marked as done by hand leaves nothing behind: who finds that is told what to do, in Spanish."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException

from trimestre import texts
from trimestre.orchestration import forms
from trimestre.orchestration.approval import ApprovalOperator
from trimestre.orchestration.defaults import DEFAULT_ARGUMENTS, SourceDag
from trimestre.orchestration.watching import subject_of


def dag() -> DAG:
    """Three tasks as ours are wired, the third one by templates."""
    with DAG("handing", schedule=None, default_args=DEFAULT_ARGUMENTS) as made:

        @task(task_display_name="Recibir")
        def land() -> int:
            return 1

        @task(task_display_name="Preparar")
        def stage(group: int) -> None:
            """Mapped tasks hand nothing on."""

        @task(task_display_name="Validar")
        def validate(batch_id: int) -> int:
            return batch_id

        landed, asked = land(), validate(land.override(task_id="other")())
        stage.expand(group=[1, 2]) >> validate.override(task_id="complete")(landed)
        asked >> ApprovalOperator(
            task_id="approve",
            subject="{{ ti.xcom_pull(task_ids='validate')['subject'] }}",
            candidate="7",
            options=[texts.APPROVE, texts.RETURN],
            params=forms.answer_params(),
        )
    return made


def context(name: str, left: dict[str, Any]) -> dict[str, Any]:
    """What a task is given, where the tasks before it left these."""
    asked = dag().get_task(name)
    ti = SimpleNamespace(xcom_pull=lambda task_ids: left.get(task_ids))
    return {"task": asked, "ti": ti}


def test_a_task_that_was_left_nothing_names_the_one_to_clear() -> None:
    """It failed with «found a TypeError», and trying again met it again."""
    found = context("complete", {})
    found["task"].op_args = (None,)
    with pytest.raises(AirflowFailException, match=r"«Validar»: .* dejarle «Recibir», .*límpiela \(Clear\)"):
        found["task"]._pre_execute_hook(found)
    found["task"].op_args = (0,)
    found["task"]._pre_execute_hook(found)


def test_a_question_without_its_figures_names_the_task_to_clear() -> None:
    found = context("approve", {})
    with pytest.raises(AirflowFailException, match=r"dejarle «Validar», .*límpiela"):
        found["task"].render_template_fields(found)
    found = context("approve", {"validate": {"subject": "¿Aprobar?"}})
    found["task"].render_template_fields(found)
    assert found["task"].subject == "¿Aprobar?"


def test_a_copy_of_a_file_of_a_source_is_one_incident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the name of its DAG it was told anew every night, and an hour later forgotten."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "eventos (copia).yaml").write_text("kind: tabular\n")
    monkeypatch.setenv("TRIMESTRE_PROJECT", str(tmp_path))
    copy = SourceDag("eventos (copia)", "", "", "").dag_id
    subjects = [subject_of({"task": SimpleNamespace(dag_id=dag_id)}) for dag_id in (copy, "ingest__eventos")]
    assert subjects == ["source:eventos (copia)", "source:eventos"]
