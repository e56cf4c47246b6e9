"""A published figure never moves; what would move it is told by reason, and the reasons add up."""

import random

import pytest
from given import SCORED, Given, indicator
from published import Published

IN_TIME = "2020-05-10 10:00"


def certified(given: Given, *accounts: str, edition: str = "ED-A", **values: str) -> None:
    for account in accounts:
        given.learner(account, edition, certificate=IN_TIME, **values)


@pytest.fixture
def certificates(given: Given) -> Published:
    """Ana, Eva and Luis have a certificate, Iris has none; one is counted each."""
    certified(given, "Ana", "Eva", sex="mujer")
    certified(given, "Luis", sex="hombre")
    given.learner("Iris", sex="mujer")
    return Published(given, (indicator("certificates"),))


def test_nothing_drifts_after_a_night_that_moved_nothing(certificates: Published) -> None:
    certificates.publish()
    assert certificates.drift() == {}
    assert certificates.compare().compared == (), "what nothing moved for is not compared again"


def test_a_row_that_came_late(certificates: Published) -> None:
    certificates.publish()
    certified(certificates.given, "Pedro")
    assert certificates.drift() == {"late_row": (1, 1)}
    assert certificates.rows() == [("Pedro", "late_row", "came")]


def test_a_certificate_that_was_taken_back_is_a_correction(certificates: Published) -> None:
    certificates.publish()
    certificates.given.certificate("Luis", IN_TIME, state="not_obtained")
    assert certificates.drift() == {"correction": (-1, 1)}
    assert certificates.rows() == [("Luis", "correction", "went")]


def test_another_category_moves_no_total_and_is_told(certificates: Published) -> None:
    certificates.publish()
    certificates.given.link("Luis", "moodle", "Luis", sex="mujer")
    certificates.given.batch("moodle")
    assert certificates.drift() == {"correction": (0, 1)}
    told = certificates.run("SELECT d.before, d.after FROM results.drift_row AS d").one()
    assert (told.before["sex"], told.after["sex"]) == ("hombre", "mujer")


def test_a_category_that_no_figure_is_broken_down_by_is_not_told(certificates: Published) -> None:
    certificates.publish()
    certificates.given.link("Luis", "moodle", "Luis", institution="SFP")
    certificates.given.batch("moodle")
    assert certificates.drift() == {}


def test_a_published_row_of_another_quarter_stays_where_it_was_published(given: Given) -> None:
    certified(given, "Ana")
    published = Published(given, (indicator("certificates", attribution="event"),))
    published.publish()
    given.certificate("Ana", "2020-07-02 10:00")
    assert published.drift() == {"correction": (0, 1)}


def test_persons_that_turn_out_to_be_one_count_an_edition_once(certificates: Published) -> None:
    certificates.publish()
    certificates.given.link("Eva", "moodle", "Ana", sex="mujer")
    certificates.given.batch("moodle")
    assert certificates.drift() == {"merge": (-1, 1)}


def test_a_new_account_of_a_person_that_takes_the_place_of_the_published_one(certificates: Published) -> None:
    certificates.publish()
    given = certificates.given
    given.learner("Ana2", "ED-A", "sfp", certificate="2020-05-01 10:00", person="Ana", sex="mujer")
    assert certificates.drift() == {"late_row": (1, 1), "merge": (-1, 1)}


def test_persons_that_turn_out_to_be_two_count_twice(given: Given) -> None:
    certified(given, "Ana", sex="mujer")
    certified(given, "Eva", sex="mujer", person="Ana")
    published = Published(given, (indicator("certificates"),))
    published.publish()
    given.link("Eva", "moodle", "Eva", sex="mujer")
    given.batch("moodle")
    assert published.drift() == {"split": (1, 1)}


def test_distinct_persons_move_although_none_of_their_rows_does(given: Given) -> None:
    certified(given, "Ana", "Luis", sex="mujer")
    certified(given, "Eva", edition="ED-B", sex="mujer")
    certified(given, "Luis2", edition="ED-B", person="Luis", sex="mujer")
    published = Published(given, (indicator("certified persons"),))
    published.publish()
    given.link("Eva", "moodle", "Ana", sex="mujer")
    given.link("Luis2", "moodle", "Luis2", sex="mujer")
    certified(given, "Rosa", sex="mujer")
    given.batch("moodle")
    assert published.drift() == {"late_row": (1, 1), "merge": (-1, 1), "split": (1, 1)}


