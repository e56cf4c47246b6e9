"""A history played by itself: sources of its own, compared after every night."""

import itertools
from collections.abc import Sequence

from history.comparison import accounted, dangling, differences, person_differences
from history.model import Model, Outcome
from history.persons import Persons
from history.playing import Place, Warehouse
from history.things import Choice, Night, prefixed
from trimestre.pipeline import deciding

_numbers = itertools.count(1)


def next_source() -> str:
    """The name of a source that is new to the warehouse."""
    return f"fuente_{next(_numbers)}"


def check(warehouse: Warehouse, model: Model, batch_id: int, outcome: Outcome | None, prefix: str = "") -> None:
    """Compare all that one source holds; with an outcome, the accounting of its batch as well."""
    found = [*differences(warehouse, {prefix: model}), *dangling(warehouse)]
    if outcome is not None:
        found += accounted(warehouse, batch_id, [outcome])
    assert not found, "\n".join(text for _, text in found)


def play(place: Place, nights: Sequence[Night]) -> Warehouse:
    """Run the nights of a new history and compare after each; its first source."""
    name = next_source()
    prefix = f"{name.removeprefix('fuente_')}."
    warehouses = [Warehouse(place.engine, place.project, f"{name}_{number}") for number in (0, 1)]
    models = [Model(), Model()]
    persons = Persons(lambda number, key: warehouses[number].keys(key), [w.source for w in warehouses], believed=False)
    for night in nights:
        own = prefixed(night, prefix)
        warehouse, model = warehouses[night.source], models[night.source]
        batch_id = warehouse.run(own)
        if night.fate == "merged":
            outcome = model.merge(own)
            check(warehouse, model, batch_id, outcome, prefix)
            persons.link(models)
            found = list(person_differences(warehouse, {prefix: persons}))
            assert not found, found
            if own.choice and _decided(place, persons, own.choice):
                persons.link(models)
                found = list(person_differences(warehouse, {prefix: persons}))
                assert not found, (own.choice, found)
    for warehouse, model in zip(warehouses, models, strict=True):
        check(warehouse, model, 0, None, prefix)
    return warehouses[0]


def _decided(place: Place, persons: Persons, choice: Choice) -> bool:
    """Make the decision that was drawn, where somebody could; whether it was made."""
    what = persons.resolved(choice)
    if what is None:
        return False
    said: dict[str, str] = {"reason": "prueba", "decided_by": "ana"}
    if what.kind == "revoke":
        done = deciding.revoke(place.engine, place.project, persons.decisions[-1].number, **said)
    else:
        done = deciding.decide_identity(place.engine, place.project, what.kind, what.accounts, **said)
    persons.decide(what, done.decision_id)
    return True
