"""Presence at an event with scheduled hours: who stayed long enough, however often and on however many devices."""

from datetime import timedelta

import pytest
from given import Given, figures, indicator, local
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ATTENDEES = indicator("attendees")
RESPONSE_RATE = indicator("response rate")
TOO_SHORT = "permanencia_insuficiente"
OTHER_ACCOUNT = "otra_cuenta_de_la_persona"


@pytest.fixture
def meeting(given: Given) -> Given:
    """EV-1 asks for 75 % of two hours: 90 minutes."""
    given.scheduled("10:00", "12:00")
    return given


def attendee(given: Given, name: str, *intervals: tuple[str, str], person: str | None = None, **values: object) -> None:
    given.account(name, "eventos", person)
    given.present(name, **values)
    for joined, left in intervals:
        given.connected(name, joined, left)


def test_who_stays_the_minimum_attended_and_who_leaves_a_second_earlier_did_not(meeting: Given) -> None:
    attendee(meeting, "exactly", ("10:10", "11:40"))
    attendee(meeting, "a second less", ("10:10:01", "11:40"))
    attendee(meeting, "in two parts", ("10:00", "10:45"), ("11:00", "11:45"))
    assert meeting.reasons(ATTENDEES) == {"exactly": None, "a second less": TOO_SHORT, "in two parts": None}
    total = meeting.cells(ATTENDEES)["total", "total"]
    assert (total.value, total.excluded) == (2, 1)


def test_two_devices_at_the_same_time_are_not_twice_the_time(meeting: Given) -> None:
    """A laptop and a phone for an hour each would otherwise be the two hours of the meeting."""
    attendee(meeting, "both at once", ("10:00", "11:00"), ("10:00:30", "11:00"), ("10:15", "10:45"))
    assert meeting.reasons(ATTENDEES) == {"both at once": TOO_SHORT}


def test_the_accounts_of_a_person_are_one_presence(meeting: Given) -> None:
    attendee(meeting, "work", ("10:00", "10:50"), registered_at=local("2020-05-27 10:00"))
    attendee(meeting, "phone", ("10:45", "11:35"), person="work", registered_at=local("2020-05-27 10:45"))
    assert meeting.reasons(ATTENDEES) == {"work": None, "phone": OTHER_ACCOUNT}
    meeting.next_night()
    meeting.link("phone", "eventos", "phone")
    meeting.batch("eventos")
    assert meeting.reasons(ATTENDEES) == {"work": TOO_SHORT, "phone": TOO_SHORT}


def test_time_before_the_start_and_after_the_end_does_not_count(meeting: Given) -> None:
    """People wait in the room before, and forget to leave it."""
    attendee(meeting, "came early and left early", ("08:00", "11:00"))
    attendee(meeting, "only before", ("08:00", "10:00"))
    attendee(meeting, "only after", ("12:00", "15:00"))
    attendee(meeting, "all day", ("08:00", "15:00"))
    assert meeting.reasons(ATTENDEES) == {
        "came early and left early": TOO_SHORT,
        "only before": TOO_SHORT,
        "only after": TOO_SHORT,
        "all day": None,
    }


def test_without_intervals_the_platforms_own_total_counts(meeting: Given) -> None:
    attendee(meeting, "long", seconds=5400)
    attendee(meeting, "short", seconds=5399)
    attendee(meeting, "nothing", seconds=0)
    assert meeting.reasons(ATTENDEES) == {"long": None, "short": TOO_SHORT, "nothing": TOO_SHORT}


def test_intervals_outweigh_the_total_that_the_platform_makes_of_them(meeting: Given) -> None:
    """Totals count every device and the waiting before; they would let in who was hardly there."""
    attendee(meeting, "x", ("09:00", "10:30"), seconds=5400)
    assert meeting.reasons(ATTENDEES) == {"x": TOO_SHORT}