def test_a_late_row_of_a_person_who_counts_already_adds_nobody(given: Given) -> None:
    certified(given, "Ana", sex="mujer")
    published = Published(given, (indicator("certified persons"),))
    published.publish()
    certified(given, "Ana2", edition="ED-B", person="Ana", sex="mujer")
    assert published.drift() == {"late_row": (0, 1)}


def test_an_attendance_that_was_struck_from_the_list(given: Given) -> None:
    for attendee in ("Ana", "Eva"):
        given.account(attendee, "eventos", sex="mujer")
        given.present(attendee)
    published = Published(given, (indicator("attendees"),))
    published.publish()
    given.vanish("attendance", "eventos", "Eva", event="EV-1")
    assert published.drift() == {"vanished": (-1, 1)}


def test_a_batch_that_was_withdrawn(given: Given) -> None:
    certified(given, "Ana")
    given.next_night()
    certified(given, "Eva")
    published = Published(given, (indicator("certificates"),))
    wrong, _ = given.batch("moodle")
    published.publish()
    given.certificate("Eva", None, state="not_obtained")
    by, _ = given.batch("moodle")
    published.run("UPDATE ops.batch SET state = 'withdrawn' WHERE batch_id = :wrong", wrong=wrong)
    published.run("UPDATE ops.batch SET withdraws = :wrong WHERE batch_id = :by", wrong=wrong, by=by)
    assert published.drift() == {"withdrawal": (-1, 1)}


def test_a_withdrawal_before_the_vintage_is_no_cause_of_what_came_after(given: Given) -> None:
    """Her row began with the withdrawn file and went on with the next one, which said the same."""
    certified(given, "Ana", "Eva")
    wrong, _ = given.batch("moodle")
    given.next_night()
    by, _ = given.batch("moodle")
    published = Published(given, (indicator("certificates"),))
    published.run("UPDATE ops.batch SET state = 'withdrawn' WHERE batch_id = :wrong", wrong=wrong)
    published.run("UPDATE ops.batch SET withdraws = :wrong WHERE batch_id = :by", wrong=wrong, by=by)
    published.publish()
    given.certificate("Eva", None, state="not_obtained")
    assert published.drift() == {"correction": (-1, 1)}


def test_another_definition(certificates: Published) -> None:
    certificates.publish()
    certified(certificates.given, "Pedro")
    given = certificates.given
    certificates.indicators = (indicator("completion rate", version=2, changes=_changed(2)),)
    assert certificates.drift() == {"definition": (76, 0), "late_row": (1, 1)}, "80% of five, and there were three"
    assert given.total(certificates.indicators[0]) == 80


def test_another_name_is_no_other_definition(certificates: Published) -> None:
    certificates.publish()
    certificates.indicators = (indicator("certificates", unit="constancias", targets={"2020-Q3": 5}),)
    assert certificates.drift() == {}


def test_an_indicator_that_was_retired_keeps_what_was_published(certificates: Published) -> None:
    certificates.publish()
    certified(certificates.given, "Pedro")
    certificates.indicators = (indicator("certificates", state="retirado"),)
    assert certificates.drift() == {"late_row": (1, 1)}


def test_what_nothing_explains_is_other(certificates: Published) -> None:
    """Another release reads the same data in another way."""
    certificates.publish()
    certificates.run("DELETE FROM results.evidence WHERE row_no = 1")
    certificates.run("UPDATE results.candidate_value SET value = value - 1, value_exact = value_exact - 1")
    assert certificates.drift() == {"other": (1, 1)}


def test_a_rate_moves_by_its_parts_in_points(given: Given) -> None:
    """Three of four; then one enters late, and the certificate of one arrives."""
    certified(given, "Ana", "Eva", "Luis")
    given.learner("Iris")
    published = Published(given, (indicator("completion rate", decimals=1),))
    published.publish()
    given.learner("Pedro")
    given.certificate("Iris", IN_TIME)
    assert published.drift() == {"late_row": (-15, 1), "correction": (20, 1)}, "75 -> 60 -> 80"


def test_a_mean_moves_by_what_came_and_what_changed(given: Given) -> None:
    given.scores(A=10, B=8)
    for number in range(10):
        account = f"R{number}"
        given.account(account, "encuestas")
        given.response(account, "S-ED", "2020-06-01 10:00", answer="A")
    published = Published(given, (indicator("satisfaction", parameters=SCORED, decimals=2),))
    published.publish()
    given.account("Late", "encuestas")
    given.response("Late", "S-ED", "2020-06-02 10:00", answer="B")
    given.answer("R0", "S-ED", "B")
    assert published.drift() == {"late_row": (-0.18, 1), "correction": (-0.18, 1)}, "10 -> 9.82 -> 9.64"


