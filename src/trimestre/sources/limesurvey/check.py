"""The self-test of a LimeSurvey connection: every call once for every survey, with sentences for people.

Data flow: LimeSurvey -> questionnaire, one response and one participant -> problems in Spanish; nothing is landed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from trimestre.contracts.sources import LimeSurveySource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list, parsed, text
from trimestre.sources.base import Connection
from trimestre.sources.limesurvey.calls import (
    EXPIRED,
    FIELDMAP,
    NO_PARTICIPANTS,
    NO_SURVEYS,
    PROPERTIES,
    QUESTION,
    QUESTIONS,
    SUMMARY,
    SURVEYS,
    LockedOut,
    Remote,
    StatusError,
    named,
    number,
    survey_number,
)
from trimestre.sources.limesurvey.questions import Questions
from trimestre.sources.limesurvey.structure import Structure, has_options, is_parent
from trimestre.sources.questionnaire import LIMESURVEY_TYPES, resolved, scores_of, unknown_names
from trimestre.sources.questionnaire import named as meant

_NO_PERMISSION = "No permission"
_NO_LANGUAGE = ("Language code not found for this survey.", "Error: Invalid language")
_NO_SURVEY = ("Error: Invalid survey ID", "Invalid surveyid")


def check_site(contract: LimeSurveySource, connection: Connection, surveys: Iterable[Survey]) -> list[str]:
    """What the account lacks and what the surveys would lose; none = all that is needed was seen."""
    problems: list[str] = []
    try:
        with Remote(contract, connection) as remote:
            for survey in surveys:
                where = f"Encuesta {survey.survey} ({survey.survey_id})"
                problems += [f"{where}: {problem}." for problem in _SurveyCheck(contract, remote, survey).problems()]
    except PermanentError as error:
        problems.append(f"El sitio no acepta la conexión ({_reason(error)}). Revise dirección, usuario y contraseña.")
    return problems


def probe(connection: Connection) -> list[str]:
    """What is wrong with a connection alone, before any survey uses it; raises TransientError as a fetch does."""
    contract = LimeSurveySource(
        source="prueba",
        name="Prueba",
        kind="limesurvey",
        connection="prueba",
        delivers="snapshot per survey",
        timeout=10,
    )
    try:
        with Remote(contract, connection) as remote:
            remote.call(SURVEYS, lambda client: client.list_surveys())
    except LockedOut:
        return [
            "LimeSurvey bloqueó por unos minutos a este servidor por accesos fallidos. Corrija usuario y contraseña, "
            "espere 10 minutos y pruebe una sola vez."
        ]
    except StatusError as error:
        if error.status == NO_SURVEYS:
            return ["El usuario y la contraseña son válidos, pero la cuenta no ve ninguna encuesta. Dele permisos."]
        return [f"El sitio no acepta la conexión ({_reason(error)}). Revise usuario y contraseña."]
    except PermanentError as error:
        return [f"El sitio no acepta la conexión ({_reason(error)}). Revise dirección, usuario y contraseña."]
    return []


class _SurveyCheck:
    """The self-test of one survey."""

    def __init__(self, contract: LimeSurveySource, remote: Remote, survey: Survey) -> None:
        self._contract, self._remote, self._survey = contract, remote, survey

    def problems(self) -> Iterator[str]:
        """Each problem without the name of the survey and without a full stop."""
        try:
            self._sid = survey_number(self._survey)
        except PermanentError:
            yield "survey_id no es el número de una encuesta de LimeSurvey. Cópielo de la dirección de la encuesta"
            return
        try:
            yield from self._of_the_survey()
        except StatusError as error:
            yield _refusal(error, "leer la encuesta", "configuración y contenido (lectura)")
        except PermanentError:
            yield "el servidor respondió con un error. Búsquelo en el registro de LimeSurvey"

    def _of_the_survey(self) -> Iterator[str]:
        remote, sid = self._remote, self._sid
        asked = ["active", "anonymized", "datestamp", "language", "additional_languages", "attributedescriptions"]
        properties: Any = remote.call(PROPERTIES, lambda client: client.get_survey_properties(sid, asked))
        summary: Any = remote.call(SUMMARY, lambda client: client.get_summary(sid))
        if not isinstance(properties, dict) or properties.get("active") != "Y" or not isinstance(summary, dict):
            yield "está inactiva: no muestra sus respuestas. Actívela o retírela de framework/surveys"
            return
        language = text(properties.get("language"))
        yield from self._tried(
            lambda: remote.export(sid, language, 1, 1, ["id"]),
            "exportar respuestas",
            "respuestas (lectura y exportación)",
        )
        if "token_count" in summary:
            asking = {"start": 0, "limit": 1}
            yield from self._tried(
                lambda: remote.participants(sid, asking), "leer participantes", "participantes (lectura)"
            )
        yield from _about_dates_and_people(self._survey, properties, summary)
        if "token_count" in summary:
            yield from _about_attributes(self._contract, properties)
        yield from _about_questions(self._survey, self._structure(properties, language))

    def _tried(self, ask: Callable[[], Any], what: str, permission: str) -> Iterator[str]:
        try:
            ask()
        except StatusError as error:
            if error.status not in NO_PARTICIPANTS:
                yield _refusal(error, what, permission)

    def _structure(self, properties: dict[str, Any], language: str | None) -> Structure:
        """The questionnaire as it would land, in its base language."""
        remote, sid = self._remote, self._sid
        structure = Structure(properties=properties)
        listed: Any = remote.call(QUESTIONS, lambda client: client.list_questions(sid, None, language))
        structure.questions = [("", question) for question in as_list(listed)]
        fields: Any = remote.call(FIELDMAP, lambda client: client.get_fieldmap(sid))
        entries = fields.values() if isinstance(fields, dict) else ()
        structure.fields = [one for one in entries if isinstance(one, dict) and number(one.get("qid")) is not None]
        scored = {code for one in self._survey.scored for code, _ in meant(one.question, structure.parts)}
        for question in filter(has_options, as_list(listed)):
            if text(question.get("title")) in scored:
                structure.options.append((0, self._options(number(question.get("qid")) or 0, language)))
        return structure

    def _options(self, qid: int, language: str | None) -> Any:
        return self._remote.call(QUESTION, lambda client: client.get_question_properties(qid, language=language))


def _about_dates_and_people(survey: Survey, properties: dict[str, Any], summary: dict[str, Any]) -> Iterator[str]:
    if properties.get("datestamp") == "N":
        yield (
            "no guarda fecha y hora; sus respuestas no se pueden asignar a un trimestre por su envío. Active «Fecha y "
            "hora» antes de abrir la próxima encuesta"
        )
    if survey.reached_by == "invitation" and "token_count" not in summary:
        yield "reached_by es invitation, pero no tiene lista de participantes. Corrija reached_by"
    elif survey.reached_by == "invitation" and properties.get("anonymized") == "Y":
        yield "es anónima: no se sabe cuál participante respondió, y la tasa por invitación saldría en cero"


def _about_attributes(contract: LimeSurveySource, properties: dict[str, Any]) -> Iterator[str]:
    described = parsed(properties.get("attributedescriptions"))
    for name in (contract.institution_attribute, contract.organisation_type_attribute):
        if name and name not in (described if isinstance(described, dict) else {}):
            yield f"sus participantes no tienen el atributo {name}, que la fuente usa. Agréguelo o corrija la fuente"


def _about_questions(survey: Survey, structure: Structure) -> Iterator[str]:
    unknown = [("sex_question", survey.sex_question), *(("scored", one.question) for one in survey.scored)]
    wrong = False
    for key, name in unknown:
        if name is not None and not _is_found(survey, key, name, structure):
            wrong = True
            yield f"{key}: no tiene una pregunta {name!r}. Revise su código"
    for key, name in unknown_names(survey, structure.parts):
        yield f"{key}: no tiene una pregunta única {name!r}. Revise su código"
    for question in structure.parents.values():
        letter = text(question.get("type")) or ""
        if is_parent(question) and letter not in LIMESURVEY_TYPES:
            yield (
                f"la pregunta {text(question.get('title'))} es de un tipo que no se conoce ({letter!r}); sus "
                "respuestas se tratan como texto libre"
            )
    if not wrong:
        yield from _about_scores(survey, structure)


def _about_scores(survey: Survey, structure: Structure) -> Iterator[str]:
    for one in survey.scored:
        alone = survey.model_copy(update={"scored": (one,)})
        try:
            list(Questions(alone, structure).records())
        except PermanentError:
            yield (
                f"scored: la pregunta {one.question} no tiene puntajes en LimeSurvey. Escríbalos en scores, o capture "
                "los valores de evaluación en LimeSurvey"
            )
    try:
        scores_of(survey, structure.parts)
    except PermanentError:
        yield "scored: dos partes de una pregunta tienen puntajes distintos. Escríbalos una vez, para la pregunta"


def _is_found(survey: Survey, key: str, name: str, structure: Structure) -> bool:
    try:
        resolved(survey, key, name, structure.parts)
    except PermanentError:
        return False
    return True


def _refusal(error: StatusError, what: str, permission: str) -> str:
    if error.status == _NO_PERMISSION:
        return f"la cuenta no puede {what}. Dele el permiso de {permission}"
    if error.status in _NO_SURVEY:
        return "no existe en este LimeSurvey. Corrija survey_id"
    if error.status in _NO_LANGUAGE:
        return f"no se pudo {what}: LimeSurvey no encuentra su idioma base. Pida revisar los idiomas de la encuesta"
    if error.status == EXPIRED:
        return (
            f"no se pudo {what}: LimeSurvey cerró la sesión dos veces. Pruebe de nuevo; si se repite, pida a quien lo "
            "administra sesiones más largas y compartidas entre todos sus servidores"
        )
    return f"no se pudo {what} ({_reason(error)}). Revise la encuesta y los permisos de la cuenta"


def _reason(error: PermanentError) -> str:
    return named(error.status) if isinstance(error, StatusError) else "no respondió como un LimeSurvey"
