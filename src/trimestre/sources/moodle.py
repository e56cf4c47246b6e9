"""Moodle by its web services (REST): people, accesses and activity completion of the editions of a source.

Data flow per edition: calls -> landed ``structure``, ``people``, ``completion`` -> records -> account,
account_identity, enrolment, module_completion, certificate. A Moodle answers nearly everything with HTTP 200, and what
a service account may not see it leaves out without a word: hence the checks against what must be there.
"""

import html
import json
import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from trimestre.contracts import Project
from trimestre.contracts import framework as contracts
from trimestre.contracts.sources import MoodleSource
from trimestre.errors import PermanentError, TransientError
from trimestre.sources.answers import Record, Row, canonical, chunked, read_answers, text
from trimestre.sources.base import AnswerWriter, Connection, Delivery, LandedFile, Landing, RecordChunk
from trimestre.sources.http import HttpSession, check_status, site_address

SITE = "core_webservice_get_site_info"
COURSES = "core_course_get_courses_by_field"
CONTENTS = "core_course_get_contents"
ENROLLED = "core_enrol_get_enrolled_users"
USERS = "core_user_get_users_by_field"
STATUSES = "core_completion_get_activities_completion_status"
FUNCTIONS = (SITE, COURSES, CONTENTS, ENROLLED, USERS, STATUSES)

CERTIFICATE = "certificate"
"""The activity code that stands for the certificate instead of a module."""

_USER_FIELDS = "id,fullname,email,customfields,roles,lastcourseaccess"
"""What is asked of a person: nothing that no row needs, and two thirds of the time of a full answer."""

_USERS_PER_CALL = 100
_ENOUGH_PEOPLE = 20
"""From so many people on, a profile field that nobody has was hidden, not left empty."""

_COMPLETION = {0: "not_completed", 1: "completed", 2: "completed", 3: "failed"}
_CERTIFICATE_STATE = {0: "not_obtained", 1: "obtained", 2: "obtained", 3: "not_obtained"}
_GONE = frozenset({"userdeleted", "invaliduser"})
_PASSING = frozenset(
    {"sitemaintenance", "upgraderunning", "dbconnectionfailed", "dmlreadexception", "dmlwriteexception"}
)
_MENDS = {
    "invalidtoken": "The token is wrong, or it expired and Moodle deleted it. Make a new one and put it into the "
    "connection.",
    "accessexception": "The function is not in the web service, the service is disabled, this server's address is not "
    "allowed, or the token has just expired. Check the external service and the token.",
    "wsaccessusersuspended": "The service account is suspended. Have it taken up again.",
    "errorcoursecontextnotvalid": "The service account can't enter the course. Give its role moodle/course:view (and "
    "moodle/course:viewhiddencourses for a hidden course).",
    "requireloginerror": "The service account can't enter the course. Give its role moodle/course:view.",
    "nopermissions": "The service account lacks a capability. Check moodle/course:enrolreview, report/progress:view "
    "and moodle/user:viewdetails of its role.",
    "invalidrecord": "The course or the function does not exist on the site. Check `course` of the edition and the "
    "version of Moodle.",
    "invaliduserfield": "The site does not know a field of the people that is asked for. Check the version of Moodle.",
}

T = TypeVar("T")
S = TypeVar("S")


class MoodleRefusal(PermanentError):
    """Moodle answered with an exception; ``errorcode`` says which (its class and message differ by version)."""

    def __init__(self, message: str, errorcode: str) -> None:
        super().__init__(message)
        self.errorcode = errorcode


@dataclass(frozen=True)
class _Answer:
    status: int
    body: str
    data: Any


@dataclass
class _Course:
    """A course as its structure tells: which activity stands for what."""

    course_id: int
    edition: str
    stands_for: dict[int, str]
    """cmid -> module code, or ``certificate``."""


