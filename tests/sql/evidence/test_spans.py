"""Figures over quarters, semesters, years and the project's life: what adds, what is distinct, what is the latest."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from given import Given, figures, indicator
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

Q = {1: "2020-02-10 10:00", 2: "2020-05-10 10:00", 3: "2020-08-10 10:00", 4: "2020-11-10 10:00"}
PERSONS: dict[str, Any] = {"evidence": "certificates", "measure": "persons", "attribution": "event"}


def certified(given: Given, person: str, *quarters: int, **values: Any) -> None:
    """One account of a person for each quarter in which it has a certificate."""
    for quarter in quarters:
        edition = f"E{quarter}"
        given.edition(edition, "2020-01-07", "2020-12-20")
        given.learner(
            f"{person}-{quarter}", edition, entered="2020-01-10 10:00", certificate=Q[quarter], person=person, **values
        )


def totals(given: Given, asked: Any, period: str) -> dict[str, float | None]:
    """Span -> total."""
    return {
        value.covers: None if value.value is None else float(value.value)
        for value in given.all_values(asked, period)
        if value.official and value.disaggregation == "total"
    }


@pytest.fixture
def returning(given: Given) -> Given:
    """Ana comes back each quarter, Luis in the third, Eva is of the second only."""
    certified(given, "ana", 1, 2, 3, sex="mujer")
    certified(given, "luis", 1, 3, sex="hombre")
    certified(given, "eva", 2, sex="mujer")
    return given


def test_people_who_return_are_distinct_in_every_span_and_never_a_sum(returning: Given) -> None:
    unique = indicator(**PERSONS, disaggregations=("sex",))
    assert [returning.total(unique, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [2, 2, 2, 0]
    assert totals(returning, unique, "2020-Q3") == {
        "2020-Q3": 2, "2020-H2": 2, "2020": 3, "FY2020": 3, "project": 3,
    }  # fmt: skip
    assert totals(returning, unique, "2020-Q2")["2020-H1"] == 3
    assert figures(returning.span(unique, "2020", "2020-Q3"), "sex") == {"mujer": 2, "hombre": 1}


def test_new_people_are_those_whom_no_quarter_before_had_counted(returning: Given) -> None:
    new = indicator(**PERSONS | {"measure": "new_persons"})
    assert [returning.total(new, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [2, 1, 0, 0]
    assert totals(returning, new, "2020-Q2")["2020-H1"] == 3
    assert totals(returning, new, "2020-Q3")["2020-H2"] == 0


def test_a_cumulative_indicator_tells_what_was_reached_in_every_span(returning: Given) -> None:
    reached = indicator(**PERSONS, span="cumulative")
    assert totals(returning, reached, "2020-Q3") == dict.fromkeys(
        ("2020-Q3", "2020-H2", "2020", "FY2020", "project"), 3
    )
    assert [returning.total(reached, f"2020-Q{q}") for q in (1, 2, 3)] == [2, 3, 3]


def test_percentages_roll_up_as_numerators_over_denominators(given: Given) -> None:
    """1 of 1 and 1 of 3: half of all, and not two thirds."""
    given.edition("E1", "2020-02-03", "2020-02-28")
    given.learner("a", "E1", entered="2020-02-05 10:00", certificate="2020-02-20 10:00")
    for name in "bcd":
        given.learner(name, certificate="2020-05-02 10:00" if name == "b" else None)
    rate = indicator("completion rate", decimals=1)
    half = given.span(rate, "2020-H1")["total", "total"]
    assert (half.value, half.numerator, half.denominator) == (50, 2, 4)
    assert totals(given, rate, "2020-Q2")["2020-Q2"] == 33.3


def test_the_latest_value_of_a_span_is_the_latest_in_it(given: Given) -> None:
    given.typed("2020-Q1", 3, "2020-03-31")
    given.typed("2020-Q2", 5, "2020-06-30")
    of_the_quarter = indicator("typed latest", span="period")
    assert totals(given, of_the_quarter, "2020-Q3") == {
        "2020-Q3": None, "2020-H2": None, "2020": 5, "FY2020": 5, "project": 5,
    }  # fmt: skip


def test_a_span_of_the_latest_quarter_holds_its_value_until_another_has_rows(given: Given) -> None:
    """An annual survey: its mean stands until the next one."""
    given.scores(A1=1, A5=5)
    given.account("x", "encuestas")
    given.response("x", "S-ED", "2020-05-10 10:00", answer="A5")
    asked = indicator("satisfaction", span="latest", attribution="event")
    assert [given.total(asked, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [None, 5, 5, 5]
    assert len(given.gathered(asked, "2020-Q4")) == 1


# -- what somebody is, when first reached ------------------------------------------------------------------------


def test_a_person_stays_where_it_was_first_counted(given: Given) -> None:
    """At the first event of a ministry, at the second of a university: one person of the ministry."""
    given.put("event", "framework", event="EV-2", name="E", held_on=date(2020, 8, 5), line="L2")
    given.account("ana", "eventos", sex="mujer")
    given.account("ana again", "eventos", "ana", sex="mujer")
    given.present("ana", institution="SFP", organisation_type="gobierno")
    given.present("ana again", event="EV-2", institution="UNAM", organisation_type="academia")
    asked = indicator("attendees", span="cumulative", disaggregations=("institution", "organisation_type", "event"))
    cells = given.cells(asked, "2020-Q3")
    assert figures(cells, "institution") == {"SFP": 1}
    assert figures(cells, "organisation_type") == {"gobierno": 1}
    assert figures(cells, "event") == {"EV-1": 1, "EV-2": 1}, "in two events, which is no contradiction"
    assert {row["institution"] for row in given.gathered(asked, "2020-Q3")} == {"SFP"}
    quarter = indicator("attendees", disaggregations=("institution",))
    assert figures(given.cells(quarter, "2020-Q3"), "institution") == {"SFP": 1}


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@drawn(
    st.dictionaries(
        st.sampled_from("abcdefg"),
        st.dictionaries(st.integers(1, 4), st.sampled_from(["SFP", "UIF", None]), min_size=1),
        min_size=1,
    )
)
def test_cells_of_people_add_to_the_total_and_spans_are_distinct(
    given: Given, people: dict[str, dict[int, str | None]]
) -> None:
    """Whoever comes in whichever quarters from whichever institutions: as counted by hand."""
    spans = {"2020-Q3": (3, 3), "2020-H2": (3, 3), "2020": (1, 3), "FY2020": (1, 3), "project": (1, 3)}
    with given.undone():
        for quarter in (1, 2, 3, 4):
            held_on = date(2020, 3 * quarter - 1, 10)
            given.put("event", "framework", event=f"D{quarter}", name="E", held_on=held_on, line="L2")
        for person, presences in people.items():
            for quarter, institution in presences.items():
                given.account(f"{person}{quarter}", "eventos", person)
                given.present(f"{person}{quarter}", event=f"D{quarter}", institution=institution)
        for measure in ("persons", "new_persons"):
            asked = indicator("attendees", measure=measure, disaggregations=("institution",))
            values = given.all_values(asked, "2020-Q3")
            for covers, (first, last) in spans.items():
                expected: dict[str, int] = defaultdict(int)
                for presences in people.values():
                    inside = [quarter for quarter in presences if first <= quarter <= last]
                    if inside and (measure == "persons" or min(presences) >= first):
                        expected[presences[min(presences)] or "no_especificado"] += 1
                cells = {v.category: v.value for v in values if v.covers == covers}
                assert cells.pop("total") == sum(expected.values())
                assert {category: value for category, value in cells.items() if value} == expected, (measure, covers)


# -- scores and answers ------------------------------------------------------------------------------------------


def answers(given: Given, **counts: int) -> None:
    given.scores(A1=1, A2=2, A3=3, A4=4, A5=5)
    for answer, count in counts.items():
        for number in range(count):
            name = f"{answer}-{number}"
            given.account(name, "encuestas")
            given.response(name, "S-ED", "2020-06-01 10:00", answer=answer)


def test_top_two_box_is_the_share_of_the_two_highest_scores_of_the_question(given: Given) -> None:
    answers(given, A5=3, A4=2, A3=1, A1=2)
    top = given.cells(indicator("satisfaction", measure="top_two_box", decimals=1))["total", "total"]
    assert (float(top.value or 0), top.numerator, top.denominator, top.n) == (62.5, 5, 8, 8)


def test_top_two_box_goes_by_what_the_question_offers_and_not_by_what_was_answered(given: Given) -> None:
    answers(given, A3=2, A1=2)
    assert given.total(indicator("satisfaction", measure="top_two_box")) == 0


@pytest.mark.parametrize("measure", ["mean", "top_two_box"])
def test_a_score_of_too_few_answers_is_not_told(given: Given, measure: str) -> None:
    asked = indicator("satisfaction", measure=measure, targets={"2020-Q2": 1})
    given.project = given.project.__class__(
        **vars(given.project) | {"framework": given.project.framework.model_copy(update={"minimum_n": 4})}
    )
    answers(given, A5=3)
    few = given.cells(asked)["total", "total"]
    assert (few.value, few.value_exact, few.numerator, few.n) == (None, None, None, 3)
    assert (few.obs_status, few.status) == ("n_insuficiente", "sin_dato")
    answers(given, A5=4)
    assert given.cells(asked)["total", "total"].obs_status == "normal"


RATE = {"evidence": "survey_reach", "measure": "response_rate", "attribution": "edition", "decimals": 1}


def test_the_response_rate_of_a_survey_reached_by_enrolment_is_of_those_enrolled(given: Given) -> None:
    for name in ("ana", "luis", "eva"):
        given.learner(name, entered=None if name == "eva" else "2020-04-10 10:00")
    given.learner("ana again", person="ana")
    given.account("ana's answers", "encuestas", "ana")
    given.response("ana's answers", "S-ED", "2020-06-01 10:00")
    asked = indicator(**RATE, parameters={"survey": "S-ED"})
    total = given.cells(asked)["total", "total"]
    assert (float(total.value or 0), total.numerator, total.denominator, total.excluded) == (33.3, 1, 3, 1)


def test_the_response_rate_of_a_survey_reached_by_attendance_is_of_those_present(given: Given) -> None:
    for name in ("ana", "luis"):
        given.account(name, "eventos")
        given.present(name)
    given.account("ana's answers", "encuestas", "ana")
    given.response("ana's answers", "S-EV", "2020-06-01 10:00")
    given.account("not there", "encuestas")
    given.response("not there", "S-EV", "2020-06-01 10:00")
    asked = indicator(**RATE | {"attribution": "event"}, parameters={"survey": "S-EV"})
    assert given.total(asked) == given.total(indicator("response rate")) == 50


def test_the_response_rate_by_invitation_is_that_of_the_invitations(given: Given) -> None:
    given.survey("S-IN", edition="ED-A", reached_by="invitation")
    for name in ("ana", "luis", "eva"):
        given.account(name, "encuestas")
        given.invited(name)
    given.response("ana", "S-IN", "2020-06-05 10:00")
    asked = indicator(**RATE, parameters={"survey": "S-IN"})
    assert given.total(asked) == given.total(indicator("invitation response rate")) == 33.3


def test_nobody_knows_the_response_rate_of_an_open_link(given: Given) -> None:
    given.survey("S-OP", edition="ED-A")
    given.account("x", "encuestas")
    given.response("x", "S-OP", "2020-06-05 10:00")
    total = given.cells(indicator(**RATE, parameters={"survey": "S-OP"}))["total", "total"]
    assert (total.value, total.obs_status, total.excluded) == (None, "no_calculable", 1)
