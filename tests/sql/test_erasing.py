"""Erasing a person and keeping to retention: nothing that says who somebody is stays, and no figure moves."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from trimestre.contracts.privacy import Privacy
from trimestre.errors import ContractError, PermanentError
from trimestre.indicators.sampling import sample
from trimestre.indicators.values import current_values, evidence_rows
from trimestre.periods import Period
from trimestre.pipeline import acts, night
from trimestre.pipeline.privacy.erasing import Person, Removed
from trimestre.warehouse.database import transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.privacy import looked
from trimestre.warehouse.tables import SCHEMAS

if TYPE_CHECKING:
    from conftest import Case

QUARTER = Period(2020, 2)


def erase(case: "Case", kind: Any, value: str) -> tuple[Person, Removed]:
    person = acts.find_person(case.plant, kind, value)
    return acts.erase(case.plant, kind, value, accounts=len(person.accounts), reason="lo pidió", decided_by="prueba")


def everything(case: "Case") -> str:
    """Every row of every table as text, in lower case."""
    tables = case.rows(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables"
        " WHERE table_schema = ANY(:schemas) AND table_type = 'BASE TABLE'",
        schemas=list(SCHEMAS),
    )
    return "\n".join(
        row.held.lower()
        for table in tables
        for row in case.rows(f"SELECT CAST(to_jsonb(t) AS text) AS held FROM {table.name} AS t")
    )


def facts(case: "Case") -> dict[str, list[Any]]:
    """What must not move: figures, evidence with its accounts, links and pseudonymous facts of today."""
    with transaction(case.plant.engine) as connection:
        figures = current_values(connection, QUARTER, reconciliation=True)
        evidence = {
            indicator.code: [
                {key: row[key] for key in ("evidence_key", "at", "value", "hit", "excluded", "sex", "institution")}
                for row in evidence_rows(connection, case.plant.project, indicator.code, QUARTER)
            ]
            for indicator in case.plant.project.indicators
        }
    linked = case.rows(
        "SELECT account_key, person_key FROM warehouse.person_link WHERE valid_to = 'infinity' ORDER BY 1, 2"
    )
    return {"figures": figures, "links": linked, **evidence}


def of_moodle(case: "Case") -> tuple[str, list[str]]:
    user = case.world.moodle.users[10]
    return user.email, [user.email, user.curp, f"{user.firstname} {user.lastname}"]


def of_platform(case: "Case") -> tuple[str, list[str]]:
    learner = case.world.sfp[40]
    return learner.email, [learner.email, learner.curp, learner.name]


def of_event(case: "Case") -> tuple[str, list[str]]:
    """Whoever was at the event was invited to its survey; a cell of hers is a name, and so is one of nobody's."""
    who = case.world.attendees[0]
    return who.email, [who.email, who.name]


def of_survey(case: "Case") -> tuple[str, list[str]]:
    """A participant, with a free answer and a date that is a name."""
    who = case.world.attendees[4]
    tokens = [p.token for s in case.world.surveys.values() for p in s.participants if p.email == who.email]
    return who.email, [who.email, who.name, *tokens]


SOMEBODY = [of_moodle, of_platform, of_event, of_survey]


@pytest.mark.parametrize("who", SOMEBODY)
def test_nothing_of_an_erased_person_is_left_and_no_figure_moves(
    case: "Case", who: Callable[["Case"], tuple[str, list[str]]]
) -> None:
    email, secrets = who(case)
    before, held = facts(case), everything(case)
    assert [secret for secret in secrets if secret.lower() not in held] == []
    _, done = erase(case, "email", email)
    assert done.decision_id is not None
    left = everything(case)
    assert [secret for secret in secrets if secret.lower() in left] == []
    assert facts(case) == before
    assert case.night() == []
    assert facts(case) == before


