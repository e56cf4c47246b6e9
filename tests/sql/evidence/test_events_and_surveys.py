"""Attendances, responses and scored answers."""

from typing import Any

import pytest
from given import SCORED, Given, figures, indicator, local

ATTENDEES = indicator("attendees")
RESPONSE_RATE = indicator("response rate")
SATISFACTION = indicator("satisfaction")
AFTER_CLOSE = "despues_del_cierre_de_la_encuesta"


def attendee(given: Given, name: str, person: str | None = None, **values: Any) -> None:
    given.account(name, "eventos", person)
    given.present(name, **values)


def respondent(given: Given, name: str, person: str | None = None, **person_values: Any) -> None:
    given.account(name, "encuestas", person, **person_values)


def test_somebody_on_the_list_twice_attended_once(given: Given) -> None:
    attendee(given, "work mail", registered_at=local("2020-05-27 10:05"))
    attendee(given, "home mail", "work mail", registered_at=local("2020-05-27 10:00"))
    assert given.reasons(ATTENDEES) == {"work mail": "otra_cuenta_de_la_persona", "home mail": None}
    assert given.total(indicator("attendees", measure="count")) == given.total(ATTENDEES) == 1


def test_an_event_belongs_to_the_quarter_of_its_local_day(given: Given) -> None:
    from datetime import date

    given.put("event", "framework", event="EV-2", name="E", held_on=date(2020, 6, 30), line="L2")
    given.account("ana", "eventos")
    given.present("ana", event="EV-2", registered_at=local("2020-06-30 23:30"))
    assert given.total(ATTENDEES, "2020-Q2") == 1
    assert given.total(ATTENDEES, "2020-Q3") == 0


def test_an_attendance_list_without_sex_leaves_women_and_men_not_available(given: Given) -> None:
    attendee(given, "x", organisation_type="academia")
    attendee(given, "y", organisation_type="sociedad civil")
    cells = given.cells(ATTENDEES)
    assert figures(cells, "sex") == {"mujer": None, "hombre": None, "no_especificado": 2}
    assert figures(cells, "organisation_type") == {"academia": 1, "sociedad civil": 1}
    assert cells["total", "total"].value == 2


def test_who_is_struck_from_the_list_did_not_attend(given: Given) -> None:
    attendee(given, "x")
    attendee(given, "y")
    given.next_night()
    given.vanish("attendance", "eventos", "x", event="EV-1")
    assert given.reasons(ATTENDEES) == {"y": None}


def test_the_response_rate_counts_complete_responses_in_time_of_people_who_attended(given: Given) -> None:
    for name in ("in time", "late", "incomplete", "withdrawn", "undated", "silent"):
        attendee(given, name)
        respondent(given, f"{name} r", name)
    respondent(given, "did not attend")
    given.response("in time r", "S-EV", "2020-06-30 23:59:59")
    given.response("late r", "S-EV", "2020-07-01 00:00")
    given.response("incomplete r", "S-EV", None, complete=False)
    given.response("withdrawn r", "S-EV", "2020-06-01 10:00")
    given.response("undated r", "S-EV", None)
    given.response("did not attend", "S-EV", "2020-06-01 10:00")
    given.next_night()
    given.vanish("response", "encuestas", "withdrawn r", survey="S-EV", response_id="withdrawn r")
    assert {name for name, row in given.rows(RESPONSE_RATE).items() if row["hit"]} == {"in time", "undated"}
    assert given.total(RESPONSE_RATE) == 33.3


def test_no_response_rate_comes_from_a_survey_that_was_never_delivered(given: Given) -> None:
    """The survey's platform was down: that is not a rate of zero."""
    attendee(given, "x")
    assert given.total(RESPONSE_RATE) is None
    assert given.total(ATTENDEES) == 1
    given.put(
        "question", "encuestas", survey="S-EV", question="P01", sub_code="", type="choice", ordinal=1, free_text=False
    )  # delivered, and nobody answered
    assert given.total(RESPONSE_RATE) == 0


def answered(given: Given, name: str, answer: str | None, at: str | None = "2020-06-01 10:00", **values: Any) -> None:
    respondent(given, name)
    given.response(name, "S-ED", at, answer=answer, **values)


