"""What a quarter adds, what it mends of published ones, and figures of before: everything counts once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from given import SCORED, Given, figures, indicator, local
from published import Published

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.candidates import write_candidate

Q1, Q2, Q3, Q4 = "2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"
CERTIFICATES = indicator("certificates", attribution="event", disaggregations=("sex",))
REACHED = indicator("certified persons", attribution="event", disaggregations=("sex",))


def certified(given: Given, name: str, at: str, sex: str = "mujer", person: str | None = None) -> None:
    """A certificate of a local day, each in an edition of its own."""
    given.edition(f"E-{name}", "2020-01-07", "2020-12-20")
    given.learner(
        name, f"E-{name}", entered="2020-01-10 10:00", certificate=f"{at} 10:00", sex=sex, person=person or name
    )


def flow(given: Given, asked: Indicator, period: str, *place: str) -> tuple[float | None, ...]:
    """Value, added, adjustment, accumulated and late of a cell."""
    cell = given.cells(asked, period)[place or ("total", "total")]  # type: ignore[index]
    told = (cell.value, cell.added, cell.adjustment, cell.accumulated, cell.late)
    return tuple(None if number is None else float(number) for number in told)


def inherit(given: Given, asked: Indicator, period: str, **cells: dict[str, Any]) -> None:
    """The official figures of a quarter of before: «women» and «men» are cells, the rest is the total."""
    places = {"women": ("sex", "mujer"), "men": ("sex", "hombre"), "total": ("total", "total")}
    nothing = dict.fromkeys(
        (
            "value_exact", "numerator", "denominator", "response_rate", "target", "percent_of_target",
            "percent_of_progress", "status", "added", "adjustment", "accumulated",
        )
    )  # fmt: skip
    about = {"indicator": asked.code, "official": True, "covers": period, "attribution": asked.attribution}
    values = [
        nothing
        | about
        | {"disaggregation": places[name][0], "category": places[name][1], "n": 0, "excluded": 0, "late": 0}
        | {"obs_status": "heredado", **cell}
        for name, cell in cells.items()
    ]
    number = write_candidate(
        given.connection, values, period=period, kind="inherited", hash="", pins={}, base={},
        known_at=given.batch("moodle")[1], definitions={}, contract=None, forced=False, reason="IPTT", findings=[],
        explanations={}, project_status={}, prepared_by="a",
    )  # fmt: skip
    approve = "UPDATE results.candidate SET state = 'vintage', vintage = 1, decided_by = 'b' WHERE candidate_id = :id"
    given.connection.execute(sa.text(approve), {"id": number})


# -- adjustments -----------------------------------------------------------------------------------------------------


def test_without_closed_quarters_each_adds_its_own_and_nothing_is_adjusted(given: Given) -> None:
    certified(given, "ana", "2020-02-10")
    certified(given, "luis", "2020-05-10", "hombre")
    certified(given, "eva", "2020-05-11")
    assert [flow(given, CERTIFICATES, q) for q in (Q1, Q2, Q3)] == [(1, 1, 0, 1, 0), (2, 2, 0, 3, 0), (0, 0, 0, 3, 0)]
    assert flow(given, CERTIFICATES, Q2, "sex", "mujer") == (1, 1, 0, 2, 0)
    assert flow(given, REACHED, Q2) == (3, 2, 0, 3, 0)


def test_distinct_people_of_quarters_do_not_add_up_and_only_what_is_accumulated_is_told(given: Given) -> None:
    certified(given, "ana", "2020-02-10")
    certified(given, "ana again", "2020-05-10", person="ana")
    asked = indicator("certified persons", span="period", attribution="event")
    assert flow(given, asked, Q2) == (1, None, None, 1, 0)


def test_a_change_of_a_closed_quarter_is_told_once_in_the_first_open_one(given: Given) -> None:
    certified(given, "ana", "2020-02-10")
    certified(given, "luis", "2020-02-11", "hombre")
    published = Published(given, (CERTIFICATES,))
    published.publish(Q1)
    given.certificate("luis", "2020-02-11 10:00", "E-luis", state="undone")
    certified(given, "eva", "2020-05-10")
    certified(given, "rosa", "2020-08-10")
    assert flow(given, CERTIFICATES, Q2) == (1, 1, -1, 2, 0)
    assert flow(given, CERTIFICATES, Q3) == (1, 1, 0, 3, 0), "the second quarter tells it, closed or not"
    published.publish(Q2)
    assert flow(given, CERTIFICATES, Q3) == (1, 1, 0, 3, 0)
    assert 2 + (1 - 1) + 1 == 3  # official + adjustments = everything


def test_what_is_late_counts_once_in_the_next_open_quarter_and_in_its_cells(given: Given) -> None:
    certified(given, "ana", "2020-02-10")
    published = Published(given, (CERTIFICATES,))
    published.publish(Q1)
    published.publish(Q2)
    certified(given, "luis", "2020-02-11", "hombre")
    certified(given, "eva", "2020-08-10")
    assert flow(given, CERTIFICATES, Q3) == (2, 2, 0, 3, 1)
    assert flow(given, CERTIFICATES, Q3, "sex", "hombre") == (1, 1, 0, 1, 1)
    assert flow(given, CERTIFICATES, Q3, "sex", "mujer") == (1, 1, 0, 2, 0)
    assert flow(given, CERTIFICATES, Q2) == (0, 0, 0, 1, 0), "closed since, it takes in nothing that is not its own"
    assert flow(given, CERTIFICATES, Q1) == (2, 2, 0, 2, 0), "a restatement of the first quarter would count it there"
    assert {row["late"] for row in given.gathered(CERTIFICATES, Q3)} == {False, True}


def test_what_is_late_for_an_indicator_that_was_retired_meanwhile_enters_no_closed_quarter(given: Given) -> None:
    """The second quarter was closed without it: counted there, a late certificate would never be told."""
    other = indicator("certified persons", code="X-2", attribution="event")
    certified(given, "ana", "2020-02-10")
    published = Published(given, (CERTIFICATES, other))
    published.publish(Q1)
    published.indicators = (CERTIFICATES.model_copy(update={"state": "retirado"}), other)
    published.publish(Q2)
    certified(given, "luis", "2020-02-11", "hombre")
    assert flow(given, CERTIFICATES, Q3) == (1, 1, 0, 2, 1)


def test_a_merge_of_people_lowers_what_is_accumulated_by_an_adjustment(given: Given) -> None:
    certified(given, "eva", "2020-02-10")
    certified(given, "rosa", "2020-05-10")
    published = Published(given, (REACHED,))
    published.publish(Q1)
    published.publish(Q2)
    given.link("rosa", "moodle", "eva", sex="mujer")
    certified(given, "marta", "2020-08-10")
    assert flow(given, REACHED, Q3) == (2, 1, -1, 2, 0)
    assert flow(given, REACHED, Q3, "sex", "mujer") == (2, 1, -1, 2, 0)


def test_a_sex_known_since_moves_between_cells_and_leaves_the_total(given: Given) -> None:
    certified(given, "x", "2020-02-10", "hombre")
    published = Published(given, (CERTIFICATES,))
    published.publish(Q1)
    given.link("x", "moodle", "x", sex="mujer")
    certified(given, "y", "2020-05-10", "mujer")
    assert flow(given, CERTIFICATES, Q2, "sex", "mujer") == (1, 1, 1, 2, 0)
    assert flow(given, CERTIFICATES, Q2, "sex", "hombre") == (0, 0, -1, 0, 0)
    assert flow(given, CERTIFICATES, Q2) == (1, 1, 0, 2, 0)


def test_a_category_that_is_nothing_but_an_adjustment_is_told(given: Given) -> None:
    """Otherwise the adjustments of the cells would not add to that of the total."""
    asked = indicator("certificates", attribution="event", disaggregations=("edition",))
    certified(given, "ana", "2020-02-10")
    Published(given, (asked,)).publish(Q1)
    given.certificate("ana", "2020-02-10 10:00", "E-ana", state="undone")
    assert flow(given, asked, Q2, "edition", "E-ana") == (0, 0, -1, 0, 0)


def test_a_breakdown_that_is_no_longer_asked_for_is_no_zero_and_no_adjustment(given: Given) -> None:
    certified(given, "ana", "2020-02-10")
    Published(given, (CERTIFICATES,)).publish(Q1)
    inherit(given, CERTIFICATES, "2019-Q4", total={"value": Decimal(7)}, women={"value": Decimal(7)})
    certified(given, "eva", "2020-05-10")
    without = CERTIFICATES.model_copy(update={"disaggregations": ("edition",)})
    assert {breakdown for breakdown, _ in given.cells(without, Q2)} == {"total", "edition"}
    assert {breakdown for breakdown, _ in given.span(without, "project", Q2)} == {"total", "edition"}
    assert flow(given, without, Q2) == (1, 1, 0, 9, 0)


def test_reconciliation_lines_keep_natural_quarters_and_adjust_nothing(given: Given) -> None:
    asked = indicator("certificates", reconciliation=("event",))
    given.learner("ana", certificate="2020-05-02 10:00")
    Published(given, (asked,)).publish(Q2)
    given.learner("luis", certificate="2020-05-03 10:00")
    other = next(v for v in given.all_values(asked, Q2) if not v.official and v.disaggregation == "total")
    assert (other.value, other.added, other.adjustment, other.accumulated, other.late) == (2, None, None, None, 0)


def test_of_responses_that_all_count_each_is_of_its_own_quarter(given: Given) -> None:
    """One of an open quarter beside a published one would be told in neither: a mean has no adjustments."""
    asked = indicator("satisfaction", parameters={**SCORED, "survey": "S-R"}, attribution="event")
    given.survey("S-R", event="EV-1", repeated="all", closes_on=date(2020, 12, 20), closes_at=local("2020-12-21 00:00"))
    for option, score in (("A5", 5), ("A1", 1)):
        given.put("question_option", "encuestas", survey="S-R", question="P01", code=option, score=score, ordinal=score)
    given.account("ana", "encuestas")
    given.response("ana", "S-R", "2020-05-02 10:00", "1", answer="A5")
    Published(given, (asked,)).publish(Q2)
    given.response("ana", "S-R", "2020-08-02 10:00", "2", answer="A1")
    given.response("ana", "S-R", "2020-05-03 10:00", "3", answer="A5")
    assert [given.total(asked, quarter) for quarter in (Q2, Q3)] == [5, 3]
    assert given.cells(asked, Q3)["total", "total"].late == 1


# -- figures of before -------------------------------------------------------------------------------------------


def test_figures_of_before_stand_for_their_quarters(given: Given) -> None:
    total, women = {"value": Decimal(10)}, {"value": Decimal(6)}
    inherit(given, CERTIFICATES, Q1, total=total, women=women, men={"value": Decimal(4)})
    certified(given, "ana", "2020-02-10")  # known here, too, and told by the figure of before
    certified(given, "eva", "2020-05-10")
    first = given.cells(CERTIFICATES, Q1)
    assert (first["total", "total"].value, first["total", "total"].obs_status) == (10, "heredado")
    assert figures(first, "sex") == {"mujer": 6, "hombre": 4}
    assert flow(given, CERTIFICATES, Q1) == (10, 10, 0, 10, 0)
    assert given.reasons(CERTIFICATES, Q1) == {"ana": "valor_heredado"}
    assert flow(given, CERTIFICATES, Q2) == (1, 1, 0, 11, 0)
    assert figures(given.span(CERTIFICATES, "2020-H1"), "sex") == {"mujer": 7, "hombre": 4}
    assert given.span(CERTIFICATES, "project", Q3)["total", "total"].value == 11
    assert given.span(CERTIFICATES, "project", Q3)["total", "total"].obs_status == "normal"


def test_what_was_published_stays_though_its_edition_moves_into_a_quarter_of_before(given: Given) -> None:
    """Left out, it would be taken off as an adjustment, as if the figures of before had told it."""
    asked = indicator("certificates", disaggregations=())
    inherit(given, asked, Q1, total={"value": Decimal(10)})
    given.learner("ana", certificate="2020-05-02 10:00")
    Published(given, (asked,)).publish(Q2)
    given.edition("ED-A", "2020-03-30", "2020-05-18")
    given.learner("eva", certificate="2020-05-02 10:00")
    assert given.reasons(asked, Q1) == {"eva": "valor_heredado"}
    assert flow(given, asked, Q2)[:4] == (1, 1, 0, 11)
    assert flow(given, asked, Q3) == (0, 0, 0, 11, 0)


def test_people_of_before_and_those_after_add_since_nobody_can_tell_them_apart(given: Given) -> None:
    total = {"value": Decimal(10), "accumulated": Decimal(10)}
    inherit(given, REACHED, Q1, total=total)
    certified(given, "eva", "2020-05-10")
    certified(given, "eva again", "2020-08-10", person="eva")
    inherit(given, REACHED, "2019-Q4", total={"value": Decimal(7), "accumulated": Decimal(7)})
    assert [flow(given, REACHED, q)[0] for q in ("2019-Q4", Q1, Q2, Q3)] == [7, 10, 11, 11]
    assert flow(given, REACHED, Q1) == (10, 3, 0, 10, 0)
    assert flow(given, REACHED, Q2) == (11, 1, 0, 11, 0)
    assert flow(given, REACHED, Q3) == (11, 0, 0, 11, 0)


def test_rates_of_before_roll_up_by_their_numerators_and_denominators(given: Given) -> None:
    rate = indicator("completion rate", decimals=1)
    inherit(given, rate, Q1, total={"value": Decimal(80), "numerator": Decimal(8), "denominator": Decimal(10)})
    for name in ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"):
        given.learner(name, certificate="2020-05-02 10:00" if name == "a" else None)
    half = given.span(rate, "2020-H1")["total", "total"]
    assert (half.value, half.numerator, half.denominator) == (45, 9, 20)
    assert given.total(rate, Q2) == 10


def test_a_rate_of_before_without_its_parts_is_told_for_its_quarter_and_makes_no_rate_of_a_span(given: Given) -> None:
    rate = indicator("completion rate", decimals=1)
    inherit(given, rate, Q1, total={"value": Decimal(80)})
    given.learner("a", certificate="2020-05-02 10:00")
    assert given.total(rate, Q1) == 80
    half = given.span(rate, "2020-H1")["total", "total"]
    assert (half.value, half.obs_status) == (None, "n_d")


def test_a_latest_value_of_before_holds_until_another_is_typed(given: Given) -> None:
    asked = indicator("typed latest")
    inherit(given, asked, Q1, total={"value": Decimal(3)})
    given.typed(Q3, 5, "2020-09-30")
    assert [given.total(asked, q) for q in (Q1, Q2, Q3, Q4)] == [3, 3, 5, 5]


def test_a_yearly_figure_of_before_holds_until_another_quarter_has_rows(given: Given) -> None:
    """An annual survey of before Trimestre: its mean stands until the next one, as that of our own does."""
    asked = indicator("satisfaction", span="latest", attribution="event", decimals=1)
    inherit(given, asked, Q1, total={"value": Decimal("4.2")})
    found = [given.cells(asked, quarter)["total", "total"] for quarter in (Q1, Q2, Q4)]
    assert [(cell.value, cell.obs_status) for cell in found] == [(Decimal("4.2"), "heredado")] * 3
    assert given.span(asked, "2020")["total", "total"].value == Decimal("4.2")
    given.scores(A1=1, A5=5)
    given.account("x", "encuestas")
    given.response("x", "S-ED", "2020-05-10 10:00", answer="A5")
    assert [given.total(asked, quarter) for quarter in (Q1, Q2, Q4)] == [4.2, 5, 5]


@pytest.mark.parametrize("measure", ["count", "persons"])
def test_a_quarter_that_was_closed_here_counts_from_its_vintage_after_those_of_before(
    given: Given, measure: str
) -> None:
    asked = indicator("certificates", measure=measure, attribution="event", span="cumulative", disaggregations=())
    inherit(given, asked, Q1, total={"value": Decimal(10), "accumulated": Decimal(10)})
    certified(given, "eva", "2020-05-10")
    Published(given, (asked,)).publish(Q2)
    certified(given, "late", "2020-05-11")
    certified(given, "rosa", "2020-08-10")
    assert flow(given, asked, Q3) == (13, 2, 0, 13, 1)