@pytest.mark.parametrize(
    "who", [of_moodle, of_survey, *(pytest.param(who, marks=pytest.mark.slow) for who in (of_platform, of_event))]
)
def test_a_replay_of_everything_brings_nothing_back(
    case: "Case", who: Callable[["Case"], tuple[str, list[str]]]
) -> None:
    email, secrets = who(case)
    before = facts(case)
    retained = "SELECT source, entity, rule, state FROM quarantine.row ORDER BY 1, 2, 3, 4"
    held_back = case.rows(retained)
    erase(case, "email", email)
    for source in case.plant.source_codes():
        acts.replay(case.plant, source)
    night.compute_quarters(case.plant, night.pending_quarters(case.plant.engine, case.plant.project))
    left = everything(case)
    assert [secret for secret in secrets if secret.lower() in left] == []
    assert facts(case) == before
    assert case.rows(retained) == held_back


def test_a_second_appearance_stays_erased(case: "Case") -> None:
    """The source goes on to deliver her, under another name and with another file."""
    user = case.world.moodle.users[10]
    erase(case, "email", user.email)
    case.world.change_user(10, lastname="Nuevo-Apellido", email="otra@dependencia.example", institucion="Otra")
    attendee = case.world.attendees[0]
    erase(case, "email", attendee.email)
    attendee.name = "Nombre Corregido"
    # of the attendee nothing but who she is changed, and that is blank as it was
    assert case.night() == ["moodle_pnud"]
    left = everything(case)
    for text in ("nuevo-apellido", "otra@dependencia.example", "nombre corregido", attendee.email, user.email):
        assert text.lower() not in left
    assert (
        case.value("SELECT count(*) FROM warehouse.account WHERE institution = 'Otra' AND valid_to = 'infinity'") == 1
    )


def test_staged_rows_that_wait_for_their_merge_are_blank_too(case: "Case") -> None:
    case.world.change_user(10, lastname="Todavia-No")
    batch = night.land(case.plant, "moodle_pnud")
    night.stage(case.plant, batch)
    assert "todavia-no" in everything(case)
    erase(case, "email", case.world.moodle.users[10].email)
    assert "todavia-no" not in everything(case)
    night.validate(case.plant, batch, datetime(2020, 7, 10, tzinfo=UTC))
    night.merge(case.plant, batch, datetime(2020, 7, 10, tzinfo=UTC))
    assert "todavia-no" not in everything(case)


def test_erasing_again_changes_nothing(case: "Case") -> None:
    """By the address she is known by (an account without any other id), or by a key."""
    email = case.world.attendees[7].email
    person, _ = erase(case, "email", email)
    before = everything(case)
    again, done = erase(case, "account", min(person.accounts))
    assert done.decision_id is None
    assert set(again.accounts) == set(person.accounts) == again.erased
    assert erase(case, "email", email)[1].decision_id is None
    assert everything(case) == before


def test_all_accounts_of_a_person_go_with_her(case: "Case") -> None:
    row = case.rows(
        "SELECT i.legal_id, s.accounts FROM restricted.account_identity AS i INNER JOIN warehouse.person_link AS k"
        " USING (account_key) INNER JOIN (SELECT person_key, count(*) AS accounts FROM warehouse.person_link"
        " WHERE valid_to = 'infinity' GROUP BY person_key HAVING count(DISTINCT source) > 1) AS s USING (person_key)"
        " WHERE k.valid_to = 'infinity' AND i.valid_to = 'infinity' AND i.legal_id IS NOT NULL LIMIT 1"
    )[0]
    person, done = erase(case, "legal_id", f" {row.legal_id.lower()} ")
    assert len(person.accounts) == row.accounts > 1
    assert len(person.sources) > 1
    assert row.legal_id.lower() not in everything(case)
    (decision,) = case.rows("SELECT * FROM ops.decision WHERE kind = 'erase_person'")
    assert decision.decision_id == done.decision_id
    assert decision.subject == {"accounts": sorted(person.accounts)}
    # whoever is linked by what is gone stays linked when looked at again
    before = facts(case)["links"]
    for source in person.sources:
        acts.replay(case.plant, source)
    assert facts(case)["links"] == before


