"""Three quarters closed one after another: what is published stays, what is late or mended is told, each thing once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from three_quarters import Learner, Staged, ThreeQuarters

from trimestre.errors import ContractError
from trimestre.pipeline.acts import decide_identity

Q1, Q2, Q3 = "2020-Q1", "2020-Q2", "2020-Q3"

FIRST = (
    Learner("Ana", "E1", "2020-02-20 10:00"),
    Learner("Luis", "E1", "2020-02-20 11:00", sex="hombre"),
    Learner("Eva", "E1", "2020-02-21 10:00", institution="UIF"),
    Learner("Iris", "E1"),
)
SECOND = (
    Learner("Ana", "E2", "2020-05-20 10:00"),
    Learner("Rosa", "E2", "2020-05-20 11:00", institution="UIF"),
    Learner("Juan", "E2", "2020-05-20 12:00", sex="hombre"),
)
THIRD = (Learner("Luis", "E3", "2020-08-20 10:00", sex="hombre"), Learner("Marta", "E3", "2020-08-21 10:00"))
LATE = Learner("Pedro", "E1", "2020-02-25 10:00", sex="hombre")


@pytest.fixture
def project(warehouse: sa.Engine, tmp_path: Path) -> Iterator[ThreeQuarters]:
    return ThreeQuarters(warehouse, tmp_path)


def close_two(project: ThreeQuarters) -> None:
    project.night(*FIRST)
    project.close(Q1)
    project.night(*SECOND)
    project.close(Q2)


@pytest.fixture
def two_closed(staged: Staged) -> ThreeQuarters:
    """The first two quarters closed, each after its own night."""
    return staged(close_two)


def flows(project: ThreeQuarters, code: str, period: str) -> tuple[float | None, ...]:
    """Value, added, adjustment, accumulated and late of an official total."""
    cell = project.cell(code, period)
    names = ("value", "added", "adjustment", "accumulated", "late")
    return tuple(None if cell[name] is None else float(cell[name]) for name in names)


# -- a cumulative indicator over three quarters ---------------------------------------------------------------------


def test_people_who_return_count_once_in_what_is_accumulated_and_once_a_quarter(project: ThreeQuarters) -> None:
    project.night(*FIRST, *SECOND, *THIRD)
    codes = ("CERT", "ALL", "QUARTER", "NEW")
    told = {code: [project.value(code, period) for period in (Q1, Q2, Q3)] for code in codes}
    assert told == {"CERT": [3, 3, 2], "ALL": [3, 5, 6], "QUARTER": [3, 3, 2], "NEW": [3, 2, 1]}
    assert project.spans("QUARTER", Q2) == {"2020-H1": 5, "2020": 5, "FY2020": 5, "project": 5}
    assert project.spans("CERT", Q3) == {"2020-H2": 2, "2020": 8, "FY2020": 8, "project": 8}
    assert project.spans("RATE", Q2)["2020-H1"] == pytest.approx(85.7), "6 of 7, not the mean of 75 and 100"


def test_the_cells_of_people_add_to_the_total_in_every_quarter(project: ThreeQuarters) -> None:
    """Eva moves to another institution after she was first reached: she stays where she was counted first."""
    project.night(*FIRST, *SECOND, *THIRD, Learner("Eva", "E3", "2020-08-21 11:00", institution="SFP"))
    for period, total in ((Q1, 3), (Q2, 5), (Q3, 6)):
        for breakdown in ("sex", "institution"):
            cells = project.rows(
                "SELECT v.value FROM results.indicator_value AS v INNER JOIN results.computation AS c"
                " USING (computation_id) WHERE c.current AND c.period = :period AND v.indicator = 'ALL' AND v.official"
                " AND v.disaggregation = :breakdown",
                period=period,
                breakdown=breakdown,
            )
            assert sum(cell["value"] for cell in cells if cell["value"] is not None) == total
    told = [project.value("ALL", period, "institution", "UIF") for period in (Q1, Q2, Q3)]
    assert told == [1, 2, 2], "Eva, and Rosa from the second quarter on"


def test_an_institution_that_a_later_account_brings_moves_no_earlier_quarter(project: ThreeQuarters) -> None:
    """Closed or not: Eva's and Rosa's certificates were earned in the UIF, although both are of the SFP now."""
    cells = (
        "SELECT c.period, v.indicator, v.disaggregation, v.category, v.value FROM results.indicator_value AS v"
        " INNER JOIN results.computation AS c USING (computation_id)"
        " WHERE c.current AND c.period IN ('2020-Q1', '2020-Q2')"
        " AND v.disaggregation <> 'sex' ORDER BY v.indicator, c.period, v.official, v.disaggregation, v.category"
    )
    project.night(*FIRST)
    project.close(Q1)
    project.night(*SECOND)
    before = project.rows(cells)
    project.night(
        Learner("Eva", "E3", "2020-08-21 11:00", institution="SFP"),
        Learner("Rosa", "E3", "2020-08-21 12:00", institution="SFP"),
    )
    assert project.rows("SELECT DISTINCT institution FROM warehouse.person WHERE valid_to = 'infinity'") == [
        {"institution": "SFP"}
    ]
    assert project.rows(cells) == before
    assert project.value("CERT", Q3, "institution", "SFP") == 2


def test_a_merge_of_persons_lowers_what_is_accumulated_and_leaves_what_was_published(two_closed: ThreeQuarters) -> None:
    project = two_closed
    assert flows(project, "ALL", Q2) == (5, 2, 0, 5, 0)
    decide_identity(
        project.plant, "merge_persons", project.accounts("Eva-E1", "Rosa-E2"), reason="Misma CURP", decided_by="x"
    )
    project.night(*THIRD)
    assert flows(project, "ALL", Q3) == (5, 1, -1, 5, 0), "Marta is new, and two of before are one"
    assert [project.official("ALL", period)["value"] for period in (Q1, Q2)] == [3, 5]
    assert flows(project, "CERT", Q3) == (2, 2, 0, 8, 0), "certificates are what they were"


# -- what comes late -------------------------------------------------------------------------------------------------


def test_what_comes_late_enters_the_next_open_quarter_and_each_thing_counts_once(two_closed: ThreeQuarters) -> None:
    project = two_closed
    project.night(*THIRD, LATE)
    assert flows(project, "CERT", Q3) == (3, 3, 0, 9, 1)
    assert flows(project, "ALL", Q3) == (7, 2, 0, 7, 1)
    official = sum(project.official("CERT", period)["value"] for period in (Q1, Q2))
    assert official + 3 == project.spans("CERT", Q3)["project"]


def test_a_restatement_takes_in_what_came_late_and_the_open_quarter_gives_it_back(two_closed: ThreeQuarters) -> None:
    project = two_closed
    before = project.official("CERT", Q1)
    project.night(*THIRD, LATE)
    with pytest.raises(ContractError, match="motivo"):
        project.close(Q1)
    project.close(Q1, reason="La plataforma entregó tarde un certificado (oficio 7/2020).")
    restated = project.official("CERT", Q1)
    assert (before["vintage"], before["value"]) == (1, 3)
    assert (restated["vintage"], restated["value"]) == (2, 4)
    assert project.official("CERT", Q2)["value"] == 3
    assert flows(project, "CERT", Q3) == (2, 2, 0, 9, 0)


def test_a_certificate_that_is_withdrawn_after_the_close_is_an_adjustment(two_closed: ThreeQuarters) -> None:
    project = two_closed
    project.night(*THIRD)
    project.forget("Juan", "E2")
    project.night(Learner("Juan", "E2", sex="hombre"))
    assert project.official("CERT", Q2)["value"] == 3
    assert flows(project, "CERT", Q3) == (2, 2, -1, 7, 0)


# -- a result of 9 July ----------------------------------------------------------------------------------------------


def test_a_result_of_9_july_is_of_the_third_quarter_by_both_rules(project: ThreeQuarters) -> None:
    """The edition closes on 7 July: a result of 2 July is the second quarter's by edition, one of 9 July came after."""
    project.night(
        Learner("Alma", "E2X", "2020-06-20 10:00"),
        Learner("Beto", "E2X", "2020-07-02 10:00", sex="hombre"),
        Learner("Caro", "E2X", "2020-07-09 10:00"),
    )
    by_edition = [flows(project, "CERT", period) for period in (Q2, Q3)]
    assert by_edition == [(2, 2, 0, 2, 0), (1, 1, 0, 3, 1)]
    assert [project.value("CERT", period, official=False) for period in (Q2, Q3)] == [1, 2]
    assert project.value("RATE", Q2) == pytest.approx(66.7), "the rate of the edition ends at its close"


