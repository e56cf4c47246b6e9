"""The self-test of a LimeSurvey connection: every call once for every survey, with sentences for people.

Data flow: LimeSurvey -> one small call of each kind -> problems in Spanish; nothing is landed.
"""

from collections.abc import Iterable

from trimestre.contracts.framework import Survey
from trimestre.contracts.sources import LimeSurveySource
from trimestre.errors import PermanentError
from trimestre.sources.base import Connection
from trimestre.sources.limesurvey.calls import (
    NO_PARTICIPANTS,
    PROPERTIES,
    SUMMARY,
    Remote,
    StatusError,
    named,
    survey_number,
)


def check_site(contract: LimeSurveySource, connection: Connection, surveys: Iterable[Survey]) -> list[str]:
    """What the account lacks; none = all that is needed was seen."""
    problems: list[str] = []
    try:
        with Remote(contract, connection) as remote:
            for survey in surveys:
                problems += _check_survey(remote, survey)
    except PermanentError as error:
        problems.append(f"El sitio no acepta la conexión ({_reason(error)}). Revise dirección, usuario y contraseña.")
    return problems


def _check_survey(remote: Remote, survey: Survey) -> list[str]:
    where = f"Encuesta {survey.survey} ({survey.survey_id})"
    try:
        sid = survey_number(survey)
        properties = remote.call(PROPERTIES, lambda client: client.get_survey_properties(sid, ["active", "language"]))
        summary = remote.call(SUMMARY, lambda client: client.get_summary(sid))
        if properties.get("active") != "Y" or not isinstance(summary, dict):
            return [f"{where}: está inactiva. Actívela o retírela de framework/surveys."]
        remote.export(sid, properties.get("language"), 1, 1, ["id"])
        if "token_count" in summary:
            remote.participants(sid, {"start": 0, "limit": 1})
    except PermanentError as error:
        if isinstance(error, StatusError) and error.status in NO_PARTICIPANTS:
            return []
        return [f"{where}: fue rechazada ({_reason(error)}). Revise su número y los permisos de la cuenta."]
    return []


def _reason(error: PermanentError) -> str:
    return named(error.status) if isinstance(error, StatusError) else "no respondió como un LimeSurvey"
