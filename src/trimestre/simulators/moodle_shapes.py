"""The JSON shapes of Moodle 4.5 as recorded: one function per kind of thing, no decisions about access."""

import html
from collections.abc import Iterable
from typing import Any

from trimestre.simulators.model import MoodleActivity, MoodleCompletion, MoodleCourse, MoodleUser

REVISION = 1795328260
#: The address the site believes to have, as in its own configuration: it does not move with the port served.
SITE_URL = "https://campus.example"
SITE_NAME = "Laboratorio Moodle Ética"
_PURPOSE = {"page": "content", "label": "content", "quiz": "assessment", "feedback": "communication"}
_PLURAL = {"page": "Pages", "label": "Text and media areas", "quiz": "Quizzes", "feedback": "Feedback"}
_CUSTOM_DATA = {
    "quiz": '{"customcompletionrules":{"completionpassorattemptsexhausted":[],"completionminattempts":"0"}}',
    "feedback": '{"anonymous":"2"}',
}
_PUBLIC_FIELDS = (("sexo", "menu", "Sexo"), ("institucion", "text", "Institución"))
_PRIVATE_FIELDS = (("puesto", "text", "Nivel del puesto (privado)"), ("curp", "text", "CURP (oculto)"))
_FILTERS = ("displayh5p", "activitynames", "mathjaxloader", "emoticon", "urltolink", "mediaplugin")

#: Fields of core_user's list that an enrolled user may be asked for; anything else is an error.
USER_FIELDS = frozenset(
    {
        "id", "username", "fullname", "firstname", "lastname", "email", "address", "phone1", "phone2",
        "department", "institution", "interests", "firstaccess", "lastaccess", "auth", "confirmed", "idnumber",
        "lang", "theme", "timezone", "mailformat", "description", "descriptionformat", "city", "country",
        "profileimageurlsmall", "profileimageurl", "customfields", "groups", "roles", "preferences",
        "enrolledcourses", "suspended", "lastcourseaccess",
    }
)  # fmt: skip
ROLE_IDS = {"editingteacher": 3, "student": 5}


def site_info(functions: Iterable[str]) -> dict[str, Any]:
    """Answer of core_webservice_get_site_info, with the private key that must never be logged."""
    features = (
        ("usecomments", 1), ("usetags", 1), ("enablenotes", 1), ("messaging", 1), ("enableblogs", 1),
        ("enablecompletion", 1), ("enablebadges", 1), ("messagingallusers", 0), ("enablecustomreports", 1),
        ("enableglobalsearch", 0), ("mnet_dispatcher_mode", 0), ("enablecompetencies", 1),
    )  # fmt: skip
    return {
        "sitename": SITE_NAME, "username": "svc_pipeline", "firstname": "Servicio", "lastname": "Pipeline",
        "fullname": "Servicio Pipeline", "lang": "en", "userid": 3, "siteurl": SITE_URL,
        "userpictureurl": f"{SITE_URL}/theme/image.php/boost/core/{REVISION}/u/f1",
        "functions": [{"name": name, "version": "2024100705.01"} for name in functions],
        "downloadfiles": 1, "uploadfiles": 0, "release": "4.5.5+ (Build: 20250613)", "version": "2024100705.01",
        "mobilecssurl": "", "advancedfeatures": [{"name": name, "value": value} for name, value in features],
        "usercanmanageownfiles": True, "userquota": 104857600, "usermaxuploadfilesize": 67108864,
        "userhomepage": 1, "userprivateaccesskey": "0" * 32, "siteid": 1, "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian", "userissiteadmin": False, "theme": "boost",
        "limitconcurrentlogins": 0, "policyagreed": 0,
    }  # fmt: skip


def front_page() -> MoodleCourse:
    """Course 1 of every Moodle: the front page."""
    return MoodleCourse(1, "LABETICA", SITE_NAME, [], completion_enabled=False, methods=())


