"""What the tasks around the close of a quarter call: ids, counts and Markdown of figures in, ids and counts out.

Data flow: form -> candidate -> summary -> answer -> vintage, or what was sent back.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from trimestre import texts
from trimestre.errors import ContractError
from trimestre.orchestration import forms
from trimestre.orchestration.sealing import check_seal
from trimestre.orchestration.tasks import open_plant
from trimestre.periods import Period

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.pipeline.plant import Plant

log = logging.getLogger(__name__)


def prepare(filled: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Keep the explanations of the form and write a candidate in the name of ``user``; returns number and quarter."""
    from trimestre.indicators.candidates import NotReady
    from trimestre.indicators.candidates import prepare as prepare_candidate
    from trimestre.indicators.explaining import explain as keep
    from trimestre.warehouse.database import transaction

    with open_plant() as plant:
        who, explained = forms.decider("close_quarter", user), forms.explanations(filled)
        forms.check_close(filled)
        period = _period(plant.project, filled)
        with transaction(plant.engine) as connection:
            for code, text in explained.items():
                keep(connection, plant.project, code, period, text, who)
        try:
            done = prepare_candidate(
                plant.engine,
                plant.project,
                period,
                prepared_by=who,
                now=datetime.now(UTC),
                reason=filled.get("motivo"),
                force=filled["forzar"],
            )
        except NotReady as error:
            raise ContractError(_not_ready(plant.project, period, error.findings)) from None
    said = {"candidate": done.candidate_id, "period": str(period), "by": who}
    log.info(texts.CLOSING_MESSAGES["prepared"].format(**said, hash=done.hash))
    return said


def _not_ready(project: "Project", period: Period, findings: Sequence[Mapping[str, Any]]) -> str:
    """What stands in the way of a close, a sentence a finding."""
    from trimestre.reports.coherence import sentence

    said = "\n".join(f"- {sentence(finding, project)}" for finding in findings)
    return texts.CLOSING_MESSAGES["not_ready"].format(period=period, findings=said)


def summarise(prepared: Mapping[str, Any]) -> dict[str, str]:
    """What the approver reads: ``subject`` and ``body``, Markdown; figures and counts, nobody's data."""
    from trimestre.indicators.closing import closing_of
    from trimestre.indicators.definitions import project_from
    from trimestre.reports.closing import labels, summary
    from trimestre.reports.coherence import sentence
    from trimestre.warehouse.database import transaction

    with open_plant() as plant:
        with transaction(plant.engine) as connection:
            closing = closing_of(connection, prepared["candidate"])
        then = project_from(closing.candidate["definitions"], plant.project)  # the YAML may have changed since
        findings = [(finding, sentence(finding, then)) for finding in closing.candidate["findings"]]
        period, fiscal = labels(then, prepared["period"])
        subject = texts.CLOSING["subject"].format(period=period, fiscal=fiscal, number=prepared["candidate"])
        return {"subject": subject, "body": summary(then, closing, findings)}


def decide(prepared: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the approver answered; returns the candidate and its vintage (``None`` = sent back).

    An answer that Airflow's question did not get decides nothing. Refused, the candidate still waits, and the question
    can be put again.
    """
    from trimestre.indicators.vintages import decide_candidate

    said, who = answer["params_input"], answer["responded_by_user"]["name"]
    approve, status = answer["chosen_options"] == [texts.APPROVE], said.get("estado_del_proyecto")
    with open_plant() as plant:
        check_seal(plant.key, str(prepared["candidate"]), answer)
        try:
            vintage = decide_candidate(
                plant.engine,
                prepared["candidate"],
                approve=approve,
                decided_by=who,
                comment=said.get("comentario"),
                project=plant.project,
                project_status=(status, said["motivo_estado"]) if status else None,
            ).vintage
        except ContractError as error:
            vintage = _decided_before(plant, prepared["candidate"], who, approve, error)
    told = {"candidate": prepared["candidate"], "period": prepared["period"], "vintage": vintage}
    log.info(texts.CLOSING_MESSAGES["approved" if approve else "returned"].format(by=who, **told))
    return told


def write_documents(decided: Mapping[str, Any]) -> dict[str, Any]:
    """Write every document of a version that was approved; returns how many files. What was sent back has none.

    A task of its own: when it fails the version is official all the same, and running it again writes the same files.
    """
    from trimestre import settings
    from trimestre.reports.documents import version_folder, write_version
    from trimestre.warehouse.database import transaction

    if decided["vintage"] is None:
        raise AirflowSkipException(texts.CLOSING_MESSAGES["no_documents"])
    period, vintage = Period.parse(decided["period"]), decided["vintage"]
    folder = version_folder(settings.from_environment().documents, period, vintage)
    with open_plant() as plant, transaction(plant.engine) as connection:
        files = write_version(connection, plant.project, period, folder, vintage=vintage)
    log.info(texts.CLOSING_MESSAGES["documents"].format(period=period, vintage=vintage, count=len(files)))
    return {"period": str(period), "vintage": vintage, "files": len(files)}


def _decided_before(plant: "Plant", candidate_id: int, who: str, approve: bool, error: ContractError) -> int | None:
    """The vintage of a try of this task that was killed after it had decided; else the refusal, as its reader needs it.

    A candidate that still waits can be answered by another person, once the question is put again.
    """
    from trimestre.indicators.vintages import candidate_of
    from trimestre.warehouse.database import transaction

    with transaction(plant.engine) as connection:
        found = candidate_of(connection, candidate_id)
    if (found["state"], found["decided_by"]) == ("vintage" if approve else "returned", who):
        vintage: int | None = found["vintage"]
        return vintage
    if found["state"] != "pending":
        raise error
    refused = texts.CLOSING_MESSAGES["refused"]
    raise ContractError(refused.format(problem=error, candidate=candidate_id, task=texts.TASKS["approve"])) from None


def explain(filled: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Keep why an indicator deviates in a quarter."""
    from trimestre.indicators.explaining import explain as keep
    from trimestre.warehouse.database import transaction

    with open_plant() as plant:
        who, period = forms.decider("explicar_desviacion", user), _period(plant.project, filled)
        with transaction(plant.engine) as connection:
            keep(connection, plant.project, filled["indicador"], period, filled["texto"], who)
    told = {"indicator": filled["indicador"], "period": str(period)}
    log.info(texts.CLOSING_MESSAGES["explained"].format(**told))
    return told


def set_report_state(filled: Mapping[str, Any], user: str | None) -> dict[str, Any]:
    """Note where an official version stands with the donor."""
    from trimestre.indicators import vintages

    with open_plant() as plant:
        who, period = forms.decider("estado_informe", user), _period(plant.project, filled)
        vintage = vintages.set_report_state(
            plant.engine, period, filled.get("version"), filled["estado"], who, filled["motivo"]
        )
    told = {"period": str(period), "vintage": vintage, "state": filled["estado"]}
    log.info(texts.CLOSING_MESSAGES["report_state"].format(**told | {"state": texts.REPORT_STATES[told["state"]]}))
    return told


def _period(project: "Project", filled: Mapping[str, Any]) -> Period:
    return Period.parse_any(filled["trimestre"], project.framework.fiscal_year_starts)
