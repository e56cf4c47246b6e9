"""The self-test of a Moodle connection: every function called once for every course, with sentences for people.

Data flow: site -> one small call of each kind -> problems in Spanish, each with the capability that mends it; nothing
is landed. A Moodle refuses little: most of what a service account may not see it leaves out, so that the test looks for
what must be there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trimestre.contracts import courses as contracts
from trimestre.contracts.sources import MoodleSource
from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list
from trimestre.sources.base import Connection
from trimestre.sources.moodle.calls import (
    CONTENTS,
    COURSES,
    ENROLLED,
    FEEDBACK_FUNCTIONS,
    FEEDBACKS,
    FUNCTIONS,
    ITEMS,
    RESPONSES,
    SITE,
    STATUSES,
    USERS,
    MoodleRefusal,
    Site,
    as_options,
    custom_fields,
    has_id,
    statuses_of,
)
from trimestre.sources.moodle.feedback import feedback_of, feedbacks_asked, items_of
from trimestre.sources.moodle.feedback_rows import check_codes, feedback_from
from trimestre.sources.moodle.rows import role_of
from trimestre.sources.moodle.structure import course_of, resolve, tidy

_PEOPLE = 50
"""People of a course that are looked at."""
_FIELDS = "id,username,email,customfields,roles,lastcourseaccess"
_ENOUGH_PEOPLE = 20
"""From so many people on, a course in which nobody learns has another role for it, not only its teachers yet."""
_SEPARATE_GROUPS = 1
_REASONS = {
    "invalidtoken": "la clave (token) no es válida, o caducó y Moodle la borró: genere otra y póngala en la conexión",
    "accessexception": "el servicio web está desactivado, no admite esta dirección IP, la clave acaba de caducar o el "
    "rol de la cuenta no tiene webservice/rest:use",
    "wsaccessusersuspended": "la cuenta de servicio está suspendida: reactívela",
}
"""What a refusal of the whole connection means."""


def check_site(
    contract: MoodleSource,
    connection: Connection,
    editions: Mapping[str, Iterable[contracts.Delivery]],
    surveys: Iterable[Survey] = (),
) -> list[str]:
    """What the service account lacks; none = all that is needed was seen."""
    surveys = list(surveys)
    with Site(contract, connection) as site:
        problems = _check_service(site, (*FUNCTIONS, *(FEEDBACK_FUNCTIONS if surveys else ())))
        if problems:
            return problems
        courses: dict[str, list[int]] = {}
        for edition, deliveries in editions.items():
            for delivery in deliveries:
                course_id, found = _check_course(contract, site, edition, delivery)
                problems += found
                if course_id is not None:
                    courses.setdefault(edition, []).append(course_id)
        for survey in surveys:
            problems += _check_survey(contract, site, survey, editions, courses)
    return problems


def probe(connection: Connection) -> list[str]:
    """What is wrong with a connection alone, before any course uses it; raises TransientError as a fetch does."""
    contract = MoodleSource(
        source="prueba", name="Prueba", kind="moodle", connection="prueba", delivers="snapshot per course", timeout=10
    )
    try:
        with Site(contract, connection) as site:
            return _check_service(site)
    except PermanentError:
        return ["La dirección no es la de un sitio. Escríbala como https://cursos.example.org."]


def _check_service(site: Site, functions: Sequence[str] = FUNCTIONS) -> list[str]:
    """Whether the token is taken, and its service holds every function that a fetch calls."""
    try:
        data = site.call(SITE, {}).data
    except PermanentError as error:
        code = _code(error, "no respondió como un Moodle")
        reason = f"{_REASONS[code][0].upper()}{_REASONS[code][1:]}" if code in _REASONS else "Revise dirección y clave"
        return [f"El sitio no acepta la conexión ({code}). {reason}."]
    listed = as_list(data.get("functions") if isinstance(data, dict) else None)
    present = {str(f.get("name")) for f in listed if isinstance(f, dict)}
    return [
        f"Falta la función {name} en el servicio web. Agréguela al servicio externo."
        for name in functions
        if name not in present
    ]


def _check_course(
    contract: MoodleSource, site: Site, edition: str, delivery: contracts.Delivery
) -> tuple[int | None, list[str]]:
    """The id of a course, null if it was not found, and its problems."""
    where = f"Edición {edition}, curso {delivery.course}"
    try:
        data = site.call(COURSES, {"field": "shortname", "value": delivery.course}).data
        course = course_of(contract.source, data, delivery.course)
    except PermanentError as error:
        return None, [
            f"{where}: no se encontró el curso ({_code(error)}). Revise su nombre corto; si está oculto, el rol "
            "necesita moodle/course:viewhiddencourses."
        ]
    try:
        contents = site.call(CONTENTS, {"courseid": str(course["id"])}).data
    except PermanentError as error:
        return course["id"], [
            f"{where}: no se puede entrar al curso ({_code(error)}). El rol necesita moodle/course:view."
        ]
    problems = [
        problem
        for code, wanted in delivery.activities.items()
        if (problem := _check_activity(f"{where}, actividad {code} ({wanted})", contents, wanted))
    ]
    if not problems:
        try:
            resolve(contract.source, contents, edition, delivery)
        except PermanentError:
            problems.append(f"{where}: dos códigos de `activities` nombran la misma actividad. Corrija uno.")
    return course["id"], problems + _check_people(contract, site, where, course)


def _check_activity(where: str, contents: Any, wanted: str | int) -> str | None:
    """What is wrong with one configured activity; null if nothing is."""
    sections = (section.get("modules") for section in as_list(contents) if isinstance(section, dict))
    alike = [
        module
        for modules in sections
        for module in as_list(modules)
        if has_id(module)
        and (module["id"] == wanted or (isinstance(wanted, str) and tidy(module.get("name")) == tidy(wanted)))
    ]
    shown = [module for module in alike if module.get("visible", 1)]
    usable = [module for module in shown if module.get("completion")]
    if len(usable) == 1:
        return None
    if len(usable) > 1:
        return f"{where}: hay {len(usable)} con ese nombre. Escriba el número (cmid) de la que cuenta."
    if shown:
        return f"{where}: no tiene activada la finalización. Actívela en Moodle: sin ella nadie puede concluirla."
    if alike:
        return f"{where}: está oculta. Muéstrela en Moodle o corrija `activities`."
    return (
        f"{where}: no aparece. Revise su nombre; si sigue en el curso, el rol necesita el permiso para ver su tipo de "
        "actividad (mod/quiz:view, mod/page:view, mod/scorm:view…)."
    )


def _check_people(contract: MoodleSource, site: Site, where: str, course: dict[str, Any]) -> list[str]:
    """Some people of the course, who of them is active, their accounts, and the completion of one."""
    problems: list[str] = []
    course_id = str(course["id"])

    def ask(function: str, parameters: dict[str, str], capability: str) -> Any:
        try:
            return site.call(function, parameters).data
        except PermanentError as error:
            problems.append(f"{where}: {function} fue rechazada ({_code(error)}). El rol necesita {capability}.")
            return None

    options: dict[str, Any] = {"limitnumber": _PEOPLE, "userfields": _FIELDS}
    everybody = "moodle/user:viewdetails"
    listed = ask(ENROLLED, {"courseid": course_id, **as_options(options)}, everybody)
    ask(
        ENROLLED,
        {"courseid": course_id, **as_options({"limitnumber": 1, "userfields": "id", "onlyactive": 1})},
        "moodle/course:enrolreview",
    )
    if listed is None:
        return problems
    people = [user for user in as_list(listed) if has_id(user)]
    if not people:
        grouped = course.get("groupmode") == _SEPARATE_GROUPS
        groups = "moodle/site:accessallgroups (sus grupos están separados) o " if grouped else ""
        return [
            *problems,
            f"{where}: no se ve a ninguna persona inscrita. Si ya hay, el rol necesita {groups}{everybody}; si todavía "
            "no, no hay nada que hacer.",
        ]
    if len(people) < _PEOPLE:
        beyond = ask(ENROLLED, {"courseid": course_id, **as_options(options | {"limitfrom": _PEOPLE})}, everybody)
        if as_list(beyond):
            problems.append(
                f"{where}: no se ve a todas las personas. El rol necesita moodle/site:accessallgroups o {everybody}."
            )
    ids = {f"values[{n}]": str(user["id"]) for n, user in enumerate(people)}
    accounts = ask(USERS, {"field": "id", **ids}, everybody)
    if accounts is not None and not any(isinstance(one, dict) and "suspended" in one for one in as_list(accounts)):
        problems.append(f"{where}: no se ve el estado de las cuentas. El rol necesita {everybody}.")
    statuses = ask(STATUSES, {"courseid": course_id, "userid": str(people[0]["id"])}, "report/progress:view")
    if statuses is not None and not statuses_of(statuses):
        problems.append(f"{where}: ninguna actividad tiene estado. Active el rastreo de finalización del curso.")
    return problems + _check_roles(contract, where, people) + _check_fields(contract, where, people)


def _check_roles(contract: MoodleSource, where: str, people: list[dict[str, Any]]) -> list[str]:
    """A site with a role of its own for those who learn would count nobody. A course may still wait for its people."""
    if len(people) < _ENOUGH_PEOPLE or any(role_of(contract, user) == "student" for user in people):
        return []
    found = ", ".join(sorted({role_of(contract, user) for user in people}))
    return [
        f"{where}: ninguna de {len(people)} personas tiene el rol de nombre corto «student» (tienen: {found}); sin él "
        "nadie cuenta como inscrita. Si el sitio da a quien toma el curso otro rol, escriba su nombre corto en "
        "student_roles."
    ]


def _check_fields(contract: MoodleSource, where: str, people: list[dict[str, Any]]) -> list[str]:
    """Fields that somebody must have, and nobody has."""
    problems = []
    for key, what, capability in (
        ("email", "el correo", "moodle/course:useremail o moodle/site:viewuseridentity"),
        ("lastcourseaccess", "el último acceso al curso", "moodle/course:viewhiddenuserfields"),
    ):
        if key not in contract.drop and not any(key in user for user in people):
            problems.append(f"{where}: nadie muestra {what}. El rol necesita {capability}.")
    seen = {shortname for user in people for shortname in custom_fields(user)}
    # With this capability everybody shows a user name, whatever else was left empty.
    all_details = any("username" in user for user in people)
    for shortname in sorted(contract.read_profile_fields - seen):
        if f"customfields.{shortname}" in contract.drop:
            continue
        mend = (
            f"Ninguna de {len(people)} personas lo ha llenado, o el nombre corto está mal escrito en `profile_fields`"
            if all_details
            else "Si es privado, el rol necesita moodle/user:viewalldetails; si no, revise `profile_fields`"
        )
        problems.append(f"{where}: nadie muestra el campo de perfil «{shortname}». {mend}.")
    return problems


def _check_survey(
    contract: MoodleSource,
    site: Site,
    survey: Survey,
    editions: Mapping[str, Iterable[contracts.Delivery]],
    courses: Mapping[str, Sequence[int]],
) -> list[str]:
    """The feedback activity of a survey, its questions and its responses."""
    where = f"Encuesta {survey.survey} («{survey.survey_id}»)"
    if survey.edition not in editions:
        return [
            f"{where}: su edición no la entrega esta fuente. Corrija `edition`: una retroalimentación es de un curso."
        ]
    course_ids = courses.get(survey.edition or "")
    if course_ids is None:
        return []  # what is wrong with its course was said
    try:
        data = site.call(FEEDBACKS, feedbacks_asked(course_ids)).data
        feedback_id = feedback_of(contract.source, data, survey)
    except PermanentError as error:
        return [
            f"{where}: no se encontró esa retroalimentación en el curso ({_code(error)}). Revise `survey_id` (su "
            "nombre o su cmid); si está en el curso, el rol necesita mod/feedback:view."
        ]
    try:
        items = site.call(ITEMS, {"feedbackid": str(feedback_id)}).data
        site.call(RESPONSES, {"feedbackid": str(feedback_id), "page": "0", "perpage": "1"})
    except PermanentError as error:
        return [
            f"{where}: no se pueden leer sus respuestas ({_code(error)}). El rol necesita mod/feedback:viewreports."
        ]
    if not items_of(items):
        return [
            f"{where}: no muestra ninguna pregunta. El rol necesita mod/feedback:viewreports, o no tiene preguntas."
        ]
    feedback = feedback_from(survey, 1, items)
    try:
        check_codes(feedback)
    except PermanentError:
        codes = ", ".join(item.code for item in feedback.items)
        return [f"{where}: `sex_question` o `scored` no corresponde a sus preguntas ({codes}), o faltan puntajes."]
    return []


def _code(error: PermanentError, otherwise: str = "no coincide con lo configurado") -> str:
    return error.errorcode if isinstance(error, MoodleRefusal) else otherwise