def course_brief(course: MoodleCourse) -> dict[str, Any]:
    """One course of core_course_get_courses: twelve fields for an account that may not edit."""
    brief = {
        "id": course.id, "shortname": course.shortname, "categoryid": 0 if course.id == 1 else 2,
        "fullname": html.escape(course.fullname, quote=False),
        "displayname": html.escape(course.fullname, quote=False),
        "summary": course.summary, "summaryformat": 1 if course.summary else 0,
        "format": "site" if course.id == 1 else "topics", "startdate": course.startdate,
        "enddate": course.enddate, "showactivitydates": False,
        "showcompletionconditions": True if course.completion_enabled else None,
    }  # fmt: skip
    return brief | ({"numsections": 1} if course.id == 1 else {})


def course_full(course: MoodleCourse, contacts: list[MoodleUser], *, access: bool) -> dict[str, Any]:
    """One course of core_course_get_courses_by_field; without access only what a catalogue shows."""
    front = course.id == 1
    name = html.escape(course.fullname, quote=False)
    shown: dict[str, Any] = {
        "id": course.id, "fullname": name, "displayname": name, "shortname": course.shortname,
        "courseimage": f"{SITE_URL}/pluginfile.php/{course.id + 12}/course/generated/course.svg",
        "categoryid": 0 if front else 2, "categoryname": "" if front else "Capacitación en línea",
        "sortorder": 1 if front else 20006 - course.id, "summary": course.summary,
        "summaryformat": 1 if course.summary else 0, "summaryfiles": [], "overviewfiles": [],
        "showactivitydates": False, "showcompletionconditions": True if course.completion_enabled else None,
        "contacts": [{"id": user.id, "fullname": full_name(user)} for user in contacts],
        "enrollmentmethods": list(course.methods),
    }  # fmt: skip
    if not access:
        return shown
    shown |= {
        "format": "site" if front else "topics", "showgrades": 1, "newsitems": 3 if front else 0,
        "startdate": course.startdate, "enddate": course.enddate, "maxbytes": 0, "showreports": 0,
        "visible": int(course.visible), "groupmode": 1 if course.separate_groups else 0, "groupmodeforce": 0,
        "defaultgroupingid": 0, "enablecompletion": int(course.completion_enabled), "completionnotify": 0,
        "lang": "", "theme": "", "marker": 0,
        "filters": [{"filter": name, "localstate": 0, "inheritedstate": 1} for name in _FILTERS],
    }  # fmt: skip
    if not front:
        options = (("hiddensections", 1), ("coursedisplay", 0), ("indentation", "1"))
        shown["courseformatoptions"] = [{"name": name, "value": value} for name, value in options]
    return shown


def section(number: int, first_id: int, name: str, modules: list[dict[str, Any]]) -> dict[str, Any]:
    """One section of core_course_get_contents."""
    return {
        "id": first_id + number, "name": name, "visible": 1, "summary": "", "summaryformat": 1,
        "section": number, "hiddenbynumsections": 0, "uservisible": True, "component": None, "itemid": None,
        "modules": modules,
    }  # fmt: skip


def module(activity: MoodleActivity) -> dict[str, Any]:
    """One activity of core_course_get_contents; which keys it has depends on its kind."""
    kind, label = activity.modname, activity.modname == "label"
    shown: dict[str, Any] = {"id": activity.cmid}
    if not label:
        shown["url"] = f"{SITE_URL}/mod/{kind}/view.php?id={activity.cmid}"
    shown |= {"name": activity.name, "instance": activity.instance, "contextid": activity.contextid}
    if activity.intro:
        shown["description"] = activity.intro
    shown |= {
        "visible": int(activity.visible), "uservisible": True, "visibleoncoursepage": 1,
        "modicon": f"{SITE_URL}/theme/image.php/boost/{kind}/{REVISION}/monologo?filtericon=1", "modname": kind,
        "purpose": _PURPOSE[kind], "branded": False, "modplural": _PLURAL[kind], "availability": None,
        "indent": 0, "onclick": "", "afterlink": None, "customdata": _CUSTOM_DATA.get(kind, '""'),
        "noviewlink": label, "completion": activity.completion,
    }  # fmt: skip
    if activity.completion:
        # The state shown here is that of the service account itself, who has none.
        data = status(activity, None, tracked=False)
        for key in ("cmid", "modname", "instance", "tracking"):
            data.pop(key)
        shown["completiondata"] = data
    shown |= {"downloadcontent": 1, "dates": [], "groupmode": 0}
    if kind == "page":
        shown |= _page_file(activity)
    return shown


