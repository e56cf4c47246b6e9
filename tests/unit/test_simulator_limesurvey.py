"""The simulated LimeSurvey is held to the recorded one: same keys, same types, same errors."""

import base64
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from citric import Client
from recorded import FIXTURES, differences, recorded
from the_case import new_world

from trimestre.simulators import LimeSurveySimulator


@pytest.fixture
def lime() -> Iterator[LimeSurveySimulator]:
    with LimeSurveySimulator(new_world()) as simulator:
        yield simulator


@pytest.fixture
def key(lime: LimeSurveySimulator) -> str:
    return str(rpc(lime, "get_session_key", lime.username, lime.password)["result"])


def rpc(lime: LimeSurveySimulator, method: str, *params: Any, number: int = 1) -> Any:
    response = requests.post(lime.endpoint, json={"method": method, "params": list(params), "id": number}, timeout=10)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/javascript;charset=UTF-8"
    return response.json()


def export(lime: LimeSurveySimulator, key: str, *params: Any) -> bytes:
    return base64.b64decode(rpc(lime, "export_responses", key, *params)["result"], validate=True)


def replay(lime: LimeSurveySimulator, key: str, call: dict[str, Any]) -> Any:
    """Ask the simulator what was asked of the recorded server."""
    request = call["request"]
    params = [key if param == "<session-key>" else param for param in request["params"]]
    return rpc(lime, request["method"], *params, number=call["response"]["id"])


STRUCTURES = [
    call
    for name in ("surveys", "language", "questions", "fieldmap", "question_properties_1", "question_properties_2")
    for call in recorded(f"limesurvey/{name}.json")
]


@pytest.mark.parametrize("call", STRUCTURES, ids=[call["name"] for call in STRUCTURES])
def test_structures_have_the_recorded_keys_and_types(lime: LimeSurveySimulator, key: str, call: dict[str, Any]) -> None:
    simulated = replay(lime, key, call)
    assert differences(call["response"], simulated) == []


@pytest.mark.parametrize("name", ["questions", "fieldmap", "question_properties_1", "question_properties_2"])
def test_the_exit_survey_is_the_recorded_one(lime: LimeSurveySimulator, key: str, name: str) -> None:
    for call in recorded(f"limesurvey/{name}.json"):
        assert replay(lime, key, call) == call["response"], call["name"]


ERRORS = recorded("limesurvey/errors.json")


@pytest.mark.parametrize("call", ERRORS, ids=[call["name"] for call in ERRORS])
def test_errors_are_the_recorded_ones(lime: LimeSurveySimulator, key: str, call: dict[str, Any]) -> None:
    request = call["request"]
    if call["name"] in {"70_after_release", "71_badkey_export_responses"}:
        key = "x" * 32
    # Survey 202003 is not simulated; its errors are about the type of document and hold for any survey.
    params = [202001 if param == 202003 else param for param in request["params"]]
    simulated = replay(lime, key, call | {"request": request | {"params": params}})
    assert simulated == call["response"]


def test_no_permission(lime: LimeSurveySimulator, key: str) -> None:
    lime.permissions = set()
    for call in recorded("limesurvey/no_permission.json"):
        assert replay(lime, key, call) == call["response"]


def test_lock_out_after_bad_logins(lime: LimeSurveySimulator) -> None:
    bad, locked = recorded("limesurvey/login.json")
    for _ in range(6):
        assert rpc(lime, "get_session_key", lime.username, "malo")["result"] == bad["response"]["result"]
    assert rpc(lime, "get_session_key", lime.username, lime.password)["result"] == locked["response"]["result"]
    lime.unlock()
    assert len(rpc(lime, "get_session_key", lime.username, lime.password)["result"]) == 32


def test_keys_expire(lime: LimeSurveySimulator, key: str) -> None:
    assert isinstance(rpc(lime, "list_surveys", key)["result"], list)
    lime.expire_keys()
    assert rpc(lime, "list_surveys", key)["result"] == {"status": "Invalid session key"}


def test_transport(lime: LimeSurveySimulator, key: str) -> None:
    def post(body: str, kind: str = "application/json", path: str = "/admin/remotecontrol") -> tuple[int, str]:
        response = requests.post(lime.url + path, data=body, headers={"Content-Type": kind}, timeout=10)
        return response.status_code, response.text

    good = json.dumps({"method": "list_surveys", "params": [key], "id": 1})
    malformed = '{"id":null,"result":null,"error":"unable to decode malformed json"}'
    assert post(good, "application/json; charset=UTF-8")[1].startswith('{"id":1,"result":[')
    assert post(good, "text/plain") == (200, "")
    assert post('{"method": ') == (200, malformed)
    assert post("") == (200, malformed)
    assert post(json.dumps({"method": "list_surveys", "params": [key]})) == (200, "")
    assert post(json.dumps({"method": "list_surveys", "params": [key], "id": 0})) == (200, "")
    assert post(f"[{good}]")[0] == 500
    for method, params in (
        ("no_such_method", [key]),
        ("export_responses", [key]),
        ("list_participants", [key, 202002, 0, 10, False, True]),
        ("export_responses", [key, 202001, "json", "es-MX", "all", "code", "short", None, None, "id"]),
    ):
        assert post(json.dumps({"method": method, "params": params, "id": 1}))[0] == 500
    assert post(good, path="/otra/ruta")[0] == 400
    answer = requests.get(lime.endpoint, timeout=10)
    assert (answer.status_code, answer.text) == (200, "")
    lime.rpc_enabled = False
    assert post(good) == (200, "")


