import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from fakes import FakeLanding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from the_case import new_world

from trimestre.contracts import load_project
from trimestre.contracts.sources import KoboSource
from trimestre.contracts.surveys import ScoredQuestion, Survey
from trimestre.errors import PermanentError, TransientError
from trimestre.orchestration.provider import get_provider_info
from trimestre.simulators.kobo import KoboSimulator
from trimestre.simulators.kobo_form import form_content
from trimestre.simulators.people import wall_clock
from trimestre.simulators.server import Request, Response, Simulator
from trimestre.sources.base import Connection, Delivery, LandedFile, RecordChunk
from trimestre.sources.kobo import KoboConnector
from trimestre.sources.kobo.calls import dropped
from trimestre.sources.kobo.form import read_form
from trimestre.sources.kobo.rows import instant
from trimestre.sources.registry import connector_for

PROJECT = load_project(Path(__file__).parents[2])
CODE = "salida-taller"
SCORES = {"5": 5, "4": 4, "3": 3, "2": 2, "1": 1}


pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def site() -> Iterator[KoboSimulator]:
    with KoboSimulator(new_world()) as simulator:
        yield simulator


def contract(**changes: Any) -> KoboSource:
    given = {"source": "kobo", "name": "Kobo", "kind": "kobo", "connection": "kobo"}
    return KoboSource.model_validate({**given, "delivers": "snapshot per survey", **changes})


def survey(uid: str = "aPrueba", **changes: Any) -> Survey:
    given: dict[str, Any] = {
        "survey": CODE,
        "name": "Salida",
        "source": "kobo",
        "survey_id": uid,
        "closes_on": date(2020, 6, 30),
        "sex_question": "sexo",
        "sex_values": {"m": "mujer", "h": "hombre", "nb": "no_binario"},
        "scored": [{"question": "satisfaccion", "scores": SCORES}],
    }
    return Survey.model_validate(given | changes)


def connector(
    site: Any, *, token: str | None = None, source: KoboSource | None = None, **changes: Any
) -> KoboConnector:
    form = getattr(site, "form", None)
    asked = survey(**{"uid": form.uid if form else "aPrueba"} | changes)
    project = replace(PROJECT, surveys=(asked,))
    token = token or getattr(site, "token", "abc")
    return KoboConnector(source or contract(), project, Connection(site.url, password=token))


def rows(chunks: Any) -> dict[str, pd.DataFrame]:
    found: dict[str, list[pd.DataFrame]] = {}
    for chunk in chunks:
        for entity, frame in chunk.rows(range(len(chunk.records))).items():
            found.setdefault(entity, []).append(frame.assign(record=[chunk.positions[i] for i in frame.record]))
    return {entity: pd.concat(frames) for entity, frames in found.items()}


def night(site: Any, folder: Path, **changes: Any) -> tuple[dict[str, pd.DataFrame], dict[str, Delivery]]:
    kobo, landing = connector(site, **changes), FakeLanding(folder)
    kobo.fetch(landing)
    return rows(kobo.chunks(landing.files)), {one.dataset: one for one in kobo.deliveries(landing.files)}


def hashes(site: Any, folder: Path, **changes: Any) -> dict[str, bytes]:
    """Response id -> canonical record of a night."""
    kobo, landing = connector(site, **changes), FakeLanding(folder)
    kobo.fetch(landing)
    found: dict[str, bytes] = {}
    for chunk in kobo.chunks(landing.files):
        if chunk.dataset == "responses":
            frame = chunk.rows(range(len(chunk.records)))["response"]
            found |= {row.response_id: chunk.records[row.record] for row in frame.itertuples()}
    return found


def answers_of(found: dict[str, pd.DataFrame], number: int) -> dict[tuple[str, str], tuple[str, str]]:
    frame = found["answer"][found["answer"].response_id == str(number)]
    return {(row.question, row.sub_code): (row.value, row.free_text) for row in frame.itertuples()}


# -- the whole way -------------------------------------------------------------------------------------------------


