"""Who is one person: by which identifiers, by what people decide, and who is put on the list to review.

What every combination of these gives is compared with a reference in ``test_identity_model``.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from identity_world import SOURCES, Account, World, curp, key, project_of

from trimestre.errors import ContractError
from trimestre.indicators.evidence import current_pins, pins_at
from trimestre.pipeline.deciding import (
    Decided,
    as_yaml,
    decide_identity,
    export_decisions,
    import_decisions,
    revoke,
)
from trimestre.pipeline.replay.withdrawing import check_withdrawable
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.pairs import PossiblePair, possible_pairs

MERGE, SPLIT, DIFFERENT = "merge_persons", "split_persons", "different_persons"
SFP, MOODLE, EVENTS = SOURCES


@pytest.fixture
def world(warehouse: sa.Engine) -> World:
    return World(warehouse, project_of(shared_mailboxes=("buzon@x.example",), max_accounts_per_email=3))


def decided(world: World, kind: str, *names: str) -> Decided:
    """Decide as a person does; the instant is one more night of the world."""
    done = decide_identity(
        world.engine, world.project, kind, [key(name) for name in names], reason="acta 7", decided_by="ana"
    )
    return _followed(world, done)


def revoked(world: World, decision_id: int) -> Decided:
    return _followed(world, revoke(world.engine, world.project, decision_id, reason="error", decided_by="eva"))


def _followed(world: World, done: Decided) -> Decided:
    (row,) = world.rows("SELECT merged_at FROM ops.batch WHERE batch_id = :b", b=done.batch_id)
    world.nights.append(row[0])
    return done


# ---------------------------------------------------------------- identifiers
def test_a_legal_id_with_a_wrong_digit_links_nobody(world: World) -> None:
    world.night(
        Account("a", legal_id=curp(1)), Account("b", legal_id=curp(1), source=SFP),
        Account("c", legal_id=curp(2, right=False)), Account("d", legal_id=curp(2, right=False), source=SFP),
        Account("e", legal_id=curp(3, sex="X")), Account("f", legal_id=curp(3, sex="X"), source=SFP),
        Account("g", legal_id="AAAA010101"), Account("h", legal_id="AAAA010101", source=SFP),
    )  # fmt: skip
    assert world.groups() == {"ab", "c", "d", "ef", "g", "h"}


def test_the_suite_warns_of_a_wrong_digit_and_of_nothing_else(world: World) -> None:
    rule = world.project.suites["account_identity"].rule("curp_con_digito_verificador")
    assert rule is not None
    assert rule.severity == "warning"
    right, wrong = curp(1), curp(1, right=False)
    asked = {
        right: False, f" {right[:4]} {right[4:]} ".lower(): False, curp(3, sex="X"): False, "HEGG560427MVZRRL04": False,
        wrong: True, f" {wrong[:4]} {wrong[4:]}".lower(): True, wrong[:-1]: False, "NO TENGO": False, "": False,
    }  # fmt: skip
    for legal_id, expected in asked.items():
        text = f"SELECT {rule.unexpected_rows} FROM (SELECT CAST(:legal_id AS text) AS legal_id) AS r"
        assert world.rows(text, legal_id=legal_id) == [(expected,)], legal_id
    assert world.rows(f"SELECT {rule.unexpected_rows} FROM (SELECT CAST(NULL AS text) AS legal_id) AS r") == [(False,)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"legal_id_check_digit": None}, {"ab", "cd", "e", "f"}),
        ({"legal_id_check_digit": None, "legal_id_pattern": None}, {"ab", "cd", "ef"}),
    ],
)
def test_another_country_has_no_check_digit(world: World, change: dict[str, Any], expected: set[str]) -> None:
    accounts = [
        Account(name, legal_id=legal_id)
        for name, legal_id in zip(
            "abcdef", [curp(1)] * 2 + [curp(2, right=False)] * 2 + ["12.345.678-5"] * 2, strict=True
        )
    ]
    world.night(*accounts)
    assert world.groups() == {"ab", *"cdef"}
    identity = world.project.identity.model_copy(update=change)
    assert world.night(project=replace(world.project, identity=identity))
    assert world.groups() == expected


def test_an_employee_number_is_somebody_in_one_institution_only(world: World) -> None:
    world.name_institutions({"SFP": ("SFP", "SECRETARIA DE LA FUNCION PUBLICA")})
    world.night(
        Account("a", employee_id="17", institution="Secretaría de la Función Pública"),
        Account("b", employee_id="17", institution="S.F.P.", source=SFP),  # another text: comparable says «S F P»
        Account("c", employee_id="17", institution="sfp", source=EVENTS),
        Account("d", employee_id="17", institution="Otra institución"),
        Account("e", employee_id="17", institution="OTRA   INSTITUCION", source=SFP),
        Account("f", employee_id="17"),
        Account("g", employee_id="17", source=SFP),
    )
    assert world.groups() == {"ac", "b", "de", "f", "g"}


def test_what_no_account_says_of_a_persons_state_her_listed_institution_does(world: World) -> None:
    world.name_institutions({"SEE": ("EDUCACION",), "SFP": ("SFP",)})
    with transaction(world.engine) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO warehouse.institution (source, institution, name, state, valid_from, valid_to, row_hash,"
                " batch_id, dataset, scope, stale) SELECT 'framework', v.code, v.code, v.state, now(), 'infinity', '',"
                " 1, 'd', 's', FALSE FROM (VALUES ('SEE', '21'), ('SFP', NULL)) AS v (code, state)"
            )
        )
    world.night(
        Account("a", "a@x.example", institution="Educación"),
        Account("b", "b@x.example", institution="SFP"),
        Account("c", "c@x.example", institution="Educación"),
    )
    told = world.rows(
        "SELECT institution, state, count(*) FROM warehouse.person WHERE valid_to = 'infinity' GROUP BY 1, 2 ORDER BY 1"
    )
    assert told == [("SEE", "21", 2), ("SFP", None, 1)]


def test_an_employee_id_that_is_unique_everywhere_needs_no_institution(world: World) -> None:
    world.night(
        Account("a", employee_id="GOMA800101AB1", institution="Una"),
        Account("b", employee_id="GOMA800101AB1", institution="Otra", source=SFP),
        Account("c", employee_id="GOMA800101AB1", source=EVENTS),
        Account("d", employee_id="GOMA800101"),
        Account("e", employee_id="GOMA800101", source=SFP),
    )
    assert world.groups() == {"abc", "d", "e"}


def test_numbers_may_be_unique_in_the_project(world: World) -> None:
    world.project = project_of(employee_id_within="project")
    world.night(Account("a", employee_id="17", institution="Una"), Account("b", employee_id="17", source=SFP))
    assert world.groups() == {"ab"}


def test_a_reviewed_name_links_and_attributes_anew(world: World) -> None:
    world.night(
        Account("a", employee_id="17", institution="Función Pública"),
        Account("b", employee_id="17", institution="SFP", source=SFP),
    )
    assert world.groups() == {"a", "b"}
    assert world.name_institutions({"SFP": ("SFP", "FUNCION PUBLICA")})
    assert world.groups() == {"ab"}
    listed = "SELECT institution, institution_listed FROM warehouse.person WHERE valid_to = 'infinity'"
    assert world.rows(listed) == [("SFP", True)]
    assert world.forget_name("FUNCION PUBLICA")
    assert world.groups() == {"a", "b"}


def test_who_changes_institutions_leaves_its_number_there(world: World) -> None:
    world.project = project_of(max_accounts_per_id=2)
    here = [Account(name, employee_id="17", institution="Una") for name in "abc"]
    world.night(*here, Account("d", employee_id="17", institution="Otra"))
    assert world.groups() == set("abcd")  # three carry it: nobody's
    world.night(replace(here[0], institution="Otra"))
    assert world.groups() == {"ad", "bc"}
    world.night(here[0])
    assert world.groups() == set("abcd")
    assert world.groups(-2) == {"ad", "bc"}


def test_one_accidental_zero_does_not_move_everybody(world: World) -> None:
    many = [
        Account(f"{n:03d}", email="todos@x.example", legal_id="X", employee_id="0", institution="Una")
        for n in range(200)
    ]
    shared = [replace(account, name=f"s{account.name[1:]}", email="buzon@x.example") for account in many[:50]]
    assert world.night(*many, *shared)
    assert {reason for _, reason in world.links().values()} == {"own"}
    assert world.affected(replace(many[0], full_name="Otra"), replace(shared[0], full_name="Otra")) == 2
    assert world.affected(replace(many[1], email="a@x.example", employee_id=None, legal_id=None)) == 1


def test_a_late_identifier_merges_two_and_a_corrected_one_splits(world: World) -> None:
    world.night(Account("a", email="a@x.example", sex="mujer"), Account("b", email="b@x.example", source=SFP))
    world.night(Account("b", email="b@x.example", legal_id=curp(1), source=SFP))
    world.night(Account("a", email="a@x.example", legal_id=curp(1), sex="mujer"))
    assert world.links() == {"a": ("a", "legal_id"), "b": ("a", "legal_id")}
    assert world.persons() == {"a": (2, "mujer", False)}
    world.night(Account("a", email="a@x.example", legal_id=curp(2), sex="mujer"))
    assert [world.groups(night) for night in range(4)] == [{"a", "b"}, {"a", "b"}, {"ab"}, {"a", "b"}]
    assert world.persons() == {"a": (1, "mujer", False), "b": (1, "no_especificado", False)}


SEXES = {
    "the first that is not missing, by source order": (["", "hombre", "hombre"], "hombre", "moodle_pnud", False),
    "all agree": (["mujer", "mujer", "mujer"], "mujer", "plataforma_sfp", False),
    "a contradiction of any two": (["mujer", "mujer", "hombre"], "no_especificado", None, True),
    "nobody says": (["", "", ""], "no_especificado", None, False),
}


@pytest.mark.parametrize("case", SEXES.values(), ids=SEXES)
def test_sex_of_a_person(world: World, case: tuple[list[str], str, str | None, bool]) -> None:
    told, sex, source, conflict = case
    world.night(
        *(
            Account(name, email="a@x.example", sex=said or None, source=of)
            for name, said, of in zip("cab", told, SOURCES, strict=True)
        )
    )
    found = world.rows("SELECT sex, sex_source, sex_conflict, accounts FROM warehouse.person")
    assert found == [(sex, source, conflict, 3)]


def test_of_two_institutions_of_one_source_the_first_in_the_alphabet_and_of_two_sources_the_first_in_order(
    world: World,
) -> None:
    told = {"b": ("Beta", "moodle_pnud"), "c": ("Alfa", "moodle_pnud"), "d": (None, SFP)}
    world.night(*(Account(name, email="a@x.example", institution=said, source=of) for name, (said, of) in told.items()))
    assert world.rows("SELECT institution, accounts FROM warehouse.person") == [("Alfa", 3)]
    world.night(Account("d", email="a@x.example", institution="Omega", source=SFP))
    current = "SELECT institution, accounts FROM warehouse.person WHERE valid_to = 'infinity'"
    assert world.rows(current) == [("Omega", 3)]


# ---------------------------------------------------------------- decisions
FOUR = (
    Account("a", email="a@x.example", sex="mujer"),
    Account("b", email="b@x.example", source=SFP),
    Account("c", email="b@x.example", sex="hombre"),
    Account("d", legal_id=curp(1), source=EVENTS),
)


def test_a_split_or_a_revocation_undoes_a_merge_completely(world: World) -> None:
    world.night(*FOUR)
    before = world.links(), world.persons()
    merged = decided(world, MERGE, "a", "b")
    assert world.groups() == {"abc", "d"}
    assert world.links()["c"] == ("a", "email")
    assert world.links()["b"] == ("a", "decision+email")
    assert world.persons()["a"] == (3, "no_especificado", True)
    split = decided(world, SPLIT, "a")
    assert (world.links(), world.persons()) == before
    revoked(world, split.decision_id)
    assert world.groups() == {"abc", "d"}
    revoked(world, merged.decision_id)
    assert (world.links(), world.persons()) == before
    assert world.groups(1) == {"abc", "d"}  # and the past stays what it was
    versions = world.rows("SELECT count(*) FROM warehouse.person_link WHERE account_key = :a", a=key("d"))
    assert versions == [(1,)]


def test_a_split_holds_against_every_identifier_until_a_later_merge(world: World) -> None:
    world.night(*(Account(name, email="a@x.example", legal_id=curp(1)) for name in "abc"))
    decided(world, SPLIT, "b")
    assert world.groups() == {"ac", "b"}
    world.night(Account("b", email="a@x.example", legal_id=curp(1), employee_id="GOMA800101AB1"))
    world.night(Account("d", employee_id="GOMA800101AB1", email="a@x.example", source=SFP))
    assert world.groups() == {"ac", "b", "d"}  # four carry the e-mail now, and b's identifiers are its own
    decided(world, MERGE, "b", "d")
    assert world.groups() == {"ac", "bd"}
    decided(world, MERGE, "a", "d")
    assert world.groups() == {"abcd"}


def test_accounts_that_are_split_together_stay_together(world: World) -> None:
    world.night(
        Account("a", email="a@x.example"),
        Account("b", email="a@x.example", legal_id=curp(1)),
        Account("c", legal_id=curp(1)),
    )
    assert world.groups() == {"abc"}
    decided(world, SPLIT, "a", "c")
    assert world.groups() == {"ac", "b"}
    assert world.links()["c"] == ("a", "decision")
    decided(world, SPLIT, "c")
    assert world.links() == {"a": ("a", "own"), "b": ("b", "own"), "c": ("c", "own")}


def test_decisions_hold_when_everybody_is_linked_anew(world: World) -> None:
    world.night(*FOUR)
    decided(world, MERGE, "a", "d")
    decided(world, SPLIT, "b")
    before = world.links(), world.persons()
    assert not world.night(everything=True)
    assert (world.links(), world.persons()) == before


def test_an_erased_person_stays_the_person_it_was(world: World) -> None:
    world.night(*FOUR)
    number = world.decide("erase_person", "b", "c")
    with transaction(world.engine) as connection:  # in every version, as an erasure does
        connection.execute(
            sa.text(
                "UPDATE restricted.account_identity SET email_normalised = NULL"
                " WHERE account_key IN (CAST(:b AS uuid), CAST(:c AS uuid))"
            ),
            {"b": key("b"), "c": key("c")},
        )
    world.night(everything=True)
    assert world.groups() == {"a", "bc", "d"}
    assert world.links()["b"] == ("b", "erased")
    with pytest.raises(ContractError, match="suprimir persona"):
        revoke(world.engine, world.project, number, reason="r", decided_by="d")


def test_accounts_that_are_not_there_any_more_are_no_matter(world: World) -> None:
    world.night(*FOUR)
    world.decide(MERGE, "a", "d", "x")
    world.night(everything=True)
    assert world.groups() == {"ad", "bc"}


REFUSED: dict[str, tuple[str, list[str], str, str]] = {
    "an unknown account": (MERGE, [key("a"), key("x")], "r", f"no se conocen las cuentas {key('x')}"),
    "an e-mail": (MERGE, [key("a"), "ana@x.example"], "r", "el renglón 2 no es la clave"),
    "one account": (
        MERGE,
        [key("a"), key("a").upper()],
        "r",
        "cuentas distintas que se encontraron: 1; se esperaban 2",
    ),
    "nobody": (SPLIT, [], "r", "cuentas distintas que se encontraron: 0"),
    "no reason": (MERGE, [key("a"), key("b")], "  ", "no se encontró motivo"),
    "another kind": ("accept_row", [key("a")], "r", "se esperaba una de: merge_persons"),
    "two persons": (SPLIT, [key("a"), key("b")], "r", "se encontraron cuentas de 2 personas"),
    "the whole person": (SPLIT, [key("b"), key("c")], "r", "se encontraron todas las cuentas de la persona"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_no_decision_is_refused_and_does_nothing(world: World, case: tuple[str, list[str], str, str]) -> None:
    kind, accounts, reason, message = case
    world.night(*FOUR)
    with pytest.raises(ContractError, match="No se hizo nada") as refused:
        decide_identity(world.engine, world.project, kind, accounts, reason=reason, decided_by="ana")
    assert message in str(refused.value)
    assert "ana@x.example" not in str(refused.value)
    assert world.rows("SELECT count(*) FROM ops.decision") == [(0,)]
    assert world.rows("SELECT count(*) FROM ops.batch") == [(1,)]


def test_only_decisions_about_persons_are_revoked_and_only_once(world: World) -> None:
    world.night(*FOUR)
    merged = decided(world, MERGE, "a", "b")
    first = revoked(world, merged.decision_id)
    with transaction(world.engine) as connection:
        other = decide(connection, "accept_shrink", {"source": "x", "batch_id": 1}, reason="r", decided_by="d")
    for number, found in (
        (merged.decision_id, f"ya la anuló la decisión {first.decision_id}"),
        (first.decision_id, "es de otra clase .anular"),
        (other, "es de otra clase .aceptar menos"),
        (999, "no se encontró"),
    ):
        with pytest.raises(ContractError, match=found):
            revoke(world.engine, world.project, number, reason="r", decided_by="d")


def test_a_decision_is_a_batch_that_pins_know_and_nobody_withdraws(world: World) -> None:
    world.night(*FOUR)
    with transaction(world.engine) as connection:
        earlier = current_pins(connection)
    merged = decided(world, MERGE, "a", "b")
    (batch,) = world.rows(
        "SELECT source, state, fingerprint, message FROM ops.batch WHERE batch_id = :b", b=merged.batch_id
    )
    assert batch == ("identity", "merged", None, "decisión 1: 2 cuentas son una sola persona: acta 7")
    with transaction(world.engine) as connection:
        pins = current_pins(connection)
        assert pins.batches["identity"] == merged.batch_id
        assert pins_at(connection, pins.batches).parameters() == pins.parameters()
        assert pins_at(connection, earlier.batches).parameters() == earlier.parameters()
        assert "identity" not in pins.parameters()["pin_sources"]
        with pytest.raises(ContractError, match=r"trimestre identity revoke.*No se hizo nada"):
            check_withdrawable(connection, merged.batch_id, "r")


# ---------------------------------------------------------------- to a file and back
@pytest.fixture
def other(postgres: Any, make_database: Callable[[str], str], migrated_template: str, world: World) -> Any:
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    yield World(engine, world.project)
    engine.dispose()
    postgres.drop_database(name)


def test_decisions_go_to_a_file_and_back_once(world: World, other: World, tmp_path: Path) -> None:
    for one in (world, other):
        one.night(*FOUR, *(Account(name, email="e@x.example") for name in "efg"))
    taken_back = decided(world, MERGE, "a", "g")
    decided(world, SPLIT, "e")
    decided(world, MERGE, "a", "d")
    decided(world, DIFFERENT, "a", "b")
    revoked(world, taken_back.decision_id)
    with transaction(world.engine) as connection:
        decide(connection, "accept_shrink", {"source": "x", "batch_id": 1}, reason="menos", decided_by="ana")
        number = decide(connection, "correct_row", {"retained_id": 3}, reason="dedazo", decided_by="ana")
        connection.execute(
            sa.text("INSERT INTO quarantine.correction VALUES (:n, 'email', 'ana@secreto.example')"), {"n": number}
        )
        text = as_yaml(export_decisions(connection))
    file = tmp_path / "decisiones.yaml"
    file.write_text(text, encoding="utf-8")
    assert "secreto" not in text
    assert "fields:\n  - email" in text
    assert "acta 7" in text
    done = import_decisions(other.engine, other.project, file)
    assert (done.made, done.there, done.left_out) == (3, 0, ("accept_shrink", "correct_row"))
    (row,) = other.rows("SELECT merged_at FROM ops.batch WHERE batch_id = :b", b=done.batch_id)
    other.nights.append(row[0])
    assert other.links() == world.links()
    again = import_decisions(other.engine, other.project, file)
    assert (again.made, again.there, again.batch_id) == (0, 3, None)
    told = (
        "SELECT kind, subject, reason, decided_by, decided_at FROM ops.decision WHERE kind LIKE '%persons' ORDER BY 5"
    )
    assert other.rows(told) == world.rows(told)[1:]
    # what is taken back here stays so
    revoked(other, other.rows("SELECT decision_id FROM ops.decision WHERE kind = 'split_persons'")[0][0])
    assert import_decisions(other.engine, other.project, file).made == 0
    assert other.groups() == {"ad", "bc", "efg"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("decisions: [{kind: merge_persons}]", "decisions.0.subject"),
        ("decisions: [{kind: x, subject: {accounts: [1]}, reason: r, decided_by: d, decided_at: 7}]", "entre comillas"),
        (
            f"decisions: [{{kind: merge_persons, subject: {{accounts: ['{key('a')}', '{key('x')}']}}, reason: r,"
            " decided_by: d, decided_at: '2020-07-01T09:00:00+00:00'}]",
            "no se conocen las cuentas",
        ),
        (
            "decisions: [{kind: merge_persons, subject: {people: []}, reason: r, decided_by: d,"
            " decided_at: '2020-07-01T09:00:00+00:00'}]",
            "otro asunto",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_whole(world: World, tmp_path: Path, text: str, message: str) -> None:
    world.night(*FOUR)
    file = tmp_path / "decisiones.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=message):
        import_decisions(world.engine, world.project, file)
    assert world.rows("SELECT count(*) FROM ops.decision") == [(0,)]


# ---------------------------------------------------------------- possible pairs
def pairs(world: World) -> list[PossiblePair]:
    with transaction(world.engine) as connection:
        return possible_pairs(connection, world.project)


def said(world: World) -> list[tuple[str, str, str, int]]:
    """Kind, the two accounts by their names, and others."""
    names = {key(name): name for name in "abcdefghijklmnop"}
    return [(p.kind, names[str(p.account_a)], names[str(p.account_b)], p.others) for p in pairs(world)]


def named(name: str, full_name: str, institution: str | None = "Función Pública", **more: Any) -> Account:
    return Account(name, full_name=full_name, institution=institution, **more)


def test_one_name_in_one_institution_is_a_possible_pair(world: World) -> None:
    world.night(
        named("a", "José Pérez Núñez"),
        named("b", "PEREZ NUÑEZ, JOSE", "FUNCION  PUBLICA", source=SFP),
        named("c", "José Pérez Núñez", "Otra"),
        named("d", "José Pérez Núñez", None),
        named("e", "José Pérez"),
        named("f", "Madonna"),
        named("g", "MADONNA", source=SFP),
        named("h", "Ana Ruiz", email="h@x.example"),
        named("i", "Ruiz Ana", email="h@x.example", source=SFP),
    )
    assert said(world) == [("same_name", "a", "b", 0)]
    assert "érez" not in repr(pairs(world))
    world.name_institutions({"SFP": ("FUNCION PUBLICA", "OTRA")})
    assert said(world) == [("same_name", *two, 0) for two in ("ab", "ac", "bc")]


def test_what_was_decided_is_off_the_list_and_comes_back_when_revoked(world: World) -> None:
    world.night(*(named(name, "Ana Ruiz") for name in "abc"), named("d", "Eva Gil", email="d@x.example"))
    different = decided(world, DIFFERENT, "b", "a")
    assert not different.changed
    assert [two for _, *two, _ in said(world)] == [["a", "c"], ["b", "c"]]
    # of any accounts of the two persons: e is linked to a, and d to b
    world.night(named("e", "Ana Ruiz", legal_id=curp(1)), named("a", "Ana Ruiz", legal_id=curp(1)))
    assert [two for _, *two, _ in said(world)] == [["a", "c"], ["b", "c"]]
    decided(world, MERGE, "a", "c")
    assert said(world) == []
    revoked(world, different.decision_id)
    assert [two for _, *two, _ in said(world)] == [["a", "b"]]


def test_many_of_one_name_are_one_row(world: World) -> None:
    world.night(*(named(name, "Juan López") for name in "abcdefg"))
    assert said(world) == [("same_name", "a", "b", 5)]
    decided(world, DIFFERENT, "a", "b")
    assert said(world) == [("same_name", "a", "b", 5)]
    decided(world, DIFFERENT, *"abcdefg")
    assert said(world) == []


def test_a_wrong_legal_id_of_two_and_a_contradicted_sex_are_reviewed(world: World) -> None:
    wrong = curp(5, right=False)
    world.night(
        Account("a", legal_id=wrong), Account("b", legal_id=wrong, source=SFP),
        Account("c", legal_id="X"), Account("d", legal_id="X", source=SFP),
        Account("e", email="e@x.example", sex="mujer"), Account("f", email="e@x.example", sex="mujer", source=SFP),
        Account("g", email="e@x.example", sex="hombre", source=EVENTS),
    )  # fmt: skip
    assert said(world) == [("sex_conflict", "e", "g", 0), ("wrong_legal_id", "a", "b", 0)]
    contradicted = pairs(world)[0]
    assert contradicted.person_a == contradicted.person_b
    assert (contradicted.source_b, contradicted.reason_b) == (EVENTS, "email")
    decided(world, SPLIT, "g")
    decided(world, DIFFERENT, "a", "b")
    assert said(world) == []


def test_the_erased_are_on_no_list(world: World) -> None:
    world.night(named("a", "Ana Ruiz"), named("b", "Ana Ruiz"), named("c", "Ana Ruiz"))
    with transaction(world.engine) as connection:
        connection.execute(
            sa.text("INSERT INTO restricted.tombstone VALUES (CAST(:b AS uuid), 's', 'm', 1)"), {"b": key("b")}
        )
    assert [two for _, *two, _ in said(world)] == [["a", "c"]]