def test_a_mean_is_of_complete_answers_in_time_and_tells_why_others_are_left_out(given: Given) -> None:
    given.scores(A1=1, A4=4, A5=5)
    answered(given, "five", "A5")
    answered(given, "four", "A4", "2020-06-30 23:59:59")
    answered(given, "late", "A1", "2020-07-01 00:00")
    answered(given, "incomplete", "A1", None, complete=False)
    answered(given, "skipped", None)
    answered(given, "withdrawn", "A1")
    answered(given, "undated", "A4", None)
    given.next_night()
    given.vanish("response", "encuestas", "withdrawn", survey="S-ED", response_id="withdrawn")
    assert given.reasons(SATISFACTION) == {
        "five": None,
        "four": None,
        "late": AFTER_CLOSE,
        "incomplete": "respuesta_incompleta",
        "skipped": "sin_respuesta",
        "undated": None,
    }
    total = given.cells(SATISFACTION)["total", "total"]
    assert (float(total.value or 0), total.n, total.excluded) == (4.33, 3, 3)


@pytest.mark.parametrize("attribution", ["edition", "event"])
def test_answers_without_a_date_to_an_events_survey_do_not_disappear(given: Given, attribution: str) -> None:
    """They belong to the event's quarter: counted by edition, told as undated by event."""
    asked = indicator("satisfaction", parameters={**SCORED, "survey": "S-EV"}, attribution=attribution)
    given.scores("S-EV", A5=5)
    respondent(given, "undated")
    given.response("undated", "S-EV", None, answer="A5")
    respondent(given, "incomplete")
    given.response("incomplete", "S-EV", None, complete=False)
    assert given.reasons(asked) == {
        "undated": None if attribution == "edition" else "sin_fecha",
        "incomplete": "respuesta_incompleta",
    }
    assert given.reasons(asked, "2020-Q3") == {}


def test_a_response_date_of_1980_is_no_date(given: Given) -> None:
    given.scores(A5=5)
    answered(given, "x", "A5", "1980-01-01 00:00")
    assert given.reasons(SATISFACTION) == {"x": None}
    assert given.reasons(indicator("satisfaction", attribution="event")) == {"x": "sin_fecha"}


def test_a_score_changed_later_changes_the_mean_but_not_at_old_pins(given: Given) -> None:
    given.scores(A5=5)
    answered(given, "x", "A5")
    before = given.pins()
    given.next_night()
    given.scores(A5=10)
    assert given.total(SATISFACTION) == 10
    assert given.total(SATISFACTION, pins=before) == 5


def test_the_sex_answered_in_a_survey_is_taken_only_where_no_source_tells_another(given: Given) -> None:
    given.scores(A5=5)
    for name, person_sex, answer_sex in (
        ("answered", "no_especificado", "mujer"),
        ("known", "hombre", None),
        ("known and answered", "hombre", "mujer"),
        ("no answer", "no_especificado", None),
        ("unknown code", "no_especificado", "Z"),
    ):
        respondent(given, name, sex=person_sex)
        given.response(name, "S-ED", "2020-06-01 10:00", answer="A5", sex=answer_sex)
    assert {name: row["sex"] for name, row in given.rows(SATISFACTION).items()} == {
        "answered": "mujer",
        "known": "hombre",
        "known and answered": "hombre",
        "no answer": "no_especificado",
        "unknown code": "no_especificado",
    }


def test_a_person_whose_sources_contradict_each_other_gets_no_sex_from_a_survey(given: Given) -> None:
    given.scores(A5=5)
    respondent(given, "x", sex="no_especificado", sex_known=True, sex_conflict=True)
    given.response("x", "S-ED", "2020-06-01 10:00", answer="A5", sex="mujer")
    assert given.rows(SATISFACTION)["x"]["sex"] == "no_especificado"


def test_a_person_who_answers_twice_with_two_sexes_stands_in_no_sexs_cell(given: Given) -> None:
    given.scores(A5=5)
    respondent(given, "x-1")
    respondent(given, "x-2", "x-1")
    given.response("x-1", "S-ED", "2020-06-01 10:00", answer="A5", sex="mujer")
    given.response("x-2", "S-ED", "2020-06-01 11:00", answer="A5", sex="hombre")
    persons = given.cells(indicator("satisfaction", measure="persons"))
    assert persons["total", "total"].value == 1
    assert sum(cell.value or 0 for (kind, _), cell in persons.items() if kind == "sex") == 1