def test_submissions_come_out_of_the_landed_files(site: KoboSimulator, landing: FakeLanding) -> None:
    kobo = connector(site)
    kobo.fetch(landing)
    assert {(one.dataset, one.scope, one.complete) for one in kobo.deliveries(landing.files)} == {
        ("structure", CODE, True),
        ("responses", CODE, True),
    }
    found = rows(kobo.chunks(landing.files))
    responses = found["response"]
    assert list(responses.response_id) == [str(number) for number in site.form.submissions]
    assert set(responses.complete) == {"true"}
    assert responses.language.isna().all()
    assert set(responses.sex) == {"mujer", "hombre", "no_binario"}
    assert set(found["account"].kind) == {"respondent"}
    assert "account_identity" not in found
    first = responses.iloc[0]
    submitted = next(iter(site.form.submissions.values()))["_submission_time"]
    assert first.submitted_at == f"{submitted}+00:00"
    assert first.started_at.endswith("-05:00")
    assert first.account_ref == f"{site.form.uid}:response:{first.response_id}"
    assert first.record == "1#/results/0"
    assert found["response"].out_of_scope.isna().all()


def test_what_a_submission_becomes(site: KoboSimulator, tmp_path: Path) -> None:
    number = site.submit(
        {
            "acerca/sexo": "m",
            "acerca/edad": "41",
            "satisfaccion": "5",
            "valoracion/_Instructores_as": "4",
            "materiales": "videos foros",
            "temas": [{"temas/tema": "Riesgos", "temas/utilidad": "5"}, {"temas/utilidad": "3"}],
            "uso_videos/uso_videos_horas": "3",
            "lugar": "19.4 -99.1 0 0",
            "comentarios": " Muy  bueno ",
            "ya_no_existe": "x",
            "vacia": "",
            "nula": None,
        }
    )
    found, _ = night(site, tmp_path)
    assert answers_of(found, number) == {
        ("sexo", ""): ("m", "false"),
        ("edad", ""): ("41", "false"),
        ("satisfaccion", ""): ("5", "false"),
        ("_Instructores_as", ""): ("4", "false"),
        ("materiales", "videos"): ("1", "false"),
        ("materiales", "foros"): ("1", "false"),
        ("tema", "1"): ("Riesgos", "true"),
        ("utilidad", "1"): ("5", "false"),
        ("utilidad", "2"): ("3", "false"),
        ("uso_videos_horas", ""): ("3", "false"),
        ("lugar", ""): ("19.4 -99.1 0 0", "true"),
        ("comentarios", ""): ("Muy  bueno", "true"),
        ("ya_no_existe", ""): ("x", "true"),
    }


def test_repeats_in_repeats_and_choices_in_repeats(site: KoboSimulator, tmp_path: Path) -> None:
    content = form_content()
    content["survey"] += [
        {"type": "begin repeat", "name": "a"},
        {"type": "begin repeat", "name": "b"},
        {"type": "select_multiple materiales", "name": "c"},
        {"type": "end repeat"},
        {"type": "end repeat"},
    ]
    site.deploy(content)
    number = site.submit({"a": [{"a/b": [{"a/b/c": "foros"}, {"a/b/c": "videos lecturas"}]}]})
    found, _ = night(site, tmp_path)
    assert list(answers_of(found, number)) == [("c", "1.1.foros"), ("c", "1.2.videos"), ("c", "1.2.lecturas")]


def test_listed_codes_are_free_text(site: KoboSimulator, tmp_path: Path) -> None:
    number = site.submit({"acerca/edad": "41", "satisfaccion": "5"})
    found, _ = night(site, tmp_path, free_text=["edad"])
    assert answers_of(found, number) == {("edad", ""): ("41", "true"), ("satisfaccion", ""): ("5", "false")}


def test_the_questionnaire(site: KoboSimulator, tmp_path: Path) -> None:
    found, _ = night(site, tmp_path / "es")
    questions = found["question"].set_index(["question", "sub_code"])
    whole = [code for code, sub_code in questions.index if not sub_code]
    assert whole == [
        "sexo", "edad", "satisfaccion", "contenido", "_Instructores_as", "materiales", "tema", "utilidad",
        "uso_videos_horas", "uso_lecturas_horas", "uso_foros_horas", "lugar", "comentarios",
    ]  # fmt: skip
    assert questions.loc[("comentarios", "")].text == "Comentarios"
    assert questions.loc[("uso_foros_horas", "")].text == "Foros – Horas"
    assert questions.loc[("materiales", "videos")].text == "Videos"
    assert questions.loc[("contenido", "")].type == "choice"
    assert list(questions.loc[[(code, "") for code in whole]].ordinal) == [str(n) for n in range(1, 14)]
    options = found["question_option"].set_index(["question", "code"])
    assert options.loc[("satisfaccion", "5")].score == "5"
    assert options.loc[("satisfaccion", "5")].label == "Muy alta"
    assert pd.isna(options.loc[("contenido", "5")].score)
    assert "materiales" not in options.index.get_level_values(0)
    english, _ = night(site, tmp_path / "en", source=contract(language="en"))
    texts = english["question"].set_index(["question", "sub_code"]).text
    assert texts[("sexo", "")] == "Sex"
    assert texts[("edad", "")] == "Edad"  # not translated


