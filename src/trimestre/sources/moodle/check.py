"""The self-test of a Moodle connection: every function called once for every course, with sentences for people.

Data flow: site -> one small call of each kind -> problems in Spanish; nothing is landed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from trimestre.contracts import framework as contracts
from trimestre.contracts.sources import MoodleSource
from trimestre.errors import PermanentError
from trimestre.sources.answers import as_list
from trimestre.sources.base import Connection
from trimestre.sources.moodle.calls import (
    CONTENTS,
    COURSES,
    ENROLLED,
    FUNCTIONS,
    SITE,
    STATUSES,
    USERS,
    MoodleRefusal,
    Site,
    as_options,
    has_id,
    statuses_of,
)
from trimestre.sources.moodle.structure import course_id_of, resolve


def check_site(
    contract: MoodleSource, connection: Connection, editions: Mapping[str, Iterable[contracts.Delivery]]
) -> list[str]:
    """What the service account lacks; none = all that is needed was seen."""
    with Site(contract, connection) as site:
        try:
            data = site.call(SITE, {}).data
        except PermanentError as error:
            code = _code(error, "no respondió como un Moodle")
            return [f"El sitio no acepta la conexión ({code}). Revise la dirección y el token."]
        functions = as_list(data.get("functions") if isinstance(data, dict) else None)
        present = {f.get("name") for f in functions if isinstance(f, dict)}
        missing = [
            f"Falta la función {name} en el servicio web. Agréguela al servicio externo."
            for name in FUNCTIONS
            if name not in present
        ]
        return missing or [
            problem
            for edition, deliveries in editions.items()
            for delivery in deliveries
            for problem in _check_course(contract.source, site, edition, delivery)
        ]


def _check_course(source: str, site: Site, edition: str, delivery: contracts.Delivery) -> list[str]:
    where = f"Edición {edition}, curso {delivery.course}"
    try:
        data = site.call(COURSES, {"field": "shortname", "value": delivery.course}).data
        course = str(course_id_of(source, data, delivery.course))
    except PermanentError as error:
        return [f"{where}: no se encontró el curso ({_code(error)}). Revise su nombre corto y los permisos."]
    problems = []
    try:
        resolve(source, site.call(CONTENTS, {"courseid": course}).data, edition, delivery)
    except PermanentError as error:
        problems.append(
            f"{where}: falta alguna de las actividades configuradas ({_code(error)}). Revise sus nombres y el "
            "permiso para ver cada tipo de actividad, por ejemplo mod/quiz:view."
        )
    return problems + _check_people(site, where, course)


def _check_people(site: Site, where: str, course: str) -> list[str]:
    """One person of the whole and of the active list, and what is asked about a person."""
    problems = []

    def ask(function: str, parameters: dict[str, str], capability: str) -> Any:
        try:
            data = site.call(function, parameters).data
        except PermanentError as error:
            problems.append(f"{where}: {function} fue rechazada ({_code(error)}). Revise {capability}.")
            return None
        if not (statuses_of(data) if isinstance(data, dict) else data):
            problems.append(f"{where}: {function} llegó vacía. Revise {capability}.")
        return data

    first = {"limitnumber": 1, "userfields": "id"}
    listed = ask(
        ENROLLED,
        {"courseid": course, **as_options(first)},
        "moodle/user:viewdetails y moodle/site:accessallgroups",
    )
    active = ask(
        ENROLLED,
        {"courseid": course, **as_options(first | {"onlyactive": 1})},
        "moodle/course:enrolreview (o nadie tiene la inscripción activa)",
    )
    known = [str(user["id"]) for user in (*as_list(listed), *as_list(active)) if has_id(user)]
    if known:
        ask(USERS, {"field": "id", "values[0]": known[0]}, "moodle/user:viewdetails")
        ask(STATUSES, {"courseid": course, "userid": known[0]}, "report/progress:view")
    return problems


def _code(error: PermanentError, otherwise: str = "no coincide con lo configurado") -> str:
    return error.errorcode if isinstance(error, MoodleRefusal) else otherwise
