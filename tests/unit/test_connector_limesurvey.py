import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from fakes import FakeLanding
from recorded import recorded

from trimestre.contracts import load_project
from trimestre.contracts.surveys import ScoredQuestion, Survey
from trimestre.errors import PermanentError, TransientError
from trimestre.simulators.limesurvey import LimeSurveySimulator
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.simulators.world import World
from trimestre.sources.answers import JsonLinesWriter, read_answers
from trimestre.sources.base import Connection, Delivery, LandedFile, RecordChunk
from trimestre.sources.limesurvey import LimeSurveyConnector
from trimestre.sources.limesurvey.rows import local_instant, moment
from trimestre.sources.questionnaire import plain
from trimestre.texts import UNREADABLE

PROJECT = load_project(Path(__file__).parents[2])
CONTRACT = PROJECT.source("encuestas")
EXIT, EVENT = "salida-neisp", "encuesta-mapeo"
LOGIN = {"login": "lector", "password": "s3cret-password"}


pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def site(world: World) -> Iterator[LimeSurveySimulator]:
    with LimeSurveySimulator(world) as simulator:
        yield simulator


def connector(
    site: Any, *, password: str | None = None, surveys: dict[str, Survey] | None = None, **changes: Any
) -> LimeSurveyConnector:
    login = getattr(site, "username", LOGIN["login"])
    password = password or getattr(site, "password", LOGIN["password"])
    contract = CONTRACT.model_copy(update=changes)
    made = LimeSurveyConnector(contract, PROJECT, Connection(site.url, login=login, password=password))
    made.surveys = surveys or made.surveys
    return made


def survey(code: str, **changes: Any) -> dict[str, Survey]:
    base = next(s for s in PROJECT.surveys if s.survey == code)
    return {code: base.model_copy(update=changes)}


def rows(chunks: Any) -> dict[str, pd.DataFrame]:
    found: dict[str, list[pd.DataFrame]] = {}
    for chunk in chunks:
        for entity, frame in chunk.rows(range(len(chunk.records))).items():
            found.setdefault(entity, []).append(frame.assign(record=[chunk.positions[i] for i in frame.record]))
    return {entity: pd.concat(frames) for entity, frames in found.items()}


def one(frame: pd.DataFrame, **where: str) -> dict[str, Any]:
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return {key: None if pd.isna(value) else value for key, value in frame.iloc[0].items()}


# -- the whole way -----------------------------------------------------------------------------------------------


