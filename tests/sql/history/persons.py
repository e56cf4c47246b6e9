"""The reference model of identity: who is one person after each night, by a small union-find over the current accounts.

It looks at all accounts every time; the product only at those that a night can have moved.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from history.model import Model
from history.things import EVERYWHERE, MOST_PER_EMAIL, MOST_PER_ID, SHARED, Choice, Value

NOBODY = {"0", "999", "S/N"}
"""Ids of the histories that stand for none."""

Link = tuple[str, str]
"""person_key and reason."""


@dataclass(frozen=True)
class Decided:
    """A decision about accounts."""

    kind: str
    accounts: tuple[str, ...]
    number: int = 0


@dataclass
class Persons:
    """Links and persons of one history over all its sources."""

    key_of: Callable[[int, str], str]
    """Source and key of an account -> account_key."""
    sources: Sequence[str]
    """Names of the sources in the order in which their sex is believed."""
    believed: bool = True
    """Whether the contract knows that order: else the smaller account_key goes first."""
    links: dict[str, list[Link | None]] = field(default_factory=dict)
    """account_key -> its versions; None = not linked any more."""
    persons: dict[str, list[Value | None]] = field(default_factory=dict)
    past: list[tuple[dict[str, Link], dict[str, Value]]] = field(default_factory=list)
    """What was known after each night."""
    decisions: list[Decided] = field(default_factory=list)
    """Those in force."""

    def resolved(self, choice: Choice) -> Decided | None:
        """What somebody may decide of what was drawn, without its number; None = nothing."""
        if choice.kind == "revoke":
            return Decided("revoke", self.decisions[-1].accounts) if self.decisions else None
        links = self.past[-1][0] if self.past else {}
        accounts = [key for key in dict.fromkeys(self.key_of(*account) for account in choice.accounts) if key in links]
        if choice.kind == "split_persons":
            accounts = [key for key in accounts if links[key][0] == links[accounts[0]][0]]
            others = (
                [key for key in links if key not in accounts and links[key][0] == links[accounts[0]][0]]
                if accounts
                else []
            )
            return Decided(choice.kind, tuple(sorted(accounts))) if others else None
        return Decided(choice.kind, tuple(sorted(accounts))) if len(accounts) > 1 else None

    def decide(self, what: Decided, number: int) -> None:
        """Note a decision that was made, or that the latest was taken back."""
        if what.kind == "revoke":
            self.decisions.pop()
        else:
            self.decisions.append(replace(what, number=number))

    def link(self, models: Sequence[Model]) -> None:
        """Bring the model up to date after a night of any source."""
        links, persons = self.told(models)
        _written(self.links, links)
        _written(self.persons, persons)
        self.past.append((links, persons))

    def told(self, models: Sequence[Model]) -> tuple[dict[str, Link], dict[str, Value]]:
        """Links and persons as the sources' current accounts have them."""
        said: dict[str, dict[str, Any]] = {}
        for number, model in enumerate(models):
            for (entity, key), thing in model.things.items():
                if entity in ("account", "account_identity"):
                    about = said.setdefault(self.key_of(number, key), {"source": number})
                    about[entity] = thing.value
        identifiers = {account: _identifiers(about) for account, about in said.items()}
        links = _components(identifiers, self.decisions)
        members: dict[str, list[str]] = defaultdict(list)
        for account, (person, _) in links.items():
            members[person].append(account)
        persons = {person: self._person([said[account] for account in of]) for person, of in members.items()}
        return links, persons

    def _person(self, members: Sequence[dict[str, Any]]) -> Value:
        """What is known of a person by its accounts: the source that is believed first first, then by the alphabet."""
        told = [((m["source"] if self.believed else 0), self.sources[m["source"]], m.get("account")) for m in members]
        sexes = [(sex, source) for _, source, sex in sorted((n, s, a[1]) for n, s, a in told if a and a[1])]
        institutions = [name for *_, name in sorted((n, s, a[0]) for n, s, a in told if a and a[0])]
        different = {sex for sex, _ in sexes}
        sex, source = sexes[0] if len(different) == 1 else ("no_especificado", None)
        institution = institutions[0] if institutions else None
        return (sex, bool(different), len(different) > 1, source, institution, False, len(members))


Identifier = tuple[str, str, str]
"""Kind, value, and within what it is unique."""


def _identifiers(about: dict[str, Any]) -> set[Identifier]:
    """What may link an account."""
    if "account_identity" not in about:
        return set()
    _, _, email, legal, employee = about["account_identity"]
    institution = about.get("account", (None,))[0]
    found = {("email", email, "")} if email and email != SHARED else set()
    if legal and legal not in NOBODY and re.fullmatch("[A-Z0-9/]+", legal):
        found.add(("legal_id", legal, ""))
    if employee and re.fullmatch(EVERYWHERE, employee.replace(" ", "").upper()):
        found.add(("employee_id", employee, ""))
    elif employee and employee not in NOBODY and institution:
        found.add(("employee_id", employee, institution.replace("-", "").upper()))
    return found


def _components(identifiers: dict[str, set[Identifier]], decisions: Sequence[Decided]) -> dict[str, Link]:
    """Account -> the smallest account that it is connected with, and by which kinds of identifiers."""
    carried = Counter(identifier for of in identifiers.values() for identifier in of)
    most = {"email": MOST_PER_EMAIL, "legal_id": MOST_PER_ID, "employee_id": MOST_PER_ID}
    linking = {item for item, count in carried.items() if 2 <= count <= most[item[0]]}
    linked = _decided({account: of & linking for account, of in identifiers.items()}, decisions)
    person = {account: account for account in linked}

    def root(account: str) -> str:
        while person[account] != account:
            account = person[account]
        return account

    first: dict[Identifier, str] = {}
    for account, of in linked.items():
        for identifier in of:
            one, other = root(account), root(first.setdefault(identifier, account))
            person[max(one, other)] = min(one, other)
    return {account: (root(account), _reason({kind for kind, _, _ in of})) for account, of in linked.items()}


def _reason(kinds: set[str]) -> str:
    if kinds == {"split"}:
        return "decision"
    return "+".join(sorted(kinds - {"split"})) or "own"


def _decided(linked: dict[str, set[Identifier]], decisions: Sequence[Decided]) -> dict[str, set[Identifier]]:
    """A merge is one more identifier; a split tells its accounts' identifiers and the merges before it from others'."""
    found: dict[str, set[Identifier]] = {}
    for account, of in linked.items():
        mine = {(kind, value, within + "/") for kind, value, within in of}
        for decision in decisions:
            if account in decision.accounts:
                split = decision.kind == "split_persons"
                if split:
                    apart = f"/{decision.number}"
                    mine = {(kind, value, within[: within.index("/")] + apart) for kind, value, within in mine}
                mine.add(("split" if split else "decision", str(decision.number), "/"))
        found[account] = mine
    carried = Counter(identifier for of in found.values() for identifier in of)
    return {account: {item for item in of if carried[item] > 1} for account, of in found.items()}


def _written(versions: dict[str, list[Any]], now: dict[str, Any]) -> None:
    """Note what changed as a new version, and what is no longer there as its end."""
    for key in versions.keys() | now.keys():
        known = versions.setdefault(key, [])
        if (known[-1] if known else None) != now.get(key):
            known.append(now.get(key))
