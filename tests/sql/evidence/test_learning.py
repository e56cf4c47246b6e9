"""Enrolments, modules and certificates: what is counted, once, in which quarter, and why the rest is not."""

import pytest
from given import INDICATORS, Given, figures, indicator, local

ENTERED = indicator("entered")
RATE = indicator("completion rate")
COVERAGE = indicator("coverage")
CERTIFICATES = indicator("certificates")
CERTIFIED = indicator("certified persons")
MODULES = indicator("modules")

OTHER_ACCOUNT = "otra_cuenta_de_la_persona"
OTHER_CERTIFICATE = "otro_certificado_de_la_persona"
NO_DATE = "sin_fecha"
OUTSIDE = "fuera_de_la_poblacion"


def test_a_person_with_two_accounts_in_an_edition_is_not_counted_twice(given: Given) -> None:
    given.learner(
        "ana-1", entered="2020-04-12 10:00", certificate="2020-05-10 10:00", modules={"M1": "2020-04-20 10:00"}
    )
    given.learner(
        "ana-2",
        person="ana-1",
        entered="2020-04-09 10:00",
        certificate="2020-05-02 10:00",
        modules={"M1": "2020-04-15 10:00"},
        sex="mujer",
    )
    assert given.reasons(ENTERED) == {"ana-1": OTHER_ACCOUNT, "ana-2": None}
    assert given.reasons(CERTIFICATES) == {"ana-1": OTHER_CERTIFICATE, "ana-2": None}
    assert given.reasons(MODULES) == {"ana-1": OTHER_ACCOUNT, "ana-2": None}
    assert given.total(RATE) == 100
    assert given.total(CERTIFIED) == 1


def test_the_certificate_of_a_persons_other_account_completes_the_enrolment_that_is_counted(given: Given) -> None:
    given.learner("ana-1", entered="2020-04-09 10:00")
    given.learner("ana-2", person="ana-1", entered="2020-04-12 10:00", certificate="2020-05-02 10:00")
    assert {name: row["hit"] for name, row in given.rows(RATE).items() if row["excluded"] is None} == {"ana-1": True}
    assert given.total(RATE) == 100


def test_an_edition_handed_over_to_a_second_platform_keeps_its_learners_once(given: Given) -> None:
    """Modules 1 and 2 on the first platform, module 3 and the certificate on the second, under other ids."""
    given.learner("ana-pnud", modules={"M1": "2020-04-20 10:00", "M2": "2020-05-04 10:00"}, entered="2020-04-08 10:00")
    given.learner(
        "ana-sfp",
        source="sfp",
        person="ana-pnud",
        entered="2020-05-15 10:00",
        modules={"M2": "2020-05-15 10:05", "M3": "2020-05-16 10:00"},
        certificate="2020-05-16 11:00",
    )
    given.learner("luis-sfp", source="sfp", entered=None)
    assert given.reasons(ENTERED) == {"ana-pnud": None, "ana-sfp": OTHER_ACCOUNT}
    assert given.total(RATE) == 100
    assert given.total(CERTIFICATES) == 1
    assert figures(given.cells(MODULES), "module") == {"M1": 1, "M2": 1, "M3": 1}
    assert figures(given.cells(MODULES), "module×edition") == {"M1 × ED-A": 1, "M2 × ED-A": 1, "M3 × ED-A": 1}


def handed_over(given: Given, name: str, person: str, **reached: str | None) -> None:
    """What the second platform's file says of somebody: module 3 and the certificate, and no enrolment."""
    given.account(name, "sfp", person)
    if reached.get("m3"):
        given.module(name, "M3", reached["m3"], source="sfp")
    if reached.get("certificate"):
        given.certificate(name, reached["certificate"], source="sfp")