def _page_file(activity: MoodleActivity) -> dict[str, Any]:
    file = f"{SITE_URL}/webservice/pluginfile.php/{activity.contextid}/mod_page/content/index.html?forcedownload=1"
    content = {
        "type": "file", "filename": "index.html", "filepath": "/", "filesize": 0, "fileurl": file,
        "timecreated": None, "timemodified": 1583020800, "sortorder": 1, "userid": None, "author": None,
        "license": None,
    }  # fmt: skip
    info = {"filescount": 1, "filessize": 0, "lastmodified": 1583020800, "mimetypes": [], "repositorytype": ""}
    return {"contents": [content], "contentsinfo": info}


def status(activity: MoodleActivity, done: MoodleCompletion | None, *, tracked: bool) -> dict[str, Any]:
    """One status of core_completion_get_activities_completion_status; it has no name of the activity."""
    state = done.state if done else 0
    automatic = activity.completion == 2
    details: list[dict[str, Any]] = []
    if automatic and activity.modname == "quiz":
        rule = {"status": state, "description": "Receive a grade"}
        details = [{"rulename": "completionusegrade", "rulevalue": rule}]
    elif automatic:
        rule = {"status": min(state, 1), "description": "View"}
        details = [{"rulename": "completionview", "rulevalue": rule}]
    return {
        "cmid": activity.cmid, "modname": activity.modname, "instance": activity.instance, "state": state,
        "timecompleted": done.time if done else 0, "tracking": activity.completion,
        "overrideby": done.override_by if done else None, "valueused": False, "hascompletion": True,
        "isautomatic": automatic, "istrackeduser": tracked, "uservisible": True, "details": details,
        "isoverallcomplete": state > 0,
    }  # fmt: skip


def full_name(user: MoodleUser) -> str:
    """Display name as Moodle joins it: blanks of the parts stay, those at the ends do not."""
    return f"{user.firstname} {user.lastname}".strip()


def user_start(user: MoodleUser, *, all_details: bool, email: bool) -> dict[str, Any]:
    """The keys both user functions begin with; empty id numbers are left out."""
    shown: dict[str, Any] = {"id": user.id}
    if all_details:
        shown["username"] = user.username
    shown |= {"firstname": user.firstname, "lastname": user.lastname, "fullname": full_name(user)}
    if email:
        shown["email"] = user.email
    if all_details:
        shown["department"] = ""
    if user.idnumber:
        shown["idnumber"] = user.idnumber
    return shown | {"firstaccess": user.firstaccess, "lastaccess": user.lastaccess}


def user_place() -> dict[str, Any]:
    """Town, country and pictures."""
    image = f"{SITE_URL}/theme/image.php/boost/core/{REVISION}/u"
    pictures = {"profileimageurlsmall": f"{image}/f2", "profileimageurl": f"{image}/f1"}
    return {"city": "Ciudad de México", "country": "MX"} | pictures


def custom_fields(user: MoodleUser, *, private: bool, display: bool) -> dict[str, Any]:
    """``{"customfields": [...]}``; a field without value has no entry, without any the key is missing."""
    entries = []
    for shortname, kind, name in _PUBLIC_FIELDS + (_PRIVATE_FIELDS if private else ()):
        value = getattr(user, shortname)
        if value:
            entry = {"type": kind, "value": value} | ({"displayvalue": value} if display else {})
            entries.append(entry | {"name": name, "shortname": shortname})
    return {"customfields": entries} if entries else {}