def test_export_rows_have_the_recorded_columns_and_types(lime: LimeSurveySimulator, key: str) -> None:
    body = rpc(lime, "export_responses", key, 202001, "json", "es-MX", "all", "code", "short")
    rows = json.loads(base64.b64decode(body["result"]))["responses"]
    assert len(rows) == 67
    real = recorded("limesurvey/export_rows.json")
    types: dict[str, set[type]] = {column: {type(row[column]) for row in real} for column in real[0]}
    for row in rows:
        assert list(row) == list(real[0])
        for column, value in row.items():
            assert type(value) in types[column] | {type(None)} if column != "id" else type(value) is int
    incomplete = [row for row in rows if row["submitdate"] is None]
    assert len(incomplete) == 7
    assert all(row["P06"] is None and row["lastpage"] == 1 for row in incomplete)
    assert all(row["P09"] is None for row in rows if row["P08"] != "N")


def test_export_filters(lime: LimeSurveySimulator, key: str) -> None:
    def ids(*params: Any) -> list[int]:
        return [row["id"] for row in json.loads(export(lime, key, 202001, "json", "es-MX", *params))["responses"]]

    assert (len(ids("complete")), len(ids("incomplete")), len(ids("full"))) == (60, 7, 67)
    assert ids("all", "code", "short", 10, 20) == list(range(10, 21))
    assert ids("all", "code", "short", None, 5) == [1, 2, 3, 4, 5]
    assert ids("all", "code", "short", 0, 3) == [1, 2, 3]
    assert len(ids("all", "xxx", "yyy")) == 67
    empty = rpc(lime, "export_responses", key, 202001, "json", "es-MX", "all", "code", "short", 500, 600)
    assert empty["result"] == "eyJyZXNwb25zZXMiOiBbXX0="
    assert export(lime, key, 202001, "csv", "es-MX", "all", "code", "short", 500, 600) == b"\r\n"


def test_export_fields(lime: LimeSurveySimulator, key: str) -> None:
    def first(sid: int, *fields: str) -> dict[str, Any]:
        params = (sid, "json", "es-MX", "complete", "code", "short", None, None, list(fields))
        row: dict[str, Any] = json.loads(export(lime, key, *params))["responses"][0]
        return row

    row = first(202001, "id", "submitdate", "202001X1X1", "202001X1X2SQ001", "202001X2X7")
    assert list(row) == ["id", "submitdate", "P01", "P02[SQ001]", "P07"]
    assert first(202001, "id", "P01")["P01"] is None
    assert first(202002, "id", "attribute_2")["attribute_2"] in {
        "Academia", "Secretaría Ejecutiva Local", "Sociedad civil",
    }  # fmt: skip
    lime.permissions.discard("participants")
    assert first(202002, "id", "attribute_2")["attribute_2"] is None
    params = [key, 202001, "json", "es-MX", "all", "code", "short", None, None, []]
    response = requests.post(lime.endpoint, json={"method": "export_responses", "params": params, "id": 1}, timeout=10)
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text == "At least one column must be selected for export."


