"""What YAML names in a questionnaire, and what of its answers may enter the warehouse."""

import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimestre.contracts.surveys import Survey
from trimestre.errors import PermanentError
from trimestre.sources.questionnaire import (
    FREE_TYPES,
    KOBO_TYPES,
    LIMESURVEY_TYPES,
    QUESTION_TYPES,
    FreeText,
    by_language,
    language_code,
    named,
    plain,
    question_type,
    resolved,
    scores_of,
    unknown_names,
    written,
)

PARTS = {
    "P01": [], "P1": ["1", "2"], "P11": [], "P03": ["SQ001", "other"], "P10": ["other"], "_Que_tan": [],
    "jefe/edad": [], "acerca/edad": [], "grupo/_a ño": [], "materiales": ["videos"],
}  # fmt: skip


def survey(**changes: Any) -> Survey:
    base = {"survey": "s", "name": "S", "source": "x", "survey_id": "1", "closes_on": date(2020, 6, 30)}
    return Survey.model_validate(base | changes)


def test_every_type_is_one_the_warehouse_knows_and_an_unknown_one_stays_out() -> None:
    assert set(LIMESURVEY_TYPES.values()) | set(KOBO_TYPES.values()) == set(QUESTION_TYPES)
    assert question_type(LIMESURVEY_TYPES, "§") in FREE_TYPES
    assert question_type(KOBO_TYPES, "") in FREE_TYPES
    assert question_type(LIMESURVEY_TYPES, "*") in FREE_TYPES  # an equation may hold a participant's name


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("P01", [("P01", "")]),
        ("P03other", [("P03", "other")]),
        ("P03.other", [("P03", "other")]),
        ("P11", [("P11", "")]),  # not the part 1 of P1
        ("P1.1", [("P1", "1")]),
        ("P12", [("P1", "2")]),
        ("Que_tan", [("_Que_tan", "")]),
        ("jefe.edad", [("jefe/edad", "")]),
        ("edad", [("jefe/edad", ""), ("acerca/edad", "")]),
        ("a__o", [("grupo/_a ño", "")]),
        ("materiales.videos", [("materiales", "videos")]),
        ("P99", []),
        ("P03.", []),
    ],
)
def test_what_a_code_in_yaml_means(name: str, wanted: list[tuple[str, str]]) -> None:
    assert named(name, PARTS) == wanted


@given(st.text(max_size=100))
def test_every_code_of_a_platform_has_a_name_that_yaml_accepts(code: str) -> None:
    name = written(code)
    assert name == "" or re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]{0,79}", name)
    if name:
        assert (code, "") in named(name, {code: []})


def test_figures_hang_on_one_question() -> None:
    assert resolved(survey(), "scored", "P03other", PARTS) == ("P03", "other")
    with pytest.raises(PermanentError, match=r"no se encontró la pregunta «P99».*se esperaba una de: P01, P1"):
        resolved(survey(), "scored", "P99", PARTS)
    with pytest.raises(PermanentError, match=r"se encontraron preguntas «edad».*jefe.edad, acerca.edad"):
        resolved(survey(), "sex_question", "edad", PARTS)


def test_the_parts_of_a_question_have_the_same_scores() -> None:
    same = [{"question": "P03SQ001", "scores": {"Y": 1}}, {"question": "P03", "scores": {"Y": 1}}]
    assert scores_of(survey(scored=same), PARTS) == {"P03": {"Y": 1}}
    same[1]["scores"] = {"Y": 2}
    with pytest.raises(PermanentError, match="los mismos para toda la pregunta"):
        scores_of(survey(scored=same), PARTS)


def test_free_text_stays_out_unless_its_very_name_is_safe() -> None:
    rule = FreeText(survey(free_text=["P01", "edad"], safe_text=["P10", "P11", "P03.other"]), PARTS)
    assert rule.kept_out("P01", free=False)
    assert rule.marked("P01", free=False)
    assert rule.kept_out("jefe/edad", free=False)
    assert rule.kept_out("acerca/edad", free=False)
    assert rule.kept_out("materiales", free=True)
    assert not rule.kept_out("P11", free=True)
    assert rule.marked("P11", free=True)
    assert rule.kept_out("P1", "1", free=True)  # P11 is a question of its own
    assert not rule.kept_out("P03", "other", free=True, extra=True)
    # A question being safe says nothing of what people write beside its options.
    assert rule.kept_out("P10", "other", free=True, extra=True)
    # What names two questions makes neither safe, and both kept out.
    twice = FreeText(survey(safe_text=["edad"]), PARTS)
    assert twice.kept_out("jefe/edad", free=True)
    assert unknown_names(survey(free_text=["edad", "P99"], safe_text=["P01", "X"]), PARTS) == [
        ("free_text", "P99"), ("safe_text", "X"),
    ]  # fmt: skip
    assert unknown_names(survey(safe_text=["edad"]), PARTS) == [("safe_text", "edad")]


def test_texts_by_language() -> None:
    assert [language_code(name) for name in ("Español (es)", "es-MX", "English", None, "X ()")] == [
        "es", "es-MX", "English", "und", "X ()",
    ]  # fmt: skip
    assert by_language([("es", "uno"), ("en", None)]) is None
    assert json.loads(by_language([("es", "uno"), ("en", "one"), ("es", "otro")]) or "") == {"es": "uno", "en": "one"}


@given(st.text() | st.text(alphabet="<![x]>/a &#;-?p ", max_size=30))
def test_any_text_loses_its_tags_and_nothing_breaks(value: str) -> None:
    found = plain(value)
    assert found is None or (found == found.strip() and found.encode())


def test_html_that_is_none() -> None:
    assert plain("<![x[ y ]]> ¿Cómo?") == "¿Cómo?"
    assert plain("a < b & c > d") == "a < b & c > d"