@dataclass
class _People:
    """The people of one course as read from its landed answers."""

    users: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """User id -> position and user object."""
    nameless: list[tuple[str, Any]] = field(default_factory=list)
    """Positions and objects that are no person with an id."""
    active: list[set[int]] = field(default_factory=list)
    """The only-active list as often as it was read: at the start and at the end."""

    def is_active(self, user_id: int, moment: int) -> bool | None:
        """Whether a person was on the list at the start (0) or the end (1); null if it was not read."""
        return user_id in self.active[moment] if moment < len(self.active) else None

    @property
    def consistent(self) -> bool:
        """Whether nobody active was missing from the whole list, as happens when pages shift."""
        return bool(self.users) and len(self.active) == 2 and self.active[0] <= set(self.users)


class MoodleConnector:
    """The connector of a Moodle site."""

    parser_version = "moodle-1"

    def __init__(self, contract: MoodleSource, project: Project, connection: Connection) -> None:
        self.contract = contract
        self.connection = connection
        self._editions: dict[str, list[contracts.Delivery]] = defaultdict(list)
        for _, edition, delivery in project.deliveries(contract.source):
            self._editions[edition.edition].append(delivery)
        self._open: _Site | None = None

    # -- network -------------------------------------------------------------------------------------------------

    def fetch(self, landing: Landing) -> None:
        """Land every edition: its structure, its people and the completion of each of them."""
        with _Site(self.contract, self.connection) as site:
            for edition, deliveries in self._editions.items():
                with (
                    landing.open_answers("structure", edition) as structure,
                    landing.open_answers("people", edition) as people,
                    landing.open_answers("completion", edition) as completion,
                ):
                    for delivery in deliveries:
                        course = self._fetch_structure(site, structure, edition, delivery)
                        self._fetch_course(site, people, completion, course)

    def _fetch_structure(
        self, site: "_Site", writer: AnswerWriter, edition: str, delivery: contracts.Delivery
    ) -> _Course:
        parameters = {"field": "shortname", "value": delivery.course}
        answer = site.call(COURSES, parameters)
        course_id = self._course_id(answer.data, delivery.course)
        writer.write(COURSES, parameters, answer.status, answer.body)
        parameters = {"courseid": str(course_id)}
        answer = site.call(CONTENTS, parameters)
        stands_for = self._resolve(answer.data, edition, delivery)
        writer.write(CONTENTS, parameters, answer.status, answer.body)
        return _Course(course_id, edition, stands_for)

    def _fetch_course(self, site: "_Site", people: AnswerWriter, completion: AnswerWriter, course: _Course) -> None:
        """People, their completion, and the active ones once more: who left meanwhile is on the first list only."""
        users, tidy = self._walk(site, people, course.course_id)
        active, _ = self._walk(site, people, course.course_id, only_active=True)
        if not tidy or not set(active) <= set(users):
            # Somebody was enrolled or unenrolled between two pages, so that all that follows moved by one.
            users, _ = self._walk(site, people, course.course_id)
        self._check_people(course, users)
        self._fetch_accounts(site, people, course, sorted(users))
        self._fetch_statuses(site, completion, course, sorted(users))
        self._walk(site, people, course.course_id, only_active=True)

    def _walk(
        self, site: "_Site", writer: AnswerWriter, course_id: int, *, only_active: bool = False
    ) -> tuple[dict[int, dict[str, Any]], bool]:
        """All pages of a list of people, and whether nobody came twice.

        A page may be short or empty before the end, since Moodle takes out whom one may not see after cutting it.
        That can't be told from the end: a walk ends with the first page without anybody new.
        """
        found: dict[int, dict[str, Any]] = {}
        tidy, offset = True, 0
        while True:
            options: dict[str, Any] = {"limitfrom": offset, "limitnumber": self.contract.page_size}
            options |= {"userfields": "id", "onlyactive": 1} if only_active else {"userfields": _USER_FIELDS}
            parameters = {"courseid": str(course_id), **_as_options(options)}
            answer = site.call(ENROLLED, parameters)
            if not isinstance(answer.data, list):
                raise site.strange(ENROLLED, "a list")
            self._land(writer, ENROLLED, parameters, answer)
            page = {user["id"]: user for user in answer.data if _has_id(user)}
            new = page.keys() - found.keys()
            tidy = tidy and len(new) == sum(map(_has_id, answer.data))
            found |= page
            if not new:
                # The page that ends a walk is empty, or the site ignores offsets and gives the first page again.
                return found, tidy or page == found
            offset += self.contract.page_size

    def _check_people(self, course: _Course, users: dict[int, dict[str, Any]]) -> None:
        """Raise if the list is as a missing capability leaves it: empty, or without a field that is always there."""
        what = f"{self.contract.source}: people of {course.edition}"
        if not users:
            raise PermanentError(
                f"{what}: found nobody, expected at least one person enrolled. Give the service account's role "
                "moodle/user:viewdetails (and moodle/site:accessallgroups where groups are separate), or wait to "
                "configure the edition until somebody is enrolled."
            )
        capabilities = {
            "lastcourseaccess": "moodle/course:viewhiddenuserfields",
            "email": "moodle/course:useremail or moodle/site:viewuseridentity",
        }
        for key, capability in capabilities.items():
            if key not in self.contract.drop and not any(key in user for user in users.values()):
                raise PermanentError(
                    f"{what}: found no `{key}` in anybody, expected it in all. Give the service account's role "
                    f"{capability}, or list {key} under `drop` of the source if it is not to be read."
                )
        if len(users) < _ENOUGH_PEOPLE:
            return
        seen = {shortname for user in users.values() for shortname in _custom(user)}
        for name, shortname in self.contract.profile_fields.model_dump(exclude_none=True).items():
            if shortname not in seen and f"customfields.{shortname}" not in self.contract.drop:
                raise PermanentError(
                    f"{what}: found no profile field {shortname!r} in any of {len(users)} people, expected it in some. "
                    "Give the service account's role moodle/user:viewalldetails, or correct "
                    f"`profile_fields.{name}` of the source."
                )

    def _fetch_accounts(self, site: "_Site", writer: AnswerWriter, course: _Course, user_ids: list[int]) -> None:
        """Account by account whether it is suspended: the lists of a course do not tell."""
        known = False
        for start in range(0, len(user_ids), _USERS_PER_CALL):
            group = user_ids[start : start + _USERS_PER_CALL]
            parameters = {"field": "id", **{f"values[{n}]": str(user_id) for n, user_id in enumerate(group)}}
            answer = site.call(USERS, parameters)
            if not isinstance(answer.data, list):
                raise site.strange(USERS, "a list")
            known = known or any(isinstance(user, dict) and "suspended" in user for user in answer.data)
            self._land(writer, USERS, parameters, answer)
        if not known:
            raise PermanentError(
                f"{self.contract.source}: accounts of {course.edition}: found none that tells whether it is suspended, "
                "expected all to. Give the service account's role moodle/user:viewdetails."
            )

    def _fetch_statuses(self, site: "_Site", writer: AnswerWriter, course: _Course, user_ids: list[int]) -> None:
        """The completion of each person, stored in the order of the people so that the file is reproducible."""

        def ask(user_id: int) -> tuple[dict[str, str], _Answer | None]:
            parameters = {"courseid": str(course.course_id), "userid": str(user_id)}
            try:
                return parameters, site.call(STATUSES, parameters)
            except MoodleRefusal as refusal:
                if refusal.errorcode in _GONE:  # deleted since the list was read: the scope is not complete
                    return parameters, None
                raise

        seen: set[Any] = set()
        for parameters, answer in _in_order(ask, user_ids, self.contract.parallel):
            if answer is not None:
                writer.write(STATUSES, parameters, answer.status, answer.body)
                statuses = answer.data.get("statuses") if isinstance(answer.data, dict) else None
                seen |= {s.get("cmid") for s in _list(statuses) if isinstance(s, dict)}
        for cmid, code in course.stands_for.items():
            if cmid not in seen:
                raise PermanentError(
                    f"{self.contract.source}: completion of {course.edition}: found activity {code} (cmid {cmid}) in "
                    "nobody's list, expected it in everybody's. Check that completion is enabled for the course and "
                    "the activity, and the capability to view its kind of activity, such as mod/quiz:view."
                )

    def _land(self, writer: AnswerWriter, function: str, parameters: dict[str, str], answer: _Answer) -> None:
        """Store an answer about people: exactly as it came, unless it holds something to be dropped."""
        body = answer.body
        if _drop_from_users(answer.data, self.contract.drop):
            body = json.dumps(answer.data, separators=(",", ":"))
        writer.write(function, parameters, answer.status, body)

    # -- structure -----------------------------------------------------------------------------------------------

    def _course_id(self, data: Any, shortname: str) -> int:
        courses = _list(data.get("courses") if isinstance(data, dict) else None)
        # Names come HTML escaped.
        found = [c for c in courses if _has_id(c) and html.unescape(str(c.get("shortname"))) == shortname]
        if len(found) != 1:
            raise PermanentError(
                f"{self.contract.source}: course {shortname!r}: found {len(found)} of that short name, expected one. "
                "Check `course` of the edition, and moodle/course:viewhiddencourses if the course is hidden."
            )
        return int(found[0]["id"])

    def _resolve(self, contents: Any, edition: str, delivery: contracts.Delivery) -> dict[int, str]:
        """cmid -> code, by the visible activities with completion: all configured ones must be there."""
        candidates: list[tuple[int, str]] = []
        for section in _list(contents):
            for module in _list(section.get("modules") if isinstance(section, dict) else None):
                if _has_id(module) and module.get("completion") and module.get("visible", 1):
                    candidates.append((module["id"], _name(module.get("name"))))
        stands_for: dict[int, str] = {}
        for code, wanted in delivery.activities.items():
            found = [c for c, name in candidates if c == wanted or (isinstance(wanted, str) and name == _name(wanted))]
            if len(found) != 1:
                raise PermanentError(
                    f"{self.contract.source}: activity {code} ({wanted!r}) of {edition}: found {len(found)} visible "
                    "with completion, expected one. If it is still in the course, give the service account's role the "
                    "capability to view its kind of activity, such as mod/quiz:view; if it was renamed, hidden or "
                    "doubled, correct `activities` of the edition (a cmid is unique)."
                )
            if found[0] in stands_for:
                raise PermanentError(
                    f"{self.contract.source}: activity {code} ({wanted!r}) of {edition}: found the one that already "
                    f"stands for {stands_for[found[0]]}, expected another. Correct `activities` of the edition."
                )
            stands_for[found[0]] = code
        return stands_for

    def _courses_in(self, file: LandedFile) -> dict[int, _Course]:
        """Course id -> course, from a landed ``structure``."""
        deliveries = {delivery.course: delivery for delivery in self._editions.get(file.scope, [])}
        by_id: dict[int, contracts.Delivery] = {}
        courses: dict[int, _Course] = {}
        for answer in read_answers(file.path):
            data = _parsed(answer["body"])
            if answer["method"] == COURSES and answer["parameters"]["value"] in deliveries:
                shortname = answer["parameters"]["value"]
                by_id[self._course_id(data, shortname)] = deliveries[shortname]
            elif answer["method"] == CONTENTS and (course_id := int(answer["parameters"]["courseid"])) in by_id:
                courses[course_id] = _Course(course_id, file.scope, self._resolve(data, file.scope, by_id[course_id]))
        return courses

    # -- landed files --------------------------------------------------------------------------------------------

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Per edition: people are complete with both active lists, completion with the answer about each student."""
        found: list[Delivery] = []
        for scope, by_dataset in _by_scope(files).items():
            if "people" not in by_dataset:
                continue
            courses, _ = _read_people(by_dataset["people"])
            wanted = len(self._editions.get(scope, []))
            complete = len(courses) == wanted > 0 and all(people.consistent for people in courses.values())
            found.append(Delivery("people", scope, complete))
            if "completion" in by_dataset:
                asked = {
                    (int(answer["parameters"]["courseid"]), int(answer["parameters"]["userid"]))
                    for answer in read_answers(by_dataset["completion"].path)
                }
                students = {
                    (course_id, user_id)
                    for course_id, people in courses.items()
                    for user_id, (_, user) in people.users.items()
                    if _role(user) == "student"
                }
                found.append(Delivery("completion", scope, complete and students <= asked))
        return found

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """Records of people and of completion; the structure only says what the activities stand for."""
        for scope, by_dataset in _by_scope(files).items():
            if not {"people", "completion"} & by_dataset.keys():
                continue
            for needed in ("structure", "people"):
                if needed not in by_dataset:
                    raise PermanentError(
                        f"{self.contract.source}: landed files of {scope}: found no {needed}, expected it beside the "
                        "others of the batch. Give all landed files of the batch."
                    )
            courses = self._courses_in(by_dataset["structure"])
            people, suspended = _read_people(by_dataset["people"])
            yield from chunked(
                by_dataset["people"], self._people_records(courses, people, suspended), self._people_rows
            )
            if "completion" in by_dataset:
                file = by_dataset["completion"]
                yield from chunked(file, self._completion_records(file, courses, people), _completion_rows)

    def _people_records(
        self, courses: dict[int, _Course], people: dict[int, _People], suspended: dict[int, Any]
    ) -> Iterator[Record]:
        fields = self.contract.profile_fields.model_dump(exclude_none=True)
        for course_id, found in people.items():
            for position, thing in found.nameless:
                yield Record(position, canonical([course_id, thing]), unreadable="persona_sin_id")
            for user_id, (position, user) in found.users.items():
                custom = _custom(user)
                # Only what a row needs: a new picture or a visit elsewhere on the site changes nothing here.
                content = {
                    "course": course_id,
                    "edition": courses[course_id].edition if course_id in courses else None,
                    "id": user_id,
                    "fullname": user.get("fullname"),
                    "email": user.get("email"),
                    "profile": {name: custom.get(shortname) for name, shortname in fields.items()},
                    "role": _role(user),
                    "lastcourseaccess": user.get("lastcourseaccess"),
                    "active_start": found.is_active(user_id, 0),
                    "active_end": found.is_active(user_id, 1),
                    "suspended": suspended.get(user_id),
                }
                problem = None if content["edition"] else "curso_no_configurado"
                yield Record(position, canonical(content), content, problem)

    def _people_rows(self, content: dict[str, Any]) -> Iterator[Row]:
        reference = str(content["id"])
        profile = {name: text(value) for name, value in content["profile"].items()}
        sex = profile.get("sex")
        yield Row(
            "account",
            {
                "kind": "learner",
                "sex": self.contract.sex_values.get(sex, sex) if sex else None,
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
        yield Row(
            "enrolment",
            {
                "edition": content["edition"],
                "role": text(content["role"]),
                "active": None if None in moments else text(all(moments)),
                "suspended": text(content["suspended"]),
                "accessed_at": _instant(content["lastcourseaccess"]),
            },
            reference,
        )

    def _completion_records(
        self, file: LandedFile, courses: dict[int, _Course], people: dict[int, _People]
    ) -> Iterator[Record]:
        for answer in read_answers(file.path):
            ordinal, parameters = answer["ordinal"], answer["parameters"]
            course_id, user_id = int(parameters["courseid"]), int(parameters["userid"])
            data = _parsed(answer["body"])
            statuses = data.get("statuses") if isinstance(data, dict) else None
            course = courses.get(course_id)
            if not isinstance(statuses, list) or course is None:
                problem = "curso_no_configurado" if course is None else "respuesta_sin_estados"
                yield Record(f"{ordinal}", canonical([course_id, user_id, data]), unreadable=problem)
                continue
            _, user = people[course_id].users.get(user_id, ("", {})) if course_id in people else ("", {})
            student = _role(user) == "student"
            for index, status in enumerate(statuses):
                position = f"{ordinal}#/statuses/{index}"
                if not isinstance(status, dict) or not _is_id(status.get("cmid")) or "state" not in status:
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
                yield Record(position, canonical(content), content)

    # -- self-test -----------------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What the service account lacks, in Spanish sentences; none = all that is needed was seen.

        :class:`TransientError` if the site can't be reached.
        """
        with _Site(self.contract, self.connection) as site:
            try:
                data = site.call(SITE, {}).data
            except PermanentError as error:
                code = error.errorcode if isinstance(error, MoodleRefusal) else "no respondió como un Moodle"
                return [f"El sitio no acepta la conexión ({code}). Revise la dirección y el token."]
            functions = _list(data.get("functions") if isinstance(data, dict) else None)
            present = {f.get("name") for f in functions if isinstance(f, dict)}
            problems = [
                f"Falta la función {name} en el servicio web. Agréguela al servicio externo."
                for name in FUNCTIONS
                if name not in present
            ]
            if not problems:
                for edition, deliveries in self._editions.items():
                    for delivery in deliveries:
                        problems += self._check_course(site, edition, delivery)
            return problems

    def _check_course(self, site: "_Site", edition: str, delivery: contracts.Delivery) -> list[str]:
        where = f"Edición {edition}, curso {delivery.course}"
        try:
            data = site.call(COURSES, {"field": "shortname", "value": delivery.course}).data
            course_id = self._course_id(data, delivery.course)
        except PermanentError as error:
            return [f"{where}: no se encontró el curso ({_code(error)}). Revise su nombre corto y los permisos."]
        course, problems = str(course_id), []
        try:
            self._resolve(site.call(CONTENTS, {"courseid": course}).data, edition, delivery)
        except PermanentError as error:
            problems.append(
                f"{where}: falta alguna de las actividades configuradas ({_code(error)}). Revise sus nombres y el "
                "permiso para ver cada tipo de actividad, por ejemplo mod/quiz:view."
            )
        options = _as_options({"limitnumber": 1, "userfields": "id"})
        first: list[Any] = []
        for function, parameters, capability in (
            (ENROLLED, {"courseid": course, **options}, "moodle/user:viewdetails y moodle/site:accessallgroups"),
            (
                ENROLLED,
                {"courseid": course, **options, **_as_options({"onlyactive": 1}, 2)},
                "moodle/course:enrolreview (o nadie tiene la inscripción activa)",
            ),
            (USERS, {"field": "id", "values[0]": "{id}"}, "moodle/user:viewdetails"),
            (STATUSES, {"courseid": course, "userid": "{id}"}, "report/progress:view"),
        ):
            if "{id}" in parameters.values() and not first:
                continue
            asked = {key: str(first[0]["id"]) if value == "{id}" else value for key, value in parameters.items()}
            try:
                answer = site.call(function, asked).data
            except PermanentError as error:
                problems.append(f"{where}: {function} fue rechazada ({_code(error)}). Revise {capability}.")
                continue
            if not (answer.get("statuses") if isinstance(answer, dict) else answer):
                problems.append(f"{where}: {function} llegó vacía. Revise {capability}.")
            first = first or [user for user in _list(answer) if _has_id(user)]
        return problems


