"""Another account key: nobody is counted anew, nothing moves, and the next night finds what it left."""

import contextlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from trimestre import cli, settings
from trimestre.errors import PermanentError
from trimestre.indicators.evidence import pins_at
from trimestre.indicators.values import evidence_rows
from trimestre.keys import AccountKey, account_keys, from_text, mark
from trimestre.periods import Period
from trimestre.pipeline import acts, night
from trimestre.pipeline.deciding import as_yaml, export_decisions, import_decisions
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.identity import link_persons
from trimestre.warehouse.tables import metadata

if TYPE_CHECKING:
    from conftest import Case

NEW = b"n" * 32
QUARTER = Period(2020, 2)


def rotated(case: "Case") -> None:
    """Rotate, and go on with the new key."""
    done = acts.rotate_key(case.plant, NEW, reason="cada año", decided_by="prueba")
    assert done.accounts > 300
    case.plant = replace(case.plant, key=AccountKey(NEW, (case.plant.key,)))


def shape(case: "Case") -> dict[str, list[Any]]:
    """Every version of every table without its keys, and each person as a number of accounts."""
    found = {}
    for name, table in metadata.tables.items():
        if name in ("warehouse.person_link", "warehouse.person"):
            continue  # their versions begin where names change, and names are others
        if "valid_from" in table.columns or name in (
            "results.indicator_value",
            "results.computation",
            "ops.record_seen",
        ):
            text = f"SELECT to_jsonb(t) - ARRAY['account_key', 'person_key'] AS held FROM {name} AS t ORDER BY 1"
            found[name] = [row.held for row in case.rows(text)]
    found["persons"] = persons(case)
    return found


def persons(case: "Case") -> list[Any]:
    """Who was linked, why, and what was known of the person, after each merge: whatever they are called."""
    return case.rows(
        "SELECT b.merged_at, k.source, k.reason, s.accounts,"
        " CAST(to_jsonb(p) - CAST(:left_out AS text[]) AS text) AS held, count(*) FROM ops.batch AS b"
        " INNER JOIN warehouse.person_link AS k ON k.valid_from <= b.merged_at AND k.valid_to > b.merged_at"
        " INNER JOIN warehouse.person AS p ON k.person_key = p.person_key AND p.valid_from <= b.merged_at"
        " AND p.valid_to > b.merged_at"
        " CROSS JOIN LATERAL (SELECT count(*) AS accounts FROM warehouse.person_link AS o"
        " WHERE o.person_key = k.person_key AND o.valid_from <= b.merged_at AND o.valid_to > b.merged_at) AS s"
        " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
        left_out=["person_key", "valid_from", "valid_to", "batch_id"],
    )


def evidence(case: "Case") -> dict[str, tuple[int, int]]:
    """Rows and counted rows behind each indicator, at the pins of the computation."""
    found = {}
    with transaction(case.plant.engine) as connection:
        for indicator in case.plant.project.indicators:
            rows = evidence_rows(connection, case.plant.project, indicator.code, QUARTER)
            found[indicator.code] = (len(rows), sum(row["excluded"] is None for row in rows))
        batches = connection.execute(sa.text("SELECT pins FROM results.computation WHERE current LIMIT 1")).scalar_one()
        assert pins_at(connection, batches).batches == batches
    return found


def test_nothing_but_the_keys_changes(case: "Case") -> None:
    before, counted = shape(case), evidence(case)
    old = {str(row.account_key) for row in case.rows("SELECT account_key FROM restricted.account_ref")}
    rotated(case)
    assert evidence(case) == counted
    after = shape(case)
    for name, rows in before.items():
        assert after[name] == rows, name
    for name, table in metadata.tables.items():
        for column in {"account_key", "person_key"} & set(table.columns.keys()):
            left = {
                str(row[0]) for row in case.rows(f"SELECT DISTINCT {column} FROM {name} WHERE {column} IS NOT NULL")
            }
            assert left & old == set(), (name, column)
    held = "SELECT count(*) FROM quarantine.row WHERE fields ->> 'account_key' = ANY(:old)"
    assert case.value(held, old=list(old)) == 0


