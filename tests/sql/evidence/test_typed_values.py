"""Figures typed by people: a typed zero, the newest one, and the quarter they were typed for."""

from given import Given, figures, indicator, local

SUM = indicator("typed sum")
LATEST = indicator("typed latest")
MILESTONE = indicator("milestone", targets={"2020-Q2": 4})


def test_a_typed_zero_is_zero_and_nothing_typed_is_not_available(given: Given) -> None:
    given.typed("2020-Q2", 0, "2020-06-30")
    for asked in (SUM, LATEST):
        assert given.total(asked, "2020-Q2") == 0
        assert given.cells(asked, "2020-Q2")["total", "total"].obs_status == "normal"
    assert given.total(SUM, "2020-Q3") is None
    assert given.total(SUM, "2020-Q1") is None
    assert given.total(LATEST, "2020-Q1") is None


def test_the_newest_of_several_quarters_holds_until_another_is_typed(given: Given) -> None:
    given.typed("2020-Q3", 7, "2020-09-30")
    given.typed("2020-Q1", 3, "2020-03-31")
    given.typed("2020-Q2", 5, "2020-06-30")
    assert [given.total(LATEST, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [3, 5, 7, 7]
    assert [given.total(SUM, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [3, 5, 7, None]
    cumulative = indicator("typed sum", span="cumulative")
    assert [given.total(cumulative, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [3, 8, 15, 15]


def test_a_milestone_is_its_latest_stage_and_may_go_back(given: Given) -> None:
    given.typed("2020-Q1", 1, "2020-03-31")
    given.typed("2020-Q2", 3, "2020-06-15")
    given.typed("2020-Q3", 2, "2020-09-15")
    total = given.cells(MILESTONE, "2020-Q2")["total", "total"]
    assert (total.value, total.status) == (3, "conforme")
    assert given.total(MILESTONE, "2020-Q4") == 2


def test_a_day_outside_of_its_quarter_does_not_move_the_figure_there(given: Given) -> None:
    """Capture after the fact: typed for the second quarter, with a day of July."""
    given.typed("2020-Q2", 5, "2020-07-03")
    row = next(iter(given.rows(SUM, "2020-Q2").values()))
    assert (row["at"], row["at_estimated"]) == (local("2020-06-30 23:59:59"), True)
    assert given.total(SUM, "2020-Q3") is None


def test_the_first_and_the_last_day_of_a_quarter_are_in_it(given: Given) -> None:
    given.typed("2020-Q2", 5, "2020-06-30")
    given.typed("2020-Q3", 7, "2020-07-01")
    assert (given.total(SUM, "2020-Q2"), given.total(SUM, "2020-Q3")) == (5, 7)
    assert not any(row["at_estimated"] for row in given.raw(SUM))


BY_STATE = {"disaggregations": ("state",)}


def typed_states(given: Given, period: str = "2020-Q2", **states: float) -> None:
    for state, value in states.items():
        given.typed(period, value, "2020-06-30", disaggregation="state", category=state.removeprefix("s"))


def test_a_breakdown_typed_beside_its_total_is_told_and_does_not_double_it(given: Given) -> None:
    given.typed("2020-Q2", 5, "2020-06-30")
    typed_states(given, s09=3, s21=1)
    for asked in (indicator("typed sum", **BY_STATE), LATEST):
        cells = given.cells(asked)
        assert cells["total", "total"].value == 5, "as typed, whatever the categories add to"
        assert figures(cells, "state") == {"09": 3, "21": 1}
    assert set(given.reasons(SUM).values()) == {None}


def test_without_a_typed_total_what_adds_is_the_sum_of_its_categories_and_a_latest_value_is_not(given: Given) -> None:
    typed_states(given, s09=3, s21=1)
    given.typed("2020-Q2", 2, "2020-06-30", disaggregation="institution", category="SFP")
    asked = indicator("typed sum", disaggregations=("state", "institution"))
    cells = given.cells(asked)
    assert cells["total", "total"].value == 2, "of several breakdowns one stands for the total, not their sum"
    assert (figures(cells, "state"), figures(cells, "institution")) == ({"09": 3, "21": 1}, {"SFP": 2})
    latest = given.cells(LATEST)
    assert (latest["total", "total"].value, latest["total", "total"].obs_status) == (None, "n_d")
    assert figures(latest, "state") == {"09": 3, "21": 1}


def test_each_quarter_has_a_total_of_its_own_typed_or_summed(given: Given) -> None:
    given.typed("2020-Q1", 7, "2020-03-31")
    typed_states(given, "2020-Q1", s09=1)
    typed_states(given, s09=3, s21=1)
    asked = indicator("typed sum", **BY_STATE)
    assert [given.total(asked, f"2020-Q{q}") for q in (1, 2)] == [7, 4]
    assert given.span(asked, "2020-H1")["total", "total"].value == 11
    assert figures(given.span(asked, "2020-H1"), "state") == {"09": 4, "21": 1}


def test_a_breakdown_that_no_figure_can_have_is_left_out_and_told(given: Given) -> None:
    given.typed("2020-Q2", 5, "2020-06-30")
    given.typed("2020-Q2", 3, "2020-06-30", disaggregation="color", category="azul")
    assert given.total(SUM) == 5
    assert sorted(row["excluded"] or "" for row in given.gathered(SUM)) == ["", "desglose_capturado"]


def test_a_figure_struck_from_the_list_no_longer_holds(given: Given) -> None:
    given.typed("2020-Q1", 3, "2020-03-31")
    given.typed("2020-Q2", 5, "2020-06-30")
    given.next_night()
    row = {"indicator": "X-1", "period": "2020-Q2", "disaggregation": "total", "category": "total"}
    given.put("reported_value", "captura", vanished=True, **row)
    assert given.total(SUM) is None
    assert given.total(LATEST) == 3


def test_figures_of_other_indicators_stay_with_them(given: Given) -> None:
    given.typed("2020-Q2", 5, "2020-06-30")
    given.typed("2020-Q2", 9, "2020-06-30", indicator="X-2")
    assert given.total(SUM) == 5


def test_a_corrected_figure_is_read_anew_and_the_old_one_at_its_pins(given: Given) -> None:
    given.typed("2020-Q2", 5, "2020-06-30")
    before = given.pins()
    given.next_night()
    given.typed("2020-Q2", 6, "2020-06-30")
    assert given.total(SUM) == 6
    assert given.total(SUM, pins=before) == 5
