"""Many histories in the same batches: each has keys and scopes of its own, so that one knows nothing of another.

A round holds one night of every history: those of the first source make one batch, those of the second another. After
each batch all tables are compared history by history, and both accountings with the sum of all models.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from history.comparison import (
    Difference,
    accounted,
    dangling,
    differences,
    past_differences,
    past_person_differences,
    person_differences,
)
from history.model import Key, Model, Outcome
from history.persons import Persons
from history.playing import KEY, Archive, Place
from history.things import Choice, Night, Value, prefixed
from trimestre.indicators.evidence import pins_at
from trimestre.pipeline import deciding
from trimestre.pipeline.replay.replaying import replay
from trimestre.pipeline.replay.withdrawing import withdraw
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.entities import IDENTITY_SOURCE

IDENTITY = -1
"""Instead of the number of a source: what people decide."""


@dataclass
class Played:
    """One history of the crowd: its nights by batch, and what its models hold."""

    nights: dict[int, tuple[int, Night]] = field(default_factory=dict)
    """Batch -> its source and what it delivered of this history."""
    models: list[Model] = field(default_factory=lambda: [Model(), Model()])


class Crowd:
    """Histories on two sources of a warehouse."""

    def __init__(self, place: Place, folder: Path, histories: Sequence[Sequence[Night]], name: str = "") -> None:
        """``name`` tells the sources and keys of a crowd from those of others in the same warehouse."""
        sources = [f"primera{name}", f"segunda{name}"]
        self.sources = [Archive(place, source, folder) for source in sources]
        self._place = place
        self._rounds = list(zip_longest(*histories))
        self._played = {f"{name}h{number}.": Played() for number in range(len(histories))}
        believed = sources[0] in place.project.identity.sex_order
        self._persons = {
            prefix: Persons(lambda number, key: self.sources[number].keys(key), sources, believed)
            for prefix in self._played
        }
        self._of_round: dict[tuple[int, int], int] = {}
        """Round and source -> batch."""
        self._known: dict[int, dict[str, Any]] = {}
        """Batch, in the order of merging -> what was known of its source and of persons after it, by history."""
        self._source_of: dict[int, int] = {}
        self._withdrawn: set[int] = set()
        """Sources with a withdrawn batch."""
        self._kept: set[int] = set()
        """Of them, those whose history before the withdrawal stays as it was: no replay made it anew."""

    @property
    def prefixes(self) -> list[str]:
        """The prefix of each history, in their order."""
        return list(self._played)

    def tale(self, wrong: tuple[int, int]) -> Iterator[Difference]:
        """Nights, of which one batch (its round and source) is withdrawn; more nights; replays. What differs."""
        withdrawn_after = wrong[0] + 3
        yield from self.play(0, withdrawn_after)
        if wrong in self._of_round:
            yield from self.withdraw(self._of_round[wrong])
        yield from self.play(withdrawn_after, None)
        yield from self.then()
        for number in {number for _, number in self._of_round}:
            yield from self.replay(number)
        yield from self.then()

    def play(self, first: int = 0, last: int | None = None) -> Iterator[Difference]:
        """Run some rounds; what differs after each batch."""
        for place, nights in list(enumerate(self._rounds))[first:last]:
            for number in (0, 1):
                own = {
                    prefix: prefixed(night, prefix, mark=True)
                    for prefix, night in zip(self._played, nights, strict=True)
                    if night is not None and night.source == number
                }
                if own:
                    yield from self._batch(place, number, own)
            choices = {
                prefix: prefixed(night, prefix).choice
                for prefix, night in zip(self._played, nights, strict=True)
                if night is not None and night.choice is not None
            }
            yield from self._decide(choices)

    def _batch(self, place: int, number: int, own: dict[str, Night]) -> Iterator[Difference]:
        source = self.sources[number]
        scopes = {name: scope for night in own.values() for name, scope in night.scopes.items()}
        batch_id = source.run(Night(scopes, self._place.project.fingerprint(source.source, "1")))
        self._of_round[(place, number)] = batch_id
        outcomes: list[Outcome] = []
        for prefix, played in self._played.items():
            night = own.get(prefix, Night({}))
            played.nights[batch_id] = (number, night)
            outcomes.append(played.models[number].merge(night))
        yield from accounted(source, batch_id, outcomes)
        yield from self._merged_by(number, batch_id)

    def _decide(self, choices: Mapping[str, Choice | None]) -> Iterator[Difference]:
        """What is decided after a round, by one batch of the source ``identity``."""
        accounts: set[str] = set()
        with transaction(self._place.engine) as connection:
            at = lock_warehouse(connection)
            for prefix, choice in choices.items():
                persons = self._persons[prefix]
                what = choice and persons.resolved(choice)
                if what:
                    subject: dict[str, Any] = {"accounts": list(what.accounts)}
                    if what.kind == "revoke":
                        subject = {"decision_id": persons.decisions[-1].number}
                    number = decide(connection, what.kind, subject, reason="prueba", decided_by="ana")
                    persons.decide(what, number)
                    accounts.update(what.accounts)
            batch_id, _, _ = deciding._apply(connection, self._place.project, at, "prueba", accounts=sorted(accounts))
        self._source_of[batch_id] = IDENTITY
        self._known[batch_id] = {}
        for prefix, played in self._played.items():
            self._persons[prefix].link(played.models)
            self._known[batch_id][prefix] = ({}, self._persons[prefix].past[-1])
        yield from person_differences(self.sources[0], self._persons)

    def _merged_by(self, number: int, batch_id: int) -> Iterator[Difference]:
        """Note what is known after a batch, and compare all that its source holds and who is one person."""
        for prefix, played in self._played.items():
            self._persons[prefix].link(played.models)
        self._source_of[batch_id] = number
        self._known[batch_id] = {
            # a source whose only batch was withdrawn has no past
            prefix: (next(reversed(played.models[number].past), {}), self._persons[prefix].past[-1])
            for prefix, played in self._played.items()
        }
        yield from self._compared(number)

    def _compared(self, number: int) -> Iterator[Difference]:
        source = self.sources[number]
        models = {prefix: played.models[number] for prefix, played in self._played.items()}
        yield from differences(source, models, current_only=number in self._kept, open_only=number in self._withdrawn)
        yield from dangling(source)
        yield from person_differences(source, self._persons)

    def then(self) -> Iterator[Difference]:
        """All tables now, also of sources that no batch came for of late, and the past as of every batch."""
        for number in (0, 1):
            yield from self._compared(number)
        latest: dict[str, int] = {}
        for batch_id, known in self._known.items():
            number = self._source_of[batch_id]
            source = self.sources[max(number, 0)]
            if number != IDENTITY:
                latest[source.source] = batch_id
            with transaction(self._place.engine) as connection:
                pins = pins_at(connection, {**latest, IDENTITY_SOURCE: batch_id})
            if number != IDENTITY:
                yield from past_differences(source, pins, {prefix: of[0] for prefix, of in known.items()})
            yield from past_person_differences(source, pins, {prefix: of[1] for prefix, of in known.items()})

    # ------------------------------------------------------------ what undoes and makes anew
    def withdraw(self, batch_id: int) -> Iterator[Difference]:
        """Withdraw a batch: from now on its source is what its other batches make of it."""
        number = self._source_of[batch_id]
        source = self.sources[number]
        done = withdraw(
            self._place.engine, source.connector, self._place.project, source.source, batch_id,
            landing=source.landing, key=KEY, reason="archivo equivocado", decided_by="ana",
        )  # fmt: skip
        self._withdrawn.add(number)
        self._kept.add(number)
        for played in self._played.values():
            del played.nights[batch_id]
        self._told_anew(number)
        yield from self._merged_by(number, done.batch_id)

    def replay(self, number: int) -> Iterator[Difference]:
        """Replay a source: its history is what its batches make of it today."""
        source = self.sources[number]
        done = replay(
            self._place.engine, source.connector, self._place.project, source.source, landing=source.landing, key=KEY
        )
        self._kept.discard(number)
        self._told_anew(number)
        for prefix, played in self._played.items():
            past = iter(played.models[number].past)
            now: dict[Key, tuple[Value, bool]] = {}
            for batch_id in [batch_id for batch_id, of in self._source_of.items() if of == number]:
                now = next(past) if batch_id in played.nights else now
                self._known[batch_id][prefix] = (now, self._known[batch_id][prefix][1])
        yield from self._merged_by(number, done.batch_id)

    def _told_anew(self, number: int) -> None:
        for played in self._played.values():
            model = played.models[number] = Model()
            for of, night in played.nights.values():
                if of == number:
                    model.merge(night)
