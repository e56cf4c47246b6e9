"""An institution is one category, however sources write it, and what is not on the list stays as it was typed."""

from given import Given, figures, indicator

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