def test_a_mean_of_few_is_marked_as_not_representative(given: Given) -> None:
    asked = indicator("satisfaction", representative={"denominator": "enrolments_entered", "min_rate": 0.6})
    given.scores(A4=4, A5=5)
    for number in range(5):
        given.learner(f"l{number}")
    given.learner("of another edition", "ED-B")
    answered(given, "one", "A4")
    total = given.cells(asked)["total", "total"]
    assert (float(total.value or 0), float(total.response_rate or 0), total.obs_status) == (4, 0.2, "no_representativo")
    answered(given, "two", "A5")
    answered(given, "three", "A5")
    total = given.cells(asked)["total", "total"]
    assert (float(total.response_rate or 0), total.obs_status) == (0.6, "normal")


# -- several responses of one account ----------------------------------------------------------------------------


def by_response(given: Given, **how: Any) -> dict[str, str | None]:
    """Response -> why it is excluded."""
    return {row["evidence_key"].split("/")[1]: row["excluded"] for row in given.gathered(SATISFACTION, **how)}


@pytest.mark.parametrize(
    ("repeated", "counted", "mean"), [("first", {"1"}, 1), ("last", {"10"}, 5), ("all", {"1", "9", "10"}, 3)]
)
def test_of_several_responses_to_one_invitation_those_count_that_the_survey_says(
    given: Given, repeated: str, counted: set[str], mean: float
) -> None:
    """Response 10 came in the same second as 9, and is the later one."""
    given.survey("S-ED", repeated=repeated)
    given.scores(A1=1, A3=3, A5=5)
    respondent(given, "ana")
    for response_id, answer, at in (("9", "A3", "11:00"), ("10", "A5", "11:00"), ("1", "A1", "10:00")):
        given.response("ana", "S-ED", f"2020-06-01 {at}", response_id, answer=answer)
    told = by_response(given)
    assert {name for name, reason in told.items() if reason is None} == counted
    assert {reason for reason in told.values() if reason} <= {"respuesta_repetida"}
    assert given.total(SATISFACTION) == mean


@pytest.mark.parametrize("repeated", ["first", "last"])
def test_a_response_that_does_not_count_takes_no_ones_place(given: Given, repeated: str) -> None:
    """Incomplete, late or withdrawn: the one in time counts, whichever came first."""
    given.survey("S-ED", repeated=repeated)
    given.scores(A5=5)
    respondent(given, "ana")
    given.response("ana", "S-ED", "2020-06-05 10:00", "good", answer="A5")
    given.response("ana", "S-ED", "2020-06-01 10:00", "withdrawn", answer="A5")
    given.response("ana", "S-ED", None, "incomplete", complete=False)
    given.response("ana", "S-ED", "2020-07-02 10:00", "late", answer="A5")
    given.next_night()
    given.vanish("response", "encuestas", "ana", survey="S-ED", response_id="withdrawn")
    assert by_response(given) == {"good": None, "incomplete": "respuesta_incompleta", "late": AFTER_CLOSE}


@pytest.mark.parametrize("repeated", ["first", "last"])
def test_a_response_without_a_date_yields_to_one_that_has_one(given: Given, repeated: str) -> None:
    given.survey("S-ED", repeated=repeated)
    given.scores(A5=5)
    respondent(given, "ana")
    given.response("ana", "S-ED", None, "undated", answer="A5")
    given.response("ana", "S-ED", "1980-01-01 00:00", "of 1980", answer="A5")
    given.response("ana", "S-ED", "2020-06-05 10:00", "dated", answer="A5")
    assert {name for name, reason in by_response(given).items() if reason is None} == {"dated"}


def test_the_last_response_counts_even_where_it_skips_the_question(given: Given) -> None:
    given.scores(A5=5)
    respondent(given, "ana")
    given.response("ana", "S-ED", "2020-06-01 10:00", "1", answer="A5")
    given.response("ana", "S-ED", "2020-06-02 10:00", "2")
    assert by_response(given) == {"1": "respuesta_repetida", "2": "sin_respuesta"}


def test_responses_of_different_accounts_and_surveys_do_not_repeat_each_other(given: Given) -> None:
    """Two invitations of one person are two; anonymous responses have an account each."""
    given.scores(A5=5)
    for name in ("ana-1", "ana-2"):
        respondent(given, name, "ana-1")
        given.response(name, "S-ED", "2020-06-01 10:00", name, answer="A5")
    given.response("ana-1", "S-EV", "2020-06-02 10:00", "of the event", answer="A5")
    assert set(by_response(given).values()) == {None}
    assert len(by_response(given)) == 2
