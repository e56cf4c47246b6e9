"""From landed people and completion to records and rows.

Data flow: landed ``people`` -> People per course -> records -> account, account_identity, enrolment; landed
``completion`` + which activity stands for what + who is a student -> records -> module_completion, certificate.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trimestre.contracts.sources import MoodleSource
from trimestre.sources.answers import Record, Row, as_list, canonical, parsed, read_answers, text
from trimestre.sources.base import LandedFile
from trimestre.sources.moodle.calls import USERS, custom_fields, has_id, is_id, option, statuses_of
from trimestre.sources.moodle.structure import CERTIFICATE, Course

_COMPLETION = {0: "not_completed", 1: "completed", 2: "completed", 3: "failed"}
_REACHED = {1: 2, 2: 2, 3: 1}
"""State -> how far it is; what is not here is no further than not begun."""
ELSEWHERE = "mismo_dato_en_otro_curso"
"""Why a row is out of scope that another course of the same edition tells better."""
_CERTIFICATE_STATE = {0: "not_obtained", 1: "obtained", 2: "obtained", 3: "not_obtained"}


@dataclass
class People:
    """The people of one course as read from its landed answers."""

    users: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """User id -> position and user object."""
    nameless: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and objects that are no person with an id."""
    active: list[set[int]] = field(default_factory=list)
    """The only-active list as often as it was read: at the start and at the end."""
    short: bool = False
    """Whether a page of the whole list held fewer people than were asked for."""
    gaps: bool = False
    """Whether people came after such a page: the service account may not see some of those before them."""

    def is_active(self, user_id: int, moment: int) -> bool | None:
        """Whether a person was on the list at the start (0) or the end (1); null if it was not read."""
        return user_id in self.active[moment] if moment < len(self.active) else None

    def students(self, contract: MoodleSource) -> set[int]:
        """Ids of those who are students in the course."""
        return {user_id for user_id, (_, user) in self.users.items() if role_of(contract, user) == "student"}

    @property
    def consistent(self) -> bool:
        """Whether nobody was missing from the whole list, because pages shifted or some may not be seen."""
        return len(self.active) == 2 and self.active[0] <= set(self.users) and not self.gaps

    def begin(self) -> None:
        """Forget a walk through the whole list: another one begins."""
        self.users.clear()
        self.nameless.clear()
        self.short = self.gaps = False

    def turn_page(self, count: int, wanted: str | None) -> None:
        """Note a page of ``count`` people of ``wanted``."""
        self.gaps = self.gaps or (self.short and count > 0)
        self.short = self.short or (wanted is not None and count < int(wanted))


def read_people(file: LandedFile) -> tuple[dict[int, People], dict[int, Any]]:
    """Course id -> its people, and account id -> suspended, from a landed ``people``.

    A walk begins at offset 0. Of two walks through the whole list the later one holds, of a person listed twice in it
    the later object; of the only-active list the first walk is the start and the second the end.
    """
    courses: dict[int, People] = defaultdict(People)
    suspended: dict[int, Any] = {}
    for answer in read_answers(file.path):
        parameters, things = answer["parameters"], parsed(answer["body"])
        if answer["method"] == USERS:
            suspended |= {user["id"]: user.get("suspended") for user in as_list(things) if has_id(user)}
            continue
        people = courses[int(parameters["courseid"])]
        begins = option(parameters, "limitfrom") == "0"
        if option(parameters, "onlyactive") == "1":
            people.active += [set()] if begins else []
            people.active[-1].update(user["id"] for user in as_list(things) if has_id(user))
            continue
        if begins:
            people.begin()
        people.turn_page(len(as_list(things)), option(parameters, "limitnumber"))
        if not isinstance(things, list):
            people.nameless.append((str(answer["ordinal"]), things))
        for index, user in enumerate(as_list(things)):
            position = f"{answer['ordinal']}#/{index}"
            if has_id(user):
                people.users[user["id"]] = (position, user)
            else:
                people.nameless.append((position, user))
    return dict(courses), suspended


def asked_of(file: LandedFile) -> set[tuple[int, int]]:
    """Course and user ids whose completion was landed."""
    every = (answer["parameters"] for answer in read_answers(file.path))
    return {(int(parameters["courseid"]), int(parameters["userid"])) for parameters in every}


