"""A whole project: every contract, and what they say together.

A wrong source file is remembered in it, not raised, since it must stop its own DAG and no other; so is a wrong
indicator: it must stop the figures, and no source (:mod:`trimestre.contracts.reading`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trimestre.contracts.base import digest
from trimestre.contracts.corrections import Corrections
from trimestre.contracts.courses import Course, Delivery, Edition
from trimestre.contracts.events import Event
from trimestre.contracts.expectations import Suite
from trimestre.contracts.framework import Framework, Periods, Result
from trimestre.contracts.identity import Identity
from trimestre.contracts.indicators import Indicator
from trimestre.contracts.places import Institution, State
from trimestre.contracts.privacy import Privacy
from trimestre.contracts.sources import Source
from trimestre.contracts.surveys import Survey
from trimestre.contracts.watching import Notifications
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.texts import REFUSALS


class SomeWrong(tuple[Indicator, ...]):
    """The readable indicators of a project that has wrong ones, too: figures want all of them.

    Whoever goes through them is told what is wrong, so that no figure is left out, nor taken for one about no people,
    because its definition could not be read.
    """

    problems: str

    def __iter__(self) -> Iterator[Indicator]:
        raise ContractError(self.problems)


@dataclass(frozen=True)
class Project:
    """Every contract of one project, read and checked."""

    root: Path
    framework: Framework
    periods: Periods
    identity: Identity
    corrections: Corrections
    courses: tuple[Course, ...]
    surveys: tuple[Survey, ...]
    events: tuple[Event, ...]
    indicators: tuple[Indicator, ...]
    """Going through them raises :class:`ContractError` while ``broken_indicators`` has any."""
    suites: dict[str, Suite]
    sources: dict[str, Source]
    institutions: tuple[Institution, ...] = ()
    states: tuple[State, ...] = ()
    results: tuple[Result, ...] = ()
    privacy: Privacy = field(default_factory=Privacy)
    notifications: Notifications = field(default_factory=Notifications)
    broken_sources: dict[str, str] = field(default_factory=dict)
    broken_indicators: dict[str, str] = field(default_factory=dict)
    """Code -> what is wrong with its definition."""

    def editions(self) -> dict[str, tuple[Course, Edition]]:
        """Edition code -> its course and itself."""
        return {edition.edition: (course, edition) for course in self.courses for edition in course.editions}

    def deliveries(self, source: str) -> list[tuple[Course, Edition, Delivery]]:
        """What a source delivers of which edition."""
        return [
            (course, edition, delivery)
            for course in self.courses
            for edition in course.editions
            for delivery in edition.delivered_by
            if delivery.source == source
        ]

    def surveys_of(self, source: str) -> list[Survey]:
        """Surveys that a source delivers."""
        return [survey for survey in self.surveys if survey.source == source]

    def source(self, code: str) -> Source:
        """A source by its code; :class:`ContractError` when there is none or its file is wrong."""
        if code in self.broken_sources:
            raise ContractError(self.broken_sources[code])
        if code not in self.sources:
            known = ", ".join(sorted(self.sources)) or REFUSALS["none"]
            raise ContractError(REFUSALS["source_unknown"].format(found=code, known=known))
        return self.sources[code]

    def indicator(self, code: str) -> Indicator:
        """An indicator by its code."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator
        known = ", ".join(indicator.code for indicator in self.indicators)
        raise ContractError(REFUSALS["indicator"].format(found=code, known=known))

    def readable_indicators(self) -> tuple[Indicator, ...]:
        """The indicators whose definition is right, for whoever needs not all of them."""
        return tuple(tuple.__iter__(self.indicators))

    def indicator_codes(self) -> list[str]:
        """The codes of all indicators, also of those whose definition is wrong."""
        return [*(indicator.code for indicator in self.readable_indicators()), *self.broken_indicators]

    def accumulates(self) -> bool:
        """Whether a quarter moves later ones: some indicator is cumulative, or a wrong one may be."""
        return bool(self.broken_indicators) or any(indicator.span == "cumulative" for indicator in self.indicators)

    def expect_quarter(self, period: Period) -> None:
        """:class:`ContractError` for a quarter out of the project."""
        if period not in self.periods.all():
            first, last = self.periods.first, self.periods.last
            raise ContractError(REFUSALS["quarter_outside"].format(period=period, first=first, last=last))

    def fingerprint(self, source: str, parser_version: str) -> str:
        """The contract fingerprint of a source: changing what reads or judges its records changes it."""
        corrections = [c.model_dump() for c in self.corrections.corrections if c.source == source]
        return digest(
            {
                "parser": parser_version,
                # What is watched reads and judges nothing.
                "mapping": self.sources[source].model_dump(exclude={"freshness"}) if source in self.sources else source,
                "deliveries": [
                    (edition.edition, delivery.model_dump()) for _, edition, delivery in self.deliveries(source)
                ],
                "surveys": [survey.model_dump() for survey in self.surveys_of(source)],
                "corrections": corrections,
                "expectations": {name: suite.judgement() for name, suite in sorted(self.suites.items())},
            }
        )
