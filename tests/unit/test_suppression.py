"""What the public is told: nobody who subtracts, solves or compares quarters finds a group of fewer than five."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from trimestre.contracts.corrections import Corrections
from trimestre.contracts.framework import Framework, Line, Periods
from trimestre.contracts.identity import Identity
from trimestre.contracts.indicators import Indicator, Texts
from trimestre.contracts.project import Project
from trimestre.errors import ContractError
from trimestre.indicators.small_cells.cell_numbers import counts_people
from trimestre.indicators.small_cells.recovering import apart, given_away
from trimestre.indicators.small_cells.sums import Node, Sum, Table
from trimestre.indicators.small_cells.suppression import SUPPRESSED, Publishing, suppress

SMALL = 5
SEXES, STATES = ("mujer", "hombre", "no_especificado"), ("01", "09", "15")
CATEGORIES = {"sex": SEXES, "state": STATES, "sex×state": [f"{sex} × {state}" for sex in SEXES for state in STATES]}
SPANS = ("2020-H1", "2020", "FY2020", "project")

Cell = dict[str, Any]
Counts = Mapping[tuple[str, str], int]
"""Sex and state -> people."""


def indicator(code: str = "L2-02", **changes: Any) -> Indicator:
    known: dict[str, Any] = {
        "code": code,
        "state": "vigente",
        "name": Texts(es="x", en="x"),
        "definition": Texts(es="x", en="x"),
        "line": "L2",
        "unit": "certificados",
        "evidence": "certificates",
        "measure": "count",
        "attribution": "edition",
        "disaggregations": ("sex", "state", ("sex", "state")),
    }
    return Indicator(**{**known, **changes})


def project(*indicators: Indicator) -> Project:
    return Project(
        root=Path(),
        framework=Framework(
            project="1", name="P", timezone="America/Mexico_City", lines=(Line(line="L2", name="2"),), small_cell=SMALL
        ),
        periods=Periods(first="2020-Q1", last="2020-Q4"),
        identity=Identity(keys=("email",), sex_order=()),
        corrections=Corrections(),
        courses=(),
        surveys=(),
        events=(),
        indicators=indicators or (indicator(),),
        suites={},
        sources={},
    )


def cell(value: float | None, where: str = "total", category: str = "total", **more: Any) -> Cell:
    known = {
        "indicator": "L2-02",
        "official": True,
        "covers": "2020-Q1",
        "disaggregation": where,
        "category": category,
        "value": None if value is None else Decimal(str(value)),
        "n": value,
        "obs_status": "normal",
    }
    none = ("value_exact", "numerator", "denominator", "response_rate", "percent_of_target", "percent_of_progress",
            "status", "added", "adjustment", "accumulated", "target")  # fmt: skip
    return {**dict.fromkeys(none), **known, "excluded": 0, "late": 0, **more}


def table(counts: Counts, **more: Any) -> list[Cell]:
    """All cells of a crossed table; categories that nobody is of are left out, as they are when they are computed."""
    by_sex = {sex: sum(n for (s, _), n in counts.items() if s == sex) for sex in SEXES}
    by_state = {state: sum(n for (_, s), n in counts.items() if s == state) for state in STATES}
    return [
        cell(sum(counts.values()), **more),
        *(cell(n, "sex", sex, **more) for sex, n in by_sex.items() if n or sex != "no_especificado"),
        *(cell(n, "state", state, **more) for state, n in by_state.items() if n),
        *(cell(n, "sex×state", f"{sex} × {state}", **more) for (sex, state), n in counts.items() if n),
    ]


def shown(cells: Iterable[Cell]) -> dict[str, int | None]:
    """Category -> what the public reads; ``None`` = hidden."""
    return {
        item["category"]: None if item["obs_status"] == SUPPRESSED else int(item["value"])
        for item in cells
        if item["disaggregation"] != "total"
    }


def sexes(**counts: int) -> list[Cell]:
    return [cell(sum(counts.values())), *(cell(n, "sex", sex) for sex, n in counts.items())]


# -- one breakdown ---------------------------------------------------------------------------------------------


def test_a_small_group_takes_the_next_smallest_with_it_and_the_total_stays() -> None:
    told = suppress(project(), sexes(mujer=3, hombre=152, no_especificado=9), "public")
    assert shown(told) == {"mujer": None, "hombre": 152, "no_especificado": None}
    assert told[0]["value"] == 164


def test_no_group_of_one_to_four_is_told_and_nobody_is_no_group() -> None:
    for count in range(7):
        told = shown(suppress(project(), sexes(mujer=count, hombre=152, no_especificado=30), "public"))
        assert (told["mujer"] is None) == (1 <= count <= 4), count
    assert shown(suppress(project(), sexes(mujer=0, hombre=152), "public")) == {"mujer": 0, "hombre": 152}


def test_two_groups_that_only_add_up_one_way_take_a_third_one_with_them() -> None:
    told = suppress(project(), sexes(mujer=1, hombre=1, no_especificado=40), "public")
    assert shown(told) == {"mujer": None, "hombre": None, "no_especificado": None}


def test_a_breakdown_of_a_handful_is_withdrawn_whole() -> None:
    told = suppress(project(), sexes(mujer=3, hombre=0), "public")
    assert [(item["disaggregation"], item["value"]) for item in told] == [("total", 3)]


def test_nothing_but_the_value_is_told_below_a_total() -> None:
    women = cell(50, "sex", "mujer", late=2, accumulated=Decimal(51))
    cells = [cell(90, late=2, excluded=12), women, cell(40, "sex", "hombre")]
    total, women, _ = suppress(project(), cells, "public")
    assert (total["n"], total["late"], total["excluded"]) == (90, None, 12), "two late ones are a small group"
    assert women["value"] == 50
    assert {women[name] for name in ("n", "late", "excluded", "accumulated", "numerator")} == {None}


def test_a_hidden_cell_gives_no_percentage_of_its_own_target() -> None:
    cells = sexes(mujer=3, hombre=152)
    cells[1] |= {"target": Decimal(10), "percent_of_target": Decimal(30), "status": "con_rezago"}
    women = suppress(project(), cells, "public")[1]
    assert (women["obs_status"], women["value"], women["percent_of_target"], women["status"]) == (
        SUPPRESSED, None, None, None,
    )  # fmt: skip


def test_the_donor_and_we_see_every_figure() -> None:
    cells = sexes(mujer=3, hombre=152)
    assert suppress(project(), cells, "donor") == suppress(project(), cells, "internal") == cells
    with pytest.raises(ContractError, match="audiencia: se encontró «everybody», se esperaba internal, donor, public"):
        suppress(project(), cells, "everybody")


def test_the_same_cells_are_hidden_whatever_their_order() -> None:
    counts = {("mujer", "09"): 3, ("hombre", "09"): 7, ("mujer", "15"): 7, ("hombre", "15"): 20}
    cells = table(counts)
    assert shown(suppress(project(), cells, "public")) == shown(suppress(project(), cells[::-1], "public"))


# -- percentages, means, typed figures -------------------------------------------------------------------------

RATE = indicator("L2-03", measure="share", unit="porcentaje", evidence="enrolments_entered", decimals=1)


def share(hits: int, rows: int, where: str = "total", category: str = "total") -> Cell:
    return cell(
        round(100 * hits / rows, 1), where, category, indicator="L2-03", n=rows,
        numerator=Decimal(hits), denominator=Decimal(rows),
    )  # fmt: skip


@pytest.mark.parametrize(("hits", "rows"), [(3, 40), (2, 4), (38, 40)], ids=["hits", "rows", "misses"])
def test_a_percentage_of_a_small_group_is_hidden_by_whichever_of_its_numbers_is_small(hits: int, rows: int) -> None:
    cells = [share(hits + 50, rows + 70), share(hits, rows, "sex", "mujer"), share(50, 70, "sex", "hombre")]
    told = suppress(project(RATE), cells, "public")
    assert [item["obs_status"] for item in told] == ["normal", SUPPRESSED, SUPPRESSED]


def test_a_percentage_of_all_or_nobody_of_a_large_group_is_told() -> None:
    cells = [share(40, 100), share(40, 40, "sex", "mujer"), share(0, 60, "sex", "hombre")]
    assert [item["value"] for item in suppress(project(RATE), cells, "public")] == [40, 100, 0]


def test_a_percentage_does_not_give_back_a_count_that_is_its_numerator() -> None:
    """377 of 429 and 87.9 % say the same: what is hidden of one is hidden of the other."""
    count = indicator(disaggregations=("sex",))
    certificates = sexes(mujer=3, hombre=60, no_especificado=30)
    known = {"mujer": (3, 30), "hombre": (60, 65), "no_especificado": (30, 35)}
    rates = [share(93, 130), *(share(hits, rows, "sex", sex) for sex, (hits, rows) in known.items())]
    told = suppress(project(count, RATE), [*certificates, *rates], "public")
    hidden = {(item["indicator"], item["category"]) for item in told if item["obs_status"] == SUPPRESSED}
    for category in SEXES:
        assert (("L2-02", category) in hidden) == (("L2-03", category) in hidden), category


def test_a_mean_of_a_few_answers_is_hidden() -> None:
    score = indicator("L2-09", measure="mean", unit="puntos", evidence="scored_answers", decimals=2)
    cells = [
        cell(4.2, indicator="L2-09", n=60, numerator=Decimal(252), denominator=Decimal(60)),
        cell(3.0, "sex", "mujer", indicator="L2-09", n=3, numerator=Decimal(9), denominator=Decimal(3)),
        cell(4.3, "sex", "hombre", indicator="L2-09", n=57, numerator=Decimal(243), denominator=Decimal(57)),
    ]
    told = suppress(project(score), cells, "public")
    assert [item["obs_status"] for item in told] == ["normal", SUPPRESSED, SUPPRESSED]


def test_agreements_and_stages_are_no_people() -> None:
    agreements = indicator("L1-02", evidence="reported_values", measure="sum", unit="convenios")
    parts = {"09": 2, "15": 3}
    cells = [cell(5, indicator="L1-02"), *(cell(n, "state", state, indicator="L1-02") for state, n in parts.items())]
    assert suppress(project(agreements), cells, "public") == cells
    stage = indicator("L2-10", evidence="reported_values", measure="milestone", unit="etapa", stages=("a", "b"))
    assert not counts_people(stage)
    assert counts_people(indicator("L2-11", evidence="reported_values", measure="sum", unit="personas"))


# -- spans, lines, quarters ------------------------------------------------------------------------------------


def test_a_wider_span_does_not_give_back_the_quarter() -> None:
    """The first quarter is the half-year so far."""
    quarter = sexes(mujer=3, hombre=152, no_especificado=9)
    told = suppress(project(), [*quarter, *[item | {"covers": "2020-H1"} for item in quarter]], "public")
    assert shown(told[:4]) == shown(told[4:]) == {"mujer": None, "hombre": 152, "no_especificado": None}


def test_the_reconciliation_line_does_not_give_back_the_official_one() -> None:
    official = sexes(mujer=3, hombre=152, no_especificado=9)
    told = suppress(project(), [*official, *[item | {"official": False} for item in official]], "public")
    assert shown(told[:4]) == shown(told[4:])


def test_what_was_published_before_does_not_give_back_the_quarter() -> None:
    """20 women in the first quarter and 23 in the half-year: three in the second one."""
    first = sexes(mujer=20, hombre=30)
    second = [item | {"covers": "2020-Q2"} for item in sexes(mujer=3, hombre=40, no_especificado=0)]
    half = [item | {"covers": "2020-H1"} for item in sexes(mujer=23, hombre=70)]
    told = suppress(project(), [*second, *half], "public", [first])
    women = [item for item in told if item["category"] == "mujer"]
    assert [item["obs_status"] for item in women] == [SUPPRESSED, SUPPRESSED]
    assert not any(item["value"] == 70 for item in told if item["category"] == "hombre")


def test_new_people_are_not_given_back_by_how_many_there_are_so_far() -> None:
    so_far = indicator("L2-01", measure="persons", span="cumulative", unit="personas", disaggregations=("sex",))
    new = indicator("L2-12", measure="new_persons", unit="personas", disaggregations=("sex",))

    def of(code: str, covers: str, **counts: int) -> list[Cell]:
        return [item | {"indicator": code, "covers": covers} for item in sexes(**counts)]

    first = of("L2-01", "2020-Q1", mujer=20, hombre=30)
    second = [*of("L2-01", "2020-Q2", mujer=22, hombre=50), *of("L2-12", "2020-Q2", mujer=2, hombre=20)]
    told = suppress(project(so_far, new), second, "public", [first])
    women = [item["obs_status"] for item in told if item["category"] == "mujer"]
    assert women == [SUPPRESSED, SUPPRESSED]


def test_a_withdrawn_breakdown_is_not_given_back_by_the_half_year() -> None:
    """Three people of the first quarter, all of one category, in which the second quarter and the half year differ."""
    nobody = {(sex, state): 0 for sex in SEXES for state in STATES}
    second = {("mujer", "01"): 7, ("mujer", "09"): 9, ("hombre", "01"): 1, ("hombre", "15"): 4}
    third = {("no_especificado", "09"): 1, ("no_especificado", "15"): 6}
    truth = figures([nobody | {("no_especificado", "09"): 3}, nobody | second | third], lines=False)
    told = [suppress(project(), truth[number], "public", truth[:number]) for number in range(2)]
    attack = Attack(truth, told)
    assert not [key for key in attack.determined() if 0 < attack.true[key] < SMALL]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({("no_especificado", "15"): 1}, {("no_especificado", "15"): 5}),
        ({("no_especificado", "15"): 1}, {("no_especificado", "09"): 5, ("no_especificado", "15"): 1}),
        ({("hombre", "09"): 3, ("no_especificado", "09"): 1}, {("mujer", "09"): 5, ("hombre", "09"): 3}),
    ],
    ids=["told", "marked", "one side of what is marked"],
)
def test_a_withdrawn_breakdown_is_not_given_back_by_categories_that_nobody_is_of_later(
    first: Counts, second: Counts
) -> None:
    """A handful in the first quarter; in the half-year, too, all are of the same category."""
    nobody = {(sex, state): 0 for sex in SEXES for state in STATES}
    truth = figures([nobody | first, nobody | second], lines=False)
    attack = Attack(truth, [suppress(project(), truth[number], "public", truth[:number]) for number in range(2)])
    assert not [key for key in attack.determined() if 0 < attack.true[key] < SMALL]
    assert not [key for key, low, high in attack.intervals() if high - low < 1]


def test_what_is_marked_and_so_not_zero_gives_nobody_away() -> None:
    """Twelve women and men, ten of them told: two marked cells of at least one each are one person each."""
    counts = dict.fromkeys(((sex, state) for sex in SEXES for state in STATES), 0) | {
        ("mujer", "15"): 1, ("hombre", "09"): 1, ("hombre", "15"): 10,
        ("no_especificado", "01"): 1, ("no_especificado", "09"): 5, ("no_especificado", "15"): 5,
    }  # fmt: skip
    truth = figures([counts], lines=False)
    attack = Attack(truth, [suppress(project(), truth[0], "public")])
    assert not [key for key, low, high in attack.intervals() if high - low < 1]


# -- versions of one quarter -----------------------------------------------------------------------------------


def test_a_restated_version_does_not_tell_what_the_version_before_it_hid() -> None:
    """Three women, then six: the nine that were hidden beside them would give back the three."""
    truth = [sexes(mujer=3, hombre=152, no_especificado=9), sexes(mujer=6, hombre=152, no_especificado=9)]
    first, second = as_published(truth)
    assert shown(first) == shown(second) == {"mujer": None, "hombre": 152, "no_especificado": None}
    assert shown(suppress(project(), truth[1], "public"))["mujer"] == 6, "that no version hid is told"


def test_what_is_hidden_beside_a_small_group_is_the_same_in_every_version() -> None:
    """The smallest other group is another one in the second version."""
    truth = [
        sexes(mujer=3, hombre=20, no_especificado=9),
        sexes(mujer=3, hombre=20, no_especificado=30),
    ]
    first, second = as_published(truth)
    assert shown(first) == shown(second) == {"mujer": None, "hombre": 20, "no_especificado": None}


def test_a_breakdown_that_one_version_withdrew_is_in_no_later_one() -> None:
    truth = [sexes(mujer=3, hombre=0), sexes(mujer=13, hombre=20), sexes(mujer=13, hombre=21)]
    assert [shown(told) for told in as_published(truth)] == [{}, {}, {}]


def test_what_one_version_hid_stays_hidden_when_nobody_is_left_in_it() -> None:
    truth = [sexes(mujer=3, hombre=152, no_especificado=9), sexes(mujer=0, hombre=152, no_especificado=9)]
    assert shown(as_published(truth)[1])["mujer"] is None


def test_a_later_quarter_is_decided_beside_every_version_of_the_one_before() -> None:
    """Of the half-year, the women of the first quarter stay hidden although six of them would be told today."""
    truth = versions(
        [
            (1, {("mujer", "09"): 3, ("hombre", "09"): 60, ("no_especificado", "09"): 9}),
            (1, {("mujer", "09"): 6, ("hombre", "09"): 60, ("no_especificado", "09"): 9}),
            (2, {("mujer", "09"): 40, ("hombre", "09"): 50, ("no_especificado", "09"): 70}),
        ],
        lines=False,
    )
    told = {place(item): item["value"] for item in as_published(truth)[2]}
    in_the_year, in_the_quarter = (told.get((covers, "sex", "mujer")) for covers in ("2020-H1", "2020-Q2"))
    assert None in (in_the_year, in_the_quarter), "46 - 40 = 6, which nobody was told"


def test_what_a_version_told_is_no_cover_in_the_next_one() -> None:
    """By sex nothing changed between the versions, so that whoever holds both knows the numbers of the second."""
    first = {("mujer", "09"): 10, ("mujer", "15"): 11, ("hombre", "09"): 30, ("hombre", "15"): 40}
    second = {("mujer", "09"): 18, ("mujer", "15"): 3, ("hombre", "09"): 30, ("hombre", "15"): 40}
    truth = versions([(1, first), (1, second)], lines=False)
    told = as_published(truth)
    women = [item["value"] for item in told[1] if place(item) == ("2020-Q1", "sex", "mujer")]
    assert women == [21], "hiding it would protect nobody"
    nobody_is_found(truth, told)


def test_a_quarter_that_is_published_after_a_later_one_is_decided_beside_it() -> None:
    """The half-year that the second quarter told gives back what the first one hides, unless that hides more."""
    truth = versions(
        [
            (2, {("mujer", "09"): 40, ("hombre", "09"): 3, ("no_especificado", "09"): 9, ("mujer", "15"): 100}),
            (1, {("mujer", "09"): 30, ("hombre", "09"): 20, ("no_especificado", "09"): 3, ("mujer", "15"): 60}),
        ],
        lines=False,
    )
    nobody_is_found(truth, as_published(truth))


# -- the attacker ----------------------------------------------------------------------------------------------


class Attack:
    """Whoever knows how the figures are made, and all that was told: equations over what was not.

    Written without a look at the product: totals, margins and quarters of a span add up, and a breakdown that is the
    same in two versions of a quarter tells the same people. A category that a breakdown does not list has nobody; of a
    breakdown that is not there nothing is known.
    """

    def __init__(self, truth: Sequence[Sequence[Cell]], told: Sequence[Sequence[Cell]]) -> None:
        self.told = {key: value for key, value in self._cells(told) if value is not None}
        self.listed = {key for key, _ in self._cells(told)}
        self.quarters = [quarter_of(cells) for cells in truth]
        self.true = dict(self._cells(truth))
        tables = {key[:4] for key in self.listed}
        for table in {key[:4] for key in self.true}:
            for category in CATEGORIES.get(table[3], ()):
                self.true.setdefault((*table, category), 0)
                if table in tables and (*table, category) not in self.listed:
                    self.told[*table, category] = 0
        self.unknown = [key for key in self.true if key not in self.told]
        self.places = {key: number for number, key in enumerate(self.unknown)}
        self.rows: list[np.ndarray[Any, Any]] = []
        self.sides: list[float] = []
        self._equations()

    @staticmethod
    def _cells(editions: Sequence[Sequence[Cell]]) -> Iterator[tuple[Any, int | None]]:
        for edition, cells in enumerate(editions):
            for item in cells:
                key = (edition, item["covers"], item["official"], item["disaggregation"], item["category"])
                yield key, None if item["value"] is None else int(item["value"])

    def _equations(self) -> None:
        groups = {key[:3] for key in self.true}
        for group in groups:
            total = (*group, "total", "total")
            for where in ("sex", "state", "sex×state"):
                self._add([key for key in self.true if key[:4] == (*group, where)], total)
            for where, side in (("sex", 0), ("state", 1)):
                for margin in [key for key in self.true if key[:4] == (*group, where)]:
                    crossed = [key for key in self.true if key[:4] == (*group, "sex×state")]
                    self._add([key for key in crossed if key[4].split(" × ")[side] == margin[4]], margin)
        for whole in [key for key in self.true if key[1] in SPANS]:
            parts = [(number, self.quarters[number], *whole[2:]) for number in self._behind(whole[0])]
            self._add([part for part in parts if part in self.true], whole)
        for old, new in combinations(range(len(self.quarters)), 2):
            if self.quarters[old] == self.quarters[new]:
                for place in {key[1:4] for key in self.true if key[0] == new}:
                    before, now = (
                        {key[1:]: n for key, n in self.true.items() if n and (key[0], key[1:4]) == (which, place)}
                        for which in (old, new)
                    )
                    if before == now:
                        for key in now:
                            self._add([(old, *key)], (new, *key))

    def _behind(self, edition: int) -> list[int]:
        """The publications that the spans of one are made of: of each quarter the newest then, else its first."""
        found: dict[str, int] = {}
        for number, quarter in enumerate(self.quarters):
            if quarter <= self.quarters[edition] and (number <= edition or quarter not in found):
                found[quarter] = number
        return list(found.values())

    def _add(self, parts: Sequence[Any], whole: Any) -> None:
        row, side = np.zeros(len(self.unknown)), 0.0
        for key, sign in (*((part, 1) for part in parts), (whole, -1)):
            if key in self.places:
                row[self.places[key]] += sign
            else:
                side -= sign * self.told[key]
        if row.any():
            self.rows.append(row)
            self.sides.append(side)

    def determined(self) -> list[Any]:
        """Hidden numbers that the equations alone determine."""
        if not self.rows:
            return []
        matrix = np.array(self.rows)
        _, values, vectors = np.linalg.svd(matrix)
        null = vectors[(values > 1e-9).sum() :]
        return [key for key, place in self.places.items() if np.abs(null[:, place]).max(initial=0) < 1e-9]

    def intervals(self) -> Iterator[tuple[Any, float, float]]:
        """What a small number may be, as nothing is below zero, and what is marked as hidden is not zero."""
        bounds = [(int(key in self.listed and self.true[key] > 0), None) for key in self.unknown]
        for key, place in self.places.items():
            if 0 < self.true[key] < SMALL:
                ends = []
                for sign in (1, -1):
                    goal = np.zeros(len(self.unknown))
                    goal[place] = sign
                    rows, sides = (np.array(self.rows), self.sides) if self.rows else (None, None)
                    found = linprog(goal, A_eq=rows, b_eq=sides, bounds=bounds)
                    ends.append(np.inf if found.status == 3 else sign * found.fun)
                yield key, *ends


def figures(quarters: Sequence[Counts], *, lines: bool) -> list[list[Cell]]:
    """What each quarter says: itself, its reconciliation, and every span up to it."""
    return versions([(number + 1, counts) for number, counts in enumerate(quarters)], lines=lines)


def versions(published: Sequence[tuple[int, Counts]], *, lines: bool) -> list[list[Cell]]:
    """What quarters say, by their numbers, in the order in which they are published; one may be there again."""
    editions = []
    in_force = dict(reversed(published))  # of what comes later the first
    for number, counts in published:
        in_force[number] = counts
        so_far = {key: sum(known.get(key, 0) for own, known in in_force.items() if own <= number) for key in counts}
        cells = table(counts, covers=f"2020-Q{number}")
        if lines:
            cells += table(counts, covers=f"2020-Q{number}", official=False)
        editions.append(cells + [item for span in SPANS for item in table(so_far, covers=span)])
    return editions


def quarter_of(cells: Iterable[Cell]) -> str:
    return min(str(item["covers"]) for item in cells if "-Q" in item["covers"])


def as_published(truth: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """What the public is told of each publication, after those before it."""
    return [suppress(project(), cells, "public", truth[:number]) for number, cells in enumerate(truth)]


counts = st.one_of(st.just(0), st.integers(1, 4), st.integers(5, 9), st.integers(10, 300))
crossed = st.fixed_dictionaries({(sex, state): counts for sex in SEXES for state in STATES})


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(crossed, min_size=1, max_size=2), st.booleans())
def test_an_attacker_who_solves_everything_finds_no_small_group(quarters: list[Counts], lines: bool) -> None:
    truth = figures(quarters, lines=lines)
    told = as_published(truth)
    for number, cells in enumerate(told):
        for item in cells:
            assert item["disaggregation"] == "total" or not 0 < (item["value"] or 0) < SMALL, "told"
            if item["disaggregation"] == "total":
                assert item["value"] == truth[number][0]["value"] or item["covers"] in SPANS, "totals stay"
    nobody_is_found(truth, told)


restatements = st.lists(
    st.tuples(st.integers(1, 2), st.dictionaries(st.sampled_from(sorted(product(SEXES, STATES))), counts, max_size=3)),
    min_size=1,
    max_size=2,
)


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(crossed, min_size=2, max_size=2), restatements)
def test_an_attacker_who_holds_every_version_of_two_quarters_finds_no_small_group(
    quarters: list[Counts], restated: list[tuple[int, dict[tuple[str, str], int]]]
) -> None:
    published: list[tuple[int, Counts]] = list(enumerate(quarters, 1))
    for number, changes in restated:
        published.append((number, {**dict(published)[number], **changes}))
    truth = versions(published, lines=False)
    told = as_published(truth)
    for (old, before), (new, now) in combinations(enumerate(told), 2):
        if published[old][0] == published[new][0]:
            hidden = {place(item) for item in truth[old]} - {
                place(item) for item in before if item["value"] is not None
            }
            assert not hidden & {place(item) for item in now if item["value"] is not None}, "hidden before"
    nobody_is_found(truth, told)


def nobody_is_found(truth: Sequence[Sequence[Cell]], told: Sequence[Sequence[Cell]]) -> None:
    attack = Attack(truth, told)
    small = [key for key in attack.determined() if 0 < attack.true[key] < SMALL]
    assert not small, "subtraction"
    for key, low, high in attack.intervals():
        assert high - low > 0.5, f"{key} can only be {low}"


def place(item: Cell) -> tuple[str, ...]:
    return item["covers"], item["disaggregation"], item["category"]


@given(crossed)
def test_not_more_is_hidden_where_nothing_is_small(counts: Counts) -> None:
    large = {key: 5 * number for key, number in counts.items()}
    assert not [item for item in suppress(project(), table(large), "public") if item["obs_status"] == SUPPRESSED]


def test_another_threshold_of_the_project_is_kept() -> None:
    own = project()
    stricter = replace(own, framework=own.framework.model_copy(update={"small_cell": 11}))
    assert shown(suppress(stricter, sexes(mujer=10, hombre=60), "public")) == {"mujer": None, "hombre": None}


# ---------------------------------------------------------------- many quarters, many indicators
def test_a_file_over_many_quarters_decides_about_each_of_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decided: list[int] = []
    decide = Publishing._decide

    def counted(self: Publishing, newest: Sequence[Table]) -> Any:
        decided.append(len(self.labels))
        return decide(self, newest)

    monkeypatch.setattr(Publishing, "_decide", counted)
    monkeypatch.setattr("trimestre.indicators.small_cells.suppression._KNOWN", {})
    quarters = figures(
        [{("mujer", "09"): 3 + n, ("hombre", "09"): 20, ("hombre", "01"): 8} for n in range(3)], lines=True
    )
    alone = [shown(suppress(project(), cells, "public", quarters[:n])) for n, cells in enumerate(quarters)]
    assert decided == [1, 2, 3]
    stricter = project()
    stricter = replace(stricter, framework=stricter.framework.model_copy(update={"small_cell": 12}))
    assert [shown(suppress(stricter, cells, "public", quarters[:n])) for n, cells in enumerate(quarters)] != alone
    assert [shown(suppress(project(), cells, "public", quarters[:n])) for n, cells in enumerate(quarters)] == alone


def test_indicators_that_share_no_number_are_protected_apart() -> None:
    codes = ("L2-01", "L2-02", "L2-03")
    publishing = Publishing(project(*(indicator(code, parameters={"x": code}) for code in codes)))
    for quarter in ("2020-Q1", "2020-Q2"):
        publishing.add(
            [
                own | {"indicator": code, "covers": covers}
                for place, code in enumerate(codes)
                for covers in (quarter, "2020")
                for own in table(
                    {("mujer", "09"): 3 + place, ("hombre", "09"): 11 + place, ("hombre", "15"): 7 + place}
                )
            ]
        )
    parts = apart(publishing._sums, publishing._hidden_together())
    assert len(parts) >= len(codes)
    assert all(len({table.indicator for table in part.tables}) == 1 for part in parts)


_NODES = [Node(Table(0, "X-1", "value", True, "2020-Q1", "state"), f"{number:02}") for number in range(9)]


@settings(max_examples=300)
@given(
    st.lists(st.lists(st.sampled_from(_NODES), min_size=2, max_size=5, unique=True), max_size=9),
    st.sets(st.sampled_from(_NODES)),
)
def test_what_sums_determine_is_found_with_numbers_that_suffice_for_it(
    made: list[list[Node]], hidden: set[Node]
) -> None:
    known = [Sum(tuple(parts), whole, within=True) for *parts, whole in made]
    found = given_away(known, hidden)
    assert set(found) == _determined(known, hidden)
    for node, told in found.items():
        assert not told & hidden
        assert node in _determined(known, set(_NODES) - told)


def _determined(known: Sequence[Sum], hidden: set[Node]) -> set[Node]:
    """The hidden numbers whose unit vector lies in what the sums span, by plain elimination in fractions."""
    names = sorted(hidden)

    def rank(rows: Sequence[Sequence[int]]) -> int:
        left, count = [[Fraction(value) for value in row] for row in rows], 0
        for column in range(len(names)):
            pivot = next((row for row in left if row[column]), None)
            if pivot is None:
                continue
            left.remove(pivot)
            count += 1
            left = [
                [value - row[column] / pivot[column] * own for value, own in zip(row, pivot, strict=True)]
                for row in left
            ]
        return count

    rows = [[one.parts.count(name) - (one.whole == name) for name in names] for one in known]
    units = {name: [int(name == other) for other in names] for name in names}
    return {name for name, unit in units.items() if rank([*rows, unit]) == rank(rows)}
