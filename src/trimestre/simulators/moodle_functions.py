"""The web service functions of the simulated Moodle, and what each capability lets them show."""

from collections.abc import Callable
from typing import Any

from trimestre.simulators import moodle_feedback
from trimestre.simulators import moodle_shapes as shapes
from trimestre.simulators.model import MoodleActivity, MoodleCourse, MoodleUser
from trimestre.simulators.world import World

ALL_CAPABILITIES = frozenset(
    {
        "webservice/rest:use", "moodle/course:view", "moodle/course:viewhiddencourses",
        "moodle/course:viewhiddenactivities", "moodle/course:enrolreview", "moodle/course:useremail",
        "moodle/course:viewhiddenuserfields", "moodle/user:viewdetails", "moodle/user:viewalldetails",
        "moodle/site:viewuseridentity", "moodle/site:accessallgroups", "report/progress:view",
        "mod/page:view", "mod/quiz:view", "mod/feedback:view", "mod/feedback:viewreports",
    }
)  # fmt: skip

_EXCEPTION = "core\\exception\\moodle_exception"
_NO_CONTEXT = (
    "You cannot execute functions in the course context (course id:{id}). "
    "The context error message was: Course or activity not accessible."
)


class MoodleError(Exception):
    """An answer with ``exception``, ``errorcode`` and ``message``, sent with HTTP 200."""

    def __init__(self, errorcode: str, message: str, exception: str = _EXCEPTION) -> None:
        super().__init__(errorcode)
        self.body = {"exception": exception, "errorcode": errorcode, "message": message}


def invalid_parameter() -> MoodleError:
    """Bad, missing or unknown parameter; which one is not told."""
    kind = "core\\exception\\invalid_parameter_exception"
    return MoodleError("invalidparameter", "Invalid parameter value detected", kind)


def missing_record(table: str) -> MoodleError:
    """A course or function that does not exist."""
    message = f"Can't find data record in database table {table}."
    return MoodleError("invalidrecord", message, "dml_missing_record_exception")


def _no_permission(what: str) -> MoodleError:
    message = f"Sorry, but you do not currently have permissions to do that ({what})."
    return MoodleError("nopermissions", message, "core\\exception\\required_capability_exception")


def _no_login() -> MoodleError:
    kind = "core\\exception\\require_login_exception"
    return MoodleError("requireloginerror", "Course or activity not accessible.", kind)


def no_access() -> MoodleError:
    """Everything that the service refuses looks like this."""
    return MoodleError("accessexception", "Access control exception", "webservice_access_exception")


