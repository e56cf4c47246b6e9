"""An institution is one category, however sources write it, and what is not on the list stays as it was typed."""

import pytest
from given import Given, figures, indicator, key

ATTENDEES = indicator("attendees", disaggregations=("institution",))


def named(given: Given, *names: str, code: str = "SFP") -> None:
    """Reviewed names of an institution, as they are compared."""
    given.put("institution", "framework", institution=code, name=code, order_of_government=None, state=None)
    for name in names:
        given.put("alias", "framework", kind="institution", alias=name, code=code)


def at_event(given: Given, name: str, there: str | None, own: str | None = None) -> None:
    """Somebody at the event, with the institution given there and the one that is known of the person."""
    given.account(name, "eventos", institution=own)
    given.present(name, institution=there)


def categories(given: Given) -> dict[str, float | None]:
    return figures(given.cells(ATTENDEES), "institution")


def test_an_institution_written_three_ways_is_one_category(given: Given) -> None:
    named(given, "SFP", "FUNCION PUBLICA", "SECRETARIA DE LA FUNCION PUBLICA")
    at_event(given, "ana", "Secretaría de la Función Pública")
    at_event(given, "eva", "FUNCIÓN  PÚBLICA.")
    at_event(given, "luis", "sfp")
    at_event(given, "pepe", None, "SFP")  # as the person's own is kept: by its code
    at_event(given, "rosa", "Otra Función Pública")
    assert categories(given) == {"SFP": 4, "Otra Función Pública": 1}


def test_the_institution_given_at_the_event_goes_before_the_persons_own(given: Given) -> None:
    named(given, "SFP")
    at_event(given, "ana", "Secretaría de Economía", "SFP")
    at_event(given, "eva", "sfp", "Secretaría de Economía")
    assert categories(given) == {"SFP": 1, "Secretaría de Economía": 1}


def test_names_of_states_and_courses_and_removed_ones_name_no_institution(given: Given) -> None:
    given.put("alias", "framework", kind="state", alias="HIDALGO", code="13")
    given.put("alias", "framework", kind="course", alias="ETICA", code="C")
    named(given, "ECONOMIA", code="SE")
    given.next_night()
    given.put("alias", "framework", kind="institution", alias="ECONOMIA", vanished=True)
    for name, there in (("ana", "Hidalgo"), ("eva", "Ética"), ("luis", "Economía"), ("pepe", "--")):
        at_event(given, name, there)
    assert categories(given) == {"Hidalgo": 1, "Ética": 1, "Economía": 1, "--": 1}


def test_a_name_added_later_does_not_change_what_was_known_before(given: Given) -> None:
    at_event(given, "ana", "Función Pública")
    before = given.pins()
    given.next_night()
    named(given, "FUNCION PUBLICA")
    assert categories(given) == {"SFP": 1}
    assert figures(given.cells(ATTENDEES, pins=before), "institution") == {"Función Pública": 1}


def test_typed_categories_stay_as_they_were_typed(given: Given) -> None:
    """Nobody's row stands behind them: they are the words of whoever reported them."""
    named(given, "SFP")
    given.typed("2020-Q2", 3, "2020-06-30", disaggregation="institution", category="sfp")
    (row,) = given.raw(indicator("typed sum"))
    assert row["institution"] == "sfp"


def test_a_reviewed_name_moves_the_quarters_of_the_events_at_which_it_was_given(given: Given) -> None:
    at_event(given, "ana", "Función Pública")
    given.next_night()
    given.put("alias", "framework", kind="institution", alias="ECONOMIA", code="SE")
    assert given.moved("framework") == set()
    given.next_night()
    named(given, "FUNCION PUBLICA")
    assert given.moved("framework") == {"2020-Q2"}
    given.next_night()
    given.put("alias", "framework", kind="institution", alias="FUNCION PUBLICA", vanished=True)
    assert given.moved("framework") == {"2020-Q2"}


def test_names_of_other_things_and_titles_of_quarters_and_stages_move_no_figure(given: Given) -> None:
    at_event(given, "ana", "Función Pública")
    given.next_night()
    given.put("alias", "framework", kind="course", alias="FUNCION PUBLICA", code="C")
    given.put("institution", "framework", institution="SFP", name="Otro nombre", order_of_government=None, state=None)
    given.put("state", "framework", state="09", name="Ciudad de México", short_name="CDMX")
    given.put("milestone", "framework", indicator="X-1", stage="0", name="Nada")
    given.put(
        "edition_course", "framework", edition="ED-A", delivered_by="moodle", source_course="A", activities={"M1": "x"}
    )
    assert given.moved("framework") == set()


