"""The self-test of a KoboToolbox connection: every call once for every survey, with sentences for people.

Data flow: KoboToolbox -> project, deployed form and one submission -> problems in Spanish; nothing is landed.
"""

from collections.abc import Iterable, Iterator

from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import text
from trimestre.sources.base import Connection
from trimestre.sources.kobo.calls import Refused, Remote, check_readable, survey_uid
from trimestre.sources.kobo.form import Form, language_index, read_form
from trimestre.sources.kobo.structure import Questionnaire
from trimestre.sources.questionnaire import named, unknown_names


def check_site(contract: KoboSource, connection: Connection, surveys: Iterable[Survey]) -> list[str]:
    """What the account lacks and what the forms would lose; none = all that is needed was seen."""
    problems: list[str] = []
    try:
        with Remote(contract, connection) as remote:
            for survey in surveys:
                try:
                    problems += _check_survey(remote, survey, contract.language)
                except Refused as error:
                    if error.status == 401:
                        raise
                    problems.append(f"{_where(survey)}: {error.reason}.")
    except Refused as error:
        problems.append(f"El servidor no acepta la conexión: {error.reason}.")
    except PermanentError:
        problems.append("El servidor no acepta la conexión. Revise la dirección y la clave (token) de la conexión.")
    return problems


def probe(connection: Connection) -> list[str]:
    """What is wrong with a connection alone, before any survey uses it; raises TransientError as a fetch does."""
    contract = KoboSource(
        source="prueba", name="Prueba", kind="kobo", connection="prueba", delivers="snapshot per survey", timeout=10
    )
    try:
        with Remote(contract, connection) as remote:
            seen = remote.project_count()
    except Refused as error:
        if error.status == 401:
            return [f"El servidor no acepta la conexión: {error.reason}."]
        return ["La dirección no es la de un KoboToolbox. Use la que abre para ver los datos (kf., eu.)."]
    except PermanentError:
        return ["El servidor no acepta la conexión. Revise la dirección y la clave (token) de la conexión."]
    if seen:
        return []
    return ["La clave (token) es válida, pero la cuenta no ve ningún proyecto. Compártalos con «Ver envíos»."]


def _where(survey: Survey) -> str:
    return f"Encuesta {survey.survey} ({survey.survey_id})"


def _check_survey(remote: Remote, survey: Survey, language: str | None) -> list[str]:
    try:
        survey_uid(survey)
    except PermanentError:
        return [
            f"{_where(survey)}: survey_id no es un identificador de KoboToolbox. Cópielo de la dirección del proyecto."
        ]
    asset = remote.asset(survey)
    check_readable(_where(survey), asset)
    deployed = text(asset.data.get("deployed_version_id"))
    version = remote.version(survey, deployed) if deployed else None
    remote.page(survey, 0, 1)
    content = (version or asset).data.get("content")
    form = read_form(content, "", language)
    found = [*_about_scores(survey), *_about_codes(survey, form), *_about_options(form)]
    if language and language_index(content, language) is None:
        found.append(f"el formulario no tiene el idioma {language!r}; se usará el predeterminado. Corrija language")
    return [f"{_where(survey)}: {problem}." for problem in found]


def _about_scores(survey: Survey) -> Iterator[str]:
    for scored in survey.scored:
        if not scored.scores:
            yield f"la pregunta {scored.question} no tiene puntajes, y KoboToolbox no los guarda. Escríbalos en scores"


def _about_codes(survey: Survey, form: Form) -> Iterator[str]:
    questionnaire = Questionnaire(survey, [form])
    for name in sorted(questionnaire.alike):
        paths = ", ".join(question.path for question in form.by_name[name])
        yield f"hay preguntas con el mismo nombre en grupos distintos ({paths}). Se guardan con su ruta completa"
    wanted = [survey.sex_question, *(scored.question for scored in survey.scored)]
    missing = [code for code in wanted if code and len({one for one, _ in named(code, questionnaire.parts)}) != 1]
    missing += [code for _, code in unknown_names(survey, questionnaire.parts)]
    for code in dict.fromkeys(missing):
        yield f"el formulario no tiene una pregunta única {code!r}, que la encuesta usa. Revise su nombre"
    for question in form.questions:
        if not question.known:
            yield (
                f"la pregunta {question.name} es de un tipo que no se conoce ({question.kind}); sus respuestas se "
                "tratan como texto libre"
            )


def _about_options(form: Form) -> Iterator[str]:
    for question in form.questions:
        codes = [option.code for option in question.options if len(option.code.split()) > 1]
        if question.multiple and codes:
            yield (
                f"la pregunta {question.name} tiene opciones cuyo nombre lleva espacios; sus respuestas no se pueden "
                "separar. Cambie esos nombres en el formulario"
            )
