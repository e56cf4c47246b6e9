"""Who is one person, compared with a small reference: hundreds of little worlds, several nights each.

The worlds live side by side in one warehouse and share no identifier that links, so that one night is one merge for all
of them. After each night and each decision every link, reason and person must be what the reference finds from nothing;
at the end the past is read as of each night.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import identity_world
import pytest
import sqlalchemy as sa
from identity_world import SOURCES, Account, World, curp, project_of

from trimestre.warehouse import identity
from trimestre.warehouse.bulk import indexes_after

WORLDS, NIGHTS, LETTERS = 110, 6, "abcdefgh"
SHARED = "buzon@x.example"
MOST = 3


@dataclass
class Reference:
    """One world: its accounts, and what was decided, as a person would keep them."""

    number: int
    accounts: dict[str, Account] = field(default_factory=dict)
    decisions: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    """Number, kind and accounts of what nobody took back, in order."""

    def random_account(self, name: str, rng: random.Random) -> Account:
        w = self.number
        return Account(
            name,
            email=rng.choice([None, SHARED, f"{w}.a@x.example", f"{w}.b@x.example", f"{w}.c@x.example"]),
            legal_id=rng.choice([None, None, curp(w * 10), curp(w * 10 + 1), curp(w * 10 + 2, right=False), "X"]),
            employee_id=rng.choice([None, None, "0", "17", "18", f"GOMA{w:06d}AB1"]),
            institution=rng.choice([None, f"Órgano {w}", f"organo  {w}", f"O.{w}", f"Otra {w}", "—"]),
            sex=rng.choice([None, "mujer", "mujer", "hombre"]),
            source=self.accounts[name].source if name in self.accounts else rng.choice(SOURCES),
        )

    def shared(self) -> list[tuple[str, str, set[str]]]:
        """What accounts share before people decide: kind, value and accounts."""
        carried: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, account in self.accounts.items():
            if account.email not in (None, SHARED):
                carried["email", str(account.email)].add(name)
            if account.legal_id not in (None, "X", curp(self.number * 10 + 2, right=False)):
                carried["legal_id", str(account.legal_id)].add(name)
            if account.employee_id and account.employee_id.startswith("GOMA"):
                carried["employee_id", account.employee_id].add(name)
            elif account.employee_id not in (None, "0") and account.institution not in (None, "—"):
                # Órgano and O. are names of one listed institution
                where = "other" if str(account.institution).startswith("Otra") else "listed"
                carried["employee_id", f"{account.employee_id} {where}"].add(name)
        return [(kind, value, names) for (kind, value), names in carried.items() if 2 <= len(names) <= MOST]

    def links(self) -> dict[str, tuple[str, str]]:
        """Account -> (smallest account of its person, reason)."""
        edges: list[tuple[str, set[str]]] = []
        for kind, _, names in self.shared():
            edges += [(kind, group) for group in self._scoped(names, since=-1)]
        for place, (_, kind, listed) in enumerate(self.decisions):
            word = {"merge_persons": "decision", "erase_person": "erased", "split_persons": "split"}[kind]
            edges += [(word, group) for group in self._scoped(set(listed) & set(self.accounts), since=place)]
        edges = [(kind, group) for kind, group in edges if len(group) > 1]
        parent = {name: name for name in self.accounts}

        def find(name: str) -> str:
            while parent[name] != name:
                name = parent[name]
            return name

        for _, group in edges:
            roots = sorted({find(name) for name in group})
            for root in roots[1:]:
                parent[root] = roots[0]
        reasons = {name: {kind for kind, group in edges if name in group} for name in self.accounts}
        return {
            name: (
                find(name),
                "+".join(sorted(found - {"split"})) or ("decision" if found else "own"),
            )
            for name, found in reasons.items()
        }

    def _scoped(self, names: set[str], *, since: int) -> list[set[str]]:
        """Accounts apart by the last split after a decision that names them."""
        groups: dict[int, set[str]] = defaultdict(set)
        for name in names:
            splits = [
                place
                for place, (_, kind, listed) in enumerate(self.decisions)
                if kind == "split_persons" and place > since and name in listed
            ]
            groups[splits[-1] if splits else -1].add(name)
        return list(groups.values())

    def persons(self) -> dict[str, tuple[int, str, bool]]:
        members: dict[str, list[str]] = defaultdict(list)
        for name, (person, _) in self.links().items():
            members[person].append(name)
        found = {}
        for person, names in members.items():
            sexes = {self.accounts[name].sex for name in names} - {None}
            found[person] = (len(names), str(min(sexes)) if len(sexes) == 1 else "no_especificado", len(sexes) > 1)
        return found


def turn(world: World, references: list[Reference], rng: random.Random) -> list[Account]:
    """What a night brings: for most worlds a few new or changed accounts."""
    brought = []
    for reference in references:
        for name in rng.sample(LETTERS, rng.choice([0, 1, 2, 5])):
            own = f"{reference.number:03d}{name}"
            account = reference.random_account(own, rng)
            reference.accounts[own] = account
            brought.append(account)
    return brought


def decisions(world: World, references: list[Reference], rng: random.Random) -> list[str]:
    """What people decide in a day; the keys of the accounts it is about."""
    touched: set[str] = set()
    for reference in references:
        for _ in range(rng.choice([0, 0, 1, 2])):
            links = reference.links()
            sizes = Counter(person for person, _ in links.values())
            choice = rng.choice(["merge_persons", "split_persons", "split_persons", "revoke", "erase_person"])
            if choice == "revoke" and reference.decisions:
                taken = rng.choice(reference.decisions)
                world.revoke(taken[0])
                reference.decisions.remove(taken)
                names: tuple[str, ...] = taken[2]
            elif choice == "merge_persons" and len(links) > 1:
                names = tuple(rng.sample(sorted(links), rng.randint(2, min(3, len(links)))))
                reference.decisions.append((world.decide(choice, *names), choice, names))
            elif choice in ("split_persons", "erase_person") and (big := sorted(p for p in sizes if sizes[p] > 1)):
                person = rng.choice(big)
                members = sorted(name for name in links if links[name][0] == person)
                size = len(members) if choice == "erase_person" else rng.randint(1, len(members) - 1)
                names = tuple(rng.sample(members, size))
                reference.decisions.append((world.decide(choice, *names), choice, names))
            else:
                continue
            touched |= {reference.accounts[name].key for name in names}
    return sorted(touched)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_links_reasons_and_persons_are_those_of_the_reference_in_every_night(warehouse: sa.Engine, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - reproducible, nothing secret
    project = project_of(shared_mailboxes=(SHARED,), max_accounts_per_email=MOST, max_accounts_per_id=MOST)
    world = World(warehouse, project)
    references = [Reference(number) for number in range(WORLDS)]
    world.name_institutions({f"O{n}": (f"ORGANO {n}", f"O {n}") for n in range(WORLDS)})
    expected = []
    first = len(world.nights)
    for _ in range(NIGHTS):
        world.night(*turn(world, references, rng))
        expected.append(_expected(references))
        world.night(decided=decisions(world, references, rng))
        expected.append(_expected(references))
    for place, (links, persons) in enumerate(expected):
        assert world.links(first + place) == links
        assert world.persons(first + place) == persons
    assert not world.night(everything=True), "looking at all accounts finds what looking at the touched ones found"
    reasons = Counter(reason for links, _ in expected for _, reason in links.values())
    assert {"own", "email", "legal_id", "employee_id", "decision", "decision+email", "erased"} <= set(reasons)


def _expected(
    references: list[Reference],
) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[int, str, bool]]]:
    links: dict[str, tuple[str, str]] = {}
    persons: dict[str, tuple[int, str, bool]] = {}
    for reference in references:
        links |= reference.links()
        persons |= reference.persons()
    return links, persons


@pytest.mark.parametrize("seed", [4, pytest.param(5, marks=pytest.mark.slow)])
def test_the_order_in_which_accounts_arrive_does_not_matter(warehouse: sa.Engine, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - reproducible, nothing secret
    world = World(warehouse, project_of(max_accounts_per_email=MOST, max_accounts_per_id=MOST))
    accounts = []
    for number in range(40):
        reference = Reference(number)
        drawn = {f"{number:03d}{name}": reference.random_account(f"{number:03d}{name}", rng) for name in LETTERS}
        reference.accounts = {name: replace(account, institution=f"Otra {number}") for name, account in drawn.items()}
        accounts += list(reference.accounts.values())
    rng.shuffle(accounts)
    world.night(*accounts)
    at_once = world.links(), world.persons()
    for table in ("restricted.account_identity", "warehouse.account", "warehouse.person_link", "warehouse.person"):
        with warehouse.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {table}"))
    rng.shuffle(accounts)
    for start in range(0, len(accounts), 50):
        world.night(*accounts[start : start + 50])
    assert (world.links(), world.persons()) == at_once


HISTORY = (
    "SELECT md5(CAST(ROW(l.*) AS text)) FROM warehouse.person_link AS l ORDER BY 1",
    "SELECT md5(CAST(ROW(p.*) AS text)) FROM warehouse.person AS p ORDER BY 1",
)


def test_links_and_persons_are_the_same_where_indexes_are_made_after_them(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    @contextmanager
    def watched(connection: sa.Connection, table: sa.Table, **options: Any) -> Iterator[None]:
        with indexes_after(connection, table, **options) as bare:
            made.append((bool(bare), options["holding"]))
            yield

    def both(connection: sa.Connection, *arguments: Any, **options: Any) -> bool:
        found = []
        for reindex in (False, True):
            tried = connection.begin_nested()
            changed = identity.link_persons(connection, *arguments, reindex=reindex, **options)
            found.append([changed, *(connection.scalars(sa.text(text)).all() for text in HISTORY)])
            if not reindex:
                tried.rollback()
        assert found[0] == found[1]
        return bool(changed)

    monkeypatch.setattr(identity, "indexes_after", watched)
    monkeypatch.setattr(identity_world, "link_persons", both)
    rng = random.Random(8)  # noqa: S311 - reproducible, nothing secret
    world = World(warehouse, project_of(max_accounts_per_email=MOST, max_accounts_per_id=MOST))
    references = [Reference(number) for number in range(20)]
    world.night(*turn(world, references, rng))
    world.night(*turn(world, references, rng))
    assert made[-2:] == [(False, 0)] * 2, "few changes shut out nobody who reads"
    monkeypatch.setattr(identity, "_MANY_CHANGES", 10)
    for _ in range(4):
        world.night(*turn(world, references, rng))
        world.night(decided=decisions(world, references, rng))
    assert sum(bare and holding > 0 for bare, holding in made) > 4


@pytest.mark.parametrize("seed", [6, pytest.param(7, marks=pytest.mark.slow)])
def test_who_stands_alone_is_written_as_if_looked_for_among_all(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    apart = identity._Linking._newcomers
    alone = []

    def among_all(linking: identity._Linking) -> int:
        linking._run_text("CREATE TEMPORARY TABLE newcomer (account_key uuid) ON COMMIT DROP")
        return 0

    def counted(linking: identity._Linking) -> int:
        alone.append(apart(linking))
        return alone[-1]

    def both(connection: sa.Connection, *arguments: Any, **options: Any) -> bool:
        found = []
        for way in (among_all, counted):
            monkeypatch.setattr(identity._Linking, "_newcomers", way)
            tried = connection.begin_nested()
            changed = identity.link_persons(connection, *arguments, **options)
            found.append([changed, *(connection.scalars(sa.text(text)).all() for text in HISTORY)])
            if way is among_all:
                tried.rollback()
        assert found[0] == found[1]
        return bool(changed)

    monkeypatch.setattr(identity_world, "link_persons", both)
    rng = random.Random(seed)  # noqa: S311 - reproducible, nothing secret
    project = project_of(shared_mailboxes=(SHARED,), max_accounts_per_email=MOST, max_accounts_per_id=MOST)
    world = World(warehouse, project)
    references = [Reference(number) for number in range(40)]
    world.name_institutions({f"O{n}": (f"ORGANO {n}", f"O {n}") for n in range(40)})
    for _ in range(4):
        world.night(*turn(world, references, rng))
        world.night(decided=decisions(world, references, rng))
    assert sum(alone) > 20
    assert world.links() == _expected(references)[0]