def test_a_second_platform_without_enrolments_completes_those_of_the_first(given: Given) -> None:
    """Its file has other ids and only results; the people are found by CURP or e-mail."""
    given.learner("ana", modules={"M1": "2020-04-20 10:00"}, entered="2020-04-08 10:00", sex="mujer", institution="SFP")
    given.learner("luis", entered="2020-04-09 10:00", sex="hombre")
    handed_over(given, "ana-sfp", "ana", m3="2020-05-16 10:00", certificate="2020-05-16 11:00")
    handed_over(given, "nobody", "nobody", m3="2020-05-16 10:00", certificate="2020-05-16 11:00")
    assert given.reasons(ENTERED) == {"ana": None, "luis": None}, "no enrolment is made up"
    assert given.total(RATE) == 50
    assert given.reasons(CERTIFICATES) == {"ana-sfp": None, "nobody": OUTSIDE}
    assert {k: v for k, v in given.reasons(MODULES).items() if k != "ana"} == {"ana-sfp": None, "nobody": OUTSIDE}
    assert figures(given.cells(MODULES), "module") == {"M1": 1, "M3": 1}
    assert figures(given.cells(CERTIFICATES), "sex") == {"mujer": 1, "hombre": 0, "no_especificado": 0}
    assert given.rows(CERTIFICATES)["ana-sfp"]["institution"] == "SFP"
    assert given.total(CERTIFIED) == 1


def test_the_invited_are_those_of_the_platform_that_enrols(given: Given) -> None:
    given.learner("ana", "ED-B", entered="2020-06-02 10:00")
    given.learner("stayed away", "ED-B", entered=None)
    given.account("ana-sfp", "sfp", "ana")
    given.certificate("ana-sfp", "2020-06-20 10:00", "ED-B", "sfp")
    assert set(given.rows(COVERAGE)) == {"ana", "stayed away"}
    assert given.total(COVERAGE) == 50


def test_a_certificate_of_each_platform_is_one_certificate_of_the_edition(given: Given) -> None:
    given.learner("ana", certificate="2020-05-10 10:00")
    handed_over(given, "ana-sfp", "ana", certificate="2020-05-02 10:00")
    assert given.reasons(CERTIFICATES) == {"ana": OTHER_CERTIFICATE, "ana-sfp": None}
    assert given.total(RATE) == 100


@pytest.mark.parametrize("official", ["edition", "event"])
def test_a_certificate_issued_again_by_the_second_platform_neither_counts_nor_moves_the_first(
    given: Given, official: str
) -> None:
    given.learner("ana", certificate="2020-05-10 10:00")
    certificates, certified = (indicator(kind, attribution=official) for kind in ("certificates", "certified persons"))
    before = [given.total(asked, f"2020-Q{q}") for asked in (certificates, certified) for q in (1, 2, 3, 4)]
    given.next_night()
    handed_over(given, "ana-sfp", "ana", certificate="2020-08-02 10:00")
    assert [given.total(asked, f"2020-Q{q}") for asked in (certificates, certified) for q in (1, 2, 3, 4)] == before
    rows = {row["account_key"]: row["excluded"] for row in given.raw(certificates)}
    assert {given.names[key]: reason for key, reason in rows.items()} == {"ana": None, "ana-sfp": OTHER_CERTIFICATE}
    assert given.rows(certificates)["ana"]["at"] == local("2020-05-10 10:00")


def test_who_only_reached_something_on_the_second_platform_entered_the_edition_then(given: Given) -> None:
    given.learner("no access seen", entered=None)
    handed_over(given, "a", "no access seen", m3="2020-05-16 10:00", certificate="2020-05-16 11:00")
    given.learner("came back", entered="2020-06-20 10:00")
    handed_over(given, "b", "came back", m3="2020-05-15 10:00")
    given.learner("earlier", entered="2020-04-08 10:00")
    handed_over(given, "c", "earlier", m3="2020-05-16 10:00")
    given.learner("after the close", entered=None)
    handed_over(given, "d", "after the close", m3="2020-05-20 10:00")
    given.learner("1980", entered=None)
    handed_over(given, "e", "1980", m3="1980-01-01 00:00")
    assert {name: (row["at"], row["at_estimated"]) for name, row in given.rows(ENTERED).items()} == {
        "no access seen": (local("2020-05-16 10:00"), False),
        "came back": (local("2020-05-15 10:00"), False),
        "earlier": (local("2020-04-08 10:00"), False),
        "after the close": (local("2020-05-18 23:59:59"), True),
    }