def test_texts_and_labels_by_language(site: KoboSimulator, tmp_path: Path) -> None:
    content = form_content()
    content["choices"][0]["label"] = ["Muy alta", "Very high"]
    site.deploy(content)
    found, _ = night(site, tmp_path)
    questions = found["question"].set_index(["question", "sub_code"])
    assert json.loads(questions.loc[("sexo", "")].texts) == {"es": "Sexo", "en": "Sex"}
    assert json.loads(questions.loc[("uso_foros_horas", "")].texts) == {"es": "Foros – Horas", "en": "Hours"}
    assert pd.isna(questions.loc[("edad", "")].texts)  # in Spanish only
    options = found["question_option"].set_index(["question", "code"])
    assert json.loads(options.loc[("satisfaccion", "5")].labels) == {"es": "Muy alta", "en": "Very high"}
    assert pd.isna(options.loc[("satisfaccion", "4")].labels)
    types = questions.type[questions.index.get_level_values(1) == ""].droplevel(1).to_dict()
    assert types == {
        "sexo": "choice", "edad": "number", "satisfaccion": "choice", "contenido": "choice",
        "_Instructores_as": "choice", "materiales": "choices", "tema": "text", "utilidad": "choice",
        "uso_videos_horas": "number", "uso_lecturas_horas": "number", "uso_foros_horas": "number", "lugar": "text",
        "comentarios": "text",
    }  # fmt: skip
    assert set(found["question"][found["question"].free_text == "true"].question) == {"tema", "lugar", "comentarios"}


def test_codes_that_yaml_can_not_write_have_names(site: KoboSimulator, tmp_path: Path) -> None:
    content = form_content()
    content["survey"] += [
        {"type": "begin_group", "name": "jefe"},
        {"type": "integer", "name": "edad", "label": ["Edad", None]},
        {"type": "end_group"},
    ]
    site.deploy(content)
    number = site.submit({"acerca/edad": "30", "jefe/edad": "50", "valoracion/_Instructores_as": "4"})
    scored = [{"question": "Instructores_as", "scores": SCORES}, {"question": "jefe.edad", "scores": {"50": 1}}]
    changes = {"scored": scored, "free_text": ["acerca.edad"]}
    found, _ = night(site, tmp_path, **changes)
    options = found["question_option"].set_index(["question", "code"]).score
    assert (options[("_Instructores_as", "4")], options[("jefe/edad", "50")]) == ("4", "1")
    assert answers_of(found, number)[("acerca/edad", "")] == ("30", "true")
    assert answers_of(found, number)[("jefe/edad", "")] == ("50", "false")
    assert [finding for finding in connector(site, **changes).check() if "mismo nombre" not in finding] == []


def test_safe_text_enters_and_the_rest_does_not(site: KoboSimulator, tmp_path: Path) -> None:
    number = site.submit({"comentarios": "Bien", "lugar": "19.4 -99.1 0 0", "nueva": "x"})
    found, _ = night(site, tmp_path, safe_text=["comentarios"])
    assert answers_of(found, number) == {
        ("comentarios", ""): ("Bien", "false"),
        ("lugar", ""): ("19.4 -99.1 0 0", "true"),
        ("nueva", ""): ("x", "true"),
    }
    marked = found["question"].set_index(["question", "sub_code"]).free_text
    assert marked[("comentarios", "")] == "true"


def test_a_type_that_nobody_knows_is_text_and_a_finding(site: KoboSimulator, tmp_path: Path) -> None:
    content = form_content()
    content["survey"].append({"type": "holograma", "name": "nueva", "label": ["Nueva", None]})
    site.deploy(content)
    number = site.submit({"nueva": "x"})
    found, _ = night(site, tmp_path)
    assert answers_of(found, number) == {("nueva", ""): ("x", "true")}
    told = connector(site, free_text=["comentario"], safe_text=["coment"]).check()
    assert sum("holograma" in finding for finding in told) == 1
    assert sum("'comentario'" in finding or "'coment'" in finding for finding in told) == 2


