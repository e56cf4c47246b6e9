"""What holds for every file of ``sql/evidence``: its columns, its key, the past, sums over breakdowns."""

from decimal import Decimal
from itertools import pairwise

import pytest
import sqlalchemy as sa
from given import SCORED, Given, figures, indicator, key

from trimestre.errors import ContractError
from trimestre.indicators import cells as cell_source
from trimestre.indicators.evidence import COLUMNS, evidence_text, pins_at
from trimestre.warehouse.sqlfiles import ROOT

EVIDENCE = sorted(path.stem for path in (ROOT / "evidence").glob("[a-z]*.sql"))


def asked(evidence: str, **changes: object):  # type: ignore[no-untyped-def]
    return indicator(
        **{"evidence": evidence, "measure": "count", "parameters": SCORED, "disaggregations": ("sex",), **changes}
    )


def a_bit_of_everything(given: Given) -> None:
    """Eight people with all there is, two of them twice, one on two platforms; sexes known, unknown, contradictory."""
    given.scores(A4=4, A5=5)
    sexes = ("mujer", "hombre", "mujer", "no_especificado", "hombre", "mujer", "otro", "hombre")
    for number, sex in enumerate(sexes):
        name = f"a{number}"
        given.learner(
            name,
            "ED-B" if number % 3 == 0 else "ED-A",
            entered="2020-06-05 10:00" if number % 3 == 0 else "2020-04-10 10:00",
            certificate="2020-05-02 10:00" if number % 2 else None,
            modules={"M1": "2020-04-20 10:00", "M2": None},
            sex=sex,
            institution=f"I{number % 2}",
        )
        given.account(f"{name} at the event", "eventos", name, sex=sex)
        given.present(f"{name} at the event", organisation_type="academia")
        given.account(f"{name} in the survey", "encuestas", name, sex=sex)
        given.response(f"{name} in the survey", "S-ED", "2020-06-01 10:00", answer="A4" if number % 2 else None)
        given.response(f"{name} in the survey", "S-EV", "2020-06-01 10:00", f"{name} ev", complete=number < 5)
        given.invited(f"{name} in the survey", "S-ED", "2020-05-20 10:00")
    given.learner("a0 again", "ED-B", "sfp", person="a0", certificate="2020-06-20 10:00", sex="mujer")
    given.learner("a1 again", "ED-A", person="a1", certificate="2020-05-01 10:00", sex="hombre")
    for source in ("captura", "captura_estados"):
        given.typed("2020-Q2", 4, "2020-06-30", source)
        given.typed("2020-Q2", 1, "2020-06-30", source, disaggregation="state", category="09")


@pytest.fixture(scope="module")
def everything(given_once: Given) -> Given:
    """A bit of everything, for the tests that only read."""
    a_bit_of_everything(given_once)
    return given_once


def test_the_files_are_the_known_ones() -> None:
    """A new evidence brings its cases with it: add them here."""
    assert EVIDENCE == [
        "attendances",
        "certificates",
        "enrolments_entered",
        "enrolments_invited",
        "module_completions",
        "reported_values",
        "scored_answers",
        "survey_reach",
    ]


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_every_evidence_returns_exactly_the_agreed_columns(everything: Given, evidence: str) -> None:
    rows = everything.raw(asked(evidence))
    assert rows
    assert set(rows[0]) == set(COLUMNS)
    assert len(rows[0]) == len(COLUMNS)


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_every_row_of_evidence_can_be_named(everything: Given, evidence: str) -> None:
    """Otherwise two rows of a figure could not be told apart in a review."""
    keys = [row["evidence_key"] for row in everything.raw(asked(evidence))]
    assert None not in keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_every_row_of_evidence_opens_down_to_where_it_came_from(everything: Given, evidence: str) -> None:
    for row in everything.raw(asked(evidence)):
        assert row["source"] is not None
        assert row["batch_id"] is not None
        assert row["landed_file_id"] is not None
        assert row["position"] is not None
        assert row["sex"] is not None or row["account_key"] is None


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("attribution", ["edition", "event"])
@pytest.mark.parametrize("measure", ["count", "persons"])
def test_women_men_and_the_rest_add_up_to_the_total(
    everything: Given, evidence: str, attribution: str, measure: str
) -> None:
    cells = everything.cells(asked(evidence, attribution=attribution, measure=measure))
    by_sex = figures(cells, "sex")
    if evidence != "reported_values":  # figures typed by people have no sex of their own
        assert sum(value or 0 for value in by_sex.values()) == cells["total", "total"].value
    assert cells["total", "total"].n == sum(c.n for (kind, _), c in cells.items() if kind == "sex") or not any(
        by_sex.values()
    )


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("breakdown", ["sex", ("institution", "sex"), "organisation_type"])
def test_persons_looked_at_once_are_as_many_as_by_every_breakdown(
    everything: Given, monkeypatch: pytest.MonkeyPatch, evidence: str, breakdown: str | tuple[str, ...]
) -> None:
    line = asked(evidence, measure="persons", span="cumulative", disaggregations=(breakdown, "state"))
    once = everything.all_values(line, "2021-Q4")
    monkeypatch.setattr(cell_source, "_ALIKE", set())
    assert everything.all_values(line, "2021-Q4") == once


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_rows_counted_without_their_persons_are_the_same(
    everything: Given, monkeypatch: pytest.MonkeyPatch, evidence: str
) -> None:
    line = asked(evidence, disaggregations=("sex", "institution"))
    everything._forget_what_was_read()  # rows that are kept have their persons already
    without = everything.all_values(line)
    read = cell_source.placed_or_read
    monkeypatch.setattr(cell_source, "placed_or_read", lambda *given, **how: read(*given, **how | {"linked": True}))
    assert everything.all_values(line) == without


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("attribution", ["edition", "event"])
def test_a_thing_counts_in_one_quarter_only(everything: Given, evidence: str, attribution: str) -> None:
    line = asked(evidence, attribution=attribution)
    quarters = [
        everything.cells(line, f"{year}-Q{q}")["total", "total"].n for year in (2019, 2020, 2021) for q in (1, 2, 3, 4)
    ]
    whole = everything.cells(asked(evidence, attribution=attribution, span="cumulative"), "2021-Q4")["total", "total"].n
    assert sum(quarters) == whole


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_no_row_is_lost_between_counted_and_excluded(everything: Given, evidence: str) -> None:
    for attribution in ("edition", "event"):
        total = everything.cells(asked(evidence, attribution=attribution, span="cumulative"), "2021-Q4")[
            "total", "total"
        ]
        # A figure typed for a category beside a total counts in its breakdown only.
        rows = [row for row in everything.raw(asked(evidence)) if row["account_key"] or row["hit"] is not False]
        assert total.n + total.excluded == len(rows)


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_the_past_reads_as_it_was_known(given: Given, evidence: str) -> None:
    """A published figure must be found again after any number of later merges."""
    a_bit_of_everything(given)
    line = asked(evidence)
    before, known = given.pins(), given.all_values(line, pins=given.pins())
    assert known[0].n > 0
    given.next_night()
    given.learner("new", certificate="2020-05-02 10:00", modules={"M1": "2020-05-02 10:00"}, sex="mujer")
    given.learner("new b", "ED-B", sex="mujer")
    given.account("new at the event", "eventos")
    given.present("new at the event")
    given.vanish("attendance", "eventos", "a2 at the event", event="EV-1")
    given.account("new in the survey", "encuestas")
    given.invited("new in the survey", "S-ED")
    given.response("new in the survey", "S-ED", "2020-06-02 10:00", answer="A5")
    given.typed("2020-Q2", 8, "2020-06-30", indicator="X-1", source="captura_nueva")
    given.link("a2", "moodle", "a1", sex="no_especificado", sex_conflict=True)
    given.edition("ED-A", "2020-04-07", "2020-04-15")
    assert given.all_values(line, pins=pins_at(given.connection, before.batches)) == known
    assert given.all_values(line) != known