def test_a_person_is_named_by_its_smallest_account_at_every_instant(case: "Case") -> None:
    case.world.add_learner("mujer", person=case.world.people[10])
    case.world.change_user(15, email=case.world.moodle.users[20].email)
    assert "moodle_pnud" in case.night()
    rotated(case)
    wrong = case.rows(
        "SELECT b.batch_id FROM ops.batch AS b INNER JOIN warehouse.person_link AS k"
        " ON k.valid_from <= b.merged_at AND k.valid_to > b.merged_at WHERE b.merged_at IS NOT NULL"
        " GROUP BY b.batch_id, k.person_key HAVING min(CAST(k.account_key AS text)) <> CAST(k.person_key AS text)"
    )
    assert wrong == []
    unknown = case.value(
        "SELECT count(*) FROM warehouse.person_link AS k WHERE NOT EXISTS (SELECT 1 FROM warehouse.person AS p"
        " WHERE p.person_key = k.person_key AND p.valid_from <= k.valid_from AND p.valid_to > k.valid_from)"
    )
    assert unknown == 0


def test_linking_everybody_anew_finds_nothing_to_write(case: "Case") -> None:
    """The row hashes are those that linking itself would write."""
    rotated(case)
    with transaction(case.plant.engine) as connection:
        connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = 'identity_contract'"))
        at = connection.execute(sa.text("SELECT max(merged_at) + interval '1 second' FROM ops.batch")).scalar_one()
        assert not link_persons(connection, case.plant.project, batch_id=1, at=at)


def test_the_next_night_is_a_night_without_news(case: "Case") -> None:
    rotated(case)
    before = shape(case)
    assert case.night() == []
    assert shape(case) == before | {"persons": persons(case)}


def test_a_later_night_and_a_replay_go_on_with_the_new_key(case: "Case") -> None:
    rotated(case)
    tables = [entity.table for entity in ENTITIES.values()]
    text = "SELECT to_jsonb(t) - 'record_id' AS held FROM {} AS t ORDER BY 1"
    before = {name: [row.held for row in case.rows(text.format(name))] for name in tables}
    owners = case.value("SELECT count(*) FROM ops.row_owner")
    for source in case.plant.source_codes():
        acts.replay(case.plant, source)
    for name in tables:
        assert [row.held for row in case.rows(text.format(name))] == before[name], name
    assert case.value("SELECT count(*) FROM ops.row_owner") == owners
    case.world.change_user(20, institucion="Otra")
    assert case.night() == ["moodle_pnud"]


def test_further_givers_of_a_row_are_known_by_the_new_keys(case: "Case") -> None:
    """Else a row would vanish with its first record although another one still gives it."""
    keys = {
        "account": "c.account_key",
        "enrolment": "c.account_key, c.edition",
        "answer": "c.account_key, c.survey, c.response_id, c.question, c.sub_code",
    }

    def known(entity: str) -> set[bytes]:
        hashed = f"sha256(convert_to(CAST(ROW({keys[entity]}) AS text), 'UTF8'))"
        return {row[0] for row in case.rows(f"SELECT {hashed} FROM warehouse.{entity} AS c")}

    with transaction(case.plant.engine) as connection:
        for entity in keys:
            connection.execute(
                sa.text("INSERT INTO ops.row_owner (record_id, entity, key_hash) VALUES (:number, :entity, :hash)"),
                [{"number": n, "entity": entity, "hash": key} for n, key in enumerate(sorted(known(entity)))],
            )
    rotated(case)
    for entity in keys:
        text = "SELECT key_hash FROM ops.row_owner WHERE entity = :entity"
        assert {row.key_hash for row in case.rows(text, entity=entity)} == known(entity), entity