def test_an_address_of_two_persons_names_their_accounts(case: "Case") -> None:
    with transaction(case.plant.engine) as connection:
        connection.execute(
            sa.text("UPDATE restricted.account_identity SET email = 'dos@x.example', email_normalised = 'dos@x.example'"
                    " WHERE account_key IN (SELECT account_key FROM warehouse.person_link WHERE source = 'moodle_pnud'"
                    " AND reason = 'own' AND valid_to = 'infinity' ORDER BY account_key LIMIT 2)")
        )  # fmt: skip
    with pytest.raises(
        ContractError, match=r"personas con ese dato.*: 2; .*--account una de: [0-9a-f-]{36}, [0-9a-f-]{36}"
    ) as raised:
        acts.find_person(case.plant, "email", "dos@x.example")
    assert "dos@x.example" not in str(raised.value)
    with pytest.raises(ContractError, match="no se encontró a nadie"):
        acts.find_person(case.plant, "legal_id", "XXXX000000XXXXXX00")


def test_nobody_is_erased_who_was_not_looked_at(case: "Case") -> None:
    email = case.world.moodle.users[10].email
    before = everything(case)
    with pytest.raises(ContractError, match="se cargó mientras tanto"):
        acts.erase(case.plant, "email", email, accounts=99, reason="r", decided_by="p")
    with pytest.raises(ContractError, match="no se encontró motivo"):
        acts.erase(case.plant, "email", email, accounts=1, reason=" ", decided_by="p")
    assert everything(case) == before


def test_the_landed_files_that_hold_a_person_are_found_by_reading_them(case: "Case") -> None:
    who = case.world.attendees[0]
    person = acts.find_person(case.plant, "email", who.email)
    files = acts.still_held(case.plant, person)
    assert {file.source for file in files} == set(person.sources) == {"eventos", "encuestas"}
    assert all(file.rows for file in files)
    for file in files:
        assert (case.plant.landing / file.path).is_file()
    erase(case, "email", who.email)
    assert acts.still_held(case.plant, acts.find_person(case.plant, "email", who.email)) == files
    other = case.rows("SELECT landed_file_id FROM ops.landed_file WHERE source = 'moodle_pnud'")
    assert {row.landed_file_id for row in other} & {file.landed_file_id for file in files} == set()
    copy = case.plant.landing / next(file.path for file in files if file.source == "eventos")
    copy.unlink()
    assert [file.rows for file in acts.still_held(case.plant, person) if file.source == "eventos"] == [None]


def test_two_erased_people_of_whom_the_same_is_held_back_keep_a_row_each(case: "Case") -> None:
    first, second = (case.world.attendees[number].email for number in (1, 2))
    with transaction(case.plant.engine) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO quarantine.row (source, dataset, scope, entity, record_hash, row_hash, rule, fields,"
                " landed_file_id, position, first_batch_id, last_batch_id, state)"
                " SELECT i.source, i.dataset, i.scope, 'account_identity', '', sha256(convert_to(i.email, 'UTF8')),"
                " 'una_regla', jsonb_build_object('account_key', i.account_key, 'email', i.email),"
                " i.landed_file_id, i.position, i.batch_id, i.batch_id,"
                " CASE WHEN i.email = :first THEN 'open' ELSE 'mended_at_source' END"
                " FROM restricted.account_identity AS i WHERE i.source = 'eventos' AND i.valid_to = 'infinity'"
                " AND i.email IN (:first, :second)"
            ),
            {"first": first, "second": second},
        )
    held = "SELECT state FROM quarantine.row WHERE rule = 'una_regla' ORDER BY state"
    assert len(case.rows(held)) == 2
    for email in (first, second):
        _, done = erase(case, "email", email)
        assert done.counts["retained"] == 1
    assert [row.state for row in case.rows(held)] == ["mended_at_source", "open"]
    counted = case.rows("SELECT state, rows FROM ops.retained_count WHERE rule = 'una_regla' ORDER BY state")
    assert counted == [("mended_at_source", 1), ("open", 1)]