def test_scores_without_options_are_options(site: KoboSimulator, tmp_path: Path) -> None:
    scored = [ScoredQuestion(question="edad", scores={"18": 1, "19": 2.5})]
    found, _ = night(site, tmp_path, scored=scored)
    options = found["question_option"]
    mine = options[options.question == "edad"]
    assert list(zip(mine.code, mine.score, mine.ordinal, strict=True)) == [("18", "1", "1"), ("19", "2.5", "2")]


# -- versions ------------------------------------------------------------------------------------------------------


def test_a_mere_draft_changes_nothing(site: KoboSimulator, tmp_path: Path) -> None:
    def records(folder: str) -> list[bytes]:
        kobo, landing = connector(site), FakeLanding(tmp_path / folder)
        kobo.fetch(landing)
        return [record for chunk in kobo.chunks(landing.files) for record in chunk.records]

    before = records("1")
    content = form_content()
    content["survey"] = [row for row in content["survey"] if row.get("name") != "satisfaccion"]
    content["survey"].append({"type": "integer", "name": "nueva", "label": ["Nueva", None]})
    site.draft(content)
    assert records("2") == before


def test_a_question_may_move_and_older_versions_keep_theirs(site: KoboSimulator, tmp_path: Path) -> None:
    old = site.submit({"satisfaccion": "5", "acerca/edad": "30"})
    content = form_content()
    row = next(row for row in content["survey"] if row.get("name") == "satisfaccion")
    content["survey"].remove(row)
    content["survey"].insert(3, row)  # into the group «acerca»
    content["survey"] = [one for one in content["survey"] if one.get("name") != "edad"]
    site.deploy(content)
    new = site.submit({"acerca/satisfaccion": "4"})
    found, deliveries = night(site, tmp_path)
    assert deliveries["structure"].complete
    assert answers_of(found, old) == {("satisfaccion", ""): ("5", "false"), ("edad", ""): ("30", "false")}
    assert answers_of(found, new) == {("satisfaccion", ""): ("4", "false")}
    questions = found["question"]
    assert list(questions[questions.sub_code == ""].question)[-1] == "edad"  # of an older version only


def test_versions_that_are_not_shown_leave_the_draft(site: KoboSimulator, tmp_path: Path) -> None:
    latest = deepcopy(site.form.versions[0])
    site.form.versions[0].uid = "oculta_1"
    latest.uid, latest.deployed = "borrador", False
    site.form.versions.append(latest)
    for submission in site.form.submissions.values():
        submission["__version__"] = "2016070600 (no es un identificador)"
    found, deliveries = night(site, tmp_path)
    assert deliveries["structure"].complete
    assert "satisfaccion" in set(found["question"].question)


def test_names_alike_keep_their_paths(site: KoboSimulator, tmp_path: Path) -> None:
    content = form_content()
    content["survey"] += [
        {"type": "begin_group", "name": "jefe"},
        {"type": "integer", "name": "edad", "label": ["Edad", None]},
        {"type": "end_group"},
    ]
    site.deploy(content)
    number = site.submit({"acerca/edad": "30", "jefe/edad": "50", "otra/edad": "1"})
    found, _ = night(site, tmp_path / "1")
    assert answers_of(found, number) == {
        ("acerca/edad", ""): ("30", "false"),
        ("jefe/edad", ""): ("50", "false"),
        ("otra/edad", ""): ("1", "true"),
    }
    assert {"acerca/edad", "jefe/edad"} < set(found["question"].question)
    assert any("acerca/edad, jefe/edad" in problem for problem in connector(site).check())
    with pytest.raises(PermanentError, match="se encontraron preguntas «edad»"):
        night(site, tmp_path / "2", sex_question="edad")


def test_two_paths_in_one_submission(site: KoboSimulator, tmp_path: Path) -> None:
    number = site.submit({"antes/edad": "29", "acerca/edad": "30"})
    found, _ = night(site, tmp_path)
    assert answers_of(found, number) == {("edad", ""): ("30", "false"), ("antes/edad", ""): ("29", "true")}


def test_a_question_that_gives_figures_must_be_there(site: KoboSimulator, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="scored: no se encontró la pregunta «P01» en ninguna versión"):
        night(site, tmp_path / "1", scored=[ScoredQuestion(question="P01", scores={"1": 1})])
    with pytest.raises(PermanentError, match="KoboToolbox no los guarda"):
        night(site, tmp_path / "2", scored=[ScoredQuestion(question="satisfaccion")])