def test_decisions_name_the_same_accounts(case: "Case") -> None:
    found = case.rows(
        "SELECT account_ref, account_key FROM restricted.account_ref WHERE source = 'moodle_pnud' LIMIT 2"
    )
    refs = {row.account_ref: str(row.account_key) for row in found}
    with transaction(case.plant.engine) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO ops.decision (kind, subject, reason, decided_by, decided_at)"
                " VALUES ('different_persons', jsonb_build_object('accounts', CAST(:keys AS text[])), 'r', 'p', now())"
            ),
            {"keys": list(refs.values())},
        )
    rotated(case)
    key = account_keys(NEW, "moodle_pnud")
    found = case.value("SELECT subject -> 'accounts' FROM ops.decision WHERE kind = 'different_persons'")
    assert found == sorted(key(ref) for ref in refs)


def test_the_tables_for_analysts_are_renamed_with_the_rest(case: "Case") -> None:
    """They are not looked at again while nothing is merged: whoever joins them with the warehouse finds the same."""
    night.refresh_marts(case.plant)
    tables = {name: table for name, table in metadata.tables.items() if table.schema == "marts"}
    text = "SELECT to_jsonb(t) - ARRAY['account_key', 'person_key', 'evidence_key'] AS held FROM {} AS t ORDER BY 1"
    before = {name: [row.held for row in case.rows(text.format(name))] for name in tables}
    assert sum(map(len, before.values())) > 1000
    rotated(case)
    assert {name: [row.held for row in case.rows(text.format(name))] for name in tables} == before
    for name, table in tables.items():
        for column in {"account_key", "person_key"} & set(table.columns.keys()):
            unknown = (
                f"SELECT count(*) FROM {name} AS t WHERE t.{column} IS NOT NULL AND NOT EXISTS"
                f" (SELECT 1 FROM warehouse.person_link AS k WHERE k.{column} = t.{column})"
            )
            assert case.value(unknown) == 0, (name, column)
    with transaction(case.plant.engine) as connection:
        connection.execute(sa.text("DELETE FROM ops.setting WHERE setting LIKE 'marts%'"))
    assert night.refresh_marts(case.plant).tables == (), "filled anew they are what they were renamed to"


def test_a_batch_that_was_staged_before_a_rotation_is_not_merged_under_the_old_key(case: "Case") -> None:
    case.world.add_learner("mujer", person=case.world.people[12])
    batch = night.land(case.plant, "moodle_pnud")
    night.stage(case.plant, batch)
    rotated(case)
    assert case.value("SELECT state FROM ops.batch WHERE batch_id = :b", b=batch) == "abandoned"
    assert "moodle_pnud" in case.night()
    present = account_keys(NEW, "moodle_pnud")
    rows = case.rows("SELECT account_key, account_ref FROM restricted.account_ref WHERE source = 'moodle_pnud'")
    assert [row.account_ref for row in rows if present(row.account_ref) != str(row.account_key)] == []
    acts.rotate_key(case.plant, b"o" * 32, reason="cada año", decided_by="prueba")


def test_decisions_exported_after_a_rotation_are_known_again(case: "Case", tmp_path: Path) -> None:
    """Else one that was taken back would be made anew by an import."""
    keys = [
        str(row.account_key)
        for row in case.rows(
            "SELECT account_key FROM warehouse.person_link WHERE reason = 'own' AND source = 'moodle_pnud'"
            " AND valid_to = 'infinity' ORDER BY 1 LIMIT 12"
        )
    ]
    said = {"reason": "r", "decided_by": "p"}
    made = [acts.decide_identity(case.plant, "merge_persons", keys[i : i + 2], **said) for i in range(0, 12, 2)]
    rotated(case)
    file = tmp_path / "decisions.yaml"
    with transaction(case.plant.engine) as connection:
        file.write_text(as_yaml(export_decisions(connection)), encoding="utf-8")
    for decided in made:
        acts.revoke_decision(case.plant, decided.decision_id, **said)
    assert import_decisions(case.plant.engine, case.plant.project, file).made == 0


