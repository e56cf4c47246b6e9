"""Which quarters a batch names as moved: a quarter left out keeps a figure that nobody believes any more."""

from datetime import date

import pytest
from given import Given, local


@pytest.fixture
def merged(given: Given) -> Given:
    """ED-A and EV-1 are of the second quarter; what was done in them has dates of all four."""
    given.learner("ana", entered="2020-07-03 10:00")
    given.account("ana-sfp", "sfp", "ana")
    given.certificate("ana-sfp", "2020-10-02 10:00", source="sfp")
    given.account("attendee", "eventos")
    given.present("attendee")
    given.account("respondent", "encuestas")
    given.survey("S-IN", edition="ED-A", reached_by="invitation")
    given.invited("respondent", sent="2020-03-30 09:00")
    given.response("respondent", "S-IN", "2020-07-02 10:00", "1", answer="A5")
    given.put("event", "framework", event="EV-0", name="E", held_on=date(2020, 2, 1), line="L2")
    given.next_night()
    given.link("nobody", "moodle", "nobody")  # something of the night, and of nobody
    return given


def test_a_first_load_moves_the_quarters_of_its_editions_and_dates(given: Given) -> None:
    given.learner("ana", entered="2020-07-03 10:00")
    given.module("ana", "M1", "2020-10-02 10:00")
    assert given.moved("moodle") == {"2020-Q2", "2020-Q3", "2020-Q4"}


def test_borders_of_quarters_are_local_and_what_is_out_of_the_project_stands_beside_it(given: Given) -> None:
    """A cumulative figure of the first quarter counts what came before it."""
    given.learner("ana", entered="2020-03-31 23:59")
    given.module("ana", "M1", "2020-07-01 00:00")
    assert given.moved("moodle") == {"2020-Q1", "2020-Q2", "2020-Q3"}
    given.next_night()
    given.module("ana", "M2", "2018-02-01 10:00")
    given.module("ana", "M3", "2023-02-01 10:00")
    assert given.moved("moodle") == {"2019-Q4", "2020-Q1", "2020-Q2", "2020-Q3", "2021-Q1"}


def test_intervals_of_presence_move_the_quarter_of_their_event(merged: Given) -> None:
    merged.connected("attendee", "10:00", "11:00")
    assert merged.moved("eventos") == {"2020-Q2"}
    merged.next_night()
    merged.vanish(
        "attendance_interval",
        "eventos",
        "attendee",
        event="EV-1",
        joined_at=local("2020-05-27 10:00"),
        left_at=local("2020-05-27 11:00"),
    )
    assert merged.moved("eventos") == {"2020-Q2"}


def test_hours_of_an_event_move_its_quarter_and_another_day_both(merged: Given) -> None:
    merged.scheduled("10:00", "12:00", event="EV-0")
    assert merged.moved("framework") == {"2020-Q1"}
    merged.next_night()
    merged.put("event", "framework", event="EV-0", held_on=date(2020, 10, 1))
    assert merged.moved("framework") == {"2020-Q1", "2020-Q4"}


def test_an_enrolment_moves_the_quarters_of_results_on_the_editions_other_platform(merged: Given) -> None:
    """By its date, the certificate counts in the fourth quarter as soon as its person is of the edition."""
    merged.enrolled("ana", in_population=False)
    assert merged.moved("moodle") == {"2020-Q2", "2020-Q3", "2020-Q4"}


def test_an_enrolment_and_an_attendance_move_the_quarters_by_earlier_dates_of_their_edition_and_event(
    merged: Given,
) -> None:
    """What was published by those dates is still of that quarter, whose figure would drift and nobody be told."""
    merged.edition("ED-A", "2020-07-05", "2020-08-18")
    merged.put("event", "framework", event="EV-0", held_on=date(2020, 10, 1))
    merged.account("eva")
    merged.account("late", "eventos")
    merged.next_night()
    merged.enrolled("eva", entered="2020-07-06 10:00")
    assert merged.moved("moodle") == {"2020-Q2", "2020-Q3"}
    merged.present("late", "EV-0")
    assert merged.moved("eventos") == {"2020-Q1", "2020-Q4"}


def test_a_result_on_the_other_platform_moves_the_quarter_in_which_its_person_seemed_to_enter(merged: Given) -> None:
    merged.module("ana-sfp", "M3", "2020-05-02 10:00", source="sfp")
    assert merged.moved("sfp") == {"2020-Q2", "2020-Q3", "2020-Q4"}


def test_a_response_moves_the_quarters_of_the_one_it_repeats_and_of_the_invitation(merged: Given) -> None:
    merged.response("respondent", "S-IN", "2020-10-02 10:00", "2", answer="A5")
    assert merged.moved("encuestas") == {"2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"}


def test_an_answer_mended_later_moves_the_quarter_of_its_response(merged: Given) -> None:
    merged.answer("respondent", "S-IN", "A1", "1")
    assert merged.moved("encuestas") == {"2020-Q1", "2020-Q2", "2020-Q3"}


def test_an_invitation_moves_the_quarter_in_which_it_was_sent(merged: Given) -> None:
    merged.account("another", "encuestas")
    merged.next_night()
    merged.invited("another", sent="2020-11-02 09:00")
    assert merged.moved("encuestas") == {"2020-Q2", "2020-Q4"}