class _Site:
    """The calls to one Moodle site."""

    def __init__(self, contract: MoodleSource, connection: Connection) -> None:
        self._label = contract.source
        base = site_address(contract.source, connection.host).removesuffix("/webservice/rest/server.php")
        self._address = f"{base}/webservice/rest/server.php"
        self._token = connection.password
        self._session = HttpSession(contract.source, timeout=contract.timeout, parallel=contract.parallel)

    def __enter__(self) -> "_Site":
        return self

    def __exit__(self, *exc: object) -> None:
        self._session.close()

    def call(self, function: str, parameters: dict[str, str]) -> _Answer:
        """One answer; raises for everything that is not data, whatever its HTTP status."""
        form = {"wstoken": self._token, "wsfunction": function, "moodlewsrestformat": "json", **parameters}
        # POST: with GET the token would be in the site's access log.
        response = self._session.post(self._address, data=form)
        what = f"{self._label}: {function}"
        if response.status_code == 403 and not response.content:
            raise PermanentError(
                f"{what}: found HTTP status 403 without content, expected an answer. "
                "Enable web services and the REST protocol on the site."
            )
        check_status(what, response)
        try:
            body = response.content.decode("utf-8")
            data = json.loads(body)
        except ValueError:
            raise self.strange(function, "JSON") from None
        if isinstance(data, dict) and "exception" in data:
            raise _refusal(what, str(data.get("errorcode")))
        return _Answer(response.status_code, body, data)

    def strange(self, function: str, expected: str) -> TransientError:
        """The error for an answer of another shape: a proxy's page, a cut body, a site in trouble."""
        return TransientError(
            f"{self._label}: {function}: found an answer of another form, expected {expected}. Try again later; "
            "if it stays so, check that the host of the connection is the address of the Moodle itself."
        )