# -- edits, deletions, validation ----------------------------------------------------------------------------------


def test_only_what_changed_is_another_record(site: KoboSimulator, tmp_path: Path) -> None:
    first, second, third, fourth, *_ = site.form.submissions
    site.attach(fourth, "foto")
    before = hashes(site, tmp_path / "1")
    site.edit(first, {"satisfaccion": "1"})
    site.judge(second, "on_hold")
    site.delete(third)
    late = site.submit(at=wall_clock(2019, 12, 1))  # imported with its own date: no watermark would see it
    for attachment in site.form.submissions[fourth]["_attachments"]:
        attachment["download_url"] = "https://otro.example/x?signature=1"
    after = hashes(site, tmp_path / "2")
    changed = {number for number in before if number in after and before[number] != after[number]}
    assert changed == {str(first), str(second)}
    assert before.keys() - after.keys() == {str(third)}
    assert after.keys() - before.keys() == {str(late)}


def test_an_edit_takes_the_place_of_what_it_edits(site: KoboSimulator, tmp_path: Path) -> None:
    number = site.submit({"satisfaccion": "5", "comentarios": "a"})
    before, _ = night(site, tmp_path / "1")
    site.edit(number, {"satisfaccion": "2", "comentarios": None})
    after, _ = night(site, tmp_path / "2")
    assert answers_of(after, number) == {("satisfaccion", ""): ("2", "false")}
    same = ["account_ref", "response_id", "submitted_at"]
    old, new = (found["response"].set_index("response_id", drop=False).loc[str(number)] for found in (before, after))
    assert list(old[same]) == list(new[same])


@pytest.mark.parametrize(("rule", "reason"), [("excluded", "no_aprobada"), ("counts", None)])
def test_not_approved(site: KoboSimulator, tmp_path: Path, rule: str, reason: str | None) -> None:
    bad, fine, *_ = site.form.submissions
    site.judge(bad, "not_approved")
    site.judge(fine, "approved")
    found, _ = night(site, tmp_path, source=contract(not_approved=rule))
    for entity in ("account", "response", "answer"):
        frame = found[entity]
        mine = frame.account_ref.str.endswith(f":{bad}")
        assert set(frame[mine].out_of_scope.replace({float("nan"): None})) == {reason}
        assert frame[~mine].out_of_scope.isna().all()


# -- pages ---------------------------------------------------------------------------------------------------------


def test_pages_follow_what_came_and_not_what_was_asked_for(site: KoboSimulator, landing: FakeLanding) -> None:
    site.max_limit = 7  # a server of one's own may cut lower
    kobo = connector(site)
    kobo.fetch(landing)
    assert [answer["parameters"]["start"] for answer in landing.answers("responses")] == [0, 7, 14, 21]
    asked = [parameters for path, parameters in site.requests if path.endswith("/data/")]
    assert {frozenset(parameters) for parameters in asked} == {frozenset({"format", "sort", "start", "limit"})}
    assert {parameters["limit"] for parameters in asked} == {"1000"}
    assert len(rows(kobo.chunks(landing.files))["response"]) == 24


def test_pages_that_shift_once_are_read_again(site: KoboSimulator, landing: FakeLanding) -> None:
    numbers = list(site.form.submissions)

    def shift() -> None:
        site.after_page = lambda: None
        site.delete(numbers[0])

    site.after_page = shift
    kobo = connector(site, source=contract(page_size=10))
    kobo.fetch(landing)
    assert {one.dataset: one.complete for one in kobo.deliveries(landing.files)} == {
        "structure": True,
        "responses": True,
    }
    assert list(rows(kobo.chunks(landing.files))["response"].response_id) == [str(n) for n in numbers[1:]]


def test_pages_that_never_stand_still_are_not_complete(site: KoboSimulator, landing: FakeLanding) -> None:
    def shift() -> None:
        site.delete(next(iter(site.form.submissions)))

    site.after_page = shift
    kobo = connector(site, source=contract(page_size=10))
    kobo.fetch(landing)
    assert not next(one for one in kobo.deliveries(landing.files) if one.dataset == "responses").complete
    sweeps = [answer for answer in landing.answers("responses") if answer["parameters"]["start"] == 0]
    assert len(sweeps) == 2


def test_no_submission_at_all_is_not_complete(site: KoboSimulator, tmp_path: Path) -> None:
    site.form.submissions.clear()
    found, deliveries = night(site, tmp_path)
    assert not deliveries["responses"].complete
    assert "response" not in found