def test_the_case_comes_out_of_the_landed_files(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    lime = connector(site)
    lime.fetch(landing)
    assert all(delivery.complete for delivery in lime.deliveries(landing.files))
    found = rows(lime.chunks(landing.files))

    responses = found["response"]
    counts = Counter(zip(responses.survey, responses.complete, strict=True))
    assert counts == {(EXIT, "true"): 60, (EXIT, "false"): 7, (EVENT, "true"): 22, (EVENT, "false"): 3}
    assert responses[responses.complete == "true"].submitted_at.notna().all()
    assert responses[responses.complete == "false"].submitted_at.isna().all()
    assert Counter(found["account"].kind) == {"respondent": 67, "invitee": 89}
    # Each response of an invited person belongs to the account of the invitation.
    invited = set(found["account"].account_ref[found["account"].kind == "invitee"])
    assert set(responses.account_ref[responses.survey == EVENT]) <= invited
    invitations = found["invitation"]
    assert (len(invitations), invitations.completed_at.notna().sum()) == (89, 22)
    assert set(invitations.sent_at) == {"2020-05-27T18:05:00-05:00"}
    assert set(invitations.target) == {EVENT}
    assert set(found["account"].organisation_type.dropna()) == {
        "Academia",
        "Sociedad civil",
        "Secretaría Ejecutiva Local",
    }
    assert found["account_identity"].email.notna().all()
    assert set(responses[responses.survey == EXIT].sex.dropna()) == {"mujer", "hombre"}


def test_answers_of_one_response(site: LimeSurveySimulator, world: World, landing: FakeLanding) -> None:
    world.change_answer(202001, 1, "P03[other]", " Infografi\u0301as ")
    world.change_answer(202001, 1, "P07", "NULL")
    world.change_answer(202001, 1, "P08", "")
    world.change_answer(202001, 1, "P06", "X")
    lime = connector(site)
    lime.fetch(landing)
    found = rows(lime.chunks(landing.files))
    mine = found["answer"][(found["answer"].survey == EXIT) & (found["answer"].response_id == "1")]
    assert len(mine) == 17
    assert set(mine.account_ref) == {"202001:response:1"}
    other = one(mine, question="P03", sub_code="other")
    assert (other["value"], other["free_text"]) == ("Infografías", "true")
    assert one(mine, question="P07", sub_code="")["value"] == "NULL"
    assert one(mine, question="P08", sub_code="")["value"] is None
    assert set(mine.question[mine.free_text == "true"]) == {"P03", "P07", "P09", "P10"}
    assert one(mine, question="P10", sub_code="")["free_text"] == "false"
    assert one(found["response"], survey=EXIT, response_id="1")["sex"] == "X"


def test_the_questionnaire(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    lime = connector(site)
    lime.fetch(landing)
    found = rows(lime.chunks(landing.files))
    questions = found["question"][found["question"].survey == EXIT]
    first = one(questions, question="P01", sub_code="")
    assert (first["type"], first["ordinal"], first["free_text"]) == ("choice", "1", "false")
    assert first["text"] == "¿Qué tan satisfecho(a) está con el curso?"
    assert json.loads(first["texts"]) == {"es-MX": first["text"], "en": "How satisfied are you with the course?"}
    whole = questions[questions.sub_code == ""]
    assert dict(zip(whole.question, whole.type, strict=True)) == {
        "P01": "choice", "P02": "choice", "P03": "choices", "P04": "number", "P05": "date", "P06": "choice",
        "P07": "text", "P08": "choice", "P09": "text", "P10": "choice",
    }  # fmt: skip
    other = one(questions, question="P03", sub_code="other")
    assert (other["type"], other["free_text"], other["text"], other["ordinal"]) == ("text", "true", "Otro", "5")
    last = one(questions, question="P10", sub_code="")
    assert last["ordinal"] == "10"
    sub = one(questions, question="P02", sub_code="SQ002")
    assert (sub["type"], sub["ordinal"], sub["text"]) == ("choice", "2", "La plataforma fue fácil de usar")
    options = found["question_option"][found["question_option"].survey == EXIT]
    assert one(options, question="P01", code="A4")["score"] == "4"
    assert one(options, question="P02", code="A5")["score"] == "5"
    assert one(options, question="P10", code="F")["score"] is None
    assert json.loads(one(options, question="P01", code="A4")["labels"]) == {"es-MX": "Satisfecho", "en": "Satisfied"}
    # LimeSurvey lists no options of a yes/no or a gender question.
    assert json.loads(one(options, question="P06", code="F")["labels"]) == {"es-MX": "Mujer", "en": "Female"}
    assert list(options[options.question == "P08"].label) == ["Sí", "No"]
    event = found["question_option"][found["question_option"].survey == EVENT]
    assert event.score.isna().all()


def test_nothing_secret_or_dropped_is_landed(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    keys: list[str] = []
    login = site._methods["get_session_key"]

    def remember(username: str, password: str, plugin: str = "Authdb") -> Any:
        keys.append(login(username, password, plugin))
        return keys[-1]

    site._methods["get_session_key"] = remember
    connector(site).fetch(landing)
    landed = "".join(json.dumps(list(read_answers(file.path))) for file in landing.files)
    assert len(keys) == 1
    for secret in (*keys, site.username, site.password, "session_key", "10.0.0.", "bounceaccount"):
        assert secret not in landed
    for name in ("ipaddr", "refurl"):
        assert name not in json.dumps(landing.answers("responses", EXIT))
    # Other answers are the exact text, as PHP writes it.
    questions = next(a for a in landing.answers("structure", EXIT) if a["method"] == "list_questions")
    assert "\\u00bfQu\\u00e9" in questions["body"]
    assert "\\/" in questions["body"]
    assert site.requests[-1][0] == "release_session_key"


def test_without_anything_to_drop_the_export_is_the_decoded_text(
    site: LimeSurveySimulator, landing: FakeLanding
) -> None:
    connector(site, drop=()).fetch(landing)
    assert landing.answers("responses", EXIT)[0]["body"].startswith('{"responses": [{"id":1,')


def test_drop_reaches_into_participants(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    lime = connector(site, drop=("email", "attribute_1"))
    lime.fetch(landing)
    assert "attribute_1" not in landing.answers("participants", EVENT)[0]["body"]
    found = rows(lime.chunks(landing.files))
    assert found["account_identity"].email.isna().all()
    assert found["account_identity"].full_name.notna().all()


def test_positions_point_at_what_was_received(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    lime = connector(site, range_size=100)
    lime.fetch(landing)
    for chunk in lime.chunks(landing.files):
        answers = {a["ordinal"]: json.loads(a["body"]) for a in landing.answers(chunk.dataset, chunk.scope)}
        for index in (0, len(chunk.records) - 1):
            ordinal, pointer = chunk.positions[index].split("#/")
            thing = answers[int(ordinal)]
            for key in pointer.split("/"):
                thing = thing[int(key)] if isinstance(thing, list) else thing[key]
            assert isinstance(thing, dict)
            assert {int(f.record.iloc[0]) for f in chunk.rows([index]).values()} == {index}


def test_an_edit_changes_one_record_and_a_second_night_none(
    site: LimeSurveySimulator, world: World, tmp_path: Path
) -> None:
    lime = connector(site)
    nights = [FakeLanding(tmp_path / name) for name in "abc"]
    lime.fetch(nights[0])
    lime.fetch(nights[1])
    world.change_answer(202001, 7, "P07", "otra cosa")  # neither date of the response moves
    lime.fetch(nights[2])
    seen = [[r for chunk in lime.chunks(night.files) for r in chunk.records] for night in nights]
    assert seen[0] == seen[1]
    assert len(set(seen[2]) - set(seen[1])) == 1


# -- ranges, gaps and counts ---------------------------------------------------------------------------------------


def exports(site: LimeSurveySimulator) -> list[tuple[int, int | None]]:
    return [
        (parameters[6], parameters[7])
        for method, parameters in site.requests
        if method == "export_responses" and parameters[0] == 202001
    ]


def test_ids_are_read_in_ranges_across_gaps(site: LimeSurveySimulator, world: World, landing: FakeLanding) -> None:
    for response_id in range(20, 61):
        world.delete_response(202001, response_id)
    world.response(202001, 67)["id"] = 50_000  # as after a deactivation
    lime = connector(site, range_size=10)
    lime.fetch(landing)
    assert Delivery("responses", EXIT, True) in lime.deliveries(landing.files)
    assert len(rows(lime.chunks(landing.files))["response"]) == 26 + 25
    asked = exports(site)
    assert (1, 10) in asked
    assert (61, 70) in asked
    assert (50_000, 50_009) in asked
    assert len(asked) < 12


def test_a_response_that_comes_meanwhile_is_read_by_a_second_sweep(world: World, landing: FakeLanding) -> None:
    class Moving(LimeSurveySimulator):
        moved = False

        def answer(self, request: Request) -> Response:
            response = super().answer(request)
            wanted = (b'"export_responses"', b'["id"]', b"202001")
            if not self.moved and all(part in request.body for part in wanted):
                Moving.moved = True
                world.add_response(202001, datetime(2020, 6, 1, 12, 0), {"P01": "A3"})  # noqa: DTZ001
            return response

    with Moving(world) as site:
        lime = connector(site)
        lime.fetch(landing)
        assert Delivery("responses", EXIT, True) in lime.deliveries(landing.files)
        found = rows(lime.chunks(landing.files))["response"]
    assert len(landing.answers("responses", EXIT)) == 2
    assert len(found[found.survey == EXIT]) == 68
    assert set(found[found.survey == EXIT].record.str.split("#").str[0]) == {"2"}


def test_counts_that_never_agree_make_the_scope_incomplete(world: World, landing: FakeLanding) -> None:
    class Miscounting(LimeSurveySimulator):
        def answer(self, request: Request) -> Response:
            response = super().answer(request)
            if b'"get_summary"' in request.body:
                response.body = response.body.replace(b'"full_responses":67', b'"full_responses":70')
                response.body = response.body.replace(b'"token_count":89', b'"token_count":90')
            return response

    with Miscounting(world) as site:
        lime = connector(site)
        lime.fetch(landing)
        deliveries = lime.deliveries(landing.files)
    assert Delivery("responses", EXIT, False) in deliveries
    assert Delivery("participants", EVENT, False) in deliveries
    assert Delivery("responses", EVENT, True) in deliveries
    assert [answer["parameters"]["from"] for answer in landing.answers("responses", EXIT)] == [1, 2001] * 2


def test_a_sweep_ends_where_every_range_brings_the_same_rows(world: World, landing: FakeLanding) -> None:
    """A server or cache that does not heed the range, with fewer rows than the survey counts: it filled the disk."""
    asked: list[Any] = []

    class Deaf(LimeSurveySimulator):
        def answer(self, request: Request) -> Response:
            call = json.loads(request.body)
            if call["method"] != "export_responses":
                return super().answer(request)
            asked.append(call["params"])
            if len(asked) > 100:
                raise AssertionError("asks for ever")
            rows = json.dumps({"responses": [{"id": 1, "submitdate": None}]}).encode()
            answer = {"id": call["id"], "result": base64.b64encode(rows).decode(), "error": None}
            return Response(json.dumps(answer).encode())

    with Deaf(world) as site:
        lime = connector(site)
        lime.fetch(landing)
        assert Delivery("responses", EXIT, False) in lime.deliveries(landing.files)
    assert len(asked) < 20


def test_a_survey_without_responses_lets_nothing_vanish(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    lime = connector(site, surveys=survey(EXIT, survey_id="202005", scored=(), sex_question=None))
    lime.fetch(landing)
    assert Delivery("responses", EXIT, False) in lime.deliveries(landing.files)
    assert [len(chunk.records) for chunk in lime.chunks(landing.files) if chunk.dataset == "responses"] == []


def test_participants_come_in_pages(
    site: LimeSurveySimulator, landing: FakeLanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trimestre.sources.limesurvey.fetch._PARTICIPANTS_PER_CALL", 20)
    lime = connector(site)
    lime.fetch(landing)
    assert [a["parameters"]["start"] for a in landing.answers("participants", EVENT)] == [0, 21, 41, 61, 81]
    assert Delivery("participants", EVENT, True) in lime.deliveries(landing.files)


# -- session and errors --------------------------------------------------------------------------------------------


def test_an_expired_key_is_renewed_once(world: World, landing: FakeLanding, tmp_path: Path) -> None:
    class Expiring(LimeSurveySimulator):
        calls, every = 0, 10_000

        def answer(self, request: Request) -> Response:
            self.calls += 1
            if self.calls % self.every == 0:
                self.expire_keys()
            return super().answer(request)

    with Expiring(world) as site:
        site.every = 20
        connector(site).fetch(landing)
        assert [method for method, _ in site.requests].count("get_session_key") == 2
        site.requests.clear()
        site.calls, site.every = 0, 5
        with pytest.raises(PermanentError, match=r"Invalid session key.* cerró la sesión"):
            connector(site).fetch(FakeLanding(tmp_path / "b"))
        assert [method for method, _ in site.requests].count("get_session_key") == 2
        site.calls = 0
        assert "cerró la sesión dos veces" in " ".join(connector(site).check())


def test_bad_logins_are_tried_once_and_a_lockout_is_waited_for(site: LimeSurveySimulator, landing: FakeLanding) -> None:
    for _ in range(6):
        site.requests.clear()
        with pytest.raises(PermanentError, match="Invalid user name or password") as caught:
            connector(site, password="wr0ng").fetch(landing)
        assert "wr0ng" not in str(caught.value)
        assert len(site.requests) == 1
    with pytest.raises(TransientError, match="bloqueado a este servidor") as locked:
        connector(site).fetch(landing)
    assert locked.value.retry_after == 600


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda site: site.world.set_survey_active(202001, False), "encuesta salida-neisp: se encontró inactiva"),
        (lambda site: setattr(site, "permissions", {"surveys", "participants"}), "No permission"),
        (lambda site: setattr(site, "permissions", {"surveys", "responses"}), "No permission"),
        (lambda site: setattr(site, "permissions", set()), "No permission"),
        (lambda site: setattr(site, "rpc_enabled", False), "Active JSON-RPC"),
    ],
)
def test_what_the_account_may_not_is_permanent(
    site: LimeSurveySimulator, landing: FakeLanding, change: Callable[[LimeSurveySimulator], None], words: str
) -> None:
    change(site)
    with pytest.raises(PermanentError, match=words):
        connector(site).fetch(landing)


@pytest.mark.parametrize("survey_id", ["202006", "999999", "12a"])
def test_wrong_surveys_are_permanent(site: LimeSurveySimulator, landing: FakeLanding, survey_id: str) -> None:
    with pytest.raises(PermanentError, match=r"salida-neisp|Invalid survey"):
        connector(site, surveys=survey(EXIT, survey_id=survey_id)).fetch(landing)


class Canned(Simulator):
    """Answers each method with a given body (``{id}`` stands for the id of the call)."""

    def __init__(self, answers: dict[str, str | Response]) -> None:
        super().__init__()
        self.answers = answers
        self.methods: list[str] = []

    def answer(self, request: Request) -> Response:
        call = json.loads(request.body)
        self.methods.append(call["method"])
        answer = self.answers.get(call["method"], self.answers.get("*", ""))
        if isinstance(answer, Response):
            return answer
        return Response(answer.replace("{id}", str(call["id"])).encode(), "text/javascript;charset=UTF-8")


def result(value: Any) -> str:
    return '\r\n{"id":{id},"result":' + json.dumps(value) + ',"error":null}'


KEY = {"get_session_key": result("LI5vkQS6SH2DcPgP7Scj0GdoZjMD520B"), "release_session_key": result("OK")}
ERRORS = [
    one
    for name in ("errors", "login", "no_permission")
    for one in recorded(f"limesurvey/{name}.json")
    if isinstance(one["response"], dict)
    and (
        one["response"].get("error")
        or (isinstance(one["response"]["result"], dict) and "status" in one["response"]["result"])
    )
]


@pytest.mark.parametrize("error", ERRORS, ids=[one["name"] for one in ERRORS])
def test_a_recorded_error_is_never_landed_as_data(error: dict[str, Any], landing: FakeLanding) -> None:
    body = json.dumps(error["response"] | {"id": "%"}).replace('"%"', "{id}")
    with Canned(KEY | {"*": body}) as site, pytest.raises((PermanentError, TransientError)) as caught:
        connector(site).fetch(landing)
    locked = "exceeded" in body
    assert isinstance(caught.value, TransientError if locked else PermanentError)
    assert "lime_survey_" not in str(caught.value)
    assert landing.answers("structure", EXIT) == landing.answers("structure", EVENT) == []


XML = '<?xml version="1.0"?>\n<methodResponse><fault/></methodResponse>'


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("", PermanentError, "Active JSON-RPC"),
        (XML, PermanentError, "se esperaba JSON-RPC"),
        ("<!DOCTYPE html><p>Proxy</p>", TransientError, "otra forma"),
        ('{"id":{id},"result":[{"si', TransientError, "otra forma"),
        ('{"id":null,"result":null,"error":"unable to decode malformed json"}', TransientError, "otra forma"),
        ("[]", TransientError, "otra forma"),
        ("[" * 100_000, TransientError, "otra forma"),
        ("At least one column must be selected for export.", TransientError, "otra forma"),
        (
            '{"id":{id},"result":null,"error":"Table \\"lime_survey_1\\" does not have a column named \\"token\\"."}',
            PermanentError,
            "error del servidor",
        ),
        (Response(b"<html>", "text/html", 500), TransientError, "estado HTTP 500"),
        (Response(b"<html>", "text/html", 400), PermanentError, "estado HTTP 400"),
        (Response(b"", "text/html", 503, headers={"Retry-After": "120"}), TransientError, "estado HTTP 503"),
        (
            Response(b"", "text/html", 301, headers={"Location": "https://other.example/"}),
            PermanentError,
            "redirección",
        ),
    ],
)
def test_http_trouble(landing: FakeLanding, answer: Any, kind: type[Exception], words: str) -> None:
    for answers in ({"*": answer}, KEY | {"*": answer}):  # at the login, and after it
        with Canned(answers) as site, pytest.raises(kind, match=words) as caught:
            connector(site).fetch(landing)
        assert LOGIN["password"] not in str(caught.value)
        assert "127.0.0.1" not in str(caught.value)


def test_a_mark_before_every_answer_is_no_other_form(landing: FakeLanding) -> None:
    """One PHP file of the site was saved with it: the site works, and so does its interface."""
    answers = {method: f"\ufeff{body.strip()}" for method, body in KEY.items()}
    refusal = "\ufeff" + result({"status": "No permission"}).strip()
    with Canned(answers | {"*": refusal}) as site, pytest.raises(PermanentError, match="No permission"):
        connector(site).fetch(landing)


@pytest.mark.parametrize("content", ['{"responses": [{"id', "[]", '{"rows": []}', "\\ud800"])
def test_an_export_of_another_form_is_transient(landing: FakeLanding, content: str) -> None:
    answers = KEY | {
        "get_survey_properties": result({"active": "Y", "language": "es-MX"}),
        "get_summary": result({"full_responses": "1"}),
        "list_questions": result([]),
        "get_fieldmap": result({}),
        "export_responses": result(base64.b64encode(content.encode()).decode()),
    }
    with Canned(answers) as site, pytest.raises(TransientError, match="export_responses"):
        connector(site).fetch(landing)


def test_a_few_503_are_sat_out_and_many_are_not(
    site: LimeSurveySimulator, landing: FakeLanding, tmp_path: Path
) -> None:
    site.fail_next(2)
    connector(site).fetch(landing)
    site.fail_next(20)
    with pytest.raises(TransientError, match="503"):
        connector(site).fetch(FakeLanding(tmp_path / "b"))


def test_the_address_may_be_the_site_or_the_endpoint(site: LimeSurveySimulator, tmp_path: Path) -> None:
    for number, host in enumerate((site.url, f"{site.url}/", f"{site.url}/index.php", site.endpoint)):
        connection = Connection(host, login=site.username, password=site.password)
        landing = FakeLanding(tmp_path / str(number))
        LimeSurveyConnector(CONTRACT, PROJECT, connection).fetch(landing)
        assert landing.files


def test_the_self_test_speaks_spanish(site: LimeSurveySimulator, world: World) -> None:
    assert connector(site).check() == []
    site.permissions = {"surveys", "participants"}
    assert len(connector(site).check()) == 2
    world.set_survey_active(202001, False)
    assert any("inactiva" in sentence for sentence in connector(site).check())
    assert "no acepta" in connector(site, password="wr0ng").check()[0]


# -- shapes of older versions and strange records --------------------------------------------------------------------


def landed(folder: Path, dataset: str, *answers: tuple[str, dict[str, Any], Any]) -> LandedFile:
    path = folder / f"{dataset}-{len(list(folder.iterdir()))}.jsonl.zst"
    with JsonLinesWriter(path) as writer:
        for method, parameters, body in answers:
            writer.write(method, parameters, 200, json.dumps(body))
    return LandedFile(1, dataset, EXIT, path, path.name, "")


def structure(folder: Path, **more: Any) -> LandedFile:
    questions = next(o for o in recorded("limesurvey/questions.json") if o["name"] == "28_list_questions_S1")
    properties = recorded("limesurvey/question_properties_1.json")
    return landed(
        folder,
        "structure",
        ("list_questions", {}, questions["response"] | more),
        ("get_fieldmap", {}, recorded("limesurvey/fieldmap.json")[0]["response"]),
        *(
            ("get_question_properties", {}, one["response"])
            for one in properties
            if one["request"]["method"] == "get_question_properties" and "answeroptions" in one["response"]["result"]
        ),
        ("get_summary", {}, {"result": {"full_responses": 3}}),
    )


def offline(**changes: Any) -> LimeSurveyConnector:
    return connector(type("Nowhere", (), {"url": "x"}), surveys=survey(EXIT, **changes))


def chunk_of(chunks: Iterator[RecordChunk], dataset: str) -> RecordChunk:
    return next(chunk for chunk in chunks if chunk.dataset == dataset)


def test_recorded_rows_flat_and_keyed_give_the_same(tmp_path: Path) -> None:
    recorded_rows = recorded("limesurvey/export_rows.json")
    flat = landed(tmp_path, "responses", ("export_responses", {"from": 1}, {"responses": recorded_rows}))
    keyed_rows = [{str(row["id"]): row} for row in recorded_rows]
    phantom = {"": dict.fromkeys(recorded_rows[0], "")}
    keyed = landed(
        tmp_path,
        "responses",
        ("export_responses", {"from": 1}, {"responses": keyed_rows}),
        ("export_responses", {"from": 2001}, {"responses": [phantom]}),
    )
    lime, first = offline(), structure(tmp_path)
    chunks = [chunk_of(lime.chunks([first, file]), "responses") for file in (flat, keyed)]
    assert [*chunks[0].records, b""] == list(chunks[1].records)
    assert not chunks[1].unreadable
    found = rows([chunks[0]])
    assert len(found["response"]) == len(recorded_rows)
    assert one(found["response"], response_id="1")["submitted_at"] == "2020-04-20T15:32:07-05:00"
    assert one(found["answer"], response_id="1", question="P04")["value"] == "7.25"
    assert one(found["answer"], response_id="1", question="P09")["value"] is None


def test_of_a_response_that_came_twice_the_later_state_holds(tmp_path: Path) -> None:
    file = landed(
        tmp_path,
        "responses",
        ("export_responses", {"from": 1}, {"responses": [{"id": 1, "P01": "A1"}]}),  # an earlier sweep
        ("export_responses", {"from": 1}, {"responses": [{"id": 1, "P01": "A2"}, {"id": "2", "P01": "A2"}]}),
        ("export_responses", {"from": 3}, {"responses": [{"id": "1", "P01": "A3"}]}),
    )
    found = rows([chunk_of(offline().chunks([structure(tmp_path), file]), "responses")])
    assert dict(zip(found["answer"].response_id, found["answer"].value, strict=True)) == {"1": "A3", "2": "A2"}


def test_columns_of_every_kind(tmp_path: Path) -> None:
    row = {
        "id": 1, "submitdate": "1980-01-01 00:00:00", "token": None, "DU[SQ001][1]": "A1", "LC[comment]": "x",
        "M[SQ001comment]": "y", "P01": "A1", "P03[SQ001]": "Y", "AT[Y1_X1]": "z",
    }  # fmt: skip
    file = landed(tmp_path, "responses", ("export_responses", {"from": 1}, {"responses": [row]}))
    found = rows([chunk_of(offline(free_text=("P01", "P03SQ001")).chunks([structure(tmp_path), file]), "responses")])
    answers = found["answer"].set_index("question")
    assert answers.sub_code.to_dict() == {
        "DU": "SQ001_1", "LC": "comment", "M": "SQ001comment", "P01": "", "P03": "SQ001", "AT": "Y1_X1",
    }  # fmt: skip
    # What the questionnaire does not know is taken for free text rather than published.
    assert set(answers.free_text) == {"true"}
    response = one(found["response"])
    assert (response["complete"], response["submitted_at"]) == ("true", None)


def test_strange_records_are_unreadable(tmp_path: Path) -> None:
    responses = landed(
        tmp_path,
        "responses",
        ("export_responses", {"from": 1}, {"responses": ["?", {"P01": "A1"}, {"id": None}]}),
        ("export_responses", {"from": 9}, {"error": "x"}),
    )
    participants = landed(
        tmp_path,
        "participants",
        ("list_participants", {}, {"result": [{"token": "a"}, "?", {"tid": "3", "sent": "N", "completed": "Y"}]}),
    )
    questions = structure(tmp_path, result=["?", {"qid": 1}, {"qid": 5, "parent_qid": 77, "title": "SQ1"}])
    chunks = {chunk.dataset: chunk for chunk in offline().chunks([questions, responses, participants])}
    assert set(chunks["responses"].unreadable.values()) == {"respuesta_sin_id"}
    assert set(chunks["participants"].unreadable.values()) == {"participante_sin_tid"}
    assert Counter(chunks["structure"].unreadable.values()) == {"pregunta_sin_codigo": 3}
    assert all(set(chunk.unreadable.values()) <= UNREADABLE.keys() for chunk in chunks.values())
    assert list(chunks["responses"].records).count(b"") == 1
    found = rows([chunks["participants"]])
    assert one(found["account"])["account_ref"] == "202001:tid:3"
    invitation = one(found["invitation"])
    assert (invitation["sent_at"], invitation["completed_at"]) == (None, None)
    rows(chunks.values())  # whatever is unreadable gives no rows and no crash


def options(folder: Path, answeroptions: Any, *scored: ScoredQuestion) -> pd.DataFrame:
    questions = [{"qid": 1, "parent_qid": "0", "title": "D", "type": "1", "question": "<b>¿D?</b>"}]
    questions += [{"qid": 2, "parent_qid": "1", "title": "S1", "type": "T", "question": "uno"}]
    file = landed(
        folder,
        "structure",
        ("list_questions", {}, {"result": questions}),
        ("get_question_properties", {}, {"result": {"qid": 1, "title": "D", "answeroptions": answeroptions}}),
    )
    return rows(offline(scored=scored, sex_question=None).chunks([file])).get("question_option", pd.DataFrame())


def test_options_of_every_shape(tmp_path: Path) -> None:
    def option(label: str, value: int = 0) -> dict[str, Any]:
        return {"answer": label, "assessment_value": value, "order": 1}

    assert options(tmp_path, "No available answer options").empty
    listed = options(tmp_path, [option("no"), option("sí &amp; <i>más</i>", 2)], ScoredQuestion(question="D"))
    assert list(zip(listed.code, listed.label, listed.score, strict=True)) == [("0", "no", "0"), ("1", "sí & más", "2")]
    dual = options(tmp_path, {"0": {"A1": option("x")}, "1": {"A1": option("y"), "B/1": option("z")}})
    assert list(dual.code) == ["A1", "A1", "B/1"]
    assert list(dual.out_of_scope.fillna("")) == ["", "segunda_escala", ""]
    assert dual.record.iloc[2].endswith("answeroptions/1/B~11")
    yes_no = options(tmp_path, [], ScoredQuestion(question="DS1", scores={"Y": 1, "N": 0.5}))
    assert list(zip(yes_no.code, yes_no.score, strict=True)) == [("Y", "1"), ("N", "0.5")]
    partly = options(tmp_path, {"A1": option("x", 9)}, ScoredQuestion(question="D", scores={"A2": 2}))
    assert sorted(zip(partly.code, partly.score.fillna(""), strict=True)) == [("A1", ""), ("A2", "2")]


def test_chunks_need_the_structure(tmp_path: Path) -> None:
    file = landed(tmp_path, "responses", ("export_responses", {"from": 1}, {"responses": []}))
    with pytest.raises(PermanentError, match="su cuestionario"):
        list(offline().chunks([file]))


def test_times_and_texts() -> None:
    zone = ZoneInfo("America/Mexico_City")
    assert local_instant("2020-06-30 23:59:59", zone) == "2020-06-30T23:59:59-05:00"
    assert local_instant("2020-01-15 08:00", zone) == "2020-01-15T08:00:00-06:00"
    assert local_instant("2020-04-05 02:30:00", zone) == "2020-04-05T02:30:00-06:00"  # a time that never was
    assert local_instant("1980-01-01 00:00:00", zone) is None
    assert local_instant("0000-00-00 00:00:00", zone) is None
    assert local_instant("2020-13-01 00:00:00", zone) == "2020-13-01 00:00:00"
    assert local_instant("ayer", zone) == "ayer"
    assert local_instant("", zone) is None
    assert [moment(value, zone) for value in ("N", "Y", None)] == [None] * 3
    assert moment("Q", zone) is None, "told that the quota was full: an invitation like any other"
    assert moment("2020-05-27", zone) == "2020-05-27T00:00:00-05:00"
    assert local_instant("2020-05-01 10:00:00.000", zone) == "2020-05-01T10:00:00-05:00", "of SQL Server"
    assert local_instant("1980-01-01 00:00:00.000", zone) is None
    assert moment("2020-05-27 18:05", zone) == "2020-05-27T18:05:00-05:00"
    assert plain("<p>¿Qué&nbsp;<b>tal</b>?</p>\r\n<script>x()</script> <br/>Bien") == "¿Qué tal? Bien"
    assert plain("a < b") == "a < b"