def test_results_elsewhere_count_for_one_of_a_persons_enrolments_and_stay_with_one_edition(given: Given) -> None:
    given.learner("ana-1", entered="2020-04-20 10:00")
    given.learner("ana-2", person="ana-1", entered="2020-04-25 10:00")
    given.learner("ana-b", "ED-B", person="ana-1", entered="2020-06-05 10:00")
    handed_over(given, "ana-sfp", "ana-1", certificate="2020-04-10 10:00")
    rows = given.rows(ENTERED)
    assert {name: (row["at"], row["excluded"]) for name, row in rows.items()} == {
        "ana-1": (local("2020-04-10 10:00"), None),
        "ana-2": (local("2020-04-25 10:00"), OTHER_ACCOUNT),
        "ana-b": (local("2020-06-05 10:00"), None),
    }
    assert {name for name, row in rows.items() if row["hit"]} == {"ana-1", "ana-2"}


def test_an_account_with_an_enrolment_of_its_own_is_judged_by_that(given: Given) -> None:
    """A learner of the first platform may teach on the second: what was tried out there is no result."""
    given.learner("ana", entered="2020-05-10 10:00")
    given.account("ana-sfp", "sfp", "ana")
    given.enrolled("ana-sfp", source="sfp", role="editingteacher", in_population=False, entered="2020-04-08 10:00")
    given.module("ana-sfp", "M3", "2020-04-09 10:00", source="sfp")
    given.certificate("ana-sfp", "2020-04-09 11:00", source="sfp")
    assert given.reasons(CERTIFICATES) == given.reasons(MODULES) == {"ana-sfp": OUTSIDE}
    assert given.rows(ENTERED)["ana"]["at"] == local("2020-05-10 10:00")
    assert given.total(RATE) == 0


def test_a_person_found_later_or_parted_again_takes_the_results_along(given: Given) -> None:
    given.learner("ana", entered="2020-04-08 10:00")
    handed_over(given, "ana-sfp", "ana-sfp", m3="2020-05-16 10:00", certificate="2020-05-16 11:00")
    before = given.pins()
    assert given.reasons(CERTIFICATES) == {"ana-sfp": OUTSIDE}
    given.next_night()
    given.link("ana-sfp", "sfp", "ana", accounts=2)
    given.batch("sfp")
    assert given.reasons(CERTIFICATES) == {"ana-sfp": None}
    assert given.total(RATE) == 100
    assert given.reasons(CERTIFICATES, pins=before) == {"ana-sfp": OUTSIDE}
    given.next_night()
    given.link("ana-sfp", "sfp", "ana-sfp")
    given.batch("sfp")
    assert given.reasons(CERTIFICATES) == {"ana-sfp": OUTSIDE}
    assert given.total(RATE) == 0


def test_who_the_first_platform_forgets_stays_a_learner_of_the_edition(given: Given) -> None:
    given.learner("ana", entered="2020-04-08 10:00")
    given.next_night()
    given.vanish("enrolment", "moodle", "ana", edition="ED-A")
    handed_over(given, "ana-sfp", "ana", certificate="2020-05-16 11:00")
    assert given.reasons(CERTIFICATES) == {"ana-sfp": None}
    assert given.total(RATE) == 100


def test_a_first_access_after_the_close_is_estimated_at_the_editions_last_day(given: Given) -> None:
    """Platforms tell only the last access: whoever comes back later would otherwise have entered after the close."""
    given.learner("late", entered="2020-06-20 10:00")
    given.learner("at the close", entered="2020-05-19 00:00")
    given.learner("just in time", entered="2020-05-18 23:59")
    given.learner("known by a module", entered="2020-06-20 10:00", modules={"M1": "2020-05-02 10:00"})
    rows = given.rows(ENTERED)
    last_second = local("2020-05-18 23:59:59")
    assert {name: (row["at"], row["at_estimated"]) for name, row in rows.items()} == {
        "late": (last_second, True),
        "at the close": (last_second, True),
        "just in time": (local("2020-05-18 23:59"), False),
        "known by a module": (local("2020-05-02 10:00"), False),
    }
    assert given.total(ENTERED) == 4