# -- definitions and targets -----------------------------------------------------------------------------------------


def test_another_method_needs_another_version_once_there_are_official_figures(two_closed: ThreeQuarters) -> None:
    project = two_closed
    project.night(*THIRD)
    project.define("CERT", measure="persons")
    with pytest.raises(ContractError, match="CERT"):
        project.close(Q3)
    change = {"es": "Se cuentan personas.", "en": "Persons are counted."}
    entry = {"version": 2, "changed_on": "2020-09-01", "change": change, "changed_by": "Coordinación"}
    project.define("CERT", version=2, changes=[entry])
    project.night()
    project.close(Q3)
    assert project.official("CERT", Q3)["value"] == 2
    assert [project.official("CERT", period)["value"] for period in (Q1, Q2)] == [3, 3]


def test_a_closed_quarter_keeps_the_target_that_was_in_force(two_closed: ThreeQuarters) -> None:
    project = two_closed
    project.define("CERT", targets={"2020-Q1": 3, "2020-Q2": 6, "2020-Q3": 4})
    project.night(*THIRD)
    with pytest.raises(ContractError, match="CERT"):
        project.close(Q3)  # the target of a published quarter changed and nobody says who approved it
    revision = {
        "what": "target",
        "period": "2020-Q2",
        "old": 3,
        "new": 6,
        "effective_from": "2020-Q3",
        "letter": "Oficio 31/2020",
        "approved_on": "2020-07-20",
        "approved_by": "Coordinación",
    }
    project.define("CERT", revisions=[revision])
    project.night()
    project.close(Q3)
    published = project.official("CERT", Q2)
    assert (published["target"], published["status"]) == (3, "alcanzada")
    assert project.cell("CERT", Q2)["target"] == 3, "computed anew, it is still told against the old one"
    assert project.official("CERT", Q3)["target"] == 4