def test_whoever_is_erased_does_not_make_one_person_of_those_who_share_a_mailbox(case: "Case") -> None:
    """Three carry it where two are one person: without one of them it would link the other two."""
    emails = [case.world.attendees[number].email for number in (3, 4, 5)]
    with transaction(case.plant.engine) as connection:
        connection.execute(
            sa.text(
                "UPDATE restricted.account_identity SET email_normalised = 'todas@x.example', legal_id = NULL,"
                " employee_id = NULL WHERE email = ANY(:emails) AND valid_to = 'infinity'"
            ),
            {"emails": emails},
        )
    carriers = len(
        case.rows(
            "SELECT 1 FROM restricted.account_identity WHERE email_normalised = 'todas@x.example'"
            " AND valid_to = 'infinity'"
        )
    )
    limit = case.plant.project.identity.model_copy(update={"max_accounts_per_email": carriers - 1})
    case.plant = replace(case.plant, project=replace(case.plant.project, identity=limit))
    key = case.rows(
        "SELECT account_key FROM restricted.account_identity WHERE email = :email AND valid_to = 'infinity'"
        " AND source = 'eventos'",
        email=emails[0],
    )[0].account_key
    with pytest.raises(ContractError, match="shared_mailboxes"):
        erase(case, "account", str(key))
    listed = limit.model_copy(update={"shared_mailboxes": ("todas@x.example",)})
    case.plant = replace(case.plant, project=replace(case.plant.project, identity=listed))
    assert erase(case, "account", str(key))[1].counts["identities"] > 0


# -- retention ---------------------------------------------------------------------------------------------


def keeping(case: "Case", **fields: Any) -> None:
    case.plant = replace(case.plant, project=replace(case.plant.project, privacy=Privacy(**fields)))


ENDED = date(2024, 9, 30)
BEFORE, AFTER = datetime(2027, 9, 30, 12, tzinfo=UTC), datetime(2027, 10, 2, tzinfo=UTC)


def with_a_correction_of(case: "Case", *texts: str) -> None:
    """A quarter is proposed under YAML files with a correction that names somebody."""
    corrections = "".join(f"- where: {{email: {text}}}\n  reason: lo dijo {text}, {text}.\n" for text in texts)
    with transaction(case.plant.engine) as connection:
        connection.execute(
            sa.text("INSERT INTO restricted.contract (digest, files) VALUES ('d', CAST(:files AS jsonb))"),
            {
                "files": json.dumps(
                    {"framework/corrections.yaml": corrections, "framework/framework.yaml": "project: x"}
                )
            },
        )


def test_what_is_kept_of_the_yaml_no_longer_names_an_erased_person(case: "Case") -> None:
    email, (_, curp, _) = of_moodle(case)
    with_a_correction_of(case, email.upper(), curp, f"x{email}")
    erase(case, "email", email)
    kept = case.value("SELECT files ->> 'framework/corrections.yaml' FROM restricted.contract")
    assert kept.count("(erased)") == 6
    assert kept.count(f"x{email}") == 3
    assert curp not in kept
    assert case.value("SELECT files ->> 'framework/framework.yaml' FROM restricted.contract") == "project: x"


def test_without_the_projects_end_files_and_identities_stay(case: "Case") -> None:
    removed = acts.retention(case.plant, datetime(2060, 1, 1, tzinfo=UTC), dry_run=False)
    assert (removed["landed_files"], removed["identities"]) == (0, 0)


def test_three_years_after_the_end_who_is_who_goes_and_figures_stay(case: "Case") -> None:
    keeping(case, project_ends_on=ENDED)
    with_a_correction_of(case, case.world.sfp[3].curp)
    before = facts(case)
    accounts = case.value("SELECT count(*) FROM restricted.account_ref")
    assert acts.retention(case.plant, BEFORE, dry_run=False)["identities"] == 0
    said = acts.retention(case.plant, AFTER, dry_run=True)
    assert said["identities"] == accounts
    assert acts.retention(case.plant, AFTER, dry_run=False) == said
    assert case.value("SELECT count(*) FROM restricted.account_ref") == 0
    left = everything(case)
    world = case.world
    for text in [
        *(u.email for u in world.moodle.users.values()),
        *(a.name for a in world.attendees),
        world.sfp[3].curp,
    ]:
        assert text.lower() not in left
    assert facts(case) == before
    assert not any(path.is_file() and path.suffix == ".zst" for path in case.plant.landing.rglob("*"))
    assert case.value("SELECT count(*) FROM ops.landed_file WHERE removed_at IS NULL") == 0
    again = acts.retention(case.plant, AFTER, dry_run=False)
    assert (again["landed_files"], again["identities"]) == (0, 0)
    with pytest.raises(PermanentError, match="se borraron el 02/10/2027"):
        acts.replay(case.plant, "eventos")
    assert facts(case) == before