def _refusal(what: str, errorcode: str) -> PermanentError | TransientError:
    code = errorcode if re.fullmatch(r"[A-Za-z0-9_/]{1,60}", errorcode) else "unknown"
    if code in _PASSING:
        return TransientError(f"{what}: found the site out of service ({code}), expected an answer. Try again later.")
    mend = _MENDS.get(code, "Look it up in the site's log and ask its administrator.")
    return MoodleRefusal(f"{what}: found exception {code}, expected data. {mend}", code)


def _code(error: PermanentError) -> str:
    return error.errorcode if isinstance(error, MoodleRefusal) else "no coincide con lo configurado"


def _in_order(ask: Callable[[S], T], things: Iterable[S], parallel: int) -> Iterator[T]:
    """Answers in the order of the things, ``parallel`` asked at a time; a failure stops the rest."""
    with ThreadPoolExecutor(parallel, thread_name_prefix="moodle") as pool:
        pending: deque[Future[T]] = deque()
        try:
            for thing in things:
                pending.append(pool.submit(ask, thing))
                if len(pending) >= parallel * 4:  # so that answers do not pile up behind a slow one
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _as_options(options: dict[str, Any], first: int = 0) -> dict[str, str]:
    """Options as Moodle takes them: ``options[n][name]`` and ``options[n][value]``."""
    pairs = enumerate(options.items(), start=first)
    return {
        key: str(value) for n, (name, given) in pairs
        for key, value in ((f"options[{n}][name]", name), (f"options[{n}][value]", given))
    }  # fmt: skip