def test_csv_has_the_recorded_form(lime: LimeSurveySimulator, key: str) -> None:
    real = (FIXTURES / "limesurvey/export_head.csv").read_bytes()
    simulated = export(lime, key, 202001, "csv", "es-MX", "all", "code", "short")
    assert simulated.split(b"\r\n")[0] == real.split(b"\r\n")[0]
    assert simulated.endswith(b'"\r\n\r\n')
    rows = list(csv.reader(io.StringIO(simulated.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(rows) == 1 + 67 + 1
    assert b"\r" not in simulated.replace(b"\r\n", b"")


def test_the_file_envelope_has_blanks(lime: LimeSurveySimulator, key: str) -> None:
    params = [key, 202001, "json", "es-MX", "all", "code", "short", 500, 600]
    request = {"method": "export_responses", "params": params, "id": 118}
    text = requests.post(lime.endpoint, json=request, timeout=10).text
    assert text == '{"id":118, "result":"eyJyZXNwb25zZXMiOiBbXX0=", "error":null}'


def test_participants(lime: LimeSurveySimulator, key: str) -> None:
    for call in recorded("limesurvey/participants.json"):
        assert differences(call["response"], replay(lime, key, call)) == []
    assert len(rpc(lime, "list_participants", key, 202002)["result"]) == 10
    seen: list[dict[str, Any]] = []
    while True:
        start = seen[-1]["tid"] + 1 if seen else 0
        page = rpc(lime, "list_participants", key, 202002, start, 40, False, ["completed", "sent"])["result"]
        if isinstance(page, dict):
            assert page == {"status": "No survey participants found."}
            break
        seen += page
    assert [person["tid"] for person in seen] == list(range(1, 90))
    assert sum(person["completed"] != "N" for person in seen) == 22
    assert len(rpc(lime, "list_participants", key, 202002, 0, 100, True)["result"]) == 67
    academia = rpc(lime, "list_participants", key, 202002, 0, 100, False, False, {"attribute_2": "Academia"})
    assert len(academia["result"]) == 30


def test_response_ids(lime: LimeSurveySimulator, key: str) -> None:
    row = lime.world.surveys[202002].responses[0]
    assert rpc(lime, "get_response_ids", key, 202002, row["token"])["result"] == [row["id"]]
    anonymous = rpc(lime, "get_response_ids", key, 202001, "x")
    assert anonymous["error"] == 'Table "lime_survey_202001" does not have a column named "token".'


def test_citric_understands_it(lime: LimeSurveySimulator) -> None:
    with Client(lime.endpoint, lime.username, lime.password) as client:
        assert [survey["sid"] for survey in client.list_surveys()] == [202001, 202002, 202005, 202006]
        rows = json.loads(client.export_responses(202002, file_format="json"))["responses"]
        assert len(rows) == 25
        assert client.get_summary(202002)["completed_responses"] == 22


def test_a_deactivated_survey_shows_nothing(lime: LimeSurveySimulator, key: str) -> None:
    lime.world.set_survey_active(202002, False)
    assert rpc(lime, "get_summary", key, 202002)["result"] == []
    answer = rpc(lime, "export_responses", key, 202002, "json")["result"]
    assert answer == {"status": "No Data, survey table does not exist."}


def test_no_key_is_kept_in_the_list_of_requests(lime: LimeSurveySimulator, key: str) -> None:
    rpc(lime, "get_summary", key, 202001)
    assert lime.requests == [("get_session_key", []), ("get_summary", [202001])]


# -- version 3 -----------------------------------------------------------------------------------------------------

V3 = recorded("limesurvey/version_3.json")


@pytest.fixture
def old() -> Iterator[LimeSurveySimulator]:
    with LimeSurveySimulator(new_world(), version=3) as simulator:
        yield simulator


@pytest.fixture
def old_key(old: LimeSurveySimulator) -> str:
    return str(rpc(old, "get_session_key", old.username, old.password)["result"])


def test_version_3_lists_questions_as_recorded(old: LimeSurveySimulator, old_key: str) -> None:
    wanted = V3["list_questions"]["result"]
    listed = rpc(old, "list_questions", old_key, 202001, None, "es-MX")["result"]
    by_qid = {one["qid"]: one for one in listed}
    # LimeSurvey 3 keeps the type of a multiple choice's parts as that of a text.
    assert [by_qid[one["qid"]] | {"type": one["type"]} for one in wanted] == wanted
    assert differences(V3["list_surveys"], rpc(old, "list_surveys", old_key)) == []
    groups = rpc(old, "list_groups", old_key, 202001, "en")["result"]
    assert [group["id"] for group in groups] == [
        {"gid": gid, "language": language} for language in ("es-MX", "en") for gid in (1, 2)
    ]
    properties = rpc(old, "get_question_properties", old_key, 1, None, "es-MX")["result"]
    assert properties["attributes"] == "No available attributes"
    assert properties["answeroptions"]["A4"]["assessment_value"] == 4


def test_version_3_wraps_rows_and_sends_one_where_there_is_none(old: LimeSurveySimulator, old_key: str) -> None:
    exported = json.loads(export(old, old_key, 202001, "json", "es-MX"))
    assert [list(row) for row in exported["responses"]] == [[str(number)] for number in range(1, 68)]
    assert [list(row) for row in V3["export"]["responses"]] == [["1"], ["2"], ["3"], ["4"]]
    assert list(exported["responses"][0]["1"]) == list(V3["export"]["responses"][0]["1"])
    nothing = ("es-MX", "all", "code", "short", 500, 600)
    assert json.loads(export(old, old_key, 202001, "json", *nothing)) == V3["export_empty"]
    assert export(old, old_key, 202001, "csv", *nothing).decode() == V3["export_empty_csv"]
    params = [old_key, 202001, "json", *nothing]
    request = {"method": "export_responses", "params": params, "id": 42}
    assert requests.post(old.endpoint, json=request, timeout=10).text == V3["export_empty_body"]
    request["params"][2] = "csv"
    assert requests.post(old.endpoint, json=request, timeout=10).text.startswith('\r\n{"id":42, "result":"77u/')


def test_a_survey_activated_again_is_empty(lime: LimeSurveySimulator, key: str) -> None:
    lime.world.set_survey_active(202002, False)
    lime.reactivate(202002)
    assert rpc(lime, "get_summary", key, 202002)["result"]["full_responses"] == 0
    assert rpc(lime, "export_responses", key, 202002, "json")["result"] == {"status": "No Data, could not get max id."}