def test_two_people_found_to_be_one_lower_the_persons_and_only_from_then_on(given: Given) -> None:
    persons = indicator("certified persons")
    given.learner("ana", certificate="2020-05-02 10:00", sex="mujer")
    given.learner("a. lópez", "ED-B", "sfp", certificate="2020-06-20 10:00", sex="mujer")
    before = given.pins()
    assert given.total(persons) == 2
    given.next_night()
    given.link("a. lópez", "sfp", "ana", sex="mujer", accounts=2)
    given.batch("sfp")
    assert given.total(persons) == 1
    assert given.total(indicator("certificates")) == 2, "a certificate of each edition stays one of each edition"
    assert given.total(persons, pins=before) == 2
    given.next_night()
    given.link("a. lópez", "sfp", "a. lópez", sex="mujer")
    given.batch("sfp")
    assert given.total(persons) == 2, "and a split brings them back"


def test_a_source_that_was_never_merged_takes_no_part(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00")
    pins = given.pins()
    given.learner("eva", source="sfp", certificate="2020-05-02 10:00")
    assert given.total(indicator("certificates"), pins=pins) == 1
    assert given.total(indicator("certificates")) == 2


def test_an_edition_taken_out_of_the_framework_takes_its_figures_with_it(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00")
    given.next_night()
    given.put("course_edition", "framework", edition="ED-A", vanished=True)
    assert given.total(indicator("certificates")) == 0
    assert given.total(indicator("entered")) == 0 or given.total(indicator("entered")) is None


def test_no_merged_batch_is_told(given: Given) -> None:
    given.connection.execute(sa.text("DELETE FROM ops.batch"))
    with pytest.raises(ContractError, match=r"ningún lote cargado, .* Ejecute primero `trimestre night`"):
        given.pins()


def test_an_unknown_evidence_is_told_with_the_known_ones() -> None:
    with pytest.raises(ContractError) as raised:
        evidence_text("certificats")
    assert str(raised.value).startswith("evidence: se encontró «certificats», se esperaba uno de sql/evidence: ")
    assert ", ".join(EVIDENCE) in str(raised.value)


def test_people_without_a_category_are_told_as_such_so_that_cells_add(given: Given) -> None:
    given.learner("ana", certificate="2020-05-02 10:00", institution="SFP", sex="mujer")
    given.learner("eva", certificate="2020-05-02 10:00", sex="mujer")
    cells = given.cells(indicator("certified persons", disaggregations=("institution", ("institution", "sex"))))
    assert figures(cells, "institution") == {"SFP": 1, "no_especificado": 1}
    assert figures(cells, "institution×sex") == {"SFP × mujer": 1, "no_especificado × mujer": 1}
    assert cells["total", "total"].value == Decimal(2)


def test_rows_of_no_edition_stay_in_the_total_only(given: Given) -> None:
    given.account("ana", "eventos")
    given.present("ana")
    cells = given.cells(indicator("attendees", disaggregations=("edition",)))
    assert set(cells) == {("total", "total")}


def test_the_instants_of_merges_rise_strictly(given: Given) -> None:
    """The helper itself: pins of later nights lie after those of earlier ones."""
    given.learner("ana")
    first = given.pins().instants.values()
    given.next_night()
    given.learner("eva")
    assert max(first) < given.pins().instants["moodle"]
    instants = list(given.connection.scalars(sa.text("SELECT merged_at FROM ops.batch ORDER BY batch_id")))
    assert all(a < b for a, b in pairwise(instants))
    assert given.names[key("eva")] == "eva"