def people_records(
    contract: MoodleSource, courses: dict[int, Course], people: dict[int, People], suspended: dict[int, Any]
) -> Iterator[Record]:
    """A record per person and course."""
    fields = contract.profile_fields.model_dump(exclude_none=True)
    weaker = _weaker_enrolments(contract, courses, people, suspended)
    for course_id, found in people.items():
        for position, thing in found.nameless:
            yield Record(position, canonical([course_id, thing]), unreadable="persona_sin_id")
        for user_id, (position, user) in found.users.items():
            custom = _answered(contract, user)
            # Only what a row needs: a new picture or a visit elsewhere on the site changes nothing here.
            content = {
                "course": course_id,
                "edition": courses[course_id].edition if course_id in courses else None,
                "id": user_id,
                "fullname": user.get("fullname"),
                "email": user.get("email"),
                "profile": {name: custom.get(shortname) for name, shortname in fields.items()},
                "role": role_of(contract, user),
                "lastcourseaccess": user.get("lastcourseaccess"),
                "active_start": found.is_active(user_id, 0),
                "active_end": found.is_active(user_id, 1),
                "suspended": suspended.get(user_id),
            }
            if (course_id, user_id) in weaker:
                content["elsewhere"] = True
            problem = None if content["edition"] else "curso_no_configurado"
            yield Record(position, canonical(content), content, problem)


def _weaker_enrolments(
    contract: MoodleSource, courses: dict[int, Course], people: dict[int, People], suspended: dict[int, Any]
) -> set[tuple[int, int]]:
    """Course and user ids of enrolments that another one in the same edition outdoes.

    Of an edition in several courses, such as one a group, somebody may be in two: who was moved is suspended in the
    first and a student in the second. Both are one enrolment here, and as they differ neither could be kept.
    """
    standings: dict[tuple[str, int], dict[int, tuple[bool, bool, str]]] = defaultdict(dict)
    for course_id, found in people.items():
        for user_id, (_, user) in found.users.items():
            if course_id in courses:
                active = bool(
                    found.is_active(user_id, 0) and found.is_active(user_id, 1) and not suspended.get(user_id)
                )
                role = role_of(contract, user)
                standings[courses[course_id].edition, user_id][course_id] = (role == "student", active, role)
    return {
        (course_id, user_id)
        for (_, user_id), standing in standings.items()
        for course_id, one in standing.items()
        if one != max(standing.values())
    }


def _answered(contract: MoodleSource, user: dict[str, Any]) -> dict[str, Any]:
    """Custom profile fields by shortname, without those that only hold the site's default value."""
    return {
        shortname: value
        for shortname, value in custom_fields(user).items()
        if shortname not in contract.default_values or text(value) != text(contract.default_values[shortname])
    }


def people_rows(contract: MoodleSource, content: dict[str, Any]) -> Iterator[Row]:
    """Account, identity and enrolment of one person."""
    reference = str(content["id"])
    profile = {name: text(value) for name, value in content["profile"].items()}
    sex = profile.get("sex")
    yield Row(
        "account",
        {
            "kind": "learner",
            "sex": contract.sex_values.get(sex, sex) if sex else None,
            "institution": profile.get("institution"),
        },
        reference,
    )
    yield Row(
        "account_identity",
        {
            "local_id": reference,
            "full_name": text(content["fullname"]),
            "email": text(content["email"]),
            "legal_id": profile.get("legal_id"),
            "employee_id": profile.get("employee_id"),
        },
        reference,
    )
    moments = (content["active_start"], content["active_end"])
    # Whether an account is suspended must be known too: nobody enters the population by a gap in an answer.
    unknown = None in (*moments, content["suspended"])
    yield Row(
        "enrolment",
        {
            "edition": content["edition"],
            "role": text(content["role"]),
            "active": None if unknown else text(all(moments)),
            "suspended": text(content["suspended"]),
            "accessed_at": instant(content["lastcourseaccess"]),
        },
        reference,
        ELSEWHERE if content.get("elsewhere") else None,
    )


