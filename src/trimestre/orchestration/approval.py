"""The question that a close puts to its approvers: Airflow's human in the loop, with who may answer found when it asks.

Data flow: who prepared + approvers of framework.yaml -> who may answer -> answer, or the same question again.
"""

from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.definitions.param import ParamsDict
from jinja2 import UndefinedError

from trimestre import settings, texts
from trimestre.contracts.base import read_yaml
from trimestre.contracts.framework import Approver, Framework
from trimestre.errors import ContractError, PermanentError
from trimestre.orchestration import forms
from trimestre.orchestration.handing import handed_nothing
from trimestre.orchestration.retrying import TryAgain, errors_of_airflow
from trimestre.orchestration.sealing import sealed


class ApprovalOperator(HITLOperator):
    """Asks every approver but the one who prepared ``candidate``, a number (templated).

    What was typed is checked by Airflow only after it was stored, and an answer can't be given twice. So one that can't
    be taken fails this try, and the next one asks again: give it enough ``retries``. Airflow then shows the question
    as it was first put, even where the run has another candidate by now. So the answer says which one it is about.
    """

    template_fields = (*HITLOperator.template_fields, "candidate")

    def __init__(self, *, candidate: str, **options: Any) -> None:
        super().__init__(**options)
        self.candidate = candidate

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Fill in what the tasks before handed on."""
        try:
            super().render_template_fields(context, jinja_env)
        except UndefinedError:
            raise handed_nothing(context) from None

    def execute(self, context: Any) -> Any:
        """Ask, and wait without holding a worker."""
        with errors_of_airflow():
            # Without anybody Airflow would let everybody answer.
            self.assigned_users = respondents(context["dag_run"].triggering_user_name)
        self.params = ParamsDict(forms.answer_params(self.candidate))
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Hand the answer on, sealed: ``chosen_options``, ``params_input``, ``responded_by_user``, ``seal``."""
        answer = super().execute_complete(context, event)
        try:
            forms.check_answer(answer["params_input"])
        except ContractError as error:
            raise TryAgain(str(error)) from None
        with errors_of_airflow():
            forms.check_candidate(answer["params_input"], self.candidate)
            return sealed(settings.from_environment().account_hmac_key(), self.candidate, answer)


def respondents(preparer: str | None) -> list[dict[str, str]]:
    """Who may answer, as Airflow takes it; :class:`PermanentError` when there is nobody beside the preparer."""
    approvers = read_yaml(settings.from_environment().project / "framework" / "framework.yaml", Framework).approvers
    found = [_user(approver) for approver in approvers if approver.user != preparer]
    if not found:
        raise PermanentError(texts.CLOSING_MESSAGES["nobody_else"].format(preparer=preparer or "?"))
    return found


def _user(approver: Approver) -> dict[str, str]:
    return {"id": approver.user, "name": approver.name}