class MoodleFunctions:
    """The functions of the service by name; parameters come as flat texts, as PHP's form fields do."""

    def __init__(
        self,
        world: World,
        capabilities: set[str],
        hidden_user_fields: set[str],
        feedbacks: dict[int, moodle_feedback.SimulatedFeedback],
    ) -> None:
        self.world = world
        self.feedbacks = feedbacks
        self.capabilities = capabilities
        self.hidden_user_fields = hidden_user_fields
        self.by_name: dict[str, Callable[[dict[str, str]], Any]] = {
            "core_webservice_get_site_info": self._site_info,
            "core_course_get_courses": self._courses,
            "core_course_get_courses_by_field": self._courses_by_field,
            "core_course_get_contents": self._contents,
            "core_enrol_get_enrolled_users": self._enrolled_users,
            "core_completion_get_activities_completion_status": self._activities_status,
            "mod_feedback_get_feedbacks_by_courses": self._feedbacks_by_courses,
            "mod_feedback_get_items": self._feedback_items,
            "mod_feedback_get_responses_analysis": self._feedback_responses,
            "core_user_get_users_by_field": self._users_by_field,
        }

    # -- courses ---------------------------------------------------------------------------------------------

    def _may(self, capability: str) -> bool:
        return capability in self.capabilities

    def _accessible(self, course: MoodleCourse) -> bool:
        return self._may("moodle/course:view") and (course.visible or self._may("moodle/course:viewhiddencourses"))

    def _all_courses(self) -> list[MoodleCourse]:
        return [shapes.front_page(), *(self.world.moodle.courses[key] for key in sorted(self.world.moodle.courses))]

    def _course(self, values: dict[str, str]) -> MoodleCourse:
        course = self.world.moodle.courses.get(_integer(values, "courseid"))
        if course is None:
            raise missing_record("course")
        return course

    def _require_context(self, course: MoodleCourse) -> None:
        if not self._accessible(course):
            raise MoodleError("errorcoursecontextnotvalid", _NO_CONTEXT.format(id=course.id))

    def _shown_activities(self, course: MoodleCourse) -> list[MoodleActivity]:
        """Without the capability for a kind of activity or for hidden ones, they are just not there."""
        return [
            activity
            for activity in self.world.moodle.activities
            if activity.course_id == course.id
            and (activity.visible or self._may("moodle/course:viewhiddenactivities"))
            and (activity.modname == "label" or self._may(f"mod/{activity.modname}:view"))
        ]

    def _teachers(self, course: MoodleCourse) -> list[MoodleUser]:
        site = self.world.moodle
        return [site.users[e.user_id] for e in site.enrolments if e.course_id == course.id and e.role != "student"]

    def _site_info(self, values: dict[str, str]) -> dict[str, Any]:
        _only(values)
        return shapes.site_info(self.by_name)

    def _courses(self, values: dict[str, str]) -> list[dict[str, Any]]:
        _only(values, "options")
        for course in self.world.moodle.courses.values():
            self._require_context(course)
        return [shapes.course_brief(course) for course in self._all_courses()]

    def _courses_by_field(self, values: dict[str, str]) -> dict[str, Any]:
        _only(values, "field", "value")
        field, value = values.get("field", ""), values.get("value", "")
        if field not in ("", "id", "ids", "shortname", "idnumber", "category"):
            raise invalid_parameter()
        wanted = set(value.split(","))
        found = []
        for course in self._all_courses():
            matches = {
                "": True,
                "id": str(course.id) == value,
                "ids": str(course.id) in wanted,
                "shortname": course.shortname == value,
                "category": value == ("0" if course.id == 1 else "2"),
            }
            if matches.get(field) and (course.visible or self._may("moodle/course:viewhiddencourses")):
                access = course.id == 1 or self._accessible(course)
                found.append(shapes.course_full(course, self._teachers(course), access=access))
        return {"courses": found, "warnings": []}

    def _contents(self, values: dict[str, str]) -> list[dict[str, Any]]:
        _only(values, "courseid", "options")
        course = self._course(values)
        self._require_context(course)
        sections: list[list[dict[str, Any]]] = [[] for _ in course.sections]
        for activity in self._shown_activities(course):
            sections[activity.section].append(shapes.module(activity))
        first_id = 1 + sum(len(c.sections) for c in self.world.moodle.courses.values() if c.id < course.id)
        return [shapes.section(number, first_id, name, sections[number]) for number, name in enumerate(course.sections)]

    def _feedbacks_by_courses(self, values: dict[str, str]) -> dict[str, Any]:
        _only(values, "courseids")
        feedbacks, warnings = [], []
        for course_id in (int(value) for name, value in values.items() if name.startswith("courseids[")):
            course = self.world.moodle.courses.get(course_id)
            if course is None or not self._accessible(course):
                message = "No access rights in course context"
                warnings.append({"item": "course", "itemid": course_id, "warningcode": "1", "message": message})
                continue
            feedbacks += [
                moodle_feedback.shape(activity, self.feedbacks[activity.instance])
                for activity in self._shown_activities(course)
                if activity.modname == "feedback"
            ]
        return {"feedbacks": feedbacks, "warnings": warnings}

    def _feedback(self, values: dict[str, str]) -> moodle_feedback.SimulatedFeedback:
        """The feedback asked for, if one may enter its course and see it."""
        feedback = self.feedbacks.get(_integer(values, "feedbackid"))
        if feedback is None:
            raise missing_record("feedback")
        activity = next(
            a for a in self.world.moodle.activities if a.modname == "feedback" and a.instance == feedback.id
        )
        course = self.world.moodle.courses[activity.course_id]
        if not self._accessible(course) or activity not in self._shown_activities(course):
            raise _no_login()
        return feedback

    def _feedback_items(self, values: dict[str, str]) -> dict[str, Any]:
        _only(values, "feedbackid", "courseid")
        feedback = self._feedback(values)
        shown = moodle_feedback.items(feedback) if self._may("mod/feedback:viewreports") else []
        return {"items": shown, "warnings": []}

    def _feedback_responses(self, values: dict[str, str]) -> dict[str, Any]:
        _only(values, "feedbackid", "groupid", "page", "perpage", "courseid")
        feedback = self._feedback(values)
        if not self._may("mod/feedback:viewreports"):
            raise _no_permission("View reports")
        names = {user.id: shapes.full_name(user) for user in self.world.moodle.users.values()}
        page, per_page = int(values.get("page", 0)), int(values.get("perpage", 0))
        return moodle_feedback.responses(feedback, names, page, per_page)

    # -- people ----------------------------------------------------------------------------------------------

    def _enrolled_users(self, values: dict[str, str]) -> list[dict[str, Any]]:
        _only(values, "courseid", "options")
        course, options = self._course(values), _options(values)
        self._require_context(course)
        only_active, only_suspended = (options.get(name, "0") == "1" for name in ("onlyactive", "onlysuspended"))
        if (only_active or only_suspended) and not self._may("moodle/course:enrolreview"):
            raise _no_permission("Review course enrolments")
        if only_active and only_suspended:
            message = (
                "Coding error detected, it must be fixed by a programmer: "
                "Both onlyactive and onlysuspended are set, this is probably not what you want!"
            )
            raise MoodleError("codingerror", message, "core\\exception\\coding_exception")
        fields = [name for name in options.get("userfields", "").split(",") if name]
        for name in fields:
            if name not in shapes.USER_FIELDS:
                raise MoodleError("invaliduserfield", f"Invalid user field: {name}")
        active = self._active_ids(course)
        enrolled = {e.user_id for e in self.world.moodle.enrolments if e.course_id == course.id}
        chosen = active if only_active else enrolled - active if only_suspended else enrolled
        start, number = max(int(options.get("limitfrom", 0)), 0), int(options.get("limitnumber", 0))
        page = sorted(chosen)[start : start + number if number else None]
        # Who may not be seen is taken out after the page was cut: a short page need not be the last one.
        roles: dict[int, dict[str, None]] = {}
        for e in self.world.moodle.enrolments:
            if e.course_id == course.id:
                roles.setdefault(e.user_id, {})[e.role] = None
        shown = [
            self._enrolled_user(course, user_id, active, roles[user_id])
            for user_id in page
            if self._visible(course, user_id)
        ]
        asked = {"id", "fullname", *fields}  # these two come unasked
        return [{key: user[key] for key in user if key in asked} for user in shown] if fields else shown

    def _active_ids(self, course: MoodleCourse) -> set[int]:
        now = self.world.now
        return {
            e.user_id
            for e in self.world.moodle.enrolments
            if e.course_id == course.id
            and not e.suspended
            and e.timestart <= now
            and (e.timeend == 0 or e.timeend > now)
        }

    def _visible(self, course: MoodleCourse, user_id: int) -> bool:
        if course.separate_groups and not self._may("moodle/site:accessallgroups"):
            return False
        return self._may("moodle/user:viewdetails") or user_id in {user.id for user in self._teachers(course)}

    def _enrolled_user(
        self, course: MoodleCourse, user_id: int, active: set[int], roles: dict[str, None]
    ) -> dict[str, Any]:
        site = self.world.moodle
        user, details = site.users[user_id], self._may("moodle/user:viewalldetails")
        email = self._may("moodle/course:useremail") or self._may("moodle/site:viewuseridentity")
        shown = shapes.user_start(user, all_details=details, email=email)
        if "lastaccess" not in self.hidden_user_fields or self._may("moodle/course:viewhiddenuserfields"):
            shown["lastcourseaccess"] = site.course_access.get((course.id, user_id), 0)
        shown |= shapes.user_place() | shapes.custom_fields(user, private=details, display=False)
        if group := site.groups.get((course.id, user_id)):
            names = sorted({name for (course_id, _), name in site.groups.items() if course_id == course.id})
            number = names.index(group) + 1
            shown["groups"] = [{"id": number, "name": group, "description": "", "descriptionformat": 0}]
        shown["roles"] = [
            {"roleid": shapes.ROLE_IDS[role], "name": "", "shortname": role, "sortorder": 0} for role in roles
        ]
        if user_id in active:
            brief = shapes.course_brief(course)
            shown["enrolledcourses"] = [{key: brief[key] for key in ("id", "fullname", "shortname")}]
        return shown

    def _users_by_field(self, values: dict[str, str]) -> list[dict[str, Any]]:
        _only(values, "field", "values")
        field = values.get("field", "")
        if field not in ("id", "idnumber", "username", "email"):
            raise invalid_parameter()
        wanted = {value for name, value in values.items() if name.startswith("values[")}
        if not self._may("moodle/user:viewdetails"):
            return []
        users = self.world.moodle.users
        return [self._user(users[key]) for key in sorted(users) if str(getattr(users[key], field)) in wanted]

    def _user(self, user: MoodleUser) -> dict[str, Any]:
        details = self._may("moodle/user:viewalldetails")
        shown = shapes.user_start(user, all_details=details, email=self._may("moodle/site:viewuseridentity"))
        shown |= {
            "auth": "manual", "suspended": user.suspended, "confirmed": True, "lang": "en", "theme": "",
            "timezone": "99", "mailformat": 1, "trackforums": 0,
        }  # fmt: skip
        return shown | shapes.user_place() | shapes.custom_fields(user, private=details, display=True)

    def _activities_status(self, values: dict[str, str]) -> dict[str, Any]:
        _only(values, "courseid", "userid")
        course_id, user_id = _integer(values, "courseid"), _integer(values, "userid")
        course, user = self._course(values), self.world.moodle.users.get(user_id)
        if user is None:
            raise MoodleError("invaliduser", "Invalid user", "dml_missing_record_exception")
        if user.deleted:
            raise MoodleError("userdeleted", "error/userdeleted")
        if not self._accessible(course):
            raise _no_login()
        if not self._may("report/progress:view"):
            raise _no_permission("View activity completion reports")
        if not course.completion_enabled:
            return {"statuses": [], "warnings": []}
        tracked = any(e.role == "student" for e in self.world.active_enrolments(course_id, user_id))
        done = self.world.moodle.completions
        statuses = [
            shapes.status(activity, done.get((activity.cmid, user_id)), tracked=tracked)
            for activity in self._shown_activities(course)
            if activity.completion
        ]
        return {"statuses": statuses, "warnings": []}


def _only(values: dict[str, str], *allowed: str) -> None:
    """Refuse a parameter the function does not have, as Moodle does."""
    if any(name.split("[")[0] not in allowed for name in values):
        raise invalid_parameter()


def _integer(values: dict[str, str], name: str) -> int:
    value = values.get(name, "")
    if not value.lstrip("-").isdigit():
        raise invalid_parameter()
    return int(value)


def _options(values: dict[str, str]) -> dict[str, str]:
    """``options[n][name]`` and ``options[n][value]`` as a dict; an unknown name is ignored by the reader."""
    numbers = [name.split("[")[1].rstrip("]") for name in values if name.endswith("[name]")]
    return {values[f"options[{n}][name]"]: values.get(f"options[{n}][value]", "") for n in numbers}