def test_a_rotation_that_dies_changes_nothing(case: "Case", monkeypatch: pytest.MonkeyPatch) -> None:
    from trimestre.warehouse import rekeying

    before = case.rows("SELECT account_key FROM warehouse.account ORDER BY 1")

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(rekeying, "decide", die)
    with pytest.raises(RuntimeError):
        acts.rotate_key(case.plant, NEW, reason="r", decided_by="p")
    assert case.rows("SELECT account_key FROM warehouse.account ORDER BY 1") == before
    assert case.night() == []


def test_a_rotation_that_died_after_its_commit_is_not_made_twice(case: "Case") -> None:
    acts.rotate_key(case.plant, NEW, reason="r", decided_by="p")
    before = case.rows("SELECT account_key FROM warehouse.account ORDER BY 1")
    assert acts.rotate_key(case.plant, NEW, reason="r", decided_by="p").accounts == 0
    assert case.rows("SELECT account_key FROM warehouse.account ORDER BY 1") == before


def test_with_a_wrong_key_nothing_is_rotated(case: "Case") -> None:
    with pytest.raises(PermanentError, match="TRIMESTRE_ACCOUNT_KEY"):
        acts.rotate_key(replace(case.plant, key=b"x" * 32), NEW, reason="r", decided_by="p")


def test_accounts_of_an_earlier_release_are_told_to_be_replayed_first(case: "Case") -> None:
    with transaction(case.plant.engine) as connection:
        connection.execute(sa.text("DELETE FROM restricted.account_ref WHERE source = 'eventos'"))
    with pytest.raises(PermanentError, match=r"de eventos.*--replay"):
        acts.rotate_key(case.plant, NEW, reason="r", decided_by="p")
    acts.replay(case.plant, "eventos")
    rotated(case)


def test_an_erased_person_stays_erased_after_a_rotation(case: "Case") -> None:
    email = case.world.moodle.users[30].email
    found = acts.find_person(case.plant, "email", email)
    acts.erase(case.plant, "email", email, accounts=len(found.accounts), reason="lo pidió", decided_by="p")
    counted = evidence(case)
    rotated(case)
    case.world.change_user(30, institucion="Otra")
    assert case.night() == ["moodle_pnud"]
    assert {key for key, (rows, _) in evidence(case).items() if rows != counted[key][0]} == set()
    assert case.value("SELECT count(*) FROM restricted.account_identity WHERE lower(email) = lower(:e)", e=email) == 0
    case.plant = replace(case.plant, key=NEW)
    with pytest.raises(PermanentError, match="TRIMESTRE_ACCOUNT_KEY_OLD"):
        acts.replay(case.plant, "moodle_pnud")


def test_the_command_never_shows_a_key_and_leaves_both_in_their_files(
    case: "Case", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acts.rotate_key(case.plant, from_text("first"), reason="r", decided_by="p")
    secret = tmp_path / "secrets" / "account_key"
    settings.Settings.make_key(secret, "first")
    for name in ("TRIMESTRE_ACCOUNT_KEY", "TRIMESTRE_ACCOUNT_KEY_NEW", "TRIMESTRE_ACCOUNT_KEY_OLD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRIMESTRE_HOME", str(tmp_path))
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", case.plant.engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr(sys, "argv", ["trimestre", "rotate-key", "--reason", "cada año"])
    with contextlib.suppress(SystemExit):
        cli.main()
    said = capsys.readouterr()
    key = secret.read_text()
    assert key != "first"
    assert [path.read_text() for path in secret.parent.glob("account_key.old.*")] == ["first"]
    assert mark(from_text(key)) in said.out
    assert key not in said.out + said.err
    assert case.value("SELECT value FROM ops.setting WHERE setting = 'account_key'") == mark(from_text(key))
    assert case.value("SELECT reason FROM ops.decision ORDER BY decision_id DESC LIMIT 1") == "cada año"
