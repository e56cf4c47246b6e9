"""Feedback activities of Moodle as surveys: recorded answers, pages that repeat, what stays out, what is said."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeLanding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moodle_landing import EDITION, PROJECT, connector, landed, one, rows
from recorded import differences, recorded

from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError, TransientError
from trimestre.simulators.moodle import MoodleSimulator
from trimestre.simulators.moodle_functions import ALL_CAPABILITIES
from trimestre.simulators.server import Request, Response
from trimestre.simulators.world import World
from trimestre.sources.base import Delivery, LandedFile
from trimestre.sources.moodle.feedback import feedback_of, total_of
from trimestre.sources.moodle.feedback_rows import (
    Attempts,
    Feedback,
    feedback_from,
    response_records,
    structure_records,
)

RESPONSES = "mod_feedback_get_responses_analysis"
ITEMS = "mod_feedback_get_items"


def survey(**changes: Any) -> Survey:
    about = {
        "survey": "opinion-neisp", "name": "Opinión", "source": "moodle_pnud", "survey_id": "7", "edition": EDITION,
        "closes_on": "2020-06-30", "reached_by": "enrolment",
    }  # fmt: skip
    return Survey.model_validate(about | changes)


def recorded_files(folder: Path, *pages: tuple[str, Any]) -> list[LandedFile]:
    """A landed survey: the recorded items, and responses page by page."""
    structure = landed(folder, "feedback_structure", (ITEMS, {}, recorded("moodle/feedback_items.json")), scope="o")
    answers = [(RESPONSES, {"page": page}, body) for page, body in pages]
    return [structure, landed(folder, "feedback_responses", *answers, scope="o", number=2)]


def found(files: list[LandedFile], **changes: Any) -> dict[str, Any]:
    """Rows of a landed survey of code ``o``."""
    project = replace(PROJECT, surveys=(survey(survey="o", **changes),))
    return rows(list(connector(type("Nowhere", (), {"url": "x"}), project=project).chunks(files)))


pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def world(few_people: World) -> World:
    return few_people


@pytest.fixture
def site(world: World) -> Iterator[MoodleSimulator]:
    with MoodleSimulator(world) as simulator:
        yield simulator


# -- recorded ----------------------------------------------------------------------------------------------------------


def test_the_simulated_feedback_is_held_to_the_recorded_one(site: MoodleSimulator) -> None:
    import requests

    def call(function: str, **parameters: str) -> Any:
        data = {"wstoken": site.token, "moodlewsrestformat": "json", "wsfunction": function, **parameters}
        return requests.post(f"{site.url}/webservice/rest/server.php", data=data, timeout=10).json()

    courses = {"courseids[0]": "2", "courseids[1]": "3"}
    both = call("mod_feedback_get_feedbacks_by_courses", **courses)
    assert differences(recorded("moodle/feedbacks_both.json"), both) == []
    assert [one["anonymous"] for one in both["feedbacks"]] == [2, 1]
    items = call(ITEMS, feedbackid="1")
    for ours, theirs in zip(items["items"], recorded("moodle/feedback_items.json")["items"], strict=True):
        assert ours == theirs
    analysis = call(RESPONSES, feedbackid="1", page="0", perpage="0")
    assert differences(recorded("moodle/feedback_responses.json"), analysis) == []
    assert (analysis["totalattempts"], analysis["totalanonattempts"]) == (52, 8)
    page = call(RESPONSES, feedbackid="1", page="3", perpage="20")
    assert (len(page["attempts"]), len(page["anonattempts"])) == (0, 8)
    assert call(RESPONSES, feedbackid="99")["errorcode"] == "invalidrecord"


def test_recorded_questions_and_options(tmp_path: Path) -> None:
    scored = [{"question": "P1", "scores": {"1": 1, "5": 5}}]
    frames = found(recorded_files(tmp_path), scored=scored, safe_text=["P5"], free_text=["P3"])
    questions = frames["question"]
    assert list(questions[questions.sub_code == ""].question) == ["P1", "P2", "P3", "item4", "P5"]
    whole = questions[questions.sub_code == ""]
    assert list(whole.type) == ["choice", "choice", "number", "choices", "text"]
    assert list(whole.free_text) == ["false", "false", "true", "false", "true"]
    parts = questions[(questions.question == "item4") & (questions.sub_code != "")]
    assert list(parts.text) == ["Correo electrónico", "Jefa o jefe", "Redes sociales", "Otro, ¿cuál?"]
    options = frames["question_option"]
    first = options[options.question == "P1"]
    assert list(zip(first.code, first.label, strict=True))[2] == ("3", "3 Neutral")
    assert list(first.score.fillna("")) == ["1", "", "", "", "5"]
    assert "item4" not in set(options.question)


def test_recorded_responses(tmp_path: Path) -> None:
    body = recorded("moodle/feedback_responses.json")
    frames = found(recorded_files(tmp_path, ("0", body)), sex_question="P2", sex_values={"4": "mujer"})
    responses, answers = frames["response"], frames["answer"]
    assert Counter(identifier[0] for identifier in responses.response_id) == {"n": 5, "a": 8}
    named = one(responses, response_id="n36")
    assert (named["account_ref"], named["submitted_at"]) == ("313", "2020-05-07T02:54:10+00:00")
    assert named["sex"] == "mujer"
    anonymous = one(responses, response_id="a57")
    assert (anonymous["account_ref"], anonymous["submitted_at"]) == ("feedback:a57", None)
    # Only the anonymous have an account of their own: the others are learners already.
    assert set(frames["account"].account_ref) == {ref for ref in responses.account_ref if ref.startswith("feedback:")}
    assert one(answers, response_id="n36", question="P1")["value"] == "3"
    assert one(answers, response_id="n36", question="P3")["value"] == "12.5"
    assert one(answers, response_id="n36", question="P5")["free_text"] == "true"
    several = answers[(answers.response_id == "n4") & (answers.question == "item4")]
    assert list(zip(several.sub_code, several.value, strict=True)) == [("1", "1"), ("3", "1")]
    assert "P2" not in set(answers[answers.response_id == "n10"].question)


def test_texts_are_unescaped_and_enter_only_if_they_are_safe(tmp_path: Path) -> None:
    files = recorded_files(tmp_path, ("0", recorded("moodle/feedback_responses.json")))
    text = one(found(files)["answer"], response_id="n15", question="P5")
    assert text["free_text"] == "true"
    assert text["value"].startswith('Muy bueno, pero el vídeo del "Módulo 2" no abría.\nTuve')
    assert one(found(files, safe_text=["P5"])["answer"], response_id="n15", question="P5")["free_text"] == "false"


def test_the_anonymous_of_every_recorded_page_count_once(tmp_path: Path) -> None:
    pages = recorded("moodle/feedback_pages.json")
    file = recorded_files(tmp_path, *pages.items())[1]
    attempts = Attempts(file)
    assert Counter(identifier[0] for identifier in attempts.found) == {"n": 20, "a": 8}
    assert not attempts.complete
    assert attempts.found["a57"][0].startswith("2#/anonattempts/")
    assert total_of(pages["0"]) == 60


def test_the_recorded_feedback_is_found_by_cmid_and_by_name() -> None:
    listed = recorded("moodle/feedbacks_both.json")
    assert feedback_of("s", listed, survey(survey_id="12")) == 2
    assert feedback_of("s", listed, survey(survey_id="Encuesta  de salida")) == 1
    for data in (recorded("moodle/errors.json")["err_noaccess_feedbacks"], {"feedbacks": [], "warnings": []}, None, []):
        with pytest.raises(PermanentError, match="mod/feedback:view"):
            feedback_of("s", data, survey())


# -- questions of other kinds ------------------------------------------------------------------------------------------


def item(number: int, typ: str, presentation: str = "", label: str = "", name: str = "¿?") -> dict[str, Any]:
    return {"id": number, "typ": typ, "presentation": presentation, "label": label, "name": name, "position": number}


def test_every_kind_of_question_has_a_type_and_a_code(tmp_path: Path) -> None:
    items = [
        item(1, "multichoice", "d>>>>>Sí|No<<<<<1", "P"),
        item(2, "multichoicerated", "r>>>>>5####Mucho|1####Poco|0", "Puntos"),
        item(3, "info", "1", "P"),
        item(4, "label", "<p>Aviso&nbsp;<b>1</b></p>"),
        item(5, "pagebreak"),
        item(6, "textfield", "30|255", "item1"),
        item(7, "algo_nuevo", "", "Pregunta 7: ¿edad &lt;18?", "¿Edad &lt;18?"),
        item(8, "captcha"),
        {"id": "x"},
    ]
    about = survey(scored=[{"question": "Puntos"}], safe_text=["Pregunta_7___edad__lt_18_"])
    feedback = feedback_from(about, 1, {"items": items})
    # Two questions with one label are known by their numbers; a label that looks like a number is not taken.
    assert [(one.code, one.type) for one in feedback.items] == [
        ("item1", "choice"), ("Puntos", "choice"), ("item3", "text"), ("item4", "note"), ("item6", "text"),
        ("Pregunta 7: ¿edad &lt;18?", "text"),
    ]  # fmt: skip
    assert feedback.items[3].text == "Aviso 1"
    assert feedback.items[5].text == "¿Edad <18?"
    assert [option.label for option in feedback.items[0].options] == ["Sí", "No"]
    assert feedback.meanings()[7][2] is False
    records = list(structure_records(feedback))
    assert [record.unreadable for record in records if record.unreadable] == ["pregunta_sin_codigo"]
    options = [row.values for record in records for row in record.content or () if row.entity == "question_option"]
    scores = {row["label"]: row["score"] for row in options if row["question"] == "Puntos"}
    assert scores == {"Mucho": "5", "Poco": "1", "0": None}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sex_question": "P9"}, "no se encontró la pregunta «P9»"),
        ({"scored": [{"question": "P9", "scores": {"1": 1}}]}, "no se encontró la pregunta «P9»"),
        ({"scored": [{"question": "P1"}]}, "no se encontraron puntajes de P1"),
    ],
)
def test_a_question_that_gives_figures_must_be_there(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(PermanentError, match=words):
        found(recorded_files(tmp_path), **change)


def test_an_option_not_selected_is_no_answer(tmp_path: Path) -> None:
    responses = [
        {"id": 1, "rawval": "0"},
        {"id": 4, "rawval": "0"},
        {"id": 2, "rawval": "9"},
        {"id": 99, "rawval": "x"},
    ]
    body = {"attempts": [{"id": 1, "userid": 5, "responses": responses}], "totalattempts": 1}
    answers = found(recorded_files(tmp_path, ("0", body)))["answer"]
    assert {(row.question, row.value, row.free_text) for row in answers.itertuples()} == {
        ("P2", "9", "false"),
        ("item99", "x", "true"),
    }


# -- the whole way -----------------------------------------------------------------------------------------------------


def test_a_survey_lands_whole_whatever_the_size_of_its_pages(site: MoodleSimulator, tmp_path: Path) -> None:
    project = replace(PROJECT, surveys=(survey(),))
    frames = []
    for size in (5, 20, 500):
        landing = FakeLanding(tmp_path / str(size))
        moodle = connector(site, project=project, page_size=size)
        moodle.fetch(landing)
        assert Delivery("feedback_responses", "opinion-neisp", True) in moodle.deliveries(landing.files)
        assert Delivery("feedback_structure", "opinion-neisp", True) in moodle.deliveries(landing.files)
        frames.append(rows(list(moodle.chunks(landing.files))))
    for frame in frames:
        responses = frame["response"]
        assert len(responses) == responses.response_id.nunique() == 60
        named = {ref for ref in responses.account_ref if not ref.startswith("feedback:")}
        assert named <= set(frame["enrolment"].account_ref)
        assert len(frame["answer"]) == len(frames[0]["answer"])


def test_the_same_responses_are_the_same_records_when_one_is_deleted(site: MoodleSimulator, tmp_path: Path) -> None:
    moodle = connector(site, project=replace(PROJECT, surveys=(survey(),)))
    before, after = FakeLanding(tmp_path / "a"), FakeLanding(tmp_path / "b")
    moodle.fetch(before)
    site.feedbacks[1].delete(1)  # anonymous: the numbers of all others move up
    moodle.fetch(after)
    records = [
        {r for c in moodle.chunks(landing.files) if c.dataset == "feedback_responses" for r in c.records}
        for landing in (before, after)
    ]
    assert (len(records[0]), len(records[1]), len(records[1] - records[0])) == (60, 59, 0)


class Answered(MoodleSimulator):
    """Somebody answers between two pages, for some pages."""

    def __init__(self, world: World, times: int) -> None:
        super().__init__(world)
        self.times = times

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        if RESPONSES in request.body.decode() and self.times:
            self.times -= 1
            self.feedbacks[1].answer({1: "5"}, 5, 1_589_000_000)
        return response


@pytest.mark.parametrize(("times", "complete"), [(1, True), (99, False)])
def test_who_answers_meanwhile_makes_nobody_vanish(
    world: World, landing: FakeLanding, times: int, complete: bool
) -> None:
    with Answered(world, times) as site:
        moodle = connector(site, project=replace(PROJECT, surveys=(survey(),)), page_size=20)
        moodle.fetch(landing)
    assert Delivery("feedback_responses", "opinion-neisp", complete) in moodle.deliveries(landing.files)
    responses = rows(list(moodle.chunks(landing.files)))["response"]
    assert responses.response_id.is_unique


@pytest.mark.parametrize(
    ("missing", "words"),
    [("mod/feedback:view", "mod/feedback:view"), ("mod/feedback:viewreports", "mod/feedback:viewreports")],
)
def test_a_missing_capability_is_not_a_survey_without_answers(
    world: World, landing: FakeLanding, missing: str, words: str
) -> None:
    with (
        MoodleSimulator(world, capabilities=ALL_CAPABILITIES - {missing}) as site,
        pytest.raises(PermanentError, match=words),
    ):
        connector(site, project=replace(PROJECT, surveys=(survey(),))).fetch(landing)


def test_a_survey_of_no_edition_of_the_source_is_said(site: MoodleSimulator, landing: FakeLanding) -> None:
    project = replace(PROJECT, surveys=(survey(edition="EISP-UIF-2020", reached_by="enrolment"),))
    with pytest.raises(PermanentError, match="se encontró la edición «EISP-UIF-2020»"):
        connector(site, project=project).fetch(landing)


def test_fields_to_be_dropped_are_not_landed_with_responses(site: MoodleSimulator, landing: FakeLanding) -> None:
    connector(site, project=replace(PROJECT, surveys=(survey(),)), drop=["fullname"]).fetch(landing)
    assert "fullname" not in json.dumps(landing.answers("feedback_responses"))


def test_an_answer_without_lists_is_no_empty_survey(world: World, landing: FakeLanding) -> None:
    class Broken(MoodleSimulator):
        def answer(self, request: Request) -> Response:
            broken = RESPONSES in request.body.decode()
            return Response(b'{"warnings":[]}') if broken else super().answer(request)

    with Broken(world) as site, pytest.raises(TransientError, match="listas de respuestas"):
        connector(site, project=replace(PROJECT, surveys=(survey(),))).fetch(landing)


# -- anything at all ---------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec=None), max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["multichoice", "multichoicerated", "numeric", "textarea", "label", "pagebreak"])
PRESENTATIONS = st.sampled_from(["r>>>>>a|b", "c>>>>>a||<<<<<1", "r>>>>>1####a|####", ">>>>>", "|"]) | TEXTS


def things(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={key: VALUES | good for key, good in keys.items()}) | VALUES


GIVEN = things(id=st.integers(1, 6), rawval=st.sampled_from(["1", "1|3", "0", "12.5"]) | TEXTS)
QUESTIONS = things(id=st.integers(1, 6), typ=KINDS, presentation=PRESENTATIONS, label=TEXTS, name=TEXTS)
ATTEMPTS = things(
    id=st.integers(1, 9), userid=st.integers(1, 9), timemodified=st.integers(), responses=st.lists(GIVEN, max_size=4)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.fixed_dictionaries({"items": st.lists(QUESTIONS, max_size=5)}) | VALUES,
    pages=st.lists(
        st.fixed_dictionaries(
            {"attempts": st.lists(ATTEMPTS, max_size=3), "anonattempts": st.lists(ATTEMPTS, max_size=3)}
        ),
        max_size=3,
    ),
)
def test_whatever_a_feedback_answers_no_response_is_lost(tmp_path: Path, items: Any, pages: list[Any]) -> None:
    structure = landed(tmp_path, "feedback_structure", (ITEMS, {}, json.dumps(items)), scope="o")
    bodies = [(RESPONSES, {"page": str(n)}, json.dumps(page)) for n, page in enumerate(pages)]
    file = landed(tmp_path, "feedback_responses", *bodies, scope="o", number=2)

    def has_id(thing: Any) -> bool:
        return isinstance(thing, dict) and isinstance(thing.get("id"), int) and not isinstance(thing["id"], bool)

    both = ("attempts", "anonattempts")
    given = [(name, thing) for page in pages for name in both for thing in page[name]]
    distinct = {(name, thing["id"]) for name, thing in given if has_id(thing)}
    feedback: Feedback = feedback_from(survey(survey="o"), 1, items)
    records = list(response_records(feedback, file))
    assert len(records) == len(distinct) + sum(not has_id(thing) for _, thing in given)
    for frame in found([structure, file]).values():
        for value in frame.drop(columns="record").to_numpy().flatten():
            assert not isinstance(value, str) or b"\x00" not in value.encode()
