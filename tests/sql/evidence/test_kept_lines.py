"""Kept lines: whatever happens from night to night, they hold what all evidence gives, to the last decimal.

Histories by chance as in ``test_each_thing_once``, with everything that evidence by person reads; after each night
every line that was kept is brought to the new pins, and compared with the same line worked out from everybody.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from given import SCORED, Given, indicator
from test_each_thing_once import EDITIONS, INDICATORS, PEOPLE, History

from trimestre.contracts.indicators import Indicator
from trimestre.indicators import keeping
from trimestre.indicators.cells import CellSource
from trimestre.indicators.computing import indicator_values
from trimestre.indicators.keeping import Kept, moved_on
from trimestre.indicators.lines import Line
from trimestre.indicators.placing import current_base
from trimestre.indicators.touching import touch
from trimestre.periods import Period

MORE = (
    indicator("certified persons", code="FIRST", measure="new_persons", span="period", reconciliation=["event"]),
    indicator("certified persons", code="DISTINCT", span="period", disaggregations=("sex", ("institution", "sex"))),
    indicator("entered", code="ENTERED"),
    indicator("completion rate", code="RATE"),
    indicator("coverage", code="COVERAGE"),
    indicator("modules", code="MODULES"),
    indicator("satisfaction", code="MEAN", representative={"denominator": "enrolments_entered", "min_rate": 0.1})
    .model_copy(update={"parameters": {**SCORED, "survey": "S-R"}}),
    indicator("response rate", code="ANSWERED"),
)  # fmt: skip
PERIODS = (Period(2020, 2), Period(2020, 4))


class Eventful(History):
    """A history in which also modules, enrolments, institutions and scores change."""

    def __init__(self, given: Given, seed: int) -> None:
        super().__init__(given, seed)
        self.published.indicators = (*INDICATORS, *MORE)
        given.scores("S-R", A1=1, A2=2)
        for ordinal, module in enumerate(("M1", "M2"), start=1):
            given.put("module", "framework", course="C", module=module, name=module, ordinal=ordinal)
        given.put("question_option", "encuestas", survey="S-R", question="P01", code="A4", score=4.25, ordinal=1)
        for name in PEOPLE:
            given.link(name, "moodle", name, institution=self.any("SFP", "UIF", None))

    def step(self) -> None:
        """Most of what happens is about people."""
        if self.chance.random() < 0.6:
            self.given.batch("moodle")
            happens = self.any(self.passed, self.enrolled, self.answered, self.institution_mended, self.vanished)
            self.told.append(f"{happens.__name__} {happens()}")
        else:
            super().step()

    def defined(self) -> object:
        """Definitions stay: another one makes another line."""
        return None

    def edition_moved(self) -> object:
        """A dimension moves once in a while: then everybody is looked at."""
        return super().edition_moved() if self.chance.random() < 0.2 else None

    def event_moved(self) -> object:
        """As an edition."""
        return super().event_moved() if self.chance.random() < 0.2 else None

    def passed(self) -> object:
        """A module is passed, or taken back."""
        place = self.any(*PEOPLE), self.any("M1", "M2"), self.day(), self.any(*EDITIONS)
        self.given.module(*place, state=self.any("completed", "completed", "undone"))
        return place

    def enrolled(self) -> object:
        """An enrolment, with or without an entry, of the population or not; also of another account."""
        name, edition, entered = self.any(*PEOPLE), self.any(*EDITIONS), self.any(self.day(), None)
        self.given.enrolled(name, edition, entered=entered, in_population=self.any(True, True, False))
        return name, edition, entered

    def answered(self) -> object:
        """A response with one of the scores, one of them with decimals."""
        name, option = self.any(*PEOPLE), self.any("A1", "A2", "A4", "A5", "none")
        self.given.response(f"{name}-r", "S-R", self.day(), self.any(f"{name}-1", f"{name}-2"), answer=option)
        return name, option

    def institution_mended(self) -> object:
        """Somebody works elsewhere."""
        name, institution = self.any(*PEOPLE), self.any("SFP", "UIF", None)
        self.given.link(name, "moodle", name, institution=institution)
        return name, institution

    def vanished(self) -> object:
        """A platform forgets a certificate."""
        name, edition = self.any(*PEOPLE), self.any(*EDITIONS)
        self.given.certificate(name, self.day(), edition)
        self.given.vanish("certificate", "moodle", name, edition=edition)
        return name, edition

    def compare(self) -> None:
        """Every figure and every kept line is what all evidence gives."""
        connection, project = self.given.connection, self.published.project
        pins = self.given.pins()
        kept, nothing_kept = Kept(connection, pins), Kept(connection, pins, anew=True)
        by_lines = CellSource(connection, project, pins, kept)
        by_everybody = CellSource(connection, project, pins, nothing_kept)
        for period in PERIODS:
            base = current_base(connection, project, period)
            for asked in project.indicators:
                assert _told(by_lines, asked, period, base) == _told(by_everybody, asked, period, base), asked.code
        assert _contents(kept) == _contents(nothing_kept)
        kept.save(connection)


def _told(source: CellSource, asked: Indicator, period: Period, base: Any) -> list[str]:
    return sorted(map(repr, indicator_values(source, asked, period, base)))


def _contents(kept: Kept) -> dict[str, Any]:
    def plain(line: Line) -> Any:
        content = keeping._content(line)
        return {**content, "quarters": {label: sorted(map(str, row)) for label, row in content["quarters"].items()},
                "persons": sorted(map(str, content["persons"]))}  # fmt: skip

    return {name: plain(line) for name, line in kept._asked.items()}


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Whether each line that was moved on could be, as it happens."""
    found: list[bool] = []

    def watched(*lines: Line) -> Line | None:
        line = moved_on(*lines)
        found.append(line is not None)
        return line

    monkeypatch.setattr(keeping, "moved_on", watched)
    return found


def live(given: Given, seed: int, nights: int) -> None:
    """Some nights with a few things each; figures are compared after each."""
    history = Eventful(given, seed)
    given.next_night()
    try:
        history.compare()
        for _ in range(nights):
            given.next_night()
            for _ in range(3):
                history.step()
            given.next_night()
            history.compare()
    except BaseException:
        print("\n".join(history.told))
        raise


def test_kept_lines_hold_what_all_evidence_gives(given: Given, brought: list[bool]) -> None:
    live(given, seed=3, nights=3)
    assert brought.count(True) > 10, "most lines were moved on, not worked out anew"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_kept_lines_hold_it_in_longer_histories(given: Given, brought: list[bool], seed: int) -> None:
    live(given, seed, nights=8)
    assert brought.count(True) > 30


def test_who_changed_person_earlier_is_not_taken_for_touched(given: Given) -> None:
    """A source that was quiet for long moves: what other people did since its last batch is known already."""
    given.typed("2020-Q2", 3, "2020-06-10")
    for name in ("ana", "beto", "caro"):
        given.learner(name, person="ana" if name == "beto" else name, sex="mujer")
    given.next_night()
    given.batch("moodle")
    given.link("beto", "moodle", "caro")
    before = given.pins()
    given.next_night()
    given.typed("2020-Q2", 4, "2020-06-10")
    given.module("ana", "M1", "2020-05-02 10:00")
    touched = touch(given.connection, before, given.pins())
    found = given.connection.scalars(sa.text(f"SELECT t.account_key FROM pg_temp.{touched.mark}accounts AS t"))
    assert {given.names[account] for account in found} == {"ana"}