def _option(parameters: dict[str, str], wanted: str) -> str | None:
    for key, name in parameters.items():
        if key.endswith("[name]") and name == wanted:
            return parameters.get(key.removesuffix("[name]") + "[value]")
    return None


def _drop_from_users(data: Any, drop: Sequence[str]) -> bool:
    """Remove the fields to be dropped from each user object; whether there was one."""
    keys = [name for name in drop if not name.startswith("customfields.")]
    custom = {name.removeprefix("customfields.") for name in drop if name.startswith("customfields.")}
    dropped = False
    for user in _list(data):
        if not isinstance(user, dict):
            continue
        for key in keys:
            dropped = dropped or key in user
            user.pop(key, None)
        fields = user.get("customfields")
        if custom and isinstance(fields, list):
            kept = [f for f in fields if not (isinstance(f, dict) and f.get("shortname") in custom)]
            dropped = dropped or len(kept) < len(fields)
            user["customfields"] = kept
    return dropped


def _by_scope(files: Sequence[LandedFile]) -> dict[str, dict[str, LandedFile]]:
    scopes: dict[str, dict[str, LandedFile]] = defaultdict(dict)
    for file in files:
        scopes[file.scope][file.dataset] = file
    return scopes


def _read_people(file: LandedFile) -> tuple[dict[int, _People], dict[int, Any]]:
    """Course id -> its people, and account id -> suspended, from a landed ``people``.

    A walk begins at offset 0. Of two walks through the whole list the later one holds, of a person listed twice in it
    the later object; of the only-active list the first walk is the start and the second the end.
    """
    courses: dict[int, _People] = defaultdict(_People)
    suspended: dict[int, Any] = {}
    for answer in read_answers(file.path):
        parameters, things = answer["parameters"], _parsed(answer["body"])
        if answer["method"] == USERS:
            suspended |= {user["id"]: user.get("suspended") for user in _list(things) if _has_id(user)}
            continue
        people = courses[int(parameters["courseid"])]
        begins = _option(parameters, "limitfrom") == "0"
        if _option(parameters, "onlyactive") == "1":
            people.active += [set()] if begins else []
            people.active[-1].update(user["id"] for user in _list(things) if _has_id(user))
            continue
        if begins:
            people.users.clear()
            people.nameless.clear()
        if not isinstance(things, list):
            people.nameless.append((str(answer["ordinal"]), things))
        for index, user in enumerate(_list(things)):
            position = f"{answer['ordinal']}#/{index}"
            if _has_id(user):
                people.users[user["id"]] = (position, user)
            else:
                people.nameless.append((position, user))
    return dict(courses), suspended


