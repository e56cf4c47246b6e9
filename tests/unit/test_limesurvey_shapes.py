"""LimeSurvey as it really answers: three versions, several languages, anonymous and repeated answers, strange rows."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fakes import FakeLanding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from recorded import recorded
from test_connector_limesurvey import (
    CONTRACT,
    EVENT,
    EXIT,
    KEY,
    Canned,
    chunk_of,
    connector,
    landed,
    offline,
    one,
    result,
    rows,
    structure,
    survey,
)
from the_case import new_world

from trimestre.contracts.sources import LimeSurveySource
from trimestre.contracts.surveys import ScoredQuestion
from trimestre.errors import PermanentError
from trimestre.simulators.case_surveys import anonymous_survey
from trimestre.simulators.limesurvey import LimeSurveySimulator
from trimestre.simulators.world import World
from trimestre.sources.base import Delivery, LandedFile
from trimestre.sources.limesurvey.calls import number
from trimestre.sources.limesurvey.check import probe
from trimestre.sources.limesurvey.rows import delivered

V3 = recorded("limesurvey/version_3.json")


pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def site(world: World) -> Iterator[LimeSurveySimulator]:
    with LimeSurveySimulator(world) as simulator:
        yield simulator


def night(site: Any, folder: Path, **changes: Any) -> tuple[dict[str, pd.DataFrame], list[Delivery]]:
    lime, landing = connector(site, **changes), FakeLanding(folder)
    lime.fetch(landing)
    return rows(lime.chunks(landing.files)), lime.deliveries(landing.files)


# -- versions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [3, 5])
def test_every_version_gives_the_same_rows(site: LimeSurveySimulator, tmp_path: Path, version: Any) -> None:
    wanted, _ = night(site, tmp_path / "6")
    with LimeSurveySimulator(new_world(), version=version) as older:
        found, deliveries = night(older, tmp_path / "older")
        assert connector(older).check() == []
    assert all(delivery.complete for delivery in deliveries)
    assert found.keys() == wanted.keys()
    for entity, frame in wanted.items():
        key = [column for column in frame.columns if column != "record"]  # LimeSurvey 3 lists questions otherwise
        sorted_rows = [one[key].sort_values(key).reset_index(drop=True) for one in (frame, found[entity])]
        pd.testing.assert_frame_equal(*sorted_rows)


@pytest.mark.parametrize("version", [3, 5, 6])
def test_no_response_in_a_range_is_no_row(world: World, tmp_path: Path, version: Any) -> None:
    for response_id in range(1, 68):
        if response_id != 60:
            world.delete_response(202001, response_id)
    with LimeSurveySimulator(world, version=version) as site:
        found, deliveries = night(site, tmp_path, surveys=survey(EXIT), range_size=10)
    assert list(found["response"].response_id) == ["60"]
    assert Delivery("responses", EXIT, True) in deliveries


def test_the_recorded_answers_of_version_3_are_read(tmp_path: Path) -> None:
    questions = landed(tmp_path, "structure", ("list_questions", {}, V3["list_questions"]))
    exported = V3["export"]["responses"]
    phantom = V3["export_empty"]["responses"]
    responses = landed(
        tmp_path,
        "responses",
        ("export_responses", {"from": 1}, {"responses": exported}),
        ("export_responses", {"from": 2001}, {"responses": phantom}),
    )
    lime = offline(scored=(), sex_question=None)
    found = rows(lime.chunks([questions, responses]))
    assert list(found["response"].response_id) == ["1", "2", "3", "4"]
    assert set(found["question"].question) == {"P01", "P02", "P03", "P08"}
    assert one(found["question"], question="P02", sub_code="SQ001")["text"] == "El contenido fue claro"
    assert list(chunk_of(lime.chunks([questions, responses]), "responses").records).count(b"") == 1


def test_a_server_that_ignores_ranges_is_not_asked_for_ever(world: World, tmp_path: Path) -> None:
    class Deaf(LimeSurveySimulator):
        def _export_responses(
            self, key: str, sid: Any, kind: str, language: Any = None, completion: str = "all", heading: str = "code",
            response_type: str = "short", first: Any = None, last: Any = None, fields: Any = None, options: Any = None,
        ) -> Any:  # fmt: skip
            return super()._export_responses(
                key, sid, kind, language, completion, heading, response_type, None, None, fields
            )

    with Deaf(world) as site:
        found, deliveries = night(site, tmp_path, surveys=survey(EXIT))
    assert len(found["response"]) == 67
    assert Delivery("responses", EXIT, True) in deliveries


# -- languages -----------------------------------------------------------------------------------------------------


def test_a_language_without_texts_costs_no_night(site: LimeSurveySimulator, tmp_path: Path) -> None:
    ask = site._get_question_properties

    def untranslated(key: str, qid: Any, settings: Any = None, language: Any = None) -> Any:
        if language == "en" and qid == 1:
            return {"status": "Error: Invalid questionid"}
        return ask(key, qid, settings, language)

    site._methods["get_question_properties"] = untranslated
    found, deliveries = night(site, tmp_path, surveys=survey(EXIT))
    assert all(delivery.complete for delivery in deliveries)
    options = found["question_option"]
    assert one(options, question="P01", code="A4")["labels"] is None
    assert one(options, question="P02", code="A4")["labels"] is not None
    site._methods["list_questions"] = lambda key, sid, gid=None, language=None: (
        {"status": "Error: Invalid language"} if language == "en" else site._list_questions(key, sid, gid, language)
    )
    found, _ = night(site, tmp_path / "b", surveys=survey(EXIT))
    assert found["question"].texts.isna().all()


def test_a_changed_translation_is_another_record(site: LimeSurveySimulator, world: World, tmp_path: Path) -> None:
    def records(name: str) -> set[bytes]:
        lime, landing = connector(site, surveys=survey(EXIT)), FakeLanding(tmp_path / name)
        lime.fetch(landing)
        return set(chunk_of(lime.chunks(landing.files), "structure").records)

    before = records("a")
    world.surveys[202001].questions[0].options[0].label["en"] = "Not at all"
    assert len(records("b") - before) == 1


@pytest.mark.parametrize("name", ["id", "tid", "submitdate"])
def test_what_tells_a_response_can_not_be_dropped(name: str) -> None:
    with pytest.raises(ValidationError, match="cualquier campo menos id"):
        LimeSurveySource.model_validate(CONTRACT.model_dump() | {"drop": [name]})


# -- who answered --------------------------------------------------------------------------------------------------


def test_an_anonymous_survey_has_responses_without_date_or_person(
    site: LimeSurveySimulator, world: World, tmp_path: Path
) -> None:
    world.surveys[202003] = anonymous_survey(world.seed)
    found, deliveries = night(
        site, tmp_path, surveys=survey(EXIT, survey_id="202003", scored=(), sex_question=None, free_text=())
    )
    assert Delivery("responses", EXIT, True) in deliveries
    responses = found["response"]
    assert (len(responses), set(responses.complete)) == (10, {"true"})
    assert responses[["submitted_at", "started_at"]].isna().all(axis=None)
    assert responses.account_ref.nunique() == 10
    assert set(found["account"].kind) == {"respondent"}
    assert "account_identity" not in found


def test_several_responses_to_one_invitation_are_responses_of_one_account(
    site: LimeSurveySimulator, world: World, tmp_path: Path
) -> None:
    first = next(row for row in world.surveys[202002].responses if row["submitdate"])
    again = world.add_response(202002, datetime(2020, 6, 20, 9, 0), {"token": first["token"], "E01": "A1"})  # noqa: DTZ001
    world.change_answer(202002, first["id"], "E01", "A5")  # an edit keeps the id
    found, _ = night(site, tmp_path, surveys=survey(EVENT))
    mine = found["response"][found["response"].account_ref == f"202002:token:{first['token']}"]
    assert set(mine.response_id) == {str(first["id"]), str(again)}
    assert mine.submitted_at.nunique() == 2
    values = found["answer"][(found["answer"].question == "E01") & found["answer"].response_id.isin(mine.response_id)]
    assert dict(zip(values.response_id, values.value, strict=True)) == {str(first["id"]): "A5", str(again): "A1"}
    assert found["account"].account_ref.is_unique


def test_who_answered_keeps_an_account_when_the_list_of_participants_was_deleted(tmp_path: Path) -> None:
    answered = [{"id": 1, "token": "abc", "P01": "A1"}, {"id": 2, "token": "abc", "P01": "A2"}]
    responses = landed(tmp_path, "responses", ("export_responses", {"from": 1}, {"responses": answered}))
    people = landed(tmp_path, "participants", ("list_participants", {}, {"result": [{"tid": 1, "token": "abc"}]}))
    lime, first = offline(), structure(tmp_path)
    alone = rows(lime.chunks([first, responses]))
    assert set(alone["account"].account_ref) == set(alone["response"].account_ref) == {"202001:token:abc"}
    both = rows(lime.chunks([first, responses, people]))
    assert list(both["account"].kind) == ["invitee"]


@pytest.mark.parametrize(
    ("person", "wanted"),
    [
        ({"sent": "N"}, False),
        ({"sent": "2020-05-27 18:05"}, True),
        ({"sent": "2020-05-27 18:05", "emailstatus": "bounced"}, False),
        ({"sent": "2020-05-27 18:05", "emailstatus": "Bounced", "completed": "Y"}, True),
        ({"sent": "Y", "completed": "N"}, True),
        ({"sent": "N", "completed": "2020-06-02 10:00"}, True),
        ({}, False),
    ],
)
def test_which_invitations_were_delivered(person: dict[str, str], wanted: bool) -> None:
    assert delivered(person) is wanted


class _Nowhere:
    url = "x"


# -- what a questionnaire may hold ---------------------------------------------------------------------------------


def written_structure(folder: Path, questions: list[Any], fields: list[Any], *options: Any) -> LandedFile:
    return landed(
        folder,
        "structure",
        ("get_survey_properties", {}, {"result": {"active": "Y", "language": "es"}}),
        ("list_questions", {"language": "es"}, {"result": questions}),
        ("get_fieldmap", {}, {"result": {str(place): one for place, one in enumerate(fields)}}),
        *(("get_question_properties", {"language": "es"}, {"result": one}) for one in options),
    )


def question(qid: int, title: str, kind: str, parent: int = 0, **more: Any) -> dict[str, Any]:
    text = {"question": f"¿{title}?", "question_order": qid}
    return {"qid": qid, "parent_qid": parent, "title": title, "type": kind, "language": "es", **text, **more}


def entry(qid: int, title: str, kind: str, aid: Any = "", **more: Any) -> dict[str, Any]:
    return {"qid": qid, "title": title, "type": kind, "aid": aid, **more}


EVERY_KIND = written_structure, (
    [
        question(1, "DU", "1"), question(2, "S1", "T", 1), question(3, "AT", ":"), question(4, "Y1", "T", 3),
        question(5, "X1", "T", 3, scale_id=1), question(6, "Y1", "T", 3, scale_id=1), question(7, "RK", "R"),
        question(8, "UP", "|"), question(9, "X", "X"), question(10, "EQ", "*"), question(11, "Q5", "5"),
        question(12, "LC", "O"), question(13, "RARO", "§"),
    ],
    [
        entry(1, "DU", "1", "S1", scale_id=0, subquestion="uno", scale="Antes"),
        entry(1, "DU", "1", "S1", scale_id=1, subquestion="uno", scale="Después"),
        entry(3, "AT", ":", "Y1_X1", subquestion1="fila", subquestion2="columna"),
        entry(7, "RK", "R", 1, subquestion="Lugar 1"),
        entry(8, "UP", "|"), entry(8, "UP", "|", "filecount", subquestion="filecount"), entry(9, "X", "X"),
        entry(10, "EQ", "*"), entry(11, "Q5", "5"), entry(12, "LC", "O"),
        entry(12, "LC", "O", "comment", subquestion="Comentario"), entry(13, "RARO", "§"),
        {"qid": "", "title": "", "type": "id"},
    ],
)  # fmt: skip


def every_kind(folder: Path, *options: Any) -> LandedFile:
    make, (questions, fields) = EVERY_KIND
    return make(folder, questions, fields, *options)


def test_every_type_of_question(tmp_path: Path) -> None:
    row = {
        "id": 1, "DU[S1][1]": "A1", "DU[S1][2]": "A2", "AT[Y1_X1]": "3", "RK[1]": "A1", "UP": '[{"name":"x"}]',
        "UP[filecount]": 1, "X": None, "EQ": "Ana", "Q5": "4", "LC": "A1", "LC[comment]": "x", "RARO": "y",
    }  # fmt: skip
    responses = landed(tmp_path, "responses", ("export_responses", {"from": 1}, {"responses": [row]}))
    lime = offline(scored=(ScoredQuestion(question="Q5"),), sex_question=None, free_text=())
    found = rows(lime.chunks([every_kind(tmp_path), responses]))
    questions = found["question"].set_index(["question", "sub_code", "out_of_scope"], drop=False)
    in_scope = found["question"][found["question"].out_of_scope.isna()].set_index(["question", "sub_code"])
    assert in_scope.index.is_unique
    assert in_scope.type.to_dict() == {
        ("DU", ""): "choice", ("DU", "S1"): "choice", ("DU", "S1_1"): "choice", ("DU", "S1_2"): "choice",
        ("AT", ""): "number", ("AT", "Y1"): "number", ("AT", "X1"): "number", ("AT", "Y1_X1"): "number",
        ("RK", ""): "ranking", ("RK", "1"): "ranking", ("UP", ""): "file", ("UP", "filecount"): "number",
        ("X", ""): "note", ("EQ", ""): "text", ("Q5", ""): "choice", ("LC", ""): "choice", ("LC", "comment"): "text",
        ("RARO", ""): "text",
    }  # fmt: skip
    assert list(questions[questions.out_of_scope.notna()].sub_code) == ["Y1"]
    assert in_scope.text[("DU", "S1_2")] == "uno – Después"
    assert in_scope.text[("AT", "Y1_X1")] == "fila – columna"
    answers = found["answer"].set_index(["question", "sub_code"])
    # Each answer has its question, and a text that is only shown is none.
    assert set(answers.index) == set(in_scope.index) & set(answers.index) == {
        ("DU", "S1_1"), ("DU", "S1_2"), ("AT", "Y1_X1"), ("RK", "1"), ("UP", ""), ("UP", "filecount"), ("EQ", ""),
        ("Q5", ""), ("LC", ""), ("LC", "comment"), ("RARO", ""),
    }  # fmt: skip
    kept_out = answers.index[answers.free_text == "true"]
    assert set(kept_out) == {("UP", ""), ("EQ", ""), ("LC", "comment"), ("RARO", "")}
    options = found["question_option"]
    assert list(options[options.question == "Q5"].score) == ["1", "2", "3", "4", "5"]


def test_sex_may_be_asked_in_a_part_of_a_question(site: LimeSurveySimulator, tmp_path: Path) -> None:
    asked = survey(EXIT, sex_question="P02.SQ001", sex_values={"A5": "mujer"})
    found, _ = night(site, tmp_path, surveys=asked)
    assert "mujer" in set(found["response"].sex)


def test_an_answer_edited_on_the_site_arrives_as_it_was_typed(tmp_path: Path) -> None:
    row = recorded("limesurvey/edited_row.json")
    file = landed(tmp_path, "responses", ("export_responses", {"from": 1}, {"responses": [row]}))
    found = rows([chunk_of(offline().chunks([structure(tmp_path), file]), "responses")])
    assert one(found["answer"], question="P07")["value"] == 'Línea 1\r\nLínea "2" 👏 =1+1'
    assert one(found["response"])["submitted_at"] == one(found["response"])["started_at"]


def test_safe_text_enters_and_the_rest_does_not(site: LimeSurveySimulator, tmp_path: Path) -> None:
    found, _ = night(site, tmp_path, surveys=survey(EXIT, free_text=("P04",), safe_text=("P07", "P10", "P03.other")))
    answers = found["answer"]
    kept_out = set(zip(*(answers[answers.free_text == "true"][key] for key in ("question", "sub_code")), strict=True))
    assert kept_out == {("P04", ""), ("P09", ""), ("P10", "other")}
    marked = found["question"][found["question"].free_text == "true"]
    assert set(marked.question) == {"P03", "P04", "P07", "P09", "P10"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scored": (ScoredQuestion(question="P99"),)}, "scored: no se encontró la pregunta «P99»"),
        ({"sex_question": "P77"}, "sex_question: no se encontró la pregunta «P77»"),
        ({"scored": (ScoredQuestion(question="P10"),)}, "no se encontró ningún puntaje en LimeSurvey"),  # all of them 0
        ({"scored": (ScoredQuestion(question="P08"),)}, "no se encontró ningún puntaje en LimeSurvey"),
    ],
)
def test_a_figure_never_hangs_on_a_question_or_score_that_is_not_there(
    site: LimeSurveySimulator, world: World, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    for option in world.surveys[202001].questions[9].options:
        option.score = 0
    asked = survey(EXIT, **changes)
    with pytest.raises(PermanentError, match=words):
        night(site, tmp_path, surveys=asked)
    (named,) = connector(site, surveys=asked).check()
    assert re.search(r"P(99|77|10|08)", named)


# -- the self-test -------------------------------------------------------------------------------------------------


def findings(site: Any, **changes: Any) -> str:
    return "\n".join(connector(site, **changes).check())


def test_the_self_test_names_each_permission(site: LimeSurveySimulator) -> None:
    site.permissions = {"surveys", "responses"}
    assert findings(site).count("no puede leer participantes") == 1
    site.permissions = {"surveys", "participants"}
    assert findings(site).count("no puede exportar respuestas") == 2
    site.permissions = {"surveys"}
    assert len(findings(site).splitlines()) == 3
    site.permissions = set()
    assert findings(site).count("no puede leer la encuesta") == 2


def test_the_self_test_reads_the_surveys(site: LimeSurveySimulator, world: World) -> None:
    assert "no existe en este LimeSurvey" in findings(site, surveys=survey(EXIT, survey_id="999999"))
    assert "no es el número" in findings(site, surveys=survey(EXIT, survey_id="12a"))
    assert "está inactiva" in findings(site, surveys=survey(EXIT, survey_id="202006"))
    spoilt = survey(EXIT, free_text=("P7",), safe_text=("P99",), reached_by="invitation")
    told = findings(site, surveys=spoilt, institution_attribute="attribute_9")
    assert "free_text: no tiene una pregunta única 'P7'" in told
    assert "safe_text: no tiene una pregunta única 'P99'" in told
    assert "no tiene lista de participantes" in told
    assert "no tienen el atributo attribute_9" in findings(site, institution_attribute="attribute_9")
    world.surveys[202001].questions[0].type = "?"
    site._methods["get_question_properties"] = lambda *_: {"status": "Error: Invalid language"}
    told = findings(site, surveys=survey(EXIT, scored=(ScoredQuestion(question="P02"),)))
    assert "no encuentra su idioma base" in told
    world.surveys[202003] = anonymous_survey(world.seed)
    anonymous = survey(EXIT, survey_id="202003", scored=(), sex_question=None, free_text=())
    assert "no guarda fecha y hora" in findings(site, surveys=anonymous)


def test_the_self_test_finds_a_type_nobody_knows(site: LimeSurveySimulator) -> None:
    listed = site._list_questions

    def strange(*args: Any, **kwargs: Any) -> Any:
        return [one | {"type": "§"} if one["title"] == "P07" else one for one in listed(*args, **kwargs)]

    site._methods["list_questions"] = lambda key, sid, gid=None, language=None: strange(key, sid, gid, language)
    assert "P07 es de un tipo que no se conoce" in findings(site, surveys=survey(EXIT))


def test_the_connection_alone(site: LimeSurveySimulator) -> None:
    lime = connector(site)
    assert probe(lime.connection) == []
    assert "no acepta la conexión" in probe(connector(site, password="wr0ng").connection)[0]
    site.permissions = set()
    assert "no ve ninguna encuesta" in probe(lime.connection)[0]
    with Canned(KEY | {"list_surveys": result({"status": "Error: Invalid survey ID"})}) as other:
        assert "no acepta la conexión" in probe(connector(other).connection)[0]


# -- any answer ----------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
HEADINGS = st.sampled_from(
    ["id", "token", "submitdate", "startdate", "P01", "P06", "P03[other]", "P02[SQ001]", "][", "P03[a][b]", ""]
)
ROWS = st.lists(VALUES | st.dictionaries(HEADINGS | st.text(max_size=4), VALUES | st.integers(1, 3), max_size=8))
ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(given_rows=ROWS, keyed=st.booleans())
def test_any_response_is_read_or_counted(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Any], keyed: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    sent = [{"x": row} for row in given_rows] if keyed else given_rows
    file = landed(folder, "responses", ("export_responses", {"from": 1}, {"responses": sent}))
    first = structure(folder)
    lime = offline()
    lime.deliveries([first, file])
    chunks = [chunk for chunk in lime.chunks([first, file]) if chunk.dataset == "responses"]
    positions = [position for chunk in chunks for position in chunk.positions]
    assert len(positions) == len(set(positions)) == len(given_rows)
    for chunk in chunks:
        assert set(chunk.unreadable.values()) <= {"respuesta_sin_id"}
        frames = chunk.rows(range(len(chunk.records)))
        readable = {i for i, record in enumerate(chunk.records) if record} - chunk.unreadable.keys()
        assert set(frames["response"].record if readable else ()) == readable
        if readable:  # records of one identifier are one record: the door counts all but the first as repeated
            by_id = frames["response"].groupby("response_id").record
            assert all(len({chunk.records[i] for i in group}) == 1 for _, group in by_id)
        for frame in frames.values():
            frame.to_csv().encode()  # every value can be written as UTF-8


PEOPLE = st.lists(
    VALUES
    | st.dictionaries(
        st.sampled_from(["tid", "token", "participant_info", "sent", "completed", "emailstatus", "attribute_1"]),
        VALUES | st.integers(1, 3) | st.dictionaries(st.sampled_from(["email", "firstname"]), VALUES),
    )
)


@ANY
@given(people=PEOPLE)
def test_any_participant_is_read_or_counted(tmp_path_factory: pytest.TempPathFactory, people: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("people")
    first, file = structure(folder), landed(folder, "participants", ("list_participants", {}, {"result": people}))
    chunks = [chunk for chunk in offline().chunks([first, file]) if chunk.dataset == "participants"]
    assert sum(len(chunk.records) for chunk in chunks) == len(people)
    rows(chunks)


THINGS = st.lists(
    VALUES
    | st.dictionaries(
        st.sampled_from(["qid", "parent_qid", "title", "type", "question", "aid", "scale_id", "answeroptions"]),
        VALUES | st.integers(0, 2) | st.sampled_from(["L", "1", "A1"]) | st.dictionaries(st.text(max_size=2), VALUES),
    ),
    max_size=6,
)


@ANY
@given(questions=THINGS, fields=THINGS, options=THINGS)
def test_any_questionnaire_is_read(
    tmp_path_factory: pytest.TempPathFactory, questions: list[Any], fields: list[Any], options: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("questions")
    file = written_structure(folder, questions, fields, *options)
    lime = offline(scored=(), sex_question=None)
    lime.deliveries([file])
    chunks = list(lime.chunks([file]))
    listed = [position for chunk in chunks for position in chunk.positions if position.startswith("2#/result/")]
    assert Counter(listed) == Counter(f"2#/result/{place}" for place in range(len(questions)))
    rows(chunks)


def test_numbers_of_thousands_of_digits_are_none() -> None:
    assert [number(value) for value in ("12", 12, "9" * 5_000, "１", "-1", True, None)] == [12, 12, *[None] * 5]
    assert CONTRACT.range_size == 2_000