def test_who_never_entered_is_invited_but_has_not_entered(given: Given) -> None:
    given.learner("came", "ED-B", entered="2020-06-02 10:00")
    given.learner("stayed away", "ED-B", entered=None)
    assert given.reasons(ENTERED) == {"came": None}
    assert given.total(COVERAGE) == 50


def test_a_certificate_after_the_editions_close_counts_once_in_the_next_quarter(given: Given) -> None:
    given.learner("in time", "ED-B", entered="2020-06-02 10:00", certificate="2020-07-07 23:59:59")
    given.learner("late", "ED-B", entered="2020-06-02 10:00", certificate="2020-07-08 00:00")
    by_event = indicator("certificates", attribution="event")
    assert given.reasons(CERTIFICATES) == {"in time": None}
    assert given.reasons(CERTIFICATES, "2020-Q3") == {"late": None}
    assert given.reasons(by_event, "2020-Q2") == {}
    assert given.reasons(by_event, "2020-Q3") == {"in time": None, "late": None}
    assert given.total(RATE) == 50
    both = {v.official: v for v in given.all_values(indicator("certificates", reconciliation=("event",))) if v.n}
    assert set(both) == {True}


def test_the_quarter_ends_at_local_midnight_and_not_at_that_of_utc(given: Given) -> None:
    given.learner("30 June 23:30", "ED-B", certificate="2020-06-30 23:30", modules={"M1": "2020-06-30 23:30"})
    given.learner("1 July 00:00", "ED-B", certificate="2020-07-01 00:00", modules={"M1": "2020-07-01 00:00"})
    for kind in ("certificates", "modules"):
        by_event = indicator(kind, attribution="event")
        assert given.reasons(by_event, "2020-Q2") == {"30 June 23:30": None}
        assert given.reasons(by_event, "2020-Q3") == {"1 July 00:00": None}
        assert set(given.reasons(indicator(kind), "2020-Q2").values()) == {None}


def test_no_coverage_comes_from_an_edition_whose_invited_people_are_not_known(given: Given) -> None:
    given.learner("unknown-1", "ED-A")
    given.learner("unknown-2", "ED-A", entered=None)
    assert given.total(COVERAGE) is None
    assert given.cells(COVERAGE)["total", "total"].status == "sin_dato"
    given.learner("known", "ED-B", entered="2020-06-02 10:00")
    cells = given.cells(COVERAGE)
    assert figures(cells, "edition") == {"ED-A": None, "ED-B": 100}
    assert (cells["total", "total"].value, cells["total", "total"].n, cells["total", "total"].excluded) == (100, 1, 2)


@pytest.mark.parametrize("measure", ["count", "persons"])
def test_how_many_were_invited_is_not_available_rather_than_zero_where_nobody_knows(given: Given, measure: str) -> None:
    invited = indicator("coverage", measure=measure)
    given.learner("unknown", "ED-A")
    assert given.total(invited) is None
    given.learner("known", "ED-B")
    assert given.total(invited) == 1
    assert figures(given.cells(invited), "edition") == {"ED-A": None, "ED-B": 1}


def test_who_is_not_of_the_population_is_excluded_with_the_reason(given: Given) -> None:
    given.account("teacher")
    given.enrolled("teacher", entered="2020-04-10 10:00", role="editingteacher", in_population=False)
    given.certificate("teacher", "2020-05-02 10:00")
    given.module("teacher", "M1", "2020-04-20 10:00")
    given.account("stranger")
    given.certificate("stranger", "2020-05-02 10:00")
    assert given.reasons(CERTIFICATES) == {"teacher": OUTSIDE, "stranger": OUTSIDE}
    assert given.reasons(MODULES) == {"teacher": OUTSIDE}
    assert given.reasons(ENTERED) == {}
    assert given.total(CERTIFICATES) == 0