def completion_records(
    contract: MoodleSource, file: LandedFile, courses: dict[int, Course], people: dict[int, People]
) -> Iterator[Record]:
    """A record per person and activity."""
    students = {course_id: found.students(contract) for course_id, found in people.items()}
    best = _best_of_several(file, courses, students)
    for answer in read_answers(file.path):
        ordinal, parameters = answer["ordinal"], answer["parameters"]
        course_id, user_id = int(parameters["courseid"]), int(parameters["userid"])
        data = parsed(answer["body"])
        statuses, course = statuses_of(data), courses.get(course_id)
        if not isinstance(statuses, list) or course is None:
            problem = "curso_no_configurado" if course is None else "respuesta_sin_estados"
            yield Record(f"{ordinal}", canonical([course_id, user_id, data]), unreadable=problem)
            continue
        student = user_id in students.get(course_id, ())
        for index, status in enumerate(statuses):
            position = f"{ordinal}#/statuses/{index}"
            if not isinstance(status, dict) or not is_id(status.get("cmid")) or "state" not in status:
                raw = canonical([course_id, user_id, status])
                yield Record(position, raw, unreadable="estado_sin_actividad")
                continue
            kept = ("cmid", "state", "timecompleted", "overrideby")
            content = {
                "course": course_id,
                "edition": course.edition,
                "userid": user_id,
                "status": {key: status.get(key) for key in kept},
                # Not of the object, but its rows depend on them: the record must change when they do.
                "stands_for": course.stands_for.get(status["cmid"]),
                "student": student,
            }
            code = course.stands_for.get(status["cmid"])
            if student and best.get((user_id, code), status["cmid"]) != status["cmid"]:
                content["elsewhere"] = True
            yield Record(position, canonical(content), content)


def _best_of_several(
    file: LandedFile, courses: dict[int, Course], students: dict[int, set[int]]
) -> dict[tuple[int, str | None], int]:
    """User id and code -> the cmid that tells how far a student got, of the codes that several courses have.

    Who was moved to another course of an edition begins there anew; what was completed first is completed.
    """
    codes = [code for course in courses.values() for code in set(course.stands_for.values())]
    shared = {code for code in codes if codes.count(code) > 1}
    best: dict[tuple[int, str | None], tuple[tuple[int, int], int]] = {}
    for answer in read_answers(file.path) if shared else ():
        course_id, user_id = int(answer["parameters"]["courseid"]), int(answer["parameters"]["userid"])
        if course_id not in courses or user_id not in students.get(course_id, ()):
            continue
        for status in as_list(statuses_of(parsed(answer["body"]))):
            cmid = status.get("cmid") if isinstance(status, dict) else None
            code = courses[course_id].stands_for.get(cmid) if is_id(cmid) else None
            if code in shared and is_id(cmid):
                state, at = status.get("state"), status.get("timecompleted")
                rank = (_REACHED.get(state, 0) if is_id(state) else 0, -at if is_id(at) else 0)
                best[user_id, code] = max(best.get((user_id, code), (rank, cmid)), (rank, cmid))
    return {key: cmid for key, (_, cmid) in best.items()}


def completion_rows(content: dict[str, Any]) -> Iterator[Row]:
    """The module completion or the certificate of one person."""
    status, code = content["status"], content["stands_for"]
    states = _CERTIFICATE_STATE if code == CERTIFICATE else _COMPLETION
    raw = status["state"]
    state = states.get(raw) if is_id(raw) else None
    # An activity that was un-ticked keeps a date, which is then that of the un-ticking.
    at = instant(status["timecompleted"]) if state in ("completed", "failed", "obtained") else None
    out_of_scope = None if content["student"] else "rol_no_estudiante"
    values = {"edition": content["edition"], "state": state or text(raw)}
    if content.get("elsewhere"):
        out_of_scope = ELSEWHERE
    reference = str(content["userid"])
    if code == CERTIFICATE:
        yield Row("certificate", {**values, "obtained_at": at}, reference, out_of_scope)
        return
    module = code or f"cmid:{status['cmid']}"
    out_of_scope = out_of_scope if code else "actividad_no_configurada"
    yield Row("module_completion", {**values, "module": module, "completed_at": at}, reference, out_of_scope)


def instant(seconds: Any) -> str | None:
    """Epoch seconds as ISO instant in UTC; null for none, and what is no such number as it came."""
    try:
        value = int(seconds or 0)
        return datetime.fromtimestamp(value, UTC).isoformat() if value > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return text(seconds)


def role_of(contract: MoodleSource, user: dict[str, Any]) -> str:
    """``student`` if one of the roles is that or counts as it, else the first role, or ``none``."""
    given = [role for role in as_list(user.get("roles")) if isinstance(role, dict) and "shortname" in role]
    roles = [str(role["shortname"]) for role in given]
    return "student" if {"student", *contract.student_roles} & set(roles) else next(iter(roles), "none")
