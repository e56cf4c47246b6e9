"""Invitations: the denominator of a response rate, and what nobody can calculate."""

import pytest
from given import SCORED, Given, figures, indicator, local

RATE = indicator("invitation response rate")
SATISFACTION = indicator("satisfaction", parameters={**SCORED, "survey": "S-IN"})
OTHER_ACCOUNT = "otra_cuenta_de_la_persona"
AFTER_CLOSE = "despues_del_cierre_de_la_encuesta"
OPEN_LINK = "enlace_abierto"


@pytest.fixture
def survey(given: Given) -> Given:
    """A survey of edition ED-A, reached by invitation."""
    given.survey("S-IN", edition="ED-A", reached_by="invitation")
    return given


def invited(given: Given, name: str, *, person: str | None = None, sex: str | None = None, **values: object) -> None:
    given.account(name, "encuestas", person, **({"sex": sex} if sex else {}))
    given.invited(name, **values)


def test_the_rate_is_of_delivered_invitations_answered_in_time(survey: Given) -> None:
    for name in ("in time", "at the last second", "late", "incomplete", "withdrawn", "undated", "silent"):
        invited(survey, name)
    invited(survey, "never sent", sent=None)
    survey.account("uninvited", "encuestas")
    survey.response("in time", "S-IN", "2020-06-10 10:00")
    survey.response("at the last second", "S-IN", "2020-06-30 23:59:59")
    survey.response("late", "S-IN", "2020-07-01 00:00")
    survey.response("incomplete", "S-IN", None, complete=False)
    survey.response("withdrawn", "S-IN", "2020-06-10 10:00")
    survey.response("undated", "S-IN", None)
    survey.response("never sent", "S-IN", "2020-06-10 10:00")
    survey.response("uninvited", "S-IN", "2020-06-10 10:00")
    survey.next_night()
    survey.vanish("response", "encuestas", "withdrawn", survey="S-IN", response_id="withdrawn")
    rows = survey.rows(RATE)
    assert {name for name, row in rows.items() if row["hit"]} == {"in time", "at the last second", "undated"}
    assert "never sent" not in rows
    total = survey.cells(RATE)["total", "total"]
    assert (float(total.value or 0), total.numerator, total.denominator) == (42.9, 3, 7)


def test_a_person_invited_twice_is_one_and_answers_with_either_account(survey: Given) -> None:
    invited(survey, "first", sent="2020-06-01 09:00", sex="mujer")
    invited(survey, "second", person="first", sent="2020-06-08 09:00", sex="mujer")
    invited(survey, "luis", sex="hombre")
    survey.response("second", "S-IN", "2020-06-10 10:00")
    assert survey.reasons(RATE) == {"first": None, "second": OTHER_ACCOUNT, "luis": None}
    assert survey.total(RATE) == 50
    assert figures(survey.cells(RATE), "sex") == {"mujer": 100, "hombre": 0}


def test_who_is_struck_from_the_list_was_not_invited_and_who_is_invited_too_late_could_not_answer(
    survey: Given,
) -> None:
    for name in ("kept", "struck"):
        invited(survey, name)
    invited(survey, "too late", sent="2020-07-02 09:00")
    invited(survey, "date unknown", sent=None, delivered=True)
    survey.response("kept", "S-IN", "2020-06-10 10:00")
    survey.next_night()
    survey.vanish("invitation", "encuestas", "struck", target_kind="survey", target="S-IN")
    assert survey.reasons(RATE) == {"kept": None, "too late": AFTER_CLOSE, "date unknown": None}


def test_another_surveys_invitations_are_not_its_own(survey: Given) -> None:
    invited(survey, "x")
    survey.account("other", "encuestas")
    survey.invited("other", "S-ED")
    survey.put(
        "invitation",
        "encuestas",
        account_key=next(k for k, name in survey.names.items() if name == "other"),
        target_kind="edition",
        target="S-IN",
        delivered=True,
        sent_at=local("2020-06-01 09:00"),
    )
    survey.response("x", "S-IN", "2020-06-10 10:00")
    assert set(survey.rows(RATE)) == {"x"}


def test_no_rate_comes_from_a_survey_that_was_never_delivered(survey: Given) -> None:
    invited(survey, "x")
    total = survey.cells(RATE)["total", "total"]
    assert (total.value, total.obs_status, total.n) == (None, "n_d", 1)
    survey.put(
        "question", "encuestas", survey="S-IN", question="P01", sub_code="", type="choice", ordinal=1, free_text=False
    )
    assert survey.total(RATE) == 0


def test_an_anonymous_survey_takes_the_platforms_note_of_who_completed_it(survey: Given) -> None:
    for name in ("noted", "noted late", "silent", "also silent"):
        invited(survey, name)
    survey.account("somebody", "encuestas")
    survey.response("somebody", "S-IN", None)
    assert survey.total(RATE) is None, "somebody answered, and nobody knows who: that is not a rate of zero"
    assert survey.cells(RATE)["total", "total"].obs_status == "n_d"
    survey.next_night()
    survey.invited("noted late", completed="2020-07-02 10:00")
    assert survey.total(RATE) == 0, "the platform does tell who, and nobody did in time"
    survey.next_night()
    survey.invited("noted", completed="2020-06-10 10:00")
    assert survey.total(RATE) == 25