def test_totals_of_two_accounts_are_not_added(meeting: Given) -> None:
    """They may be of the same hour: only the longest is certain."""
    attendee(meeting, "laptop", seconds=3000)
    attendee(meeting, "phone", person="laptop", seconds=3000)
    assert set(meeting.reasons(ATTENDEES).values()) == {TOO_SHORT}
    meeting.next_night()
    attendee(meeting, "room", person="laptop", seconds=6000)
    assert [reason for reason in meeting.reasons(ATTENDEES).values() if reason is None] == [None]


def test_a_signed_list_is_enough(meeting: Given) -> None:
    attendee(meeting, "signed")
    attendee(meeting, "connected", ("10:00", "12:00"))
    assert meeting.reasons(ATTENDEES) == {"signed": None, "connected": None}


def test_an_event_without_hours_asks_for_no_presence(given: Given) -> None:
    attendee(given, "a minute", ("10:00", "10:01"), seconds=60)
    assert given.reasons(ATTENDEES) == {"a minute": None}


def test_an_interval_taken_back_by_the_source_does_not_count(meeting: Given) -> None:
    attendee(meeting, "x", ("10:00", "11:00"), ("11:00", "12:00"))
    before = meeting.pins()
    meeting.next_night()
    meeting.vanish(
        "attendance_interval",
        "eventos",
        "x",
        event="EV-1",
        joined_at=local("2020-05-27 11:00"),
        left_at=local("2020-05-27 12:00"),
    )
    assert meeting.reasons(ATTENDEES) == {"x": TOO_SHORT}
    assert meeting.reasons(ATTENDEES, pins=before) == {"x": None}


def test_a_lower_minimum_lets_in_from_then_on(meeting: Given) -> None:
    attendee(meeting, "an hour", ("10:00", "11:00"))
    before = meeting.pins()
    meeting.next_night()
    meeting.scheduled("10:00", "12:00", minimum_percent=50)
    assert meeting.reasons(ATTENDEES) == {"an hour": None}
    assert meeting.reasons(ATTENDEES, pins=before) == {"an hour": TOO_SHORT}


def test_who_is_struck_from_the_list_lends_no_time_to_anybody(meeting: Given) -> None:
    attendee(meeting, "kept", ("10:00", "10:30"))
    attendee(meeting, "struck", ("10:30", "12:00"), person="kept")
    meeting.next_night()
    meeting.vanish("attendance", "eventos", "struck", event="EV-1")
    assert meeting.reasons(ATTENDEES) == {"kept": TOO_SHORT}


def test_the_response_rate_is_of_those_who_stayed(meeting: Given) -> None:
    for name, until in (("stayed", "12:00"), ("silent", "12:00"), ("left", "10:20")):
        attendee(meeting, name, ("10:00", until), organisation_type="academia")
        meeting.account(f"{name} r", "encuestas", name)
    meeting.response("stayed r", "S-EV", "2020-06-01 10:00")
    meeting.response("left r", "S-EV", "2020-06-01 10:00")
    assert meeting.total(RESPONSE_RATE) == 50
    assert figures(meeting.cells(RESPONSE_RATE), "organisation_type") == {"academia": 50}


MINUTES = st.integers(min_value=-30, max_value=150)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(intervals=st.lists(st.tuples(MINUTES, MINUTES).map(sorted), min_size=1, max_size=6), devices=st.integers(1, 3))
def test_presence_is_the_minutes_of_the_schedule_covered_by_any_interval(
    meeting: Given, intervals: list[list[int]], devices: int
) -> None:
    """Against counting minute by minute, whichever account each interval is of."""
    covered = {minute for first, last in intervals for minute in range(first, last)} & set(range(120))
    savepoint = meeting.connection.begin_nested()
    meeting.next_night()
    for number in range(devices):
        attendee(meeting, f"device {number}", person="device 0")
    start = local("2020-05-27 10:00")
    for number, (first, last) in enumerate(dict.fromkeys(map(tuple, intervals))):
        joined, left = (f"{start + timedelta(minutes=minute):%H:%M}" for minute in (first, last))
        meeting.connected(f"device {number % devices}", joined, left)
    attended = any(reason is None for reason in meeting.reasons(ATTENDEES).values())
    savepoint.rollback()
    assert attended == (len(covered) >= 90)
