"""The simulated Moodle is held to the recorded one: same keys, same types, same errors."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from recorded import differences, recorded
from the_case import new_world

from trimestre.simulators import MoodleSimulator
from trimestre.simulators.case_moodle import TEACHER

ENROLLED, STATUS = "core_enrol_get_enrolled_users", "core_completion_get_activities_completion_status"
CONTENTS, COURSES, BY_FIELD = (
    "core_course_get_contents",
    "core_course_get_courses",
    "core_course_get_courses_by_field",
)
USERS, FEEDBACKS, INFO = (
    "core_user_get_users_by_field",
    "mod_feedback_get_feedbacks_by_courses",
    "core_webservice_get_site_info",
)


@pytest.fixture
def moodle() -> Iterator[MoodleSimulator]:
    with MoodleSimulator(new_world()) as simulator:
        yield simulator


def call(moodle: MoodleSimulator, function: str, token: str | None = None, **params: Any) -> Any:
    data = {"wstoken": moodle.token if token is None else token, "moodlewsrestformat": "json"}
    data |= {"wsfunction": function} if function else {}
    for name, value in params.items():
        if name == "options":
            for place, (option, chosen) in enumerate(value.items()):
                data |= {f"options[{place}][name]": option, f"options[{place}][value]": str(chosen)}
        elif isinstance(value, list):
            data |= {f"{name}[{place}]": str(item) for place, item in enumerate(value)}
        else:
            data[name] = str(value)
    response = requests.post(f"{moodle.url}/webservice/rest/server.php", data=data, timeout=10)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    return response.json()


def without(moodle: MoodleSimulator, *capabilities: str) -> None:
    moodle.capabilities -= set(capabilities)


def test_answers_have_the_recorded_keys_and_types(moodle: MoodleSimulator) -> None:
    info = call(moodle, INFO)
    assert info.pop("userprivateaccesskey")  # taken out of the recording, present in the real answer
    assert differences(recorded("moodle/site_info.json"), info) == []
    assert differences(recorded("moodle/courses.json"), call(moodle, COURSES)) == []
    real = recorded("moodle/courses_by_field.json")
    assert differences(real, call(moodle, BY_FIELD)) == []
    one = call(moodle, BY_FIELD, field="shortname", value="NEISP-2020-1")
    assert [course["id"] for course in one["courses"]] == [2]
    assert differences(recorded("moodle/feedbacks.json"), call(moodle, FEEDBACKS, courseids=[2])) == []


def test_contents_hold_the_recorded_activities(moodle: MoodleSimulator) -> None:
    real, simulated = recorded("moodle/contents.json"), call(moodle, CONTENTS, courseid=2)
    assert differences(real, simulated) == []
    for theirs, ours in zip(real, simulated, strict=True):
        assert (theirs["id"], theirs["section"], theirs["name"]) == (ours["id"], ours["section"], ours["name"])
        for a, b in zip(theirs["modules"], ours["modules"], strict=True):
            assert a.keys() == b.keys()
            for key in ("id", "modname", "instance", "contextid", "visible", "completion"):
                assert a[key] == b[key]


def test_enrolled_users_are_those_of_the_facts(moodle: MoodleSimulator) -> None:
    everybody = call(moodle, ENROLLED, courseid=2)
    by_id = {user["id"]: user for user in everybody}
    for real in recorded("moodle/enrolled.json"):
        simulated = by_id[real["id"]]
        # id numbers and groups are not given to the same accounts as on the recorded site
        keys = {"idnumber", "groups"}
        assert real.keys() - keys == simulated.keys() - keys
        assert (
            differences({k: real[k] for k in real.keys() - keys}, {k: simulated[k] for k in real.keys() - keys}) == []
        )
        assert [f["shortname"] for f in real["customfields"]] == [f["shortname"] for f in simulated["customfields"]]
    assert sum("idnumber" in user for user in everybody) == 2
    assert differences(recorded("moodle/enrolled.json")[0]["groups"], by_id_groups(everybody)) == []
    active = call(moodle, ENROLLED, courseid=2, options={"onlyactive": 1})
    suspended = call(moodle, ENROLLED, courseid=2, options={"onlysuspended": 1})
    assert (len(everybody), len(active), [user["id"] for user in suspended]) == (473, 471, [475, 476])
    students = [user for user in active if user["roles"][0]["shortname"] == "student"]
    accounts = call(moodle, USERS, field="id", values=[user["id"] for user in students])
    assert sum(not account["suspended"] for account in accounts) == 469


def by_id_groups(users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [group for user in users for group in user.get("groups", [])]


def test_the_population_rule_gives_the_figures_through_the_api(moodle: MoodleSimulator) -> None:
    active = call(moodle, ENROLLED, courseid=2, options={"onlyactive": 1, "userfields": "id,roles,lastcourseaccess"})
    students = [user for user in active if user["roles"][0]["shortname"] == "student"]
    accounts = call(moodle, USERS, field="id", values=[user["id"] for user in students])
    counted = [account["id"] for account in accounts if not account["suspended"]]
    entered = {user["id"] for user in students if user["lastcourseaccess"] > 0}
    assert len(entered & set(counted)) == 429
    passed = dict.fromkeys((1, 2, 3, 4, 6), 0)
    for user_id in counted:
        for status in call(moodle, STATUS, courseid=2, userid=user_id)["statuses"]:
            passed[status["cmid"]] += status["state"] in {1, 2}
    assert passed == {1: 387, 2: 382, 3: 380, 4: 377, 6: 50}


def test_chosen_fields_and_paging(moodle: MoodleSimulator) -> None:
    fields = "id,username,fullname,email,customfields,lastcourseaccess,roles"
    page = call(moodle, ENROLLED, courseid=2, options={"userfields": fields, "limitfrom": 0, "limitnumber": 50})
    real = recorded("moodle/enrolled_chosen_fields.json")[0]
    assert len(page) == 50
    assert all(list(real) == list(user) for user in page)
    seen: list[int] = []
    while users := call(moodle, ENROLLED, courseid=2, options={"limitfrom": len(seen), "limitnumber": 200}):
        seen += [user["id"] for user in users]
    assert len(seen) == len(set(seen)) == 473
    assert seen == sorted(seen)
    assert len(call(moodle, ENROLLED, courseid=2, options={"pagesize": 5, "limitnumber": 2})) == 2
    assert len(call(moodle, ENROLLED, courseid=2, options={"limitfrom": -3})) == 473


@pytest.mark.parametrize("name", ["activities_status", "activities_status_other"])
def test_activity_statuses_are_those_recorded(moodle: MoodleSimulator, name: str) -> None:
    # Account 475 is suspended, 476 expired, 477 a suspended account, 479 unenrolled, 474 the teacher.
    for user_id, real in recorded(f"moodle/{name}.json").items():
        simulated = call(moodle, STATUS, courseid=2, userid=user_id)
        assert differences(real, simulated) == []
        for theirs, ours in zip(real["statuses"], simulated["statuses"], strict=True):
            for key in ("cmid", "state", "overrideby", "istrackeduser", "isoverallcomplete", "details"):
                if not (theirs["cmid"] == 6 and key in {"state", "isoverallcomplete"}):
                    assert theirs[key] == ours[key], (user_id, key)
            assert (theirs["timecompleted"] > 0) == (ours["timecompleted"] > 0) or theirs["cmid"] == 6


def test_users_by_field(moodle: MoodleSimulator) -> None:
    real = recorded("moodle/users_by_id.json")
    simulated = call(moodle, USERS, field="id", values=[130, 477, 478, 226, 999999])
    assert [user["id"] for user in simulated] == [130, 226, 477, 478]
    assert differences(real, simulated) == []
    assert [user["suspended"] for user in simulated] == [False, False, True, False]
    email = moodle.world.moodle.users[130].email
    assert [user["id"] for user in call(moodle, USERS, field="email", values=[email])] == [130]
    assert call(moodle, USERS, field="email", values=[email.upper()]) == []


ERRORS: list[tuple[str, str, dict[str, Any]]] = [
    ("err_bad_param_type", ENROLLED, {"courseid": "abc"}),
    ("err_course_not_exist", ENROLLED, {"courseid": 9999}),
    ("err_empty_token", INFO, {"token": ""}),
    ("err_wrong_token", INFO, {"token": "0" * 32}),
    ("err_function_not_in_service", "core_course_create_courses", {}),
    ("err_missing_function", "core_no_such_function", {}),
    ("err_missing_param", ENROLLED, {}),
    ("err_no_function", "", {}),
    ("err_unknown_param", ENROLLED, {"courseid": 3, "foo": "bar"}),
    ("err_user_not_exist", STATUS, {"courseid": 2, "userid": 999999}),
    ("err_completion_course_not_exist", STATUS, {"courseid": 9999, "userid": 130}),
    ("err_completion_disabled", STATUS, {"courseid": 5, "userid": 130}),
    ("actstatus_A_u478", STATUS, {"courseid": 2, "userid": 478}),
    ("C_bothflags", ENROLLED, {"courseid": 2, "options": {"onlysuspended": 1, "onlyactive": 1}}),
    ("C_badfield", ENROLLED, {"courseid": 2, "options": {"userfields": "id,fullname,timestart,enrolstatus,nosuch"}}),
    ("C_page_5000_500_end", ENROLLED, {"courseid": 2, "options": {"limitfrom": 5000, "limitnumber": 500}}),
]


@pytest.mark.parametrize(("name", "function", "params"), ERRORS, ids=[error[0] for error in ERRORS])
def test_errors_are_the_recorded_ones(
    moodle: MoodleSimulator, name: str, function: str, params: dict[str, Any]
) -> None:
    assert call(moodle, function, **params) == recorded("moodle/errors.json")[name]


NO_ACCESS: list[tuple[str, str, dict[str, Any]]] = [
    ("err_noaccess_completion", STATUS, {"courseid": 2, "userid": 130}),
    ("err_noaccess_course_contents", CONTENTS, {"courseid": 2}),
    ("err_noaccess_course_enrolled", ENROLLED, {"courseid": 2}),
    ("err_noaccess_courses", COURSES, {}),
    ("err_noaccess_feedbacks", FEEDBACKS, {"courseids": [2]}),
    ("err_noaccess_hidden", BY_FIELD, {"field": "shortname", "value": "OCULTO"}),
    ("err_noaccess_users_by_field", USERS, {"field": "id", "values": [130]}),
]


@pytest.mark.parametrize(("name", "function", "params"), NO_ACCESS, ids=[error[0] for error in NO_ACCESS])
def test_an_account_without_access(moodle: MoodleSimulator, name: str, function: str, params: dict[str, Any]) -> None:
    without(moodle, "moodle/course:view", "moodle/course:viewhiddencourses", "moodle/user:viewdetails")
    assert call(moodle, function, **params) == recorded("moodle/errors.json")[name]


def test_a_course_without_access_is_listed_with_less(moodle: MoodleSimulator) -> None:
    without(moodle, "moodle/course:view")
    simulated = call(moodle, BY_FIELD, field="shortname", value="NEISP-2020-1")
    assert differences(recorded("moodle/courses_by_field_no_access.json"), simulated) == []


def test_missing_capabilities_hide_silently(moodle: MoodleSimulator) -> None:
    without(moodle, "mod/quiz:view", "moodle/course:viewhiddenactivities", "moodle/user:viewalldetails")
    modules = [module["id"] for part in call(moodle, CONTENTS, courseid=2) for module in part["modules"]]
    assert sorted(modules) == [1, 2, 4, 5, 7]
    assert [s["cmid"] for s in call(moodle, STATUS, courseid=2, userid=130)["statuses"]] == [1, 2, 4]
    user = call(moodle, ENROLLED, courseid=2)[0]
    assert "username" not in user
    assert "department" not in user
    assert [field["shortname"] for field in user["customfields"]] == ["sexo", "institucion"]
    without(moodle, "moodle/course:useremail", "moodle/site:viewuseridentity", "mod/feedback:view")
    assert "email" not in call(moodle, ENROLLED, courseid=2)[0]
    assert "email" not in call(moodle, USERS, field="id", values=[130])[0]
    assert call(moodle, FEEDBACKS, courseids=[2]) == {"feedbacks": [], "warnings": []}
    without(moodle, "moodle/user:viewdetails")
    assert [user["id"] for user in call(moodle, ENROLLED, courseid=2)] == [TEACHER]


def test_missing_capabilities_refuse(moodle: MoodleSimulator) -> None:
    without(moodle, "moodle/course:enrolreview", "report/progress:view")
    assert len(call(moodle, ENROLLED, courseid=2)) == 473
    assert call(moodle, ENROLLED, courseid=2, options={"onlyactive": 1})["errorcode"] == "nopermissions"
    assert call(moodle, STATUS, courseid=2, userid=130)["errorcode"] == "nopermissions"
    without(moodle, "webservice/rest:use")
    assert call(moodle, INFO)["errorcode"] == "accessexception"


def test_a_feedback_needs_capabilities_of_its_own(moodle: MoodleSimulator) -> None:
    items, responses = "mod_feedback_get_items", "mod_feedback_get_responses_analysis"
    without(moodle, "mod/feedback:viewreports")
    assert call(moodle, items, feedbackid=1) == {"items": [], "warnings": []}
    assert call(moodle, responses, feedbackid=1)["errorcode"] == "nopermissions"
    without(moodle, "mod/feedback:view")
    assert call(moodle, items, feedbackid=1)["errorcode"] == "requireloginerror"


def test_last_access_may_be_hidden(moodle: MoodleSimulator) -> None:
    without(moodle, "moodle/course:viewhiddenuserfields")
    assert "lastcourseaccess" in call(moodle, ENROLLED, courseid=2)[0]
    moodle.hidden_user_fields = {"lastaccess"}
    assert "lastcourseaccess" not in call(moodle, ENROLLED, courseid=2)[0]


def test_separate_groups_give_no_rows(moodle: MoodleSimulator) -> None:
    moodle.world.moodle.courses[2].separate_groups = True
    without(moodle, "moodle/site:accessallgroups")
    assert call(moodle, ENROLLED, courseid=2) == []


@pytest.mark.parametrize(
    ("trouble", "name"),
    [
        ("database_down", "db_down"),
        ("maintenance", "maint_old_json"),
        ("service_disabled", "service_disabled"),
        ("account_suspended", "svc_user_suspended"),
    ],
)
def test_site_in_trouble_answers_with_http_200(moodle: MoodleSimulator, trouble: Any, name: str) -> None:
    moodle.trouble = trouble
    assert call(moodle, INFO) == recorded("moodle/errors.json")[name]


def test_an_expired_token_is_deleted_by_its_first_use(moodle: MoodleSimulator) -> None:
    moodle.expire_token()
    real = recorded("moodle/errors.json")
    assert call(moodle, INFO) == real["token_expired"]
    assert call(moodle, INFO) == real["token_expired_second_call"]


def test_what_does_not_come_as_json(moodle: MoodleSimulator) -> None:
    address = f"{moodle.url}/webservice/rest/server.php"
    question = {"wstoken": moodle.token, "wsfunction": INFO}
    xml = requests.get(address, params=question, timeout=10)
    assert xml.headers["Content-Type"].startswith("application/xml")
    assert "<KEY name=" in xml.text
    assert "<EXCEPTION" in requests.post(address, data={"wsfunction": INFO}, timeout=10).text
    moodle.trouble = "maintenance_cli"
    closed = requests.post(address, data=question | {"moodlewsrestformat": "json"}, timeout=10)
    assert (closed.status_code, closed.headers["Retry-After"]) == (503, "300")
    moodle.trouble = "web_services_off"
    assert requests.post(address, data=question, timeout=10).status_code == 403
    moodle.trouble = None
    moodle.fail_next()
    assert [requests.post(address, data=question, timeout=10).status_code for _ in range(2)] == [503, 200]
    assert requests.post(f"{moodle.url}/webservice/rest/nope.php", timeout=10).status_code == 404


def test_the_world_changes_between_two_calls(moodle: MoodleSimulator) -> None:
    moodle.world.unenrol(130, 1590000000)
    assert len(call(moodle, ENROLLED, courseid=2)) == 472
    statuses = {s["cmid"]: s for s in call(moodle, STATUS, courseid=2, userid=130)["statuses"]}
    assert (statuses[3]["state"], statuses[3]["timecompleted"]) == (0, 1590000000)
    assert (statuses[4]["state"], statuses[4]["istrackeduser"]) == (1, False)


def test_no_token_is_kept_in_the_list_of_requests(moodle: MoodleSimulator) -> None:
    call(moodle, ENROLLED, courseid=2)
    assert moodle.requests == [(ENROLLED, {"courseid": "2"})]


def test_a_stopped_site_answers_nobody() -> None:
    simulator = MoodleSimulator(new_world()).start()
    with requests.Session() as session:
        address = f"{simulator.url}/webservice/rest/server.php"
        assert session.post(address, timeout=10).status_code == 200
        simulator.stop()
        with pytest.raises(requests.ConnectionError):
            session.post(address, timeout=10)