def _completion_rows(content: dict[str, Any]) -> Iterator[Row]:
    status, code = content["status"], content["stands_for"]
    states = _CERTIFICATE_STATE if code == CERTIFICATE else _COMPLETION
    raw = status["state"]
    state = states.get(raw) if isinstance(raw, int) else None
    # An activity that was un-ticked keeps a date, which is then that of the un-ticking.
    at = _instant(status["timecompleted"]) if state in ("completed", "failed", "obtained") else None
    out_of_scope = None if content["student"] else "rol_no_estudiante"
    values = {"edition": content["edition"], "state": state or text(raw)}
    reference = str(content["userid"])
    if code == CERTIFICATE:
        yield Row("certificate", {**values, "obtained_at": at}, reference, out_of_scope)
        return
    module = code or f"cmid:{status['cmid']}"
    out_of_scope = out_of_scope if code else "actividad_no_configurada"
    yield Row("module_completion", {**values, "module": module, "completed_at": at}, reference, out_of_scope)


def _instant(seconds: Any) -> str | None:
    """Epoch seconds as ISO instant in UTC; null for none, and what is no such number as it came."""
    try:
        value = int(seconds or 0)
        return datetime.fromtimestamp(value, UTC).isoformat() if value > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return text(seconds)


def _role(user: dict[str, Any]) -> str:
    """``student`` if it is one of the roles, else the first role, or ``none``."""
    roles = [
        str(role["shortname"]) for role in _list(user.get("roles")) if isinstance(role, dict) and "shortname" in role
    ]
    return "student" if "student" in roles else next(iter(roles), "none")


def _custom(user: dict[str, Any]) -> dict[str, Any]:
    """Custom profile fields by shortname; one without value is not in the answer."""
    fields = _list(user.get("customfields"))
    return {str(f.get("shortname")): f.get("value") for f in fields if isinstance(f, dict)}


def _name(value: Any) -> str:
    """A name of an activity fit to be compared: unescaped, NFC, single blanks."""
    return " ".join(unicodedata.normalize("NFC", html.unescape(str(value))).split())


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _has_id(thing: Any) -> bool:
    return isinstance(thing, dict) and _is_id(thing.get("id"))