def test_a_night_after_retention_brings_nobody_back(case: "Case") -> None:
    keeping(case, project_ends_on=ENDED)
    acts.retention(case.plant, AFTER, dry_run=False)
    before = facts(case)["links"]
    case.world.change_user(10, lastname="De-Vuelta", institucion="Otra")
    assert case.night() == ["moodle_pnud"]
    assert "de-vuelta" not in everything(case)
    assert facts(case)["links"] == before


def test_closed_retained_rows_looks_and_leftovers_go_with_time(case: "Case") -> None:
    with transaction(case.plant.engine) as connection:
        connection.execute(sa.text("UPDATE quarantine.row SET state = 'mended_at_source' WHERE source = 'eventos'"))
        looked(connection, "person", {"accounts": []}, reason="r", who="p", rows=0)
    batch = night.land(case.plant, "moodle_pnud")
    night.stage(case.plant, batch)
    with transaction(case.plant.engine) as connection:
        connection.execute(sa.text("UPDATE ops.batch SET state = 'abandoned' WHERE batch_id = :b"), {"b": batch})
    closed = case.value("SELECT count(*) FROM quarantine.row WHERE source = 'eventos'")
    still_open = case.value("SELECT count(*) FROM quarantine.row WHERE state = 'open'")
    now = case.value("SELECT now()")
    assert not any(acts.retention(case.plant, now, dry_run=False).values())
    first = acts.retention(case.plant, now.replace(year=now.year + 2), dry_run=False)
    assert first["retained_closed"] == closed > 0
    assert first["staging"] > 0
    assert case.value("SELECT count(*) FROM staging.record WHERE batch_id = :b", b=batch) == 0
    assert case.value("SELECT count(*) FROM quarantine.row") == still_open > 0
    assert first["looks"] == 0
    assert acts.retention(case.plant, now.replace(year=now.year + 6), dry_run=False)["looks"] == 1


# -- looks -------------------------------------------------------------------------------------------------


def drawn(case: "Case", **options: Any) -> list[Any]:
    with transaction(case.plant.engine) as connection:
        return sample(
            connection, case.plant.project, "L2-02", QUARTER,
            **{"rows": 10, "reason": "DQA", "who": "ana", "names": True} | options,
        )  # fmt: skip


def test_a_verification_sample_is_counted_rows_always_the_same_and_logged(case: "Case") -> None:
    first = drawn(case)
    assert [item.evidence["evidence_key"] for item in drawn(case)] == [i.evidence["evidence_key"] for i in first]
    assert len(first) == 10
    assert all(item.evidence["excluded"] is None and item.path and item.evidence["position"] for item in first)
    assert all(item.identity["full_name"] for item in first)
    looks = case.rows("SELECT * FROM ops.look ORDER BY look_id")
    assert len(looks) == 2
    assert (looks[0].kind, looks[0].looked_by, looks[0].reason, looks[0].rows) == (
        "verification_sample",
        "ana",
        "DQA",
        10,
    )
    assert len(looks[0].subject["accounts"]) == 10
    for item in first:
        assert str(item.identity["full_name"]) not in json.dumps(looks[0].subject)


def test_a_sample_without_names_is_no_look_and_names_want_a_reason(case: "Case") -> None:
    assert all(item.identity == {} for item in drawn(case, names=False))
    assert case.rows("SELECT * FROM ops.look") == []
    with pytest.raises(ContractError, match="no se encontró motivo"):
        drawn(case, reason="  ")


@pytest.mark.parametrize("reason", ["", "  ", "acta 7, de ana@uif.example", "de la CURP HEGG560427MVZRRL04"])
def test_a_reason_is_there_and_says_nothing_of_anybody(case: "Case", reason: str) -> None:
    """It is stored for good, exported, and read by many."""
    with (
        pytest.raises(ContractError, match=r"motivo|sin datos personales") as caught,
        transaction(case.plant.engine) as connection,
    ):
        looked(connection, "person", {}, reason=reason, who="prueba", rows=1)
    assert "ana@" not in str(caught.value)
    with (
        pytest.raises(ContractError, match=r"motivo|sin datos personales"),
        transaction(case.plant.engine) as connection,
    ):
        decide(connection, "accept_row", {}, reason=reason, decided_by="prueba")