# -- landing -------------------------------------------------------------------------------------------------------


def test_what_is_to_be_dropped_never_lands(site: KoboSimulator, landing: FakeLanding) -> None:
    number = site.submit({"temas": [{"temas/tema": "secreto1"}], "acerca/sexo": "m", "lugar": "secreto2 0"})
    site.attach(number, "secreto3")
    kobo = connector(site, source=contract(drop=["tema", "lugar", "_attachments", "start"]))
    kobo.fetch(landing)
    assert "secreto" not in landing.text()
    assert site.token not in landing.text()
    assert "coordinacion" not in landing.text()
    found = rows(kobo.chunks(landing.files))
    assert answers_of(found, number) == {("sexo", ""): ("m", "false")}
    assert found["response"].started_at.isna().all()


def test_pages_land_as_they_came(site: KoboSimulator, landing: FakeLanding) -> None:
    connector(site).fetch(landing)
    body = landing.answers("responses")[0]["body"]
    assert json.loads(body)["results"] == list(site.form.submissions.values())
    assert "👍" in body or "sobró" in body  # not escaped: the text as it came


def test_dropping_takes_paths_and_last_parts() -> None:
    value = [{"a/b": 1, "b": 2, "c": [{"x/b": 3, "d": 4}]}]
    assert dropped(value, {"b"})
    assert value == [{"c": [{"d": 4}]}]
    assert not dropped(value, {"b"})
    assert dropped(value, {"c"})


def test_the_identifier_can_not_be_dropped() -> None:
    with pytest.raises(ValidationError, match="cualquier campo menos _id"):
        contract(drop=["_id"])
    with pytest.raises(ValidationError):
        contract(page_size=1001)


# -- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_failures_are_waited_for(site: KoboSimulator, tmp_path: Path, status: int) -> None:
    site.fail_next(2, status=status, headers={"Retry-After": "0"})
    found, _ = night(site, tmp_path)
    assert len(found["response"]) == 24


def test_failures_that_stay_are_transient_and_say_when_to_come_back(site: KoboSimulator, landing: FakeLanding) -> None:
    site.fail_next(9, status=429, headers={"Retry-After": "240"})
    with pytest.raises(TransientError, match="estado HTTP 429") as caught:
        connector(site).fetch(landing)
    assert caught.value.retry_after == 240


def _bad_token(site: KoboSimulator) -> dict[str, Any]:
    return {"token": "equivocada"}


def _no_such_project(site: KoboSimulator) -> dict[str, Any]:
    return {"uid": "aNoExiste"}


def _not_shared(site: KoboSimulator) -> dict[str, Any]:
    site.form.viewable = False
    return {}


def _not_readable(site: KoboSimulator) -> dict[str, Any]:
    site.form.readable = False
    return {}


def _draft_only(site: KoboSimulator) -> dict[str, Any]:
    site.form.versions[0].deployed = False
    return {}


def _encrypted(site: KoboSimulator) -> dict[str, Any]:
    site.form.encrypted = True
    return {}


REFUSALS = [
    (_encrypted, "se encontraron envíos cifrados", "están cifrados"),
    (_bad_token, "clave (token) rechazada", "no acepta la conexión: la clave (token) no es válida"),
    (_no_such_project, "no existe, o la cuenta no tiene permiso", "no existe o la cuenta no tiene permiso"),
    (_not_shared, "no existe, o la cuenta no tiene permiso", "no existe o la cuenta no tiene permiso"),
    (_not_readable, "no existe, o la cuenta no tiene permiso", "no existe o la cuenta no tiene permiso"),
    (_draft_only, "formulario en borrador", "no se ha implementado"),
    (
        lambda site: {"uid": "a b/../c"},
        "el identificador del proyecto",
        "no es un identificador de KoboToolbox",
    ),
    (
        lambda site: {"token": "con espacio"},
        "una clave (token) que sirva",
        "Revise la dirección y la clave",
    ),
]


@pytest.mark.parametrize(("spoil", "message", "finding"), REFUSALS)
def test_refusals_are_permanent_and_found_by_the_check(
    site: KoboSimulator, landing: FakeLanding, spoil: Any, message: str, finding: str
) -> None:
    changes = spoil(site)
    with pytest.raises(PermanentError) as caught:
        connector(site, **changes).fetch(landing)
    assert message in str(caught.value)
    assert "equivocada" not in str(caught.value)
    findings = connector(site, **changes).check()
    assert len(findings) == 1
    assert finding in findings[0]