def test_a_teachers_own_certificate_does_not_displace_the_one_of_the_same_person_as_a_learner(given: Given) -> None:
    given.account("as teacher")
    given.enrolled("as teacher", in_population=False)
    given.certificate("as teacher", "2020-04-20 10:00")
    given.learner("as learner", person="as teacher", certificate="2020-05-02 10:00")
    assert given.reasons(CERTIFICATES) == {"as teacher": OUTSIDE, "as learner": None}


def test_what_a_platform_forgets_still_counts(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00", modules={"M1": "2020-04-20 10:00"}, sex="mujer")
    given.next_night()
    given.vanish("enrolment", "moodle", "ana", edition="ED-A")
    given.vanish("certificate", "moodle", "ana", edition="ED-A")
    given.vanish("module_completion", "moodle", "ana", edition="ED-A", module="M1")
    assert given.total(ENTERED) == given.total(CERTIFICATES) == 1
    assert given.total(RATE) == 100
    assert figures(given.cells(MODULES), "module") == {"M1": 1}
    assert figures(given.cells(CERTIFICATES), "sex") == {"mujer": 1, "hombre": 0}


def test_a_module_failed_or_not_completed_never_counts_and_one_reset_does(given: Given) -> None:
    given.learner("passed", modules={"M1": "2020-04-20 10:00"})
    for name, state in (("failed", "failed"), ("not yet", "not_completed"), ("reset", "reset")):
        given.learner(name, entered=None)
        given.module(name, "M1", "2020-04-20 10:00", state=state)
    assert given.reasons(MODULES) == {"passed": None, "reset": None}
    assert given.reasons(ENTERED) == {"passed": None, "reset": None}, "a failed attempt is no completion"


def test_a_certificate_taken_away_no_longer_counts_and_one_reset_does(given: Given) -> None:
    given.learner("had", certificate="2020-05-02 10:00")
    given.learner("reset", certificate="2020-05-02 10:00")
    given.next_night()
    given.certificate("had", None, state="not_obtained")
    given.certificate("reset", "2020-05-02 10:00", state="reset")
    assert given.reasons(CERTIFICATES) == {"reset": None}
    assert given.total(RATE) == 50


@pytest.mark.parametrize("instant", [None, "1980-01-01 00:00", "1970-01-01 00:00"])
def test_without_an_instant_a_thing_counts_by_edition_and_is_told_by_event(given: Given, instant: str | None) -> None:
    given.learner("ana", entered="2020-04-10 10:00", modules={"M1": instant})
    given.certificate("ana", instant)
    for kind in ("certificates", "modules"):
        assert given.reasons(indicator(kind)) == {"ana": None}
        assert given.reasons(indicator(kind, attribution="event")) == {"ana": NO_DATE}
    assert given.rows(ENTERED)["ana"]["at"] == local("2020-04-10 10:00")
    assert given.total(RATE) == 100


def test_a_first_access_of_1980_is_no_access(given: Given) -> None:
    given.learner("ana", entered="1980-01-01 00:00")
    given.learner("eva", "ED-B", entered="1980-01-01 00:00")
    assert given.reasons(ENTERED) == {}
    assert given.total(COVERAGE) == 0


def test_persons_over_quarters_are_distinct_and_not_the_sum_of_the_quarters(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00", sex="mujer")
    given.learner("luis", certificate="2020-05-03 10:00", sex="hombre")
    given.learner("ana-c", "ED-C", "sfp", person="ana", certificate="2020-08-02 10:00", entered=None, sex="mujer")
    given.learner("eva-c", "ED-C", "sfp", certificate="2020-08-03 10:00", entered=None, sex="mujer")
    quarterly = indicator("certified persons", span="period")
    assert [given.total(CERTIFIED, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [0, 2, 3, 3]
    assert [given.total(quarterly, f"2020-Q{q}") for q in (1, 2, 3, 4)] == [0, 2, 2, 0]
    assert figures(given.cells(CERTIFIED, "2020-Q3"), "sex") == {"mujer": 2, "hombre": 1}
    assert given.total(CERTIFICATES, "2020-Q2") == given.total(CERTIFICATES, "2020-Q3") == 2


def test_sexes_told_for_some_only_leave_the_rest_in_a_category_of_their_own(given: Given) -> None:
    for name, sex in (("ana", "mujer"), ("eva", "mujer"), ("luis", "hombre"), ("x", None), ("nb", "no_binario")):
        given.learner(name, certificate="2020-05-02 10:00", **({"sex": sex} if sex else {}))
    by_sex = figures(given.cells(CERTIFICATES), "sex")
    assert by_sex == {"mujer": 2, "hombre": 1, "no_especificado": 1, "no_binario": 1}


def test_women_are_not_available_rather_than_zero_when_no_sex_is_told(given: Given) -> None:
    given.learner("x", certificate="2020-05-02 10:00")
    cells = given.cells(CERTIFICATES)
    assert figures(cells, "sex") == {"mujer": None, "hombre": None, "no_especificado": 1}
    assert cells["sex", "mujer"].obs_status == "n_d"


def test_men_are_zero_when_sexes_are_told_and_all_are_women(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00", sex="mujer")
    assert figures(given.cells(CERTIFICATES), "sex") == {"mujer": 1, "hombre": 0}


@pytest.mark.parametrize("kind", ["entered", "certificates", "certified persons", "modules"])
def test_a_person_of_contradictory_sex_stands_in_no_sexs_cell(given: Given, kind: str) -> None:
    given.learner("ana-1", certificate="2020-05-02 10:00", modules={"M1": "2020-04-20 10:00"})
    given.learner(
        "ana-2",
        "ED-B",
        "sfp",
        person="ana-1",
        certificate="2020-06-20 10:00",
        modules={"M1": "2020-06-20 10:00"},
        sex="no_especificado",
        sex_known=True,
        sex_conflict=True,
        accounts=2,
    )
    given.learner("eva", certificate="2020-05-02 10:00", modules={"M1": "2020-04-20 10:00"}, sex="mujer")
    by_sex = figures(given.cells(indicator(kind)), "sex")
    assert (by_sex["mujer"], by_sex["hombre"]) == (1, 0)
    assert by_sex["no_especificado"] == (1 if kind == "certified persons" else 2)


def test_a_quarter_without_an_edition_is_zero_and_one_before_any_delivery_is_not_available(given: Given) -> None:
    assert given.total(CERTIFICATES) is None, "nothing was ever delivered"
    assert figures(given.cells(CERTIFICATES), "sex") == {"mujer": None, "hombre": None}
    given.learner("ana", certificate="2020-05-02 10:00")
    assert given.total(CERTIFICATES, "2020-Q1") == 0
    assert given.total(RATE, "2020-Q1") is None, "a share of nothing is no figure"


def test_a_total_that_means_nothing_is_not_printed(given: Given) -> None:
    given.learner("ana", modules={"M1": "2020-04-20 10:00", "M2": "2020-04-21 10:00"})
    given.learner("eva", modules={"M1": "2020-04-20 10:00"})
    cells = given.cells(MODULES)
    assert cells["total", "total"].value is None
    assert figures(cells, "module") == {"M1": 2, "M2": 1}


@pytest.mark.parametrize("kind", [kind for kind, value in INDICATORS.items() if value["measure"] == "share"])
def test_a_share_never_exceeds_the_whole(given: Given, kind: str) -> None:
    for number in range(6):
        given.learner(
            f"a{number}",
            "ED-B",
            entered=None if number == 5 else "2020-06-10 10:00",
            certificate="2020-06-20 10:00" if number % 2 else "2020-07-09 10:00",
            sex=("mujer", "hombre", "no_especificado")[number % 3],
            person=f"a{number % 4}",
        )
    for name in ("p1", "p2"):
        given.account(name, "eventos")
        given.present(name)
    given.account("r1", "encuestas", person="p1")
    for number in range(3):
        given.response("r1", "S-EV", "2020-06-01 10:00", f"r{number}")
    for cell in given.cells(indicator(kind)).values():
        assert cell.numerator is not None
        assert cell.denominator is not None
        assert 0 <= cell.numerator <= cell.denominator
