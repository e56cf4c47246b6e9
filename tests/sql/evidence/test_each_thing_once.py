"""Histories by chance: whatever is closed, restated, late, merged, moved or defined anew, each thing counts once.

What is placed is told anew in Python, row by row; what is summed up, from the rows at their natural quarters.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from given import SCORED, Given, indicator, key, local
from published import Published

from trimestre.contracts.indicators import Indicator
from trimestre.indicators.definitions import project_from
from trimestre.indicators.drafting import draft
from trimestre.indicators.evidence import execute, pins_at
from trimestre.indicators.placing import Base, Rows, base_of, current_base, rows_of, vintages_in_force
from trimestre.indicators.vintages import candidate_of, verify_hash
from trimestre.periods import Period

QUARTERS = ("2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1")
"""Any but the last is closed; what is late for all of them enters the last."""
LAST = Period.parse(QUARTERS[-1])
PEOPLE = ("ana", "beto", "caro", "dino")
EDITIONS = ("R-1", "R-2", "R-3")
EVENTS = ("V-1", "V-2", "V-3")
INDICATORS = (
    indicator("certificates", code="BY-EDITION"),
    indicator("certificates", code="BY-EVENT", attribution="event", span="cumulative", disaggregations=("sex",)),
    indicator("certified persons", code="PERSONS", attribution="event", disaggregations=("sex",)),
    indicator("attendees", code="NEW", measure="new_persons", disaggregations=("sex",)),
    indicator("typed sum"),
    indicator("satisfaction", code="RESPONSES", measure="count", attribution="event", disaggregations=(), decimals=0)
    .model_copy(update={"parameters": {**SCORED, "survey": "S-R"}}),
)  # fmt: skip


class History:
    """A project to which things happen by chance."""

    def __init__(self, given: Given, seed: int) -> None:
        self.given = given
        self.chance = random.Random(seed)  # noqa: S311
        self.published = Published(given, INDICATORS)
        self.told: list[str] = []
        """What happened, for whoever looks at a failure."""
        for number, edition in enumerate(EDITIONS):
            given.edition(edition, f"2020-{3 * number + 1:02}-10", f"2020-{3 * number + 3:02}-20")
        for number, event in enumerate(EVENTS):
            day = date(2020, 3 * number + 2, 1)
            given.put("event", "framework", event=event, name=event, held_on=day, line="L2")
        closes = {"closes_on": date(2020, 12, 20), "closes_at": local("2020-12-21 00:00")}
        given.survey("S-R", event="V-2", repeated="all", **closes)
        given.put("question_option", "encuestas", survey="S-R", question="P01", code="A5", score=5, ordinal=1)
        for name in PEOPLE:
            sex = self.any("mujer", "hombre", "no_especificado")
            for account, source in _accounts(name):
                given.account(account, source, name, sex=sex)
            for edition in EDITIONS:
                given.enrolled(name, edition, entered="2020-01-11 10:00")

    def any(self, *of: Any) -> Any:
        """One of these."""
        return self.chance.choice(of)

    def day(self) -> str:
        """An instant of the year."""
        return f"2020-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02} 10:00"

    def step(self) -> None:
        """Something happens, in a batch: what is decided of persons is known from then on."""
        self.given.batch("moodle")
        happens: Callable[[], object] = self.any(
            self.certified, self.certified, self.certified, self.undone, self.attended, self.responded, self.typed,
            self.linked, self.edition_moved, self.event_moved, self.sex_mended, self.defined, self.closed, self.closed,
        )  # fmt: skip
        self.told.append(f"{happens.__name__} {happens()}")

    def certified(self) -> object:
        """A certificate, once in a while without a date."""
        place = self.any(*PEOPLE), self.any(*[self.day() for _ in range(9)], None), self.any(*EDITIONS)
        self.given.certificate(*place)
        return place

    def undone(self) -> object:
        """A certificate is taken back."""
        name, edition = self.any(*PEOPLE), self.any(*EDITIONS)
        self.given.certificate(name, None, edition, state="undone")
        return name, edition

    def attended(self) -> object:
        """Somebody was at an event."""
        name, event = self.any(*PEOPLE), self.any(*EVENTS)
        self.given.present(f"{name}-e", event)
        return name, event

    def responded(self) -> object:
        """One more response of somebody."""
        name, at = self.any(*PEOPLE), self.day()
        self.given.response(f"{name}-r", "S-R", at, str(len(self.told)), answer="A5")
        return name, at

    def typed(self) -> object:
        """A figure is typed or corrected."""
        period, value = self.any(*QUARTERS[:4]), self.chance.randint(1, 9)
        self.given.typed(period, value, f"2020-{3 * int(period[-1]):02}-10")
        return period, value

    def linked(self) -> object:
        """Somebody turns out to be another person, or not to be."""
        name, person = self.any(*PEOPLE), self.any(*PEOPLE)
        for account, source in _accounts(name):
            keys = {"account_key": key(account), "person_key": key(person), "reason": "own"}
            self.given.put("person_link", source, merged_with="identity", **keys)
        return name, person

    def edition_moved(self) -> object:
        """An edition has another opening day."""
        edition, month = self.any(*EDITIONS), self.any(1, 4, 7, 10)
        self.given.edition(edition, f"2020-{month:02}-10", f"2020-{month + 2:02}-20")
        return edition, month

    def event_moved(self) -> object:
        """An event has another day."""
        event, month = self.any(*EVENTS), self.chance.randint(1, 12)
        self.given.put("event", "framework", event=event, held_on=date(2020, month, 5))
        return event, month

    def sex_mended(self) -> object:
        """The sex of somebody is another one."""
        name, sex = self.any(*PEOPLE), self.any("mujer", "hombre")
        self.given.put("person", "identity", person_key=key(name), sex=sex, sex_known=True)
        return name, sex

    def defined(self) -> object:
        """A definition is retired, comes back, loses its breakdowns, or gets another method."""
        indicators = list(self.published.indicators)
        place = self.chance.randrange(len(indicators))
        old = indicators[place]
        change: dict[str, object] = self.any(
            {"state": "retirado" if old.state == "vigente" else "vigente"},
            {"disaggregations": () if old.disaggregations else INDICATORS[place].disaggregations},
            {"decimals": 1 - old.decimals},
        )
        indicators[place] = old.model_copy(update=change)
        self.published.indicators = tuple(indicators)
        return old.code, change

    def closed(self) -> object:
        """A quarter is closed or restated, in any order."""
        self.given.next_night()
        period = self.any(*QUARTERS[:4])
        return period, self.published.publish(period)

    # -- what has to hold ----------------------------------------------------------------------------------

    def check(self) -> None:
        """Each thing is in one quarter, and official figures with what is open are everything."""
        self.given.next_night()
        for asked in self.published.indicators:
            if asked.state == "vigente":
                assert self.placed(asked) == self.expected(asked), asked.code
                self.check_sums(asked)

    def read(self, asked: Indicator, rows: Rows) -> list[Any]:
        """The counted rows of a statement."""
        project = self.published.project
        found = execute(self.given.connection, project, asked, self.given.pins(), rows.text, rows.parameters)
        return [row for row in found if row.excluded is None]

    def natural(self, asked: Indicator) -> list[Any]:
        """The counted rows, were nothing closed."""
        nothing = Base({}, str(LAST), {})
        return self.read(asked, rows_of(asked, self.given.pins(), nothing, asked.attribution))

    def placed(self, asked: Indicator) -> dict[str, str]:
        """Row -> the quarter that it counts in."""
        base = current_base(self.given.connection, self.published.project, LAST)
        rows = rows_of(asked, self.given.pins(), base, asked.attribution)
        return {row.evidence_key: row.period for row in self.read(asked, rows)}

    def expected(self, asked: Indicator) -> dict[str, str]:
        """The same by the rule: where it was published, else its natural quarter, else the next one not closed."""
        vintages = vintages_in_force(self.given.connection)
        links = "SELECT l.account_key, l.person_key FROM warehouse.person_link AS l WHERE l.valid_to = 'infinity'"
        today = {row.account_key: row.person_key for row in self.published.run(links)}
        published: dict[Any, str] = {}
        closed = set()
        for row in self.published.run(
            "SELECT c.period, e.thing, e.account_key FROM results.candidate AS c"
            " INNER JOIN results.evidence_set AS s USING (candidate_id) LEFT JOIN results.evidence AS e"
            " ON e.set_id = s.set_id AND e.period = c.period AND e.excluded IS NULL"
            " WHERE c.candidate_id = ANY(:ids) AND s.official AND s.indicator = :code AND s.method = :method"
            " ORDER BY c.period",
            ids=list(vintages.values()),
            code=asked.code,
            method=asked.method_digest(),
        ):
            closed.add(row.period)
            published.setdefault((row.thing, today.get(row.account_key)), row.period)
        places = {}
        for row in self.natural(asked):
            place = row.natural_period
            while row.natural_period in closed and place in vintages:
                place = str(Period.parse(place).next())
            places[row.evidence_key] = published.get((row.thing, row.person_key), place)
        return places

    def check_sums(self, asked: Indicator) -> None:
        """Σ (added + adjustment), official where it was published and of today elsewhere, is what is known."""
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        breakdowns = {"total", *("×".join(dimensions) for dimensions in asked.breakdowns())}
        vintages = vintages_in_force(self.given.connection)
        for period in QUARTERS:
            official = self.published.run(
                "SELECT v.* FROM results.candidate_value AS v WHERE v.candidate_id = :id AND v.covers = v.period"
                " AND v.official AND v.indicator = :code",
                id=vintages.get(period),
                code=asked.code,
            ).all()
            for cell in official or self.given.cells(asked, period).values():
                if cell.disaggregation in breakdowns:
                    sums[cell.disaggregation, cell.category] += (cell.added or 0) + (cell.adjustment or 0)
        rows = self.natural(asked)
        for (breakdown, category), total in sums.items():
            if breakdown != "total" and asked.measure != "count":
                continue  # people stay what they were when they were first reached
            known = [row for row in rows if breakdown == "total" or getattr(row, breakdown) == category]
            assert total == _aggregate(asked, known), (asked.code, breakdown, category)

    def check_vintages(self) -> None:
        """Every vintage still gives its hash and works out again; what moved of it is told by reasons that add up."""
        connection = self.given.connection
        for number in self.published.run("SELECT candidate_id FROM results.candidate").scalars().all():
            found = candidate_of(connection, number)
            assert verify_hash(connection, number)
            then, period = project_from(found["definitions"], self.published.project), Period.parse(found["period"])
            base = base_of(connection, then, found["base"], period)
            again = draft(connection, then, period, pins_at(connection, found["pins"]), base)
            assert again.hash == found["hash"], number
        self.published.compare()
        for row in self.published.run(
            "SELECT d.indicator, d.now - d.published - sum(d.amount) AS rest FROM results.drift AS d"
            " GROUP BY d.candidate_id, d.indicator, d.published, d.now HAVING bool_and(d.amount IS NOT NULL)"
        ):
            assert row.rest == 0, row.indicator


def _accounts(name: str) -> tuple[tuple[str, str], ...]:
    return (name, "moodle"), (f"{name}-e", "eventos"), (f"{name}-r", "encuestas")


def _aggregate(asked: Indicator, rows: list[Any]) -> Decimal:
    if asked.measure == "sum":
        return sum((row.value for row in rows), Decimal(0))
    return Decimal(len(rows) if asked.measure == "count" else len({row.person_key for row in rows}))


def live(given: Given, seed: int, nights: int) -> None:
    """Some nights with five things each; what has to hold is looked at after each."""
    history = History(given, seed)
    try:
        for _ in range(nights):
            for _ in range(5):
                history.step()
            history.check()
        history.check_vintages()
    except BaseException:
        print("\n".join(history.told))
        raise


def test_each_thing_counts_once(given: Given) -> None:
    live(given, seed=7, nights=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_each_thing_counts_once_in_longer_histories(given: Given, seed: int) -> None:
    live(given, seed, nights=9)
