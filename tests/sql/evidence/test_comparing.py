"""Two versions of a quarter side by side: what differs is told cell by cell, and nothing else."""

from decimal import Decimal

import pytest
from given import Given, indicator
from published import Published

from trimestre.errors import ContractError
from trimestre.indicators.comparing import Comparison, compare, rehearse
from trimestre.periods import Period

Q2 = Period(2020, 2)
IN_TIME = "2020-05-10 10:00"


@pytest.fixture
def restated(given: Given) -> Published:
    """Three certificates published, then restated with a fourth, a man's, and with a target."""
    for account, sex in (("Ana", "mujer"), ("Eva", "mujer"), ("Luis", "hombre")):
        given.learner(account, certificate=IN_TIME, sex=sex)
    published = Published(given, (indicator("certificates"),))
    published.publish()
    given.learner("Pedro", certificate=IN_TIME, sex="hombre")
    published.indicators = (indicator("certificates", targets={"2020-Q2": 4}),)
    published.publish(kind="restatement")
    return published


def sides(published: Published, left: str, right: str) -> Comparison:
    return compare(published.given.connection, published.project, Q2, left, right)


def moved(done: Comparison) -> dict[tuple[str, str, str], tuple[Decimal | None, Decimal | None]]:
    """Span, breakdown and category -> both values."""
    return {pair.key[2:]: (pair.left and pair.left["value"], pair.right and pair.right["value"]) for pair in done.pairs}


def test_only_cells_that_differ_are_told(restated: Published) -> None:
    done = sides(restated, "v1", "v2")
    quarter = {place[1:]: values for place, values in moved(done).items() if place[0] == "2020-Q2"}
    assert quarter == {("total", "total"): (3, 4), ("sex", "hombre"): (1, 2), ("edition", "ED-A"): (3, 4)}
    women = ("X-1", True, "2020-Q2", "sex", "mujer")
    assert women in done.left.cells
    assert done.equal + len(done.pairs) == len(done.left.cells.keys() | done.right.cells.keys())
    assert [(done.left.kind, done.left.number), (done.right.kind, done.right.number)] == [
        ("vintage", 1),
        ("vintage", 2),
    ]


def test_wider_spans_are_compared_too(restated: Published) -> None:
    assert moved(sides(restated, "v1", "v2"))["2020-H1", "total", "total"] == (3, 4)


def test_definitions_that_differ_are_told_by_their_key(restated: Published) -> None:
    (edit,) = sides(restated, "v1", "v2").edits
    assert (edit.subject, edit.key, edit.left, edit.right) == ("X-1", "targets", {}, {"2020-Q2": 4})
    assert sides(restated, "v1", "v2").methods == ()


def test_a_key_that_a_release_added_since_is_no_edit(restated: Published) -> None:
    """Whoever upgraded would read that somebody changed the indicators, surveys and the framework after the close."""
    restated.run(
        "UPDATE results.candidate SET definitions = definitions #- '{indicators,X-1,direction}'"
        " #- '{surveys,0,safe_text}' #- '{framework,small_cell}' WHERE vintage = 1"
    )
    assert [edit.key for edit in sides(restated, "v1", "v2").edits] == ["targets"]
    assert [edit.key for edit in rehearse(restated.given.connection, restated.project, Q2).edits] == []


def test_a_version_beside_itself_differs_in_nothing(restated: Published) -> None:
    done = sides(restated, "vigente", "v2")
    assert (done.pairs, done.edits, done.methods) == ((), (), ())


def test_a_candidate_is_named_by_its_number(restated: Published) -> None:
    number = restated.run("SELECT max(candidate_id) FROM results.candidate").scalar_one()
    assert sides(restated, f"candidata:{number}", "v2").pairs == ()


@pytest.mark.parametrize("name", ["v3", "candidata:999999", "preliminar", "ayer"])
def test_a_side_that_there_is_not_is_refused_by_its_name(restated: Published, name: str) -> None:
    with pytest.raises(ContractError, match=r"se encontró|se esperaba"):
        sides(restated, "v1", name)


def test_an_edited_yaml_is_rehearsed_against_the_data_of_the_vintage(restated: Published) -> None:
    """What came after the close is no effect of the YAML."""
    restated.given.learner("Rosa", certificate=IN_TIME, sex="mujer")
    assert rehearse(restated.given.connection, restated.project, Q2).pairs == ()
    restated.indicators = (indicator("certificates", measure="persons", targets={"2020-Q2": 5}),)
    done = rehearse(restated.given.connection, restated.project, Q2)
    total = next(pair for pair in done.pairs if pair.key[2:] == ("2020-Q2", "total", "total"))
    assert total.left is not None
    assert total.right is not None
    assert (total.left["value"], total.right["value"]) == (4, 4)
    assert (total.left["status"], total.right["status"]) == ("alcanzada", "con_rezago")
    assert done.methods == ("X-1",)


def test_an_indicator_that_is_new_has_no_left_side(restated: Published) -> None:
    restated.indicators += (indicator("entered", code="X-2"),)
    done = rehearse(restated.given.connection, restated.project, Q2)
    assert {pair.key[0] for pair in done.pairs} == {"X-2"}
    assert all(pair.left is None for pair in done.pairs)
    assert [(edit.subject, edit.key) for edit in done.edits] == [("X-2", "")]