# -- what an account says itself -------------------------------------------------------------------------------------


def says(given: Given, account: str, source: str, **said: str | None) -> None:
    """Where an account works and lives as it says itself; its person is of the SAT and of Jalisco."""
    given.account(account, source, f"person of {account}", institution="SAT", state="14")
    given.put("account", source, account_key=key(account), **said)


def learners(given: Given) -> None:
    given.edition("ED-A", "2020-04-07", "2020-05-18", population="enrolled")
    for name, said in SAID.items():
        says(given, name, "moodle", **said)
        given.enrolled(name, entered="2020-04-10 10:00")
        given.module(name, "M1", "2020-04-20 10:00")
        given.certificate(name, "2020-05-02 10:00")


def attendees(given: Given) -> None:
    for name, said in SAID.items():
        says(given, name, "eventos", **said)
        given.present(name)


def respondents(given: Given) -> None:
    given.scores(A5=5)
    given.survey("S-IN", edition="ED-A", reached_by="invitation")
    for name, said in SAID.items():
        says(given, name, "encuestas", **said)
        given.invited(name)
        given.response(name, "S-IN", "2020-06-03 10:00", answer="A5")
        given.response(name, "S-ED", "2020-06-03 10:00", f"{name} ed", answer="A5")


SAID: dict[str, dict[str, str | None]] = {
    "ana": {"institution": "función pública", "state": None},
    "eva": {"institution": None, "state": "Hidalgo"},
    "luis": {"institution": "Otra", "state": "Otro estado"},
    "iris": {},
}
EVERY_EVIDENCE = {
    "entered": learners, "coverage": learners, "certificates": learners, "modules": learners, "attendees": attendees,
    "invitation response rate": respondents, "satisfaction": respondents,
}  # fmt: skip


@pytest.mark.parametrize("kind", EVERY_EVIDENCE)
def test_a_row_is_of_the_institution_and_state_that_its_account_says_else_of_its_persons(
    given: Given, kind: str
) -> None:
    """Else a later account of the person would take earlier figures to another institution."""
    named(given, "FUNCION PUBLICA")
    given.put("institution", "framework", institution="SFP", name="SFP", order_of_government=None, state="09")
    given.put("state", "framework", state="13", name="Hidalgo")
    given.put("alias", "framework", kind="state", alias="HIDALGO", code="13")
    EVERY_EVIDENCE[kind](given)
    cells = given.cells(indicator(kind, disaggregations=("institution", "state"), measure="count"))
    assert {name: cell.n for (found, name), cell in cells.items() if found == "institution" and cell.n} == {
        "SFP": 1, "SAT": 2, "Otra": 1,
    }  # fmt: skip
    # Of the listed institution its state; a state that no list knows is none, and then the person's.
    assert {name: cell.n for (found, name), cell in cells.items() if found == "state" and cell.n} == {
        "09": 1, "13": 1, "14": 2,
    }  # fmt: skip


def test_a_reviewed_name_moves_the_quarters_of_the_accounts_that_say_it(given: Given) -> None:
    """Also of one whose person is known by another institution: nothing of the person moves then."""
    says(given, "ana", "moodle", institution="función pública", state="Hidalgo")
    given.enrolled("ana", entered="2020-07-03 10:00")
    says(given, "eva", "moodle", institution="Otra", state=None)
    given.certificate("eva", "2020-10-02 10:00")
    moving = {"2020-Q2", "2020-Q3"}
    nights: tuple[dict[str, str | None], ...] = (
        {"entity": "alias", "kind": "institution", "alias": "FUNCION PUBLICA", "code": "SFP"},
        {"entity": "institution", "institution": "SFP", "name": "SFP", "order_of_government": None, "state": "09"},
        {"entity": "alias", "kind": "state", "alias": "HIDALGO", "code": "13"},
        {"entity": "state", "state": "13", "name": "Hidalgo"},
    )
    for night in nights:
        given.next_night()
        given.put(str(night.pop("entity")), "framework", **night)
        assert given.moved("framework") == moving
    given.next_night()
    given.put("alias", "framework", kind="institution", alias="UNA QUE NADIE DICE", code="SFP")
    assert given.moved("framework") == set()