def test_a_typed_value_that_is_corrected(given: Given) -> None:
    given.typed("2020-Q2", 12, "2020-06-30")
    published = Published(given, (indicator("typed latest"),))
    published.publish()
    given.typed("2020-Q2", 15, "2020-06-30")
    assert published.drift() == {"correction": (3, 1)}


def test_a_figure_typed_for_a_category_moves_its_cell_and_not_the_total(given: Given) -> None:
    given.typed("2020-Q2", 12, "2020-06-30")
    given.typed("2020-Q2", 5, "2020-06-30", disaggregation="sex", category="mujer")
    published = Published(given, (indicator("typed sum", disaggregations=("sex",)),))
    published.publish()
    given.typed("2020-Q2", 7, "2020-06-30", disaggregation="sex", category="mujer")
    assert published.drift() == {"correction": (0, 1)}


def test_a_value_that_was_not_available_has_no_amount(given: Given) -> None:
    published = Published(given, (indicator("typed latest"),))
    published.publish()
    given.typed("2020-Q2", 12, "2020-06-30")
    assert published.drift() == {"late_row": (None, 1)}


def test_a_restatement_takes_in_what_drifted(certificates: Published) -> None:
    first = certificates.publish()
    certified(certificates.given, "Pedro")
    assert certificates.drift() == {"late_row": (1, 1)}
    certificates.given.next_night()
    certificates.publish(kind="restatement")
    assert certificates.drift() == {}
    kept = certificates.run("SELECT count(*) FROM results.drift WHERE candidate_id = :first", first=first).scalar()
    assert kept == 0, "what the replaced vintage drifted by is no news"


def test_what_another_quarter_published_late_drifts_in_none(certificates: Published) -> None:
    certificates.publish()
    certified(certificates.given, "Pedro")
    assert certificates.drift() == {"late_row": (1, 1)}
    certificates.given.next_night()
    certificates.publish("2020-Q3")
    assert (certificates.drift(), certificates.drift("2020-Q3")) == ({}, {})


def test_of_many_rows_some_are_listed_and_all_are_counted(
    certificates: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trimestre.indicators.drifting_rows.AT_MOST", 2)
    certificates.publish()
    certified(certificates.given, "P1", "P2", "P3")
    assert certificates.drift() == {"late_row": (3, 3)}
    assert len(certificates.rows()) == 2


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_reasons_lead_from_what_was_published_to_today(given: Given, seed: int) -> None:
    """Nothing is left to `other`: every step is worked out from the rows, and the last one is today's value."""
    draw = random.Random(seed)  # noqa: S311 (cases, no secrets)
    names = [f"A{number}" for number in range(12)]
    editions = ("ED-A", "ED-B")
    _anything(given, draw, names, editions)
    published = Published(
        given,
        (
            indicator("certificates", code="COUNT"),
            indicator("completion rate", code="RATE", decimals=1),
            indicator("certified persons", code="ALL"),
            indicator("certified persons", code="QUARTER", span="period", disaggregations=()),
            indicator("certified persons", code="NEW", span="period", measure="new_persons"),
        ),
    )
    published.publish()
    _anything(given, draw, [*names[6:], "B0", "B1", "B2"], editions)
    for account in draw.sample(names, 3):
        given.link(account, _source(account), draw.choice(names), sex="mujer")
    found = {code: published.drift(code=code) for code in ("COUNT", "RATE", "ALL", "QUARTER", "NEW")}
    assert any(found.values())
    assert all("other" not in reasons for reasons in found.values()), found


def _anything(given: Given, draw: random.Random, names: list[str], editions: tuple[str, ...]) -> None:
    """Learners of some persons, with or without a certificate that some had."""
    for account in names:
        for edition in draw.sample(editions, draw.choice((1, 2))):
            day = draw.choice(("2020-05-10 10:00", "2020-06-10 10:00", "2020-07-20 10:00"))
            person = draw.choice((account, account, names[0]))
            source = _source(account)
            given.learner(account, edition, source, person=person, sex=draw.choice(("mujer", "hombre")))
            if draw.random() < 0.7:
                state = draw.choice(("obtained", "obtained", "not_obtained"))
                given.certificate(account, day, edition, source, state=state)


def _source(account: str) -> str:
    """An account is of one source."""
    return "moodle" if int(account[1:]) % 2 else "sfp"


def _changed(version: int) -> tuple[dict[str, object], ...]:
    change = {"es": "Otro método.", "en": "Another method."}
    return ({"version": version, "changed_on": "2020-09-01", "change": change, "changed_by": "x"},)
