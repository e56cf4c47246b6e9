"""What one task hands to the next, and what is said where it handed nothing: somebody marked it as done by hand.

Data flow: rendered arguments of a task -> nothing to say, or a failure that names the task to be cleared.
"""

from collections.abc import Mapping
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from trimestre.texts.airflow import HANDED_NOTHING


def expect_handed_on(context: Mapping[str, Any]) -> None:
    """Before a task begins: :class:`AirflowFailException` where one that it follows left it nothing.

    No task of ours hands on ``None``.
    """
    task = context["task"]
    given = (*getattr(task, "op_args", ()), *getattr(task, "op_kwargs", {}).values())
    if any(value is None for value in given):
        raise handed_nothing(context)


def handed_nothing(context: Mapping[str, Any]) -> AirflowFailException:
    """The failure of a task that was left nothing, with those before it that left nothing."""
    task, ti = context["task"], context["ti"]
    before = [task.dag.get_task(task_id) for task_id in sorted(task.upstream_task_ids)]
    silent = [one for one in before if not one.is_mapped and ti.xcom_pull(task_ids=one.task_id) is None]
    names = ", ".join(f"«{one.task_display_name}»" for one in silent or before)
    return AirflowFailException(HANDED_NOTHING.format(task=task.task_display_name, before=names))