def test_a_sound_source_has_no_findings(site: KoboSimulator) -> None:
    assert connector(site).check() == []
    assert {parameters.get("limit", "1") for _, parameters in site.requests} == {"1"}


def test_the_check_reads_the_form(site: KoboSimulator) -> None:
    content = form_content()
    content["choices"].append({"list_name": "materiales", "name": "guía en papel", "label": ["Guía", None]})
    site.deploy(content)
    scored = [ScoredQuestion(question="P01")]
    findings = "\n".join(connector(site, source=contract(language="fr"), scored=scored).check())
    assert "opciones cuyo nombre lleva espacios" in findings
    assert "P01 no tiene puntajes" in findings
    assert "no tiene una pregunta única 'P01'" in findings
    assert "no tiene el idioma 'fr'" in findings


class Canned(Simulator):
    """Answers every call with the same."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response

    def answer(self, request: Request) -> Response:
        return self.response


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (Response(b"<html>Enketo</html>", "text/html"), TransientError),
        (Response(b'{"count": 3, "results": [{"_id"'), TransientError),
        (Response(b"[]"), TransientError),
        (Response(b"\xff\xfe{}"), TransientError),
        (Response(b"{}"), TransientError),  # an asset it may be, a page it is not
        (Response(b'{"count": true, "results": []}'), TransientError),
        (Response(b"[" * 100_000), TransientError),
        (Response(b"", status=301, headers={"Location": "/"}), PermanentError),
        (Response(b'{"detail":"x"}', status=403), PermanentError),
        (Response(b'{"limit":["x"]}', status=400), PermanentError),
        (Response(b"", status=500), TransientError),
    ],
)
def test_answers_of_another_form(response: Response, error: type[Exception], landing: FakeLanding) -> None:
    with Canned(response) as site, pytest.raises(error) as caught:
        connector(site).fetch(landing)
    assert site.url not in str(caught.value)


def test_an_address_with_the_api_in_it_is_one(site: KoboSimulator, landing: FakeLanding) -> None:
    kobo = connector(site)
    kobo.connection = Connection(f"{site.url}/api/v2/", password=f"Token {site.token}")
    kobo.fetch(landing)
    assert len(rows(kobo.chunks(landing.files))["response"]) == 24


def test_the_project_knows_the_kind(tmp_path: Path) -> None:
    project = replace(PROJECT, sources={"kobo": contract()}, surveys=(survey(),))
    made = connector_for(project, "kobo", drop=tmp_path, connection=Connection("https://kf.example", password="x"))
    assert isinstance(made, KoboConnector)
    assert list(made.surveys) == [CODE]


def test_airflow_offers_the_connection_in_spanish() -> None:
    types = {one["connection-type"]: one for one in get_provider_info()["connection-types"]}
    assert types["kobo"]["hook-name"] == "KoboToolbox"
    fields = types["kobo"]["ui-field-behaviour"]
    assert fields["relabeling"]["password"] == "Clave (token) de la API"
    assert "login" in fields["hidden-fields"]


# -- any submission ------------------------------------------------------------------------------------------------


def written(folder: Path, submissions: list[Any], content: Any = None, pages: int = 1) -> list[LandedFile]:
    """Landed files of one survey, written by hand."""
    landing = FakeLanding(folder)
    with landing.open_answers("structure", CODE) as writer:
        asset = {"uid": "aPrueba", "content": form_content() if content is None else content}
        writer.write("asset", {"uid": "aPrueba"}, 200, json.dumps(asset))
    with landing.open_answers("responses", CODE) as writer:
        size = max(1, -(-len(submissions) // pages))
        for start in range(0, len(submissions), size):
            page = {"count": len(submissions), "results": submissions[start : start + size]}
            writer.write("data", {"start": start}, 200, json.dumps(page))
    return landing.files


def read(folder: Path, submissions: list[Any], content: Any = None, **changes: Any) -> list[RecordChunk]:
    kobo = KoboConnector(contract(), replace(PROJECT, surveys=(survey(**changes),)), Connection("https://x.example"))
    files = written(folder, submissions, content, pages=2)
    kobo.deliveries(files)
    return list(kobo.chunks(files))


KEYS = st.sampled_from(
    [
        "_id", "_id", "_uuid", "__version__", "_version__001", "meta/rootUuid", "_validation_status", "_attachments",
        "_submission_time", "start", "materiales", "temas", "acerca/sexo", "sexo", "x/edad", "lugar", "uso", "a/", "",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
SUBMISSIONS = st.lists(
    VALUES | st.dictionaries(KEYS | st.text(max_size=4), VALUES | st.integers(0, 3), max_size=8), max_size=6
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(submissions=SUBMISSIONS)
def test_any_submission_is_read_or_counted(tmp_path_factory: pytest.TempPathFactory, submissions: list[Any]) -> None:
    chunks = [c for c in read(tmp_path_factory.mktemp("any"), submissions) if c.dataset == "responses"]
    positions = [position for chunk in chunks for position in chunk.positions]
    assert len(positions) == len(set(positions)) == len(submissions)
    for chunk in chunks:
        assert all(chunk.records)
        assert set(chunk.unreadable.values()) <= {"objeto_sin_id"}
        frames = chunk.rows(range(len(chunk.records)))
        readable = set(range(len(chunk.records))) - chunk.unreadable.keys()
        assert set(frames["response"].record if readable else ()) == readable
        # Records of one identifier are one record: the door counts all but the first as repeated.
        if readable:
            by_id = frames["response"].groupby("response_id").record
            assert all(len({chunk.records[i] for i in group}) == 1 for _, group in by_id)
        for frame in frames.values():
            frame.to_csv().encode()  # every value can be written as UTF-8
    count = sum(len(chunk.records) for chunk in chunks)
    assert count == len(submissions)


@given(
    content=VALUES
    | st.fixed_dictionaries(
        {
            "survey": st.lists(
                st.dictionaries(
                    st.sampled_from(["type", "name", "$autoname", "label", "select_from_list_name"]),
                    VALUES | st.sampled_from(["begin_group", "end_group", "begin_kobomatrix", "select_one a", "text"]),
                )
                | VALUES,
                max_size=6,
            ),
            "choices": VALUES,
            "translations": VALUES,
            "settings": VALUES,
        }
    )
)
def test_any_form_is_read(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    chunks = read(
        tmp_path_factory.mktemp("form"),
        [{"_id": 1, "a": "b"}],
        content if content else {},
        sex_question=None,
        scored=[],
    )
    frames = rows(chunks)
    assert list(frames["response"].response_id) == ["1"]


def test_the_later_state_of_a_submission_read_twice_holds(tmp_path: Path) -> None:
    twice = [{"_id": 7, "satisfaccion": "1"}, {"_id": 8}, {"_id": 7, "satisfaccion": "5"}]
    chunk = next(c for c in read(tmp_path, twice) if c.dataset == "responses")
    assert chunk.positions == ["1#/results/1", "2#/results/0", "1#/results/0"]
    assert chunk.records[1] == chunk.records[2] != chunk.records[0]
    assert set(answers_of(chunk.rows(range(3)), 7).values()) == {("5", "false")}


def test_labels_of_an_untranslated_form() -> None:
    content = {
        "survey": [{"type": "select_one", "$autoname": "_Qu", "label": [None], "select_from_list_name": "l"}],
        "choices": [{"list_name": "l", "$autovalue": "s_", "label": [" Sí <br/> claro "]}, {"list_name": "l"}],
        "translations": [None],
    }
    form = read_form(content, "1#/content", "es")
    assert form.questions[0].options[0].translations == {"und": "Sí claro"}
    assert form.questions[0].options[0].labels is None
    assert [(q.name, q.label, q.position) for q in form.questions] == [("_Qu", None, "1#/content/survey/0")]
    assert [(option.code, option.label) for option in form.questions[0].options] == [("s_", "Sí claro")]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2019-07-19T22:47:15", "2019-07-19T22:47:15+00:00"),
        ("2016-03-14T14:15:48.000-04:00", "2016-03-14T14:15:48-04:00"),
        ("2020-05-04T15:00:00Z", "2020-05-04T15:00:00+00:00"),
        ("2020-13-45T15:00:00", "2020-13-45T15:00:00"),
        ("ayer", "ayer"),
        (None, None),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_instants(value: Any, wanted: str | None) -> None:
    assert instant(value, UTC) == wanted


def test_a_device_without_offset_is_in_the_zone_of_the_source() -> None:
    assert instant("2020-05-04T15:00:00", ZoneInfo("America/Mexico_City")) == "2020-05-04T15:00:00-05:00"