def test_a_note_of_completion_does_not_stand_for_a_response_withdrawn_from_a_named_survey(survey: Given) -> None:
    for name in ("kept", "withdrawn"):
        invited(survey, name, completed="2020-06-10 10:00")
        survey.response(name, "S-IN", "2020-06-10 10:00")
    survey.next_night()
    survey.vanish("response", "encuestas", "withdrawn", survey="S-IN", response_id="withdrawn")
    assert survey.total(RATE) == 50


# -- an open link ----------------------------------------------------------------------------------------------


@pytest.fixture
def open_link(given: Given) -> Given:
    """A survey whose link was open, with three responses; two are complete."""
    given.survey("S-IN", edition="ED-A")
    given.scores("S-IN", A5=5)
    for name in ("a", "b", "c"):
        given.account(name, "encuestas")
        given.response(name, "S-IN", "2020-06-10 10:00", answer="A5", complete=name != "c")
    given.invited("a")  # somebody wrote to a few people, and then published the link
    return given


def test_the_rate_of_an_open_link_is_not_calculable(open_link: Given) -> None:
    assert open_link.reasons(RATE) == {"a": OPEN_LINK, "b": OPEN_LINK}
    assert {row["hit"] for row in open_link.rows(RATE).values()} == {None}
    cells = open_link.cells(indicator("invitation response rate", targets={"2020-Q2": 40}))
    total = cells["total", "total"]
    assert (total.value, total.obs_status, total.status, total.excluded) == (None, "no_calculable", "sin_dato", 2)
    assert {cells["sex", sex].obs_status for sex in ("mujer", "hombre", "no_especificado")} == {"no_calculable"}


@pytest.mark.parametrize("measure", ["count", "persons"])
def test_how_many_an_open_link_reached_is_no_zero(open_link: Given, measure: str) -> None:
    total = open_link.cells(indicator("invitation response rate", measure=measure))["total", "total"]
    assert (total.value, total.obs_status) == (None, "no_calculable")


def test_a_quarter_without_any_answer_to_an_open_link_is_not_available(open_link: Given) -> None:
    total = open_link.cells(RATE, "2020-Q1")["total", "total"]
    assert (total.value, total.obs_status) == (None, "n_d")


def test_a_mean_of_an_open_link_has_no_rate_and_is_marked(open_link: Given) -> None:
    from dataclasses import replace

    (known,) = open_link.project.surveys
    survey = known.model_copy(update={"survey": "S-IN", "reached_by": "open_link"})
    for denominator in ("enrolments_entered", "survey_reach"):
        asked = indicator(
            "satisfaction",
            parameters={**SCORED, "survey": "S-IN"},
            representative={"denominator": denominator, "min_rate": 0.1},
        )
        open_link.learner(f"learner {denominator}")
        open_link.project = replace(open_link.project, surveys=(known, survey))
        total = open_link.cells(asked)["total", "total"]
        assert (total.value, total.response_rate, total.obs_status) == (5, None, "no_representativo")


def test_those_present_still_count_where_the_events_survey_had_an_open_link(given: Given) -> None:
    given.survey("S-EV", reached_by="open_link")
    given.account("x", "eventos")
    given.present("x", organisation_type="academia")
    given.account("x r", "encuestas", "x")
    given.response("x r", "S-EV", "2020-06-10 10:00")
    assert given.total(indicator("attendees")) == 1
    cells = given.cells(indicator("response rate"))
    assert {(cell.value, cell.obs_status) for cell in cells.values()} == {(None, "no_calculable")}


def test_an_event_with_an_open_link_does_not_dilute_the_rate_of_another(given: Given) -> None:
    """Those present there would count as people who did not answer."""
    from datetime import date

    given.put("event", "framework", event="EV-2", name="E", held_on=date(2020, 6, 3), line="L2")
    given.survey("S-OPEN", event="EV-2")
    for name, event in (("answered", "EV-1"), ("silent", "EV-1"), ("unknown", "EV-2")):
        given.account(name, "eventos")
        given.present(name, event=event)
    given.account("r", "encuestas", "answered")
    given.response("r", "S-EV", "2020-06-10 10:00")
    total = given.cells(indicator("response rate"))["total", "total"]
    assert (float(total.value or 0), total.denominator, total.n) == (50, 2, 3)


def test_the_rate_of_a_mean_is_of_those_present_at_the_surveys_own_event(given: Given) -> None:
    from dataclasses import replace
    from datetime import date

    (known,) = given.project.surveys
    of_event = known.model_copy(update={"survey": "S-EV", "edition": None, "event": "EV-1", "reached_by": "attendance"})
    given.project = replace(given.project, surveys=(known, of_event))
    given.put("event", "framework", event="EV-2", name="E", held_on=date(2020, 6, 3), line="L2")
    given.scores("S-EV", A5=5)
    for number in range(4):
        given.account(f"p{number}", "eventos")
        given.present(f"p{number}", event="EV-1" if number < 2 else "EV-2")
    given.account("r", "encuestas", "p0")
    given.response("r", "S-EV", "2020-06-10 10:00", answer="A5")
    asked = indicator(
        "satisfaction", parameters={**SCORED, "survey": "S-EV"}, representative={"denominator": "attendances"}
    )
    assert given.cells(asked)["total", "total"].response_rate == 0.5
