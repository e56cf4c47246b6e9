"""The reference model: what the tables of one source must hold after each of its nights.

It knows records and keys only, and is written from the design, not from the SQL.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from history.things import KINDS, SIGHTINGS, Night, Record, Row, Value, fields
from trimestre.warehouse.entities import ENTITIES

Id = tuple[str, str, bytes]
"""Scope, fingerprint and content of a record."""
Key = tuple[str, str]
"""Entity and key."""
Retained = tuple[str, str, str, str]
"""Scope, entity, content and rule of a retained row."""


@dataclass
class Thing:
    """One key: its versions, and who gives it."""

    versions: list[tuple[Value, bool]] = field(default_factory=list)
    """Value and whether it had vanished."""
    stale: bool = False
    owner: Id | None = None
    home: str = ""
    holders: set[Id] = field(default_factory=set)
    """Remembered records that give it, the owner among them."""
    gap: int = -1
    """Of an enrolment: the last night on which it was not active."""
    since: int = 0
    """Night of the present version."""

    @property
    def value(self) -> Value:
        return self.versions[-1][0]

    @property
    def vanished(self) -> bool:
        return self.versions[-1][1]


@dataclass
class Outcome:
    """What a night must have given."""

    records: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


class Model:
    """What the tables of one source must hold."""

    def __init__(self) -> None:
        self.things: dict[Key, Thing] = {}
        self.remembered: dict[Id, tuple[Row, ...]] = {}
        self.retained: dict[Retained, str] = {}
        """Retained row -> state."""
        self.night = 0
        self.past: list[dict[Key, tuple[Value, bool]]] = []
        """What was known after each night: key -> value and whether it had vanished."""

    def merge(self, night: Night) -> Outcome:
        self.night += 1
        outcome = Outcome()
        present, parsed = self._door(night, outcome)
        lost: set[Id] = set()
        forgotten: set[Id] = set()
        failed_tonight: set[Retained] = set()
        staged = [(identity, row) for identity, record in parsed.items() for row in record.rows]
        concerned = {row[0] for _, row in staged} | {of for of, _ in self.things}
        entities = [entity for entity in ENTITIES if entity in concerned]
        failures = {
            entity: self._invalid([(i, r) for i, r in staged if r[0] == entity and r[2] != "out"])
            for entity in entities
        }
        complete = {scope for scope, (whole, _) in night.scopes.items() if whole}
        complete -= {identity[0] for identity, record in parsed.items() if record.unreadable}
        complete -= {identity[0] for identity, row in staged if row[2] == "lost"}
        gone = {known for known in self.remembered if known[0] in complete and known not in present}
        lost |= {identity for found in failures.values() for (identity, _), _ in found}
        for entity in entities:
            rows = [(i, r) for i, r in staged if r[0] == entity]
            self._entity(
                entity, rows, failures[entity], present, gone, lost, forgotten, complete, failed_tonight, outcome
            )
        for identity in parsed:
            if parsed[identity].unreadable:
                failed_tonight.add((identity[0], "record", identity[2].decode(), "registro_ilegible"))
                outcome.rows["record"].update(landed=1, quarantined=1)
        for item in failed_tonight:
            self.retained[item] = "open"
        for item in self.retained:
            if item[0] in complete and item not in failed_tonight:
                self.retained[item] = "mended_at_source"
        unknown = gone | forgotten | lost
        for identity in unknown:
            self.remembered.pop(identity, None)
        for identity, record in parsed.items():
            if not record.unreadable and identity not in lost | forgotten:
                self.remembered[identity] = record.rows
        for thing in self.things.values():
            thing.holders -= unknown
            thing.owner = None if thing.owner in unknown else thing.owner
        self.past.append({key: thing.versions[-1] for key, thing in self.things.items()})
        return outcome

    def _door(self, night: Night, outcome: Outcome) -> tuple[set[Id], dict[Id, Record]]:
        present: set[Id] = set()
        parsed: dict[Id, Record] = {}
        for scope, (_, records) in night.scopes.items():
            for record in records:
                outcome.records["landed"] += 1
                identity = (scope, night.fingerprint, record.encoded())
                if record.blank:
                    outcome.records["blank"] += 1
                elif identity in present or identity in parsed:
                    outcome.records["repeated"] += 1
                elif identity in self.remembered:
                    outcome.records["unchanged"] += 1
                    present.add(identity)
                    for row in self.remembered[identity]:
                        outcome.rows[row[0]].update(landed=1, unchanged=1)
                else:
                    outcome.records["parsed"] += 1
                    parsed[identity] = record if not record.unreadable else Record(unreadable=True)
        return present, parsed

    @staticmethod
    def _invalid(rows: list[tuple[Id, Row]]) -> list[tuple[tuple[Id, Row], str]]:
        """Rows that fail, once per rule: bad ones, and all of a key whose rows differ."""
        found = [(item, "prueba") for item in rows if item[1][2] in ("bad", "lost")]
        keyed = [item for item in rows if item[1][2] != "lost"]
        for key in dict.fromkeys(row[1] for _, row in keyed):
            same = [item for item in keyed if item[1][1] == key]
            sexes = {fields(row).get("sex") for _, row in same if row[0] == "account"} - {None}
            scopes = sorted({i[0] for i, _ in same}) if same[0][1][0] in SIGHTINGS and len(sexes) < 2 else [""]
            for scope in scopes:
                here = [item for item in same if scope in ("", item[0][0])]
                contents = {json.dumps({**fields(row), KINDS[row[0]].moving: None}) for _, row in here}
                if len(contents) > 1:
                    found += [(item, "clave_en_conflicto") for item in here]
        return found

    def _entity(
        self, entity: str, rows: list[tuple[Id, Row]], failures: list[tuple[tuple[Id, Row], str]], present: set[Id],
        gone: set[Id], lost: set[Id], forgotten: set[Id], complete: set[str],
        failed_tonight: set[Retained], outcome: Outcome,
    ) -> None:  # fmt: skip
        count = outcome.rows[entity]
        count["before"] = self._current(entity)
        count["landed"] += len(rows)
        count["out_of_scope"] += sum(row[2] == "out" for _, row in rows)
        in_scope = [item for item in rows if item[1][2] != "out"]
        by_identity = {(item[0], item[1]): item for item, _ in failures}
        held = [item for item in in_scope if (item[0], item[1]) in by_identity]
        good: dict[str, list[tuple[Id, Row]]] = defaultdict(list)
        for item in in_scope:
            if (item[0], item[1]) not in by_identity:
                good[item[1][1]].append(item)
        for item, rule in failures:
            failed_tonight.add((item[0][0], entity, json.dumps(fields(item[1])), rule))
        # conflicts with what a present record says; they lose their records before anything is written
        judged: dict[str, Value] = {}
        further: set[str] = set()
        for key, items in list(good.items()):
            thing = self.things.get((entity, key))
            alive = thing.holders - gone if thing else set()
            if entity in SIGHTINGS and thing:
                good[key] = sorted(items, key=lambda item: item[0][0] != thing.home)  # type: ignore[union-attr]
                disputed = self._sighted(entity, good[key], thing, alive, present)
                items = disputed or []
                good[key] = [item for item in good[key] if item not in items]
                if disputed is not None:
                    further.add(key)
            elif self._disputed(entity, key, items, thing, alive, present, judged):
                del good[key]
            else:
                continue
            held += items
            lost |= {identity for identity, _ in items}
            for identity, row in items:
                failed_tonight.add((identity[0], entity, json.dumps(fields(row)), "clave_en_conflicto"))
        for key, items in good.items():
            if key in further:
                self.things[(entity, key)].holders |= {identity for identity, _ in items} - lost
                count["repeated"] += len(items)
            else:
                value = judged.get(key) or self._derive(entity, [row for _, row in items], None, False, key)
                self._good(entity, key, items, value, present, gone, lost, forgotten, count)
        carried = {row[1] for _, row in in_scope if row[2] != "lost"}
        for (of, key), thing in self.things.items():
            if of == entity and not thing.vanished and thing.home in complete and key not in carried:
                if thing.owner is not None and thing.owner not in gone:
                    continue
                heirs = thing.holders - gone
                if heirs:
                    self._inherit(thing, heirs, forgotten)
                else:
                    self._write(thing, thing.value, vanished=True)
                    thing.owner, thing.stale, thing.holders = None, False, set()
                    count["vanished"] += 1
        count["quarantined"] += len(held)
        last = {row[1]: identity for identity, row in rows if (identity, row) in held and row[2] != "lost"}
        for key, identity in last.items():
            held_thing = self.things.get((entity, key))
            if held_thing is None or held_thing.vanished:
                continue
            alive = held_thing.holders - gone
            survivors = {h for h in alive if h in present or h[0] != identity[0]}
            forgotten |= alive - survivors
            if survivors:
                if held_thing.owner not in survivors:
                    self._inherit(held_thing, survivors, forgotten)
            else:
                held_thing.owner, held_thing.home, held_thing.stale = None, identity[0], True
        count["after"] = self._current(entity)
        if entity == "enrolment":
            for (of, _), thing in self.things.items():
                if of == entity and (thing.vanished or not thing.value[1]):
                    thing.gap = self.night

    def _disputed(
        self, entity: str, key: str, items: list[tuple[Id, Row]], thing: Thing | None, alive: set[Id],
        present: set[Id], judged: dict[str, Value],
    ) -> bool:  # fmt: skip
        scopes = {identity[0] for identity, _ in items}
        confirmed = any(h in present or h[0] not in scopes for h in alive)
        value = judged[key] = self._derive(entity, [row for _, row in items], thing, confirmed, key)
        return bool(thing and not thing.vanished and alive & present and self._contested(entity, value, thing.value))

    def _sighted(
        self, entity: str, items: list[tuple[Id, Row]], thing: Thing, alive: set[Id], present: set[Id]
    ) -> list[tuple[Id, Row]] | None:
        """Of sightings, home rows first: the rows in conflict where the version stays; None where it need not."""
        at_home = items[0][0][0] == thing.home
        if thing.vanished or self._derive(entity, [items[0][1]], thing, False, "") == thing.value:
            return None
        if at_home and not any(h in present and h[0] == thing.home for h in alive):
            return None
        if not at_home and thing.owner not in alive:
            return None
        sexes = {None, thing.value[1] if entity == "account" else None}
        return [
            (identity, row)
            for identity, row in items
            if (identity[0] == thing.home)
            or (len(sexes) > 1 and fields(row)["sex"] not in sexes)
        ]  # fmt: skip

    def _inherit(self, thing: Thing, heirs: set[Id], forgotten: set[Id]) -> None:
        """The version stays for another giver, of its own scope first; others may say otherwise."""
        thing.owner = min(heirs, key=lambda heir: (heir[0] != thing.home, heir))
        if thing.owner[0] != thing.home:
            forgotten |= heirs
        thing.home, thing.stale = thing.owner[0], False

    def _good(
        self, entity: str, key: str, items: list[tuple[Id, Row]], value: Value, present: set[Id], gone: set[Id],
        lost: set[Id], forgotten: set[Id], count: Counter[str],
    ) -> None:  # fmt: skip
        count["repeated"] += len(items) - 1
        first = items[0][0]
        givers = {identity for identity, _ in items} - lost
        thing = self.things.get((entity, key))
        if thing is None:
            thing = self.things[(entity, key)] = Thing()
            kind = "new"
        else:
            kind = "returned" if thing.vanished else "unchanged" if value == thing.value else "changed"
        count[kind] += 1
        alive = thing.holders - gone
        sighting = entity in SIGHTINGS
        if kind != "unchanged":
            stay = set() if sighting else {h for h in alive if h in present or h[0] != first[0]}
            forgotten |= alive - stay
            self._write(thing, value, vanished=False)
            thing.holders = stay | givers
        elif thing.owner in alive and (thing.owner in present or thing.owner[0] != first[0]):
            thing.holders = alive | givers
            thing.stale = False
            return
        else:
            if sighting and first[0] != thing.home:
                forgotten |= alive
            elif thing.owner in alive:
                forgotten.add(thing.owner)
            thing.holders = alive | givers
        thing.owner = None if first in lost else first
        thing.home, thing.stale = first[0], False

    def _write(self, thing: Thing, value: Value, *, vanished: bool) -> None:
        thing.versions.append((value, vanished))
        thing.since = self.night

    def _current(self, entity: str) -> int:
        return sum(of == entity and not thing.vanished for (of, _), thing in self.things.items())

    @staticmethod
    def _contested(entity: str, value: Value, known: Value) -> bool:
        """Whether two records disagree: the earliest of two times is no disagreement."""
        best = {"enrolment": 3, "certificate": 1, "attendance": 0}.get(entity)
        return [v for i, v in enumerate(value) if i != best] != [v for i, v in enumerate(known) if i != best]

    def _derive(self, entity: str, rows: list[Row], thing: Thing | None, confirmed: bool, key: str) -> Value:
        """The merged columns of a key."""
        staged = [fields(row) for row in rows]
        one = staged[0]
        known = thing.value if thing else None
        match entity:
            case "enrolment":
                times = [f["accessed_at"] for f in staged] + ([known[3]] if known else [])
                active = one["active"] == "true"
                return (one["role"], active, active or bool(known and known[2]), min(t for t in times if t))
            case "module_completion" | "certificate":
                done, undone = {"module_completion": ("completed", "not_completed")}.get(
                    entity, ("obtained", "not_obtained")
                )
                if entity == "module_completion":
                    at = one["completed_at"]
                else:  # a re-issue is the same certificate
                    at = min((f["obtained_at"] for f in staged if f["obtained_at"]), default=None)
                if known is None or known[0] == undone or one["state"] not in (done, undone):
                    return (one["state"], at)
                if one["state"] == done:
                    return (done, min(filter(None, (known[1], at))))
                learner = self.things.get(("enrolment", key))
                assert thing is not None
                certain = learner and not learner.vanished and learner.value[1] and not learner.stale
                # A night's gap is closed by a later version, and counts if that came after the completion's own.
                unbroken = certain and (learner.gap < 0 or learner.gap + 1 <= thing.since)  # type: ignore[union-attr]
                return (undone, None) if unbroken and known[0] == done else ("reset", known[1])
            case "attendance":
                times = [f["registered_at"] for f in staged] + ([known[0]] if known and confirmed else [])
                return (min(t for t in times if t), one["institution"])
            case _:
                return KINDS[entity].value(one)
